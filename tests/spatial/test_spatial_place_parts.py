"""Ground cut by places, against random points: each part's places are those its points lie in."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.spatial.location.place_parts import cut_by_places

UNITS = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], dtype=object)
corner = st.integers(-2, 21)
boxes = st.lists(
    st.tuples(corner, corner, st.integers(1, 8), st.integers(1, 8)).map(
        lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
    ),
    max_size=4,
)


@given(boxes)
def test_parts_are_the_sets_of_places_that_occur(drawn: list[shapely.Polygon]) -> None:
    """Corners are whole numbers, so the middle of every unit square stands for it."""
    places = np.array(drawn, dtype=object)
    made = cut_by_places(UNITS, places, least_m2=0.5)
    x, y = np.meshgrid(np.arange(20) + 0.5, np.arange(10) + 0.5)
    x, y = x.ravel(), y.ravel()
    expected: dict[tuple[int, tuple[int, ...]], float] = {}
    for a, b in zip(x, y, strict=True):
        key = int(a > 10), tuple(n for n, place in enumerate(drawn) if place.contains(shapely.Point(a, b)))
        expected[key] = expected.get(key, 0.0) + 1.0
    found: dict[tuple[int, tuple[int, ...]], float] = {}
    for unit, area, inside in zip(made.unit, made.area, made.inside.T, strict=True):
        key = int(unit), tuple(np.flatnonzero(inside).tolist())
        found[key] = found.get(key, 0.0) + area
    assert found.keys() == expected.keys()
    assert all(abs(found[key] - area) < 1e-9 for key, area in expected.items())


def test_slivers_of_places_are_no_parts() -> None:
    made = cut_by_places(UNITS, np.array([shapely.box(9.99, 0, 20, 10)], dtype=object), least_m2=0.5)
    assert made.unit.tolist() == [0, 1]
    assert made.inside.tolist() == [[False, True]]
