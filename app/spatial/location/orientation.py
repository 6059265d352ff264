"""On which side of an edge a point lies, exactly, compiled.

The sign of a determinant of doubles is certain when it exceeds its own rounding (the filter of J. R. Shewchuk, Adaptive
Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997). Otherwise it is summed up without
rounding, as a non-overlapping expansion of the sixteen parts of its products.
"""

from __future__ import annotations

from numba import njit
from numba.cpython.unsafe.tuple import tuple_setitem

HALF_ULP = 2.0**-53
FILTER = (3.0 + 16.0 * HALF_ULP) * HALF_ULP
SMALL = 1e-280
"""Below it products may have lost digits by underflow; the filter does not hold."""
SCALE = 2.0**500
"""Lifts points as near to 0 as doubles go away from underflow; degrees stay far from overflow. Exact: a power of 2."""
SPLIT = 2.0**27 + 1.0
Expansion = tuple[float, ...]
NOTHING: Expansion = (0.0,) * 16
"""An expansion without parts. A tuple: an array would have to be made for each question."""


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def orientation(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 when p lies left of a → b, -1 right, 0 on the line: never wrong.

    For coordinates in degrees. Corners of an edge may be 0 or at least 1e-100 in size; points may be any double.
    """
    left, right = (bx - ax) * (py - ay), (by - ay) * (px - ax)
    turn = left - right
    if abs(turn) > FILTER * (abs(left) + abs(right)) and abs(turn) > SMALL:
        return 1 if turn > 0.0 else -1
    return exact_orientation(ax * SCALE, ay * SCALE, bx * SCALE, by * SCALE, px * SCALE, py * SCALE)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def exact_orientation(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """The same without a filter, for scaled coordinates."""
    sum_ = _add_product(NOTHING, 0, _difference(bx, ax), _difference(py, ay))
    sum_ = _add_product(sum_, 8, _difference(ay, by), _difference(px, ax))
    for i in range(15, -1, -1):
        if sum_[i] != 0.0:
            return 1 if sum_[i] > 0.0 else -1
    return 0


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _difference(a: float, b: float) -> tuple[float, float]:
    """a - b as a rounded value and what rounding left out."""
    rounded = a - b
    b_seen = a - rounded
    a_seen = rounded + b_seen
    return rounded, (a - a_seen) + (b_seen - b)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _product(a: float, b: float) -> tuple[float, float]:
    """a * b as a rounded value and what rounding left out (Dekker)."""
    rounded = a * b
    lifted = SPLIT * a
    a_high = lifted - (lifted - a)
    lifted = SPLIT * b
    b_high = lifted - (lifted - b)
    a_low, b_low = a - a_high, b - b_high
    return rounded, a_low * b_low - (((rounded - a_high * b_high) - a_low * b_high) - a_high * b_low)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _add_product(sum_: Expansion, n: int, u: tuple[float, float], v: tuple[float, float]) -> Expansion:
    """Add (u0 + u1) * (v0 + v1) to an expansion of n parts, which makes it eight longer."""
    for a in u:
        for b in v:
            rounded, rest = _product(a, b)
            sum_ = _grow(_grow(sum_, n, rest), n + 1, rounded)
            n += 2
    return sum_


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _grow(sum_: Expansion, n: int, value: float) -> Expansion:
    """Add one value to n parts; they stay non-overlapping and in the order of their size."""
    carried = value
    for i in range(n):
        total = carried + sum_[i]
        seen = total - carried
        sum_ = tuple_setitem(sum_, i, (carried - (total - seen)) + (sum_[i] - seen))
        carried = total
    return tuple_setitem(sum_, n, carried)
