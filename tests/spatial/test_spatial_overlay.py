"""The overlay on random tilings and small cases.

Oracles: pairwise intersections by shapely (brute force), `geopandas.overlay`, and `unary_union` + `polygonize` of GEOS;
the overlay itself uses none of them.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import CRS, EAST, EVERY_FACE, NORTH, frame, networks_of, tiling
from shapely import LineString, Point, Polygon, box
from shapely.affinity import translate

from app.errors import InputError
from app.spatial.pieces.overlay import OverlayOptions, overlay
from app.spatial.planar import cells, crossings, strips, threads


@given(seed=st.integers(0, 10**9))
def test_pieces_cover_the_union_without_overlap(seed):
    networks = networks_of(seed)
    laid = overlay(networks, crs=CRS, options=EVERY_FACE)
    pieces = laid.pieces
    union = shapely.union_all(np.concatenate([one.geometry.values for one in networks.values()]))
    assert pieces.area.sum() == pytest.approx(union.area, rel=1e-9)
    assert shapely.union_all(pieces.geometry.values).area == pytest.approx(pieces.area.sum(), rel=1e-9)
    assert shapely.coverage_is_valid(pieces.geometry.values)
    assert pieces.is_valid.all()
    assert laid.report.valid
    assert abs(laid.report.area_error) < 1e-9
    assert set(pieces.geom_type) == {"Polygon"}
    assert pieces["piece"].tolist() == list(range(len(pieces)))


@given(seed=st.integers(0, 10**9))
def test_each_piece_lies_inside_exactly_the_grids_it_names(seed):
    networks = networks_of(seed)
    pieces = overlay(networks, crs=CRS, options=EVERY_FACE).pieces
    for name, network in networks.items():
        shared = shapely.area(
            shapely.intersection(pieces.geometry.to_numpy()[:, None], network.geometry.to_numpy()[None, :])
        )
        named = np.array([[code in codes.split("|") for code in network["code"]] for codes in pieces[name]])
        slack = 1e-5 * pieces.length.to_numpy()[:, None]
        whole = pieces.area.to_numpy()[:, None]
        assert (np.abs(shared - np.where(named, whole, 0.0)) <= slack).all()
    assert (pieces[["a", "b", "c"]] != "").any(axis=1).all()


@given(seed=st.integers(0, 10**9))
def test_areas_by_label_are_those_of_geopandas_overlay(seed):
    rng = np.random.default_rng(seed)
    sides = {}
    for name in "ab":  # geopandas.overlay wants networks that do not overlap themselves
        shapes = [shape for shape in tiling(rng) if shape.geom_type == "Polygon"]
        kept = []
        for shape in shapes:
            if all(shape.intersection(other).area < 1e-6 for other in kept):
                kept.append(shape)
        sides[name] = frame(kept)
    pieces = overlay(sides, crs=CRS, options=EVERY_FACE).pieces
    theirs = gpd.overlay(
        sides["a"].rename(columns={"code": "a"}), sides["b"].rename(columns={"code": "b"}), how="union",
        keep_geom_type=False,
    )  # fmt: skip
    theirs = theirs.assign(m2=theirs.area).fillna({"a": "", "b": ""}).groupby(["a", "b"])["m2"].sum()
    ours = pieces.groupby(["a", "b"])["area_m2"].sum()
    difference = ours.sub(theirs, fill_value=0.0).abs()
    assert difference.max() < 1e-3


@given(seed=st.integers(0, 10**9))
def test_order_of_networks_grids_and_parts_does_not_matter(seed):
    networks = networks_of(seed)
    first = overlay(networks, crs=CRS).pieces
    shuffled = {name: networks[name].sample(frac=1.0, random_state=seed % 997) for name in reversed(networks)}
    second = overlay(shuffled, crs=CRS).pieces
    assert first.geometry.to_wkb().tolist() == second.geometry.to_wkb().tolist()
    assert first[["piece", "a", "b", "c", "area_m2"]].equals(second[["piece", "a", "b", "c", "area_m2"]])
    assert second.attrs["networks"] == ["c", "b", "a"]


@given(seed=st.integers(0, 10**9), count=st.integers(1, 25))
def test_faces_are_those_of_geos_polygonize(seed, count):
    """Random lines that cross, touch and end freely; shapely.polygonize of the noded lines as the oracle."""
    rng = np.random.default_rng(seed)
    places = np.round(rng.uniform(0, 100, (count, 2, 2)), int(rng.integers(0, 3))) + np.array([EAST, NORTH])
    lines = [LineString(place) for place in places if (place[0] != place[1]).any()]
    ground = box(EAST - 5, NORTH - 5, EAST + 105, NORTH + 105)
    cuts = {"lines": gpd.GeoDataFrame(geometry=lines, crs=CRS)} if lines else {}
    pieces = overlay({"a": frame([ground])}, cuts=cuts, crs=CRS, options=EVERY_FACE).pieces
    noded = shapely.unary_union([*lines, ground.exterior], grid_size=1e-6)
    theirs = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    ours, theirs = np.sort(pieces.area), np.sort(shapely.area(theirs))
    real = theirs[theirs > 1e-3]
    assert np.allclose(ours[ours > 1e-3], real, rtol=1e-6, atol=1e-3)
    assert pieces.area.sum() == pytest.approx(ground.area, rel=1e-12)
    assert shapely.coverage_is_valid(pieces.geometry.values)


def test_ground_in_one_network_only_is_kept_and_names_no_other():
    a, b = frame([box(0, 0, 2, 2)], ["A"]), frame([box(1, 0, 3, 2)], ["B"])
    pieces = overlay({"a": a, "b": b}, crs=CRS, options=EVERY_FACE).pieces
    assert sorted(zip(pieces["a"], pieces["b"], pieces["area_m2"], strict=True)) == [
        ("", "B", 2.0), ("A", "", 2.0), ("A", "B", 2.0)]  # fmt: skip
    assert (pieces["area"] == "").all()


def test_a_grid_over_itself_is_told_by_both_codes():
    pieces = overlay({"a": frame([box(0, 0, 2, 2), box(1, 0, 3, 2)], ["Z", "B"])}, crs=CRS, options=EVERY_FACE).pieces
    assert pieces["a"].tolist() == ["Z", "B|Z", "B"]


def test_unowned_ground_inside_an_area_is_a_piece_and_a_hole_is_none():
    ring = box(0, 0, 9, 9).difference(box(3, 3, 6, 6))
    alone = overlay({"a": frame([ring])}, crs=CRS, options=EVERY_FACE)
    assert (len(alone.pieces), alone.report.holes, alone.report.hole_m2) == (1, 1, 9.0)
    inside = overlay({"a": frame([ring])}, areas=frame([box(0, 0, 9, 9)], ["440115"]), crs=CRS, options=EVERY_FACE)
    assert sorted(zip(inside.pieces["a"], inside.pieces["area"], inside.pieces["area_m2"], strict=True)) == [
        ("", "440115", 9.0), ("000", "440115", 72.0)]  # fmt: skip
    assert inside.report.holes == 0


def test_of_two_areas_the_lowest_code_counts_and_it_is_told():
    laid = overlay(
        {"a": frame([box(0, 0, 4, 1)])}, areas=frame([box(2, 0, 4, 1), box(0, 0, 3, 1)], ["20", "10"]), crs=CRS,
        options=EVERY_FACE,
    )  # fmt: skip
    assert laid.pieces["area"].tolist() == ["10", "10", "20"]
    assert (laid.report.contested, laid.report.contested_m2) == (1, 1.0)


def test_cuts_cut_and_own_nothing():
    cuts = {
        "roads": gpd.GeoDataFrame(geometry=[LineString([(-1, 1), (5, 1)]), LineString([(2, 1.5), (2, 9)])], crs=CRS),
        "blocks": gpd.GeoDataFrame(geometry=[box(3, -3, 9, 9), Point(1, 1), None], crs=CRS),
    }
    laid = overlay({"a": frame([box(0, 0, 4, 4)])}, cuts=cuts, crs=CRS, options=EVERY_FACE)
    assert laid.pieces["area_m2"].tolist() == [3.0, 9.0, 1.0, 3.0]  # the loose end at (2, 1.5) parts nothing
    assert laid.report.holes == 0


def test_islands_lie_in_the_face_around_them():
    """Three networks of squares in each other that touch nowhere: nesting is found by place, not along borders."""
    squares = {name: frame([box(i, i, 20 - i, 20 - i)]) for i, name in enumerate("abcdefg")}
    pieces = overlay(squares, crs=CRS, options=EVERY_FACE).pieces
    assert [int((row != "").sum()) for row in pieces[list(squares)].to_numpy()] == [1, 2, 3, 4, 5, 6, 7]
    assert pieces["area_m2"].tolist() == [400 - 324, 324 - 256, 256 - 196, 196 - 144, 144 - 100, 100 - 64, 64]


def test_rings_that_touch_themselves_make_valid_pieces():
    pinched = Polygon(
        [(0, 0), (10, 0), (10, 10), (0, 10)], [[(0, 5), (3, 3), (6, 5), (3, 7)], [(6, 5), (8, 4), (8, 6)]]
    )
    pieces = overlay({"a": frame([pinched])}, crs=CRS, options=EVERY_FACE).pieces
    assert pieces.is_valid.all()
    assert pieces["area_m2"].sum() == pytest.approx(pinched.area)


def test_many_owners_of_one_ground():
    shapes = [box(0, 0, 1 + i, 5) for i in range(40)]
    pieces = overlay({"a": frame(shapes)}, crs=CRS, options=EVERY_FACE).pieces
    assert [len(codes.split("|")) for codes in pieces["a"]] == list(range(40, 0, -1))


def test_broken_sources_are_made_valid_and_counted():
    bow = Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    flat = Polygon([(9, 0), (10, 0), (11, 0)])
    high = shapely.from_wkt("POLYGON Z ((5 0 7, 8 0 7, 8 3 7, 5 3 7, 5 0 7))")
    laid = overlay({"a": frame([bow, flat, high, None, Point(1, 1)], ["1", "2", "", "4", "5"])}, crs=CRS)
    told = laid.report.networks["a"]
    assert (told.grids, told.groundless, told.uncoded) == (2, 3, 1)
    assert told.repaired >= 1
    assert laid.pieces["a"].tolist() == ["1", "1", "#3"]
    assert not laid.pieces.has_z.any()
    assert laid.pieces["area_m2"].sum() == pytest.approx(8.0 + 9.0)


def test_borders_that_cross_at_a_hair_are_noded():
    """Two nearly parallel borders 10 km long, crossing at an angle of 10⁻⁹: floating point alone cannot place it."""
    a = Polygon([(0, 0), (10_000, 0), (10_000, 5e-6), (0, -5e-6 + 100)])
    b = Polygon([(0, -50), (10_000, -50), (10_000, 0.000_002), (0, -0.000_003)])
    laid = overlay({"a": frame([a]), "b": frame([b])}, crs=CRS, options=EVERY_FACE)
    assert laid.report.valid
    assert abs(laid.report.area_error) < 1e-9


def test_long_borders_hold_the_corners_beside_them_in_degrees():
    """A border of 20 km and one with corners 1 cm to 3 m south of it: in degrees the long one bends south by metres."""
    x = np.linspace(0, 20_000, 41)
    wave = np.stack([x, -0.01 * 2.0 ** (np.arange(41) % 9)], axis=1)
    lower = translate(Polygon([*wave, (20_000, -900), (0, -900)]), EAST, NORTH)
    networks = {
        "a": frame([box(EAST, NORTH, EAST + 20_000, NORTH + 900), lower]),
        "b": frame([box(EAST, NORTH - 900, EAST + 20_000, NORTH + 900)]),
    }
    pieces = overlay(networks, crs=CRS).pieces
    assert pieces["area_m2"].sum() == pytest.approx(20_000 * 1_800, rel=1e-9)
    degrees = pieces.to_crs(4326)
    assert degrees.is_valid.all()
    assert shapely.coverage_is_valid(degrees.geometry.values)


@given(seed=st.integers(0, 10**9))
def test_crowded_pixels_are_noded(seed):
    """Lines between points of a 6 × 6 lattice that is the precision grid itself: every pixel is hot."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 6, (30, 2, 2))
    lines = [LineString(pair) for pair in ends if (pair[0] != pair[1]).any()]
    cuts = {"lines": gpd.GeoDataFrame(geometry=lines, crs=CRS)}
    grids = frame([box(0, 0, 5, 5), Polygon([(0, 0), (5, 1), (4, 5)]), Polygon([(0, 5), (5, 4), (1, 0)])])
    laid = overlay({"a": grids}, cuts=cuts, crs=CRS, options=OverlayOptions(grid_size=1.0, sliver_area=0))
    assert laid.report.valid
    assert laid.pieces["area_m2"].sum() == 25.0


@pytest.mark.parametrize("grid_size", [1e-7, 1e-4, 0.01, 1.0])
def test_a_precision_grid_holds_all_corners(grid_size):
    laid = overlay(networks_of(11), crs=CRS, options=OverlayOptions(grid_size=grid_size, sliver_area=0))
    steps = shapely.get_coordinates(laid.pieces.geometry.values) / grid_size
    assert np.abs(steps - np.rint(steps)).max() < 0.01
    assert laid.report.valid
    assert laid.report.grid_size == grid_size


def test_degrees_are_moved_vertex_by_vertex():
    metric = networks_of(5)
    degrees = {name: one.to_crs(4326) for name, one in metric.items()}
    ours = overlay(degrees, crs=CRS, options=OverlayOptions(grid_size=1e-4)).pieces
    theirs = overlay(metric, crs=CRS, options=OverlayOptions(grid_size=1e-4)).pieces
    assert ours.crs == theirs.crs
    assert np.allclose(ours["area_m2"], theirs["area_m2"], atol=1e-2)
    assert ours["a"].tolist() == theirs["a"].tolist()


@pytest.mark.parametrize(
    ("networks", "crs", "message"),
    [
        ({}, CRS, "at least one"),
        ({"a": frame([box(0, 0, 1, 1)])}, "EPSG:4326", "not in true metres"),
        ({"a": frame([box(0, 0, 1, 1)])}, "EPSG:3857", "not in true metres"),  # areas of web maps are stretched
        ({"a": frame([box(0, 0, 1, 1)])}, "EPSG:2263", "not in true metres"),  # New York in feet
        ({"grid": frame([box(0, 0, 1, 1)])}, CRS, "cannot be called"),
        ({"a": frame([box(0, 0, 1, 1)], ["1|2"])}, CRS, "joins the codes"),
        ({"a": frame([Point(0, 0)])}, CRS, "no ground"),
        ({"a": frame([box(0, 0, 1, 1)]).set_crs(None, allow_override=True)}, CRS, "no coordinate system"),
    ],
)
def test_what_cannot_be_laid_over_is_refused(networks, crs, message):
    with pytest.raises(InputError, match=message):
        overlay(networks, crs=crs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid_size": 0.0}, "give a size above 0"),
        ({"grid_size": -1.0}, "give a size above 0"),
        ({"sliver_area": -1.0}, "cannot be negative"),
        ({"sliver_width": float("nan")}, "cannot be negative"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        overlay(networks_of(1), crs=CRS, options=OverlayOptions(**options))


def test_ground_too_wide_for_the_grid_is_refused_with_a_grid_that_fits():
    wide = {"a": frame([box(0, 0, 1, 1), box(199_000, 0, 199_001, 1)])}
    with pytest.raises(InputError, match="take 1e-06 m or more"):
        overlay(wide, crs=CRS, options=OverlayOptions(grid_size=1e-7))
    assert overlay(wide, crs=CRS).report.grid_size == 1e-6


@given(seed=st.integers(0, 10**9))
def test_pieces_with_areas_and_barriers_are_whole_and_lie_in_what_they_name(seed):
    """Property 1 of the design with everything at once: islands, holes, overlaps, areas, lines that cut and end."""
    rng = np.random.default_rng(seed)
    networks, areas = networks_of(seed, 2), frame([box(EAST - 90, NORTH - 60, EAST + 20, NORTH + 90)], ["1"])
    ends = rng.uniform(-120, 160, (6, 2, 2)) + np.array([EAST, NORTH])
    cuts = {"barriers": gpd.GeoDataFrame(geometry=[LineString(pair) for pair in ends], crs=CRS)}
    laid = overlay(networks, areas=areas, cuts=cuts, crs=CRS, options=EVERY_FACE)
    shapes = laid.pieces.geometry.to_numpy()
    sources = {**networks, "area": areas}
    union = shapely.union_all(np.concatenate([one.geometry.values for one in sources.values()]))
    assert laid.report.valid
    assert shapely.area(shapes).sum() == pytest.approx(union.area, rel=1e-9)
    assert shapely.union_all(shapes).area == pytest.approx(union.area, rel=1e-9)
    for name, source in sources.items():
        named = np.array([[code in codes.split("|") for code in source["code"]] for codes in laid.pieces[name]])
        shared = shapely.area(shapely.intersection(shapes[:, None], source.geometry.to_numpy()[None, :]))
        whole = np.where(named, shapely.area(shapes)[:, None], 0.0)
        assert (np.abs(shared - whole) <= 1e-5 * shapely.length(shapes)[:, None]).all()
    crossed = shapely.length(shapely.intersection(shapes[:, None], cuts["barriers"].geometry.to_numpy()[None, :]))
    inside = shapely.buffer(shapes, -1e-3)[:, None]
    through = shapely.length(shapely.intersection(inside, cuts["barriers"].geometry.to_numpy()[None, :]))
    ends_in = shapely.intersects(shapes[:, None], shapely.points(ends.reshape(-1, 2))[None, :]).any(axis=1)
    assert (through[~ends_in] <= np.minimum(crossed[~ends_in], 1e-2)).all()  # only a line that ends in a piece is in it


@given(seed=st.integers(0, 10**9))
@settings(max_examples=10)
def test_the_number_of_threads_does_not_matter(seed):
    networks = networks_of(seed)
    two = overlay(networks, crs=CRS)
    with pytest.MonkeyPatch.context() as patch:
        for module in (threads, cells, crossings, strips):
            patch.setattr(module, "THREADS", 1 + seed % 2 * 3)
        other = overlay(networks, crs=CRS)
    assert two.pieces.geometry.to_wkb().tolist() == other.pieces.geometry.to_wkb().tolist()
    assert two.report == other.report
