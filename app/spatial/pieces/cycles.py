"""Walking the half-edges of a planar arrangement: compiled kernels of `faces`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.spatial.pieces.crossings import orientation

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Loops:
    """Closed simple walks with the ground on their left.

    Loop i is vertices[first[i]:first[i + 1]], from its lowest vertex on; it is a part of cycle[i] and `positive` where
    it turns left (a shell; the others are holes). `cycle_of` is the cycle of each half-edge, `part_of_vertex` numbers
    the connected parts.
    """

    vertices: Ints
    first: Ints
    cycle: Ints
    positive: Flags
    cycle_of: Ints
    part_of_vertex: Ints


def trace(points: Ints, ends: Ints, after: Ints) -> Loops:
    """All cycles, each cut into simple loops where it touches itself."""
    x, y = points[:, 0].copy(), points[:, 1].copy()
    origin = np.ascontiguousarray(ends).ravel()
    vertices, first, cycle, positive, cycle_of = _trace(x, y, origin, after)
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(len(points), len(points)))
    part = connected_components(links, directed=False)[1] if len(points) else np.zeros(0, np.int64)
    return Loops(vertices, first, cycle, positive, cycle_of, part)


def follow(points: Ints, ends: Ints) -> Ints:
    """For each half-edge the next one along the face on its left."""
    origin = np.ascontiguousarray(ends).ravel()
    order = np.argsort(origin, kind="stable")
    first = np.searchsorted(origin[order], np.arange(len(points) + 1))
    return _follow(points[:, 0].copy(), points[:, 1].copy(), origin, order, first)


@njit(cache=True, nogil=True)
def _follow(x: Ints, y: Ints, origin: Ints, around: Ints, first: Ints) -> Ints:
    place = np.empty(len(origin), np.int64)
    after = np.empty(len(origin), np.int64)
    for v in range(len(first) - 1):
        for i in range(first[v] + 1, first[v + 1]):  # insertion sort: two or three segments meet at nearly every point
            edge, j = around[i], i - 1
            while j >= first[v] and _is_before(x, y, v, origin[edge ^ 1], origin[around[j] ^ 1]):
                around[j + 1] = around[j]
                j -= 1
            around[j + 1] = edge
        for i in range(first[v], first[v + 1]):
            place[around[i]] = i
    for edge in range(len(origin)):
        v, twin = origin[edge ^ 1], edge ^ 1
        at = place[twin] - 1
        after[edge] = around[at] if at >= first[v] else around[first[v + 1] - 1]
    return after


@njit(cache=True, nogil=True)
def _is_before(x: Ints, y: Ints, v: int, a: int, b: int) -> bool:
    """Whether v → a comes before v → b, counter-clockwise from due south (not included)."""
    # Points are sorted by x, y, so a higher number lies to the east, or due north.
    if (a > v) != (b > v):
        return a > v
    return orientation(x[v], y[v], x[a], y[a], x[b], y[b]) > 0.0


@njit(cache=True, nogil=True)
def _trace(x: Ints, y: Ints, origin: Ints, after: Ints) -> tuple[Ints, Ints, Ints, Flags, Ints]:
    count = len(origin)
    vertices, first, cycle = np.empty(count, np.int64), np.zeros(count + 1, np.int64), np.empty(count, np.int64)
    positive, cycle_of = np.zeros(count, np.bool_), np.full(count, -1, np.int64)
    depth = np.full(len(x), -1, np.int64)
    stack = np.empty(count + 1, np.int64)
    loops, cycles, size = 0, 0, 0
    for start in range(count):
        if cycle_of[start] >= 0:
            continue
        edge, height = start, 0
        while True:
            v = origin[edge]
            done = cycle_of[edge] >= 0  # back at the start
            if depth[v] >= 0:
                bottom = depth[v]
                positive[loops] = _write_loop(x, y, stack, bottom, height, vertices, size)
                for i in range(bottom, height):
                    depth[stack[i]] = -1
                size += height - bottom
                cycle[loops] = cycles
                loops += 1
                first[loops] = size
                height = bottom
            if done:
                break
            depth[v] = height
            stack[height] = v
            height += 1
            cycle_of[edge] = cycles
            edge = after[edge]
        cycles += 1
    return vertices[:size], first[: loops + 1], cycle[:loops], positive[:loops], cycle_of


@njit(cache=True, nogil=True)
def _write_loop(x: Ints, y: Ints, stack: Ints, bottom: int, height: int, vertices: Ints, at: int) -> bool:
    """Copy stack[bottom:height] from its lowest vertex on; whether the loop turns left there, that is, is a shell."""
    size, lowest = height - bottom, bottom
    for i in range(bottom, height):
        if stack[i] < stack[lowest]:
            lowest = i
    for i in range(size):
        vertices[at + i] = stack[bottom + (lowest - bottom + i) % size]
    a, b, c = vertices[at + size - 1], vertices[at], vertices[at + 1 if size > 1 else at]
    return orientation(x[a], y[a], x[b], y[b], x[c], y[c]) > 0.0


@njit(cache=True, nogil=True)
def carry_labels(side: Ints, count: int, first: Ints, owner: Ints, sign: Ints, room: int) -> tuple[Ints, Ints]:
    """Owners and winding numbers of regions 0 (outside, nobody) to count - 1, carried from face to face.

    The uses of segment e are first[e]:first[e + 1] of `owner` and `sign`; negative owners are passed over. Both arrays
    are (count, room); where a region has more than `room` owners, empty ones are returned.
    """
    segments = len(side) // 2
    start = np.zeros(count + 1, np.int64)
    for half in range(len(side)):
        start[side[half] + 1] += 1
    start = np.cumsum(start)
    fill, out = start.copy(), np.empty(len(side), np.int64)
    for half in range(2 * segments):
        out[fill[side[half]]] = half
        fill[side[half]] += 1
    owners, winding = np.full((count, room), -1, np.int64), np.zeros((count, room), np.int64)
    seen, queue = np.zeros(count, np.bool_), np.empty(count, np.int64)
    seen[0], queue[0], head, tail = True, 0, 0, 1
    while head < tail:
        region = queue[head]
        head += 1
        for i in range(start[region], start[region + 1]):
            half = out[i]
            to = side[half ^ 1]
            if seen[to]:
                continue
            seen[to], queue[tail] = True, to
            tail += 1
            owners[to], winding[to] = owners[region], winding[region]
            step = -1 if half % 2 == 0 else 1  # half-edge 2·e has the owner of sign +1 on its left
            for use in range(first[half // 2], first[half // 2 + 1]):
                if owner[use] >= 0 and not _add(owners[to], winding[to], owner[use], step * sign[use]):
                    return np.empty((0, room), np.int64), np.empty((0, room), np.int64)
    return owners, winding


@njit(cache=True, nogil=True)
def _add(owners: Ints, winding: Ints, owner: int, change: int) -> bool:
    """Add to the winding number of an owner; False where there is no room for one more."""
    free = -1
    for slot in range(len(owners)):
        if winding[slot] != 0 and owners[slot] == owner:
            winding[slot] += change
            return True
        if free < 0 and winding[slot] == 0:
            free = slot
    if free < 0:
        return False
    owners[free], winding[free] = owner, change
    return True
