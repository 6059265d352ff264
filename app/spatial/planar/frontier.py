"""Exact questions of a sweep from west to east: which of two segments lies above, what is below a point.

Segments are four numbers: x, y of the lower end (further west), x, y of the higher one. They meet at ends only.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from app.spatial.planar.arcs import Arcs
from app.spatial.planar.orientation import turn
from app.spatial.planar.types import Flags, Ints


def tips_of(arcs: Arcs, frontier: int) -> Ints:
    """The half-arcs that come from beyond x = frontier − ½, from north to south along that line.

    The other ends of their first segments lie before it: arcs end at every point beyond (`join_arcs`).
    """
    ends = arcs.ends
    tips = np.flatnonzero(arcs.x[ends] >= frontier)
    low, high = arcs.steps[tips], ends[tips]
    segments = np.stack([arcs.x[low], arcs.y[low], arcs.x[high], arcs.y[high]], axis=1)
    share = (frontier - 0.5 - segments[:, 0]) / (segments[:, 2] - segments[:, 0])
    order = np.argsort(segments[:, 1] + share * (segments[:, 3] - segments[:, 1]), kind="stable")
    _sort_upwards(segments, order)
    return tips[order[::-1]]


def half_arcs_below(arcs: Arcs, kept: Flags, x: Ints, y: Ints) -> Ints:
    """For each point the half-arc whose left side is the ground just west of it, looking straight down; −1: none.

    The points are the westernmost (then southernmost) of what they belong to, so that no segment ends on them from
    the west.
    """
    order = np.argsort(x, kind="stable")
    found = np.full(len(x), -1, np.int64)
    some = np.flatnonzero(kept)
    start = np.searchsorted(x[order], arcs.box[some, 0], side="right")
    stop = np.searchsorted(x[order], arcs.box[some, 2], side="right")
    met = stop > start
    given = (arcs.x, arcs.y, arcs.first, arcs.path, arcs.box, some[met], start[met], stop[met])
    found[order] = _look_down(*given, x[order], y[order])
    return found


@njit(cache=True, nogil=True)
def _is_above(s: Ints, t: Ints) -> bool:
    """Whether s lies above t where both pass one upright line."""
    if s[0] >= t[0]:
        side = turn(t[0], t[1], t[2], t[3], s[0], s[1])
        if side == 0.0:  # they begin at one point
            side = turn(t[0], t[1], t[2], t[3], s[2], s[3])
        return bool(side > 0.0)
    return bool(turn(s[0], s[1], s[2], s[3], t[0], t[1]) < 0.0)


@njit(cache=True, nogil=True)
def _sort_upwards(segments: Ints, order: Ints) -> None:
    """Insertion sort of what is in order already, but for roundings."""
    for i in range(1, len(order)):
        one, j = order[i], i - 1
        while j >= 0 and _is_above(segments[order[j]], segments[one]):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = one


@njit(cache=True, nogil=True)
def _look_down(
    x: Ints, y: Ints, first: Ints, path: Ints, box: Ints, arcs: Ints, start: Ints, stop: Ints, px: Ints, py: Ints
) -> Ints:
    found, nearest = np.full(len(px), -1, np.int64), np.zeros((len(px), 4), np.int64)
    segment = np.empty(4, np.int64)
    for i in range(len(arcs)):
        k = arcs[i]
        for point in range(start[i], stop[i]):
            if box[k, 1] > py[point]:
                continue
            for at in range(first[k], first[k + 1] - 1):
                p, q = path[at], path[at + 1]
                along = x[p] < x[q]
                if not along:
                    p, q = q, p
                if x[p] >= px[point] or x[q] < px[point]:
                    continue
                if turn(x[p], y[p], x[q], y[q], px[point], py[point]) <= 0.0:
                    continue
                segment[0], segment[1], segment[2], segment[3] = x[p], y[p], x[q], y[q]
                if found[point] < 0 or _is_above(segment, nearest[point]):
                    found[point] = 2 * k if along else 2 * k + 1
                    nearest[point] = segment
    return found
