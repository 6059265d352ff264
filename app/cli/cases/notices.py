"""`onegrid notices …`: prior notice of plans to departments, and objections to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, facts, table
from app.errors import InputError
from app.files import writing
from app.services.cases import notices, objections
from app.store.cases import notices as store
from app.store.plans import plans as plans_store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PlanName = Annotated[str, typer.Argument(help="Name of the plan.")]
ValidFrom = Annotated[str, typer.Option("--from", help="Moment from which the plan is to hold.")]
Reason = Annotated[str, typer.Option(help="Why.")]
LISTED = ("id", "department", "valid_from", "answer_by", "given_at", "is_current")
OBJECTIONS = ("id", "notice", "department", "about", "reason", "made_by", "status", "accepted", "answer")


@app.command()
def give(
    plan: PlanName,
    valid_from: ValidFrom,
    answer_by: Annotated[str | None, typer.Option(help="Until when objections are wanted.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be told; keep and send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell each department what it gains and loses by a plan."""
    starts, now = _moment(valid_from), datetime.now(UTC)
    with context.transaction() as session:
        found = plans_store.get(session, plan)
        if dry_run:
            rows = notices.preview(session, context.caller(), found, starts, now)
        else:
            until = context.moment(answer_by)
            rows = notices.give(session, context.caller(), found, starts, now, answer_by=until)
    cells = [[row["department"], *row["counts"].values()] for row in rows]
    columns = ("department", *(rows[0]["counts"] if rows else ()))
    emit(rows, as_json=as_json, text=table(f"Notices of {plan}", columns, cells))


@app.command("list")
def list_notices(plan: PlanName, as_json: AsJson = False) -> None:
    """List the notices of a plan."""
    with context.transaction() as session:
        rows = notices.of_plan(session, plans_store.get(session, plan))
    emit(rows, as_json=as_json, text=table("Notices", LISTED, [[row[name] for name in LISTED] for row in rows]))


@app.command()
def show(
    notice: Annotated[int, typer.Argument(help="Number of the notice.")],
    out: Annotated[Path | None, typer.Option(help="Write its lists to this .xlsx.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a notice with its lists and objections, or write it as a workbook."""
    with context.transaction() as session:
        made = notices.get(session, notice)
        if out is not None:
            found = store.get(session, notice)
            writing.write_frames(notices.frames(found), out, metadata=notices.metadata(found))
    shown = {name: value for name, value in made.items() if name not in ("lists", "objections")}
    emit(made, as_json=as_json, text=facts(f"Notice {notice}", {**shown, "objections": len(made["objections"])}))


@app.command("object")
def make_objection(
    notice: Annotated[int, typer.Argument(help="Number of the notice.")],
    reason: Reason,
    about: Annotated[str, typer.Option(help="A grid, matter or case of the notice.")] = "",
    as_json: AsJson = False,
) -> None:
    """Object to a notice."""
    with context.transaction() as session:
        made = objections.make(session, context.caller(), notice, reason, datetime.now(UTC), about=about)
    _told(made, as_json)


@app.command("objections")
def list_objections(
    plan: Annotated[str | None, typer.Option(help="Name of a plan.")] = None,
    status: Annotated[str | None, typer.Option(help="open, answered or withdrawn.")] = None,
    as_json: AsJson = False,
) -> None:
    """List objections."""
    with context.transaction() as session:
        number = plans_store.get(session, plan).id if plan else None
        rows = objections.every(session, plan_id=number, status=status)
    cells = [[row[name] for name in OBJECTIONS] for row in rows]
    emit(rows, as_json=as_json, text=table("Objections", OBJECTIONS, cells))


@app.command()
def answer(
    objection: Annotated[int, typer.Argument(help="Number of the objection.")],
    reason: Reason,
    accept: Annotated[bool, typer.Option("--accept/--reject", help="Whether the plan is to be changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer an objection."""
    with context.transaction() as session:
        made = objections.answer(session, context.caller(), objection, accept, reason, datetime.now(UTC))
    _told(made, as_json)


@app.command()
def withdraw(
    objection: Annotated[int, typer.Argument(help="Number of the objection.")], reason: Reason, as_json: AsJson = False
) -> None:
    """Withdraw an objection of one's own."""
    with context.transaction() as session:
        made = objections.withdraw(session, context.caller(), objection, reason, datetime.now(UTC))
    _told(made, as_json)


def _told(made: dict[str, Any], as_json: bool) -> None:
    emit(made, as_json=as_json, text=f"objection {made['id']} to notice {made['notice']}: {made['status']}")


def _moment(text: str) -> datetime:
    found = context.moment(text)
    if found is None:
        raise InputError("say from when the plan is to hold")
    return found
