"""Lineage: shares of each old grid sum to 1 and agree with counting by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.spatial.pieces.lineage import lineage

PIECES = pd.DataFrame(
    {
        "a": ["A1", "A1", "A1|A2", "A2", ""],
        "grid": ["J001", "J002", "J001", "J001", None],
        "area_m2": [10.0, 30.0, 20.0, 5.0, 7.0],
        "households": [4.0, 4.0, 2.0, 0.0, 0.0],
        "businesses": [0.0, 0.0, 0.0, 3.0, 0.0],
    }
)


def test_shares_by_hand():
    found = lineage(PIECES, ["a"], ["households", "businesses"])
    rows = found.drop(columns="network").to_numpy().tolist()
    assert rows == [
        ["", "", 1.0, 1.0, 1.0, True, "households|businesses"],
        ["A1", "J001", 0.5, 0.6, 0.5, False, "businesses"],  # no business in A1: by ground
        ["A1", "J002", 0.5, 0.4, 0.5, False, "businesses"],
        ["A2", "J001", 1.0, 1.0, 1.0, False, ""],
    ]
    shares = ["share_area", "share_households", "share_businesses"]
    assert found.columns.tolist() == ["network", "old", "new", *shares, "unowned", "by_area"]


@given(seed=st.integers(0, 10**9))
def test_shares_of_each_old_grid_sum_to_one(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 60))
    codes = np.array(["", "1", "2", "3", "1|3", "2|3"], dtype=object)
    pieces = pd.DataFrame(
        {
            "a": rng.choice(codes, count),
            "b": rng.choice(codes, count),
            "grid": rng.choice(["J1", "J2", "S1"], count),
            "area_m2": rng.uniform(0.001, 1e6, count),
            "households": rng.integers(0, 2, count) * rng.uniform(0, 900, count),
        }
    )
    found = lineage(pieces, ["a", "b"], ["households"])
    sums = found.groupby(["network", "old"])[["share_area", "share_households"]].sum()
    assert np.allclose(sums, 1.0, rtol=0, atol=1e-9)
    old = {(network, code) for network in "ab" for codes in pieces[network] for code in codes.split("|")}
    assert set(sums.index) == old
    share = found.set_index(["network", "old", "new"])["share_area"]
    for (network, code, new), value in share.items():
        own = np.array([code in codes.split("|") for codes in pieces[network]])
        there = own & (pieces["grid"] == new)
        assert value == pytest.approx(pieces["area_m2"][there].sum() / pieces["area_m2"][own].sum())


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match="no column grid, people"):
        lineage(PIECES.drop(columns="grid"), ["a"], ["people"])
