"""Noded segments joined to arcs: runs between the points where borders meet, each measured once.

A face is bounded by a handful of arcs but by hundreds of segments, so all that follows walks arcs. Measures are exact
or rounded to a fixed step, so that sums do not depend on the order in which arcs are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from app.spatial.planar.noding import Noded
from app.spatial.planar.numbering import number_points, slots_for
from app.spatial.planar.orientation import HALF, MASK, comes_before
from app.spatial.planar.types import Flags, Floats, Ints
from app.spatial.planar.uses import Uses

LENGTH_STEP = 2.0**-30
"""Lengths are whole multiples of this many metres: such sums are exact up to 8,000 km."""
FAR = 2**62
"""East of every point."""


@dataclass(frozen=True)
class Arcs:
    """Arc k runs over the points path[first[k]:first[k + 1]] of `x`, `y`; `group[k]` is the list of its uses.

    `node`: 2·k and 2·k + 1 are the nodes where arc k begins and ends, as positions of points. `high`, `low`: twice the
    area between arc and origin, in square steps, is high · 2²⁰ + low (exact; counter-clockwise around the origin counts
    positive). `lowest`: where in `path` its first point in order stands. `box`: its west, south, east and north.
    """

    x: Ints
    y: Ints
    first: Ints
    path: Ints
    node: Ints
    group: Ints
    uses: Uses
    length_m: Floats
    high: Ints
    low: Ints
    lowest: Ints
    box: Ints

    def __len__(self) -> int:
        return len(self.group)

    @property
    def ends(self) -> Ints:
        """Points from which half-arcs set out: 2·k runs along arc k, 2·k + 1 the other way."""
        return np.stack([self.path[self.first[:-1]], self.path[self.first[1:] - 1]], axis=1).ravel()

    @property
    def steps(self) -> Ints:
        """The second point of every half-arc."""
        return np.stack([self.path[self.first[:-1] + 1], self.path[self.first[1:] - 2]], axis=1).ravel()

    def chosen(self, kept: Flags) -> Arcs:
        """Some of the arcs, with the points and the lists of uses that they need, to be `put_together` with others."""
        size = np.diff(self.first)[kept]
        first = np.concatenate([[0], np.cumsum(size)])
        path = self.path[np.repeat(kept, np.diff(self.first))]
        points, path = np.unique(path, return_inverse=True)
        group, uses = self.uses.needed(self.group[kept])
        return Arcs(
            self.x[points],
            self.y[points],
            first,
            path,
            np.stack([path[first[:-1]], path[first[1:] - 1]], axis=1).ravel(),
            group,
            uses,
            self.length_m[kept],
            self.high[kept],
            self.low[kept],
            self.lowest[kept] - self.first[:-1][kept] + first[:-1],
            self.box[kept],
        )


def join_arcs(noded: Noded, kept: Flags, grid_size: float, stop: int = FAR) -> Arcs:
    """The segments that are kept, as arcs.

    Arcs end where other than two segments meet, or two that others draw, or one that is not kept, and at every point
    from x = `stop` on; a free ring starts at its lowest point.
    """
    x, y = noded.x, noded.y
    first, star = _stars(len(x), noded.a, noded.b)
    path, starts, segment = _walk(x, y, noded.a, noded.b, noded.group, kept, stop, first, star)
    metres, high, low, lowest, box = _measure(x, y, path, starts, grid_size / LENGTH_STEP)
    node = np.stack([path[starts[:-1]], path[starts[1:] - 1]], axis=1).ravel()
    return Arcs(
        x, y, starts, path, node, noded.group[segment], noded.uses, metres * LENGTH_STEP, high, low, lowest, box
    )


def put_together(parts: Sequence[Arcs]) -> Arcs:
    """Arcs of several parts of one arrangement as one: equal nodes and equal lists of uses get one number."""
    if len(parts) == 1:
        return parts[0]
    x, y = np.concatenate([one.x for one in parts]), np.concatenate([one.y for one in parts])
    points = np.cumsum([0, *(len(one.x) for one in parts)])
    paths = np.cumsum([0, *(len(one.path) for one in parts)])
    ends = np.concatenate([one.node + start for one, start in zip(parts, points[:-1], strict=True)])
    known_x, known_y = np.empty(len(ends), np.int64), np.empty(len(ends), np.int64)
    node, _ = number_points(known_x, known_y, 0, slots_for(len(ends)), x[ends], y[ends])
    uses, groups = parts[0].uses, [parts[0].group]
    for one in parts[1:]:
        groups.append(np.where(one.group > 0, one.group + len(uses.first) - 2, 0))
        uses = uses.with_more(one.uses)
    group, uses = uses.each_once(np.concatenate(groups))
    return Arcs(
        x,
        y,
        first=np.concatenate([[0], *(one.first[1:] + start for one, start in zip(parts, paths[:-1], strict=True))]),
        path=np.concatenate([one.path + start for one, start in zip(parts, points[:-1], strict=True)]),
        node=node,
        group=group,
        uses=uses,
        length_m=np.concatenate([one.length_m for one in parts]),
        high=np.concatenate([one.high for one in parts]),
        low=np.concatenate([one.low for one in parts]),
        lowest=np.concatenate([one.lowest + start for one, start in zip(parts, paths[:-1], strict=True)]),
        box=np.concatenate([one.box for one in parts]),
    )


@njit(cache=True, nogil=True)
def _stars(count: int, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """The segments around each point: star[first[p]:first[p + 1]]."""
    first = np.zeros(count + 1, np.int64)
    for s in range(len(a)):
        first[a[s] + 1] += 1
        first[b[s] + 1] += 1
    for p in range(count):
        first[p + 1] += first[p]
    fill, star = first[:-1].copy(), np.empty(2 * len(a), np.int64)
    for s in range(len(a)):
        star[fill[a[s]]] = s
        fill[a[s]] += 1
        star[fill[b[s]]] = s
        fill[b[s]] += 1
    return first, star


@njit(cache=True, nogil=True)
def _walk(
    x: Ints, y: Ints, a: Ints, b: Ints, group: Ints, kept: Flags, stop: int, first: Ints, star: Ints
) -> tuple[Ints, Ints, Ints]:
    """Paths of all arcs on end, where each starts, and a segment of each.

    Every arc runs as its first segment does. Segments of one list all run the same way along an arc, because the
    first owner lies on their left.
    """
    count = len(first) - 1
    node = np.zeros(count, np.bool_)
    for p in range(count):
        if first[p + 1] == first[p]:
            continue
        s, t = star[first[p]], star[first[p + 1] - 1]
        node[p] = first[p + 1] - first[p] != 2 or group[s] != group[t] or not (kept[s] and kept[t]) or x[p] >= stop
    done = ~kept
    path, starts = np.empty(2 * len(a), np.int64), np.zeros(len(a) + 1, np.int64)
    segment, size, arcs = np.empty(len(a), np.int64), 0, 0
    for turn in range(2):
        for p in range(count):
            if first[p + 1] - first[p] == 0 or (turn == 0 and not node[p]):
                continue
            begin = p
            if turn == 1:  # what is left are rings without a node
                if node[p] or done[star[first[p]]]:
                    continue
                begin = _lowest_of_ring(x, y, a, b, first, star, p)
                node[begin] = True
            for i in range(first[begin], first[begin + 1]):
                s = star[i]
                if done[s]:
                    continue
                size = _follow(a, b, node, done, first, star, begin, s, path, size)
                segment[arcs] = s
                arcs += 1
                starts[arcs] = size
    _turn_back(a, path, starts, segment[:arcs])
    return path[:size].copy(), starts[: arcs + 1].copy(), segment[:arcs].copy()


@njit(cache=True, nogil=True)
def _lowest_of_ring(x: Ints, y: Ints, a: Ints, b: Ints, first: Ints, star: Ints, begin: int) -> int:
    best, p, s = begin, begin, star[first[begin]]
    while True:
        p = b[s] if a[s] == p else a[s]
        if p == begin:
            return best
        if comes_before(x[p], y[p], x[best], y[best]):
            best = p
        s = star[first[p]] if star[first[p]] != s else star[first[p] + 1]


@njit(cache=True, nogil=True)
def _follow(
    a: Ints, b: Ints, node: Flags, done: Flags, first: Ints, star: Ints, p: int, s: int, path: Ints, size: int
) -> int:
    """Writes the points from p over segment s to the next node; returns where the path ends."""
    path[size] = p
    size += 1
    while True:
        done[s] = True
        p = b[s] if a[s] == p else a[s]
        path[size] = p
        size += 1
        if node[p]:
            return size
        s = star[first[p]] if star[first[p]] != s else star[first[p] + 1]


@njit(cache=True, nogil=True)
def _turn_back(a: Ints, path: Ints, starts: Ints, segment: Ints) -> None:
    """Turn those arcs round that run against their segments."""
    for k in range(len(segment)):
        low, high = starts[k], starts[k + 1] - 1
        if path[low] != a[segment[k]]:
            while low < high:
                path[low], path[high] = path[high], path[low]
                low += 1
                high -= 1


@njit(cache=True, nogil=True)
def _measure(x: Ints, y: Ints, path: Ints, first: Ints, scale: float) -> tuple[Floats, Ints, Ints, Ints, Ints]:
    count = len(first) - 1
    metres, lowest = np.zeros(count), np.empty(count, np.int64)
    high, low = np.zeros(count, np.int64), np.zeros(count, np.int64)
    box = np.empty((count, 4), np.int64)
    for k in range(count):
        best, total, carry = first[k], 0.0, 0
        west = east = x[path[best]]
        south = north = y[path[best]]
        for i in range(first[k], first[k + 1] - 1):
            ax, ay, bx, by = x[path[i]], y[path[i]], x[path[i + 1]], y[path[i + 1]]
            dx, dy = float(bx - ax), float(by - ay)
            total += np.rint(np.sqrt(dx * dx + dy * dy) * scale)
            # The sum may leave 64 bits on the way: what counts is that it comes back, as every area does.
            high[k] += (ax >> HALF) * by - (ay >> HALF) * bx
            carry += (ax & MASK) * by - (ay & MASK) * bx
            high[k] += carry >> HALF
            carry &= MASK
            if comes_before(bx, by, x[path[best]], y[path[best]]):
                best = i + 1
            west, east, south, north = min(west, bx), max(east, bx), min(south, by), max(north, by)
        metres[k], low[k], lowest[k] = total, carry, best
        box[k, 0], box[k, 1], box[k, 2], box[k, 3] = west, south, east, north
    return metres, high, low, lowest, box
