"""The division engine inside an edit: one grid in so many parts, or all ground that is not locked anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from app.errors import InputError
from app.spatial.division.division import Division, divide
from app.spatial.division.terms import Weights
from app.spatial.editing.drafts import SERIAL_DIGITS, Draft, Hand, prefix_of, unchanged, with_new_grids
from app.spatial.editing.workspace import Ints, Workspace, subgraph

Say = Callable[[float, str], None]
PROPOSALS = 100_000  # of a split: a hundredth of a second of search, as an edit must answer at once
EFFORT = 4_000.0


@dataclass(frozen=True)
class Optimise:
    """One grid into so many connected, even parts."""

    grid: str
    into: int
    seed: int = 1
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True)
class Rest:
    """All grids that are not locked, divided anew."""

    seed: int = 1
    weights: Weights = field(default_factory=Weights)
    time_s: float | None = None


def optimise(plan: Workspace, edit: Optimise, hand: Hand) -> Draft:
    """The part that holds most keeps the code. Raises Infeasible where so many parts cannot be."""
    if edit.into < 2:
        raise InputError("a grid is split into two parts or more")
    grid, rows = plan.at(edit.grid), plan.members([edit.grid])
    plan.unlocked([edit.grid])
    frame = plan.ground.frame.iloc[rows].reset_index(drop=True).assign(kind=grid.kind)
    if grid.kind == "institution":
        frame = frame.drop(columns="campus", errors="ignore")  # its campus is what is split
    frame.attrs = dict(plan.ground.frame.attrs)
    found = divide(
        frame, bands=plan.terms.bands, weights=edit.weights, seed=edit.seed, grids=edit.into, threads=1,
        effort=min(EFFORT, PROPOSALS / len(rows)), adjacency=subgraph(plan.ground.adjacency, rows),
    )  # fmt: skip
    groups = [rows[found.assignment == number] for number in range(len(found.grids))]
    held = [float(plan.ground.weight[group].sum()) for group in groups]
    groups.pop(int(np.argmax(held)))
    return with_new_grids(plan, unchanged(plan), groups, [grid.kind] * len(groups), hand)


def optimise_rest(plan: Workspace, edit: Rest, hand: Hand, say: Say | None = None) -> Draft:
    """Every grid but the locked ones divided anew; a new grid keeps the code of the old one it has most of."""
    locked = [code for code, grid in plan.grids.items() if grid.lock is not None]
    free = (plan.grid != "") & ~np.isin(plan.grid.astype(str), locked)
    rows = np.flatnonzero(free)
    if not len(rows):
        raise InputError("every grid of the plan is locked: unlock one to divide it anew")
    frame = plan.ground.frame.iloc[rows].reset_index(drop=True).assign(kind=plan.kind[rows])
    frame.attrs = dict(plan.ground.frame.attrs)
    found = divide(
        frame, bands=plan.terms.bands, weights=edit.weights, seed=edit.seed, time_s=edit.time_s,
        adjacency=subgraph(plan.ground.adjacency, rows), progress=say,
    )  # fmt: skip
    return _named(plan, rows, found, hand)


def _named(plan: Workspace, rows: Ints, found: Division, hand: Hand) -> Draft:
    """Numbers of grids to codes: by common weight, the largest first, within area and kind; the others get new ones."""
    weight = plan.ground.weight[rows] + 1e-9 * plan.ground.area_m2[rows]
    pairs = pd.DataFrame({"grid": found.assignment, "old": plan.grid[rows].astype(str), "weight": weight})
    table = pairs.groupby(["grid", "old"], as_index=False)["weight"].sum()
    table = table.sort_values(["weight", "old", "grid"], ascending=[False, True, True])
    kept: dict[int, str] = {}
    for number, old in zip(table["grid"].tolist(), table["old"], strict=True):
        row = found.grids.loc[number]
        if number not in kept and old not in kept.values() and old[:-SERIAL_DIGITS] == prefix_of(row.area, row.kind):
            kept[number] = old
    new = [number for number in range(len(found.grids)) if number not in kept]
    draft = unchanged(plan).moved(rows, np.array([kept.get(number, "") for number in found.assignment], dtype=object))
    groups = [rows[found.assignment == number] for number in new]
    return with_new_grids(plan, draft, groups, [str(found.grids["kind"].iloc[number]) for number in new], hand)
