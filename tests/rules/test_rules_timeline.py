"""The rule against a search through every holding, one moment at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.rules.time.timeline import NONE, Holding, Timeline, stamps

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(n: int | None) -> datetime | None:
    return None if n is None else START + timedelta(days=n)


A, B, C = (
    Holding("a", n, day(low), day(high), day(0), None) for n, low, high in ((1, None, 10), (2, 10, 20), (3, 30, None))
)
OLD = Holding("a", 1, None, None, day(-9), day(0))
OTHER = Holding("unified", 9, day(5), None, day(0), None)
LINE = Timeline((OLD, A, B, C, OTHER), ("unified", "a", "empty"))


def at(n: float) -> datetime:
    return START + timedelta(days=n)


def test_ranges_are_half_open_and_gaps_are_gaps() -> None:
    found = [LINE.in_force(at(n), networks=["a"]).get("a") for n in (-999, 9.999, 10, 19.999, 20, 29.9, 30, 9999)]
    assert found == [1, 1, 2, 2, None, None, 3, 3]


def test_answers_come_in_the_order_of_the_networks() -> None:
    assert list(LINE.in_force(at(6)).items()) == [("unified", 9), ("a", 1)]
    assert LINE.in_force(at(6), networks=["empty"]) == {}


def test_what_was_known_before_still_answers() -> None:
    assert LINE.in_force(at(15), known_at=at(-1)) == {"a": 1}
    assert LINE.in_force(at(15), known_at=at(0)) == {"unified": 9, "a": 2}
    assert LINE.in_force(at(15), known_at=at(-10)) == {}


def test_editions_to_keep_are_those_that_hold_now_or_will() -> None:
    assert LINE.from_now_on(at(0)) == {1, 2, 3, 9}
    assert LINE.from_now_on(at(10)) == {2, 3, 9}
    assert LINE.from_now_on(at(20)) == {3, 9}


@given(
    st.lists(st.integers(-50, 50), unique=True, max_size=8).map(sorted),
    st.booleans(),
    st.booleans(),
    st.lists(st.floats(-60, 60), min_size=1, max_size=20),
)
def test_spans_give_many_moments_the_same_edition_as_one(
    cuts: list[int], open_start: bool, open_end: bool, moments: list[float]
) -> None:
    ends: list[int | None] = [None] * open_start + list(cuts) + [None] * open_end
    pairs = list(pairwise(ends))[:: 2 if len(cuts) % 2 else 1]
    holdings = tuple(Holding("a", i, day(low), day(high), day(0), None) for i, (low, high) in enumerate(pairs))
    line = Timeline(holdings, ("a",))
    asked = [at(n) for n in moments] + [day(cut) or START for cut in cuts]
    one_by_one = [line.in_force(moment).get("a", NONE) for moment in asked]
    assert line.spans("a").at(stamps(asked)).tolist() == one_by_one
