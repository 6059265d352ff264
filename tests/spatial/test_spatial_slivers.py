"""Slivers: what counts as one, where it goes, and that the ground stays whole (areas by hand, coverage by GEOS)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box
from shapely.affinity import translate

from app.spatial.pieces.overlay import OverlayOptions, overlay
from app.spatial.pieces.slivers import Regions, Shared, SliverLimits, absorb, is_sliver, sliver_width

CRS = "EPSG:32650"


def frame(shapes, codes) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=CRS)


def test_width_is_twice_the_area_by_the_perimeter():
    strip, square = box(0, 0, 1000, 0.4), box(0, 0, 3, 3)
    assert sliver_width(np.array([strip, square])).tolist() == pytest.approx([800 / 2000.8, 18 / 12])


def test_a_sliver_is_small_and_thin():
    area, width = np.array([9.0, 9.0, 11.0, 11.0]), np.array([0.4, 0.6, 0.4, 0.6])
    assert is_sliver(area, width, SliverLimits(10.0, 0.5)).tolist() == [True, False, False, False]
    assert not is_sliver(area, width, SliverLimits(0.0, 0.5)).any()
    assert not is_sliver(area, width, SliverLimits(10.0, 0.0)).any()


def test_a_sliver_goes_to_the_longest_shared_edge():
    """A strip of 20 × 0.2 m above a grid of 12 m and one of 8 m."""
    low = frame([box(0, 0, 12, 10), box(12, 0, 20, 10)], ["L", "R"])
    laid = overlay({"a": low, "b": frame([box(0, 0, 20, 10.2)], ["B"])}, crs=CRS)
    assert laid.pieces[["a", "b", "area_m2"]].to_numpy().tolist() == [["L", "B", 124.0], ["R", "B", 80.0]]
    slivers = laid.report.slivers
    assert (slivers.found, slivers.absorbed, slivers.left, slivers.moved_m2) == (1, 1, 0, pytest.approx(4.0))
    assert laid.report.valid


def test_a_sliver_stays_in_its_administrative_area():
    """The strip along the upper border shares 20 m with area 1 and only its 0.2 m end with its own area 2."""
    grids = frame([box(0, 0, 20, 10), box(0, 10, 20, 10.2), box(20, 0, 30, 10.2)], ["A", "S", "C"])
    areas = frame(
        [box(0, 0, 20, 10), Polygon([(0, 10), (20, 10), (20, 0), (30, 0), (30, 10.2), (0, 10.2)])], ["1", "2"]
    )
    laid = overlay({"a": grids}, areas=areas, crs=CRS)
    assert laid.pieces[["a", "area"]].to_numpy().tolist() == [["A", "1"], ["C", "2"]]
    assert laid.pieces["area_m2"].tolist() == pytest.approx([200.0, 106.0])


def test_what_has_no_neighbour_in_its_area_is_left_and_told():
    grids = frame([box(0, 0, 20, 10), box(0, 10, 20, 10.2)], ["A", "S"])
    areas = frame([box(0, 0, 20, 10), box(0, 10, 20, 10.2)], ["1", "2"])
    laid = overlay({"a": grids}, areas=areas, crs=CRS)
    assert len(laid.pieces) == 2
    assert (laid.report.slivers.found, laid.report.slivers.absorbed, laid.report.slivers.left) == (1, 0, 1)


def test_a_sliver_outside_every_area_may_go_into_one():
    grids = frame([box(0, 0, 20, 10.2)], ["A"])
    laid = overlay({"a": grids}, areas=frame([box(0, 0, 20, 10)], ["1"]), crs=CRS)
    assert laid.pieces["area"].tolist() == ["1"]
    assert laid.report.slivers.adopted == 1


def test_a_gap_that_is_a_sliver_is_closed_and_a_real_hole_is_not():
    left = Polygon([(0, 0), (10, 0), (10, 10), (0, 10)])
    right = Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10.2, 5)])
    around = box(-5, -5, 25, 15).difference(shapely.union_all([left, right, box(10, 0, 10.3, 10)]))
    pond = around.difference(box(-4, -4, -2, -2))
    laid = overlay({"a": frame([left, right, pond], ["L", "R", "X"])}, crs=CRS)
    assert (laid.report.gaps_closed, laid.report.gap_m2) == (1, pytest.approx(1.0))
    assert (laid.report.holes, laid.report.hole_m2) == (1, pytest.approx(4.0))
    assert laid.pieces["area_m2"].sum() == pytest.approx(600.0 - 4.0)
    assert shapely.union_all(laid.pieces.geometry.values).area == pytest.approx(596.0)


def test_slivers_side_by_side_go_outward_until_none_is_left():
    """Forty borders 5 cm apart: absorbed in rounds, by the grids on either side."""
    lefts = {f"n{i:02d}": frame([box(0, 0, 10 + i * 0.05, 10)], [f"{i}"]) for i in range(40)}
    laid = overlay({**lefts, "all": frame([box(0, 0, 30, 10)], ["all"])}, crs=CRS)
    assert len(laid.pieces) == 2
    assert laid.report.slivers.left == 0
    assert laid.pieces["area_m2"].sum() == pytest.approx(300.0)
    assert laid.report.valid


@given(seed=st.integers(0, 10**9))
def test_absorbing_keeps_the_ground_and_leaves_no_sliver_that_could_go(seed):
    """A network and its copy, re-digitised: moved by centimetres to decimetres, plus areas."""
    rng = np.random.default_rng(seed)
    cells = [box(i * 20, j * 20, i * 20 + 20, j * 20 + 20) for i in range(4) for j in range(4)]
    codes = [f"{number:02d}" for number in range(len(cells))]
    shift = rng.uniform(-0.6, 0.6, 2)
    networks = {"a": frame(cells, codes), "b": frame([translate(cell, *shift) for cell in cells], codes)}
    areas = frame([box(-5, -5, 40 + rng.uniform(-0.3, 0.3), 90), box(40, -5, 90, 90)], ["1", "2"])
    laid = overlay(networks, areas=areas, crs=CRS)
    raw = overlay(networks, areas=areas, crs=CRS, options=OverlayOptions(sliver_area=0))
    pieces = laid.pieces
    assert pieces["area_m2"].sum() == pytest.approx(raw.pieces["area_m2"].sum(), rel=1e-12)
    assert laid.report.valid
    assert pieces.is_valid.all()
    thin = pieces[is_sliver(pieces["area_m2"].to_numpy(), sliver_width(pieces.geometry.values), SliverLimits(10, 0.5))]
    assert len(thin) == laid.report.slivers.left
    for _, sliver in thin.iterrows():
        beside = pieces[pieces.intersection(sliver.geometry).length > 1e-6]
        assert sliver["area"] not in set(beside[beside["piece"] != sliver["piece"]]["area"])
    for area in ("1", "2"):  # an area may only grow, by slivers that lay in none
        assert (
            pieces[pieces["area"] == area]["area_m2"].sum() >= raw.pieces.query("area == @area")["area_m2"].sum() - 1e-6
        )


def test_ties_go_to_the_lowest_region():
    regions = Regions(
        np.array([0.0, 1.0, 100.0, 100.0]), np.array([0.0, 20.4, 40.0, 40.0]), np.zeros(4, int),
        np.array([False, True, True, True]), np.array([False, True, True, True]),
    )  # fmt: skip
    shared = Shared(np.array([1, 1, 2]), np.array([3, 2, 3]), np.array([5.0, 5.0, 9.0]))
    into, report = absorb(regions, shared, SliverLimits(10.0, 0.5))
    assert into.tolist() == [0, 2, 2, 3]
    assert report.absorbed == 1
