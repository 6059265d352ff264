"""`onegrid runs …`"""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import context
from app.cli.console import emit, facts, table
from app.services import runs
from app.store import runs as store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_runs(
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20, as_json: AsJson = False
) -> None:
    """List the newest runs."""
    with context.transaction() as session:
        rows = [runs.describe(run) for run in store.recent(session, limit)]
    columns = ("id", "kind", "status", "message", "requested_by", "created_at", "finished_at")
    emit(rows, as_json=as_json, text=table("Runs", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def show(run: Annotated[int, typer.Argument(help="Number of the run.")], as_json: AsJson = False) -> None:
    """Show one run whole."""
    with context.transaction() as session:
        made = runs.describe(store.get(session, run))
    emit(made, as_json=as_json, text=facts(f"Run {run}", made))


@app.command()
def cancel(run: Annotated[int, typer.Argument(help="Number of the run.")], as_json: AsJson = False) -> None:
    """Ask a run to stop; what it did so far is undone."""
    with context.transaction() as session:
        made = runs.describe(runs.cancel(session, context.caller(), run))
    emit(made, as_json=as_json, text=f"run {run} was asked to stop")
