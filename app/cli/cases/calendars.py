"""`onegrid calendars …`: working hours, holidays, when a time limit ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from app.cli import context
from app.cli.console import emit, table
from app.errors import InputError
from app.rules.time.calendars import CHINA
from app.services.cases import calendars

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_calendars(as_json: AsJson = False) -> None:
    """List the calendars, the days put by hand, the years added."""
    with context.transaction() as session:
        made = calendars.overview(session)
    rows = [
        [c["code"] or "everybody", "; ".join(c["hours"]), c["weekdays"], c["keeps_holidays"]] for c in made["calendars"]
    ]
    emit(made, as_json=as_json, text=table("Calendars", ("department", "hours", "weekdays", "holidays"), rows))


@app.command("set")
def set_calendar(
    hours: Annotated[list[str], typer.Argument(help="08:00-12:00,14:00-18:00; a season before it: 06-01..09-30 …")],
    department: Annotated[str, typer.Option(help="Department; everybody without an own when not given.")] = "",
    weekdays: Annotated[str, typer.Option(help="0 is Monday.")] = "0,1,2,3,4",
    holidays: Annotated[bool, typer.Option("--holidays/--no-holidays", help="Public holidays are off.")] = True,
    zone: Annotated[str, typer.Option(help="Time zone.")] = CHINA,
    as_json: AsJson = False,
) -> None:
    """Set the working hours of a department."""
    if not all(part.strip().isdigit() for part in weekdays.split(",")):
        raise InputError(f"--weekdays: {weekdays!r} is not 0,1,2,3,4")
    days = tuple(int(part) for part in weekdays.split(","))
    order = calendars.CalendarOrder(department, tuple(hours), days, holidays, zone)
    with context.transaction() as session:
        made = calendars.put(session, context.caller(), order, datetime.now(UTC))
    emit(made, as_json=as_json, text=f"calendar of {department or 'everybody'}: {'; '.join(made['hours'])}")


@app.command("day")
def set_day(
    day: Annotated[str, typer.Argument(help="2026-10-10")],
    worked: Annotated[bool, typer.Option("--worked/--off", help="Whether it is worked.")],
    name: Annotated[str, typer.Option(help="What the day is.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say that a day is worked or off, whatever the library of holidays says."""
    with context.transaction() as session:
        order = calendars.DayOrder(_day(day), worked, name)
        calendars.put_days(session, context.caller(), [order], datetime.now(UTC))
    emit({"day": day, "worked": worked}, as_json=as_json, text=f"{day}: {'worked' if worked else 'off'}")


@app.command("year")
def add_year(
    year: Annotated[int, typer.Argument(help="The year.")],
    source: Annotated[str, typer.Option(help="Where the days come from.")],
    off: Annotated[list[str] | None, typer.Option(help="A holiday, or FIRST..LAST.")] = None,
    worked: Annotated[list[str] | None, typer.Option(help="A worked weekend day (调休).")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a year that the library of holidays does not know; the rest of it follows the week."""
    days = [calendars.DayOrder(day, False) for span in off or () for day in _span(span)]
    days += [calendars.DayOrder(day, True) for span in worked or () for day in _span(span)]
    with context.transaction() as session:
        count = calendars.add_year(session, context.caller(), year, days, source, datetime.now(UTC))
    emit({"year": year, "days": count}, as_json=as_json, text=f"{year}: {count} days beside the week")


@app.command()
def due(
    limit: Annotated[str, typer.Argument(help="4 工作时, 2 working_days …")],
    start: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    department: Annotated[str, typer.Option(help="Whose calendar.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell when a time limit ends."""
    with context.transaction() as session:
        made = calendars.due(session, department, context.moment(start) or datetime.now(UTC), limit)
    emit(made, as_json=as_json, text=f"{made['limit']} from {made['start'].isoformat()}: {made['due_at'].isoformat()}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day: write 2026-10-01") from None


def _span(text: str) -> list[date]:
    first, _, last = text.partition("..")
    start, end = _day(first), _day(last or first)
    if not 0 <= (end - start).days < 366:
        raise InputError(f"{text!r} is no span of days in a year")
    return [date.fromordinal(number) for number in range(start.toordinal(), end.toordinal() + 1)]
