"""One point's owner, border and runner-up against every border measured one by one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from adversarial_points import border_points, messy, random_points, tiling

from app.spatial.location.locate import GridIndex

LIMIT_M = 900.0


@pytest.mark.parametrize(("name", "size"), [("tiling", 0.05), ("tiling", 0.002), ("messy", 0.04)])
def test_border_and_runner_up_are_those_of_all_borders(name: str, size: float) -> None:
    rng = np.random.default_rng(11)
    polygons = {"tiling": tiling, "messy": messy}[name](rng, 25, (113.0, 22.0), size)
    codes = [f"G{number:03d}" for number in rng.permutation(len(polygons))]
    index, by_code = GridIndex(codes, polygons), np.argsort(codes)
    points = np.vstack([random_points(polygons, rng, 150), border_points(polygons, rng, 1)[::31]])
    for lon, lat in points.tolist():
        every = np.arange(len(polygons))
        away = index.border_m([lon] * len(every), [lat] * len(every), every)
        covering = shapely.intersects_xy(polygons, lon, lat)
        interior = shapely.contains_xy(polygons, lon, lat)
        listed = [k for k in by_code if covering[k]]
        probes = index.probe(lon, lat, LIMIT_M)
        assert [probe.grid for probe in probes] == listed[:1] + [k for k in listed[1:] if interior[k]]
        for probe in probes:
            assert probe.inside == interior[probe.grid]
            assert probe.border_m == pytest.approx(away[probe.grid] if probe.inside else 0.0, abs=1e-9)
            check_nearest(probe.runner_up, np.where(covering, 0.0, away), probe.grid, by_code)
        if not probes:
            check_nearest(index.nearest(lon, lat, LIMIT_M), away, -1, by_code)


def check_nearest(near: object, away: np.ndarray, besides: int, by_code: np.ndarray) -> None:
    others = [k for k in by_code if k != besides]
    least = min(away[k] for k in others)
    if least > LIMIT_M:
        assert near is None
        return
    assert near is not None
    assert near.grid == next(k for k in others if away[k] <= least + 0.001)
    assert near.distance_m == pytest.approx(away[near.grid], abs=1e-9)


def test_whether_a_border_is_within_a_distance() -> None:
    rng = np.random.default_rng(12)
    polygons = messy(rng, 20, (113.0, 22.0), 0.03)
    index = GridIndex([str(i) for i in range(20)], polygons)
    points = random_points(polygons, rng, 400)
    grids = rng.integers(0, 20, 400)
    away = index.border_m(points[:, 0], points[:, 1], grids)
    for limit in (2.0, 150.0):
        assert index.border_within(points[:, 0], points[:, 1], grids, limit).tolist() == (away < limit).tolist()


@pytest.mark.parametrize("seed", range(6))
def test_thousands_of_corners_in_one_place_and_a_long_edge_beside_are_located_exactly(seed: int) -> None:
    """Cells of two levels, against GEOS, which tests/spatial/test_spatial_locate.py holds exact here."""
    rng = np.random.default_rng(seed)
    fine = tiling(rng, 400, (113.0, 22.0), 0.002)
    coarse = [
        shapely.box(113.002, 22.0, 113.9, 22.9),
        shapely.Polygon([(112, 21.9), (113.9, 21.9), (113.9, 22), (112, 22)]),
    ]
    polygons = np.array([*fine, *coarse], dtype=object)
    codes = [f"{number:04d}" for number in rng.permutation(len(polygons))]
    points = np.vstack(
        [border_points(fine[:150], rng, 1), random_points(polygons, rng, 3000), border_points(polygons[-2:], rng, 4)]
    )
    index, tree = GridIndex(codes, polygons), shapely.STRtree(polygons)
    point, grid = tree.query(shapely.points(points), predicate="intersects")
    expected = [-1] * len(points)
    for p, g in sorted(zip(point.tolist(), grid.tolist(), strict=True), key=lambda pair: codes[pair[1]], reverse=True):
        expected[p] = g
    assert index.locate(points[:, 0], points[:, 1], threads=2).owner.tolist() == expected
