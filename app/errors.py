"""Domain errors. Every layer may raise them; only the edges (CLI, API) turn them into words or statuses.

OneGridError
├── InputError            what the caller sent is wrong; nothing was stored
│   ├── FileError         … in a file: names the file, and where known the row, the field and the remedy
│   └── CrsUnclear        … the coordinate system must be confirmed by a person
├── TooLarge              over a limit that the deployment sets
├── NotFound
├── Conflict              the state of things does not allow it (already there, in use, moved on meanwhile)
├── Refused               a rule of the field forbids it; `reasons` lists why
├── Infeasible            the wish cannot be met; `reasons` says where and what is nearest
├── Unauthenticated
├── Forbidden
├── TooManyAttempts       the same was tried too often; `retry_after` says how many seconds to wait
├── Cancelled             a run was cancelled by a person
└── Unavailable           a part that OneGrid needs (database, queue) does not answer
"""

from __future__ import annotations

from typing import Any


class OneGridError(Exception):
    """Base of all domain errors. `str(error)` is one line for people; `members` are facts for machines."""

    title = "OneGrid error"

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class InputError(OneGridError):
    title = "Wrong input"


class FileError(InputError):
    """Something in a file is wrong; says where and how to put it right."""

    title = "Unusable file"

    def __init__(
        self,
        detail: str,
        *,
        file: str,
        row: int | None = None,
        field: str | None = None,
        remedy: str = "",
        **members: Any,
    ) -> None:
        place = file + (f", row {row}" if row is not None else "") + (f", field {field}" if field else "")
        super().__init__(f"{place}: {detail}" + (f" — {remedy}" if remedy else ""), **members)
        self.members |= {"file": file, "row": row, "field": field, "remedy": remedy}


class CrsUnclear(FileError):
    """The coordinate system is a guess; `guess` and `reason` are for a person to confirm with --crs."""

    title = "Coordinate system not certain"


class TooLarge(OneGridError):
    title = "Too large"


class NotFound(OneGridError):
    title = "Not found"


class Conflict(OneGridError):
    title = "Conflict"


class Refused(OneGridError):
    """A rule forbids it. `reasons` is a list of sentences, one per breach."""

    title = "Refused"

    def __init__(self, detail: str, reasons: list[str], **members: Any) -> None:
        super().__init__(detail, reasons=reasons, **members)
        self.reasons = reasons


class Infeasible(Refused):
    title = "Cannot be met"


class Unauthenticated(OneGridError):
    title = "Sign-in needed"


class Forbidden(OneGridError):
    title = "Not allowed"


class TooManyAttempts(OneGridError):
    title = "Too many attempts"

    def __init__(self, detail: str, retry_after: int, **members: Any) -> None:
        super().__init__(detail, retry_after=retry_after, **members)
        self.retry_after = retry_after


class Cancelled(OneGridError):
    title = "Cancelled"


class Unavailable(OneGridError):
    title = "Not available"
