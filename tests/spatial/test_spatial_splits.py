"""Splits: a valid coverage, quantities to the unit, sizes under the maximum; areas by GEOS."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import CRS, random_pieces, squares

from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.terms import Band, LockedGrid, Rules
from app.spatial.splitting.splits import SplitAids, split_oversized

BAND = {"resident": Band("households", 30, 40, 50)}


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), count=st.integers(3, 30), large=st.integers(51, 250))
def test_random_ground_stays_a_coverage_with_the_same_totals(seed, count, large):
    pieces = random_pieces(seed, count, holes=True, island=True, areas=2, kinds=False)
    rng = np.random.default_rng(seed)
    pieces["households"] = np.where(rng.random(len(pieces)) < 0.3, large, pieces["households"] // 2)
    split, made = split_oversized(pieces, BAND)
    assert shapely.coverage_is_valid(split.geometry.to_numpy())
    assert (split.geom_type == "Polygon").all()
    assert split.geometry.area.sum() == pytest.approx(pieces.geometry.area.sum(), rel=1e-12)
    assert split["piece"].tolist() == list(range(len(split)))
    assert split["households"].max() <= 50
    for name in ("households", "businesses"):
        assert split[name].dtype == pieces[name].dtype
        assert split[name].sum() == pieces[name].sum()
    for one in made:
        parts = split.iloc[one.into]
        assert parts["households"].sum() == one.amount == pieces["households"].iloc[one.piece]
        assert (parts["split_from"] == one.piece).all()
        whole = shapely.union_all(parts.geometry.to_numpy(), grid_size=1e-3)
        assert whole.symmetric_difference(pieces.geometry.iloc[one.piece]).area < 1.0
        assert parts["area"].nunique() == 1
    assert len(split) == len(pieces) + sum(len(one.into) - 1 for one in made)


def test_a_long_piece_is_cut_across_its_short_side():
    pieces = gpd.GeoDataFrame({"households": [90]}, geometry=[shapely.box(0, 0, 1000, 100)], crs=CRS)
    split, made = split_oversized(pieces, BAND, aids=SplitAids(grain=1.0))
    assert len(split) == len(made[0].into) == 2
    assert split["households"].tolist() == [45, 45]
    assert build_adjacency(split.geometry.to_numpy()).length.max() < 110
    assert split.geometry.area.tolist() == pytest.approx([50_000, 50_000], rel=1e-4)


def test_parts_hold_about_a_quarter_of_a_target():
    split, _ = split_oversized(squares(1, 1, households=400), BAND)
    assert split["households"].tolist() == [10] * 40


def test_neighbours_get_the_vertices_of_the_cut():
    pieces = squares(3, 1, households=[10, 90, 10])
    split, _ = split_oversized(pieces, BAND, aids=SplitAids(grain=1.0))
    assert shapely.coverage_is_valid(split.geometry.to_numpy())
    before = shapely.get_num_coordinates(pieces.geometry.to_numpy())[[0, 2]].sum()
    assert shapely.get_num_coordinates(split.geometry.to_numpy())[[0, 2]].sum() >= before


def test_points_say_where_the_households_are():
    # the homes stand in the western fifth: the cut must run through them, not through the middle
    places = [(x, y) for x in (20, 60, 100, 140, 180) for y in (10, 30, 50, 70, 90, 110, 130, 150, 170, 190)]
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*places, strict=True)), crs=CRS)
    pieces = gpd.GeoDataFrame({"households": [60]}, geometry=[shapely.box(0, 0, 1000, 200)], crs=CRS)
    split, _ = split_oversized(pieces, BAND, aids=SplitAids(points, grain=1.0))
    assert split["households"].sum() == 60
    assert split["households"].max() <= 45
    uniform, _ = split_oversized(pieces, BAND, aids=SplitAids(grain=1.0))
    in_west = [int(points.covered_by(part).sum()) for part in uniform.geometry]
    assert sorted(in_west) == [0, 50]


def test_broken_amounts_sum_to_what_was_there():
    pieces = squares(1, 1, households=123.456)
    split, _ = split_oversized(pieces, BAND)
    assert split["households"].sum() == pytest.approx(123.456, rel=1e-15)


def test_a_campus_and_small_pieces_stay_as_they_are():
    bands = BAND | {"institution": Band("area_m2", 1_000, 2_000, 3_000)}
    pieces = squares(2, 1, households=[40, 900], kind=["resident", "institution"], campus=["", "u1"])
    split, made = split_oversized(pieces, bands)
    assert made == []
    assert split["split_from"].tolist() == [-1, -1]


def test_a_ring_shaped_piece_is_cut_without_filling_its_hole():
    ring = shapely.box(0, 0, 300, 300) - shapely.box(100, 100, 200, 200)
    pieces = gpd.GeoDataFrame({"households": [100, 10]}, geometry=[ring, shapely.box(100, 100, 200, 200)], crs=CRS)
    split, _ = split_oversized(pieces, BAND)
    assert shapely.coverage_is_valid(split.geometry.to_numpy())
    assert split.geometry.area.sum() == pytest.approx(90_000)
    assert (split.geometry.iloc[1].area, split["households"].iloc[1]) == (10_000, 10)


def roads_through(*lines: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(line) for line in lines], dtype=object)


def test_a_road_through_the_piece_is_the_cut():
    # a bent road from side to side: nothing straight would find it
    pieces = gpd.GeoDataFrame({"households": [90]}, geometry=[shapely.box(0, 0, 300, 200)], crs=CRS)
    road = roads_through([(140, -50), (140, 80), (170, 120), (170, 250)])
    split, (made,) = split_oversized(pieces, BAND, aids=SplitAids(roads=road, grain=1.0))
    assert len(split) == 2
    assert made.road_m == pytest.approx(made.line_m, rel=1e-6)
    assert shapely.MultiLineString(made.lines).hausdorff_distance(road[0] & pieces.geometry[0]) < 0.01
    assert sorted(split.geometry.area) == pytest.approx([29_000, 31_000])
    assert sorted(split["households"]) == [43, 47]  # 43.5 and 46.5
    assert shapely.coverage_is_valid(split.geometry.to_numpy())


def test_a_road_that_leads_nowhere_or_along_the_border_is_no_cut():
    pieces = gpd.GeoDataFrame({"households": [90]}, geometry=[shapely.box(0, 0, 300, 200)], crs=CRS)
    blind, beside = [(0, 50), (120, 50)], [(-10, 1), (310, 1)]
    split, (made,) = split_oversized(pieces, BAND, aids=SplitAids(roads=roads_through(blind, beside), grain=1.0))
    assert (len(split), made.road_m) == (2, 0.0)
    assert split.geometry.area.tolist() == pytest.approx([30_000, 30_000], rel=1e-4)


def test_what_a_road_cuts_off_is_joined_again_where_it_is_too_small():
    pieces = gpd.GeoDataFrame({"households": [90]}, geometry=[shapely.box(0, 0, 300, 200)], crs=CRS)
    road = roads_through([(20, -10), (20, 210)], [(150, -10), (150, 210)])
    split, (made,) = split_oversized(pieces, BAND, aids=SplitAids(roads=road, grain=1.0))
    assert sorted(split.geometry.area.tolist()) == pytest.approx([30_000, 30_000])
    assert made.line_m == pytest.approx(200)


def test_a_cut_passes_by_the_buildings():
    pieces = gpd.GeoDataFrame({"households": [90]}, geometry=[shapely.box(0, 0, 300, 100)], crs=CRS)
    house = np.array([shapely.box(140, 10, 160, 90)], dtype=object)
    split, (made,) = split_oversized(pieces, BAND, aids=SplitAids(buildings=house, grain=1.0))
    assert len(split) == 2
    assert shapely.MultiLineString(made.lines).intersection(house[0]).length == 0.0
    straight, (through,) = split_oversized(pieces, BAND, aids=SplitAids(grain=1.0))
    assert shapely.MultiLineString(through.lines).intersection(house[0]).length == pytest.approx(80.0)
    assert len(straight) == 2


def test_a_turned_piece_is_cut_at_right_angles_to_itself():
    turned = shapely.affinity.rotate(shapely.box(0, 0, 400, 100), 25, origin=(0, 0))
    pieces = gpd.GeoDataFrame({"households": [90]}, geometry=[turned], crs=CRS)
    _, (made,) = split_oversized(pieces, BAND, aids=SplitAids(grain=1.0))
    assert made.line_m == pytest.approx(100.0)


def test_what_is_refused_locked_or_a_compound_stays_whole():
    pieces = squares(4, 1, households=90, compound=["", "", "c", "d"])
    rules = Rules(locked=[LockedGrid("x", "resident", (1,))], compounds={"d": 2})
    split, made = split_oversized(pieces, BAND, rules=rules, refused=[0])
    assert [one.piece for one in made] == [3]
    assert set(split["split_from"]) == {-1, 3}


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), roads=st.integers(1, 8))
def test_random_roads_and_houses_leave_a_coverage(seed, roads):
    pieces = random_pieces(seed, 12, holes=True, island=True, areas=0, kinds=False)
    rng = np.random.default_rng(seed)
    pieces["households"] = rng.integers(0, 250, len(pieces))
    lines = [list(map(tuple, rng.uniform(-200.0, 2_200.0, (rng.integers(2, 5), 2)))) for _ in range(roads)]
    places = rng.uniform(0.0, 2_000.0, (40, 2))
    houses = np.array([shapely.box(x, y, x + 30, y + 20) for x, y in places], dtype=object)
    aids = SplitAids(roads=roads_through(*lines), buildings=houses)
    split, made = split_oversized(pieces, BAND, aids=aids)
    assert shapely.coverage_is_valid(split.geometry.to_numpy())
    assert (split.geom_type == "Polygon").all()
    assert split.geometry.area.sum() == pytest.approx(pieces.geometry.area.sum(), rel=1e-9)
    assert split["households"].sum() == pieces["households"].sum()
    for one in made:
        parts = split.geometry.iloc[one.into]
        assert 0.0 <= one.road_m <= one.line_m + 1e-6
        inner = (parts.length.sum() - shapely.union_all(parts.to_numpy()).length) / 2.0
        assert one.line_m == pytest.approx(inner, abs=0.01)
