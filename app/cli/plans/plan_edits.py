"""`onegrid plans edit NAME …` and `onegrid plans edits NAME`: a divided plan changed by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli import context
from app.cli.console import emit, table
from app.cli.plans.divide import read_weights
from app.errors import InputError
from app.services.plans import plan_edits, plan_workspaces
from app.spatial.editing import edits, optimising
from app.store.plans import plans as store

edit = typer.Typer(no_args_is_help=True, help="Change a divided plan by hand; `plans edits` tells what was done.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Grid = Annotated[str, typer.Argument(help="Code of the grid.")]
Cut = Annotated[bool, typer.Option("--cut", help="Cut pieces along the line; else it snaps to their borders.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the grid.")]
EDITS_MAX = 200  # as many as the service tells at once
Places = Annotated[str, typer.Option(help="LON,LAT LON,LAT …")]


def add_to(app: typer.Typer) -> None:
    """The commands under `onegrid plans`."""
    app.add_typer(edit, name="edit")
    app.command("edits")(history)


@edit.callback()
def plan_of(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the plan.")],
    version: Annotated[int | None, typer.Option(help="Only on this version of the plan.")] = None,
) -> None:
    """Change a divided plan by hand; `plans edits` tells what was done."""
    ctx.obj = (name, version)


@edit.command()
def assign(
    ctx: typer.Context,
    pieces: Annotated[str, typer.Argument(help="Numbers of the pieces, joined by commas.")],
    to: Annotated[str | None, typer.Option(help="Code of the grid; without it they become a new grid.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give pieces to a grid."""
    _made(ctx, edits.Assign(tuple(_numbers(pieces)), to), as_json)


@edit.command()
def split(ctx: typer.Context, grid: Grid, line: Places, cut: Cut = False, as_json: AsJson = False) -> None:
    """Split a grid by a line drawn right across it."""
    _made(ctx, edits.Split(grid, _places(line), cut), as_json)


@edit.command()
def draw(
    ctx: typer.Context,
    ring: Places,
    cut: Cut = False,
    kind: Annotated[str | None, typer.Option(help="resident, business or institution.")] = None,
    name: Annotated[str, typer.Option(help="Name of the new grid.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a grid of what lies in an area."""
    _made(ctx, edits.Draw(_places(ring), cut, kind, name), as_json)


@edit.command()
def merge(
    ctx: typer.Context,
    grids: Annotated[list[str], typer.Argument(help="Codes of the grids; the largest keeps its code.")],
    as_json: AsJson = False,
) -> None:
    """Merge grids into one."""
    _made(ctx, edits.Merge(tuple(grids)), as_json)


@edit.command()
def optimise(
    ctx: typer.Context,
    grid: Annotated[str | None, typer.Argument(help="Code of a grid to split; without it all but locked ones.")] = None,
    into: Annotated[int, typer.Option(min=2, help="Into so many connected, even grids.")] = 2,
    seed: Annotated[int | None, typer.Option(help="Seed; the plan's when not given.")] = None,
    weights: Annotated[str, typer.Option(help="balance=…,compact=…,stable=…,follow=…")] = "",
    time: Annotated[float | None, typer.Option(help="Seconds to search, for all grids.")] = None,
    as_json: AsJson = False,
) -> None:
    """Split one grid by the optimiser, or divide all grids that are not locked anew."""
    if grid is not None:
        _made(ctx, optimising.Optimise(grid, into, 1 if seed is None else seed, read_weights(weights)), as_json)
        return
    name, version = ctx.obj
    asked = {key: float(value) for key, value in context.pairs(weights, "--weights").items()}
    order = {"plan": name, "version": version, "weights": asked, "seed": seed, "time_s": time}
    outcome = context.run("optimise_plan", order, quiet=as_json)
    said = f"plan {name}, version {outcome['version']}: {outcome['grids']} grids made anew"
    emit(outcome, as_json=as_json, text=f"{said}, {len(outcome['breaches'])} broken rules")


@edit.command()
def lock(ctx: typer.Context, grid: Grid, reason: Reason, as_json: AsJson = False) -> None:
    """Lock a grid: edits and the optimiser leave its pieces alone."""
    _made(ctx, edits.Lock(grid, reason), as_json)


@edit.command()
def unlock(ctx: typer.Context, grid: Grid, as_json: AsJson = False) -> None:
    """Unlock a grid."""
    _made(ctx, edits.Unlock(grid), as_json)


@edit.command()
def kind(
    ctx: typer.Context,
    grid: Grid,
    to: Annotated[str, typer.Argument(help="resident, business or institution.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Set the kind of a grid by hand; its code gets the letter of the kind."""
    _made(ctx, edits.SetKind(grid, to, reason), as_json)


@edit.command()
def rename(
    ctx: typer.Context, grid: Grid, to: Annotated[str, typer.Argument(help="The new name.")], as_json: AsJson = False
) -> None:
    """Give a grid another name."""
    _made(ctx, edits.Rename(grid, to), as_json)


@edit.command()
def undo(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Take the last edit back."""
    _done(ctx, plan_edits.undo, as_json)


@edit.command()
def redo(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Do again what was undone last."""
    _done(ctx, plan_edits.redo, as_json)


def history(
    name: Annotated[str, typer.Argument(help="Name of the plan.")],
    limit: Annotated[int, typer.Option(min=1, max=EDITS_MAX, help="So many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Tell the edits of a plan: who, when, what, and what is undone."""
    with context.transaction() as session:
        rows = plan_edits.history(session, store.get(session, name), limit=limit)
    cells = [
        (row["version"], row["at"].strftime("%Y-%m-%d %H:%M:%S"), row["by"], _what(row), ", ".join(row["grids"][:6]))
        for row in rows
    ]
    columns = ("version", "at (UTC)", "by", "what", "grids")
    emit(rows, as_json=as_json, text=table(f"Edits of {name}", columns, cells))


def _what(row: dict[str, Any]) -> str:
    word = row["edit"]["do"]
    if row["action"] != "edit":
        return f"{row['action']} {word}"
    return f"{word}{' (undone)' if row['undone'] else ''}{' (closed)' if row['closed'] else ''}"


def _made(ctx: typer.Context, wish: edits.Edit, as_json: bool) -> None:
    _done(ctx, partial(_make, wish), as_json)


def _make(
    wish: edits.Edit, session: Any, caller: Any, plan: Any, known: plan_workspaces.Workspaces, **on: Any
) -> dict[str, Any]:
    return plan_edits.make(session, caller, plan, wish, known, **on)


def _done(ctx: typer.Context, step: Any, as_json: bool) -> None:
    name, version = ctx.obj
    with context.transaction() as session:
        plan = store.get(session, name)
        made = step(
            session, context.caller(), plan, plan_workspaces.Workspaces(), version=version, now=datetime.now(UTC)
        )
    emit(made, as_json=as_json, text=_changed(name, made))


def _changed(name: str, made: dict[str, Any]) -> Table:
    rows = [
        (grid["code"], grid["name"], grid["kind"], grid["pieces"], _shown(grid), _rules(grid)) for grid in made["grids"]
    ]
    rows += [(code, "", "", "removed", "", "") for code in made["removed"]]
    return table(
        f"Plan {name}, version {made['version']}", ("grid", "name", "kind", "pieces", "amount", "breaks"), rows
    )


def _shown(grid: dict[str, Any]) -> str:
    amount, target = grid["scores"].get("amount"), grid["scores"].get("target")
    return "" if amount is None else f"{amount:,.0f} of {target:,.0f}"


def _rules(grid: dict[str, Any]) -> str:
    return "; ".join(breach["says"] for breach in grid["breaches"])


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"pieces: {text!r} are not whole numbers joined by commas") from None


def _places(text: str) -> tuple[tuple[float, float], ...]:
    """`LON,LAT LON,LAT …`"""
    try:
        places = [tuple(float(number) for number in place.split(",")) for place in text.split()]
        return tuple((lon, lat) for lon, lat in places)
    except ValueError:
        raise InputError(f"{text!r} is not LON,LAT LON,LAT …") from None
