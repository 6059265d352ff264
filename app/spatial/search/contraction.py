"""Pieces that are never parted made into one unit: the graph, the sums and the old grids of the units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency
from app.spatial.search.ground import OldGrids, list_old_grids

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Contracted:
    """`graph`: adjacency of the units (`exterior` as of the pieces); `cost` per stored edge of it."""

    unit: Ints  # per piece
    graph: Adjacency
    cost: Floats
    perimeter: Floats  # per unit

    def sums(self, values: Floats) -> Floats:
        found: Floats = np.bincount(self.unit, values, minlength=self.graph.pieces).astype(np.float64)
        return found


def contract(graph: Adjacency, cost: Floats, perimeter: Floats, unit: Ints) -> Contracted:
    """`graph`, `cost` (per stored edge) and `perimeter` of pieces; `unit` per piece, from 0 without gaps."""
    units, source, target = int(unit.max()) + 1, unit[graph.source()], unit[graph.indices]
    apart = source != target
    inner = np.bincount(source[~apart], graph.length[~apart], minlength=units)
    key, edge = np.unique(source[apart] * units + target[apart], return_inverse=True)

    def added(values: Floats) -> Floats:
        found: Floats = np.bincount(edge, values[apart], minlength=len(key)).astype(np.float64)
        return found

    degree = np.bincount(key // units, minlength=units)
    joined = Adjacency(
        indptr=np.concatenate([[0], np.cumsum(degree)]),
        indices=key % units,
        length=added(graph.length),
        barrier=added(graph.barrier),
        exterior=np.bincount(unit, graph.exterior, minlength=units).astype(np.float64),
    )
    outer = np.bincount(unit, perimeter, minlength=units).astype(np.float64) - inner
    return Contracted(unit, joined, added(cost), outer)


def old_grids(sources: Sequence[NDArray[np.object_]], mass: Floats, unit: Ints) -> OldGrids:
    """Old grids of all networks (codes per piece, '' for none) numbered through, with their shares in the units."""
    rows: list[tuple[Ints, Ints, Floats]] = []
    used, units = 0, int(unit.max()) + 1
    for codes in sources:
        named = np.flatnonzero(np.asarray(codes != "", dtype=bool))
        names, number = np.unique(codes[named].astype(str), return_inverse=True)
        key, place = np.unique(number * units + unit[named], return_inverse=True)
        share: Floats = np.bincount(place, mass[named], minlength=len(key)).astype(np.float64)
        rows.append((key % units, key // units + used, share))
        used += len(names)
    return list_old_grids(
        np.concatenate([row[0] for row in rows]),
        np.concatenate([row[1] for row in rows]),
        np.concatenate([row[2] for row in rows]),
        units,
    )
