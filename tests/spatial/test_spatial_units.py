"""Bridges, compounds, locks, bands of areas: on squares by hand; units on random ground against pairwise merging."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import random_pieces, squares

from app.errors import InputError
from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.bridges import bridge_between, with_bridges
from app.spatial.division.columns import read_inputs
from app.spatial.division.division import divide
from app.spatial.division.terms import Band, Bridge, LockedGrid, Rules
from app.spatial.division.units import find_units

BAND = {"resident": Band("households", 300, 400, 500)}


def apart(*columns: int, **values: object):
    """A row of squares with gaps at the columns that are left out."""
    pieces = squares(max(columns) + 1, 1).iloc[list(columns)].reset_index(drop=True)
    return pieces.assign(piece=range(len(pieces)), **values)


def test_a_bridge_joins_what_does_not_touch_and_says_which_grid_hangs_on_it():
    pieces = apart(0, 1, 3, 4, households=100, area="a")
    without = divide(pieces, bands=BAND)
    assert len(without.grids) == 2
    joined = divide(pieces, bands=BAND, rules=Rules(bridges=[Bridge(1, 2, "footbridge")]))
    assert joined.assignment.tolist() == [0, 0, 0, 0]
    assert joined.report.broken == 0
    assert joined.report.bridges == [{"left": 1, "right": 2, "why": "footbridge", "grid": 0}]


def test_a_bridge_that_no_grid_needs_is_told_as_unused():
    pieces = apart(0, 1, 3, 4, households=200, area="a")
    found = divide(pieces, bands=BAND, rules=Rules(bridges=[Bridge(1, 2)]))
    assert found.report.bridges[0]["grid"] == -1
    assert len(found.grids) == 2


def test_a_bridge_never_leads_into_another_area():
    pieces = apart(0, 1, 3, 4, households=100, area=["a", "a", "b", "b"])
    found = divide(pieces, bands=BAND, rules=Rules(bridges=[Bridge(1, 2)]))
    assert found.assignment.tolist() == [0, 0, 1, 1]


def test_bridges_stand_on_pieces():
    shapes = apart(0, 2).geometry.to_numpy()
    assert bridge_between(shapes, (50, 50), (250, 50), "ferry") == Bridge(0, 1, "ferry")
    with pytest.raises(InputError, match=r"no piece at 150\.0, 50\.0"):
        bridge_between(shapes, (50, 50), (150, 50))
    with pytest.raises(InputError, match="both ends of a bridge lie in piece 0"):
        bridge_between(shapes, (20, 50), (80, 50))
    with pytest.raises(InputError, match="piece 0 to 7 of 2 pieces"):
        with_bridges(build_adjacency(shapes), [Bridge(0, 7)])


def test_the_adjacency_with_a_bridge_has_one_link_more_of_length_0():
    adjacency = build_adjacency(apart(0, 1, 3).geometry.to_numpy())
    bridged = with_bridges(adjacency, [Bridge(2, 0), Bridge(0, 2), Bridge(0, 1)])
    left, right, position = bridged.pairs()
    assert list(zip(left, right, bridged.length[position], strict=True)) == [(0, 1, 100.0), (0, 2, 0.0)]
    assert bridged.links(min_edge=1.0).indices.tolist() == bridged.indices.tolist()
    assert bridged.exterior.tolist() == adjacency.exterior.tolist()


def test_a_compound_stays_whole():
    compound = ["c" if at in (5, 6, 9, 10) else "" for at in range(16)]
    pieces = squares(4, 4, households=100, area="a", compound=compound)
    for seed in range(5):
        found = divide(pieces, bands=BAND, seed=seed, grids=4)
        assert len(set(found.assignment[[5, 6, 9, 10]])) == 1
        assert (found.report.torn_compounds, found.report.broken) == (0, 0)


def test_a_compound_larger_than_a_grid_is_a_grid_of_its_own_or_as_many_as_asked():
    compound = ["c" if at < 8 else "" for at in range(16)]
    pieces = squares(4, 4, households=100, area="a", compound=compound)
    found = divide(pieces, bands=BAND)
    own = found.grids[found.grids["campus"] == "c"]
    assert own["amount"].tolist() == [800.0]
    assert set(found.assignment[:8]) == set(own.index)
    parted = divide(pieces, bands=BAND, rules=Rules(compounds={"c": 2}))
    assert len(set(parted.assignment[:8])) == 2
    assert not set(parted.assignment[:8]) & set(parted.assignment[8:])
    assert parted.report.inside_band == 1.0
    small = squares(4, 4, households=100, area="a", compound=["c"] + [""] * 15)
    alone = divide(small, bands=BAND, rules=Rules(compounds={"c": 1}))
    assert (alone.assignment == alone.assignment[0]).sum() == 1


def test_a_compound_takes_the_kind_of_most_of_its_ground():
    pieces = squares(4, 4, households=100, businesses=80, area="a", kind="resident", compound="")
    pieces.loc[[0, 1, 4], "compound"] = "c"
    pieces.loc[0, "kind"] = "business"
    bands = BAND | {"business": Band("businesses", 60, 100, 150)}
    found = divide(pieces, bands=bands)
    assert len(set(found.assignment[[0, 1, 4]])) == 1
    assert set(found.grids["kind"]) == {"resident"}


def test_a_locked_grid_comes_out_as_it_went_in():
    pieces = squares(4, 4, households=100, area="a")
    lock = LockedGrid("J007", "resident", (0, 5, 15))
    found = divide(pieces, bands=BAND, rules=Rules(locked=[lock]), grids=5)
    assert len(found.grids) == 5
    last = found.grids.iloc[-1]
    assert (last["locked"], last["amount"], last["territory"]) == ("J007", 300.0, -1)
    assert np.flatnonzero(found.assignment == 4).tolist() == [0, 5, 15]
    assert found.report.locked == 1
    assert found.grids["amount"].sum() == 1600


@pytest.mark.parametrize(("pieces", "why"), [((0, 99), "not there"), ((), "not there"), ((1, 1), "twice")])
def test_wrong_locks_are_refused(pieces, why):
    rules = Rules(locked=[LockedGrid("x", "resident", pieces)])
    with pytest.raises(InputError, match=why):
        divide(squares(2, 2, households=400), bands=BAND, rules=rules)


def test_an_area_may_have_a_band_of_its_own():
    pieces = squares(8, 2, households=100, area=[("a", "b")[at % 8 >= 4] for at in range(16)])
    rules = Rules(area_bands={"b": {"resident": Band("households", 150, 200, 250)}})
    found = divide(pieces, bands=BAND, rules=rules)
    assert found.grids.groupby("area")["target"].first().tolist() == [400.0, 200.0]
    assert found.grids.groupby("area").size().tolist() == [2, 4]
    assert found.report.inside_band == 1.0
    wrong = Rules(area_bands={"b": {"resident": Band("people", 150, 200, 250)}})
    with pytest.raises(InputError, match="quantity of the usual one"):
        divide(pieces, bands=BAND, rules=wrong)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), areas=st.integers(0, 3), compounds=st.integers(0, 8), bridges=st.integers(0, 4))
def test_units_are_the_connected_groups_of_a_compound(seed, areas, compounds, bridges):
    pieces = random_pieces(seed, 40, holes=True, island=True, areas=areas, kinds=False)
    rng = np.random.default_rng(seed)
    pieces["compound"] = rng.choice(["", *(f"c{n}" for n in range(compounds))], len(pieces))
    ends = rng.integers(0, len(pieces), (bridges, 2))
    rules = Rules(bridges=[Bridge(int(a), int(b)) for a, b in ends if a != b])
    band = {"resident": Band("households", 1e3, 1e6, 1e9)}
    inputs = read_inputs(pieces, band, rules, None, None)
    adjacency = with_bridges(inputs.adjacency, rules.bridges)
    units = find_units(inputs.labels, inputs.members, inputs.area_m2, inputs.amounts, adjacency, band, rules)
    shapes, code, area = pieces.geometry.to_numpy(), pieces["compound"], pieces["area"]
    bridged = {frozenset((b.left, b.right)) for b in rules.bridges}
    groups = [{at} for at in range(len(pieces))]
    for i in range(len(pieces)):
        for j in range(i):
            together = code[i] == code[j] != "" and area[i] == area[j]
            if together and (frozenset((i, j)) in bridged or shapely.intersection(shapes[i], shapes[j]).length > 0):
                joined = groups[i] | groups[j]
                for member in joined:
                    groups[member] = joined
    number = units.number
    expected = {frozenset(group) for group in groups}
    assert {frozenset(np.flatnonzero(number == unit).tolist()) for unit in range(number.max() + 1)} == expected
    first = [np.flatnonzero(number == unit)[0] for unit in range(number.max() + 1)]
    assert first == sorted(first)
