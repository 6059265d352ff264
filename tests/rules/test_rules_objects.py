"""Levels of regulated objects: the defaults by hand, and that judging in pieces is judging at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.cases.objects import TOP, Change, Fact, Rule, assess, check_key, check_rule, next_look

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
RULES = (
    Rule("cases", "up", "cases", 3, 30),
    Rule("overdue", "up", "overdue", 2, 30),
    Rule("quiet", "down", "quiet", 0, 60),
)


def day(number: float) -> datetime:
    return DAY_0 + timedelta(days=number)


def cases(*days: float, matter: str = "") -> list[Fact]:
    return [Fact(day(number), "cases", case, matter) for case, number in enumerate(days, 1)]


def test_three_cases_in_a_month_lift_it_and_quiet_lets_it_down() -> None:
    changes = assess(0, None, cases(0, 10, 20), RULES, day(200))
    assert changes == [
        Change(day(20), 0, 1, "cases", "3 cases within 30 days", (1, 2, 3)),
        Change(day(80), 1, 0, "quiet", "nothing for 60 days"),
    ]
    assert assess(0, None, cases(0, 10, 30), RULES, day(50)) == [], "the first is 30 days old: out of the window"


def test_no_fact_counts_twice() -> None:
    changes = assess(0, None, cases(0, 1, 2, 3, 4, 5, 6), RULES, day(10))
    assert [(change.at, change.level, change.cases) for change in changes] == [
        (day(2), 1, (1, 2, 3)),
        (day(5), 2, (4, 5, 6)),
    ]


def test_from_red_to_green_takes_two_stretches_of_quiet() -> None:
    facts = [Fact(day(n), "overdue", n, "06010") for n in range(4)]
    changes = assess(0, None, facts, RULES, day(150))
    assert [change.level for change in changes] == [1, 2, 1, 0]
    assert [change.at for change in changes[2:]] == [day(63), day(123)]
    assert next_look(2, day(3), facts, RULES) == day(63)
    assert next_look(0, None, facts, RULES) is None


def test_a_rule_speaks_of_its_matters_and_in_its_time() -> None:
    fire = Rule("fire", "up", "cases", 1, 1, "09", since=day(10), until=day(20))
    facts = cases(5, 15, 25, matter="09001") + cases(16, matter="06001")
    assert [change.at for change in assess(0, None, facts, [fire], day(30))] == [day(15)]


def test_keys_and_rules_are_checked() -> None:
    assert check_key(" Business: 91440101 MA5 ") == "business:91440101 MA5"
    for wrong in ("business", "business:", "dragon:1", "address:" + "x" * 201, "address:a\x00b"):
        with pytest.raises(InputError):
            check_key(wrong)
    for rule in (
        Rule("x", "up", "quiet", 1, 1), Rule("x", "sideways", "cases", 1, 1), Rule("x", "up", "cases", 0, 1),
        Rule("x", "down", "quiet", 0, 0),
    ):  # fmt: skip
        with pytest.raises(InputError):
            check_rule(rule)


FACTS = st.lists(
    st.builds(
        Fact,
        st.integers(0, 400).map(lambda hours: DAY_0 + timedelta(hours=hours * 6)),
        st.sampled_from(["cases", "overdue", "reworks"]),
        st.integers(1, 20),
    ),
    max_size=30,
)
SOME_RULES = st.lists(
    st.one_of(
        st.builds(
            Rule, st.sampled_from("abc"), st.just("up"), st.sampled_from(["cases", "overdue", "reworks"]),
            st.integers(1, 4), st.integers(1, 40),
        ),
        st.builds(Rule, st.sampled_from("xyz"), st.just("down"), st.just("quiet"), st.just(0), st.integers(1, 30)),
    ),
    max_size=4,
    unique_by=lambda rule: rule.code,
)  # fmt: skip


@given(FACTS, SOME_RULES, st.lists(st.integers(0, 150), max_size=5))
def test_judging_in_pieces_is_judging_at_once(facts: list[Fact], rules: list[Rule], stops: list[int]) -> None:
    end = day(160)
    whole = assess(0, None, facts, rules, end)
    level, since, pieces = 0, None, []
    for stop in [*(day(number + 0.1) for number in sorted(stops)), end]:
        known = [fact for fact in facts if fact.at <= stop]
        found = assess(level, since, known, rules, stop)
        pieces += found
        if found:
            level, since = found[-1].level, found[-1].at
    assert pieces == whole
    assert all(0 <= change.level <= TOP and abs(change.level - change.before) == 1 for change in whole)
    assert [change.at for change in whole] == sorted(change.at for change in whole)
    assert [change.before for change in whole[1:]] == [change.level for change in whole[:-1]]
