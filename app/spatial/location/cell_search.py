"""Points asked of a table of cells: what stands in theirs, all grids that cover one, borders near it. Compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from app.spatial.location.borders import METRES_PER_DEGREE, Plane, edge_distance2, plane_at
from app.spatial.location.cell_cut import EDGE, END_IN, KIND, STEP, Floats, Words
from app.spatial.location.cell_table import (
    COLUMNS,
    EAST,
    NOBODY,
    NORTH,
    OUTSIDE,
    PER_X,
    PER_Y,
    ROWS,
    SHIFT,
    SOUTH,
    WEST,
)
from app.spatial.location.orientation import orientation

Ranks = npt.NDArray[np.int32]
Seen = tuple[float, float, int, float, int, float]
Flags = npt.NDArray[np.bool_]


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def word_at(words: Words, frame: Floats, x: float, y: float) -> int:
    """What stands in the cell of a point: a rank, OUTSIDE (also for NaN and beyond the bounds), or -2 - place of its
    list."""
    if not (x >= frame[WEST] and x <= frame[EAST] and y >= frame[SOUTH] and y <= frame[NORTH]):
        return OUTSIDE
    gx, gy = (x - frame[WEST]) * frame[PER_X], (y - frame[SOUTH]) * frame[PER_Y]
    columns, rows = int(frame[COLUMNS]), int(frame[ROWS])
    column, row = min(int(gx), columns - 1), min(int(gy), rows - 1)
    word = words[row * columns + column]
    if word >= OUTSIDE:
        return word
    block = (-2 - word) & ~SHIFT
    side = 1 << ((-2 - word) & SHIFT)
    j, i = min(int((gx - column) * side), side - 1), min(int((gy - row) * side), side - 1)
    return words[block + i * side + j]


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def next_cover(words: Words, corners: Floats, place: int, x: float, y: float) -> tuple[int, bool, int]:
    """The next grid of a list, from `place` on, that covers a point: its rank (NOBODY at the end), whether the point is
    on its border, and where to go on."""
    inside, on_border = 0, False
    while True:
        word = words[place]
        place += 1
        v = word >> 2
        kind = word & KIND
        if kind == EDGE:
            ax, ay, bx, by = corners[v, 0], corners[v, 1], corners[v + 1, 0], corners[v + 1, 1]
            if (ay <= y) != (by <= y):
                turn = orientation(ax, ay, bx, by, x, y)
                if turn == 0:
                    on_border = True
                elif (turn < 0) == (by > ay):
                    inside ^= 1
            elif ay == y or by == y:  # both ends on one side: the point can only be at an end, or on a level edge
                level = ay == by and min(ax, bx) <= x <= max(ax, bx)
                on_border |= level or (ax == x and ay == y) or (bx == x and by == y)
        elif kind == STEP:
            if corners[v, 1] <= y:
                inside ^= 1
        else:
            if v == NOBODY or on_border or (inside == 1) != (kind == END_IN):
                return v, on_border, place
            inside = 0


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def covers(
    words: Words,
    corners: Floats,
    frame: Floats,
    lon: Floats,
    lat: Floats,
    point: npt.NDArray[np.int64],
    rank: Ranks,
    inside: Flags,
) -> int:
    """Pairs (point, rank) of the grids that cover each point; how many there are, those beyond the room not written."""
    n = 0
    for i in range(len(lon)):
        place = word_at(words, frame, lon[i], lat[i])
        while place != OUTSIDE:
            if place >= 0:
                found, on_border, place = place, False, OUTSIDE
            else:
                found, on_border, after = next_cover(words, corners, -2 - place, lon[i], lat[i])
                if found == NOBODY:
                    break
                place = -2 - after
            if n < len(point):
                point[n], rank[n], inside[n] = i, found, not on_border
            n += 1
    return n


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def borders_near(
    words: Words, corners: Floats, frame: Floats, lon: Floats, lat: Floats, rank: Ranks, limit_m: float, near: Flags
) -> None:
    """Whether the border of grid rank[i] is nearer than `limit_m` to point i; written in place."""
    for i in range(len(lon)):
        near[i] = around(words, corners, frame, lon[i], lat[i], limit_m, rank[i], -1.0)[0] < limit_m


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def around(
    words: Words, corners: Floats, frame: Floats, x: float, y: float, radius_m: float, own: int, known_m: float
) -> Seen:
    """Metres to the border of grid `own`, to the nearest border of another and that other's rank, to the nearest border
    of a third; then, of the others within `known_m`, the lowest rank and how far its border is.

    Complete up to `radius_m`; borders beyond may be missed, infinite when none is seen.
    """
    plane = plane_at(y)
    dy = 1.01 * radius_m / METRES_PER_DEGREE
    dx = dy / max(np.cos(min(abs(y) + dy, 90.0) * np.pi / 180.0), 1e-6)
    columns, rows = int(frame[COLUMNS]), int(frame[ROWS])
    west, east = (x - dx - frame[WEST]) * frame[PER_X], (x + dx - frame[WEST]) * frame[PER_X]
    south, north = (y - dy - frame[SOUTH]) * frame[PER_Y], (y + dy - frame[SOUTH]) * frame[PER_Y]
    seen = (np.inf, np.inf, NOBODY, np.inf, NOBODY, np.inf)
    for row in range(cell_within(south, rows), cell_within(north, rows) + 1):
        for column in range(cell_within(west, columns), cell_within(east, columns) + 1):
            word = words[row * columns + column]
            if word >= OUTSIDE:
                continue
            block = (-2 - word) & ~SHIFT
            side = 1 << ((-2 - word) & SHIFT)
            for i in range(cell_within((south - row) * side, side), cell_within((north - row) * side, side) + 1):
                for j in range(
                    cell_within((west - column) * side, side), cell_within((east - column) * side, side) + 1
                ):
                    word = words[block + i * side + j]
                    if word < OUTSIDE:
                        seen = seen_in(words, corners, -2 - word, x, y, plane, own, known_m, seen)
    return seen


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def seen_in(
    words: Words,
    corners: Floats,
    place: int,
    x: float,
    y: float,
    plane: Plane,
    own: int,
    known_m: float,
    seen: Seen,
) -> Seen:
    """What `around` tells, with the borders of one list added to those seen so far."""
    mine, other, nearest, third, lowest, lowest_m = seen
    best = np.inf
    while True:
        item = words[place]
        place += 1
        if item & KIND == EDGE:
            best = min(best, edge_distance2(corners, item >> 2, x, y, plane))
        elif item & KIND != STEP:
            found, distance, best = item >> 2, np.sqrt(best), np.inf
            if found == NOBODY:
                return mine, other, nearest, third, lowest, lowest_m
            if found == own:
                mine = min(mine, distance)
                continue
            if found == nearest:
                other = min(other, distance)
            elif distance < other:
                other, nearest, third = distance, found, other
            else:
                third = min(third, distance)
            if distance <= known_m and found <= lowest:
                lowest_m = min(lowest_m, distance) if found == lowest else distance
                lowest = found


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def cell_within(place: float, cells: int) -> int:
    """The cell at a place, the first or last one for places beyond."""
    return int(min(max(place, 0.0), cells - 1.0))
