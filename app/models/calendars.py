from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Calendar(Base):
    """Working hours of a department (`code`; '' is everybody without an own), as known over `recorded`.

    `hours`: texts as app.rules.time.calendars writes them, seasons first; `weekdays`: 0 is Monday.
    """

    __tablename__ = "calendars"

    id: Mapped[Id]
    code: Mapped[str]
    zone: Mapped[str]
    hours: Mapped[list[Any]]
    weekdays: Mapped[list[Any]]
    keeps_holidays: Mapped[bool] = mapped_column(server_default=text("true"))
    created_by: Mapped[str]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        ExcludeConstraint(("code", "="), ("recorded", "&&"), name="ex_calendars_one_at_a_time", using="gist"),
    )


class CalendarDay(Base):
    """A day that is worked or not, whatever the library says. Rows are closed in recorded time, never changed."""

    __tablename__ = "calendar_days"

    id: Mapped[Id]
    day: Mapped[date]
    worked: Mapped[bool]
    name: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        ExcludeConstraint(("day", "="), ("recorded", "&&"), name="ex_calendar_days_one_at_a_time", using="gist"),
    )


class CalendarYear(Base):
    """A year whose days are known whole: the week, and what `calendar_days` says beside it."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]

    __table_args__ = (CheckConstraint("year BETWEEN 1949 AND 2200", name="year"),)
