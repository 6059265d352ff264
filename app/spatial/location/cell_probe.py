"""One point asked of a table of cells: its owner, how far the border is, and the runner-up. Compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from app.spatial.location.borders import Starts, border_distance
from app.spatial.location.cell_cut import Floats, Words
from app.spatial.location.cell_near import near
from app.spatial.location.cell_search import around, next_cover, word_at
from app.spatial.location.cell_table import COLUMNS, NOBODY, OUTSIDE

FIRST_RADIUS_M = 25.0
SAME_DISTANCE_M = 0.001
Probed = tuple[int, bool, float, int, float, int]


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def probe(
    words: Words, corners: Floats, frame: Floats, edges: Words, first: Starts, x: float, y: float, limit_m: float
) -> Probed:
    """Rank of the owner (-1 outside, and nothing else told), whether the point is inside it, metres to its border, rank
    of the nearest other grid (-1 without one within `limit_m`) and metres to it; how many more grids cover the point
    with their interior."""
    word = word_at(words, frame, x, y)
    if word == OUTSIDE:
        return -1, False, np.inf, -1, np.inf, 0
    owner, inside, second, more = word, True, NOBODY, 0
    if word < OUTSIDE:
        owner, on_border, place = next_cover(words, corners, -2 - word, x, y)
        if owner == NOBODY:
            return -1, False, np.inf, -1, np.inf, 0
        inside = not on_border
        found = owner
        while True:
            found, on_border, place = next_cover(words, corners, place, x, y)
            if found == NOBODY:
                break
            second = min(second, found)
            more += 0 if on_border else 1
    border, runner, distance = beside(words, corners, frame, edges, first, x, y, limit_m, owner, inside, second)
    return owner, inside, border, runner, distance, more


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def beside(
    words: Words,
    corners: Floats,
    frame: Floats,
    edges: Words,
    first: Starts,
    x: float,
    y: float,
    limit_m: float,
    own: int,
    inside: bool,
    second: int,
) -> tuple[float, int, float]:
    """Metres to the border of grid `own` that covers a point (0 on the border), the nearest other grid and metres to
    it. `second`: the lowest other rank that covers the point, NOBODY without one."""
    mine, other, rank, third = near(words, corners, frame, x, y, limit_m, own, second)
    if not inside:
        mine = 0.0
    elif mine > limit_m:
        mine = border_distance(corners, edges, first, own, x, y)
    if other <= limit_m and third > other + SAME_DISTANCE_M:
        return mine, rank, other
    runner, distance = _named(words, corners, frame, x, y, limit_m, own, other, second)
    return mine, runner, distance


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def nearest(
    words: Words, corners: Floats, frame: Floats, x: float, y: float, limit_m: float, besides: int, second: int
) -> tuple[int, float]:
    """The nearest grid other than `besides` and metres to it; -1 when none is within `limit_m`. `second` as above."""
    if frame[COLUMNS] == 0:
        return -1, np.inf
    radius, other = min(FIRST_RADIUS_M, limit_m), 0.0
    while second == NOBODY:
        _, other, _, _, _, _ = around(words, corners, frame, x, y, radius, besides, -1.0)
        if other <= radius or radius >= limit_m:
            break
        radius = _wider(radius, other, limit_m)
    return _named(words, corners, frame, x, y, limit_m, besides, other, second)


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _wider(radius: float, seen: float, limit_m: float) -> float:
    """The next radius to look in: where something was seen already, else twice as far."""
    return min(limit_m, seen * 1.000001 if seen < 2.0 * radius else 2.0 * radius)


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _named(
    words: Words,
    corners: Floats,
    frame: Floats,
    x: float,
    y: float,
    limit_m: float,
    own: int,
    other: float,
    second: int,
) -> tuple[int, float]:
    """Of the grids as near as the nearest (1 mm) the one with the lowest rank."""
    if other > limit_m:
        return -1, np.inf
    known = other + SAME_DISTANCE_M
    _, _, _, _, lowest, distance = around(words, corners, frame, x, y, known, own, known)
    if second <= lowest and second != NOBODY:
        return second, 0.0
    return lowest, distance
