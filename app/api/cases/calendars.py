"""/api/v1/calendars: working hours, holidays, when a time limit ends."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, SettingsDep
from app.api.moments import moment
from app.rules.time.calendars import CHINA
from app.services.cases import calendars

router = APIRouter(prefix="/api/v1/calendars", tags=["calendars"])


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CalendarBody(Strict):
    code: str = Field("", max_length=100, description="Department; empty is everybody without an own calendar.")
    hours: list[str] = Field(description="`08:00-12:00,14:00-18:00`; a season before it: `06-01..09-30 …`.")
    weekdays: list[int] = Field([0, 1, 2, 3, 4], description="0 is Monday.")
    keeps_holidays: bool = Field(True, description="Public holidays are off, 调休 days are worked.")
    zone: str = CHINA


class DayBody(Strict):
    day: date
    worked: bool
    name: str = Field("", max_length=100)


class YearBody(Strict):
    year: int = Field(ge=1949, le=2200)
    source: str = Field(description="Where the days come from.")
    days: list[DayBody] = Field(max_length=366, description="Holidays and worked weekends; the rest follows the week.")


@router.get("")
def list_calendars(session: SessionDep, caller: Reader) -> dict[str, Any]:
    """Calendars of departments, days put by hand, years added."""
    return calendars.overview(session)


@router.put("")
def put_calendar(body: CalendarBody, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Set the working hours of a department, or of everybody."""
    order = calendars.CalendarOrder(body.code, tuple(body.hours), tuple(body.weekdays), body.keeps_holidays, body.zone)
    return calendars.put(session, caller, order, now)


@router.put("/days")
def put_days(body: list[DayBody], session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Say that days are worked or not, whatever the library of holidays says."""
    return {"days": calendars.put_days(session, caller, _orders(body), now)}


@router.put("/years")
def put_year(body: YearBody, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Add a year that the library of holidays does not know."""
    return {"days": calendars.add_year(session, caller, body.year, _orders(body.days), body.source, now)}


@router.get("/due")
def get_due(
    session: SessionDep, settings: SettingsDep, caller: Reader, now: Now,
    limit: Annotated[str, Query(description="`4 工作时`, `2 working_days` …")],
    start: Annotated[str | None, Query(description="Moment; now when not given.")] = None,
    department: Annotated[str, Query(description="Whose calendar; everybody's when not given.")] = "",
) -> dict[str, Any]:  # fmt: skip
    """When a time limit ends; refused (409) when it reaches into a year that is not known."""
    return calendars.due(session, department, moment(start, settings) or now, limit)


def _orders(days: list[DayBody]) -> list[calendars.DayOrder]:
    return [calendars.DayOrder(each.day, each.worked, each.name) for each in days]
