"""Periods against the calendar module, rankings and streaks against brute force, any tampering of the chain found."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.scores.chain import GENESIS, Link, Walk, canonical, hash_of, walk
from app.rules.scores.counts import COUNTS
from app.rules.scores.indicators import HIGHER, LOWER, NAMES
from app.rules.scores.periods import KINDS, before, ended, parse_period, period_of, up_to
from app.rules.scores.rankings import Standing, rank, streak
from app.rules.scores.rulebook import DEFAULT, parse_rulebook

ZONE = "Asia/Shanghai"
CODES = (frozenset(COUNTS), frozenset(NAMES))
LINE = {"code": "K", "name": "x", "points": 1, "cap": 1, "count": "disposed"}


@given(st.dates(date(1950, 1, 1), date(2199, 12, 31)), st.sampled_from(KINDS))
def test_a_day_lies_in_the_period_of_its_name(day: date, kind: str) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(ZONE))
    period = period_of(kind, noon, ZONE)
    assert period.holds(noon)
    assert not period.holds(period.end)
    assert parse_period(period.name, ZONE) == period
    assert before(period, ZONE).end == period.start
    first, last = (moment.astimezone(ZoneInfo(ZONE)) for moment in (period.start, period.end))
    assert (first.hour, last.hour) == (0, 0)
    days = (last.date() - first.date()).days
    wanted = {
        "day": 1,
        "week": 7,
        "month": calendar.monthrange(day.year, day.month)[1],
        "quarter": sum(calendar.monthrange(day.year, (day.month - 1) // 3 * 3 + n)[1] for n in (1, 2, 3)),
        "year": 366 if calendar.isleap(day.year) else 365,
    }
    assert days == wanted[kind]
    if kind == "week":
        assert period.name == f"{day:%G-W%V}"


def test_periods_begin_at_midnight_of_the_zone() -> None:
    month = parse_period("2026-10", ZONE)
    assert month.start == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert month.end == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert [each.name for each in up_to(parse_period("2026-Q1", ZONE), 3, ZONE)] == ["2025-Q3", "2025-Q4", "2026-Q1"]
    over = [each.name for each in ended(datetime(2026, 11, 1, 0, tzinfo=UTC), ZONE)]
    assert over == ["2026-10-31", "2026-W43", "2026-10", "2026-Q3", "2025"]


@pytest.mark.parametrize("text", ["", "2026-13", "2026-W54", "2026-Q5", "2026-02-30", "202610", "1900", "October"])
def test_what_is_no_period_is_told(text: str) -> None:
    with pytest.raises(InputError, match="no period"):
        parse_period(text, ZONE)


figures = st.one_of(st.none(), st.fractions(0, 1, max_denominator=4))
standings = st.dictionaries(st.text("ab一", min_size=1, max_size=3), st.tuples(figures, st.integers(0, 3)), max_size=12)


@given(standings, st.sampled_from([HIGHER, LOWER]), st.integers(0, 3), st.randoms())
def test_a_place_is_one_more_than_those_that_are_better(
    drawn: dict[str, tuple[Fraction | None, int]], better: str, least: int, order: Any
) -> None:
    given = [Standing(unit, exact, weight) for unit, (exact, weight) in drawn.items()]
    places = rank(given, better, least)
    order.shuffle(given)
    assert rank(given, better, least) == places
    counted = {unit: exact for unit, (exact, weight) in drawn.items() if exact is not None and weight >= least}
    assert {place.unit for place in places} == set(drawn)
    for place in places:
        if place.unit not in counted:
            assert place.rank is None
            continue
        own = counted[place.unit]
        ahead = [exact for exact in counted.values() if (exact > own if better == HIGHER else exact < own)]
        assert place.rank == 1 + len(ahead)
        assert place.tied == (list(counted.values()).count(own) > 1)
    keys = [(place.rank or 10**6, place.unit) for place in places]
    assert keys == sorted(keys)


@given(st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=15), st.integers(0, 4), st.booleans())
def test_streaks(values: list[int | None], line: int, above: bool) -> None:
    held = [value is not None and (value >= line if above else value <= line) for value in values]
    spans = [(i, j) for i in range(len(held)) for j in range(i + 1, len(held) + 1) if all(held[i:j])]
    longest = max((j - i for i, j in spans), default=0)
    told = streak([None if value is None else float(value) for value in values], line, above=above)
    assert told.longest == longest
    assert told.longest_from == (min(i for i, j in spans if j - i == longest) if longest else None)
    assert told.now == max((j - i for i, j in spans if j == len(held)), default=0)


contents = st.lists(
    st.dictionaries(st.sampled_from(["unit", "单位"]), st.one_of(st.integers(), st.text(max_size=3)), min_size=1),
    min_size=1,
    max_size=6,
)


def chained(said: list[dict[str, Any]]) -> list[Link]:
    links: list[Link] = []
    for number, content in enumerate(said, 1):
        previous = links[-1].hash if links else GENESIS
        links.append(Link(number, previous, hash_of(previous, content), content))
    return links


@given(contents, st.data())
def test_any_tampering_is_found(said: list[dict[str, Any]], data: st.DataObject) -> None:
    links = chained(said)
    heads = {links[-1].number: links[-1].hash}
    assert walk(links, heads) == []
    place = data.draw(st.integers(0, len(links) - 1))
    link = links[place]
    way = data.draw(st.sampled_from(["content", "hash", "previous", "removed", "swapped", "cut", "rewritten"]))
    changed = list(links)
    if way == "content":
        changed[place] = replace(link, content={**link.content, "total": "forged"})
    elif way == "hash":
        changed[place] = replace(link, hash=hash_of(link.hash, {}))
    elif way == "previous":
        changed[place] = replace(link, previous_hash=hash_of("", {"place": place}))
    elif way == "removed":
        del changed[place]
    elif way == "swapped":
        other = data.draw(st.integers(0, len(links) - 1))
        assume(other != place)
        changed[place], changed[other] = changed[other], changed[place]
    elif way == "cut":
        changed = changed[:-1]
    else:  # a whole new chain, every hash right: only what was said elsewhere tells
        changed = chained([*said[:place], {**said[place], "total": "forged"}, *said[place + 1 :]])
    assert walk(changed, heads) != []


def test_a_chain_walks_a_row_at_a_time() -> None:
    links = chained([{"total": 1}, {"total": 2}])
    walking = Walk({3: "f" * 64})
    assert [walking.step(link) for link in links] == [[], []]
    assert [fault.number for fault in walking.end()] == [3]
    assert canonical({"b": 1, "a": "格"}) == '{"a":"格","b":1}'
    with pytest.raises(ValueError):
        canonical({"a": float("nan")})


def test_a_rulebook_survives_json_and_says_what_is_wrong_with_it() -> None:
    assert parse_rulebook(DEFAULT.to_dict(), *CODES) == DEFAULT
    assert parse_rulebook({"weights": {"disposal": 100.0}}, *CODES).digest() != DEFAULT.digest()
    whole = parse_rulebook({"dissatisfied_below": 60}, *CODES)
    assert whole.digest() == DEFAULT.digest(), "60 and 60.0 are one number"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"basis": "month"}, "basis"),
        ({"rules": []}, "no member"),
        ({"limits": {"file": "soon"}}, "limit"),
        ({"limits": {"file": "40 日"}}, "30 days"),
        ({"limits": {"sleep": "1 日"}}, "no stage"),
        ({"weights": {"luck": 1}}, "no indicator"),
        ({"weights": {"composite": 1}}, "no indicator"),
        ({"weights": {"patrol": 1}}, "no indicator"),
        ({"grades": [[60, "B"], [90, "A"], [0, "C"]]}, "grades"),
        ({"grades": [[60, "B"]]}, "grades"),
        ({"deductions": [{"code": "K", "name": "x", "points": 1, "cap": 1}]}, "count or an indicator"),
        ({"deductions": [{"code": "K", "name": "x", "points": 1, "cap": 1, "count": "luck"}]}, "no count"),
        ({"deductions": [{"code": "K", "name": "x", "points": 2, "cap": 1, "count": "disposed"}]}, "cap"),
        ({"deductions": [{"code": "K", "name": "x", "points": 1, "cap": 1, "indicator": "closing"}]}, "line"),
        ({"deductions": [{"code": "K"}]}, "not a rulebook"),
        ({"deductions": 7}, "not a rulebook"),
    ],
)
def test_what_is_no_rulebook_is_told(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        parse_rulebook(wrong, *CODES)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"basis": "month"}, "basis"),
        ({"limits": {"file": "40 日"}}, "limits.file"),
        ({"weights": {"disposal": 101}}, "weights.disposal"),
        ({"grades": [[60, "B"]]}, "grades"),
        ({"deductions": [LINE, {**LINE, "code": "L", "cap": 0.5}]}, "deductions.1.points"),
        ({"deductions": [LINE, LINE]}, "deductions.1.code"),
    ],
)
def test_what_is_wrong_in_a_rulebook_is_found_by_its_path(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_rulebook(wrong, *CODES)
    assert raised.value.members == {"field": field}


def test_midnight_is_of_the_zone_where_clocks_change() -> None:
    """New York's November has an hour more, its March one less."""
    long, short = (parse_period(name, "America/New_York") for name in ("2026-11", "2026-03"))
    assert (long.end.astimezone(UTC) - long.start.astimezone(UTC)) == timedelta(days=30, hours=1)
    assert (short.end.astimezone(UTC) - short.start.astimezone(UTC)) == timedelta(days=30, hours=23)
