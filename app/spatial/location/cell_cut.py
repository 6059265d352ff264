"""Borders cut by cells: what of a polygon a point in one cell must be tested against, compiled.

A point is inside a polygon when a ray from it to the left crosses the border an odd number of times. For the points of
one cell an edge is one of three things: right of the cell (never crossed), left of it (crossed by whoever lies between
the heights of its two ends), or near: then only the point itself can tell. Each end of a left edge is a step, crossed
by points not below it. A step below the cell's row is crossed by all of its points and one above by none: both go into
one bit, `base`. Two left edges share their common end, whose steps cancel: steps are left over only where the border
comes from the left into the cell. So a few near edges, fewer steps and a bit decide, and a cell without near edges lies
inside or outside as a whole.

A list of words holds that for a cell: `edge`, `step` and, at the end of what belongs to one polygon, `end` with its
rank and the bit. All decisions here rest on one monotone function from coordinates to cells that points pass through
too, so that rounding cannot put a point and an edge through it into different cells; where lengths are computed, a
margin makes more edges near, which costs time and is never wrong.

`_nrt=False`: these functions make no arrays, so that references to arrays need not be counted at each call, which took
two fifths of the time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Words = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

EDGE, STEP, END_OUT, END_IN = 0, 1, 2, 3
KIND = 3
UNMET = -2
MARGIN = 1e-6  # of a cell; positions in cells are off by 1e-10 at most
STEEP = 1e-9  # how far off heights may be, for edges that are nearly level: the error of x is that by the slope
LEVEL = 1e-3
Scratch = tuple[Words, Words, Words, Words, Words, Words]
"""`met` (UNMET for each corner), toggles and near (a column each and two more), flips and places (a row each and two
more), room for `rows_met` items."""


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def cut(
    gx: Floats,
    gy: Floats,
    twin: Words,
    items: Words,
    start: int,
    end: int,
    rank: int,
    base: int,
    origin: tuple[int, int],
    scale: int,
    box: tuple[int, int, int, int],
    limits: tuple[int, int],
    scratch: Scratch,
    cells: Words,
    words: Words,
    n: int,
) -> int:
    """Cut one polygon's `items[start:end]` by the cells of `box`: words from `n` on, `cells` of each; how many then.

    `gx`, `gy`: corners in units of coarse cells; `twin`: the first corner of the ring for its last, itself for others.
    Cells are 1 / scale of a coarse cell, counted from `origin`; `box`: first and last column, first and last row.
    `limits`: columns of the table (to number cells), highest row that points are put into. `scratch` is left as it
    came. Words beyond the room are counted, not written.
    """
    met, toggles, near, flips, places, by_row = scratch
    (c0, c1, r0, r1), (width, top) = box, limits
    base ^= _count(gy, items, start, end, r0, r1, origin[1], scale, top, flips, places)
    _file(gy, items, start, end, r0, r1, origin[1], scale, top, places, by_row)
    begin = 0
    for row in range(r0, r1 + 1):
        for c in range(c0, c1 + 2):
            toggles[c] = near[c] = 0
        stop = places[row]
        base ^= flips[row]
        for i in range(begin, stop):
            item = by_row[i]
            v = int(item >> 2)
            if item & KIND == STEP:
                n = _meet(met, v, c0 - 1, row * width, cells, words, n)
                continue
            low, high = row_of(gy[v], origin[1], scale, top), row_of(gy[v + 1], origin[1], scale, top)
            first, last = columns_of(gx, gy, v, origin, scale, row, low == high)
            last = min(max(last, c0 - 1), c1)
            for c in range(max(first, c0), last + 1):
                near[c] = 1
                n = _put(cells, words, n, row * width + c, item)
            toggles[last + 1] ^= (low < row) ^ (high < row)
            if low == row:
                n = _meet(met, v, last, row * width, cells, words, n)
            if high == row:
                n = _meet(met, int(twin[v + 1]), last, row * width, cells, words, n)
        n = _meet_rest(met, twin, by_row, begin, stop, c1, row * width, cells, words, n)
        begin = stop
        inside = base
        for c in range(c0, c1 + 1):
            inside ^= toggles[c]
            if near[c] or inside:
                n = _put(cells, words, n, row * width + c, rank << 2 | (END_IN if inside else END_OUT))
    return n


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _count(
    gy: Floats,
    items: Words,
    start: int,
    end: int,
    r0: int,
    r1: int,
    origin: int,
    scale: int,
    top: int,
    flips: Words,
    places: Words,
) -> int:
    """The place of each row's first item in `places`, and at r1 + 1 how many items all rows have, a step in its own row
    and an edge in each that it passes. A step is crossed in every row above it: `flips` where that begins an odd number
    of times; the bit is for steps below all rows."""
    for row in range(r0, r1 + 2):
        flips[row] = places[row] = 0
    below = 0
    for i in range(start, end):
        v = int(items[i] >> 2)
        low = high = row_of(gy[v], origin, scale, top)
        if items[i] & KIND == STEP:
            if low < r0:
                below ^= 1
            elif low <= r1:
                flips[low + 1] ^= 1
        else:
            high = row_of(gy[v + 1], origin, scale, top)
        for row in range(max(min(low, high), r0), min(max(low, high), r1) + 1):
            places[row + 1] += 1
    for row in range(r0, r1 + 1):
        places[row + 1] += places[row]
    return below


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _file(
    gy: Floats,
    items: Words,
    start: int,
    end: int,
    r0: int,
    r1: int,
    origin: int,
    scale: int,
    top: int,
    places: Words,
    by_row: Words,
) -> None:
    """Items by row, in their order within one; `places` then tells where each row's end."""
    for i in range(start, end):
        v = int(items[i] >> 2)
        low = high = row_of(gy[v], origin, scale, top)
        if items[i] & KIND != STEP:
            high = row_of(gy[v + 1], origin, scale, top)
        for row in range(max(min(low, high), r0), min(max(low, high), r1) + 1):
            by_row[places[row]] = items[i]
            places[row] += 1


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def row_of(height: float, origin: int, scale: int, top: int) -> int:
    """The row (or column) of a corner: -1 below the first, at most `top`."""
    place = (height - origin) * scale
    return -1 if place < 0.0 else min(int(place), top)


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def columns_of(
    gx: Floats, gy: Floats, v: int, origin: tuple[int, int], scale: int, row: int, whole: bool
) -> tuple[int, int]:
    """First and last column that an edge may pass through within a row; not clipped."""
    xa, xb = (gx[v] - origin[0]) * scale, (gx[v + 1] - origin[0]) * scale
    west, east = min(xa, xb), max(xa, xb)
    margin = MARGIN
    if not whole:
        ya, yb = (gy[v] - origin[1]) * scale, (gy[v + 1] - origin[1]) * scale
        if abs(yb - ya) > LEVEL:
            slope = (xb - xa) / (yb - ya)
            y1, y2 = max(min(ya, yb), float(row)), min(max(ya, yb), row + 1.0)
            x1, x2 = xa + (y1 - ya) * slope, xa + (y2 - ya) * slope
            margin += abs(slope) * STEEP
            west, east = max(west, min(x1, x2)), min(east, max(x1, x2))
    west, east = max(west - margin, -2.0), min(east + margin, 2.0**30)
    return int(np.floor(west)), int(np.floor(max(east, -2.0)))


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _meet(met: Words, corner: int, last: int, row: int, cells: Words, words: Words, n: int) -> int:
    """An edge that is near up to column `last` ends at a corner in this row: right of it the corner is a step, until
    the other edge at the corner is left as well."""
    other = met[corner]
    if other == UNMET:
        met[corner] = last
        return n
    met[corner] = UNMET
    for c in range(min(other, last) + 1, max(other, last) + 1):
        n = _put(cells, words, n, row + c, corner << 2 | STEP)
    return n


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _meet_rest(
    met: Words,
    twin: Words,
    items: Words,
    start: int,
    end: int,
    last: int,
    row: int,
    cells: Words,
    words: Words,
    n: int,
) -> int:
    """Corners whose other edge lies right of all cells."""
    for i in range(start, end):
        v = items[i] >> 2
        if met[v] != UNMET:
            n = _meet(met, v, last, row, cells, words, n)
        if items[i] & KIND == EDGE and met[twin[v + 1]] != UNMET:
            n = _meet(met, twin[v + 1], last, row, cells, words, n)
    return n


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _put(cells: Words, words: Words, n: int, cell: int, word: int) -> int:
    if n < len(words):
        cells[n] = cell
        words[n] = word
    return n + 1
