"""The clock of a stored case: its limits side by side, what lists show of them, and whom an overdue case goes up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.cases import Case
from app.models.events import Event, LastResort
from app.rules.cases.clocks import LADDER, Mark, Times, marks, step_of_ladder, times
from app.rules.cases.trail import State, Step
from app.rules.duties.time_limits import Limit
from app.rules.staff.roles import rank
from app.rules.time.calendars import UnknownYear
from app.services.cases.calendars import Calendars
from app.services.staff.staff_index import StaffIndex, View, load_staff
from app.store.cases import events as events_store

CLOCK = "system:clock"


def limits_of(case: Case) -> list[Limit]:
    """Every time limit of the case's duty; of cases from before they were all kept, the one that was."""
    if case.limits:
        return [Limit(**each) for each in case.limits]
    return [Limit(case.limit_amount, case.limit_unit)] if case.limit_amount and case.limit_unit else []


def read(case: Case, state: State, event: Event, calendars: Calendars) -> tuple[tuple[Times, ...], str]:
    """The limits that are not met, the first to be due first, and what kept one from being counted: one that reaches
    into a year that nobody knows does not stop the others."""
    if not state.is_open and state.closed_at is None:
        return (), ""
    calendar, problem = calendars.of(state.holder or case.owner), ""
    found: list[Times] = []
    for limit in limits_of(case):
        try:
            found += times(state, event.reported_at, [limit], calendar)
        except (UnknownYear, InputError) as error:
            problem = problem or error.detail
    return tuple(sorted(found, key=lambda each: (each.due_at, each.condition))), problem


def show(case: Case, state: State, event: Event, calendars: Calendars) -> None:
    """Due, warning and the clock's next look, in the columns; a moment that is not known is not guessed."""
    clocks, case.clock_problem = read(case, state, event, calendars)
    case.warn_at = clocks[0].warn_at if clocks else None
    case.due_at = clocks[0].due_at if clocks else None
    zone = ZoneInfo(calendars.of(state.holder or case.owner).zone)
    running = {each.condition: each.due_at.astimezone(zone).isoformat() for each in clocks}
    case.dues = [
        {"condition": limit.condition, "limit": str(limit), "due_at": running.get(limit.condition),
         "met": limit.condition in state.met}
        for limit in limits_of(case)
    ]  # fmt: skip
    case.next_mark_at = min((mark.at for mark in marks(state, clocks)), default=None)


@dataclass
class Answerers:
    """Who answers at a level of the ladder: the department named for the area, and its post that is on duty. Read once
    for many cases, when the first of them climbs."""

    session: Session
    _resorts: list[LastResort] | None = None
    _staff: StaffIndex = field(default_factory=StaffIndex)

    def of(self, area: str, at: datetime, zone: str) -> tuple[str, int | None]:
        """Department ('' where none is named for the area or one that it lies in) and post (None: nobody is on
        duty)."""
        if self._resorts is None:
            self._resorts, self._staff = events_store.last_resorts(self.session), load_staff(self.session)
        named = [row for row in self._resorts if area and area.startswith(row.area)]
        if not named:
            return "", None
        department = max(named, key=lambda row: len(row.area)).department
        return department, self._post(department, area, View(at, zone))

    def _post(self, department: str, area: str, view: View) -> int | None:
        """The post of a department that is on duty: one on a grid of the area first, then by role and number."""
        ids = {number for number, name in self._staff.departments.items() if name == department}
        wanted = {place for place, terms in self._staff.held.items() if any(term.department in ids for term in terms)}
        on_duty = [
            (not place[1].startswith(area), rank(entry.role), entry.post)
            for place in wanted
            for entry in self._staff.roster(*place, view)
            if entry.on_duty and entry.department in ids
        ]
        return min(on_duty)[2] if on_duty else None


def steps_due(
    case: Case, state: State, clocks: Sequence[Times], answerers: Answerers, now: datetime, zone: str
) -> list[Step]:
    """What the clock has to say of a case by `now`, as steps of its trail."""
    at = max(now, state.last_at or now)
    return [_step(case, mark, answerers, at, zone) for mark in marks(state, clocks) if mark.at < now]


def _step(case: Case, mark: Mark, answerers: Answerers, at: datetime, zone: str) -> Step:
    detail: dict[str, Any] = {"due": mark.at.isoformat()}
    if mark.condition:
        detail["condition"] = mark.condition
    if mark.action != "escalate":
        return Step(mark.action, at, CLOCK, detail=detail)
    level, area = LADDER[mark.level], step_of_ladder(case.area, mark.level)
    department, post = answerers.of(area, at, zone)
    detail |= {"level": mark.level, "area": area, "post": post}
    return Step("escalate", at, CLOCK, department or f"{level} {area}".strip(), detail=detail)
