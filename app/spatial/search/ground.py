"""What the search works on: the units of one territory as packed arrays, in the order in which memory likes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int32]
Masks = NDArray[np.uint64]

COST, LENGTH = 0, 1  # columns of `Ground.edge`
PERIMETER, AREA, SHAPE, SIZE, WAY, FIRST = 0, 1, 2, 3, 4, 5  # columns of `Ground.bring` and of the sums of grids
MASK_BITS = 64  # units with more neighbours than this are checked by search alone


class Ground(NamedTuple):
    """What does not change. Units are pieces, or several that are never parted. Lengths in grid sides.

    A slot is one direction of one edge; the slots of unit i are indptr[i]:indptr[i+1].
    """

    indptr: Ints
    indices: Ints
    source: Ints  # per slot: the unit it starts from
    mirror: Ints  # per slot: the same edge seen from the other unit
    edge: Singles  # slots × (what cutting costs, below zero where a barrier is better cut; length)
    near: Masks  # per slot: which slots of the same unit lead to neighbours of this neighbour, one bit each
    bring: Floats  # units × (perimeter, area in squared grid sides, three of 0 where grids have the prices of their
    #   shape, size and way, then per load the amount in targets, then per station mass × distance)
    mass: Floats  # per unit: what it counts for old grids
    old: OldGrids


class OldGrids(NamedTuple):
    """Shares of old grids in units, listed both ways: of unit i at[i]:at[i+1], of old grid o first[o]:first[o+1]."""

    at: Ints
    grid: Ints  # per share of a unit: the old grid
    share: Floats  # … and how much of it, in mass
    first: Ints
    unit: Ints  # per share of an old grid: the unit
    part: Floats
    total: Floats  # per old grid: its mass in the territory


def no_old_grids(units: int) -> OldGrids:
    return list_old_grids(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), units)


def list_old_grids(unit: NDArray[np.int64], old: NDArray[np.int64], share: Floats, units: int) -> OldGrids:
    """Both lists from rows of (unit, old grid, share); old grids are numbered from 0 without gaps."""
    olds = int(old.max()) + 1 if len(old) else 0
    by_unit, by_old = np.lexsort((old, unit)), np.lexsort((unit, old))
    return OldGrids(
        at=_starts(unit, units),
        grid=old[by_unit].astype(np.int32),
        share=share[by_unit],
        first=_starts(old, olds),
        unit=unit[by_old].astype(np.int32),
        part=share[by_old],
        total=np.maximum(np.bincount(old, share, minlength=olds), 1e-12),  # nobody and no ground: nothing to tear
    )


def _starts(numbers: NDArray[np.int64], count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=count))]).astype(np.int32)


def pack_ground(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    *,
    cost: Floats,
    length: Floats,
    perimeter: Floats,
    area: Floats,
    loads: Sequence[Floats],
    far: Floats | None = None,
    mass: Floats | None = None,
    old: OldGrids | None = None,
) -> Ground:
    """The arrays as the kernel wants them. Neighbours of a unit are ascending; every edge is there both ways."""
    units = len(indptr) - 1
    source = np.repeat(np.arange(units, dtype=np.int64), np.diff(indptr))
    mirror = np.empty(len(indices), dtype=np.int32)
    # sorted by (target, source) the slots are their own mirrors
    mirror[np.lexsort((source, indices))] = np.arange(len(indices), dtype=np.int32)
    priced = np.zeros((units, FIRST - SHAPE))
    narrow, targets = indptr.astype(np.int32), indices.astype(np.int32)
    return Ground(
        indptr=narrow,
        indices=targets,
        source=source.astype(np.int32),
        mirror=mirror,
        edge=np.column_stack([cost, length]).astype(np.float32),
        near=_near(narrow, targets),
        bring=np.column_stack([perimeter, area, priced, *loads, *([] if far is None else [far])]).astype(np.float64),
        mass=np.zeros(units) if mass is None else mass,
        old=no_old_grids(units) if old is None else old,
    )


@numba.njit(cache=True)
def _near(indptr: Ints, indices: Ints) -> Masks:
    near = np.zeros(len(indices), np.uint64)
    place = np.full(len(indptr) - 1, -1, np.int64)
    for unit in range(len(indptr) - 1):
        start, end = indptr[unit], indptr[unit + 1]
        if end - start > MASK_BITS:
            continue
        for slot in range(start, end):
            place[indices[slot]] = slot - start
        for slot in range(start, end):
            beside = indices[slot]
            for other in range(indptr[beside], indptr[beside + 1]):
                if place[indices[other]] >= 0:
                    near[slot] |= np.uint64(1) << np.uint64(place[indices[other]])
        for slot in range(start, end):
            place[indices[slot]] = -1
    return near
