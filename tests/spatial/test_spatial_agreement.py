"""What networks say about each other: hand-made pieces and borders; GEOS buffers as the oracle for near borders."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from networks_in_metres import CRS, damaged, tiling
from shapely import Polygon, box

from app.errors import InputError
from app.spatial.quality.agreement import crosswalk, near_agreement, ownership_shares

PIECES = gpd.GeoDataFrame(
    {
        "piece": range(5),
        "city": ["C1", "C1", "C2", "", "C2"],
        "governance": ["G1", "G1|G2", "G2", "", "G1"],
        "area": ["a"] * 5,
        "households": [10.0, 20.0, 30.0, 40.0, 0.0],
        "area_m2": [100.0, 200.0, 300.0, 400.0, 0.0],
    },
    geometry=[box(0, 0, 1, 1)] * 5,
    crs=CRS,
)


def metric(shapes: dict[str, Polygon]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=CRS)


def test_ground_and_households_by_number_of_owners():
    table = ownership_shares(PIECES, ["city", "governance"], ["households"])
    found = {(row.network, row.owners): (row.pieces, row.area_m2, row.households) for row in table.itertuples()}
    assert found == {
        ("city", 0): (1, 400, 40),
        ("city", 1): (4, 600, 60),
        ("governance", 0): (1, 400, 40),
        ("governance", 1): (3, 400, 40),
        ("governance", 2): (1, 200, 20),
        ("*", 0): (1, 400, 40),
        ("*", 1): (0, 0, 0),
        ("*", 2): (4, 600, 60),
    }
    assert table.groupby("network")["share_area"].sum().to_dict() == pytest.approx({"city": 1, "governance": 1, "*": 1})
    assert table.query("network == '*' and owners == 2")["share_households"].item() == pytest.approx(0.6)


def test_shares_of_a_quantity_that_is_zero_everywhere_are_zero():
    table = ownership_shares(PIECES.assign(households=0.0), ["city"], ["households"])
    assert (table["share_households"] == 0).all()


def test_crosswalk_counts_a_piece_for_each_grid_that_claims_it():
    table = crosswalk(PIECES, "city", "governance", ["households"])
    found = {(row.a, row.b): (row.area_m2, row.households) for row in table.itertuples()}
    assert found == {
        ("", ""): (400, 40),
        ("C1", "G1"): (300, 30),
        ("C1", "G2"): (200, 20),
        ("C2", "G1"): (0, 0),
        ("C2", "G2"): (300, 30),
    }
    assert list(table["a"]) == ["", "C1", "C1", "C2", "C2"]
    shares = table.set_index(["a", "b"])
    assert shares.loc[("C1", "G1"), "share_a"] == pytest.approx(0.6)
    assert shares.loc[("C1", "G1"), "share_b"] == pytest.approx(1.0)
    assert shares.loc[("C1", "G2"), "share_b"] == pytest.approx(0.4)
    assert shares.loc[("C1", "G2"), "share_a_households"] == pytest.approx(0.4)


@given(st.integers(0, 2**32 - 1))
def test_crosswalk_equals_loops(seed: int):
    rng = np.random.default_rng(seed)
    codes = ["", "1", "2", "1|2", "3"]
    pieces = pd.DataFrame(
        {
            "a": rng.choice(codes, 30),
            "b": rng.choice(codes, 30),
            "area_m2": rng.uniform(0, 9, 30),
            "people": rng.integers(0, 9, 30),
        }
    )
    expected: dict[tuple[str, str], list[float]] = {}
    for row in pieces.itertuples():
        for a in row.a.split("|"):
            for b in row.b.split("|"):
                sums = expected.setdefault((a, b), [0.0, 0.0])
                sums[0] += row.area_m2
                sums[1] += row.people
    table = crosswalk(gpd.GeoDataFrame(pieces, geometry=[None] * 30), "a", "b", ["people"])
    assert {(row.a, row.b): [row.area_m2, row.people] for row in table.itertuples()} == pytest.approx(
        {pair: pytest.approx(sums) for pair, sums in expected.items()}
    )
    assert table.groupby("a")["share_a"].sum().to_numpy() == pytest.approx(1.0)


def test_the_same_network_agrees_with_itself():
    one = metric({"A": box(0, 0, 100, 100), "B": box(100, 0, 200, 100)})
    found = near_agreement(one, one, 5.0)
    # the border that A and B share counts once: 2 × 200 + 3 × 100
    assert found.border_m == pytest.approx(700)
    assert (found.same_m, found.near_m, found.apart_m) == pytest.approx((700, 700, 0))
    assert (found.mean_wander_m, found.share) == (0, 1)
    assert len(found.crossings) == 0


def test_a_border_redrawn_a_little_beside_is_near_and_one_across_crosses():
    """b's inner border runs 2 m east of a's; a's other inner border (y = 50, in A only) has no counterpart."""
    a = metric({"A1": box(0, 0, 100, 50), "A2": box(0, 50, 100, 100), "B": box(100, 0, 200, 100)})
    b = metric({"X": box(0, 0, 102, 100), "Y": box(102, 0, 200, 100)})
    found = near_agreement(a, b, 5.0, step_m=0.5)
    assert found.border_m == pytest.approx(800)
    assert found.near_m == pytest.approx(700 + 5 + 3, abs=1.0)
    assert found.max_wander_m == pytest.approx(5.0, abs=0.5)
    (crossing,) = found.crossings.itertuples()
    assert (crossing.code_a, crossing.code_b) == ("A1|A2", "X")
    assert crossing.length_m == pytest.approx(100 - 5 - 3, abs=1.0)
    shares = found.grids.set_index("code")["share"]
    assert shares["B"] == pytest.approx(1.0)
    assert shares["A1"] == pytest.approx(1 - 92 / 300, abs=0.01)
    assert found.to_dict()["crossings"] == 1


def test_networks_that_do_not_meet():
    found = near_agreement(metric({"A": box(0, 0, 10, 10)}), metric({"B": box(1_000, 0, 1_010, 10)}), 5.0)
    assert (found.near_m, found.share, found.max_wander_m, len(found.crossings)) == (0, 0, 0, 0)


def test_degrees_are_refused():
    a = metric({"A": box(0, 0, 10, 10)})
    with pytest.raises(InputError, match="metric"):
        near_agreement(a.to_crs(4326), a.to_crs(4326), 5.0)
    with pytest.raises(InputError, match="one metric"):
        near_agreement(a, a.to_crs(3857), 5.0)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_near_length_equals_the_length_inside_a_buffer(seed: int):
    """Oracle: the part of a's border inside GEOS's buffer of b's border."""
    rng = np.random.default_rng(seed)
    source = tiling(rng, 3, 3)
    a = metric(dict(damaged(rng, source, 0)))
    b = metric(dict(damaged(rng, source, 3)))
    found = near_agreement(a, b, 3.0, step_m=0.25)
    border = shapely.union_all(shapely.boundary(a.geometry.to_numpy()))
    band = shapely.union_all(shapely.boundary(b.geometry.to_numpy())).buffer(3.0, quad_segs=64)
    assert found.border_m == pytest.approx(border.length, rel=1e-9)
    assert found.near_m == pytest.approx(border.intersection(band).length, abs=2.0)
    assert found.near_m + found.apart_m == pytest.approx(found.border_m)
