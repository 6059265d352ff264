"""Whether a grid stays in one piece when a unit leaves it: exact, the cheap test first."""

from __future__ import annotations

import numba
import numpy as np

from app.spatial.search.ground import MASK_BITS


@numba.njit(cache=True, inline="always")
def leaves_whole(indptr, indices, near, part, unit, own, stay, stamp, queue, marks):  # type: ignore[no-untyped-def]
    """`own`: bits of the slots of `unit` that lead into its grid, `stay` of them.

    Where the unit's neighbours in the grid hang together among themselves, nothing can fall apart; that settles nine
    cases in ten. Otherwise the grid is searched. `stamp` (per unit), `queue` (room for the grid's units) and `marks`
    (one element, the last stamp used) are scratch.
    """
    if stay <= 1:
        return True
    start, end = indptr[unit], indptr[unit + 1]
    if end - start <= MASK_BITS and _hang_together(near, start, end, own):
        return True
    marks[0] += 1
    return _searched(indptr, indices, part, unit, stay, stamp, queue, marks[0])


@numba.njit(cache=True, inline="always")
def _hang_together(near, start, end, own):  # type: ignore[no-untyped-def]
    reached = own & (~own + np.uint64(1))  # the lowest bit
    fresh = reached
    while fresh != 0:
        grown, bit = reached, np.uint64(1)
        for slot in range(start, end):
            if fresh & bit:
                grown |= near[slot]
            bit <<= np.uint64(1)
        grown &= own
        fresh = grown & ~reached
        reached = grown
    return reached == own


@numba.njit(cache=True)
def _searched(indptr, indices, part, unit, stay, stamp, queue, mark):  # type: ignore[no-untyped-def]
    """Breadth-first search from one neighbour; it ends as soon as all `stay` neighbours in the grid are found."""
    a, first = part[unit], -1
    for slot in range(indptr[unit], indptr[unit + 1]):
        beside = indices[slot]
        if part[beside] == a:
            stamp[beside] = -mark  # wanted
            first = beside
    stamp[unit] = mark
    stamp[first] = mark
    queue[0] = first
    head, tail, found = 0, 1, 1
    while head < tail and found < stay:
        here = queue[head]
        head += 1
        for slot in range(indptr[here], indptr[here + 1]):
            beside = indices[slot]
            if part[beside] == a and stamp[beside] != mark:
                if stamp[beside] == -mark:
                    found += 1
                stamp[beside] = mark
                queue[tail] = beside
                tail += 1
    return found == stay
