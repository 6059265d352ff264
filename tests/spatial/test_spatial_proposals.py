"""Wishes that cannot be met: which area, why, figures by hand; every choice that was tried is applied and divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import random_pieces, squares

from app.errors import Infeasible
from app.spatial.division.division import Division, divide
from app.spatial.division.terms import Band, Bridge, LockedGrid, Rules
from app.spatial.proposals.trials import outside

BAND = {"resident": Band("households", 300, 400, 500)}


def applied(rules: Rules, change: Mapping[str, Any], bands: Mapping[str, Band]) -> Rules:
    """The rules with what a choice changes, as a planner's next request would have it."""
    own = {area: dict(kinds) for area, kinds in rules.area_bands.items()}
    for area, kinds in change.get("area_bands", {}).items():
        for kind, numbers in kinds.items():
            own.setdefault(area, {})[kind] = Band(bands[kind].quantity, *numbers)
    bridges = [Bridge(bridge["from"], bridge["to"]) for bridge in change.get("bridges", [])]
    compounds = {**rules.compounds, **change.get("compounds", {})}
    return replace(rules, area_bands=own, bridges=[*rules.bridges, *bridges], compounds=compounds)


def keeps_its_word(pieces: gpd.GeoDataFrame, proposal: Mapping[str, Any], **asked: Any) -> list[Division]:
    """Divides by every choice that was tried out; the wish is then no longer among those that cannot be met."""
    found = []
    for choice in proposal["choices"]:
        if choice["verified"]:
            rules = applied(asked.get("rules") or Rules(), choice["change"], asked["bands"])
            found.append(divide(pieces, **{**asked, "rules": rules}))
            left = [(p["wish"], p["area"], p["kind"], p["subject"]) for p in found[-1].report.proposals]
            assert tuple(proposal[key] for key in ("wish", "area", "kind", "subject")) not in left, choice["what"]
    return found


def test_a_total_that_no_number_of_grids_fits():
    # 560 in one grid is above 500, in two 280 each are below 300
    pieces = squares(4, 2, households=70, area=["a", "a", "b", "b"] * 2).assign(households=[140, 140, 200, 200] * 2)
    found = divide(pieces, bands=BAND)
    (proposal,) = [p for p in found.report.proposals if p["area"] == "a"]
    assert proposal["wish"] == "band"
    assert proposal["why"] == "no number of grids fits 300–500 households: 560 in 1 would be 560.0 each, in 2 280.0"
    assert proposal["reason"] == "misfit"
    assert proposal["figures"] == {
        "minimum": 300, "maximum": 500, "quantity": "households",
        "total": 560.0, "grids": 1.0, "each": 560.0, "more": 2.0, "less": 280.0,
    }  # fmt: skip
    changes = [choice["change"]["area_bands"]["a"]["resident"] for choice in proposal["choices"]]
    assert changes == [[280.0, 400, 500], [300, 400, 560.0]]  # 1/15 less is nearer than 3/25 more
    assert all(choice["verified"] for choice in proposal["choices"])
    lower, higher = keeps_its_word(pieces, proposal, bands=BAND)
    assert lower.grids.loc[lower.grids["area"] == "a", "amount"].tolist() == [280.0, 280.0]
    assert higher.grids.loc[higher.grids["area"] == "a", "amount"].tolist() == [560.0]


def test_ground_too_small_for_a_grid_may_have_a_smaller_band_or_a_bridge():
    pieces = squares(6, 1, households=200, area="a").drop(index=1).reset_index(drop=True)
    found = divide(pieces, bands={"resident": Band("households", 300, 400, 600)})
    (proposal,) = found.report.proposals
    assert proposal["why"] == "200 households with nothing beside are less than a grid of 300–600"
    assert [choice["what"] for choice in proposal["choices"]] == [
        "declare a bridge of 100 m between pieces 0 and 1",
        "a minimum of 200 households in area a",
    ]
    bridged, smaller = keeps_its_word(pieces, proposal, bands={"resident": Band("households", 300, 400, 600)})
    assert bridged.report.inside_band == smaller.report.inside_band == 1.0
    assert (len(bridged.grids), len(smaller.grids)) == (2, 3)


def test_a_compound_larger_than_the_maximum():
    pieces = squares(4, 4, households=100, area="a", compound=["c" if at < 8 else "" for at in range(16)])
    found = divide(pieces, bands=BAND)
    (proposal,) = found.report.proposals
    assert (proposal["wish"], proposal["subject"]) == ("compound", "c")
    assert proposal["why"] == "compound c holds 800 households, more than a grid may (500)"
    assert {choice["what"]: choice["verified"] for choice in proposal["choices"]} == {
        "divide it into 2 grids": True,
        "raise the maximum to 800 households": True,
        "make compound c a grid of its own": True,
    }
    parted, raised, own = keeps_its_word(pieces, proposal, bands=BAND)
    assert [len(set(one.assignment[:8])) for one in (parted, raised, own)] == [2, 1, 1]


def test_a_compound_in_two_stretches_asks_for_a_bridge():
    pieces = squares(3, 2, households=150, area="a", compound=["c", "", "c", "", "", ""])
    found = divide(pieces, bands=BAND, grids=None)
    (proposal,) = [p for p in found.report.proposals if p["wish"] == "apart"]
    assert proposal["why"] == "compound c lies in 2 stretches that do not touch, 100 m apart"
    assert proposal["choices"][0]["change"] == {"bridges": [{"from": 0, "to": 2}]}
    (bridged,) = keeps_its_word(pieces, proposal, bands=BAND)
    assert bridged.assignment[0] == bridged.assignment[2]


def test_a_compound_over_two_areas_cannot_be_one_grid():
    pieces = squares(4, 1, households=400, area=["a", "a", "b", "b"], compound=["", "c", "c", ""])
    found = divide(pieces, bands=BAND)
    (proposal,) = found.report.proposals
    assert proposal["why"] == "compound c lies in 2 areas (a, b), and a grid in one"


def test_a_piece_that_is_kept_whole_though_too_large():
    pieces = squares(3, 1, households=[400, 700, 400], area="a")
    found = divide(pieces, bands=BAND)
    (proposal,) = found.report.proposals
    assert (proposal["wish"], proposal["subject"], proposal["figures"]["amount"]) == ("piece", "1", 700.0)
    (raised,) = keeps_its_word(pieces, proposal, bands=BAND)
    assert raised.report.inside_band == 1.0


def test_a_bridge_that_no_grid_can_use_is_told():
    pieces = squares(4, 1, households=400, area=["a", "a", "b", "b"])
    found = divide(pieces, bands=BAND, rules=Rules(bridges=[Bridge(0, 3)]))
    assert [p["why"] for p in found.report.proposals] == [
        "the bridge between pieces 0 and 3 ends in areas a and b: no grid can use it"
    ]


def test_strict_rules_make_an_error_of_every_wish_that_cannot_be_met():
    pieces = squares(2, 2, households=140, area="a")
    with pytest.raises(Infeasible) as caught:
        divide(pieces, bands=BAND, rules=Rules(strict=True))
    assert "nearest feasible choice: a minimum of 280 households in area a" in caught.value.reasons[0]
    assert caught.value.members["proposals"][0]["figures"]["total"] == 560.0
    assert divide(squares(2, 2, households=100), bands=BAND, rules=Rules(strict=True)).report.proposals == []


def test_a_number_of_grids_out_of_reach_says_how_many_each_area_takes():
    pieces = squares(4, 1, households=100, area=["a", "a", "b", "b"])
    lock = LockedGrid("x", "resident", (0,))
    with pytest.raises(Infeasible) as caught:
        divide(pieces, bands=BAND, grids=9, rules=Rules(locked=[lock]))
    assert caught.value.reasons == [
        "there are only 3 pieces",
        "a/resident: 1 to 1 grids",
        "b/resident: 1 to 2 grids",
        "nearest feasible choice: 4 grids, 1 of them locked",
    ]
    assert caught.value.members["nearest"] == 4


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), areas=st.integers(0, 3))
def test_what_was_tried_holds_when_it_is_applied(seed, areas):
    pieces = random_pieces(seed, 40, holes=True, island=True, areas=areas, kinds=False)
    pieces["compound"] = np.random.default_rng(seed).choice(["", "", "c0", "c1"], len(pieces))
    asked = {"bands": {"resident": Band("households", 150, 200, 250)}, "seed": seed, "effort": 200.0}
    found = divide(pieces, **asked)
    told = {(p["area"], p["kind"]) for p in found.report.proposals if p["wish"] in ("band", "lone", "piece")}
    wrong = outside(found.grids)
    assert {(a, k) for a, k in zip(wrong["area"], wrong["kind"], strict=True)} <= told
    for proposal in found.report.proposals:
        keeps_its_word(pieces, proposal, **asked)
