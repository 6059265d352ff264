"""Where segments on an integer grid meet: compiled kernels of the snap rounding in `noding`."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CELLS_EACH, _CELLS_FREE = 8, 1_000_000
_HALF = 20
_MASK = (1 << _HALF) - 1


@njit(cache=True, nogil=True)
def orientation(ax: int, ay: int, bx: int, by: int, cx: int, cy: int) -> float:
    """Twice the area of the triangle a, b, c: > 0 where c is left of a → b. Exact in sign, to 1e-16 in size.

    Differences of up to 40 bits are multiplied in halves of 20, because a product of 80 bits fits no machine word.
    """
    ux, uy, vx, vy = bx - ax, by - ay, cx - ax, cy - ay
    high = (ux >> _HALF) * vy - (uy >> _HALF) * vx
    low = (ux & _MASK) * vy - (uy & _MASK) * vx
    high += low >> _HALF
    return float(high) * float(1 << _HALF) + float(low & _MASK)


def cell_members(x: Ints, y: Ints, lower: Ints, upper: Ints, pad: Ints) -> tuple[Ints, Ints]:
    """Segments sorted into square cells: the members of cell i are members[first[i]:first[i + 1]], in order.

    `pad`: how far beyond itself each segment reaches, in steps.
    """
    if not len(lower):
        return np.zeros(1, np.int64), np.zeros(0, np.int64)
    x, y = x - x.min() + 2 + pad.max(), y - y.min() + 2 + pad.max()
    reach = np.maximum(np.abs(x[upper] - x[lower]), np.abs(y[upper] - y[lower]))
    side = int(max(3.0 * float(np.median(reach)), 8.0))
    while (counts := _count_cells(x, y, lower, upper, pad, side)).sum() > _CELLS_EACH * len(lower) + _CELLS_FREE:
        side *= 2  # a few long segments would fill too many cells
    columns = int(x.max() + pad.max()) // side + 2
    keys, members = _list_cells(x, y, lower, upper, pad, side, columns, np.cumsum(counts) - counts, int(counts.sum()))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1], [True]]))
    return first, members[order]


@njit(cache=True, nogil=True)
def _row_span(px: int, py: int, qx: int, qy: int, pad: int, row: int, side: int) -> tuple[int, int]:
    """First and last column of the cells of one row that the segment p → q passes, with a margin of two steps + pad."""
    lo, hi = float(min(px, qx)), float(max(px, qx))
    if py != qy:
        slope = (qx - px) / (qy - py)
        at = px + (row * side - 1 - pad - py) * slope
        to = px + ((row + 1) * side + 1 + pad - py) * slope
        lo, hi = max(lo, np.floor(min(at, to))), min(hi, np.ceil(max(at, to)))
    # Kept within the segment before they become integers: of a nearly level one `at` may lie beyond 2^63.
    return (int(lo) - 2 - pad) // side, (int(hi) + 2 + pad) // side


@njit(cache=True, nogil=True)
def _count_cells(x: Ints, y: Ints, lower: Ints, upper: Ints, pad: Ints, side: int) -> Ints:
    counts = np.zeros(len(lower), np.int64)
    for i in range(len(lower)):
        py, qy = y[lower[i]], y[upper[i]]
        for row in range((min(py, qy) - 1 - pad[i]) // side, (max(py, qy) + 1 + pad[i]) // side + 1):
            left, right = _row_span(x[lower[i]], py, x[upper[i]], qy, pad[i], row, side)
            counts[i] += max(right - left + 1, 0)
    return counts


@njit(cache=True, nogil=True)
def _list_cells(
    x: Ints, y: Ints, lower: Ints, upper: Ints, pad: Ints, side: int, columns: int, start: Ints, total: int
) -> tuple[Ints, Ints]:
    keys, members = np.empty(total, np.int64), np.empty(total, np.int64)
    for i in range(len(lower)):
        at = start[i]
        py, qy = y[lower[i]], y[upper[i]]
        for row in range((min(py, qy) - 1 - pad[i]) // side, (max(py, qy) + 1 + pad[i]) // side + 1):
            left, right = _row_span(x[lower[i]], py, x[upper[i]], qy, pad[i], row, side)
            for column in range(left, right + 1):
                keys[at] = row * columns + column
                members[at] = i
                at += 1
    return keys, members


@njit(cache=True, nogil=True)
def meetings(
    x: Ints, y: Ints, lower: Ints, upper: Ints, pad: Ints, bulge: float, first: Ints, members: Ints, fresh: Flags
) -> tuple[Ints, Ints, Ints]:
    """Segments to cut and the grid points to cut them at; pairs of which neither is fresh are known not to meet.

    With `bulge` > 0 (per step) a segment of length L is also cut opposite every point that is nearer to it than
    bulge · s · (L − s), s being how far along it is. `pad`: the most that this can be, in whole steps.
    """
    size, capacity = 0, 1024
    cut, px, py = np.empty(capacity, np.int64), np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    found = np.empty((5, 3), np.int64)
    for cell in range(len(first) - 1):
        for i in range(first[cell], first[cell + 1]):
            for j in range(i + 1, first[cell + 1]):
                if not (fresh[members[i]] or fresh[members[j]]):
                    continue
                count = _meet(x, y, lower, upper, pad, bulge, members[i], members[j], found)
                if size + count > capacity:
                    capacity *= 2
                    cut, px, py = _grown(cut, capacity), _grown(px, capacity), _grown(py, capacity)
                for k in range(count):
                    cut[size], px[size], py[size] = found[k, 0], found[k, 1], found[k, 2]
                    size += 1
    return cut[:size], px[:size], py[:size]


@njit(cache=True, nogil=True)
def _grown(values: Ints, capacity: int) -> Ints:
    grown = np.empty(capacity, np.int64)
    grown[: len(values)] = values
    return grown


@njit(cache=True, nogil=True)
def _meet(x: Ints, y: Ints, lower: Ints, upper: Ints, pad: Ints, bulge: float, s: int, t: int, found: Ints) -> int:
    """Write (segment, x, y) of the cuts that s and t make in each other into `found`; how many there are (0 to 4)."""
    a, b, c, d = lower[s], upper[s], lower[t], upper[t]
    apart = max(pad[s], pad[t])
    if x[b] + apart < x[c] or x[d] + apart < x[a]:  # points are sorted by x, so the lower end is the left one
        return 0
    if max(y[a], y[b]) + apart < min(y[c], y[d]) or max(y[c], y[d]) + apart < min(y[a], y[b]):
        return 0
    of_c = orientation(x[a], y[a], x[b], y[b], x[c], y[c])
    of_d = orientation(x[a], y[a], x[b], y[b], x[d], y[d])
    of_a = orientation(x[c], y[c], x[d], y[d], x[a], y[a])
    of_b = orientation(x[c], y[c], x[d], y[d], x[b], y[b])
    count = 0
    for segment, low, high, point, side in (
        (s, a, b, c, of_c),
        (s, a, b, d, of_d),
        (t, c, d, a, of_a),
        (t, c, d, b, of_b),
    ):
        if point in (low, high):
            continue
        if _in_pixel(x, y, low, high, point, side):
            found[count, 0], found[count, 1], found[count, 2] = segment, x[point], y[point]
            count += 1
        elif bulge > 0.0:
            along = _opposite(x, y, low, high, point, side, bulge)
            if along > 0.0:
                found[count, 0] = segment
                found[count, 1] = x[low] + np.int64(np.rint(along * (x[high] - x[low])))
                found[count, 2] = y[low] + np.int64(np.rint(along * (y[high] - y[low])))
                count += 1
    if count == 0 and of_c * of_d < 0.0 and of_a * of_b < 0.0:
        share = of_a / (of_a - of_b)
        px = x[a] + np.int64(np.rint(share * (x[b] - x[a])))
        py = y[a] + np.int64(np.rint(share * (y[b] - y[a])))
        found[0, 0], found[1, 0] = s, t
        found[0, 1], found[1, 1] = px, px
        found[0, 2], found[1, 2] = py, py
        count = 2
    return count


@njit(cache=True, nogil=True)
def _in_pixel(x: Ints, y: Ints, low: int, high: int, point: int, side: float) -> bool:
    """Whether the segment low → high passes the unit square around the point, its lower and left edges included.

    With closed squares two diagonals of one square would take each other's corners in turn, for ever.
    """
    # Two convex shapes meet unless a line parallel to one of their sides parts them: here x, y and the segment itself.
    if x[point] < x[low] or x[point] > x[high]:
        return False
    if y[point] < min(y[low], y[high]) or y[point] > max(y[low], y[high]):
        return False
    reach, twice = float((x[high] - x[low]) + abs(y[high] - y[low])), 2.0 * side
    if twice == reach:  # it touches one corner only: that of the included edges, or the opposite one
        return bool(y[high] < y[low])
    return bool(-reach < twice < reach)


@njit(cache=True, nogil=True)
def _opposite(x: Ints, y: Ints, low: int, high: int, point: int, side: float, bulge: float) -> float:
    """How far along the segment (0–1) the point lies, if it is nearer to it than the bulge there; else 0."""
    dx, dy = float(x[high] - x[low]), float(y[high] - y[low])
    squared = dx * dx + dy * dy
    along = (float(x[point] - x[low]) * dx + float(y[point] - y[low]) * dy) / squared
    if along <= 0.0 or along >= 1.0:
        return 0.0
    length = np.sqrt(squared)
    if abs(side) / length > bulge * squared * along * (1.0 - along):
        return 0.0
    if along * length < 1.0 or (1.0 - along) * length < 1.0:
        return 0.0
    return along
