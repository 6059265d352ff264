"""Shares against areas and lengths known beforehand, and against geodesic ones (GeographicLib through pyproj)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import shapely
from adversarial_points import messy, tiling
from pyproj import Geod, Transformer

from app.spatial.coordinates.crs import metric_crs
from app.spatial.location.locate import GridIndex
from app.spatial.location.shape_shares import shape_shares

Tiling = Callable[[np.random.Generator, int, tuple[float, float], float], np.ndarray]
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


def star(rng: np.random.Generator, centre: np.ndarray, size: float, corners: int) -> shapely.Polygon:
    """Ragged, with a hole."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    around = np.column_stack([np.cos(angles), np.sin(angles)])
    shell = centre + around * rng.uniform(0.5, 1, (corners, 1)) * size
    return shapely.make_valid(shapely.Polygon(shell) - shapely.Polygon(centre + around * 0.2 * size))


@cache
def mover(crs: str) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """By PROJ, to which making one takes a tenth of a second."""
    return Transformer.from_crs(4326, crs, always_xy=True).transform


def metres2(shape: shapely.Geometry, middle: tuple[float, float]) -> float:
    """In the system of the place, by PROJ; edges straight in degrees come in steps of 20 m."""
    move = mover(metric_crs(*middle))
    fine = shapely.segmentize(shape, 0.0002)
    return float(shapely.transform(fine, lambda pairs: np.column_stack(move(pairs[:, 0], pairs[:, 1]))).area)


@pytest.mark.parametrize("seed", range(6))
def test_shares_are_those_of_the_intersections_that_geos_makes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = (messy, tiling)[seed % 2](rng, 30, (113.0, 22.0), 0.02)
    index = GridIndex([f"{i:03d}" for i in range(len(network))], network)
    for corners in (5, 60, 700):
        shape = star(rng, rng.uniform((113, 22), (113.02, 22.02)), rng.uniform(0.001, 0.02), corners)
        found = shape_shares(index, shape)
        west, south, east, north = shape.bounds
        middle = (west + east) / 2, (south + north) / 2
        parts = [shapely.intersection(shape, grid) for grid in network]
        whole = metres2(shape, middle)
        shares = {i: share for i, part in enumerate(parts) if (share := metres2(part, middle) / whole) > 1e-9}
        assert {share.grid: share.share for share in found.shares} == pytest.approx(shares, abs=1e-8)
        assert found.outside == pytest.approx(1 - metres2(shapely.union_all(parts), middle) / whole, abs=1e-8)
        assert found.measure == pytest.approx(whole, rel=1e-7)


def test_a_shape_made_of_grids_has_their_areas_and_meets_no_other() -> None:
    """Every edge runs along one of a grid."""
    rng = np.random.default_rng(5)
    tiles = tiling(rng, 40, (113.0, 22.0), 0.05)
    index = GridIndex([f"{i:03d}" for i in range(len(tiles))], tiles)
    chosen = sorted(rng.choice(len(tiles), 12, replace=False).tolist())
    found = shape_shares(index, shapely.union_all(tiles[chosen]))
    assert [share.grid for share in found.shares] == chosen
    alone = [shape_shares(index, tiles[at]) for at in chosen]
    assert [share.measure for share in found.shares] == pytest.approx([each.measure for each in alone], rel=1e-7)
    assert all([share.share for share in each.shares] == [pytest.approx(1, abs=1e-9)] for each in alone)
    assert found.outside == 0


def test_a_patch_beside_every_grid_lies_outside() -> None:
    found = shape_shares(GridIndex(["a", "b", "c"], SQUARES), shapely.box(114, 23, 114.01, 23.01))
    assert (found.shares, found.outside) == ((), 1)


def lines_only(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.multilinestrings(parts[shapely.get_dimensions(parts) == 1])


def by_intersections(polygons: np.ndarray, line: shapely.Geometry) -> dict[int, float]:
    """Metres in each polygon, those first in order before others along borders, by intersections of GEOS."""
    middle = shapely.box(*line.bounds).centroid
    move = mover(metric_crs(middle.x, middle.y))
    found, taken = {}, shapely.LineString()
    for k, polygon in enumerate(polygons):
        part = lines_only(shapely.difference(lines_only(shapely.intersection(line, polygon)), taken))
        bent = shapely.segmentize(part, 0.0001)
        metres = shapely.length(shapely.transform(bent, lambda xy: np.column_stack(move(*xy.T))))
        taken = shapely.union(taken, lines_only(shapely.intersection(part, shapely.boundary(polygon))))
        if metres > 1e-6:
            found[k] = metres
    return found


def lines_of(polygons: np.ndarray, rng: np.random.Generator) -> list[shapely.Geometry]:
    """A trail that crosses itself, a long way in few corners, a level line, two at once; two edges of one polygon."""
    west, south, east, north = shapely.total_bounds(polygons)
    size = np.array([east - west, north - south])
    middle = np.array([west, south]) + size * rng.uniform(0.3, 0.7, 2)
    trail = shapely.LineString(middle + np.cumsum(rng.normal(0, 0.01, (300, 2)), axis=0) * size)
    ways = shapely.LineString(rng.uniform((west - 0.001, south - 0.001), (east + 0.001, north + 0.001), (6, 2)))
    corners = shapely.get_coordinates(polygons[rng.integers(len(polygons))])
    at = int(rng.integers(len(corners) - 1))
    border = shapely.LineString(corners[at : at + 3])
    level = shapely.LineString([(west, middle[1]), (east, middle[1])])
    return [trail, ways, level, shapely.multilinestrings([ways, level]), border]


@pytest.mark.parametrize("make", [tiling, messy])
@pytest.mark.parametrize("seed", range(4))
def test_metres_of_lines_are_those_of_the_intersections_that_geos_makes(make: Tiling, seed: int) -> None:
    """GEOS counts once what a line passes twice, so that no line retraces itself here; and where an edge crosses a
    stretch that runs along another, its nodes leave the border by rounding: such stretches are asked of tilings."""
    rng = np.random.default_rng(seed)
    polygons = make(rng, 30, (113.0, 22.0), 0.05)
    index = GridIndex([f"{i:03d}" for i in range(len(polygons))], polygons)
    for line in lines_of(polygons, rng)[: 5 if make is tiling else 4]:
        found, expected = shape_shares(index, line), by_intersections(polygons, line)
        metres = {share.grid: share.measure for share in found.shares if share.measure > 1e-6}
        assert metres == pytest.approx(expected, rel=1e-9, abs=1e-9 * found.measure)
        covered = shapely.union_all(polygons)
        outside = by_intersections(np.array([shapely.box(112, 21, 114, 23) - covered]), line).get(0, 0.0)
        assert found.outside == pytest.approx(outside / found.measure, abs=1e-9)


def test_whoever_goes_there_and_back_is_counted_twice() -> None:
    index = GridIndex(["a", "b", "c"], SQUARES)
    there = [(113.002, 22.005), (113.012, 22.005)]
    once, twice = (shape_shares(index, shapely.LineString(way)) for way in (there, [*there, there[0]]))
    assert twice.measure == pytest.approx(2 * once.measure)
    assert [share.share for share in twice.shares] == pytest.approx([share.share for share in once.shares])
    assert twice.outside == 0


def test_lines_beside_every_grid_and_an_edition_without_grids() -> None:
    line = shapely.LineString([(113.5, 23), (113.6, 23.1)])
    for index in (GridIndex(["a", "b", "c"], SQUARES), GridIndex([], np.empty(0, dtype=object))):
        assert (shape_shares(index, line).shares, shape_shares(index, line).outside) == ((), 1.0)


def test_many_grids_and_many_borders_on_one_segment() -> None:
    """More stretches, pairs and times than there is room for at first."""
    many = np.array([shapely.box(113 + i * 1e-4, 22, 113 + (i + 1) * 1e-4, 22.01) for i in range(700)], dtype=object)
    over = np.array([shapely.box(113, 22, 113.07, 22.01)] * 20, dtype=object)
    index = GridIndex([f"{i:04d}" for i in range(720)], np.concatenate([many, over]))
    found = shape_shares(index, shapely.LineString([(113, 22.005), (113.07, 22.005)]))
    assert [share.share for share in found.shares] == pytest.approx([1 / 700] * 700 + [1.0] * 20, rel=1e-3)
    assert found.outside == 0
