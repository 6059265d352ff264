"""The adjacency after some pieces got another polygon: only their own edges are sought anew."""

from __future__ import annotations

import numpy as np
import shapely

from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.editing.workspace import Bools, Floats, Ints, Objects, neighbours


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
    before = np.unique(origin[changed][origin[changed] >= 0])
    beside = stays[neighbours(adjacency, before)] if len(before) else np.empty(0, dtype=np.int64)
    near = np.unique(np.concatenate([changed, beside[beside >= 0], _touching(shapes, changed)]))
    local = build_adjacency(shapes[near], barriers=_close(barriers, shapes[changed]))
    source, target = near[local.source()], near[local.indices]
    new = reshaped[source] | reshaped[target]
    old_source, old_target = stays[adjacency.source()], stays[adjacency.indices]
    old = (old_source >= 0) & (old_target >= 0)
    old &= ~((reshaped[old_source] | reshaped[old_target]) & (adjacency.length > 0))
    return _merged(
        np.concatenate([old_source[old], source[new]]),
        np.concatenate([old_target[old], target[new]]),
        np.concatenate([adjacency.length[old], local.length[new]]),
        np.concatenate([adjacency.barrier[old], local.barrier[new]]),
        _exteriors(adjacency, stays, shapes),
        near,
        shapes,
    )


def _now(adjacency: Adjacency, origin: Ints) -> Ints:
    """Row now of every row before: its first part, or -1."""
    stays = np.full(adjacency.pieces, -1, dtype=np.int64)
    known = np.flatnonzero(origin >= 0)[::-1]
    stays[origin[known]] = known
    return stays


def _touching(shapes: Objects, changed: Ints) -> Ints:
    """Pieces that meet the changed ones; asked of boxes first."""
    boxes = shapely.bounds(shapes)
    found = []
    for west, south, east, north in boxes[changed]:
        found.append(
            np.flatnonzero(
                (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
            )
        )
    return np.unique(np.concatenate(found))


def _close(barriers: Objects | None, shapes: Objects) -> Objects | None:
    if barriers is None or not len(barriers):
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    window = shapely.box(west - 2.0, south - 2.0, east + 2.0, north + 2.0)
    return barriers[shapely.intersects(barriers, window)]


def _exteriors(adjacency: Adjacency, stays: Ints, shapes: Objects) -> Floats:
    exterior = np.zeros(len(shapes))
    exterior[stays[stays >= 0]] = adjacency.exterior[stays >= 0]
    return exterior


def _merged(
    source: Ints, target: Ints, length: Floats, barrier: Floats, exterior: Floats, near: Ints, shapes: Objects
) -> Adjacency:
    order = np.lexsort((target, source))
    source, target, length, barrier = source[order], target[order], length[order], barrier[order]
    used = np.bincount(source, length, minlength=len(shapes))
    exterior[near] = np.maximum(shapely.length(shapes[near]) - used[near], 0.0)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=len(shapes)))])
    return Adjacency(indptr, target, length, barrier, exterior)
