"""`onegrid events route | trace | import`: what an event would get, how one came to its owner, tables of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli import context
from app.cli.console import emit, facts, out, table
from app.cli.lookup.lookup import open_lookup
from app.services.cases import event_traces, events
from app.services.lookup import lookup as answers
from app.settings import get_settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NEGATIVE = {"ignore_unknown_options": True}  # a coordinate west of Greenwich starts with a minus, as options do


def add_to(app: typer.Typer) -> None:
    """Make these commands of `onegrid events`."""
    app.command(context_settings=NEGATIVE)(route)
    app.command()(trace)
    app.command("import")(import_events)


def route(
    lon: Annotated[float, typer.Argument(help="Longitude, or x.")],
    lat: Annotated[float, typer.Argument(help="Latitude, or y.")],
    matter: Annotated[str, typer.Option(help="Code of the matter.")] = "",
    kind: Annotated[str, typer.Option(help="matter or component.")] = "matter",
    text: Annotated[str, typer.Option(help="What it is, in words; may tell the matter.")] = "",
    crs: Annotated[str, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = "wgs84",
    at: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="As it was known at this moment.")] = None,
    accuracy: Annotated[float | None, typer.Option(min=0, help="Metres that the position may be off.")] = None,
    about: Annotated[str, typer.Option("--object", help="What it is about: business:…, external:….")] = "",
    component: Annotated[str, typer.Option(help="LAYER/CODE of the object that it is about.")] = "",
    grid: Annotated[list[str] | None, typer.Option(help="Code of a grid that it is on; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """What an event would get: grid, lead, who is on duty, ladder, deadlines, and why. Nothing is stored."""
    report = events.Report(
        lon=lon, lat=lat, crs=crs, accuracy_m=accuracy, at=context.moment(at), kind=kind, matter=matter, text=text,
        component=component, object=about, grids=tuple(grid or ()),
    )  # fmt: skip
    lookup = open_lookup(())
    with context.transaction() as session:
        made = event_traces.preview(
            session, context.caller(), lookup, report, _rules(), datetime.now(UTC), context.moment(as_known_at)
        )
    emit(made, as_json=as_json)
    if not as_json:
        out.print(_answer(made))
        _sentences(made["words"])


def trace(event: Annotated[int, typer.Argument(help="Number of the event.")], as_json: AsJson = False) -> None:
    """How an event came to its owner, and what would be different today, with the cause."""
    lookup = open_lookup(())
    with context.transaction() as session:
        made = event_traces.trace(session, context.caller(), lookup, event, _rules(), datetime.now(UTC))
    emit(made, as_json=as_json)
    if not as_json:
        _sentences(made["words"])
        out.print("told again as known then: the same" if made["same"] else "told again as known then: NOT the same")
        rows = [
            (name, each["what"], str(each["before"]), str(each["after"]), each["cause"], each["why"])
            for name in ("now", "today")
            for each in made["differences"][name]
        ]
        out.print(table("Different", ("as known", "what", "then", "now", "cause", "why"), rows))


def import_events(
    file: Annotated[Path, typer.Argument(help="CSV, .xlsx, Parquet, Arrow or GeoJSON.")],
    source: Annotated[str, typer.Option(help="The system that the events' numbers are of.")],
    crs: Annotated[str, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = "wgs84",
    fields: Annotated[str, typer.Option(help="What columns mean: external_id=编号,at=受理时间,…")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and route, store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a table of events in, each once by its source and number: routed, with a case."""
    settings = get_settings()
    order: dict[str, Any] = {
        "file": str(context.existing(file)), "file_name": file.name, "source": source, "crs": crs,
        "fields": context.pairs(fields, "--fields"), "zone": settings.time_zone,
        "nearest_limit_m": settings.nearest_limit_m, "dry_run": dry_run,
    }  # fmt: skip
    made = context.run("import_events", order, quiet=as_json)
    emit(made, as_json=as_json)
    if not as_json:
        stored = " (nothing stored)" if dry_run else ""
        out.print(
            f"{made['rows']:,} rows: {made['taken']:,} events taken in{stored}, {made['known']:,} known already, "
            f"{made['errors']:,} with an error; {made['routing']}",
            markup=False,
        )
        for error in made["first_errors"]:
            out.print(f"row {error['row']}: {error['error']}", markup=False)


def _rules() -> answers.AnswerRules:
    settings = get_settings()
    return answers.AnswerRules(settings.time_zone, settings.nearest_limit_m)


def _answer(made: dict[str, Any]) -> Table:
    person, substitute = made["person"] or {}, made["substitute"] or {}
    shown = {
        "grid": (made["grid"] or {}).get("code"),
        "matter": f"{made['matter']['code']} {made['matter'].get('name') or ''}".strip(),
        "owner": made["owner"],
        "person": person and f"{person['name']} ({person['role_name']}): {person['reason']}",
        "substitute": substitute.get("name"),
        "fallback": (made["fallback"] or {}).get("department"),
        "assistants": ", ".join(made["assistants"]),
        "ladder": made["ladder"]["begins"],
        **{limit["limit"]: limit.get("due_at", "?") for limit in made["deadlines"]["limits"]},
    }
    title = f"{made['routing']}: {made['owner']}"
    return facts(title, {name: value for name, value in shown.items() if value})


def _sentences(words: list[str]) -> None:
    for number, sentence in enumerate(words, 1):
        out.print(f"{number:2d}. {sentence}", markup=False)
