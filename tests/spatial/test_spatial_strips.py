"""An overlay noded in strips is the overlay noded whole, bit for bit: the whole is the oracle."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from random_networks import CRS, frame, networks_of
from shapely import LineString, Polygon, box

from app.spatial.pieces.overlay import OverlayOptions, overlay
from app.spatial.planar.noding import Steps
from app.spatial.planar.strips import arrange


def same(one, other):
    assert one.pieces.geometry.to_wkb().tolist() == other.pieces.geometry.to_wkb().tolist()
    assert one.pieces.drop(columns="geometry").equals(other.pieces.drop(columns="geometry"))
    assert one.report == other.report
    assert one.borders.drop(columns="geometry").equals(other.borders.drop(columns="geometry"))
    assert shapely.equals_exact(
        shapely.normalize(one.borders.geometry.to_numpy()), shapely.normalize(other.borders.geometry.to_numpy())
    ).all()


def options(strips: int, **more: float) -> OverlayOptions:
    return OverlayOptions(strips=strips, verify=False, **more)


@given(seed=st.integers(0, 10**9), strips=st.integers(2, 7))
def test_strips_make_the_same_pieces_and_borders(seed, strips):
    networks = networks_of(seed)
    same(overlay(networks, crs=CRS, options=options(strips)), overlay(networks, crs=CRS, options=options(1)))


@given(seed=st.integers(0, 10**9), strips=st.integers(2, 5))
def test_strips_of_crowded_pixels_need_many_rounds_and_get_them(seed, strips):
    """Lines between points of a 9 × 9 lattice that is the precision grid: cuts draw further cuts across the strips."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 9, (30, 2, 2))
    lines = [LineString(pair) for pair in ends if (pair[0] != pair[1]).any()]
    cuts = {"lines": gpd.GeoDataFrame(geometry=lines, crs=CRS)}
    grids = {"a": frame([box(0, 0, 8, 8), Polygon([(0, 0), (8, 1), (7, 8)]), Polygon([(0, 8), (8, 7), (1, 0)])])}
    more = {"grid_size": 1.0, "sliver_area": 0.0}
    same(
        overlay(grids, cuts=cuts, crs=CRS, options=options(strips, **more)),
        overlay(grids, cuts=cuts, crs=CRS, options=options(1, **more)),
    )


@pytest.mark.parametrize("rounds", [1, 2, 6])
def test_too_few_rounds_are_made_good(rounds):
    rng = np.random.default_rng(5)
    points = rng.integers(0, 60, (400, 2)).astype(np.int64)
    start = np.arange(0, 400, 2)
    steps = Steps(points[:, 0].copy(), points[:, 1].copy(), start, start + 1, np.full(200, -1))
    whole, parts = arrange(steps, 1.0, 1), arrange(steps, 1.0, 4, rounds)
    assert segments(whole) == segments(parts)


def segments(arcs) -> set[frozenset[tuple[int, int]]]:
    points = list(zip(arcs.x[arcs.path].tolist(), arcs.y[arcs.path].tolist(), strict=True))
    found = set()
    for first, stop in zip(arcs.first[:-1], arcs.first[1:], strict=True):
        found |= {frozenset(pair) for pair in zip(points[first : stop - 1], points[first + 1 : stop], strict=True)}
    return found
