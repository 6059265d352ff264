"""The two-level table of cells: built once from the borders of an edition, then read by compiled kernels.

A coarse cell is a word: the rank of the one grid that it lies in, OUTSIDE, or -2 minus the place of a block of finer
cells, as many as its borders ask for. Blocks begin at multiples of 8, and in these three bits is the shift: a block
has 2 ** shift cells a side. Their words are a rank, OUTSIDE, or -2 minus the place of a list (cell_cut.py); behind them
stand marks of the cells that edges pass (cell_marks.py). Everything is in one array, so that a call of a kernel hands
over three arrays and a process shares or sends an index as such.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from app.spatial.location.borders import Borders
from app.spatial.location.cell_cut import (
    EDGE,
    END_IN,
    END_OUT,
    KIND,
    STEP,
    UNMET,
    Floats,
    Scratch,
    Words,
    cut,
    row_of,
)
from app.spatial.location.cell_marks import set_mark, words_of_marks

OUTSIDE = -1
NOBODY = (1 << 29) - 1
"""The rank at the end of a list: nobody owns who came so far."""
COARSE_PER_GRID = 4.0
COARSE_MAX = 4_000_000
FINE_PER_WORD = 1.0
COARSE_MOST, FINE_MOST, FREE, FINE_FREE = 16, 8, 65_536, 1_024
"""Grids may lie upon each other, and each cell then names all of its grids. Coarse cells are made larger until they
hold no more than so many words for each corner and grid, finer ones until no more than so many for each word of the
coarse one; so many words are always free. Where grids lie side by side neither comes near."""
DEEP = 16
"""More grids than that in a coarse cell lie upon each other, and the same borders are counted many times."""
SHIFT_MAX = SHIFT = 7  # the most, and the bits that hold it
WEST, SOUTH, EAST, NORTH, PER_X, PER_Y, COLUMNS, ROWS = range(8)


@dataclass(frozen=True)
class CellTable:
    """`words`: the coarse cells row by row from the south-west, then blocks and lists. `corners`: n × 2, the rings one
    after another, each closed. `frame`: bounds, coarse cells per degree, columns and rows. Ranks: grids by code."""

    words: Words
    corners: Floats
    frame: Floats

    @property
    def nbytes(self) -> int:
        return int(self.words.nbytes + self.corners.nbytes)


def build_table(borders: Borders, grids: int) -> CellTable:
    """The table of `grids` polygons whose rings are `borders`, in the order of their ranks."""
    corners = borders.corners
    if len(corners) == 0:
        return CellTable(np.zeros(0, np.int32), corners, np.array([np.inf, np.inf, -np.inf, -np.inf, 0, 0, 0, 0]))
    wanted, most = min(max(COARSE_PER_GRID * grids, 1.0), COARSE_MAX), COARSE_MOST * (len(corners) + grids) + FREE
    room = 4 * len(corners) + 1024
    while True:
        frame = _frame(corners, wanted)
        gx = (corners[:, 0] - frame[WEST]) * frame[PER_X]
        gy = (corners[:, 1] - frame[SOUTH]) * frame[PER_Y]
        cells, words = np.empty(room, np.int32), np.empty(room, np.int32)
        n = _cut_coarse(gx, gy, borders.twin, borders.edges, borders.first, frame, cells, words)
        if n > most and wanted > 1.0:
            wanted /= 4.0
        elif n > room:
            room = n
        else:
            break
    starts, items = _by_cell(cells[:n], words[:n], int(frame[COLUMNS]) * int(frame[ROWS]))
    return CellTable(_build(gx, gy, borders.twin, starts, items, frame), corners, frame)


def _frame(corners: Floats, wanted: float) -> Floats:
    """About `wanted` coarse cells, about square in degrees."""
    lon, lat = corners[:, 0], corners[:, 1]  # each by itself: numpy takes forty times as long along the short axis
    west, south, east, north = (float(bound) for bound in (lon.min(), lat.min(), lon.max(), lat.max()))
    wide, high = east - west, north - south
    columns = int(np.clip(np.sqrt(wanted * wide / high), 1, 4096))
    rows = int(np.clip(wanted / columns, 1, 4096))
    return np.array([west, south, east, north, columns / wide, rows / high, columns, rows])


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _cut_coarse(
    gx: Floats,
    gy: Floats,
    twin: Words,
    edges: Words,
    first: npt.NDArray[np.int64],
    frame: Floats,
    cells: Words,
    words: Words,
) -> int:
    """Every polygon cut by the coarse cells; how many words that takes (more than there is room for: again)."""
    columns, rows = int(frame[COLUMNS]), int(frame[ROWS])
    scratch = _scratch(len(gx), columns, rows, _most_rows_met(gy, edges, first, rows - 1))
    n = 0
    for rank in range(len(first) - 1):
        if first[rank] == first[rank + 1]:
            continue
        c0, c1, r0, r1 = columns, 0, rows, 0
        for i in range(first[rank], first[rank + 1]):
            v = edges[i] >> 2
            c, r = min(int(gx[v]), columns - 1), min(int(gy[v]), rows - 1)
            c0, c1, r0, r1 = min(c0, c), max(c1, c), min(r0, r), max(r1, r)
        box = (c0, c1, r0, r1)
        n = cut(
            gx, gy, twin, edges, first[rank], first[rank + 1], rank, 0, (0, 0), 1, box, (columns, rows - 1),
            scratch, cells, words, n,
        )  # fmt: skip
    return n


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _scratch(corners: int, columns: int, rows: int, items: int) -> Scratch:
    return (
        np.full(corners, UNMET, np.int32),
        np.empty(columns + 2, np.int32),
        np.empty(columns + 2, np.int32),
        np.empty(rows + 2, np.int32),
        np.empty(rows + 2, np.int32),
        np.empty(items, np.int32),
    )


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _most_rows_met(gy: Floats, edges: Words, first: npt.NDArray[np.int64], top: int) -> int:
    """The most rows that the edges of one polygon pass, each edge's own counted."""
    most = 0
    for rank in range(len(first) - 1):
        met = 0
        for i in range(first[rank], first[rank + 1]):
            v = edges[i] >> 2
            met += abs(row_of(gy[v], 0, 1, top) - row_of(gy[v + 1], 0, 1, top)) + 1
        most = max(most, met)
    return most


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _by_cell(cells: Words, words: Words, size: int) -> tuple[npt.NDArray[np.int64], Words]:
    """Words sorted by cell, in their order within one; where each cell's begin."""
    starts = np.zeros(size + 1, np.int64)
    for cell in cells:
        starts[cell + 1] += 1
    starts = np.cumsum(starts)
    place, made = starts.copy(), np.empty(len(words), np.int32)
    for i in range(len(words)):
        made[place[cells[i]]] = words[i]
        place[cells[i]] += 1
    return starts, made


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _build(gx: Floats, gy: Floats, twin: Words, starts: npt.NDArray[np.int64], items: Words, frame: Floats) -> Words:
    """Coarse cells one by one: a word, or a block of finer ones."""
    columns, rows = int(frame[COLUMNS]), int(frame[ROWS])
    size = columns * rows
    made, n = np.empty(size + 8 * len(items) + 1024, np.int32), size
    widest = 1 << SHIFT_MAX
    scratch = _scratch(len(gx), widest, widest, _most_fine_rows_met(starts))
    cells, words = np.empty(1024, np.int32), np.empty(1024, np.int32)
    for cell in range(size):
        start, end = starts[cell], starts[cell + 1]
        if end - start <= 1:
            made[cell] = items[start] >> 2 if end > start and items[start] & KIND == END_IN else OUTSIDE
            continue
        shift, most = _shift_of(items, start, end), max(FINE_MOST * (end - start), FINE_FREE)
        origin = (cell % columns, cell // columns)
        while True:
            top = (1 << shift) - 1 if origin[1] == rows - 1 else 1 << shift
            count = _cut_fine(gx, gy, twin, items, start, end, origin, shift, top, scratch, cells, words)
            if count > most and shift > 0:
                shift -= 1
            elif count > len(words):
                cells, words = np.empty(2 * count, np.int32), np.empty(2 * count, np.int32)
            else:
                break
        fine, lists = _by_cell(cells[:count], words[:count], 1 << 2 * shift)
        if len(made) < n + 4 * len(fine) + count + 8:
            larger = np.empty(2 * (n + 4 * len(fine) + count + 8), np.int32)
            larger[:n] = made[:n]
            made = larger
        while n % 8:
            made[n] = 0
            n += 1
        made[cell] = -2 - (n + shift)
        n = _write_block(made, n, fine, lists)
    return made[:n]


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _shift_of(items: Words, start: int, end: int) -> int:
    """The shift to begin with for a coarse cell: less where many grids meet in it, none where no border does."""
    grids = 0
    for i in range(start, end):
        grids += (items[i] & KIND) in (END_IN, END_OUT)
    if grids == end - start:
        return 0
    return _shift((end - start) * DEEP // max(grids, DEEP))


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _shift(words: int) -> int:
    """2 ** shift finer cells a side, so that there are about FINE_PER_WORD of them for each word of the coarse one."""
    shift = 0
    while shift < SHIFT_MAX and 4.0**shift < FINE_PER_WORD * words:
        shift += 1
    return shift


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _most_fine_rows_met(starts: npt.NDArray[np.int64]) -> int:
    """As if every word of a coarse cell passed all its finer rows."""
    most = 0
    for cell in range(len(starts) - 1):
        words = starts[cell + 1] - starts[cell]
        most = max(most, words << _shift(words))
    return most


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _cut_fine(
    gx: Floats,
    gy: Floats,
    twin: Words,
    items: Words,
    start: int,
    end: int,
    origin: tuple[int, int],
    shift: int,
    top: int,
    scratch: Scratch,
    cells: Words,
    words: Words,
) -> int:
    """All polygons of one coarse cell cut by its finer cells."""
    side = 1 << shift
    box = (0, side - 1, 0, side - 1)
    n, begin = 0, start
    for i in range(start, end):
        kind = items[i] & KIND
        if kind in (END_IN, END_OUT):
            base = 1 if kind == END_IN else 0
            n = cut(
                gx, gy, twin, items, begin, i, items[i] >> 2, base, origin, side, box, (side, top), scratch, cells,
                words, n,
            )  # fmt: skip
            begin = i + 1
    return n


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def _write_block(made: Words, n: int, fine: npt.NDArray[np.int64], lists: Words) -> int:
    """A block: the words of its cells, marks of those that edges pass, the lists."""
    table, marks = n, n + len(fine) - 1
    n = marks + words_of_marks(len(fine) - 1)
    for place in range(marks, n):
        made[place] = 0
    for cell in range(len(fine) - 1):
        start, end = fine[cell], fine[cell + 1]
        if end - start <= 1:
            made[table + cell] = lists[start] >> 2 if end > start and lists[start] & KIND == END_IN else OUTSIDE
            continue
        made[n] = _only(lists, start, end)
        n += 1
        made[table + cell] = -2 - n
        for i in range(start, end):
            if lists[i] & KIND == EDGE:
                set_mark(made, marks, cell)
            made[n] = lists[i]
            n += 1
        made[n] = NOBODY << 2 | END_OUT
        n += 1
    return n


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _only(lists: Words, start: int, end: int) -> int:
    """The rank whose edges are all that a list has, OUTSIDE where several have one."""
    only, edges = NOBODY, 0
    for i in range(start, end):
        kind, rank = lists[i] & KIND, lists[i] >> 2
        if kind == EDGE:
            edges += 1
        elif kind != STEP and edges:
            if only != NOBODY:
                return OUTSIDE
            only, edges = rank, 0
    return only
