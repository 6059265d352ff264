"""Scores against examples worked out by hand, and against the dissolved shapes of random ground."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import random_pieces, squares

from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.division import divide
from app.spatial.division.grids import build_grids
from app.spatial.division.terms import Band
from app.spatial.scoring.scores import score_grids

BANDS = {
    "resident": Band("households", 150, 200, 250),
    "business": Band("businesses", 60, 100, 150),
    "institution": Band("area_m2", 20_000, 150_000, 400_000),
}


def example():
    """Four squares in a row, a road between the first two; grids {0, 1}, {2}, {3}."""
    pieces = squares(4, 1, households=[100, 100, 100, 200], area=["a", "a", "a", "b"], old=["x", "y", "y", "y"])
    pieces["campus"] = ["", "u", "u", "v"]
    road = np.array([shapely.LineString([(100, 0), (100, 100)])], dtype=object)
    adjacency = build_adjacency(pieces.geometry.to_numpy(), barriers=road)
    return score_grids(pieces, np.array([0, 0, 1, 2]), bands=BANDS, adjacency=adjacency, networks=["old"])


def test_proximity_by_hand():
    frame, _ = example()
    flat, square = 4 * math.pi * 20_000 / 600**2, math.pi / 4
    assert frame["polsby_popper"].tolist() == pytest.approx([flat, square, square])
    assert frame["barrier_m"].tolist() == [100.0, 0.0, 0.0]
    # 100 m of road inside, over a side of 600 / 4 m
    assert frame["proximity"].tolist() == pytest.approx([(flat + 1 / 3) / 2, (square + 1) / 2, (square + 1) / 2])


def test_size_by_hand():
    frame, _ = example()
    assert frame["deviation"].tolist() == [0.0, -0.5, 0.0]
    assert frame["inside_band"].tolist() == [True, False, True]
    assert frame["size"].tolist() == [1.0, 0.5, 1.0]


def test_interest_by_hand():
    frame, _ = example()
    assert frame["areas"].tolist() == [1, 1, 1]
    assert frame["kept_old"].tolist() == [0.5, 1.0, 1.0]
    assert frame["interest"].tolist() == [0.75, 1.0, 1.0]


def test_management_by_hand():
    frame, _ = example()
    # the border at 200 m follows nothing, the one at 300 m is the border of two areas
    assert frame["followed"].tolist() == [0.0, 0.5, 1.0]
    assert frame["management"].tolist() == [0.5, 0.75, 1.0]


def test_plan_by_hand():
    frame, plan = example()
    assert plan.preserved == {"old": pytest.approx((100 + 200) / 500)}
    assert plan.compounds_whole == 0.5
    assert (plan.grids, plan.broken, plan.holes, plan.over_areas) == (3, 0, 0, 0)
    assert (plan.cut_m, plan.followed, plan.barrier_m) == (200.0, 0.5, 100.0)
    assert (plan.deviation_max, plan.inside_band) == (0.5, pytest.approx(2 / 3))
    assert plan.size == pytest.approx(2.5 / 3)
    assert plan.total == pytest.approx((plan.proximity + plan.size + plan.interest + plan.management) / 4)
    assert plan.to_dict()["preserved"] == plan.preserved
    assert frame.index.tolist() == [0, 1, 2]


def test_breaches_show():
    pieces = squares(3, 1, households=200, area=["a", "a", "b"])
    adjacency = build_adjacency(pieces.geometry.to_numpy())
    frame, plan = score_grids(pieces, np.array(["J1", "", "J1"], dtype=object), bands=BANDS, adjacency=adjacency)
    assert frame[["parts", "areas"]].to_numpy().tolist() == [[2, 2]]
    assert (plan.broken, plan.over_areas) == (1, 1)
    square = math.pi / 8  # two squares apart: 4π · 20,000 / 800²
    assert frame["proximity"].tolist() == pytest.approx([(square + 1) / 2 / 2])


def test_a_grid_around_another_has_a_hole():
    pieces = squares(3, 3, households=25)
    assignment = np.where(np.arange(9) == 4, 1, 0)
    frame, plan = score_grids(pieces, assignment, bands=BANDS, adjacency=build_adjacency(pieces.geometry.to_numpy()))
    assert frame["holes"].tolist() == [1, 0]
    assert plan.holes == 1


def test_a_campus_is_not_measured_by_the_band():
    pieces = squares(2, 1, households=200, kind=["resident", "institution"], campus=["", "u"])
    frame, plan = score_grids(
        pieces, np.array([0, 1]), bands=BANDS, adjacency=build_adjacency(pieces.geometry.to_numpy())
    )
    assert frame["deviation"].tolist() == [0.0, 0.0]
    assert frame["inside_band"].tolist() == [True, True]
    assert plan.inside_band == 1.0


@given(seed=st.integers(0, 10_000), areas=st.integers(0, 3))
@settings(max_examples=15)
def test_shapes_and_sums_agree_with_the_dissolved_grids(seed, areas):
    pieces = random_pieces(seed, 60, holes=True, island=True, areas=areas, kinds=True)
    adjacency = build_adjacency(pieces.geometry.to_numpy())
    division = divide(pieces, bands=BANDS, seed=seed, effort=100, adjacency=adjacency)
    kinds = division.grids["kind"].to_numpy(dtype=object)
    frame, plan = score_grids(pieces, division.assignment, bands=BANDS, adjacency=adjacency, kinds=kinds)
    grids = build_grids(pieces, division.assignment, kinds=kinds)
    expected = 4 * math.pi * grids.geometry.area / grids.geometry.length**2
    assert frame["polsby_popper"].tolist() == pytest.approx(expected.tolist())
    assert frame["amount"].tolist() == pytest.approx(division.grids["amount"].tolist())
    assert plan.cut_m == pytest.approx(division.report.cut_m)
    assert (plan.broken, plan.over_areas) == (0, 0)
    assert plan.holes == sum(len(shape.interiors) for shape in grids.geometry)
    assert frame[["proximity", "size", "interest", "management"]].apply(lambda c: c.between(0, 1).all()).all()
