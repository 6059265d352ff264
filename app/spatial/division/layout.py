"""What a division is going to do, before it searches: units, territories, numbers of grids, tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from app.errors import InputError
from app.spatial.division.adjacency import Adjacency
from app.spatial.division.bridges import with_bridges
from app.spatial.division.columns import Inputs
from app.spatial.division.counts import fitted, grids_per_territory
from app.spatial.division.ground import Territory, find_territories
from app.spatial.division.terms import Rules, Weights
from app.spatial.division.units import Units, find_units
from app.spatial.search.tasks import Base, Task, make_tasks

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Wish:
    """What is asked beside the rules. `grids`: exactly so many, those that are locked included."""

    weights: Weights
    seed: int
    grids: int | None
    min_edge: float


@dataclass(frozen=True)
class Layout:
    """`inputs.bands` are fitted to the number of grids where one is asked; `adjacency` carries the bridges."""

    inputs: Inputs
    rules: Rules
    wish: Wish
    adjacency: Adjacency
    units: Units
    territories: tuple[Territory, ...]
    counts: Ints


def lay_out(inputs: Inputs, rules: Rules, wish: Wish) -> Layout:
    """Raises Infeasible for a number of grids that cannot be, InputError for a bridge that leads nowhere."""
    labels = replace(inputs.labels, free=_free(len(inputs.members), rules))
    wanted = None if wish.grids is None else wish.grids - len(rules.locked)
    if wanted is not None:
        inputs = replace(inputs, bands=fitted(inputs.bands, inputs.amounts, labels, wanted))
    adjacency, amounts, bands = with_bridges(inputs.adjacency, rules.bridges), inputs.amounts, inputs.bands
    units = find_units(labels, inputs.members, inputs.area_m2, amounts, adjacency, bands, rules)
    territories = find_territories(units.labels, amounts, adjacency, bands, rules)
    counts = grids_per_territory(territories, amounts, units.number, bands, rules, wish.grids)
    return Layout(inputs, rules, wish, adjacency, units, tuple(territories), counts)


def _free(count: int, rules: Rules) -> NDArray[np.bool_]:
    free = np.ones(count, dtype=bool)
    for grid in rules.locked:
        members = np.array(grid.pieces, dtype=np.int64)
        if not len(members) or members.min() < 0 or members.max() >= count:
            raise InputError(f"locked grid {grid.code} names pieces that are not there")
        if not free[members].all() or len(set(grid.pieces)) < len(grid.pieces):
            raise InputError(f"locked grid {grid.code} names a piece twice, or one that another locked grid has")
        free[members] = False
    return free


def tasks_of(layout: Layout, areas: Collection[str] | None = None) -> dict[int, Task]:
    """Territory (position) → its task, those of an area with bands of its own under these; `areas`: only these."""
    base = _base(layout)
    tasks: dict[int, Task] = {}
    groups: dict[str, list[int]] = {}
    for at, territory in enumerate(layout.territories):
        if areas is None or territory.area in areas:
            groups.setdefault(territory.area if territory.area in layout.rules.area_bands else "", []).append(at)
    for area, members in groups.items():
        bands = {kind: layout.rules.band(base.bands, area, kind) for kind in base.bands}
        made = make_tasks(
            replace(base, bands=bands), [layout.territories[at] for at in members], layout.counts[members]
        )
        tasks |= dict(zip(members, made, strict=True))
    return tasks


def _base(layout: Layout) -> Base:
    inputs, wish = layout.inputs, layout.wish
    return Base(
        adjacency=layout.adjacency,
        area_m2=inputs.area_m2,
        amounts=inputs.amounts,
        sources=inputs.sources,
        bands=inputs.bands,
        weights=wish.weights,
        min_edge=wish.min_edge,
        seed=wish.seed,
        fixed=wish.grids is not None,
        units=layout.units.number,
        loads=inputs.loads,
        centres=shapely.get_coordinates(shapely.centroid(inputs.shapes)),
        stations=layout.rules.stations,
    )
