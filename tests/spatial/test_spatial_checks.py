"""Checks against areas worked out by hand and against brute force over all pairs."""

from __future__ import annotations

import json
from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from networks_in_metres import damaged, degrees, metres, network, tiling
from shapely import LineString, MultiPolygon, Point, Polygon, box

from app.spatial.quality.checks import CheckOptions, check_layer, check_network
from app.spatial.quality.coverage_checks import GapLimits
from app.spatial.quality.problems import KINDS, Kind, Problem, Severity, problem_table, problems_geojson
from app.spatial.quality.surfaces import TRACE_M2

RING = {"S": box(0, 0, 300, 100), "N": box(0, 200, 300, 300), "W": box(0, 100, 100, 200), "E": box(200, 100, 300, 200)}
"""Four grids around a hole of 100 m × 100 m."""


def with_hole(width: float, height: float) -> dict[str, Polygon]:
    """Four grids around a hole of `width` × `height` metres."""
    return {
        "S": box(0, 0, 200 + width, 100),
        "N": box(0, 100 + height, 200 + width, 200 + height),
        "W": box(0, 100, 100, 100 + height),
        "E": box(100 + width, 100, 200 + width, 100 + height),
    }


def test_a_clean_network_has_no_problems():
    clean = tiling(np.random.default_rng(1), 4, 3).network()
    report = check_network(clean)
    assert report.counts == {"excess_precision": 1}
    assert report.is_coverage
    assert report.features == 12
    assert report.crs == "EPSG:4547"
    assert report.area_m2 == pytest.approx(shapely.area(metres(clean.geometry)).sum(), rel=1e-12)


def test_overlap_has_its_area_width_and_place():
    report = check_network(network({"A": box(0, 0, 100, 100), "B": box(99, 0, 199, 100)}))
    (overlap,) = report.of(Kind.OVERLAP)
    assert (overlap.row, overlap.other_row, overlap.code, overlap.other_code) == (1, 2, "A", "B")
    assert overlap.area_m2 == pytest.approx(100.0, abs=1e-4)
    assert overlap.width_m == pytest.approx(2 * 100 / 202, abs=1e-5)
    assert box(99, 0, 100, 100).contains(metres([Point(overlap.lon, overlap.lat)])[0])
    assert not report.is_coverage


def test_a_grid_inside_another_overlaps_it_although_no_borders_cross():
    report = check_network(network({"A": box(0, 0, 100, 100), "B": box(20, 20, 30, 30)}))
    assert [problem.area_m2 for problem in report.of(Kind.OVERLAP)] == pytest.approx([100.0], abs=1e-4)


@pytest.mark.parametrize(
    ("width", "height", "kind"),
    [(9.9, 10, Kind.GAP), (10.1, 10, Kind.HOLE), (300, 1.5, Kind.GAP), (300, 2.1, Kind.HOLE), (100, 100, Kind.HOLE)],
)
def test_enclosed_ground_is_a_gap_when_small_or_narrow_and_a_hole_otherwise(width: float, height: float, kind: Kind):
    report = check_network(network(with_hole(width, height)))
    (found,) = report.of(Kind.GAP, Kind.HOLE)
    assert found.kind is kind
    assert found.area_m2 == pytest.approx(width * height, rel=1e-6)
    assert found.width_m == pytest.approx(2 * width * height / (2 * (width + height)), rel=1e-6)


def test_gap_limits_can_be_moved():
    options = CheckOptions(gaps=GapLimits(area_m2=20_000.0))
    assert check_network(network(RING), options=options).counts["gap"] == 1


def test_an_open_gap_between_two_grids_is_found():
    apart = network({"A": box(0, 0, 100, 100), "B": box(101, 0, 200, 100)})
    (gap,) = check_network(apart).of(Kind.GAP)
    assert gap.area_m2 == pytest.approx(100.0, rel=0.01)
    assert "A" in gap.message
    assert "B" in gap.message


def test_a_wide_opening_and_a_notch_in_one_grid_are_no_gaps():
    assert not check_network(network({"A": box(0, 0, 100, 100), "B": box(103, 0, 200, 100)})).of(Kind.GAP)
    notched = box(0, 0, 100, 100).difference(box(50, 50, 51, 100))
    assert not check_network(network({"A": notched})).of(Kind.GAP)


def test_an_island_in_a_hole_is_not_unowned():
    report = check_network(network({**RING, "I": box(120, 120, 180, 180)}))
    (hole,) = report.of(Kind.HOLE)
    assert hole.area_m2 == pytest.approx(100 * 100 - 60 * 60, rel=1e-6)


def test_slivers_need_to_be_small_and_narrow():
    shapes = {
        "strip": box(0, 0, 40, 1),
        "square": box(0, 10, 9, 19),
        "road": box(0, 30, 400, 31),
        "with part": MultiPolygon([box(100, 100, 200, 200), box(300, 100, 300.5, 110)]),
    }
    slivers = check_network(network(shapes)).of(Kind.SLIVER)
    assert [(problem.code, round(problem.area_m2, 3)) for problem in slivers] == [("strip", 40.0), ("with part", 5.0)]
    assert slivers[0].width_m == pytest.approx(2 * 40 / 82, rel=1e-5)


def test_multipart_grids_tell_what_lies_beside_the_largest_part():
    shapes = {
        "A": MultiPolygon([box(0, 0, 10, 10), box(50, 0, 70, 20), box(90, 0, 95, 10)]),
        "B": MultiPolygon([box(0, 50, 9, 99)]),
    }
    (problem,) = check_network(network(shapes)).of(Kind.MULTIPART)
    assert problem.code == "A"
    assert problem.area_m2 == pytest.approx(150.0, abs=1e-4)


def test_a_corner_of_a_neighbour_without_a_corner_is_unmatched_but_no_overlap():
    shapes = {"A": box(0, 0, 100, 100), "B": box(100, 0, 200, 50), "C": box(100, 50, 200, 100)}
    report = check_network(network(shapes))
    assert report.counts.keys() == {"unmatched_border", "excess_precision"}
    assert not report.is_coverage


def test_a_bow_tie_is_named_with_its_crossing_and_checked_against_its_neighbours():
    bow_tie = Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    report = check_network(network({"A": bow_tie, "B": box(0, 0, 10, 100)}))
    (invalid,) = report.of(Kind.INVALID_GEOMETRY)
    assert "self-intersection" in invalid.message
    crossing = metres([Point(invalid.lon, invalid.lat)])[0]
    assert (crossing.x, crossing.y) == pytest.approx((50, 50), abs=1e-3)
    # the west triangle reaches from x = 0 to 50; of it 50 × 100 / 2 − 40 × 80 / 2 = 900 m² lie west of x = 10
    assert [problem.area_m2 for problem in report.of(Kind.OVERLAP)] == pytest.approx([900.0], rel=1e-5)


def test_what_is_no_ground_is_told_row_by_row():
    shapes = [
        ("none", None),
        ("empty", Polygon()),
        ("point", Point(0, 0)),
        ("line", LineString([(0, 0), (1, 1)])),
        ("mixed", shapely.GeometryCollection([Point(0, 0), box(0, 0, 50, 50)])),
        ("flat", Polygon([(0, 0), (50, 50), (0, 0)])),
        ("good", box(200, 0, 300, 100)),
    ]
    report = check_network(network(shapes))
    assert {(problem.kind, problem.row) for problem in report.errors} == {
        (Kind.MISSING_GEOMETRY, 1),
        (Kind.MISSING_GEOMETRY, 2),
        (Kind.NOT_POLYGONAL, 3),
        (Kind.NOT_POLYGONAL, 4),
        (Kind.NOT_POLYGONAL, 5),
        (Kind.TOO_FEW_POINTS, 6),
    }
    assert report.area_m2 == pytest.approx(2_500 + 10_000, rel=1e-9)


def test_a_network_without_any_ground_is_an_error_of_its_own():
    assert [problem.row for problem in check_network(network({"A": None})).of(Kind.MISSING_GEOMETRY)] == [None, 1]


def test_codes_missing_and_repeated():
    squares = [box(x, 0, x + 10, 10) for x in range(0, 60, 10)]
    report = check_network(network(list(zip(["A", "B", "A", "", " A ", None], squares, strict=True))))
    assert [(p.row, p.other_row) for p in report.of(Kind.DUPLICATE_CODE)] == [(3, 1), (5, 1)]
    assert [problem.row for problem in report.of(Kind.MISSING_CODE)] == [4, 6]


def test_heights_repeated_corners_and_needless_corners():
    repeated = Polygon([(20, 0), (30, 0), (30, 0), (30, 10), (20, 10), (20, 10), (20, 0)])
    dense = shapely.segmentize(box(40, 0, 140, 100), 2.0)
    frame = network({"high": box(0, 0, 10, 10), "repeated": repeated, "dense": dense})
    frame.loc[0, "geometry"] = shapely.force_3d(frame.geometry[0], 5.0)
    report = check_network(frame)
    assert [problem.row for problem in report.of(Kind.HEIGHT_OR_MEASURE)] == [1]
    (double,) = report.of(Kind.DUPLICATE_VERTICES)
    assert "repeats 2 corners" in double.message
    assert [problem.row for problem in report.of(Kind.EXCESS_VERTICES)] == [3]


def test_precision_finer_than_a_tenth_of_a_millimetre_is_one_remark():
    fine = network({"A": box(0, 0, 10, 10)})
    coarse = fine.set_geometry(gpd.GeoSeries(shapely.set_precision(fine.geometry.to_numpy(), 1e-9), crs=4326))
    assert check_network(fine).counts == {"excess_precision": 1}
    assert check_network(coarse).counts == {}


def test_ground_that_is_declared_but_not_owned_and_ground_outside():
    shapes = {"A": box(0, 0, 100, 100), "B": box(100, 0, 210, 100)}
    ground = degrees([box(0, 0, 200, 101)])[0]
    report = check_network(network(shapes), ground=ground)
    (gap,) = report.of(Kind.GAP)
    assert gap.area_m2 == pytest.approx(200.0, rel=1e-3)
    (outside,) = report.of(Kind.OUTSIDE_GROUND)
    assert (outside.code, outside.area_m2) == ("B", pytest.approx(1_000.0, rel=1e-3))


def test_near_duplicate_of_another_network():
    shapes = {"A": box(0, 0, 100, 100), "B": box(100, 0, 200, 100), "C": box(0, 100, 200, 200)}
    shifted = {code: shapely.affinity.translate(shape, 3, 0) for code, shape in shapes.items()}
    other = {"X": box(0, 0, 50, 200), "Y": box(50, 0, 200, 200)}
    report = check_network(network(shapes), others={"redrawn": network(shifted), "other": network(other)})
    (near,) = report.of(Kind.NEAR_DUPLICATE)
    assert near.other_code == "redrawn"
    assert near.row is None


def test_what_the_reader_noticed_replaces_what_the_frame_still_shows():
    noticed = [
        Problem(Kind.BROKEN_GEOMETRY, "feature 1: cannot be read", 1),
        Problem(Kind.UNCLOSED_RING, "feature 2: closed", 2),
    ]
    report = check_network(network({"A": None, "B": box(0, 0, 10, 10)}), noticed=noticed)
    assert {(problem.kind, problem.row) for problem in report.problems if problem.row} == {
        (Kind.BROKEN_GEOMETRY, 1),
        (Kind.UNCLOSED_RING, 2),
    }


def is_thread(shape: shapely.Geometry) -> bool:
    return shapely.set_precision(shape, 0.01).is_empty


@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_overlaps_and_gaps_equal_brute_force(seed: int, defects: int):
    """Oracle: the intersection of every pair, and the faces of the union's border that lie outside the union."""
    rng = np.random.default_rng(seed)
    frame = network(damaged(rng, tiling(rng, 4, 4), defects))
    report = check_network(frame, options=CheckOptions(crs="EPSG:4547", gaps=GapLimits(width_m=0.0)))
    ground = [shapely.make_valid(shape, method="structure") for shape in metres(frame.geometry)]
    brute = {(i + 1, j + 1): shapely.intersection(ground[i], ground[j]) for i, j in combinations(range(len(ground)), 2)}
    expected = {pair: shape.area for pair, shape in brute.items() if shape.area > TRACE_M2 and not is_thread(shape)}
    found = {(problem.row, problem.other_row): problem.area_m2 for problem in report.of(Kind.OVERLAP)}
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-4)
    union = shapely.union_all(ground)
    faces = shapely.get_parts(shapely.polygonize([shapely.node(union.boundary)]))
    holes = [face for face in faces if not union.contains(face.point_on_surface())]
    expected_unowned = sum(hole.area for hole in holes if hole.area > TRACE_M2 and not is_thread(hole))
    unowned = sum(problem.area_m2 for problem in report.of(Kind.GAP, Kind.HOLE))
    assert unowned == pytest.approx(expected_unowned, abs=1e-3)


def test_layers_are_checked_without_coverage_rules():
    frame = gpd.GeoDataFrame(
        {"code": ["a", "b", "c", "a"], "households": [1.0, -2.0, np.nan, 4.0]},
        geometry=degrees([Point(0, 0), LineString([(0, 0), (0, 0)]), None, box(0, 0, 10, 10)]),
        crs=4326,
    )
    report = check_layer(frame, ["households"], ground=degrees([box(-1, -1, 5, 5)])[0])
    assert {(problem.kind, problem.row) for problem in report.problems if problem.row} == {
        (Kind.MISSING_GEOMETRY, 3),
        (Kind.TOO_FEW_POINTS, 2),
        (Kind.NEGATIVE_QUANTITY, 2),
        (Kind.MISSING_QUANTITY, 3),
    }
    assert check_layer(frame, codes_required=True).counts["duplicate_code"] == 1
    far = check_layer(frame, ground=degrees([box(1_000, 1_000, 1_005, 1_005)])[0])
    assert [problem.row for problem in far.of(Kind.OUTSIDE_GROUND)] == [1, 2, 4]


def test_every_kind_has_a_meaning_and_a_remedy():
    assert set(KINDS) == set(Kind)
    assert all(facts.meaning and facts.remedy for facts in KINDS.values())


def test_reports_as_table_json_and_geojson():
    report = check_network(network({"A": box(0, 0, 100, 100), "B": box(99, 0, 199, 100), "C": None}))
    table = problem_table(report.problems)
    assert list(table["kind"]) == [problem.kind.value for problem in report.problems]
    assert list(problem_table([]).columns) == list(table.columns)
    facts = json.loads(json.dumps(report.to_dict()))
    assert facts["counts"]["overlap"] == 1
    assert [row["kind"] for row in facts["summary"]] == list(facts["counts"])
    collection = json.loads(json.dumps(problems_geojson(report.problems)))
    shapes = {feature["properties"]["kind"]: feature["geometry"] for feature in collection["features"]}
    assert shapes["missing_geometry"] is None
    assert shapes["overlap"]["type"] == "Polygon"
    overlap = shapely.geometry.shape(shapes["overlap"])
    assert shapely.area(metres([overlap]))[0] == pytest.approx(100.0, abs=1e-3)


def test_errors_are_what_cannot_be_stored():
    report = check_network(network({"A": box(0, 0, 100, 100), "B": box(99, 0, 199, 100)}))
    assert report.problems
    assert not report.errors
    assert all(problem.severity is Severity.ERROR for problem in check_network(network({"A": None})).errors)
