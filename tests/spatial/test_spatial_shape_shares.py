"""Shares against areas and lengths known beforehand, and against geodesic ones (GeographicLib through pyproj)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from adversarial_points import tiling
from pyproj import Geod

from app.spatial.location.locate import GridIndex
from app.spatial.location.shape_shares import shape_shares

GEOD = Geod(ellps="WGS84")
SQUARES = np.array([shapely.box(113 + x * 0.01, 22, 113.01 + x * 0.01, 22.01) for x in range(3)], dtype=object)


def test_a_polygon_over_two_grids_and_beyond() -> None:
    index = GridIndex(["b", "a", "c"], SQUARES)
    found = shape_shares(index, shapely.box(113.005, 22.005, 113.015, 22.015))
    assert [(share.grid, pytest.approx(share.share, abs=1e-4)) for share in found.shares] == [(1, 0.25), (0, 0.25)]
    assert found.outside == pytest.approx(0.5, abs=1e-4)
    geodesic = abs(GEOD.geometry_area_perimeter(shapely.box(113.005, 22.005, 113.015, 22.015))[0])
    assert found.measure == pytest.approx(geodesic, rel=1e-3)


def test_a_line_has_lengths_and_a_stretch_along_a_border_belongs_to_the_lowest_code() -> None:
    index = GridIndex(["b", "a", "c"], SQUARES)
    line = shapely.LineString([(113.005, 22.005), (113.01, 22.005), (113.01, 22.008)])
    found = shape_shares(index, line)
    by_grid = {share.grid: share.measure for share in found.shares}
    assert by_grid[0] == pytest.approx(GEOD.line_length([113.005, 113.01], [22.005, 22.005]), rel=1e-3)
    assert by_grid[1] == pytest.approx(GEOD.line_length([113.01, 113.01], [22.005, 22.008]), rel=1e-3)
    assert sum(share.share for share in found.shares) == pytest.approx(1)
    assert found.outside == pytest.approx(0, abs=1e-9)


def test_a_border_that_only_touches_is_not_met() -> None:
    index = GridIndex(["a", "b", "c"], SQUARES)
    assert [share.grid for share in shape_shares(index, shapely.box(113.002, 22.002, 113.01, 22.004)).shares] == [0]


def test_overlapping_grids_both_count_and_outside_is_not_negative() -> None:
    pair = np.array([shapely.box(113, 22, 113.01, 22.01)] * 2, dtype=object)
    found = shape_shares(GridIndex(["a", "b"], pair), shapely.box(113.002, 22.002, 113.004, 22.004))
    assert [share.share for share in found.shares] == [pytest.approx(1), pytest.approx(1)]
    assert found.outside == 0


def test_shares_of_a_patch_inside_a_tiling_sum_to_one() -> None:
    rng = np.random.default_rng(2)
    tiles = tiling(rng, 60, (113.0, 22.0), 0.1)
    index = GridIndex([f"{i:03d}" for i in range(len(tiles))], tiles)
    for _ in range(5):
        x, y = rng.uniform(0.02, 0.08, 2)
        patch = shapely.Point(113 + x, 22 + y).buffer(0.015, quad_segs=600)
        for shape in (patch, shapely.boundary(patch)):
            found = shape_shares(index, shape)
            assert sum(share.share for share in found.shares) == pytest.approx(1, abs=1e-9)
            assert found.outside == pytest.approx(0, abs=1e-9)
            assert all(share.measure > 0 for share in found.shares)
