"""Owners of many points asked of a table of cells. Compiled.

A large table lies in memory and not in the processor's caches, and a point by itself waits there four times in a row:
for its coarse cell, its finer one, a list, corners. So points take each of these steps a block at a time, and what the
next step decides upon is touched before, by a loop that decides nothing: the processor then waits for many reads at
once, where it would have waited for each.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from app.spatial.location.borders import Rows
from app.spatial.location.cell_cut import Floats, Words
from app.spatial.location.cell_search import next_cover
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

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
BLOCK = 512
NOWHERE = -1
LISTED = 8
"""Words of a list, about."""


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def owners(
    words: Words,
    corners: Floats,
    frame: Floats,
    grid_of: Rows,
    lon: Floats,
    lat: Floats,
    owner: Rows,
    on_boundary: Flags,
) -> int:
    """The owner of each point, grid_of[its rank] and grid_of[-1] outside, and whether the point is on the owner's
    border; written in place. What is returned means nothing: it keeps the touches from being left out."""
    found, listed = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    touched = 0
    for start in range(0, len(lon), BLOCK):
        end = min(start + BLOCK, len(lon))
        x, y = lon[start:end], lat[start:end]
        _cells(words, frame, x, y, found)
        lists = 0
        for i in range(end - start):
            word = OUTSIDE if found[i] == NOWHERE else words[found[i]]
            found[i] = word
            on_boundary[start + i] = False
            owner[start + i] = grid_of[max(word, -1)]
            listed[lists] = i
            lists += word < OUTSIDE
        touched += _touch(words, corners, found, listed[:lists])
        for i in listed[:lists]:
            rank, on_border, _ = next_cover(words, corners, -2 - found[i], x[i], y[i])
            owner[start + i] = grid_of[-1 if rank == NOBODY else rank]
            on_boundary[start + i] = on_border
    return touched


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _cells(words: Words, frame: Floats, lon: Floats, lat: Floats, found: Places) -> None:
    """Where the word of each point's cell stands (as `word_at` finds it); NOWHERE beyond the bounds and for NaN."""
    west, south, east, north = frame[WEST], frame[SOUTH], frame[EAST], frame[NORTH]
    per_x, per_y = frame[PER_X], frame[PER_Y]
    columns, rows = int(frame[COLUMNS]), int(frame[ROWS])
    for i in range(len(lon)):
        x, y = lon[i], lat[i]
        within = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        if columns == 0:  # no grids at all, and no words
            found[i] = NOWHERE
            continue
        gx, gy = (x - west) * per_x if within else 0.0, (y - south) * per_y if within else 0.0
        column, row = min(int(gx), columns - 1), min(int(gy), rows - 1)
        coarse = row * columns + column
        word = words[coarse]
        side = 1 << ((-2 - word) & SHIFT)
        c, r = min(int((gx - column) * side), side - 1), min(int((gy - row) * side), side - 1)
        fine = ((-2 - word) & ~SHIFT) + r * side + c
        place = coarse if word >= OUTSIDE else fine
        found[i] = place if within else NOWHERE


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _touch(words: Words, corners: Floats, found: Places, listed: Places) -> int:
    """Read the ends of each list and some of its corners."""
    touched, last_word, last_corner = 0, len(words) - 1, len(corners) - 1
    for i in listed:
        place = -2 - found[i]
        touched += words[place] + words[min(place + LISTED, last_word)]
    for i in listed:
        place = -2 - found[i]
        for at in range(place, place + 6, 2):  # what follows a short list may be any word
            touched += corners[min(max(words[min(at, last_word)] >> 2, 0), last_corner), 1] < 0.0
    return touched
