"""Lines walked through a table of cells: which grids each stretch of them lies in. Compiled.

A segment is parted where it meets an edge of the cells that it passes; between two such places nothing changes, so the
middle of each stretch is asked like any other point. Whether an edge is met is decided exactly; an edge found twice, or
parted at without need, makes a stretch shorter and no answer other. Where a segment runs along an edge, which is
decided exactly as well, the middle may be off the edge by rounding: there the grid of the edge counts by itself.

A stretch belongs to every grid whose interior it lies in; along borders it goes to the lowest code and to none after.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from app.spatial.location.cell_cut import EDGE, KIND, STEP, Floats, Words, columns_of, row_of
from app.spatial.location.cell_search import next_cover, word_at
from app.spatial.location.cell_table import COLUMNS, NOBODY, OUTSIDE, PER_X, PER_Y, ROWS, SHIFT, SOUTH, WEST
from app.spatial.location.orientation import orientation

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Segment = tuple[float, float, float, float]
Counts = tuple[int, int]


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def walk(
    words: Words,
    corners: Floats,
    frame: Floats,
    x: Floats,
    y: Floats,
    follows: Flags,
    segment: Places,
    end: Floats,
    stretch: Places,
    rank: Words,
    room: int,
) -> tuple[int, int, int]:
    """Stretches of the segments from each corner to the next one that `follows` it on its line, in their order: their
    `segment` and the share of it that lies before their `end`; pairs (stretch, rank) of the grids they belong to.

    How many stretches, pairs, and the most that was met within one segment: what exceeds the arrays, or `room`, is not
    written and the whole is to be done again with more.
    """
    times, spans, span_rank = np.empty(room), np.empty((room, 2)), np.empty(room, np.int32)
    found, along = np.empty(2 * room, np.int32), np.empty(2 * room, np.bool_)
    gx, gy = np.empty(2), np.empty(2)
    stretches, pairs, most = 0, 0, 0
    for i in range(len(x) - 1):
        ax, ay, bx, by = x[i], y[i], x[i + 1], y[i + 1]
        if not follows[i + 1] or (ax == bx and ay == by):
            continue
        gx[0], gx[1] = (ax - frame[WEST]) * frame[PER_X], (bx - frame[WEST]) * frame[PER_X]
        gy[0], gy[1] = (ay - frame[SOUTH]) * frame[PER_Y], (by - frame[SOUTH]) * frame[PER_Y]
        met, spanned = _meet(words, corners, frame, (ax, ay, bx, by), gx, gy, times, spans, span_rank)
        most = max(most, met)
        if met > room:
            continue
        times[:met].sort()
        before = 0.0
        for k in range(met + 1):
            until = times[k] if k < met else 1.0
            if until <= before:
                continue
            if stretches < len(segment):
                segment[stretches], end[stretches] = i, until
            middle = 0.5 * (before + until)
            px, py = ax + middle * (bx - ax), ay + middle * (by - ay)
            n = _grids(words, corners, frame, px, py, middle, spans[:spanned], span_rank, found, along)
            most = max(most, (n + 1) // 2)
            for j in range(min(n, 2 * room)):
                if pairs < len(stretch):
                    stretch[pairs], rank[pairs] = stretches, found[j]
                pairs += 1
                if along[j]:
                    break
            stretches += 1
            before = until
    return stretches, pairs, most


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _meet(
    words: Words,
    corners: Floats,
    frame: Floats,
    line: Segment,
    gx: Floats,
    gy: Floats,
    times: Floats,
    spans: Floats,
    span_rank: Words,
) -> Counts:
    """Where a segment meets the edges of all cells that it may pass, and the spans of it that run along one; `gx`, `gy`
    are its ends in coarse cells. Never fewer times than spans."""
    columns, rows = int(frame[COLUMNS]), int(frame[ROWS])
    counts = (0, 0)
    if columns == 0:
        return counts
    low, high = row_of(min(gy[0], gy[1]), 0, 1, rows - 1), row_of(max(gy[0], gy[1]), 0, 1, rows - 1)
    for row in range(max(low, 0), max(high, 0) + 1):
        first, last = columns_of(gx, gy, 0, (0, 0), 1, row, low == high)
        for column in range(_clipped(first, columns), _clipped(last, columns) + 1):
            word = words[row * columns + column]
            if word >= OUTSIDE:
                continue
            block, side = (-2 - word) & ~SHIFT, 1 << ((-2 - word) & SHIFT)
            south, north = (
                row_of(min(gy[0], gy[1]), row, side, side - 1),
                row_of(max(gy[0], gy[1]), row, side, side - 1),
            )
            for r in range(max(south, 0), max(north, 0) + 1):
                west, east = columns_of(gx, gy, 0, (column, row), side, r, south == north)
                for c in range(_clipped(west, side), _clipped(east, side) + 1):
                    word = words[block + r * side + c]
                    if word < OUTSIDE:
                        counts = _meet_list(words, corners, -2 - word, line, times, spans, span_rank, counts)
    return counts


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _clipped(place: int, cells: int) -> int:
    return min(max(place, 0), cells - 1)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _meet_list(
    words: Words,
    corners: Floats,
    place: int,
    line: Segment,
    times: Floats,
    spans: Floats,
    span_rank: Words,
    counts: Counts,
) -> Counts:
    """Times and spans with those of the edges of one list; beyond the room they are counted and not written."""
    ax, ay, bx, by = line
    met, spanned = counts
    begin, room = spanned, len(times)
    while True:
        item = words[place]
        place += 1
        v = item >> 2
        if item & KIND == STEP:
            continue
        if item & KIND != EDGE:
            span_rank[begin : min(spanned, room)] = v
            begin = spanned
            if v == NOBODY:
                return met, spanned
            continue
        cx, cy, dx, dy = corners[v, 0], corners[v, 1], corners[v + 1, 0], corners[v + 1, 1]
        if max(cx, dx) < min(ax, bx) or min(cx, dx) > max(ax, bx):
            continue
        if max(cy, dy) < min(ay, by) or min(cy, dy) > max(ay, by):
            continue
        a, b = orientation(cx, cy, dx, dy, ax, ay), orientation(cx, cy, dx, dy, bx, by)
        if a == 0 and b == 0:
            t, u = _time_along(line, cx, cy), _time_along(line, dx, dy)
            t, u = max(min(t, u), 0.0), min(max(t, u), 1.0)
            if t < u:
                if met + 1 < room:
                    times[met], times[met + 1] = t, u
                    spans[spanned, 0], spans[spanned, 1] = t, u
                met, spanned = met + 2, spanned + 1
        elif a * b < 0:
            if met < room:
                times[met] = _time_across(line, cx, cy, dx, dy)
            met += 1


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _time_along(line: Segment, px: float, py: float) -> float:
    """Where on its line a point lies, by the longer side."""
    ax, ay, bx, by = line
    return (px - ax) / (bx - ax) if abs(bx - ax) >= abs(by - ay) else (py - ay) / (by - ay)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _time_across(line: Segment, cx: float, cy: float, dx: float, dy: float) -> float:
    """Where a segment passes the line through an edge, on whose two sides its ends are."""
    ax, ay, bx, by = line
    before, after = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx), (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    if before == after:
        return 0.5
    return min(max(before / (before - after), 0.0), 1.0)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _grids(
    words: Words,
    corners: Floats,
    frame: Floats,
    x: float,
    y: float,
    middle: float,
    spans: Floats,
    span_rank: Words,
    found: Words,
    along: Flags,
) -> int:
    """Ranks of the grids that a stretch lies in, from the lowest, and whether along their border: those that cover its
    middle, and those of the edges that it runs along. How many; beyond the room they are not written."""
    n, place = 0, word_at(words, frame, x, y)
    while place != OUTSIDE:
        if place >= 0:
            rank, on_border, place = place, False, OUTSIDE
        else:
            rank, on_border, after = next_cover(words, corners, -2 - place, x, y)
            if rank == NOBODY:
                break
            place = -2 - after
        if n < len(found):
            found[n], along[n] = rank, on_border
        n += 1
    for k in range(len(spans)):
        if not spans[k, 0] <= middle <= spans[k, 1]:
            continue
        at = 0
        while at < min(n, len(found)) and found[at] < span_rank[k]:
            at += 1
        if at < min(n, len(found)) and found[at] == span_rank[k]:
            along[at] = True
            continue
        for j in range(min(n, len(found) - 1), at, -1):
            found[j], along[j] = found[j - 1], along[j - 1]
        if at < len(found):
            found[at], along[at] = span_rank[k], True
        n += 1
    return n
