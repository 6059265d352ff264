"""What the trail of a case says that scores count, as it stood at a moment, extracted once.

Steps from the cut on do not count: what a period's score says does not change with what happens to its cases later.
But for `adjust`: what an appeal found holds for the whole past of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.rules.duties.time_limits import Limit
from app.rules.scores.deadlines import Deadlines
from app.rules.time.working_time import ENDLESS

PEOPLE = "user:"
"""Actors that are people; machines (`key:`), the command line and the clock have no scores."""
READ = frozenset({
    "collect", "verify", "file", "reject", "merge", "dispatch", "accept", "forward", "return", "request_delay",
    "approve_delay", "refuse_delay", "approve_suspension", "resume", "meet", "finish", "report", "check", "rework",
    "close", "evaluate", "reopen", "move", "adjust",
})  # fmt: skip
"""Actions that say something here; a trail may come without the others."""


class Taken(Protocol):
    """As much of a step as is read here; a `Step`, or a row of many that is not made one first."""

    @property
    def action(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...
    @property
    def receiver(self) -> str: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def score(self) -> float | None: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Record:
    """What is kept of a case beside its trail. `limits` run side by side; the last to end is that of the disposal."""

    event: int
    area: str
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Facts:
    """One case at the cut. Moments are None for what has not happened.

    `department`: who has it or had it last, the owner before anybody got it and while it is back at the centre.
    `due_at`: None before the dispatch, while it is suspended, and without a limit. `counts_from`: with a limit the
    deadline, without one the dispatch; None while there is nothing to dispose of. `all_met`: no condition of its limits
    was met too late; the disposal meets those that no step of their own met. `accurate`: whoever got it first has it
    still, or again. `people`: part → the person (`user:name`) who took it.
    """

    event: int
    area: str
    grid: str
    department: str
    reported_at: datetime
    needs_verification: bool = False
    verified_at: datetime | None = None
    verify_due: datetime | None = None
    established_at: datetime | None = None
    establish_due: datetime | None = None
    ended_at: datetime | None = None
    dispatched_at: datetime | None = None
    dispatch_due: datetime | None = None
    accurate: bool = False
    due_at: datetime | None = None
    counts_from: datetime | None = None
    all_met: bool = True
    disposed_at: datetime | None = None
    delayed: bool = False
    fed_back_at: datetime | None = None
    checked_at: datetime | None = None
    check_due: datetime | None = None
    closed_at: datetime | None = None
    close_due: datetime | None = None
    reworks: int = 0
    rated_at: datetime | None = None
    rating: float | None = None
    excluded: frozenset[str] = frozenset()
    people: Mapping[str, str] = field(default_factory=dict)


def extract(
    record: Record, trail: Iterable[Taken], cut: datetime, known_at: datetime, deadlines: Deadlines
) -> Facts | None:
    """Facts of a case from its trail, in order: steps before `cut`, adjustments up to `known_at`. None for a case that
    had not begun. Raises UnknownYear."""
    read = _Reading()
    for step in trail:
        if step.action == "adjust":
            if step.at <= known_at:
                _adjust(read, step)
        elif step.at < cut and step.action in _EFFECTS:
            _EFFECTS[step.action](read, step)
    if read.reported_at is None:
        return None
    return _facts(record, read, deadlines)


class _Reading:
    """A trail as far as it has been read."""

    __slots__ = (
        "accurate_for", "checked_at", "clock_from", "closed_at", "corrected", "delay_wanted", "delayed", "delayed_to",
        "dispatched_at", "disposed_at", "ended_at", "established_at", "excluded", "fed_back_at", "first_receiver",
        "grid", "holders", "met", "needs_verification", "owner", "pauses", "people", "rated_at", "rating",
        "reported_at", "reworks", "verified_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self.reported_at: datetime | None = None
        self.needs_verification = False
        self.verified_at: datetime | None = None
        self.established_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.dispatched_at: datetime | None = None
        self.clock_from: datetime | None = None
        self.first_receiver = self.accurate_for = self.owner = self.grid = ""
        self.holders: list[str] = []
        self.delay_wanted: datetime | None = None
        self.delayed_to: datetime | None = None
        self.delayed = False
        self.pauses: list[tuple[datetime, datetime]] = []
        self.met: dict[str, datetime] = {}
        self.disposed_at: datetime | None = None
        self.fed_back_at: datetime | None = None
        self.checked_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.reworks = 0
        self.rated_at: datetime | None = None
        self.rating: float | None = None
        self.corrected: datetime | None = None
        self.excluded: set[str] = set()
        self.people: dict[str, str] = {}

    def by(self, part: str, actor: str, *, first: bool = False) -> None:
        if actor.startswith(PEOPLE) and not (first and part in self.people):
            self.people[part] = actor


def _facts(record: Record, read: _Reading, deadlines: Deadlines) -> Facts:
    assert read.reported_at is not None
    dues = _dues(record, read, deadlines)
    due = max(dues.values(), default=None)
    suspended = bool(read.pauses) and read.pauses[-1][1] == ENDLESS
    counts = read.dispatched_at is not None and read.ended_at is None and (due is not None or not suspended)
    return Facts(
        event=record.event,
        area=record.area,
        grid=read.grid,
        department=read.holders[-1] if read.holders else read.owner,
        reported_at=read.reported_at,
        needs_verification=read.needs_verification,
        verified_at=read.verified_at,
        verify_due=deadlines.of_stage("verify", read.reported_at if read.needs_verification else None),
        established_at=read.established_at,
        establish_due=deadlines.of_stage("file", read.verified_at or read.reported_at),
        ended_at=read.ended_at,
        dispatched_at=read.dispatched_at,
        dispatch_due=deadlines.of_stage("dispatch", read.established_at),
        accurate=bool(read.holders) and read.accurate_for == read.first_receiver,
        due_at=due,
        counts_from=(due or read.dispatched_at) if counts else None,
        all_met=_all_met(read, dues),
        disposed_at=read.disposed_at,
        delayed=read.delayed,
        fed_back_at=read.fed_back_at,
        checked_at=read.checked_at,
        check_due=deadlines.of_stage("check", read.fed_back_at),
        closed_at=read.closed_at,
        close_due=deadlines.of_stage("close", due),
        reworks=read.reworks,
        rated_at=read.rated_at,
        rating=read.rating,
        excluded=frozenset(read.excluded),
        people=read.people,
    )


def _dues(record: Record, read: _Reading, deadlines: Deadlines) -> dict[str, datetime]:
    """Condition → deadline, as the clock of the case counts it, unless an appeal corrected it; none while it stands."""
    if read.corrected is not None:
        return {"": read.corrected}
    if read.clock_from is None or (read.pauses and read.pauses[-1][1] == ENDLESS):
        return {}
    holder = read.holders[-1] if read.holders else read.owner
    found = {limit.condition: deadlines.of(holder, read.clock_from, limit, read.pauses) for limit in record.limits}
    if read.delayed_to is None:
        return found
    return {condition: max(due, read.delayed_to) for condition, due in found.items()}


def _all_met(read: _Reading, dues: Mapping[str, datetime]) -> bool:
    met = {condition: read.met.get(condition, read.disposed_at) for condition in dues}
    return all(moment is None or moment <= dues[condition] for condition, moment in met.items())


def _collect(read: _Reading, step: Taken) -> None:
    read.reported_at, read.owner = step.at, step.receiver
    read.grid = str(step.detail.get("grid") or "")
    read.needs_verification = not step.detail.get("verified")
    read.by("report", step.actor)


def _verify(read: _Reading, step: Taken) -> None:
    read.verified_at = read.verified_at or step.at
    read.by("verify", step.actor, first=True)


def _file(read: _Reading, step: Taken) -> None:
    read.established_at = step.at
    read.by("file", step.actor)


def _end(read: _Reading, step: Taken) -> None:
    read.ended_at = step.at


def _dispatch(read: _Reading, step: Taken) -> None:
    if read.dispatched_at is None:
        read.dispatched_at = read.clock_from = step.at
        read.first_receiver = step.receiver
    read.accurate_for = step.receiver
    read.holders = [step.receiver]
    read.by("dispatch", step.actor, first=True)


def _accept(read: _Reading, step: Taken) -> None:
    read.by("handle", step.actor)


def _forward(read: _Reading, step: Taken) -> None:
    read.holders.append(step.receiver)


def _return(read: _Reading, step: Taken) -> None:
    read.holders.pop()
    read.delay_wanted = None


def _request_delay(read: _Reading, step: Taken) -> None:
    read.delay_wanted = step.until


def _approve_delay(read: _Reading, step: Taken) -> None:
    read.delayed, read.delayed_to, read.delay_wanted = True, read.delay_wanted, None


def _refuse_delay(read: _Reading, step: Taken) -> None:
    read.delay_wanted = None


def _suspend(read: _Reading, step: Taken) -> None:
    read.pauses.append((step.at, ENDLESS))


def _resume(read: _Reading, step: Taken) -> None:
    read.pauses[-1] = (read.pauses[-1][0], step.at)


def _meet(read: _Reading, step: Taken) -> None:
    read.met[str(step.detail.get("condition") or "")] = step.at


def _finish(read: _Reading, step: Taken) -> None:
    read.disposed_at, read.delay_wanted = step.at, None
    read.by("handle", step.actor)


def _report(read: _Reading, step: Taken) -> None:
    read.fed_back_at = read.fed_back_at or step.at


def _check(read: _Reading, step: Taken) -> None:
    read.checked_at = read.checked_at or step.at
    read.by("check", step.actor, first=True)


def _rework(read: _Reading, step: Taken) -> None:
    read.reworks += 1
    read.disposed_at = None


def _close(read: _Reading, step: Taken) -> None:
    read.closed_at = step.at


def _evaluate(read: _Reading, step: Taken) -> None:
    read.rated_at, read.rating = step.at, step.score


def _reopen(read: _Reading, step: Taken) -> None:
    """Its clock starts again."""
    _rework(read, step)
    read.clock_from, read.delayed_to, read.pauses, read.met = step.at, None, [], {}
    read.closed_at = read.rated_at = read.rating = None


def _move(read: _Reading, step: Taken) -> None:
    read.holders = [step.receiver if holder == read.owner else holder for holder in read.holders]
    read.owner, read.grid = step.receiver, str(step.detail.get("grid") or "")


def _adjust(read: _Reading, step: Taken) -> None:
    read.excluded.update(step.detail.get("exclude") or ())
    read.corrected = step.until or read.corrected


_EFFECTS: dict[str, Callable[[_Reading, Taken], None]] = {
    "collect": _collect,
    "verify": _verify,
    "file": _file,
    "reject": _end,
    "merge": _end,
    "dispatch": _dispatch,
    "accept": _accept,
    "forward": _forward,
    "return": _return,
    "request_delay": _request_delay,
    "approve_delay": _approve_delay,
    "refuse_delay": _refuse_delay,
    "approve_suspension": _suspend,
    "resume": _resume,
    "meet": _meet,
    "finish": _finish,
    "report": _report,
    "check": _check,
    "rework": _rework,
    "close": _close,
    "evaluate": _evaluate,
    "reopen": _reopen,
    "move": _move,
}
