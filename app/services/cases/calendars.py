"""Working calendars of departments, and the days that differ from the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.calendars import Calendar as Row
from app.rules.accounts.access import Caller
from app.rules.duties.time_limits import parse_limits
from app.rules.time.calendars import CHINA, MONDAY_TO_FRIDAY, OFFICE, Days, WorkingCalendar, hours_text, parse_seasons
from app.rules.time.working_time import deadline
from app.services.accounts import audit
from app.store.cases import calendars as store

EVERYBODY = ""


@dataclass(frozen=True)
class CalendarOrder:
    """A department's calendar as it is asked for; `code` '' is that of everybody without an own."""

    code: str = EVERYBODY
    hours: tuple[str, ...] = ("08:00-12:00,14:00-18:00",)
    weekdays: tuple[int, ...] = tuple(sorted(MONDAY_TO_FRIDAY))
    keeps_holidays: bool = True
    zone: str = CHINA


@dataclass(frozen=True)
class DayOrder:
    day: date
    worked: bool
    name: str = ""


@dataclass(frozen=True)
class Calendars:
    """All calendars as they are known now."""

    of_departments: Mapping[str, WorkingCalendar] = field(default_factory=dict)

    def of(self, department: str) -> WorkingCalendar:
        """That of a department, else everybody's."""
        return self.of_departments.get(department) or self.of_departments.get(EVERYBODY, OFFICE)


def load(session: Session, known_at: datetime | None = None) -> Calendars:
    """All of them as known now, or as they were known at a moment: what a score was counted with stays countable."""
    put = {row.day: row.worked for row in store.days(session, known_at=known_at)}
    years = [row.year for row in store.years(session) if known_at is None or row.created_at <= known_at]
    days = Days(put, frozenset(years))
    return Calendars({row.code: _as_rule(row, days) for row in store.every(session, known_at)})


def put(session: Session, caller: Caller, order: CalendarOrder, now: datetime) -> dict[str, Any]:
    """A calendar in place of the one before. What was due keeps its moment until a step of its case counts anew."""
    caller.require("admin")
    wanted = WorkingCalendar(parse_seasons(order.hours), frozenset(order.weekdays), None, order.zone)
    columns = {
        "zone": wanted.zone,
        "hours": [hours_text(hours) for hours in wanted.hours],
        "weekdays": sorted(wanted.weekdays),
        "keeps_holidays": order.keeps_holidays,
        "created_by": caller.name,
    }
    before = store.find(session, order.code)
    told = None if before is None else describe(before)
    made = describe(store.put(session, order.code, now, columns))
    audit.record(session, caller, "put calendar", f"calendar/{order.code or 'everybody'}", told, made)
    return made


def put_days(session: Session, caller: Caller, days: Sequence[DayOrder], now: datetime) -> int:
    """Days that are worked or not whatever the library says; returns how many there are. All or nothing."""
    caller.require("admin")
    if len({order.day for order in days}) < len(days):
        raise InputError("a day is named twice")
    for order in days:
        store.put_day(session, order.day, order.worked, order.name, now, caller.name)
    told = {order.day.isoformat(): order.worked for order in days}
    audit.record(session, caller, "put days", "calendar/days", after=told)
    return len(days)


def add_year(session: Session, caller: Caller, year: int, days: Sequence[DayOrder], source: str, now: datetime) -> int:
    """Say that a year is known whole: its weeks, and `days` beside them. The next look of the clock counts with it."""
    caller.require("admin")
    if not source.strip():
        raise InputError("say where the days of the year come from, such as 国办发明电〔2026〕7号")
    strangers = [order.day for order in days if order.day.year != year]
    if strangers:
        raise InputError(f"{strangers[0]} is no day of {year}")
    put_days(session, caller, days, now)
    store.put_year(session, year, source, caller.name)
    audit.record(session, caller, "add year", f"calendar/{year}", after={"source": source, "days": len(days)})
    return len(days)


def describe(row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "hours": row.hours,
        "weekdays": row.weekdays,
        "keeps_holidays": row.keeps_holidays,
        "zone": row.zone,
        "since": row.recorded.lower,
    }


def overview(session: Session) -> dict[str, Any]:
    """All calendars, days put by hand, years added."""
    return {
        "calendars": [describe(row) for row in store.every(session)],
        "days": [{"day": row.day, "worked": row.worked, "name": row.name} for row in store.days(session)],
        "years": [{"year": row.year, "source": row.source} for row in store.years(session)],
    }


def due(session: Session, department: str, start: datetime, limit: str) -> dict[str, Any]:
    """When a limit that begins at `start` ends for a department. Raises UnknownYear."""
    found = parse_limits(limit)
    if len(found) != 1:
        raise InputError(f"{limit!r} is not one time limit: write 4 工作时")
    calendar = load(session).of(department)
    end = deadline(start, found[0], calendar)
    zone = ZoneInfo(calendar.zone)
    return {"start": start.astimezone(zone), "limit": str(found[0]), "due_at": end.astimezone(zone)}


def _as_rule(row: Row, days: Days) -> WorkingCalendar:
    kept = days if row.keeps_holidays else None
    return WorkingCalendar(parse_seasons(row.hours), frozenset(row.weekdays), kept, row.zone)
