"""`onegrid plans …`"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, out, table
from app.cli.plans.summaries import (
    agreement_table,
    consolidation_rows,
    drawn_rows,
    ownership_table,
    score_rows,
)
from app.services.plans import plan_comparison, plans
from app.store.plans import plans as store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the plan.")]


@app.command()
def create(
    name: Name,
    networks: Annotated[str, typer.Option(help="Codes of the networks, joined by commas.")],
    areas: Annotated[str | None, typer.Option(help="Layer of administrative areas that grids nest in.")] = None,
    cut: Annotated[str, typer.Option(help="Layers that also cut pieces, joined by commas.")] = "",
    crs: Annotated[str | None, typer.Option(help="Metric system to compute in; chosen by the place.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that draws lots.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make a plan from the newest editions of some networks."""
    with context.transaction() as session:
        plan = plans.create(
            session, context.caller(), name, _names(networks), areas=areas, cuts=_names(cut), crs=crs, seed=seed
        )
        made = plans.describe(session, plan)
    emit(made, as_json=as_json, text=f"plan {name} created, computed in {made['crs']}")


@app.command("list")
def list_plans(as_json: AsJson = False) -> None:
    """List the plans."""
    with context.transaction() as session:
        rows = [plans.describe(session, plan) for plan in store.every(session)]
    columns = ("id", "name", "status", "crs", "seed", "created_at")
    emit(rows, as_json=as_json, text=table("Plans", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def consolidate(
    name: Name,
    grid_size: Annotated[float | None, typer.Option(help="Precision grid in metres.")] = None,
    sliver_area: Annotated[float | None, typer.Option(help="A sliver is smaller than this, in m² …")] = None,
    sliver_width: Annotated[float | None, typer.Option(help="… and narrower than this, in metres.")] = None,
    conflate: Annotated[
        float | None, typer.Option(help="First bring borders together that are no further apart, in metres.")
    ] = None,
    quantities: Annotated[str, typer.Option(help="Layers to take quantities from; all that have any.")] = "",
    as_json: AsJson = False,
) -> None:
    """Overlay the networks, areas and cuts into pieces with their quantities."""
    wanted = {"grid_size": grid_size, "sliver_area": sliver_area, "sliver_width": sliver_width, "conflate": conflate}
    parameters: dict[str, Any] = {"plan": name, "options": {k: v for k, v in wanted.items() if v is not None}}
    outcome = context.run("consolidate", parameters | {"quantities": _names(quantities)}, quiet=as_json)
    emit(outcome, as_json=as_json, text=table(f"Consolidation of {name}", ("", ""), consolidation_rows(outcome)))
    if not as_json:
        out.print(ownership_table(outcome))
        out.print(agreement_table(outcome))


@app.command()
def score(name: Name, as_json: AsJson = False) -> None:
    """Show the scores of a plan by the four principles."""
    with context.transaction() as session:
        made = plans.score(session, store.get(session, name))
    rows = [*score_rows(made), *drawn_rows(made), *(("broken by an edit", b["says"]) for b in made["breaches"])]
    emit(made, as_json=as_json, text=table(f"Score of {name}", ("", ""), rows))


@app.command()
def crosswalk(
    name: Name,
    network_a: Annotated[str, typer.Argument(help="A network of the plan.")],
    network_b: Annotated[str, typer.Argument(help="Another network of the plan.")],
    as_json: AsJson = False,
) -> None:
    """Show which grids of two networks share ground and households."""
    with context.transaction() as session:
        rows = plan_comparison.crosswalk_rows(session, store.get(session, name), network_a, network_b)
    columns = list(rows[0]) if rows else ["a", "b"]
    emit(rows, as_json=as_json, text=table(f"{network_a} × {network_b}", columns, [list(r.values()) for r in rows]))


@app.command()
def publish(
    name: Name,
    valid_from: Annotated[str, typer.Option(help="Moment from which the new grids hold.")],
    excuse: Annotated[str, typer.Option(help="Reason to publish despite breaches; kept with the edition.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check the plan and publish its grids as an edition of the unified network, or refuse with the list."""
    starts = context.moment(valid_from)
    assert starts is not None
    parameters = {"plan": name, "valid_from": starts.isoformat(), "excuse": excuse}
    outcome = context.run("publish_plan", parameters, quiet=as_json)
    emit(outcome, as_json=as_json, text=f"plan {name} published as edition {outcome['edition']} from {starts}")


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
