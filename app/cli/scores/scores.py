"""`onegrid scores …`: figures with formula and cases, chained; rankings, exports, checks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, facts, table
from app.errors import FileError, Refused
from app.rules.scores.periods import parse_period
from app.services.scores import rankings, score_checks, score_exports, score_rules, scores
from app.services.scores.rankings import RankingOrder, StreakOrder
from app.services.scores.score_checks import CheckOptions
from app.services.scores.score_exports import ExportOrder
from app.services.scores.scores import Order
from app.settings import get_settings
from app.store.scores.scores import ScoreFilter

app = typer.Typer(no_args_is_help=True, help="Scores of grids, people, departments and areas (考核评价).")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Option("--period", help="2026-10-31, 2026-W44, 2026-10, 2026-Q4 or 2026.")]
UnitType = Annotated[str, typer.Option("--unit-type", help="city, area, grid, department or person.")]
By = Annotated[str, typer.Option(help="total, or the code of an indicator: see `onegrid scores indicators`.")]
LISTED = ("disposal", "disposal_on_time", "closing", "rework", "composite")


@app.command()
def compute(
    period: Name,
    cause: Annotated[str, typer.Option(help="Why it is told again; kept with each new revision.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show how it stands, store nothing.")] = False,
    unit_type: UnitType = "department",
    as_json: AsJson = False,
) -> None:
    """Compute an ended period, or tell it again: what differs becomes a new revision."""
    zone, now = get_settings().time_zone, datetime.now(UTC)
    if dry_run:
        with context.transaction() as session:
            rows = scores.preview(session, context.caller(), Order(period, zone), now, unit_type)
        emit(rows, as_json=as_json, text=_listed(f"{period}, as it stands", rows))
        return
    wanted = {"period": parse_period(period, zone).name, "zone": zone, "cause": cause}
    made = context.run("compute_scores", wanted, quiet=as_json)
    said = f"{made['period']}: {made['units']} units, {made['added']} rows added ({made['revised']} revisions)"
    emit(made, as_json=as_json, text=f"{said}; head {made['head']} {made['hash']}")


@app.command()
def show(
    number: Annotated[int | None, typer.Argument(help="A score with all it says; the list without one.")] = None,
    period: Annotated[str | None, typer.Option(help="Period of the list.")] = None,
    unit_type: Annotated[str | None, typer.Option(help="city, area, grid, department or person.")] = None,
    unit: Annotated[str | None, typer.Option(help="One unit.")] = None,
    figure: Annotated[str | None, typer.Option(help="Of one score: the cases behind an indicator or a count.")] = None,
    revisions: Annotated[bool, typer.Option("--revisions", help="Those before the latest as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show scores, one with its formulas and deductions, or the cases behind a figure."""
    with context.transaction() as session:
        if number is not None and figure is not None:
            made: Any = scores.cases_of(session, context.caller(), number, figure)
            emit(made, as_json=as_json, text=facts(f"Score {number}", made))
            return
        if number is not None:
            made = scores.get(session, context.caller(), number)
            emit(made, as_json=as_json, text=_score(made))
            if not as_json:
                cells = [[e["rule"], e["event"], e["points"], e["reason"]] for e in made["deductions"]]
                emit(made, as_json=False, text=table("Deductions", ("rule", "case", "points", "reason"), cells))
            return
        name = None if period is None else parse_period(period, get_settings().time_zone).name
        wanted = ScoreFilter(name, unit_type, unit, None, revisions)
        rows = scores.page(session, context.caller(), wanted)
    emit(rows, as_json=as_json, text=_listed("Scores", rows))


@app.command()
def rank(
    period: Name,
    unit_type: UnitType = "department",
    by: By = "total",
    least: Annotated[int, typer.Option(min=0, help="Cases that a figure must rest on to be ranked.")] = 0,
    level: Annotated[int | None, typer.Option(help="Digits of the codes of areas: 9 for streets.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rank units by their totals or an indicator; equal figures share a place."""
    order = RankingOrder(period, unit_type, get_settings().time_zone, by, least, level)
    with context.transaction() as session:
        rows = rankings.ranking(session, context.caller(), order)
    columns = ("rank", "unit", "value", "numerator", "denominator", "grade", "before")
    emit(rows, as_json=as_json, text=table(f"{period} by {by}", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def streaks(
    period: Name,
    line: Annotated[float, typer.Option(help="The line that figures are held against.")],
    unit_type: UnitType = "department",
    below: Annotated[bool, typer.Option("--below", help="At or below the line; else at or above it.")] = False,
    by: By = "total",
    unit: Annotated[str | None, typer.Option(help="One unit.")] = None,
    periods: Annotated[int, typer.Option(min=1, max=rankings.LONGEST, help="So many periods, up to this one.")] = 12,
    as_json: AsJson = False,
) -> None:
    """For how many periods in a row units have stood at or beyond a line."""
    order = StreakOrder(period, unit_type, get_settings().time_zone, line, not below, by, unit, periods)
    with context.transaction() as session:
        rows = rankings.streaks(session, context.caller(), order)
    columns = ("unit", "now", "longest", "longest_from")
    emit(rows, as_json=as_json, text=table("Streaks", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def verify(
    period: Annotated[str | None, typer.Option(help="Tell again the scores of one period only.")] = None,
    chain_only: Annotated[bool, typer.Option("--chain-only", help="Do not tell them again from their cases.")] = False,
    head: Annotated[int | None, typer.Option(min=1, help="Number of a row that was noted elsewhere …")] = None,
    hash: Annotated[str, typer.Option(help="… and its hash.")] = "",
    as_json: AsJson = False,
) -> None:
    """Walk the chain, and tell every score again from its cases; exit 1 when something is wrong."""
    name = None if period is None else parse_period(period, get_settings().time_zone).name
    options = CheckOptions(not chain_only, name, head, hash)
    with context.transaction() as session, context.watching(quiet=as_json) as watch:
        made = score_checks.verify(session, context.caller(), options, watch)
    said = f"whole: {made['rows']} rows, {made['told_again']} told again; head {made['head']} {made['hash']}"
    emit(made, as_json=as_json, text=said if made["whole"] else None)
    if not made["whole"]:
        reasons = [f"row {fault['number']} {fault['what']}" for fault in made["faults"]]
        reasons += [f"row {row['number']}: its cases say otherwise" for row in made["differs"] if not row["superseded"]]
        raise Refused("the scores are not what was stored", reasons)


@app.command()
def export(
    period: Name,
    output: Annotated[Path, typer.Option("-o", "--output", help=".xlsx (all sheets), .csv or .json.")],
    cases: Annotated[bool, typer.Option("--cases", help="A sheet of the cases behind every count.")] = False,
    as_json: AsJson = False,
) -> None:
    """Export indicators, bulletin, deduction sheets and rankings of a period."""
    with context.transaction() as session:
        order = ExportOrder(period, get_settings().time_zone, cases)
        made = score_exports.export(session, context.caller(), order, output)
    emit(made, as_json=as_json, text=f"{made['scores']} scores of {made['period']} in {output}")


@app.command()
def indicators(as_json: AsJson = False) -> None:
    """List the indicators with their formulas."""
    now = datetime.now(UTC)
    with context.transaction() as session:
        made = score_rules.definitions(session, now, now)
    cells = [[each["code"], each["name"], each["formula"], each["better"]] for each in made["indicators"]]
    emit(made, as_json=as_json, text=table("Indicators", ("code", "indicator", "formula", "better"), cells))


@app.command()
def rules(
    file: Annotated[Path | None, typer.Argument(help="A rulebook (.json) to lay down; the list without one.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="Moment from which it holds; now when not given.")] = None,
    reason: Annotated[str, typer.Option(help="Who decided it, and when.")] = "",
    as_json: AsJson = False,
) -> None:
    """Lay a rulebook down from a moment on, or list those that were."""
    now = datetime.now(UTC)
    with context.transaction() as session:
        if file is not None:
            start = context.moment(valid_from) or now
            score_rules.put(session, context.caller(), _json(context.existing(file)), start, reason, now)
        made = score_rules.rulebooks(session)
    columns = ("id", "valid_from", "created_by", "reason", "digest")
    emit(made, as_json=as_json, text=table("Rulebooks", columns, [[row[c] for c in columns] for row in made]))


@app.command()
def patrols(
    file: Annotated[Path, typer.Argument(help="unit, visited, households (.xlsx or CSV).")],
    period: Name,
    source: Annotated[str, typer.Option(help="Where the list comes from.")],
    as_json: AsJson = False,
) -> None:
    """Bring in the households that were visited (巡查覆盖率), which no case tells."""
    zone, now = get_settings().time_zone, datetime.now(UTC)
    with context.transaction() as session:
        made = score_rules.import_patrols(
            session, context.caller(), period, context.existing(file), source, now, zone, file.name
        )
    emit(made, as_json=as_json, text=f"{made['rows']} rows for {made['period']}")


def _json(path: Path) -> dict[str, Any]:
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileError(f"not JSON: {error}", file=path.name) from None
    if not isinstance(made, dict):
        raise FileError("not a JSON object", file=path.name)
    return made


def _listed(title: str, rows: list[dict[str, Any]]) -> Any:
    columns = ("number", "period", "unit_type", "unit", "total", "grade", *LISTED)
    cells = [[row.get(name, row["figures"].get(name)) for name in columns] for row in rows]
    return table(title, columns, cells)


def _score(made: dict[str, Any]) -> Any:
    cells = [
        [each["name"], each["value"], each["numerator"], each["denominator"], each["formula"]]
        for each in made["figures"].values()
    ]
    title = (
        f"Score {made['number']}: {made['unit_type']} {made['unit']}, {made['period']}, {made['total']} {made['grade']}"
    )
    return table(f"{title}, revision {made['revision']} ({made['cause']})", ("", "value", "of", "in", "formula"), cells)
