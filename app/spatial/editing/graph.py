"""Who touches whom among the pieces: parts of the graph, and the graph after some pieces got another polygon."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency, build_adjacency

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]
MIN_EDGE = 1.0  # metres; a shorter common edge does not hold a grid together


def subgraph(adjacency: Adjacency, rows: Ints) -> Adjacency:
    """The edges among these pieces (ascending rows), numbered in their order."""
    local = np.full(adjacency.pieces, -1, dtype=np.int64)
    local[rows] = np.arange(len(rows))
    degree = np.diff(adjacency.indptr)[rows]
    indptr = np.concatenate([[0], np.cumsum(degree)])
    edges = np.repeat(adjacency.indptr[rows] - indptr[:-1], degree) + np.arange(indptr[-1])
    whole = Adjacency(
        indptr, local[adjacency.indices[edges]], adjacency.length[edges], adjacency.barrier[edges],
        adjacency.exterior[rows],
    )  # fmt: skip
    return whole.where(whole.indices >= 0)


def sure_links(adjacency: Adjacency) -> Adjacency:
    """Edges that hold a grid together whatever is around. `Ground.links` has some shorter ones as well, where nothing
    else joins; those are a question to the whole ground, and a dear one."""
    return adjacency.where((adjacency.length >= MIN_EDGE) | (adjacency.length == 0.0))


def neighbours(adjacency: Adjacency, rows: Ints) -> Ints:
    """Rows beside these, without them, ascending."""
    beside = np.zeros(adjacency.pieces, dtype=bool)
    degree = np.diff(adjacency.indptr)[rows]
    starts = np.concatenate([[0], np.cumsum(degree)])
    beside[adjacency.indices[np.repeat(adjacency.indptr[rows] - starts[:-1], degree) + np.arange(starts[-1])]] = True
    beside[rows] = False
    return np.flatnonzero(beside)


def regraph(
    adjacency: Adjacency, shapes: Objects, reshaped: Bools, origin: Ints, barriers: Objects | None
) -> Adjacency:
    """The adjacency that `build_adjacency` would find for all `shapes`, from that of the pieces before.

    `origin`: row before of every piece (-1: it was not there); `reshaped`: pieces whose polygon changed. An edge of
    length 0 (a declared bridge) of a piece that changed stays with the piece itself.
    """
    changed = np.flatnonzero(reshaped)
    if not len(changed):
        return adjacency
    stays = _now(adjacency, origin)
    # whatever ground a changed piece has now was that of pieces that changed or went
    before = np.union1d(origin[changed][origin[changed] >= 0], np.flatnonzero(stays < 0))
    beside = stays[neighbours(adjacency, before)]
    near = np.unique(np.concatenate([changed, beside[beside >= 0]]))
    local = build_adjacency(shapes[near], barriers=_close(barriers, shapes[changed]))
    source, target = near[local.source()], near[local.indices]
    new = reshaped[source] | reshaped[target]
    old_source, old_target = np.repeat(stays, np.diff(adjacency.indptr)), stays[adjacency.indices]
    old = (old_source >= 0) & (old_target >= 0)
    old &= ~((reshaped[old_source] | reshaped[old_target]) & (adjacency.length > 0))
    old_source, old_target = old_source[old], old_target[old]
    come = source[new] * len(shapes) + target[new]
    order = np.argsort(come)
    at = np.searchsorted(old_source * len(shapes) + old_target, come[order])
    length = np.insert(adjacency.length[old], at, local.length[new][order])
    barrier = np.insert(adjacency.barrier[old], at, local.barrier[new][order])
    indices = np.insert(old_target, at, target[new][order])
    source = np.insert(old_source, at, source[new][order])
    exterior = np.zeros(len(shapes))
    exterior[stays[stays >= 0]] = adjacency.exterior[stays >= 0]
    used = np.bincount(source, length, minlength=len(shapes))
    exterior[near] = np.maximum(shapely.length(shapes[near]) - used[near], 0.0)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=len(shapes)))])
    return Adjacency(indptr, indices, length, barrier, exterior)


def _now(adjacency: Adjacency, origin: Ints) -> Ints:
    """Row now of every row before: its first part, or -1."""
    stays = np.full(adjacency.pieces, -1, dtype=np.int64)
    known = np.flatnonzero(origin >= 0)[::-1]
    stays[origin[known]] = known
    return stays


def _close(barriers: Objects | None, shapes: Objects) -> Objects | None:
    if barriers is None or not len(barriers):
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    window = shapely.box(west - 2.0, south - 2.0, east + 2.0, north + 2.0)
    return barriers[shapely.intersects(barriers, window)]
