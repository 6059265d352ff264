"""Marks of cells against a list of them, and arrays on large pages against themselves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.spatial.location import large_pages
from app.spatial.location.cell_marks import next_mark, previous_mark, set_mark, words_of_marks
from app.spatial.location.large_pages import on_large_pages


@given(
    shift=st.integers(0, 7),
    marked=st.sets(st.integers(0, 2**14 - 1), max_size=40),
    row=st.integers(0, 127),
    cell=st.integers(-1, 128),
)
def test_marks_are_found_on_both_sides(shift: int, marked: set[int], row: int, cell: int) -> None:
    side = 1 << shift
    held = sorted({each % (side * side) for each in marked})
    words = np.zeros(3 + words_of_marks(side * side), np.int32)
    for each in held:
        set_mark(words, 3, each)
    start = row % side * side
    end, at = start + side, start + min(cell, side)
    assert next_mark(words, 3, max(at, start), end) == next((c for c in held if max(at, start) <= c < end), end)
    before = [c for c in held if start <= c <= min(at, end - 1)]
    assert previous_mark(words, 3, min(at, end - 1), start) == (before[-1] if before else start - 1)
    assert not words[:3].any()


def test_arrays_on_large_pages_are_the_same_and_begin_at_lines() -> None:
    rng = np.random.default_rng(1)
    words, corners = rng.integers(0, 9, 100_001).astype(np.int32), rng.random((70_001, 2))
    held = on_large_pages(words, corners)
    for made, array in zip(held, (words, corners), strict=True):
        assert (made == array).all()
        assert made.dtype == array.dtype
        assert made.flags.c_contiguous
        assert made.flags.writeable
        assert made.ctypes.data % large_pages.LINE == 0
    small = np.arange(10)
    assert on_large_pages(small)[0] is small
