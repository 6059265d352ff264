"""`onegrid whistles …`: 吹哨报到 on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, table
from app.errors import InputError
from app.rules.cases.whistles import score_of_stars
from app.services.cases import whistles
from app.store.cases.whistles import WhistleFilter

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(help="Number of the event.")]
Department = Annotated[str, typer.Argument(help="The department that was called.")]
SHOWN = ("department", "called_at", "answer_by", "answered_at", "arrived_at", "late", "score")
FIGURES = ("name", "calls", "share_answered", "share_arrived", "late", "median_minutes", "mean_score")


@app.command()
def call(
    event: Number,
    departments: Annotated[list[str], typer.Argument(help="Departments, all or none of which are called.")],
    within: Annotated[float | None, typer.Option(help="Minutes in which they have to arrive.")] = None,
    reason: Annotated[str, typer.Option(help="What for.")] = "",
    as_json: AsJson = False,
) -> None:
    """Whistle for departments (吹哨)."""
    now = datetime.now(UTC)
    until = None if within is None else now + timedelta(minutes=within)
    with context.transaction() as session:
        rows = whistles.call(session, context.caller(), event, departments, now, until=until, reason=reason)
    _show(rows, as_json)


@app.command()
def answer(event: Number, department: Department, as_json: AsJson = False) -> None:
    """A department answers (应哨)."""
    _respond(event, whistles.ANSWER, department, as_json)


@app.command()
def arrive(
    event: Number,
    department: Department,
    lon: Annotated[float | None, typer.Option(help="Where it arrived, in WGS 84.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude.")] = None,
    as_json: AsJson = False,
) -> None:
    """A department has arrived (报到)."""
    if (lon is None) != (lat is None):
        raise InputError("a point has --lon and --lat")
    point = None if lon is None or lat is None else (lon, lat)
    _respond(event, whistles.ARRIVE, department, as_json, point=point)


@app.command()
def score(
    event: Number,
    department: Department,
    points: Annotated[float | None, typer.Option(help="0 to 100 …")] = None,
    stars: Annotated[float | None, typer.Option(help="… or 1 to 5.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score a department that arrived (哨评)."""
    if (points is None) == (stars is None):
        raise InputError("give --points or --stars, one of them")
    _respond(event, whistles.SCORE, department, as_json, score=points if stars is None else score_of_stars(stars))


@app.command()
def figures(
    by: Annotated[str, typer.Option(help="department or grid.")] = "department",
    since: Annotated[str | None, typer.Option("--from", help="Called from this moment on.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Called before this moment.")] = None,
    as_json: AsJson = False,
) -> None:
    """Calls, shares answered and arrived, late ones, minutes to arrival, scores."""
    wanted = WhistleFilter(since=context.moment(since), until=context.moment(until))
    with context.transaction() as session:
        rows = whistles.measured(session, context.caller(), wanted, datetime.now(UTC), by)
    emit(rows, as_json=as_json, text=table("Whistles", FIGURES, [[row[name] for name in FIGURES] for row in rows]))


def _respond(event: int, action: str, department: str, as_json: bool, **more: Any) -> None:
    with context.transaction() as session:
        rows = whistles.respond(session, context.caller(), event, action, department, datetime.now(UTC), **more)
    _show(rows, as_json)


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    emit(rows, as_json=as_json, text=table("Whistles", SHOWN, [[row[name] for name in SHOWN] for row in rows]))
