"""Repairs against results worked out by hand, and the promises of a repair on damaged tilings."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from networks_in_metres import area_by_code, damaged, degrees, metres, network, tiling
from shapely import LineString, MultiPolygon, Point, Polygon, box

from app.errors import InputError, Refused
from app.spatial.quality.changes import Action
from app.spatial.quality.checks import CheckOptions
from app.spatial.quality.coverage_checks import GapLimits
from app.spatial.quality.problems import Kind, Problem
from app.spatial.quality.repair import Repaired, RepairOptions, repair

CM = 0.05
"""Square metres that snapping to 1 cm may move on the small shapes of these tests."""


def by_action(repaired: Repaired, action: Action) -> list:
    return [change for change in repaired.changes if change.action is action]


def assert_sound(repaired: Repaired) -> None:
    """A coverage in degrees and in metres, nothing small or narrow unowned, accounts that add up."""
    assert shapely.coverage_is_valid(repaired.frame.geometry.to_numpy())
    assert repaired.after.is_coverage
    assert not repaired.after.errors
    assert not repaired.after.of(Kind.OVERLAP, Kind.GAP)
    assert abs(repaired.accounts.residual_m2) <= 1e-9 * repaired.accounts.after_m2
    # nine decimals of a degree are 0.1 mm along the outer border
    assert repaired.after.area_m2 == pytest.approx(repaired.accounts.after_m2, abs=0.05)


def test_none_changes_nothing_and_still_reports():
    frame = network({"A": box(0, 0, 100, 100), "B": box(99, 0, 199, 100)})
    repaired = repair(frame, "none")
    assert repaired.frame.equals(frame)
    assert repaired.frame is not frame
    assert repaired.changes == ()
    assert repaired.after.counts == repaired.before.counts
    assert repaired.before.counts["overlap"] == 1


def test_an_unknown_mode_is_refused():
    with pytest.raises(InputError, match="none, safe, full"):
        repair(network({"A": box(0, 0, 1, 1)}), "everything")


def test_the_frame_given_is_not_changed():
    frame = network({"A": box(0, 0, 100.001, 100), "B": box(99, 0, 199, 100)})
    copy = frame.copy(deep=True)
    repair(frame, "full")
    assert frame.equals(copy)


def test_safe_mends_each_feature_in_its_place():
    shapes = [
        ("bow", Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])),
        ("mixed", shapely.GeometryCollection([Point(0, 0), box(200, 0, 250, 50), LineString([(0, 0), (9, 9)])])),
        ("double", Polygon([(300, 0), (310, 0), (310, 0), (310, 10), (300, 10)])),
        ("good", box(400, 0, 500, 100)),
    ]
    frame = network(shapes)
    frame.loc[3, "geometry"] = shapely.force_3d(frame.geometry[3], 7.0)
    repaired = repair(frame, "safe")
    assert list(repaired.frame["code"]) == ["bow", "mixed", "double", "good"]
    assert not repaired.after.errors
    assert not repaired.frame.geometry.has_z.any()
    assert area_by_code(repaired.frame) == pytest.approx(
        {"bow": 5_000, "mixed": 2_500, "double": 100, "good": 10_000}, abs=CM
    )
    rows = {action: [change.row for change in by_action(repaired, action)] for action in Action}
    assert rows[Action.MADE_VALID] == [1, 2]
    assert rows[Action.CORNERS_DROPPED] == [3]
    assert rows[Action.HEIGHT_DROPPED] == [4]


def test_safe_snaps_to_the_grid_and_says_how_far():
    repaired = repair(network({"A": box(0.004, 0.0, 100.004, 100.0)}), "safe")
    (change,) = by_action(repaired, Action.SNAPPED)
    assert "4.0 mm" in change.message
    corners = shapely.get_coordinates(metres(repaired.frame.geometry))
    assert np.abs(corners - np.round(corners, 2)).max() < 2e-4
    assert repaired.before.counts == {"excess_precision": 1}
    assert repaired.after.counts == {}


def test_safe_leaves_overlaps_and_gaps_alone():
    frame = network({"A": box(0, 0, 100, 100), "B": box(99, 0, 199, 100)})
    assert repair(frame, "safe").after.counts["overlap"] == 1


def test_safe_cannot_keep_what_has_no_ground_and_storing_is_refused():
    repaired = repair(network({"A": box(0, 0, 100, 100), "B": None, "C": Point(0, 0)}), "safe")
    assert [problem.row for problem in repaired.after.errors] == [2, 3]
    assert len(repaired.frame) == 3
    with pytest.raises(Refused) as refused:
        repaired.require_storable()
    assert [reason.split(":")[0] for reason in refused.value.reasons] == ["row 2", "row 3"]


def test_full_leaves_out_what_has_no_ground_and_says_so():
    repaired = repair(network([("", box(0, 0, 100, 100)), ("B", None), ("C", Point(0, 0))]), "full")
    assert list(repaired.frame["code"]) == ["MISSING-0001"]
    assert repaired.rows == (1,)
    assert [change.row for change in by_action(repaired, Action.LEFT_OUT)] == [2, 3]
    assert [change.row for change in by_action(repaired, Action.CODE_GIVEN)] == [1]
    repaired.require_storable()


def test_a_placeholder_never_meets_a_code_that_is_there():
    frame = network([("MISSING-0002", box(0, 0, 10, 10)), ("", box(10, 0, 20, 10))])
    assert sorted(repair(frame, "full").frame["code"]) == ["MISSING-0002", "MISSING-0002X"]


def test_what_could_not_be_read_is_refused_by_safe_and_left_out_by_full():
    frame = network({"A": box(0, 0, 100, 100), "B": None})
    noticed = [Problem(Kind.BROKEN_GEOMETRY, "feature 2: no list", 2), Problem(Kind.UNCLOSED_RING, "closed", 1, "A")]
    safe = repair(frame, "safe", noticed=noticed)
    assert [problem.kind for problem in safe.after.errors] == [Kind.BROKEN_GEOMETRY]
    assert [change.row for change in by_action(safe, Action.RING_CLOSED)] == [1]
    assert not repair(frame, "full", noticed=noticed).after.errors


def test_features_with_one_code_become_one():
    shapes = [("A", box(0, 0, 100, 100)), ("B", box(0, 100, 100, 200)), ("A", box(90, 0, 200, 100))]
    repaired = repair(network(shapes), "full")
    assert area_by_code(repaired.frame) == pytest.approx({"A": 20_000, "B": 10_000}, abs=CM)
    assert repaired.rows == (1, 2)
    (merged,) = by_action(repaired, Action.MERGED)
    assert (merged.row, merged.other_row, merged.area_m2) == (3, 1, pytest.approx(11_000, abs=CM))
    assert repaired.accounts.overlaps_m2 == pytest.approx(1_000, abs=CM)
    assert_sound(repaired)


def test_an_overlap_goes_to_the_longest_shared_edge():
    """Both claim (90…100) × (20…50), 300 m²: 10 + 30 + 10 m of its border are with the rest of A, 30 m with B's."""
    frame = network({"A": box(0, 0, 100, 100), "B": box(90, 20, 200, 50)})
    repaired = repair(frame, "full")
    assert area_by_code(repaired.frame) == pytest.approx({"A": 10_000, "B": 3_000}, abs=CM)
    (change,) = by_action(repaired, Action.OVERLAP_GIVEN)
    assert (change.code, change.other_code) == ("B", "A")
    assert change.area_m2 == pytest.approx(300, abs=CM)
    assert "50.00 m" in change.message
    assert box(90, 20, 100, 50).contains(metres([Point(change.lon, change.lat)])[0])
    assert_sound(repaired)


def test_a_gap_goes_to_the_longest_shared_edge():
    """A hole of 4 m × 20 m: 20 m beside W, 20 m beside the two halves of E, 4 m beside N and S."""
    shapes = {
        "W": box(0, 0, 50, 120),
        "E1": box(54, 50, 100, 62),
        "E2": box(54, 62, 100, 70),
        "S": box(50, 0, 100, 50),
        "N": box(50, 70, 100, 120),
    }
    repaired = repair(network(shapes), "full")
    areas = area_by_code(repaired.frame)
    assert areas["W"] == pytest.approx(50 * 120 + 80, abs=CM)
    (change,) = by_action(repaired, Action.GAP_GIVEN)
    assert (change.code, change.area_m2) == ("W", pytest.approx(80, abs=CM))
    assert repaired.accounts.filled_m2 == pytest.approx(80, abs=CM)
    assert_sound(repaired)


def test_an_equal_edge_goes_to_the_lowest_code():
    shapes = {"B": box(0, 0, 100, 100), "A": box(99, 0, 199, 100)}
    assert area_by_code(repair(network(shapes), "full").frame) == pytest.approx({"B": 9_900, "A": 10_000}, abs=CM)


def test_an_open_gap_between_two_grids_is_closed():
    repaired = repair(network({"A": box(0, 0, 100, 100), "B": box(101, 0, 200, 100)}), "full")
    assert sum(area_by_code(repaired.frame).values()) == pytest.approx(20_000, rel=1e-3)
    assert_sound(repaired)


def test_large_holes_stay_unless_asked_for():
    ring = {
        "S": box(0, 0, 300, 100),
        "N": box(0, 200, 300, 300),
        "W": box(0, 100, 100, 200),
        "E": box(200, 100, 300, 200),
    }
    kept = repair(network(ring), "full")
    assert [problem.area_m2 for problem in kept.after.of(Kind.HOLE)] == pytest.approx([10_000], abs=CM)
    assert kept.accounts.filled_m2 == 0
    wide = RepairOptions(check=CheckOptions(gaps=GapLimits(area_m2=20_000)))
    filled = repair(network(ring), "full", options=wide)
    assert not filled.after.of(Kind.HOLE)
    # four equal edges of 100 m: the lowest code
    assert area_by_code(filled.frame)["E"] == pytest.approx(20_000, abs=CM)


def test_a_grid_drawn_over_a_larger_one_is_cut_out_of_it():
    """By the longest edge alone the inner grid, all of it claimed twice, would vanish."""
    repaired = repair(
        network({"A": box(0, 0, 100, 100), "Campus": box(90, 40, 120, 60), "In": box(10, 10, 30, 30)}), "full"
    )
    areas = area_by_code(repaired.frame)
    assert areas["In"] == pytest.approx(400, abs=CM)
    assert areas["A"] == pytest.approx(10_000 - 400, abs=CM)
    assert areas["Campus"] == pytest.approx(20 * 20, abs=CM)
    assert_sound(repaired)


def test_the_same_ground_twice_keeps_the_lowest_code_and_says_who_went():
    repaired = repair(network({"B": box(0, 0, 100, 100), "A": box(0, 0, 100, 100)}), "full")
    assert area_by_code(repaired.frame) == pytest.approx({"A": 10_000}, abs=CM)
    (gone,) = by_action(repaired, Action.LEFT_OUT)
    assert (gone.row, gone.code) == (1, "B")
    assert repaired.accounts.overlaps_m2 == pytest.approx(10_000, abs=CM)
    assert_sound(repaired)


def test_three_claimants_are_paid_off_one_by_one():
    shapes = {"A": box(0, 0, 100, 100), "B": box(95, 0, 200, 100), "C": box(90, 90, 110, 200)}
    repaired = repair(network(shapes), "full")
    assert_sound(repaired)
    # counted more than once: A∩B 500, A∩C 100, B∩C 150, of which A∩B∩C 50 was counted three times
    assert repaired.accounts.overlaps_m2 == pytest.approx(500 + 100 + 150 - 50, abs=CM)


def test_a_corner_of_a_neighbour_is_added_to_the_border():
    shapes = {"A": box(0, 0, 100, 100), "B": box(100, 0, 200, 50), "C": box(100, 50, 200, 100)}
    repaired = repair(network(shapes), "full")
    assert [change.code for change in by_action(repaired, Action.BORDER_MATCHED)] == ["A"]
    assert_sound(repaired)


def test_a_detached_sliver_goes_to_its_neighbour():
    shapes = {"A": MultiPolygon([box(0, 0, 50, 100), box(99.5, 20, 100, 40)]), "B": box(100, 0, 200, 100)}
    repaired = repair(network(shapes), "full")
    assert area_by_code(repaired.frame) == pytest.approx({"A": 5_000, "B": 10_010}, abs=CM)
    (change,) = by_action(repaired, Action.PART_GIVEN)
    assert (change.code, change.other_code, change.area_m2) == ("A", "B", pytest.approx(10, abs=CM))
    assert_sound(repaired)


def test_narrow_ground_at_the_edge_of_the_declared_ground_is_filled():
    ground = degrees([box(0, 0, 200, 101)])[0]
    frame = network({"A": box(0, 0, 100, 100), "B": box(100, 0, 200, 100)})
    repaired = repair(frame, "full", ground=ground)
    assert repaired.after.area_m2 == pytest.approx(200 * 101, rel=1e-5)
    assert not repaired.after.of(Kind.GAP, Kind.HOLE, Kind.OVERLAP)


@pytest.mark.parametrize("side", [0.001, 0.004, 0.006, 0.012])
def test_what_vanishes_on_the_precision_grid_stays_under_safe_and_is_left_out_by_full(side: float):
    frame = network({"A": box(0.001, 0.001, 0.001 + side, 0.001 + side), "B": box(100, 0, 200, 100)})
    safe, full = repair(frame, "safe"), repair(frame, "full")
    assert len(safe.frame) == 2
    assert safe.frame.geometry.is_valid.all()
    assert [change.code for change in by_action(full, Action.LEFT_OUT)] == ([] if len(full.frame) == 2 else ["A"])
    assert_sound(full)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_coordinates_that_are_no_numbers_are_errors_and_left_out_by_full():
    frame = network({"A": box(0, 0, 100, 100), "B": box(100, 0, 200, 100)})
    frame.loc[0, "geometry"] = Polygon([(114.0, 22.6), (114.1, 22.6), (np.nan, 22.7)])
    assert [problem.row for problem in repair(frame, "safe").after.errors] == [1]
    assert list(repair(frame, "full").frame["code"]) == ["B"]


def test_a_network_of_nothing_is_repaired_to_nothing():
    repaired = repair(network({"A": None, "B": Point(0, 0)}), "full")
    assert len(repaired.frame) == 0
    assert [problem.kind for problem in repaired.after.errors] == [Kind.MISSING_GEOMETRY]


def test_the_report_is_plain_json():
    facts = json.loads(
        json.dumps(repair(network({"A": box(0, 0, 100, 100), "B": box(99, 0, 199, 100)}), "full").to_dict())
    )
    assert facts["accounts"]["overlaps_m2"] == pytest.approx(100, abs=CM)
    assert [row["action"] for row in facts["summary"]] == ["overlap_given"]
    assert facts["after"]["counts"] == {}


seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(0, 8))
def test_full_makes_any_damaged_tiling_a_sound_coverage(seed: int, defects: int):
    rng = np.random.default_rng(seed)
    frame = network(damaged(rng, tiling(rng, 4, 4), defects))
    repaired = repair(frame, "full")
    assert_sound(repaired)
    again = repair(repaired.frame, "full")
    assert again.changes == ()
    assert again.frame.equals(repaired.frame)


@given(seeds, st.integers(1, 8))
def test_each_grid_changes_by_exactly_the_ground_reported(seed: int, defects: int):
    rng = np.random.default_rng(seed)
    frame = network(damaged(rng, tiling(rng, 4, 3), defects))
    repaired = repair(frame, "full")
    expected = {
        row + 1: shape.area for row, shape in enumerate(shapely.make_valid(metres(frame.geometry), method="structure"))
    }
    for change in repaired.changes:
        if change.action in (Action.OVERLAP_GIVEN, Action.PART_GIVEN):
            expected[change.row] -= change.area_m2
        if change.action is Action.PART_GIVEN:
            expected[change.other_row] += change.area_m2
        if change.action is Action.GAP_GIVEN:
            expected[change.row] += change.area_m2
    found = dict(zip(repaired.rows, shapely.area(metres(repaired.frame.geometry)), strict=True))
    # 1 cm along a border of some 450 m
    assert {row: found.get(row, 0.0) for row in expected} == pytest.approx(expected, abs=4.5)


@given(seeds, st.integers(1, 8))
def test_ground_that_one_grid_owned_undisputed_stays_with_it(seed: int, defects: int):
    rng = np.random.default_rng(seed)
    shapes = damaged(rng, tiling(rng, 4, 3), defects)
    before = shapely.make_valid(np.array([shape for _, shape in shapes], dtype=object), method="structure")
    repaired = repair(network(shapes), "full")
    after = metres(repaired.frame.geometry)
    codes = np.array([code for code, _ in shapes])
    points = shapely.points(rng.uniform((0, 0), (400, 300), (300, 2)))
    inner = points[shapely.distance(points[:, None], shapely.boundary(before)[None, :]).min(axis=1) > 0.05]
    owners = shapely.contains(before[None, :], inner[:, None])
    parts = {change.code for change in by_action(repaired, Action.PART_GIVEN)}
    for point, mine in zip(inner, owners, strict=True):
        if mine.sum() == 1 and codes[mine][0] not in parts:
            assert list(repaired.frame["code"][shapely.contains(after, point)]) == [codes[mine][0]]


@given(seeds, st.integers(1, 6))
def test_the_order_of_the_features_does_not_matter(seed: int, defects: int):
    rng = np.random.default_rng(seed)
    frame = network(damaged(rng, tiling(rng, 3, 3), defects))
    turned = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
    one, other = repair(frame, "full").frame, repair(turned, "full").frame
    assert area_by_code(one) == pytest.approx(area_by_code(other), abs=1e-3)


@given(seeds, st.integers(0, 6))
def test_safe_keeps_every_feature_and_is_done_once(seed: int, defects: int):
    rng = np.random.default_rng(seed)
    frame = network(damaged(rng, tiling(rng, 3, 3), defects))
    repaired = repair(frame, "safe")
    assert list(repaired.frame["code"]) == list(frame["code"])
    assert repaired.frame.geometry.is_valid.all()
    assert not [change for change in repaired.changes if change.action not in (Action.SNAPPED, Action.MADE_VALID)]
    again = repair(repaired.frame, "safe")
    assert again.changes == ()
    assert again.frame.equals(repaired.frame)


def scribble(rng: np.random.Generator) -> list[tuple[str, shapely.Geometry]]:
    """Boxes, discs, self-crossing polygons, multi-parts and stray holes on top of each other, some under one code."""
    drawn: list[tuple[str, shapely.Geometry]] = []
    for number in range(int(rng.integers(1, 12))):
        middle, digits = rng.uniform(0, 60, 2), int(rng.integers(0, 4))
        ring = np.round(middle + rng.uniform(-25, 25, (int(rng.integers(3, 9)), 2)), digits)
        square = box(*np.round(middle, digits), *np.round(middle + rng.uniform(0.2, 30, 2), digits))
        hole = np.round(middle + rng.uniform(-8, 8, (4, 2)), digits)
        shapes = [
            square,
            Polygon(ring),
            MultiPolygon([Polygon(ring), square]),
            Polygon(ring, [hole]),
            Point(middle).buffer(rng.uniform(0.5, 20)),
        ]
        drawn.append((f"S{rng.integers(8)}" if rng.random() < 0.15 else f"G{number}", shapes[rng.integers(5)]))
    return drawn


@given(seeds, st.booleans())
def test_any_scribble_becomes_a_coverage_that_needs_no_second_repair(seed: int, with_ground: bool):
    frame = network(scribble(np.random.default_rng(seed)))
    ground = degrees([box(0, 0, 60, 60)])[0] if with_ground else None
    safe = repair(frame, "safe")
    assert safe.frame.geometry.is_valid.all() or safe.after.errors
    repaired = repair(frame, "full", ground=ground)
    if repaired.after.errors:
        assert len(repaired.frame) == 0
    else:
        assert_sound(repaired)
        assert repair(repaired.frame, "full", ground=ground).changes == ()
