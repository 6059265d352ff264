"""吹哨报到: a grid calls departments to a case; they answer, arrive, and are scored by who called them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.cases import CaseWhistle
from app.rules.accounts.access import Caller
from app.rules.cases.trail import Step
from app.rules.cases.whistles import Call, figures
from app.services.cases import cases
from app.services.cases.calendars import load as load_calendars
from app.store.cases import cases as cases_store
from app.store.cases import whistles as store
from app.store.cases.whistles import WhistleFilter

SHOWN = ("department", "called_at", "answer_by", "answered_at", "arrived_at", "lon", "lat", "score")
ANSWER, ARRIVE, SCORE = "answer", "arrive", "score_whistle"


def call(
    session: Session, caller: Caller, event_id: int, departments: Sequence[str], now: datetime, *,
    until: datetime | None = None, reason: str = "",
) -> list[dict[str, Any]]:  # fmt: skip
    """Whistle for several departments at once, to arrive by `until`: all of it or, where one may not be called,
    nothing. Returns the whistles of the case."""
    caller.require("events")
    names = [name.strip() for name in departments]
    if not names or len(set(names)) < len(names):
        raise InputError("name one or more departments, each once")
    if until is not None and until <= now:
        raise InputError("the time limit of a whistle is later than the whistle")
    case = cases_store.lock(session, event_id)
    steps = [Step("whistle", now, caller.name, name, reason, until) for name in names]
    cases.take(session, case, steps, load_calendars(session))
    return of_case(session, event_id, now)


def respond(
    session: Session, caller: Caller, event_id: int, action: str, department: str, now: datetime, *,
    reason: str = "", point: tuple[float, float] | None = None, score: float | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """`answer`, `arrive` (perhaps at a point, lon and lat in WGS 84) or `score_whistle`: a step of the case."""
    detail = {} if point is None else {"lon": point[0], "lat": point[1]}
    wanted = Step(action, now, caller.name, department.strip(), reason, score=score, detail=detail)
    cases.step(session, caller, event_id, wanted)
    return of_case(session, event_id, now)


def of_case(session: Session, event_id: int, now: datetime) -> list[dict[str, Any]]:
    """The whistles of a case in the order of the calls."""
    called = cases.state_of(session, event_id).whistles
    return [{**asdict(each), "late": _as_call(each, "").is_late(now)} for each in called]


def page(session: Session, caller: Caller, wanted: WhistleFilter, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Whistles of all cases, newest first."""
    caller.require("events")
    return [
        {"event": row.event_id, "number": row.number, "grid": grid, **{name: getattr(row, name) for name in SHOWN},
         "late": _as_call(row, grid).is_late(now)}
        for row, grid in store.calls(session, wanted, limit)
    ]  # fmt: skip


def measured(
    session: Session, caller: Caller, wanted: WhistleFilter, now: datetime, by: str = "department"
) -> list[dict[str, Any]]:
    """Figures per department or per grid that whistled."""
    caller.require("lookup")
    found = [_as_call(row, grid) for row, grid in store.calls(session, wanted)]
    return [asdict(each) for each in figures(found, by, now)]


def _as_call(row: CaseWhistle | Any, grid: str) -> Call:
    return Call(row.department, grid, row.called_at, row.answered_at, row.arrived_at, row.answer_by, row.score)
