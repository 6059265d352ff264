"""The one table from errors to HTTP statuses, and the problem documents (RFC 9457) that every error becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import to_jsonable_python
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app import errors
from app.api.sentences import documents

MEDIA_TYPE = "application/problem+json"
PAGE = "/docs/problems"
LOST_RACES = frozenset({"23505", "23P01", "23503"})  # unique, exclusion and foreign key violations
RETRY_AFTER = 2  # seconds; what a database needs to come back after a restart, and a deadlock to dissolve
_log = structlog.get_logger("onegrid.api")


@dataclass(frozen=True)
class Problem:
    """One kind of error over HTTP. `name` makes the type: `/docs/problems#name`."""

    status: int
    name: str
    title: str
    meaning: str

    @property
    def type(self) -> str:
        return f"{PAGE}#{self.name}"


# The most special class of an error decides: a CrsUnclear is an InputError, yet has a line of its own.
TABLE: dict[type[errors.OneGridError], Problem] = {
    errors.InputError: Problem(422, "wrong-input", "Wrong input", "What was sent is wrong; nothing was stored."),
    errors.FileError: Problem(
        422, "unusable-file", "Unusable file", "As above, in a file: `file`, `row`, `field`, `remedy`."
    ),
    errors.CrsUnclear: Problem(
        422,
        "crs-not-certain",
        "Coordinate system not certain",
        "The system is a guess: send `crs` to confirm or correct it.",
    ),
    errors.TooLarge: Problem(413, "too-large", "Too large", "Over a limit that the deployment sets."),
    errors.NotFound: Problem(404, "not-found", "Not found", "There is no such thing, or no such path."),
    errors.Conflict: Problem(
        409, "conflict", "Conflict", "The state of things does not allow it: already there, in use, moved on meanwhile."
    ),
    errors.Refused: Problem(409, "refused", "Refused", "A rule of the field forbids it; `reasons` lists why."),
    errors.Infeasible: Problem(
        422, "infeasible", "Cannot be met", "The wish cannot be met; `reasons` says where and what is nearest."
    ),
    errors.Unauthenticated: Problem(
        401, "sign-in-needed", "Sign-in needed", "No key and no sign-in, or one that is unknown, expired or revoked."
    ),
    errors.Forbidden: Problem(403, "not-allowed", "Not allowed", "The caller is known, but lacks the scope."),
    errors.TooManyAttempts: Problem(
        429, "too-many", "Too many attempts", "Wait `retry_after` seconds (header Retry-After)."
    ),
    errors.Cancelled: Problem(409, "cancelled", "Cancelled", "The run was cancelled by a person."),
    errors.Unavailable: Problem(
        503,
        "not-available",
        "Not available",
        "A part that OneGrid needs does not answer; try again (header Retry-After).",
    ),
    errors.OneGridError: Problem(
        500, "unexpected", "Unexpected error", "A fault of OneGrid. `request_id` finds it in the logs."
    ),
}
BAD_REQUEST = Problem(
    400, "bad-request", "Bad request", "Not readable as HTTP or as the media type that it claims to be."
)
WRONG_METHOD = Problem(
    405, "wrong-method", "Method not allowed", "The path is right, the method is not (header Allow)."
)
WRONG_MEDIA_TYPE = Problem(
    415, "wrong-media-type", "Unsupported media type", "The body is of a kind that the path does not take."
)
UNEXPECTED = TABLE[errors.OneGridError]
UNAVAILABLE = TABLE[errors.Unavailable]
KINDS = (BAD_REQUEST, WRONG_METHOD, WRONG_MEDIA_TYPE, *TABLE.values())


def kind_of(error: errors.OneGridError) -> Problem:
    """The line of the table for the error's class or its nearest ancestor."""
    return next(TABLE[cls] for cls in type(error).__mro__ if cls in TABLE)


def headers_of(error: errors.OneGridError) -> dict[str, str]:
    """What the status calls for: how to get in, or how long to wait."""
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="OneGrid"'}
    if isinstance(error, errors.TooManyAttempts):
        return {"Retry-After": str(error.retry_after)}
    return {"Retry-After": str(RETRY_AFTER)} if isinstance(error, errors.Unavailable) else {}


def answer(
    request: Request,
    kind: Problem,
    detail: str,
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The problem document, in the language that the caller prefers; `members` cannot overwrite its own five."""
    language = documents.language_of(request.headers.get("accept-language"))
    document = to_jsonable_python(dict(members or {}), fallback=str) | {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", ""),
    }
    told = documents.problem_in(language, document)
    heads = dict(headers or {}) | documents.headers_of(language)
    return JSONResponse(told, kind.status, headers=heads, media_type=MEDIA_TYPE)


async def on_domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.OneGridError)
    kind = kind_of(error)
    if kind is UNEXPECTED:
        return unexpected(request, error)
    return answer(request, kind, error.detail, error.members, headers_of(error))


async def on_validation_error(request: Request, error: Exception) -> JSONResponse:
    """What pydantic found, without the value that was sent: it may be a password."""
    assert isinstance(error, RequestValidationError)
    language = documents.language_of(request.headers.get("accept-language"))
    faults = [
        {"where": ".".join(map(str, each["loc"])), "what": documents.fault(each, language)} for each in error.errors()
    ]
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return answer(request, BAD_REQUEST, f"the body is not JSON: {faults[0]['where']}: {faults[0]['what']}")
    colon, mark = ("：", "；") if language == documents.CHINESE else (": ", "; ")
    detail = mark.join(f"{fault['where']}{colon}{fault['what']}" for fault in faults)
    return answer(request, TABLE[errors.InputError], detail, {"errors": faults})


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    """Errors of the framework: no such path, wrong method, a body that cannot be read or is too large."""
    assert isinstance(error, HTTPException)
    known = {kind.status: kind for kind in reversed(KINDS)} | {
        422: TABLE[errors.InputError],
        409: TABLE[errors.Conflict],
    }
    kind = known.get(error.status_code) or Problem(error.status_code, "bad-request", str(error.detail), "")
    detail = (
        f"no path {request.url.path}" if error.status_code == 404 and error.detail == "Not Found" else str(error.detail)
    )
    return answer(request, kind, detail, headers=error.headers)


async def on_database_error(request: Request, error: Exception) -> JSONResponse:
    """Not reachable, too busy, a lost race, or a value it cannot hold.

    The driver's words name hosts and rows: they go to the log only.
    """
    if isinstance(error, IntegrityError) and getattr(error.orig, "sqlstate", None) in LOST_RACES:
        _log.warning("lost a race", error=type(error.orig).__name__)
        return answer(request, TABLE[errors.Conflict], "somebody else changed the same thing at the same moment")
    if isinstance(error, DataError):
        return answer(
            request, TABLE[errors.InputError], "a value that the database cannot hold, such as a NUL character"
        )
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        _log.error("the database does not answer", error=str(getattr(error, "orig", error)))
        retry = {"Retry-After": str(RETRY_AFTER)}
        return answer(request, UNAVAILABLE, "the database does not answer; try again", headers=retry)
    return unexpected(request, error)


def unexpected(request: Request, error: BaseException) -> JSONResponse:
    """500: everything to the log, nothing to the caller but where to look."""
    _log.error("unexpected error", exc_info=error)
    return answer(request, UNEXPECTED, "OneGrid failed to answer; the request id finds the cause in its logs")


def register(app: FastAPI) -> None:
    app.add_exception_handler(errors.OneGridError, on_domain_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(DBAPIError, on_database_error)
    app.add_exception_handler(PoolTimeout, on_database_error)
