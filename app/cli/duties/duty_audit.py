"""`onegrid duties audit | excuse | exceptions`: the responsibility matrix, and what of it is let stand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, out, table
from app.files import writing
from app.rules.duties.matters import kind_of
from app.rules.duties.responsibility import PROBLEMS
from app.services.duties import duty_audit, plan_matrix
from app.services.networks.networks import UNIFIED
from app.store.duties import duties as store
from app.store.plans import plans as plans_store

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NAMES = {"unowned": "无人 unowned", "duplicate": "重复 duplicate", "crossed": "交叉 crossed"}


def add_to(duties: typer.Typer) -> None:
    """Make these commands of `onegrid duties`."""
    for command in (audit, excuse, exceptions):
        duties.command()(command)


def audit(
    plan: Annotated[str | None, typer.Option(help="A plan; the published grids when not given.")] = None,
    network: Annotated[str, typer.Option(help="Network whose published grids are judged.")] = UNIFIED,
    at: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    table_code: Annotated[
        str | None, typer.Option("--table", help="Code table; the city's, else the newest standard.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The matrix as .xlsx, or the grids as a map: .geojson …")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge who leads on each matter on each grid: nobody (无人), two (重复), or a quarrel of lines (交叉)."""
    moment = context.moment(at) or datetime.now(UTC)
    with context.transaction() as session:
        if plan is None:
            made = duty_audit.audit_network(session, moment, network=network, table=table_code)
        else:
            made = duty_audit.audit_plan(session, plans_store.get(session, plan), moment, table=table_code)
        told = made.to_dict()
        if output is not None:
            _write(made, output)
    emit(told, as_json=as_json)
    if not as_json:
        _tell(told)


def excuse(
    problem: Annotated[str, typer.Argument(help=", ".join(PROBLEMS))],
    kind: Annotated[str, typer.Argument(help="matter (事件) or component (部件).")],
    code: Annotated[str, typer.Argument(help="Code of the matter.")],
    reason: Annotated[str, typer.Option(help="Why it is let stand; kept on record.")],
    scope: Annotated[str, typer.Option(help="An area's code, kind:KIND or grid:NETWORK/CODE; everywhere.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let a problem of a matter stand, with its reason, so that grids can be published."""
    with context.transaction() as session:
        row = duty_audit.excuse(
            session, context.caller(), problem, kind_of(kind), code, reason, datetime.now(UTC), scope=scope
        )
        made = duty_audit.describe(row)
    emit(made, as_json=as_json, text=f"exception {made['id']}: {problem} of {kind} {code} on {made['scope']}")


def exceptions(
    withdraw: Annotated[int | None, typer.Option(help="Withdraw this exception.")] = None, as_json: AsJson = False
) -> None:
    """List the exceptions, or withdraw one."""
    with context.transaction() as session:
        if withdraw is not None:
            duty_audit.withdraw(session, context.caller(), withdraw, datetime.now(UTC))
        rows = [duty_audit.describe(row) for row in store.exceptions(session)]
    columns = ("id", "problem", "kind", "code", "scope", "reason", "created_by")
    emit(rows, as_json=as_json, text=table("Exceptions", columns, [[row[c] for c in columns] for row in rows]))


def _write(made: duty_audit.Audit, output: Path) -> None:
    book = output.name.lower().endswith(plan_matrix.BOOK)
    frames = plan_matrix.frames(made) if book else plan_matrix.on_map(made)
    writing.write_frames(frames, output, metadata={**made.subject, "at": made.at.isoformat()})


def _tell(told: dict[str, Any]) -> None:
    counts = [(NAMES[problem], told[problem]["count"], told[problem]["cells"]) for problem in PROBLEMS]
    title = (
        f"{told['grids']} grids × {told['matters']} matters by {told['duties']} duty lines: {told['clean']} cells clean"
    )
    out.print(table(title, ("", "problems", "cells"), counts))
    rows = [
        (
            NAMES[problem],
            f"{row['kind']} {row['code']} {row['name']}",
            "、".join(row["leads"]),
            row["grid_count"],
            "; ".join(f"{each['action']} {each['lead']}" for each in row["proposals"]),
        )
        for problem in PROBLEMS
        for row in told[problem]["rows"]
    ]
    if rows:
        out.print(table("Problems", ("", "matter", "leads", "grids", "proposals"), rows))
    for row in told["excused"]:
        out.print(f"excused: {row['problem']} of {row['kind']} {row['code']} ({row['reason']})", markup=False)
