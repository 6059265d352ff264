"""Segments sorted into square cells, so that only neighbours are compared; cells share a limited number of buckets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from app.spatial.planar.numbering import bucket
from app.spatial.planar.threads import THREADS, in_threads
from app.spatial.planar.types import Flags, Ints

_CELLS_EACH, _CELLS_FREE = 8, 1_000_000


@dataclass(frozen=True)
class Buckets:
    """The members of bucket i are members[first[i]:first[i + 1]], in order; each cell is in one bucket."""

    first: Ints
    members: Ints


def sort_into_cells(x: Ints, y: Ints, a: Ints, b: Ints, pad: Ints, fresh: Flags) -> Buckets:
    """Segments a[i] – b[i] by the cells that they pass; cells without any `fresh` one are left out.

    `pad`: how far beyond itself each segment reaches, in steps.
    """
    reach = np.maximum(np.abs(x[b] - x[a]), np.abs(y[b] - y[a]))
    shift = max(int(2.0 * float(np.median(reach))), 8).bit_length()  # cells have a side of 2^shift
    while (cells := _count_cells(x, y, a, b, pad, shift)) > _CELLS_EACH * len(a) + _CELLS_FREE:
        shift += 1  # a few long segments would fill too many cells
    count = 1 << max(int(cells).bit_length() - 1, 4)
    marked = np.full(count, bool(fresh.all()))
    if not marked[0]:
        _mark(x, y, a, b, pad, shift, fresh, marked)
    given = (x, y, a, b, pad, shift, marked)
    counts = in_threads(lambda start, stop: _count_members(*given, start, stop), len(a))
    first = _turn_into_starts(counts)
    members = np.empty(first[-1], np.int64)
    starts = {len(a) * part // THREADS: fill for part, fill in enumerate(counts)}
    in_threads(lambda start, stop: _list_members(*given, starts[start], members, start, stop), len(a))
    return Buckets(first, members)


def _turn_into_starts(counts: list[Ints]) -> Ints:
    """Where each bucket starts; the counts of every part are turned into where the part starts in each bucket."""
    first = np.zeros(len(counts[0]) + 1, np.int64)
    total = counts[0]
    for count in counts[1:]:
        total = total + count
    np.cumsum(total, out=first[1:])
    at = first[:-1].copy()
    for count in counts:
        size = count.copy()
        count[:] = at
        at += size
    return first


@njit(cache=True, nogil=True, inline="always")
def _row_span(px: int, py: int, qx: int, qy: int, pad: int, row: int, shift: int) -> tuple[int, int]:
    """First and last column of the cells of one row that the segment p → q passes, with a margin of two steps + pad."""
    left, right = (min(px, qx) - 2 - pad) >> shift, (max(px, qx) + 2 + pad) >> shift
    if py == qy or right - left < 2:
        return left, right
    slope = (qx - px) / (qy - py)
    at = px + ((row << shift) - 1 - pad - py) * slope
    to = px + (((row + 1) << shift) + 1 + pad - py) * slope
    lo, hi = max(float(min(px, qx)), np.floor(min(at, to))), min(float(max(px, qx)), np.ceil(max(at, to)))
    # Kept within the segment before they become integers: of a nearly level one `at` may lie beyond 2^63.
    return (int(lo) - 2 - pad) >> shift, (int(hi) + 2 + pad) >> shift


@njit(cache=True, nogil=True, inline="always")
def _rows(py: int, qy: int, pad: int, shift: int) -> tuple[int, int]:
    return (min(py, qy) - 2 - pad) >> shift, ((max(py, qy) + 2 + pad) >> shift) + 1


@njit(cache=True, nogil=True)
def _count_cells(x: Ints, y: Ints, a: Ints, b: Ints, pad: Ints, shift: int) -> int:
    """About how many cells the segments pass: a row or a column further takes one more."""
    total = 0
    for i in range(len(a)):
        low, high = _rows(y[a[i]], y[b[i]], pad[i], shift)
        left, right = _rows(x[a[i]], x[b[i]], pad[i], shift)
        total += (high - low) + (right - left) - 1
    return total


@njit(cache=True, nogil=True)
def _mark(x: Ints, y: Ints, a: Ints, b: Ints, pad: Ints, shift: int, fresh: Flags, marked: Flags) -> None:
    mask = np.uint64(len(marked) - 1)
    for i in range(len(a)):
        if not fresh[i]:
            continue
        px, py, qx, qy = x[a[i]], y[a[i]], x[b[i]], y[b[i]]
        low, high = _rows(py, qy, pad[i], shift)
        for row in range(low, high):
            left, right = _row_span(px, py, qx, qy, pad[i], row, shift)
            for column in range(left, right + 1):
                marked[bucket(column, row, mask)] = True


@njit(cache=True, nogil=True)
def _count_members(
    x: Ints, y: Ints, a: Ints, b: Ints, pad: Ints, shift: int, marked: Flags, start: int, stop: int
) -> Ints:
    mask = np.uint64(len(marked) - 1)
    counts = np.zeros(len(marked), np.int64)
    for i in range(start, stop):
        px, py, qx, qy = x[a[i]], y[a[i]], x[b[i]], y[b[i]]
        low, high = _rows(py, qy, pad[i], shift)
        for row in range(low, high):
            left, right = _row_span(px, py, qx, qy, pad[i], row, shift)
            for column in range(left, right + 1):
                at = bucket(column, row, mask)
                if marked[at]:
                    counts[at] += 1
    return counts


@njit(cache=True, nogil=True)
def _list_members(
    x: Ints, y: Ints, a: Ints, b: Ints, pad: Ints, shift: int, marked: Flags, fill: Ints, members: Ints,
    start: int, stop: int,
) -> None:  # fmt: skip
    mask = np.uint64(len(marked) - 1)
    for i in range(start, stop):
        px, py, qx, qy = x[a[i]], y[a[i]], x[b[i]], y[b[i]]
        low, high = _rows(py, qy, pad[i], shift)
        for row in range(low, high):
            left, right = _row_span(px, py, qx, qy, pad[i], row, shift)
            for column in range(left, right + 1):
                at = bucket(column, row, mask)
                if marked[at]:
                    members[fill[at]] = i
                    fill[at] += 1
