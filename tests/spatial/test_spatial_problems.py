"""A problem's place survives the way into degrees and onto paper."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from networks_in_metres import CRS, EAST, NORTH, metres

from app.spatial.quality.changes import Action
from app.spatial.quality.problems import KINDS, Kind, Problem, Severity, count_kinds, to_lonlat


def test_places_and_shapes_move_to_degrees():
    square = shapely.box(EAST, NORTH, EAST + 10, NORTH + 10)
    moved, placeless = to_lonlat(
        [Problem(Kind.GAP, "gap", lon=EAST + 5, lat=NORTH + 5, geometry=square), Problem(Kind.EXCESS_PRECISION, "all")],
        CRS,
    )
    back = metres([shapely.Point(moved.lon, moved.lat), moved.geometry])
    assert (back[0].x, back[0].y) == pytest.approx((5, 5), abs=1e-6)
    assert back[1].area == pytest.approx(100, abs=1e-4)
    assert (placeless.lon, placeless.lat, placeless.geometry) == (None, None, None)


def test_counts_come_gravest_first():
    problems = [Problem(kind, "") for kind in (Kind.HOLE, Kind.OVERLAP, Kind.MISSING_CODE, Kind.OVERLAP)]
    assert list(count_kinds(problems).items()) == [("missing_code", 1), ("overlap", 2), ("hole", 1)]


def test_a_problem_as_plain_values():
    facts = Problem(Kind.GAP, "gap", lon=113.123456789, lat=22.0, area_m2=1.23456).to_dict()
    assert facts["lon"] == 113.12345679
    assert facts["area_m2"] == 1.2346
    assert facts["severity"] == Severity.WARNING == "warning"
    assert "longest shared edge" in facts["remedy"]
    assert Problem(Kind.GAP, "gap", remedy="ask").to_dict()["remedy"] == "ask"


@pytest.mark.parametrize("word", [*Kind, *Action])
def test_every_kind_and_action_is_documented(word: str):
    page = (Path(__file__).resolve().parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
    assert f"`{word}`" in page


def test_the_documented_severities_are_the_real_ones():
    page = (Path(__file__).resolve().parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
    for kind, facts in KINDS.items():
        assert f"| `{kind}` | {facts.severity} |" in page
