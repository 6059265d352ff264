"""`onegrid plans candidates | choose`: several plans of one division."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import context
from app.cli.console import emit
from app.cli.plans.summaries import candidates_table
from app.services.plans import plan_candidates
from app.store.plans import plans as store

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the plan.")]


def add_to(plans: typer.Typer) -> None:
    """Make these commands of `onegrid plans`."""
    for command in (candidates, choose):
        plans.command()(command)


def candidates(name: Name, as_json: AsJson = False) -> None:
    """List the plans that the last division found, and what each is good at."""
    with context.transaction() as session:
        rows = plan_candidates.describe(session, store.get(session, name))
    emit(rows, as_json=as_json, text=candidates_table(rows, name))


def choose(
    name: Name, number: Annotated[int, typer.Argument(min=1, help="Number of the candidate.")], as_json: AsJson = False
) -> None:
    """Make a candidate the plan's division; edits made since are gone."""
    outcome = context.run("choose_candidate", {"plan": name, "number": number}, quiet=as_json)
    text = f"candidate {number} ({outcome['name']}) is now the division of {name}: {outcome['grids']} grids"
    emit(outcome, as_json=as_json, text=text)
