"""Shifts against a table of weekdays and minutes that the test fills by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.staff.shifts import ALWAYS, Shift, Span, parse_shift

OFFICE = "Mon-Fri 08:00-12:00,14:00-18:00; Sat 09:00-12:00"
MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("周一至周五 8:00-12:00，14:00-18:00；周六 9:00-12:00", OFFICE),
        ("mon-fri 8:00–12:00, 14:00–18:00; sat 9:00-12:00;", OFFICE),
        ("每天 22:00-06:00", "Mon-Sun 22:00-06:00"),
        ("工作日 08:00-24:00", "Mon-Fri 08:00-24:00"),
        ("Sat-Mon 10:00-11:00", "Mon,Sat-Sun 10:00-11:00"),
        ("星期一、礼拜三 08:00-09:00", "Mon,Wed 08:00-09:00"),
        ("24小时", ""),
        ("", ""),
        (
            "轮换2周 自2026-01-05：第1周 周一至周五 08:00-20:00；第2周 周一至周五 20:00-08:00",
            "rota 2 from 2026-01-05: week 1 Mon-Fri 08:00-20:00; week 2 Mon-Fri 20:00-08:00",
        ),
    ],
)
def test_both_languages_are_read_and_written_one_way(written: str, canonical: str) -> None:
    assert str(parse_shift(written)) == canonical
    assert parse_shift(canonical) == parse_shift(written)


@pytest.mark.parametrize(
    "text",
    ["nine to five", "Mon 8-12", "Mon 25:00-26:00", "Moon 08:00-09:00", "Mon 08:00-08:00", "Mon 08:61-09:00",
     "Mon 08:00-10:00,09:00-11:00", "rota 2 from 2026-13-01: Mon 08:00-09:00", "week 3 Mon 08:00-09:00"],
)  # fmt: skip
def test_what_is_no_shift_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_shift(text)


spans = st.builds(
    lambda week, day, start, length: Span(week, day, start, start + length),
    st.integers(0, 1), st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1439),
)  # fmt: skip


@given(st.sets(spans, min_size=1, max_size=3), st.integers(0, 4 * 10_080 - 1))
def test_covers_as_a_table_of_minutes_does(held: set[Span], minute: int) -> None:
    """The table: every minute of the two weeks of the rotation, wrapped round."""
    shift = Shift(tuple(sorted(held)), 2, MONDAY)
    table = {(span.week * 7 + span.day) * 1440 + offset for span in held for offset in range(span.start, span.end)}
    worked = {number % 20_160 for number in table}
    at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=minute, days=-14)
    assert shift.covers(at) == (minute % 20_160 in worked)
    starts = {(span.week * 7 + span.day) * 1440 + span.start for span in held}
    following = next(step for step in range(minute + 1, minute + 20_161) if step % 20_160 in starts)
    assert shift.next_start(at) == at.replace(tzinfo=None) + timedelta(minutes=following - minute)


@given(st.lists(spans, min_size=1, max_size=4), st.integers(1, 2))
def test_a_text_is_read_back_as_the_same_shift(held: list[Span], weeks: int) -> None:
    apart = {(span.week % weeks, span.day): span for span in held}
    made = tuple(sorted(Span(week, day, span.start, span.end) for (week, day), span in apart.items()))
    shift = Shift(made, weeks, MONDAY if weeks > 1 else None)
    assert parse_shift(str(shift)) == shift


def test_without_a_pattern_it_is_always() -> None:
    assert ALWAYS.covers(datetime(2026, 1, 1, 3, tzinfo=UTC))
    assert ALWAYS.next_start(datetime(2026, 1, 1, 3, tzinfo=UTC)) is None
