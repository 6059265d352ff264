"""`onegrid plans compare | replay | report | export`: a plan judged, and handed on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from app.cli import context
from app.cli.console import emit, out
from app.cli.plans.judging_tables import comparison_tables, replay_tables
from app.errors import InputError
from app.files import writing
from app.files.reports.words import LANGUAGES
from app.files.rows import kind_of
from app.models.plans import Plan
from app.services.networks import exports
from app.services.plans import plan_comparison, plan_replay, plan_report
from app.services.progress import silent
from app.settings import get_settings
from app.spatial.judging.replay import CELL_M
from app.store.plans import plans as store

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the plan.")]


def add_to(plans: typer.Typer) -> None:
    """Make these commands of `onegrid plans`."""
    for command in (compare, replay, report, export):
        plans.command()(command)


def compare(
    name: Name,
    others: Annotated[list[str], typer.Argument(metavar="OTHER [OTHER…]", help="Plans to compare it with.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the first two plans disagree: .geojson .gpkg …")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="Replay these events through each plan, and compare its work.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare plans: principles, sizes, shapes, what they cut, who changes grid, how even the work is."""
    with context.transaction() as session:
        plans = [store.get(session, each) for each in (name, *others)]
        made = plan_comparison.compare(session, plans, _replayed(session, plans, events))
        if output is not None:
            apart = plan_comparison.disagreements(session, *plans[:2])
            writing.write_frames(apart, output, metadata={"plans": [plan.name for plan in plans[:2]]})
            made["differences"] = {"file": str(output), "rows": len(apart)}
    emit(made, as_json=as_json)
    if not as_json:
        for each in comparison_tables(made):
            out.print(each)
        if output is not None:
            out.print(f"{made['differences']['rows']} places where they disagree written to {output}", markup=False)


def replay(
    name: Name,
    events: Annotated[Path | None, typer.Argument(help="CSV, Parquet, Arrow or GeoJSON; or --stored.")] = None,
    stored: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="FROM TO", help="The events that are stored, from a moment to before another."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The same events with the grid that would own them.")
    ] = None,
    lon_field: Annotated[str | None, typer.Option(help="Field of the longitude (x); guessed without.")] = None,
    lat_field: Annotated[str | None, typer.Option(help="Field of the latitude (y); guessed without.")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = None,
    at_field: Annotated[str | None, typer.Option(help="Field of each event's moment.")] = None,
    matter_field: Annotated[str | None, typer.Option(help="Field of the matter code.")] = None,
    network: Annotated[str | None, typer.Option(help="Network to compare owners with; the unified one.")] = None,
    at: Annotated[str | None, typer.Option(help="Moment for events without one of their own; now without.")] = None,
    grids: Annotated[Path | None, typer.Option(help="Write the plan's grids with their events: .geojson …")] = None,
    cells: Annotated[Path | None, typer.Option(help="Write events per cell, for a heat map: .geojson …")] = None,
    cell_size: Annotated[float, typer.Option(help="Width of such a cell in metres.")] = CELL_M,
    as_json: AsJson = False,
) -> None:
    """Try a plan on events: who would own them, whose owner changes, how the work would be spread."""
    moment = context.moment(at)
    if (events is None) == (stored is None):
        raise InputError("name a table of events, or --stored FROM TO")
    if output is not None:
        kind_of(output)  # said before the events are read
    order: dict[str, Any] = {
        "plan": name,
        **_source_of(events, stored),
        "lon_field": lon_field,
        "lat_field": lat_field,
        "crs": crs,
        "at_field": at_field,
        "matter_field": matter_field,
        "network": network,
        "at": moment.isoformat() if moment else None,
        "zone": get_settings().time_zone,
        "cell_m": cell_size,
        **{what: str(path.absolute()) for what, path in _files(output, grids, cells).items()},
    }
    outcome = context.run("replay_plan", order, quiet=as_json)
    emit(outcome, as_json=as_json)
    if not as_json:
        for each in replay_tables(outcome):
            out.print(each)
        for warning in outcome["warnings"]:
            out.print(f"warning: {warning}", markup=False)
        for what, path in outcome["files"].items():
            out.print(f"{what} written to {path}", markup=False)


def report(
    name: Name,
    output: Annotated[Path, typer.Option("-o", "--output", help="The report: .html or .pdf")],
    lang: Annotated[str, typer.Option(help=f"Language: {', '.join(LANGUAGES)}.")] = LANGUAGES[0],
    replay_run: Annotated[int | None, typer.Option("--replay", help="Run of a replay to report on as well.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a short report on a plan for those who decide: figures, maps, charts, exceptions, sources."""
    form = plan_report.form_of(output)
    with context.transaction() as session:
        now = datetime.now(ZoneInfo(get_settings().time_zone))
        made = plan_report.make_report(session, store.get(session, name), form, lang, now, replay_run)
    writing.write_bytes(made, output)
    told = {"plan": name, "file": str(output), "format": form, "lang": lang, "bytes": len(made)}
    emit(told, as_json=as_json, text=f"report on {name} written to {output}")


def export(
    name: Name,
    output: Annotated[Path, typer.Option("-o", "--output", help=".geojson .gpkg .fgb .parquet .shp.zip .csv .xlsx")],
    what: Annotated[
        str | None,
        typer.Option(help="pieces, grids, lineage, borders or matrix; all of them in a .gpkg, else grids."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a plan to a file; a GeoPackage has all of it, with styles for QGIS."""
    with context.transaction() as session:
        made = exports.export_plan(session, store.get(session, name), what, output)
    emit(made, as_json=as_json, text=f"{made['rows']} {made['what']} of {name} written to {output}")


def _replayed(session: Session, plans: list[Plan], events: Path | None) -> dict[str, dict[str, Any]]:
    """Each plan's replay of the same events, with the fields guessed."""
    if events is None:
        return {}
    file, zone = str(context.existing(events)), get_settings().time_zone
    orders = {
        plan.name: plan_replay.ReplayOrder(plan=plan.name, file=file, file_name=events.name, zone=zone)
        for plan in plans
    }
    return {plan.name: plan_replay.replay(session, plan, orders[plan.name], silent()) for plan in plans}


def _source_of(events: Path | None, stored: tuple[str, str] | None) -> dict[str, str]:
    if stored is None:
        return {"file": str(context.existing(events)), "file_name": events.name} if events else {}
    moments = [context.moment(text) for text in stored]
    return {
        name: moment.isoformat() for name, moment in zip(("stored_from", "stored_to"), moments, strict=True) if moment
    }


def _files(rows: Path | None, grids: Path | None, cells: Path | None) -> dict[str, Path]:
    named = {"rows": rows, "grids": grids, "cells": cells}
    return {what: path for what, path in named.items() if path is not None}
