"""What lies nearest to a point, cells taken from it outwards, against the distance to every grid's border."""

from __future__ import annotations

import numpy as np
import pytest
from adversarial_points import border_points, messy, tiling
from hypothesis import given, settings
from hypothesis import strategies as st

from app.spatial.location import cell_near
from app.spatial.location.cell_table import NOBODY
from app.spatial.location.locate import GridIndex

SIZE = 0.03


@pytest.fixture(scope="module", params=[(113.0, 22.0), (-77.0, -0.015), (20.0, 69.0), (0.0, 89.95)], ids=str)
def index(request: pytest.FixtureRequest) -> GridIndex:
    """Grids at middle latitudes, across the equator, in the north, and where degrees are no flat picture."""
    rng = np.random.default_rng(7)
    polygons = np.concatenate([tiling(rng, 40, request.param, SIZE), messy(rng, 15, request.param, SIZE)])
    return GridIndex([f"G{i:03d}" for i in range(len(polygons))], polygons)


@settings(max_examples=60)
@given(
    at=st.tuples(st.floats(0, SIZE), st.floats(0, SIZE)),
    limit=st.sampled_from([0.5, 30.0, 200.0, 2000.0, 50_000.0]),
    own=st.integers(0, 54),
)
def test_nearest_are_those_of_all_borders(index: GridIndex, at: tuple[float, float], limit: float, own: int) -> None:
    west, south = index._cells[2][:2]
    _compare(index, float(west + at[0]), float(south + at[1]), limit, own)


def test_points_on_borders_and_a_double_beside(index: GridIndex) -> None:
    points = border_points(index._shapes, np.random.default_rng(3), 1)
    for x, y in points[:: max(len(points) // 150, 1)].tolist():
        _compare(index, x, y, 300.0, 3)


def _compare(index: GridIndex, x: float, y: float, limit: float, own: int) -> None:
    n = len(index)
    every = index.border_m(np.full(n, x), np.full(n, y), index.order)  # by rank
    others = np.delete(every, own)
    mine, other, rank, third = cell_near.near(*index._cells, x, y, limit, own, NOBODY)
    expected = [distance if distance <= limit else np.inf for distance in (every[own], others.min())]
    assert [found if found <= limit else np.inf for found in (mine, other)] == expected
    if other <= limit:
        assert every[rank] == other
        second = np.sort(others)[1]
        near_tie = second <= other + cell_near.FURTHER_M / 2
        assert third == second if near_tie and second <= limit else third >= second
