"""Who is on duty on a grid at a moment, who stands in for whom, and why. The moment is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from app.rules.sayings import Said
from app.rules.staff.roles import CHIEF, rank
from app.rules.staff.shifts import ALWAYS, Shift

MOMENT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Times:
    """Holds over [valid_from, valid_to), as known over [known_from, known_to); None is without end."""

    valid_from: datetime | None
    valid_to: datetime | None
    known_from: datetime | None = None
    known_to: datetime | None = None

    def holds(self, at: datetime, known_at: datetime | None = None) -> bool:
        """At `at`, as believed now or at `known_at`."""
        if known_at is None:
            return self.known_to is None and _within(at, self.valid_from, self.valid_to)
        return _within(known_at, self.known_from, self.known_to) and _within(at, self.valid_from, self.valid_to)


@dataclass(frozen=True)
class Held:
    """One term of a post: who holds which role with which pattern; `substitutes` in the order they are asked."""

    post: int
    person: int
    role: str
    times: Times
    shift: Shift = ALWAYS
    substitutes: tuple[int, ...] = ()
    department: int | None = None


@dataclass(frozen=True)
class Away:
    """A person is away; `substitute` stands in before those of the post."""

    person: int
    times: Times
    substitute: int | None = None


@dataclass(frozen=True)
class Entry:
    """One entry of a roster: `person` answers for `post` (its `holder`, or who stands in); `reason` says why, without
    a name in it, and `said` the same as a code with values."""

    post: int
    role: str
    holder: int
    person: int
    on_duty: bool
    reason: str
    department: int | None = None
    said: Said | None = field(default=None, compare=False)

    @property
    def stands_in(self) -> bool:
        return self.person != self.holder


def roster(
    held: Iterable[Held],
    away: Mapping[int, Sequence[Away]],
    at: datetime,
    zone: tzinfo,
    known_at: datetime | None = None,
) -> list[Entry]:
    """The posts held at `at` (with a zone), the chief first, within a role those on duty first, then by post.

    Shifts are read on the clock of `zone`. `away`: person → absences. A post whose holder is away is answered by the
    first substitute who is not; where there is none, by its holder, off duty.
    """
    local = at.astimezone(zone)
    found = [_entry(term, away, at, local, known_at) for term in held if term.times.holds(at, known_at)]
    return sorted(found, key=lambda entry: (rank(entry.role), not entry.on_duty, entry.post))


def chief(entries: Iterable[Entry]) -> Entry | None:
    """The entry of the 网格长; the first where a grid has several."""
    return next((entry for entry in entries if entry.role == CHIEF), None)


def _entry(
    term: Held, away: Mapping[int, Sequence[Away]], at: datetime, local: datetime, known_at: datetime | None
) -> Entry:
    def entry(person: int, on_duty: bool, code: str, **values: Any) -> Entry:
        said = Said(code, values)
        return Entry(term.post, term.role, term.person, person, on_duty, said.text(), term.department, said)

    if not term.shift.covers(local):
        start = term.shift.next_start(local)
        if start is None:
            return entry(term.person, False, "off_shift")
        return entry(term.person, False, "off_shift_until", until=f"{start:{MOMENT}}")
    leave = _leave(term.person, away, at, known_at)
    if leave is None:
        return entry(term.person, True, "on_shift" if term.shift.spans else "at_all_hours")
    end = leave.times.valid_to
    until = {"until": f"{end.astimezone(local.tzinfo):{MOMENT}}"} if end else {}
    named = () if leave.substitute is None else (leave.substitute,)
    for number, person in enumerate(dict.fromkeys((*named, *term.substitutes)), 1):
        if person != term.person and _leave(person, away, at, known_at) is None:
            return entry(person, True, "stands_in_until" if end else "stands_in", number=number, **until)
    return entry(term.person, False, "away_until" if end else "away", **until)


def _leave(person: int, away: Mapping[int, Sequence[Away]], at: datetime, known_at: datetime | None) -> Away | None:
    """The absence that ends last of those that hold, so that `away until` is true."""
    holding = [leave for leave in away.get(person, ()) if leave.times.holds(at, known_at)]
    endless = next((leave for leave in holding if leave.times.valid_to is None), None)
    return endless or max(holding, key=lambda leave: leave.times.valid_to or at, default=None)


def _within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= at) and (end is None or at < end)
