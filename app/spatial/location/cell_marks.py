"""One bit for each finer cell of a block, set where an edge passes: what a search for borders jumps along. Compiled.

Bits stand row by row behind the words of a block's cells, 32 in a word.
"""

from __future__ import annotations

from numba import njit
from numba.cpython.unsafe.numbers import leading_zeros, trailing_zeros

from app.spatial.location.cell_cut import Words

BITS = 32
ALL = 0xFFFFFFFF


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def words_of_marks(cells: int) -> int:
    """How many words the marks of so many cells take."""
    return (cells + BITS - 1) // BITS


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def set_mark(words: Words, marks: int, cell: int) -> None:
    """`marks`: where the marks of the block begin."""
    words[marks + (cell >> 5)] |= 1 << (cell & 31)


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def next_mark(words: Words, marks: int, cell: int, end: int) -> int:
    """The first marked cell from `cell` on, `end` when there is none before it."""
    if cell >= end:
        return end
    at = cell >> 5
    held = (words[marks + at] & ALL) >> (cell & 31) << (cell & 31)
    while held == 0:
        at += 1
        if at << 5 >= end:
            return end
        held = words[marks + at] & ALL
    return min((at << 5) + trailing_zeros(held), end)


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def previous_mark(words: Words, marks: int, cell: int, start: int) -> int:
    """The last marked cell up to `cell`, start - 1 when there is none from `start` on."""
    if cell < start:
        return start - 1
    at = cell >> 5
    held = words[marks + at] & ((2 << (cell & 31)) - 1)
    while held == 0:
        at -= 1
        if (at << 5) + 31 < start:
            return start - 1
        held = words[marks + at] & ALL
    return max((at << 5) + 63 - leading_zeros(held), start - 1)
