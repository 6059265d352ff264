"""Slivers: faces that are small AND thin, which come from borders drawn twice; each goes to a neighbour.

The width is the mean width 2 × area ÷ perimeter (`app.spatial.quality.surfaces.mean_width`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.spatial.quality.surfaces import mean_width

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class SliverLimits:
    """A sliver is smaller than `area_m2` and narrower than `width_m`; 0 in either: nothing is a sliver."""

    area_m2: float
    width_m: float


@dataclass(frozen=True)
class Regions:
    """Faces 0 to n as numbers: area, border length, `place` (number of the administrative area, 0 = none).

    `ground`: may grow; `movable`: may go to a neighbour. Pieces are both, a gap that may be closed is only movable.
    """

    area_m2: Floats
    border_m: Floats
    place: Ints
    ground: Flags
    movable: Flags


@dataclass(frozen=True)
class Shared:
    """Edges between regions: two region numbers and a length in metres; one pair may be there many times."""

    left: Ints
    right: Ints
    length: Floats


@dataclass(frozen=True)
class SliverReport:
    """`adopted`: those of the absorbed that lay in no administrative area and went into one; `left`: nowhere to go."""

    area_limit_m2: float
    width_limit_m: float
    found: int
    absorbed: int
    adopted: int
    left: int
    moved_m2: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def is_sliver(area_m2: Floats, width_m: Floats, limits: SliverLimits) -> Flags:
    return (area_m2 < limits.area_m2) & (width_m < limits.width_m)


def sliver_width(shapes: NDArray[np.object_]) -> Floats:
    """Mean width in metres of polygons in a metric CRS."""
    return mean_width(shapes)


def absorb(regions: Regions, shared: Shared, limits: SliverLimits) -> tuple[Ints, SliverReport]:
    """The region that each region ends up in (its own number: it stays), and what happened.

    Each sliver goes to the neighbour with the longest shared edge in its own administrative area (ties: the lowest
    number), first to those that are no slivers themselves; a sliver outside every area may go into one. It is repeated
    until no sliver is left that has a neighbour to go to, because a growing region may become, or stop being, a sliver.
    """
    into = np.arange(len(regions.area_m2))
    groups = _grouped(regions, shared, into)
    half = len(groups.length) // 2
    shared = Shared(groups.source[:half], groups.target[:half], groups.length[:half])
    found = sliver = _slivers(groups, regions.movable, limits)
    while True:
        target = _targets(regions, groups, sliver)
        if target is None:
            break
        into = target[into]
        groups = _grouped(regions, shared, into)
        sliver = _slivers(groups, regions.movable, limits)
    left = np.flatnonzero(sliver & (into == np.arange(len(into))))
    moved = into != np.arange(len(into))
    report = SliverReport(
        limits.area_m2,
        limits.width_m,
        found=int(found.sum()),
        absorbed=int(moved.sum()),
        adopted=int((moved & regions.ground & (regions.place == 0) & (regions.place[into] != 0)).sum()),
        left=len(left),
        moved_m2=float(regions.area_m2[moved].sum()),
    )
    return into, report


@dataclass(frozen=True)
class _Groups:
    """Regions after some were absorbed: areas and borders by region number, and the edges between groups, both ways."""

    area_m2: Floats
    border_m: Floats
    source: Ints
    target: Ints
    length: Floats


def _grouped(regions: Regions, shared: Shared, into: Ints) -> _Groups:
    count = len(into)
    left, right = into[shared.left], into[shared.right]
    inner = left == right
    border: Floats = np.bincount(into, weights=regions.border_m, minlength=count).astype(np.float64)
    border -= 2 * np.bincount(left[inner], weights=shared.length[inner], minlength=count)
    left, right, length = left[~inner], right[~inner], shared.length[~inner]
    keys, pair = np.unique(np.minimum(left, right) * count + np.maximum(left, right), return_inverse=True)
    metres = np.bincount(pair, weights=length, minlength=len(keys))
    low, high = keys // count, keys % count
    return _Groups(
        np.bincount(into, weights=regions.area_m2, minlength=count).astype(np.float64),
        border,
        np.concatenate([low, high]),
        np.concatenate([high, low]),
        np.concatenate([metres, metres]),
    )


def _slivers(groups: _Groups, movable: Flags, limits: SliverLimits) -> Flags:
    alive = movable & (groups.border_m > 0)
    width = np.divide(2 * groups.area_m2, groups.border_m, out=np.zeros(len(alive)), where=alive)
    return alive & is_sliver(groups.area_m2, width, limits)


def _targets(regions: Regions, groups: _Groups, sliver: Flags) -> Ints | None:
    """Where each region goes in this round, in the best of four ways that are open; None where none is."""
    source, target = groups.source, groups.target
    open_ = sliver[source] & regions.ground[target]
    same, free = regions.place[source] == regions.place[target], regions.place[source] == 0
    solid = ~sliver[target]
    size = np.lexsort((np.arange(len(sliver)), groups.area_m2))
    rank = np.empty(len(size), np.int64)
    rank[size] = np.arange(len(size))
    grows = rank[source] < rank[target]  # among slivers the smaller goes to the larger, so nothing goes in circles
    for way in (same & solid, free & solid, same & grows, free & ~same):
        chosen = np.flatnonzero(open_ & way)
        if len(chosen):
            return _longest(source[chosen], target[chosen], groups.length[chosen], len(sliver))
    return None


def _longest(source: Ints, target: Ints, length: Floats, count: int) -> Ints:
    order = np.lexsort((target, -length, source))
    starts, first = np.unique(source[order], return_index=True)
    to = np.arange(count)
    to[starts] = target[order][first]
    while not np.array_equal(to[to], to):  # a sliver may go to a sliver that goes on
        to = to[to]
    return to
