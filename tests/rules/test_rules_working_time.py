"""The working-time clock: figures of the rule by hand, and every deadline against a count minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.duties.time_limits import Limit, parse_limits
from app.rules.time.calendars import EVERY_DAY, OFFICE, Days, Hours, UnknownYear, WorkingCalendar, parse_hours
from app.rules.time.working_time import ENDLESS, deadline, elapsed, times, worked

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def limit_of(text: str) -> Limit:
    (limit,) = parse_limits(text)
    return limit


def due(start: str, limit: str, calendar: WorkingCalendar = OFFICE, pauses: list[tuple[str, str]] | None = None) -> str:
    held = [(at(first), at(last)) for first, last in pauses or []]
    found = deadline(at(start), limit_of(limit), calendar, held)
    return found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        ("2026-11-20 11:00", "4 工作时", "2026-11-20 17:00"),
        ("2026-11-20 17:30", "2 紧急工作时", "2026-11-20 19:30"),
        ("2026-11-20 11:00", "1 工作时", "2026-11-20 12:00"),
        ("2026-11-20 12:30", "1 工作时", "2026-11-20 15:00"),
        ("2026-11-20 17:00", "2 工作时", "2026-11-23 09:00"),  # Friday to Monday
        ("2026-02-13 17:00", "2 工作时", "2026-02-14 09:00"),  # 2026-02-14 is a Saturday worked for the Spring Festival
        ("2026-02-14 17:00", "2 工作时", "2026-02-24 09:00"),  # Spring Festival 2026: 15 to 23 February
        ("2026-09-30 09:00", "1 工作日", "2026-10-08 18:00"),  # National Day 2026: 1 to 7 October
        ("2026-11-20 09:00", "2 工作日", "2026-11-24 18:00"),
        ("2026-11-20 09:00", "3 日", "2026-11-23 18:00"),
        ("2026-11-20 09:00", "1 天", "2026-11-23 18:00"),  # Saturday is a day off: the next worked day
        ("2026-11-20 09:00", "6 小时", "2026-11-20 15:00"),
        ("2026-11-20 23:50", "30 分钟", "2026-11-21 00:20"),
        ("2026-09-30 20:00", "24 紧急工作时", "2026-10-01 20:00"),
        ("2026-11-20 09:00", "1.5 工作日", "2026-11-24 18:00"),
    ],
)
def test_limits_end_where_the_rule_says(start: str, limit: str, end: str) -> None:
    assert due(start, limit) == end


def test_pauses_stop_the_clock() -> None:
    noon = [("2026-11-20 11:30", "2026-11-20 15:00")]
    assert due("2026-11-20 11:00", "2 工作时", pauses=noon) == "2026-11-20 16:30"
    assert due("2026-11-20 11:00", "2 小时", pauses=noon) == "2026-11-20 16:30"
    assert due("2026-11-20 09:00", "1 工作日", pauses=[("2026-11-23 10:00", "2026-11-23 11:00")]) == "2026-11-24 18:00"
    with pytest.raises(InputError, match="the clock stands"):
        deadline(at("2026-11-20 09:00"), limit_of("1 工作日"), OFFICE, [(at("2026-11-20 10:00"), ENDLESS)])
    for limit in ("9 工作时", "9 小时"):
        with pytest.raises(InputError, match="the clock stands"):
            deadline(at("2026-11-20 09:00"), limit_of(limit), OFFICE, [(at("2026-11-20 10:00"), ENDLESS)])
    assert (
        worked(at("2026-11-20 09:00"), at("2026-12-01 09:00"), OFFICE, [(at("2026-11-20 10:00"), ENDLESS)])
        == 60 * MINUTE
    )


def test_a_year_that_nobody_knows_is_said_and_an_added_one_counts() -> None:
    with pytest.raises(UnknownYear) as told:
        due("2026-12-31 17:30", "1 工作时")
    assert told.value.year == 2027
    assert due("2026-12-31 17:30", "1 紧急工作时") == "2026-12-31 18:30"
    new_year = Days({date(2027, 1, 1): False}, frozenset({2027}))
    calendar = WorkingCalendar(OFFICE.hours, days=new_year)
    assert due("2026-12-31 17:30", "1 工作时", calendar) == "2027-01-04 08:30"
    assert due("2026-12-31 17:30", "1 工作时", WorkingCalendar(OFFICE.hours, EVERY_DAY, None)) == "2027-01-01 08:30"
    with pytest.raises(UnknownYear):
        WorkingCalendar(OFFICE.hours, days=Days(national=False)).is_worked(date(2026, 11, 20))


def test_an_override_wins_over_the_library() -> None:
    closed = WorkingCalendar(OFFICE.hours, days=Days({date(2026, 11, 23): False, date(2026, 11, 21): True}))
    assert due("2026-11-20 17:30", "1 工作时", closed) == "2026-11-21 08:30"
    assert due("2026-11-21 17:30", "1 工作时", closed) == "2026-11-24 08:30"


def test_an_office_of_six_days_keeps_holidays() -> None:
    six = WorkingCalendar(OFFICE.hours, frozenset(range(6)))
    assert due("2026-11-20 17:30", "1 工作时", six) == "2026-11-21 08:30"
    assert due("2026-09-30 17:30", "1 工作时", six) == "2026-10-08 08:30"


def test_summer_hours() -> None:
    summer = WorkingCalendar((parse_hours("06-01..09-30 08:00-12:00,15:00-18:30"), *OFFICE.hours))
    assert due("2026-07-01 11:00", "2 工作时", summer) == "2026-07-01 16:00"
    assert due("2026-11-20 11:00", "2 工作时", summer) == "2026-11-20 15:00"


def test_clocks_that_change() -> None:
    """Night work in New York, 2026-03-08 (02:00 → 03:00) and 2026-11-01 (02:00 → 01:00); hours as they truly pass."""
    zone = ZoneInfo("America/New_York")
    night = WorkingCalendar((Hours(((0, 6 * 60),)),), EVERY_DAY, None, zone.key)
    spring, autumn = at("2026-03-08 00:00", zone), at("2026-11-01 00:00", zone)
    assert worked(spring, spring + timedelta(days=1), night) == timedelta(hours=5)
    assert worked(autumn, autumn + timedelta(days=1), night) == timedelta(hours=7)
    assert deadline(spring, Limit(3, "working_hours"), night).astimezone(zone).hour == 4
    assert deadline(autumn, Limit(3, "working_hours"), night).astimezone(zone).hour == 2
    assert deadline(spring, Limit(24, "urgent_hours"), night) == spring.astimezone(UTC) + timedelta(days=1)


def test_refusals() -> None:
    assert times(limit_of("4 工作时"), 1.5).amount == 6
    with pytest.raises(InputError, match="ten years"):
        due("2026-11-20 09:00", "99999 日")
    with pytest.raises(InputError, match="no zone"):
        deadline(datetime(2026, 11, 20, 9), limit_of("1 日"), OFFICE)  # noqa: DTZ001  that is the point
    for hours in ("", "8", "12:00-08:00", "08:00-25:00", "08:00-12:00,11:00-13:00", "08:70-12:00"):
        with pytest.raises(InputError):
            parse_hours(hours)


spans = st.sampled_from(["08:00-12:00,14:00-18:00", "09:00-17:00", "00:00-24:00", "07:30-11:15,13:00-20:45"])
starts = st.integers(0, 300 * 1440).map(lambda minutes: at("2026-01-25 00:00") + minutes * MINUTE)
pauses = st.lists(st.tuples(st.integers(-600, 6000), st.integers(0, 2500)), max_size=3)


def counts(moment: datetime, unit: str, calendar: WorkingCalendar, held: list[tuple[datetime, datetime]]) -> bool:
    """Whether the minute that begins at `moment` is spent, told from the wall clock and the library alone."""
    if any(first <= moment < last for first, last in held):
        return False
    if unit != "working_hours":
        return True
    local = moment.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    return calendar.is_worked(local.date()) and any(a <= minute < b for a, b in calendar.hours[0].spans)


@given(starts, spans, st.integers(1, 40), st.sampled_from(["working_hours", "urgent_hours", "hours"]), pauses)
def test_hours_against_a_count_of_minutes(
    start: datetime, text: str, quarters: int, unit: str, gaps: list[tuple[int, int]]
) -> None:
    calendar = WorkingCalendar((parse_hours(text),))
    held = [(start + gap * MINUTE, start + (gap + length) * MINUTE) for gap, length in gaps]
    moment, left = start.astimezone(UTC), quarters * 15
    while left:
        left -= counts(moment, unit, calendar, held)
        moment += MINUTE
    assert deadline(start, Limit(quarters / 4, unit), calendar, held) == moment
    assert elapsed(start, moment, unit, calendar, held) == quarters * 15 * MINUTE


@given(starts, st.integers(1, 12), st.sampled_from(["working_days", "days"]), pauses)
def test_days_against_a_count_of_days(start: datetime, amount: int, unit: str, gaps: list[tuple[int, int]]) -> None:
    held = [(start + gap * MINUTE, start + (gap + length) * MINUTE) for gap, length in gaps if length]
    day, left = start.date(), amount
    while True:
        day += timedelta(days=1)
        wall = [datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + minute * MINUTE for minute in range(1440)]
        if any(first <= minute < last for minute in wall for first, last in held):
            continue
        left -= left > 0 and (unit == "days" or OFFICE.is_worked(day))
        if left == 0 and OFFICE.is_worked(day):
            break
    assert deadline(start, Limit(amount, unit), OFFICE, held) == datetime(
        day.year, day.month, day.day, 18, tzinfo=SHANGHAI
    )


@given(starts, st.integers(1, 2000), st.integers(1, 2000))
def test_worked_time_adds_up_and_never_runs_backwards(start: datetime, first: int, second: int) -> None:
    middle = start + first * MINUTE
    end = middle + second * MINUTE
    assert worked(start, middle, OFFICE) + worked(middle, end, OFFICE) == worked(start, end, OFFICE)
    assert worked(end, start, OFFICE) == timedelta()
