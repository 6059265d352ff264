"""The division engine inside an edit: one grid in so many parts, or all ground that is not locked anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from app.errors import InputError
from app.spatial.division.division import Division, divide, partition
from app.spatial.division.terms import LockedGrid, Weights
from app.spatial.editing.drafts import SERIAL_DIGITS, Draft, Hand, prefix_of, unchanged, with_new_grids
from app.spatial.editing.graph import subgraph
from app.spatial.editing.workspace import Workspace

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
    frame = plan.ground.rows(rows).assign(kind=grid.kind)
    if grid.kind == "institution":
        frame = frame.drop(columns=["campus", "compound"], errors="ignore")  # its campus is what is split
    frame.attrs = dict(plan.ground.attrs)
    part = partition(
        frame, bands=plan.terms.bands, weights=edit.weights, seed=edit.seed, grids=edit.into,
        effort=min(EFFORT, PROPOSALS / len(rows)), adjacency=subgraph(plan.ground.adjacency, rows),
    )  # fmt: skip
    groups = [rows[part == number] for number in range(int(part.max()) + 1)]
    held = [float(plan.ground.weight[group].sum()) for group in groups]
    groups.pop(int(np.argmax(held)))
    return with_new_grids(plan, unchanged(plan), groups, [grid.kind] * len(groups), hand)


def optimise_rest(plan: Workspace, edit: Rest, hand: Hand, say: Say | None = None) -> Draft:
    """Every grid but the locked ones divided anew; a new grid keeps the code of the old one it has most of."""
    locked = [code for code in sorted(plan.grids) if plan.grids[code].lock is not None]
    if len(locked) == len(plan.grids):
        raise InputError("every grid of the plan is locked: unlock one to divide the rest anew")
    rules = replace(plan.terms.rules, locked=[_locked(plan, code) for code in locked])
    frame = plan.ground.frame.assign(kind=plan.kind)
    frame.attrs = dict(plan.ground.attrs)
    found = divide(
        frame, bands=plan.terms.bands, weights=edit.weights, rules=rules, seed=edit.seed, time_s=edit.time_s,
        adjacency=plan.ground.adjacency, progress=say,
    )  # fmt: skip
    return _named(plan, found, hand)


def _locked(plan: Workspace, code: str) -> LockedGrid:
    return LockedGrid(code, plan.grids[code].kind, tuple(plan.members([code]).tolist()))


def _named(plan: Workspace, found: Division, hand: Hand) -> Draft:
    """Numbers of grids to codes: by common weight, the largest first, within area and kind; the others get new ones."""
    kept = {number: code for number, code in found.grids["locked"].items() if code}
    weight = plan.ground.weight + 1e-9 * plan.ground.area_m2
    pairs = pd.DataFrame({"grid": found.assignment, "old": plan.grid.astype(str), "weight": weight})
    table = pairs[pairs["grid"] >= 0].groupby(["grid", "old"], as_index=False)["weight"].sum()
    table = table.sort_values(["weight", "old", "grid"], ascending=[False, True, True])
    given = set(kept.values())
    for number, old in zip(table["grid"].tolist(), table["old"], strict=True):
        row = found.grids.loc[number]
        if number not in kept and old not in given and old[:-SERIAL_DIGITS] == prefix_of(row.area, row.kind):
            kept[number] = old
            given.add(old)
    codes = np.array([*(kept.get(number, "") for number in found.grids.index), ""], dtype=object)
    draft = unchanged(plan).moved(np.arange(len(plan.grid)), codes[found.assignment])
    new = [number for number in found.grids.index if number not in kept]
    groups = [np.flatnonzero(found.assignment == number) for number in new]
    return with_new_grids(plan, draft, groups, [str(found.grids["kind"].loc[number]) for number in new], hand)
