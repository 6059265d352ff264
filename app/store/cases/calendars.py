"""Working calendars: hours of departments, days that differ from the library, years that were added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.models.calendars import Calendar, CalendarDay, CalendarYear


def find(session: Session, code: str) -> Calendar | None:
    """The calendar of a department as believed now; '' is that of everybody without an own."""
    return session.scalar(select(Calendar).where(Calendar.code == code, func.upper_inf(Calendar.recorded)))


def every(session: Session, known_at: datetime | None = None) -> list[Calendar]:
    """As believed now, or at a moment."""
    believed = func.upper_inf(Calendar.recorded) if known_at is None else Calendar.recorded.contains(known_at)
    return list(session.scalars(select(Calendar).where(believed).order_by(Calendar.code)))


def put(session: Session, code: str, now: datetime, columns: dict[str, Any]) -> Calendar:
    """A calendar in place of the one that was believed before, which stays on record."""
    before = find(session, code)
    if before is not None:
        before.recorded = Range(before.recorded.lower, now, bounds="[)")
        session.flush()
    made = Calendar(code=code, recorded=Range(now, None, bounds="[)"), **columns)
    session.add(made)
    session.flush()
    return made


def days(session: Session, year: int | None = None, known_at: datetime | None = None) -> list[CalendarDay]:
    """Days that were put, as believed now or at a moment, in their order."""
    believed = func.upper_inf(CalendarDay.recorded) if known_at is None else CalendarDay.recorded.contains(known_at)
    statement = select(CalendarDay).where(believed).order_by(CalendarDay.day)
    if year is not None:
        statement = statement.where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    return list(session.scalars(statement))


def put_day(session: Session, day: date, worked: bool, name: str, now: datetime, created_by: str) -> None:
    before = session.scalar(
        select(CalendarDay).where(CalendarDay.day == day, func.upper_inf(CalendarDay.recorded)).with_for_update()
    )
    if before is not None and (before.worked, before.name) == (worked, name):
        return
    if before is not None:
        before.recorded = Range(before.recorded.lower, now, bounds="[)")
        session.flush()
    recorded = Range(now, None, bounds="[)")
    session.add(CalendarDay(day=day, worked=worked, name=name, created_by=created_by, recorded=recorded))
    session.flush()


def years(session: Session) -> list[CalendarYear]:
    return list(session.scalars(select(CalendarYear).order_by(CalendarYear.year)))


def put_year(session: Session, year: int, source: str, created_by: str) -> None:
    """Say that a year is known whole; what was said first stays."""
    statement = insert(CalendarYear).values(year=year, source=source, created_by=created_by)
    session.execute(statement.on_conflict_do_nothing())
