"""Who drew the borders of pieces. Oracle: distances to the boundaries of the sources, by shapely."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from random_networks import CRS, EVERY_FACE, frame, networks_of
from shapely import LineString, box

from app.spatial.pieces.border_changes import borders_after
from app.spatial.pieces.borders import NOBODY, drawn_metres
from app.spatial.pieces.overlay import OverlayOptions, overlay

LIMIT = 1e-5  # borders are rounded to 1e-7 m, and bent by as much


def perimeters(borders: gpd.GeoDataFrame, count: int) -> np.ndarray:
    inner = borders["right"] != NOBODY
    left = np.bincount(borders["left"], weights=borders.length, minlength=count)
    return left + np.bincount(borders["right"][inner], weights=borders.length[inner], minlength=count)


@given(seed=st.integers(0, 10**9))
def test_every_stretch_names_exactly_the_networks_whose_boundary_it_is(seed):
    networks = networks_of(seed)
    laid = overlay(networks, crs=CRS, options=EVERY_FACE)
    borders = laid.borders
    assert np.allclose(perimeters(borders, len(laid.pieces)), laid.pieces.length, atol=LIMIT)
    assert np.allclose(borders["length_m"], borders.length, atol=LIMIT)
    lines, row = shapely.get_parts(borders.geometry.to_numpy(), return_index=True)
    steps = [shapely.get_coordinates(line) for line in lines]
    middles = shapely.points(np.concatenate([(one[1:] + one[:-1]) / 2 for one in steps]))
    long = np.concatenate([np.hypot(*(one[1:] - one[:-1]).T) for one in steps]) > 1e-3
    row = np.repeat(row, [len(one) - 1 for one in steps])
    for name, network in networks.items():
        named = np.array([name in names for names in borders["drawn_by"]])[row]
        away = shapely.distance(middles, shapely.union_all(shapely.boundary(network.geometry.to_numpy())))
        assert (away[named] < LIMIT).all()
        assert (away[~named & long] > 0).all()


@given(seed=st.integers(0, 10**9))
def test_the_left_piece_lies_on_the_left(seed):
    laid = overlay(networks_of(seed), crs=CRS, options=OverlayOptions())
    pieces = laid.pieces.geometry.to_numpy()
    for left, right, shape in laid.borders[["left", "right", "geometry"]].itertuples(index=False):
        assert right == NOBODY or left < right
        for line in shape.geoms:
            ring = shapely.orient_polygons(pieces[left])
            assert shapely.shared_paths(line, ring.boundary).geoms[0].length == pytest.approx(line.length)


def test_areas_and_cut_layers_are_named():
    laid = overlay(
        {"a": frame([box(0, 0, 4, 4)])},
        areas=frame([box(0, 0, 2, 4), box(2, 0, 4, 4)], ["1", "2"]),
        cuts={"roads": gpd.GeoDataFrame(geometry=[LineString([(0, 1), (4, 1)])], crs=CRS)},
        crs=CRS,
        options=EVERY_FACE,
    )
    inner = laid.borders[laid.borders["right"] != NOBODY]
    assert sorted(zip(map("|".join, inner["drawn_by"]), inner["length_m"], strict=True)) == [
        ("areas", 1.0), ("areas", 3.0), ("roads", 2.0), ("roads", 2.0)]  # fmt: skip
    outer = laid.borders[laid.borders["right"] == NOBODY]
    assert set(map("|".join, outer["drawn_by"])) == {"a|areas"}
    assert outer["length_m"].sum() == 16.0


def test_what_two_networks_drew_a_hair_apart_is_drawn_by_both():
    a = frame([box(0, 0, 100, 100), box(100, 0, 200, 100)])
    b = frame([box(0, 0, 100.02, 100), box(100.02, 0, 200, 100)])
    laid = overlay({"a": a, "b": b}, crs=CRS)
    inner = laid.borders[laid.borders["right"] != NOBODY]
    assert inner["drawn_by"].tolist() == [["a", "b"]]
    assert inner["length_m"].tolist() == [100.0]


def test_a_split_draws_what_is_new_and_leaves_the_rest_to_those_who_drew_it():
    sides = frame([box(0, 0, 4, 4), box(4, 0, 8, 4)])
    top = frame([box(0, 0, 4, 4), box(4, 0, 8, 2), box(4, 2, 8, 4)])
    laid = overlay({"a": sides, "b": top}, crs=CRS, options=EVERY_FACE)
    assert laid.pieces["area_m2"].tolist() == [16.0, 8.0, 8.0]
    parts = [
        shapely.Polygon([(0, 0), (4, 0), (4, 1), (0, 1)]),
        laid.pieces.geometry[1].union(shapely.Point(4, 1)),
        laid.pieces.geometry[2],
        shapely.Polygon([(0, 1), (4, 1), (4, 2), (4, 4), (0, 4)]),
    ]
    parts[1] = shapely.Polygon([(4, 0), (8, 0), (8, 2), (4, 2), (4, 1)])  # the neighbour has the new corner
    pieces = gpd.GeoDataFrame({"piece": [0, 1, 2, 3]}, geometry=parts, crs=CRS)
    borders = borders_after(laid.borders, pieces, np.array([0, 1, 2, 0]))
    inner = borders[borders["right"] != NOBODY]
    told = {(left, right): (names, metres) for left, right, names, metres in inner.iloc[:, :4].itertuples(index=False)}
    assert told == {
        (0, 1): (["a", "b"], 1.0),
        (0, 3): (["split"], 4.0),
        (1, 2): (["b"], 4.0),
        (1, 3): (["a", "b"], 1.0),
        (2, 3): (["a", "b"], 2.0),
    }
    assert np.allclose(perimeters(borders, 4), pieces.length)
    edited = borders_after(laid.borders, pieces, np.array([0, 1, 2, 0]), {0: "edit"})
    assert edited["drawn_by"].tolist() == [["edit"] if names == ["split"] else names for names in borders["drawn_by"]]
    metres = drawn_metres(borders, {0: "x", 1: "x", 2: "y", 3: "y"})
    assert metres == {"total": 9.0, "a": 1.0, "b": 5.0, "split": 4.0}


def test_without_splits_the_borders_stay():
    laid = overlay(networks_of(3), crs=CRS)
    same = borders_after(laid.borders, laid.pieces, laid.pieces["piece"].to_numpy())
    assert same.equals(laid.borders)
