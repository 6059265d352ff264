"""Equal points and equal segments under one number each: compiled hash tables, in the order of first appearance."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.spatial.planar.types import Flags, Ints

Slots = NDArray[np.int32]
_X, _Y, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(29)


@njit(cache=True, nogil=True, inline="always")
def bucket(x: int, y: int, mask: np.uint64) -> int:
    """A well mixed number from 0 to `mask` (2^k − 1) for two integers."""
    mixed = np.uint64(x) * _X ^ np.uint64(y) * _Y
    mixed ^= mixed >> _SHIFT
    mixed *= _X
    mixed ^= mixed >> _SHIFT
    return np.int64(mixed & mask)  # type: ignore[return-value]


def slots_for(count: int) -> Slots:
    """An empty table that is at most half full with `count` entries."""
    return np.full(1 << max(int(2 * count).bit_length(), 4), -1, np.int32)


@njit(cache=True, nogil=True)
def number_points(x: Ints, y: Ints, known: int, slots: Slots, px: Ints, py: Ints) -> tuple[Ints, int]:
    """The number of each point (px, py), and how many are known then; new ones are written to `x`, `y`."""
    numbers = np.empty(len(px), np.int64)
    mask = np.uint64(len(slots) - 1)
    for i in range(len(px)):
        at = bucket(px[i], py[i], mask)
        while True:
            number = slots[at]
            if number < 0:
                slots[at] = number = known
                x[known], y[known] = px[i], py[i]
                known += 1
                break
            if x[number] == px[i] and y[number] == py[i]:
                break
            at = (at + 1) & np.int64(mask)
        numbers[i] = number
    return numbers, known


@njit(cache=True, nogil=True)
def number_segments(
    a: Ints, b: Ints, alive: Flags, known: int, slots: Slots, start: Ints, end: Ints
) -> tuple[Ints, int]:
    """The number of each segment start[i] – end[i] in either direction, −1 without length; as `number_points`.

    Entries that are not `alive` stay in the table and equal nothing.
    """
    numbers = np.empty(len(start), np.int64)
    mask = np.uint64(len(slots) - 1)
    for i in range(len(start)):
        p, q = start[i], end[i]
        if p == q:
            numbers[i] = -1
            continue
        at = bucket(min(p, q), max(p, q), mask)
        while True:
            number = slots[at]
            if number < 0:
                slots[at] = number = known
                a[known], b[known], alive[known] = p, q, True
                known += 1
                break
            same = (a[number] == p and b[number] == q) or (a[number] == q and b[number] == p)
            if same and alive[number]:
                break
            at = (at + 1) & np.int64(mask)
        numbers[i] = number
    return numbers, known


@njit(cache=True, nogil=True)
def fill_slots(a: Ints, b: Ints, alive: Flags, slots: Slots) -> None:
    """Enter the segments that are alive, all different, into an empty table."""
    mask = np.uint64(len(slots) - 1)
    for i in range(len(a)):
        if alive[i]:
            at = bucket(min(a[i], b[i]), max(a[i], b[i]), mask)
            while slots[at] >= 0:
                at = (at + 1) & np.int64(mask)
            slots[at] = i
