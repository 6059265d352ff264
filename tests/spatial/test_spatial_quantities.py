"""Quantities on pieces: totals before = after, and amounts by brute force (pairwise intersections)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPoint, Point, box

from app.errors import InputError
from app.spatial.pieces.overlay import overlay
from app.spatial.pieces.quantities import add_quantities

CRS = "EPSG:32650"


def pieces_of(*shapes) -> gpd.GeoDataFrame:
    grids = gpd.GeoDataFrame({"code": [str(i) for i in range(len(shapes))]}, geometry=list(shapes), crs=CRS)
    return overlay({"a": grids}, crs=CRS).pieces


def layer_of(shapes, **quantities) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(quantities, geometry=list(shapes), crs=CRS)


HALVES = pieces_of(box(0, 0, 10, 10), box(10, 0, 20, 10))


@given(seed=st.integers(0, 10**9), whole=st.booleans())
def test_totals_before_are_totals_after(seed, whole):
    rng = np.random.default_rng(seed)
    size = rng.uniform(5, 15)
    pieces = pieces_of(*(box(i * size, j * size, (i + 1) * size, (j + 1) * size) for i in range(4) for j in range(4)))
    places = rng.uniform(0, 4 * size, (30, 2))
    zones = [box(x, y, x + dx, y + dy) for (x, y), (dx, dy) in zip(places, rng.uniform(0.1, 30, (30, 2)), strict=True)]
    shapes = [*zones[:10], *(zone.exterior for zone in zones[10:15]), *shapely.points(places[15:])]
    layer = layer_of(shapes, households=rng.integers(0, 500, 30), people=rng.uniform(0, 9, 30).round() * 2)
    made, report = add_quantities(pieces, layer, ["households", "people"], whole=whole)
    for name in ("households", "people"):
        total = report.quantities[name]
        assert total.before == layer[name].sum()
        assert total.unplaced == 0
        assert made[name].sum() == pytest.approx(total.before, abs=1e-7)
        if whole:
            assert made[name].sum() == total.before
            assert (made[name] == made[name].round()).all()


@given(seed=st.integers(0, 10**9))
def test_polygons_are_shared_out_by_area(seed):
    rng = np.random.default_rng(seed)
    pieces = pieces_of(*(box(i * 7, 0, i * 7 + 7, 20) for i in range(5)))
    corners = rng.uniform(-3, 30, (6, 2))
    zones = [box(x, y, x + 9, y + 4) for x, y in corners]
    counts = rng.integers(1, 90, 6)
    made, report = add_quantities(pieces, layer_of(zones, households=counts), ["households"])
    expected, lost = np.zeros(5), 0
    for zone, count in zip(zones, counts, strict=True):
        parts = np.array([zone.intersection(piece).area for piece in pieces.geometry])
        if parts.sum() > 0:
            expected += count * parts / parts.sum()
        else:
            lost += count
    assert made["households"].to_numpy() == pytest.approx(expected)
    assert report.quantities["households"].unplaced == lost


def test_a_zone_that_sticks_out_keeps_its_count_and_one_outside_is_unplaced():
    zones = [box(5, 0, 15, 10), box(19, 0, 39, 10), box(50, 50, 60, 60)]
    made, report = add_quantities(HALVES, layer_of(zones, households=[100, 40, 7]), ["households"])
    assert made["households"].tolist() == [50.0, 90.0]
    assert (report.unplaced, report.mostly_outside) == ([3], [2])
    assert report.quantities["households"].unplaced == 7


def test_points_on_a_border_belong_to_the_lowest_piece():
    made, _ = add_quantities(HALVES, layer_of([Point(10, y) for y in (0, 3, 10)], jobs=[1, 2, 4]), ["jobs"])
    assert made["jobs"].tolist() == [7.0, 0.0]


def test_points_outside_go_to_the_nearest_piece_only_within_the_distance():
    layer = layer_of([Point(22, 5), Point(26, 5), Point(10, 12), Point()], jobs=[1, 2, 4, 8])
    assert add_quantities(HALVES, layer, ["jobs"])[1].unplaced == [1, 2, 3, 4]
    made, report = add_quantities(HALVES, layer, ["jobs"], nearest_m=3.0)
    assert made["jobs"].tolist() == [4.0, 1.0]  # (10, 12) is as near to both: the lowest piece
    assert (report.unplaced, report.nearest, report.quantities["jobs"].unplaced) == ([2, 4], 2, 10)


def test_lines_count_by_length_and_multipoints_by_points():
    layer = layer_of([LineString([(4, 5), (12, 5)]), MultiPoint([(1, 1), (12, 1), (13, 1), (99, 99)])], metres=[80, 9])
    made, _ = add_quantities(HALVES, layer, ["metres"])
    assert made["metres"].tolist() == pytest.approx([60 + 3, 20 + 6])


def test_of_a_collection_the_highest_dimension_counts():
    mixed = GeometryCollection([box(0, 0, 1, 1), Point(15, 5), LineString([(11, 1), (19, 1)])])
    made, _ = add_quantities(HALVES, layer_of([mixed], people=[5]), ["people"])
    assert made["people"].tolist() == [5.0, 0.0]


def test_whole_units_go_to_the_largest_remainders():
    thirds = pieces_of(box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1))
    made, _ = add_quantities(
        thirds, layer_of([box(0, 0, 3, 1), box(0, 0, 2.8, 1)], people=[10, 1]), ["people"], whole=True
    )
    assert made["people"].tolist() == [4 + 1, 3, 3]


def test_a_quantity_that_is_there_is_added_to_and_columns_keep_their_order():
    once, _ = add_quantities(HALVES, layer_of([Point(1, 1)], jobs=[3]), ["jobs"])
    twice, _ = add_quantities(once, layer_of([Point(2, 2)], jobs=[4]), ["jobs"])
    assert twice["jobs"].tolist() == [7.0, 0.0]
    assert twice.columns.tolist() == ["piece", "a", "area", "jobs", "area_m2", "geometry"]
    assert twice.attrs["quantities"] == ["jobs"]
    assert "jobs" not in HALVES.columns


def test_features_without_a_number_are_counted_as_nothing_and_told():
    _, report = add_quantities(HALVES, layer_of([Point(1, 1), Point(2, 2)], jobs=[3.0, np.nan]), ["jobs"])
    assert (report.quantities["jobs"].before, report.quantities["jobs"].missing) == (3.0, 1)


@pytest.mark.parametrize(
    ("value", "whole", "message"),
    [(-1.0, False, "row 2 .* negative"), (1.5, True, "row 2 .* not a whole number")],
)
def test_numbers_that_cannot_be_counted_are_refused(value, whole, message):
    layer = layer_of([Point(1, 1), Point(1, 2)], jobs=[1.0, value])
    with pytest.raises(InputError, match=message):
        add_quantities(HALVES, layer, ["jobs"], whole=whole)
    with pytest.raises(InputError, match="no quantity 'people'"):
        add_quantities(HALVES, layer, ["people"])
