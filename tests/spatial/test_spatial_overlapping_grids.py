"""Grids that lie upon each other, dozens deep: the table stays small, and every answer is that of shapely."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from adversarial_points import beside

from app.spatial.location.borders import borders_of
from app.spatial.location.cell_table import build_table
from app.spatial.location.locate import GridIndex

WEST, SOUTH = 113.0, 22.0
BYTES_A_CORNER = 400
"""Five times what grids side by side take, and a hundredth of what 300 upon each other took without a bound."""


def blob(rng: np.random.Generator, x: float, y: float, radius: float, corners: int = 40) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = radius * (1 + 0.2 * rng.standard_normal(corners).clip(-2, 2))
    return shapely.Polygon(np.column_stack([x + reach * np.cos(turn), y + reach * np.sin(turn)]))


def copies(n: int) -> npt.NDArray[np.object_]:
    return np.array([blob(np.random.default_rng(1), WEST, SOUTH, 0.02)] * n, dtype=object)


def heap(n: int, deep: int) -> npt.NDArray[np.object_]:
    """`n` grids of which each lies upon about so many others."""
    rng = np.random.default_rng(2)
    radius = 0.1 * np.sqrt(deep / (4 * np.pi * n))
    return np.array(
        [blob(rng, x, y, radius) for x, y in np.array([WEST, SOUTH]) + rng.uniform(0, 0.1, (n, 2))], dtype=object
    )


@pytest.mark.parametrize("polygons", [copies(300), heap(600, 50), copies(40)], ids=["copies", "heap", "few copies"])
def test_grids_upon_each_other_are_answered_exactly_from_a_small_table(polygons: npt.NDArray[np.object_]) -> None:
    rng = np.random.default_rng(3)
    codes = [f"G{i:04d}" for i in rng.permutation(len(polygons))]
    index = GridIndex(codes, polygons)
    assert index.nbytes < BYTES_A_CORNER * shapely.get_num_coordinates(polygons).sum() + 300_000

    west, south, east, north = shapely.total_bounds(polygons)
    corners = shapely.get_coordinates(polygons)
    points = np.vstack([
        rng.uniform((west, south), (east, north), (300, 2)),
        beside(corners[rng.integers(0, len(corners), 20)]),
    ])  # fmt: skip
    covered = shapely.intersects_xy(polygons[None, :], points[:, :1], points[:, 1:])
    ranks = np.argsort(np.argsort(codes))
    expected = [min(np.flatnonzero(row), key=ranks.__getitem__, default=-1) for row in covered]
    assert index.locate(points[:, 0], points[:, 1]).owner.tolist() == expected
    pairs = index.cover(points[:, 0], points[:, 1])
    assert set(zip(pairs.point.tolist(), pairs.grid.tolist(), strict=True)) == set(
        zip(*(each.tolist() for each in np.nonzero(covered)), strict=True)
    )


def test_probes_of_grids_upon_each_other_name_the_owner_and_its_nearest() -> None:
    polygons = heap(300, 30)
    index = GridIndex([f"G{i:04d}" for i in range(len(polygons))], polygons)
    rng = np.random.default_rng(4)
    for x, y in rng.uniform((WEST, SOUTH), (WEST + 0.1, SOUTH + 0.1), (40, 2)).tolist():
        inside = np.flatnonzero(shapely.contains_xy(polygons, x, y)).tolist()
        probed = index.probe(x, y, 2000.0)
        assert [probe.grid for probe in probed] == inside
        for probe in probed:
            borders = index.border_m(np.full(len(polygons), x), np.full(len(polygons), y), np.arange(len(polygons)))
            assert probe.border_m == borders[probe.grid]
            others = [0.0 if at in inside else borders[at] for at in range(len(polygons)) if at != probe.grid]
            assert probe.runner_up is not None
            assert probe.runner_up.distance_m <= min(others) + 0.001


def test_thousands_upon_each_other_have_few_coarse_cells() -> None:
    polygons = np.array([shapely.box(WEST, SOUTH, WEST + 0.1, SOUTH + 0.1)] * 3_000, dtype=object)
    borders = borders_of(polygons)
    table = build_table(borders, len(polygons))
    assert len(table.words) < 100 * len(borders.corners), "without a bound each of 12,000 coarse cells names them all"
