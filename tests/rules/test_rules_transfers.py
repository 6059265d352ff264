"""Transfers against brute force over all assignments of small cases."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.staff.transfers import OldPost, Transfer, Way, Weights, assign, assign_greedily, measure

WORK = {"A": 100.0, "B": 100.0}
SPLIT = [Way("x", "1", "A", 0.7), Way("x", "1", "B", 0.3), Way("x", "2", "A", 0.9), Way("x", "2", "B", 0.1)]


def posts(*roles: tuple[str, str]) -> list[OldPost]:
    return [OldPost(n, n, role, "x", grid) for n, (role, grid) in enumerate(roles)]


def test_one_chief_a_grid_and_the_loser_s_place_is_told() -> None:
    made = assign(posts(("grid_chief", "1"), ("grid_chief", "2")), SPLIT, WORK)
    assert [(t.new, t.role) for t in made] == [("B", "grid_chief"), ("A", "grid_chief")]
    assert not made[0].sure
    assert "the largest share, 70%, goes to A" in made[0].reason
    assert made[1].sure


def test_a_chief_too_many_goes_as_a_member() -> None:
    only = [Way("x", "1", "A", 1.0), Way("x", "2", "A", 1.0)]
    made = assign(posts(("grid_chief", "1"), ("grid_chief", "2")), only, {"A": 1.0})
    assert sorted(t.role for t in made) == ["grid_chief", "grid_member"]
    assert [t.new for t in made] == ["A", "A"]
    assert ["member" in t.reason for t in made if t.role == "grid_member"] == [True]


def test_a_post_whose_ground_nobody_takes_over_is_left_to_a_person() -> None:
    (made,) = assign(posts(("grid_member", "9")), SPLIT, WORK)
    assert (made.new, made.sure) == (None, False)


def test_members_spread_by_work() -> None:
    ways = [Way("x", "1", "A", 0.5), Way("x", "1", "B", 0.5)]
    made = assign(posts(*[("grid_member", "1")] * 6), ways, {"A": 200.0, "B": 100.0})
    assert sorted(str(t.new) for t in made) == ["A"] * 4 + ["B"] * 2
    greedy = assign_greedily(posts(*[("grid_member", "1")] * 6), ways)
    assert measure(made, {"A": 200.0, "B": 100.0})["spread"] == pytest.approx(0)
    assert measure(greedy, {"A": 200.0, "B": 100.0})["spread"] > 0.5


shares = st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3)


@settings(max_examples=25)
@given(st.lists(shares, min_size=2, max_size=3), st.lists(st.integers(0, 2), min_size=1, max_size=6), shares)
def test_no_other_assignment_costs_less(rows: list[list[float]], grounds: list[int], loads: list[float]) -> None:
    """Every assignment of up to six posts to three grids is priced by the formula of the module's first words."""
    work = dict(zip("ABC", loads, strict=True))
    ways = [Way("x", str(n), new, row[j] / sum(row)) for n, row in enumerate(rows) for j, new in enumerate("ABC")]
    share = {(way.old, way.new): way.share for way in ways}
    held = posts(*[("grid_member", str(ground % len(rows))) for ground in grounds])
    target = {code: len(held) * work[code] / sum(loads) for code in "ABC"}
    weights = Weights()

    def price(chosen: tuple[str, ...]) -> float:
        moving = sum(weights.continuity * (1 - share[post.grid, new]) for post, new in zip(held, chosen, strict=True))
        return moving + sum(
            weights.balance * (k + 0.5 - target[code]) for code in "ABC" for k in range(chosen.count(code))
        )

    made = assign(held, ways, work, weights)
    best = min(price(chosen) for chosen in product("ABC", repeat=len(held)))
    assert price(tuple(str(t.new) for t in made)) == pytest.approx(best, abs=1e-6)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["grid_chief", "grid_member", "楼长"]), st.integers(0, 3)), max_size=12))
def test_nobody_is_lost_and_no_grid_gets_two_chiefs(staff: list[tuple[str, int]]) -> None:
    ways = [Way("x", str(n), new, 0.5) for n in range(3) for new in ("AB", "BC", "CA")[n]]
    held = posts(*[(role, str(ground)) for role, ground in staff])
    made: list[Transfer] = assign(held, ways, dict.fromkeys("ABC", 1.0))
    assert [t.post for t in made] == held
    assert all((t.new is None) == (t.post.grid == "3") for t in made)
    figures = measure(made, dict.fromkeys("ABC", 1.0))
    assert figures["several_chiefs"] == 0
    chiefs = sum(role == "grid_chief" and ground < 3 for role, ground in staff)
    assert 3 - figures["without_chief"] <= chiefs
    assert all(t.role == t.post.role or (t.post.role, t.role) == ("grid_chief", "grid_member") for t in made)
