"""Orientation against rational arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from app.spatial.location.orientation import orientation

DEGREES = st.floats(-180, 180).filter(lambda value: value == 0 or abs(value) > 1e-100)
ANY = st.floats(-180, 180)


def truth(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    a, b, p = ((Fraction(x), Fraction(y)) for x, y in ((ax, ay), (bx, by), (px, py)))
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return (turn > 0) - (turn < 0)


@given(DEGREES, DEGREES, DEGREES, DEGREES, ANY, ANY)
@example(0.0, 0.0, 0.01, 0.01, 5e-324, 0.0)
@example(0.0, 0.0, 0.01, 0.0, 0.005, 5e-324)
@example(113.0, 22.0, 114.0, 23.0, 113.5, 22.5)
def test_any_point_and_any_edge(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> None:
    assert orientation(ax, ay, bx, by, px, py) == truth(ax, ay, bx, by, px, py)


@given(DEGREES, DEGREES, DEGREES, DEGREES, st.floats(0, 1), st.integers(-2, 2), st.integers(-2, 2))
def test_points_on_an_edge_and_a_few_doubles_beside(
    ax: float, ay: float, bx: float, by: float, share: float, right: int, up: int
) -> None:
    px, py = ax + share * (bx - ax), ay + share * (by - ay)
    for _ in range(abs(right)):
        px = float(np.nextafter(px, np.inf * right))
    for _ in range(abs(up)):
        py = float(np.nextafter(py, np.inf * up))
    assert orientation(ax, ay, bx, by, px, py) == truth(ax, ay, bx, by, px, py)
