"""Kinds of pieces by the stated rules, and the smoothing of stretches too small to divide."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import random_pieces, squares

from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.division import divide
from app.spatial.division.kinds import KindRules, classify, smooth_kinds
from app.spatial.division.terms import Band

BANDS = {
    "resident": Band("households", 150, 200, 250),
    "business": Band("businesses", 60, 100, 150),
    "institution": Band("area_m2", 20_000, 150_000, 400_000),
}


@pytest.mark.parametrize(
    ("households", "businesses", "jobs", "campus", "kind", "rule"),
    [
        (100, 0, 0, 0.0, "resident", "else"),
        (100, 0, 0, 0.5, "institution", "campus"),
        (100, 0, 0, 0.49, "resident", "else"),
        (10, 5, 0, 0.0, "business", "businesses"),  # 0.5 a household, 5 a hectare
        (10, 4, 0, 0.0, "resident", "else"),
        (1, 1, 0, 0.0, "resident", "else"),  # one shop on a hectare is no business ground
        (10, 0, 50, 0.0, "business", "jobs"),
        (0, 0, 49, 0.0, "resident", "else"),
        (0, 2, 0, 0.0, "business", "businesses"),  # no household at all: any ratio is reached
        (0, 0, 0, 0.0, "resident", "else"),
    ],
)
def test_rules_on_one_hectare(households, businesses, jobs, campus, kind, rule):
    piece = squares(1, 1, households=households, businesses=businesses, jobs=jobs, campus_share=campus)
    found = classify(piece).iloc[0]
    assert (found["kind"], found["evidence"]["rule"]) == (kind, rule)
    assert found["evidence"]["households"] == households
    assert found["evidence"]["campus_share"] == campus


def test_rules_can_be_changed_and_the_input_stays():
    piece = squares(1, 1, households=10, businesses=2)
    assert classify(piece, KindRules(businesses_per_household=0.2))["kind"].tolist() == ["business"]
    assert "kind" not in piece


def test_a_few_shops_inside_homes_fold_and_say_why():
    pieces = squares(5, 5, households=20, businesses=0, area="a")
    pieces.loc[12, "businesses"] = 10
    found = classify(pieces)
    assert found["kind"].value_counts().to_dict() == {"resident": 24, "business": 1}
    smooth = smooth_kinds(found, build_adjacency(pieces.geometry.to_numpy()), BANDS)
    assert set(smooth["kind"]) == {"resident"}
    evidence = smooth["evidence"].iloc[12]
    assert evidence["own_kind"] == "business"
    assert evidence["folded"] == "a connected stretch of business holds less than 60 businesses"
    assert evidence["rule"] == "businesses"
    assert "folded" not in found["evidence"].iloc[12]


def test_enough_shops_stay_business_ground():
    pieces = squares(5, 5, households=20, businesses=0, area="a")
    pieces.loc[[12, 13], "businesses"] = 30
    smooth = smooth_kinds(classify(pieces), build_adjacency(pieces.geometry.to_numpy()), BANDS)
    assert smooth["kind"].value_counts().to_dict() == {"resident": 23, "business": 2}


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), areas=st.integers(0, 3))
def test_smoothing_again_changes_nothing_and_division_folds_no_more(seed, areas):
    pieces = random_pieces(seed, 50, holes=True, island=True, areas=areas, kinds=True)
    adjacency = build_adjacency(pieces.geometry.to_numpy())
    once = smooth_kinds(pieces, adjacency, BANDS)
    assert smooth_kinds(once, adjacency, BANDS)["kind"].tolist() == once["kind"].tolist()
    assert divide(once, bands=BANDS, adjacency=adjacency, effort=10).report.folded == 0
