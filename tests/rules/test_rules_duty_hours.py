"""Restricted times: reading them, and the few instants that stand for a whole year (against every minute of it)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.duties.duty_hours import Instant, active, parse_hours


def at(text: str) -> Instant:
    return Instant.of(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("hours", "moment", "held"),
    [
        ("", "2026-11-22T03:00", True),
        ("08:00-12:00", "2026-11-22T08:00", True),
        ("08:00-12:00", "2026-11-22T12:00", False),
        ("22:00-06:00", "2026-11-22T23:59", True),
        ("22:00-06:00", "2026-11-22T05:59", True),
        ("22:00-06:00", "2026-11-22T06:00", False),
        ("周五 22:00-06:00", "2026-11-21T01:00", True),  # the night of Friday, on Saturday
        ("周五 22:00-06:00", "2026-11-20T01:00", False),
        ("周六,周日", "2026-11-22T12:00", True),
        ("Sat-Mon", "2026-11-23T12:00", True),
        ("Sat-Mon", "2026-11-24T12:00", False),
        ("05-01~10-31 08:00-12:00", "2026-11-01T09:00", False),
        ("11-15~03-15", "2026-01-01T09:00", True),
        ("11-15~03-15", "2026-03-16T00:00", False),
        ("08:00-09:00; 17:00-24:00", "2026-11-22T23:59", True),
    ],
)
def test_hours(hours: str, moment: str, held: bool) -> None:
    assert parse_hours(hours).hold(at(moment)) is held


@pytest.mark.parametrize("text", ["25:00-26:00", "08:00-08:00", "晚上", "02-30~03-01", "周八", "08:61-09:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_hours(text)


TEXTS = (
    "",
    "08:00-12:00",
    "22:00-06:00",
    "周一-周五 09:00-17:00",
    "周六",
    "05-01~10-31",
    "12-01~02-15 周日 20:00-02:00",
)


@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3, unique=True))
def test_the_instants_stand_for_the_whole_year(texts: list[str]) -> None:
    """Every set of hours that holds at some quarter of an hour of 2026 is among those found."""
    hours = [parse_hours(text) for text in texts]
    start = datetime(2026, 1, 1)  # noqa: DTZ001  by the wall clock
    year = (Instant.of(start + timedelta(minutes=15 * step)) for step in range(365 * 96))
    seen = {tuple(each.hold(moment) for each in hours) for moment in year}
    found = {held for _, held in active(hours)}
    assert seen <= found
