"""What lies nearest to a point in a table of cells: its own grid's border, and the next of another grid. Compiled.

Cells are taken from the point outwards, coarse ones ring by ring, fine ones row by row from the point's own, in each
row from mark to mark; what has been found so far bounds how far the rest must be looked through, so most lists around a
point are never read, and no cell without an edge is looked at.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from app.spatial.location.borders import Plane, plane_at
from app.spatial.location.cell_cut import Floats, Words
from app.spatial.location.cell_marks import next_mark, previous_mark
from app.spatial.location.cell_search import around, cell_within, seen_in
from app.spatial.location.cell_table import COLUMNS, NOBODY, OUTSIDE, PER_X, PER_Y, ROWS, SHIFT, SOUTH, WEST

FURTHER_M = 0.01
"""How far beyond what is nearest borders are still told, for ties."""
FLAT = 0.5
"""Less is the flat picture of degrees not to be relied on: at the poles, and for limits of hundreds of kilometres."""
Near = tuple[float, float, int, float]
Seen = tuple[float, float, int, float, int, float]


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def near(
    words: Words, corners: Floats, frame: Floats, x: float, y: float, limit_m: float, own: int, second: int
) -> Near:
    """Metres to the border of grid `own`, which covers the point, to the nearest other grid, that grid's rank, and
    metres to a third; beyond `limit_m` maybe infinite. The third only where it is less than a centimetre further than
    the other two. `second`: another grid that covers the point, NOBODY without one."""
    plane = plane_at(y)
    # The least share of a distance by degrees that it can be in metres, of whatever is within the limit.
    flat = 1.0 - 2.0 * limit_m * (abs(plane[2]) + abs(plane[3]))
    if flat < FLAT:
        mine, other, rank, third, _, _ = around(words, corners, frame, x, y, limit_m, own, -1.0)
        return (mine, other, rank, third) if second == NOBODY else (mine, 0.0, second, 0.0)
    columns, rows = int(frame[COLUMNS]), int(frame[ROWS])
    px, py = (x - frame[WEST]) * frame[PER_X], (y - frame[SOUTH]) * frame[PER_Y]
    wide, high = flat * plane[0] / frame[PER_X], flat * plane[1] / frame[PER_Y]
    column_0, row_0 = cell_within(px, columns), cell_within(py, rows)
    seen = (np.inf, np.inf, NOBODY, np.inf, NOBODY, np.inf)
    if second != NOBODY:
        seen = (np.inf, 0.0, second, 0.0, NOBODY, np.inf)
    for ring in range(max(columns, rows)):
        reached = False
        for row in range(max(row_0 - ring, 0), min(row_0 + ring, rows - 1) + 1):
            step = 1 if abs(row - row_0) == ring else 2 * ring
            up = _gap(py, row) * high
            for column in range(column_0 - ring, column_0 + ring + 1, step):
                aside = _gap(px, column) * wide
                if column < 0 or column >= columns or aside * aside + up * up > _reach2(seen, limit_m):
                    continue
                reached = True
                word = words[row * columns + column]
                if word < OUTSIDE:
                    seen = _in_block(
                        words, corners, -2 - word, px - column, py - row, wide, high, x, y, plane, own, limit_m, seen
                    )
        if not reached:
            break
    return seen[0], seen[1], seen[2], seen[3]


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _in_block(
    words: Words,
    corners: Floats,
    place: int,
    px: float,
    py: float,
    wide: float,
    high: float,
    x: float,
    y: float,
    plane: Plane,
    own: int,
    limit_m: float,
    seen: Seen,
) -> Seen:
    """`seen` with the lists of a coarse cell added that are within reach. The point is at (px, py) of the cell, which
    is `wide` and `high` metres. Rows are taken from the point's own outwards, the next above before the next below; in
    each what is nearer goes first, east or west. Lists of `own` alone matter only for its border."""
    block, side = place & ~SHIFT, 1 << (place & SHIFT)
    px, py, wide, high = px * side, py * side, wide / side, high / side
    column_0, row_0 = cell_within(px, side), cell_within(py, side)
    marks, reach2 = block + side * side, _reach2(seen, limit_m)
    for turn in range(2 * side):
        row = row_0 + (turn + 1 >> 1) * (1 if turn & 1 else -1)
        if (max(turn - 1, 0) // 2 * high) ** 2 > reach2:
            break
        up2 = (_gap(py, row) * high) ** 2
        if row < 0 or row >= side or up2 > reach2:
            continue
        start, end = row * side, (row + 1) * side
        east = next_mark(words, marks, start + column_0, end)
        west = previous_mark(words, marks, start + column_0 - 1, start)
        while True:
            to_east = _gap(px, east - start) * wide if east < end else np.inf
            to_west = _gap(px, west - start) * wide if west >= start else np.inf
            away2 = min(to_east, to_west) ** 2 + up2
            if away2 > reach2:
                break
            if to_east <= to_west:
                cell, east = east, next_mark(words, marks, east + 1, end)
            else:
                cell, west = west, previous_mark(words, marks, west - 1, start)
            place = -2 - words[block + cell]
            if words[place - 1] != own or away2 <= seen[0] * seen[0]:
                seen = seen_in(words, corners, place, x, y, plane, own, -1.0, seen)
                reach2 = _reach2(seen, limit_m)
    return seen


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _reach2(seen: Seen, limit_m: float) -> float:
    """Square of how far borders still matter."""
    reach = min(max(seen[0], seen[1]) + FURTHER_M, limit_m + FURTHER_M)
    return reach * reach


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _gap(place: float, cell: int) -> float:
    """How many cells a place is beside a cell; 0 in it."""
    return max(cell - place, place - cell - 1.0, 0.0)
