"""Loops of arcs as rings of points, from their lowest corners on, and as polygons."""

from __future__ import annotations

import numpy as np
import shapely
from numba import njit

from app.spatial.planar.arcs import Arcs
from app.spatial.planar.cycles import Loops
from app.spatial.planar.orientation import comes_before
from app.spatial.planar.precision import Precision
from app.spatial.planar.threads import in_threads
from app.spatial.planar.types import Floats, Ints, Shapes

_BATCH = 20_000  # polygons whose points are written at a time: few enough for the processor's caches


def ring_polygons(arcs: Arcs, loops: Loops, rings: Ints, first: Ints, precision: Precision) -> Shapes:
    """One polygon per step of `first`: its first ring (a loop) is the shell, the others are holes. In metres."""
    made = np.zeros(max(len(first) - 1, 0), object)
    for start in range(0, len(made), _BATCH):
        some = first[start : start + _BATCH + 1]
        here = rings[some[0] : some[-1]]
        made[start : start + _BATCH] = _polygons(arcs, loops, here, some - some[0], precision)
    return made


def _polygons(arcs: Arcs, loops: Loops, rings: Ints, first: Ints, precision: Precision) -> Shapes:
    size = _ring_sizes(arcs.first, loops.half, loops.first, rings)
    offsets = np.concatenate([[0], np.cumsum(size)])
    points = np.empty((offsets[-1], 2))
    grid = (precision.east, precision.north, precision.per_metre)
    given = (arcs.x, arcs.y, arcs.first, arcs.path, loops.half, loops.first, rings, offsets, *grid, points)
    in_threads(lambda start, stop: _write_rings(*given, start, stop), len(rings))
    return np.asarray(shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, (offsets, first)))


def loop_corners(arcs: Arcs, loops: Loops) -> tuple[Ints, Ints]:
    """The lowest point of each loop and the point after it."""
    return _loop_corners(arcs.x, arcs.y, arcs.first, arcs.path, arcs.lowest, loops.half, loops.first)


def loop_areas(arcs: Arcs, loops: Loops) -> tuple[Ints, Ints]:
    """Twice the area of each loop in square steps, in two parts as in `Arcs`; below 0 where it turns clockwise."""
    return _loop_areas(arcs.high, arcs.low, loops.half, loops.first)


def loop_boxes(arcs: Arcs, loops: Loops, chosen: Ints) -> Ints:
    """West, south, east and north of each chosen loop, in steps; (n, 4)."""
    boxes = arcs.box[loops.half >> 1]
    first = loops.first[:-1]
    low, high = np.minimum.reduceat(boxes[:, :2], first), np.maximum.reduceat(boxes[:, 2:], first)
    return np.concatenate([low, high], axis=1)[chosen]


@njit(cache=True, nogil=True)
def _loop_areas(high: Ints, low: Ints, half: Ints, loop: Ints) -> tuple[Ints, Ints]:
    more, rest = np.zeros(len(loop) - 1, np.int64), np.zeros(len(loop) - 1, np.int64)
    for i in range(len(more)):
        for j in range(loop[i], loop[i + 1]):
            sign = 1 - 2 * (half[j] & 1)
            more[i] += sign * high[half[j] >> 1]
            rest[i] += sign * low[half[j] >> 1]
    return more, rest


@njit(cache=True, nogil=True)
def _loop_corners(x: Ints, y: Ints, first: Ints, path: Ints, lowest: Ints, half: Ints, loop: Ints) -> tuple[Ints, Ints]:
    corner, after = np.empty(len(loop) - 1, np.int64), np.zeros(len(loop) - 1, np.int64)
    for i in range(len(corner)):
        start, stop = loop[i], loop[i + 1]
        best = path[lowest[half[start] >> 1]]
        for j in range(start + 1, stop):
            point = path[lowest[half[j] >> 1]]
            if comes_before(x[point], y[point], x[best], y[best]):
                best = point
        corner[i] = best
        for j in range(start, stop):
            k = half[j] >> 1
            low, high, at = first[k], first[k + 1] - 1, lowest[k]
            forward = half[j] & 1 == 0
            if path[low if forward else high] == best:
                after[i] = path[low + 1 if forward else high - 1]
                break
            if low < at < high and path[at] == best:
                after[i] = path[at + 1 if forward else at - 1]
                break
    return corner, after


@njit(cache=True, nogil=True)
def _ring_sizes(first: Ints, half: Ints, loop: Ints, rings: Ints) -> Ints:
    size = np.ones(len(rings), np.int64)
    for i in range(len(rings)):
        for j in range(loop[rings[i]], loop[rings[i] + 1]):
            k = half[j] >> 1
            size[i] += first[k + 1] - first[k] - 1
    return size


@njit(cache=True, nogil=True)
def _write_rings(
    x: Ints, y: Ints, first: Ints, path: Ints, half: Ints, loop: Ints, rings: Ints, offsets: Ints,
    east: float, north: float, per_metre: float, points: Floats, start: int, stop: int,
) -> None:  # fmt: skip
    room = 0
    for i in range(start, stop):
        room = max(room, offsets[i + 1] - offsets[i])
    ring = np.empty(room, np.int64)
    for i in range(start, stop):
        size, lowest = 0, 0
        for j in range(loop[rings[i]], loop[rings[i] + 1]):
            k = half[j] >> 1
            low, high = first[k], first[k + 1] - 1
            for step in range(high - low):
                p = path[low + step] if half[j] & 1 == 0 else path[high - step]
                ring[size] = p
                if comes_before(x[p], y[p], x[ring[lowest]], y[ring[lowest]]):
                    lowest = size
                size += 1
        for step in range(size + 1):
            p = ring[(lowest + step) % size]
            points[offsets[i] + step, 0] = east + x[p] / per_metre
            points[offsets[i] + step, 1] = north + y[p] / per_metre
