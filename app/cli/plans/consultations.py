"""`onegrid plans consult|end-consultation|comments`: draft plans open for comment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, table
from app.errors import InputError
from app.services.plans import consultations
from app.store.plans import plans as plans_store

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the plan.")]
COLUMNS = ("id", "made_at", "grid", "lon", "lat", "is_current", "text")


def add_to(app: typer.Typer) -> None:
    """The commands under `onegrid plans`."""
    app.command("consult")(consult)
    app.command("end-consultation")(end)
    app.command("comments")(comments)


def consult(
    name: Name,
    until: Annotated[str, typer.Option(help="Moment from which no more comments are taken.")],
    since: Annotated[str | None, typer.Option("--from", help="Moment from which they are; now without.")] = None,
    words: Annotated[str, typer.Option(help="What residents read above the plan.")] = "",
    as_json: AsJson = False,
) -> None:
    """Open a divided plan for comment on the public page, or change until when and the words."""
    ends = context.moment(until)
    if ends is None:
        raise InputError("say until when comments are taken")
    with context.transaction() as session:
        plan = plans_store.get(session, name)
        starts = context.moment(since)
        made = consultations.consult(
            session, context.caller(), plan, ends, datetime.now(UTC), since=starts, words=words
        )
    _told(name, made, as_json)


def end(name: Name, as_json: AsJson = False) -> None:
    """Take no more comments on a plan from now on; those that came stay."""
    with context.transaction() as session:
        made = consultations.end(session, context.caller(), plans_store.get(session, name), datetime.now(UTC))
    _told(name, made, as_json)


def comments(name: Name, as_json: AsJson = False) -> None:
    """List what people said of a plan, newest first."""
    with context.transaction() as session:
        rows = consultations.comments(session, context.caller(), plans_store.get(session, name))
    emit(rows, as_json=as_json, text=table(f"Comments on {name}", COLUMNS, [[row[c] for c in COLUMNS] for row in rows]))


def _told(name: str, made: dict[str, Any], as_json: bool) -> None:
    state = f"open for comment until {made['closes_at']}" if made["is_open"] else "not open for comment"
    emit(made, as_json=as_json, text=f"plan {name}: {state}, {made['comments']} comments")
