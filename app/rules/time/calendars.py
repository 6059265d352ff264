"""Which days are worked and in which hours: weekly days, public holidays and 调休, hours that change with the season.

Holidays come from chinesecalendar under what the database adds and overrides. A year that neither knows is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import chinese_calendar

from app.errors import InputError, Refused

CHINA = "Asia/Shanghai"
DAY_MINUTES = 24 * 60
MONDAY_TO_FRIDAY = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
_SPAN = re.compile(r"(\d{1,2})(?::?(\d{2}))?\s*[-–—至]\s*(\d{1,2})(?::?(\d{2}))?")


class UnknownYear(Refused):
    """Nobody has said yet which days of a year are worked; `year` tells which."""

    def __init__(self, year: int) -> None:
        reason = f"which days of {year} are holidays or worked is not known"
        super().__init__(f"{reason}: add the year to the calendar", [reason], year=year)
        self.year = year


@dataclass(frozen=True)
class Days:
    """Public holidays and worked weekends. `overrides`: day → whether it is worked; `years`: those that the overrides
    describe whole, beside the weekend. `national`: chinesecalendar below them."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    national: bool = True

    def is_worked(self, day: date, weekdays: frozenset[int] = MONDAY_TO_FRIDAY) -> bool:
        """Whether an office with these weekdays (0 is Monday) works on `day`. Raises UnknownYear."""
        said = self.overrides.get(day)
        if said is not None:
            return said
        if day.year in self.years:
            return day.weekday() in weekdays
        if not self.national:
            raise UnknownYear(day.year)
        try:
            is_holiday, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            raise UnknownYear(day.year) from None
        if name is None:  # neither a holiday nor a 调休 day: the office's own week decides
            return day.weekday() in weekdays
        return not is_holiday


@dataclass(frozen=True)
class Hours:
    """Spans of minutes [start, end) of a worked day. `first`, `last`: month and day of the season, both included; a
    season may pass the turn of the year, None is the whole year."""

    spans: tuple[tuple[int, int], ...]
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        ordered = sorted(self.spans)
        bad = [span for span in ordered if not 0 <= span[0] < span[1] <= DAY_MINUTES]
        if not ordered or bad or any(earlier[1] > later[0] for earlier, later in pairwise(ordered)):
            raise InputError(f"hours {self.spans}: spans of a day, apart, each before 24:00")
        object.__setattr__(self, "spans", tuple(ordered))

    def hold(self, day: date) -> bool:
        if self.first is None or self.last is None:
            return True
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True)
class WorkingCalendar:
    """When a department works. `hours`: the first that hold on a day are its hours. `days` None: holidays are not
    kept and no year is unknown (环卫, 应急 on every day)."""

    hours: tuple[Hours, ...]
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    days: Days | None = field(default_factory=Days)
    zone: str = CHINA

    def __post_init__(self) -> None:
        if not self.hours or not self.weekdays <= EVERY_DAY or not self.weekdays:
            raise InputError("a working calendar has hours and at least one of the weekdays 0 to 6")
        if any(held.first is not None for held in self.hours[-1:]):
            raise InputError("the last hours of a calendar hold the whole year, so that every day has some")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise InputError(f"no time zone {self.zone!r}") from None

    def local_day(self, moment: datetime) -> date:
        """The day on the wall of this calendar's zone."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def is_worked(self, day: date) -> bool:
        """Raises UnknownYear."""
        return day.weekday() in self.weekdays if self.days is None else self.days.is_worked(day, self.weekdays)

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working spans of a day in UTC, in order; none on a day off. Raises UnknownYear.

        Ends are read on the wall: on the days that clocks change, a span is an hour shorter or longer in truth.
        """
        if not self.is_worked(day):
            return []
        held = next(hours for hours in self.hours if hours.hold(day))
        found = [(self._instant(day, start), self._instant(day, end)) for start, end in held.spans]
        return [(start, end) for start, end in found if start < end]

    def close_of(self, day: date) -> datetime:
        """When work ends on a worked day, in UTC."""
        return self.spans(day)[-1][1]

    def from_day(self, day: date) -> Iterator[date]:
        """`day` and every day after it."""
        while True:
            yield day
            day += timedelta(days=1)

    def _instant(self, day: date, minutes: int) -> datetime:
        """The first instant at which the wall clock shows it; inside a gap, what it would have shown without it."""
        midnight = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return midnight.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def parse_hours(text: str) -> Hours:
    """`08:00-12:00,14:00-18:00`, or `08-12 14-18`; a season before it: `06-01..09-30 08:00-12:00,15:00-18:00`.

    Raises InputError.
    """
    season, _, rest = text.strip().partition(" ") if ".." in text else ("", "", text)
    found = [tuple(int(part or 0) for part in match.groups()) for match in _SPAN.finditer(rest)]
    left = _SPAN.sub("", rest).strip(" ,;，；、")
    if not found or left or any(first[1] > 59 or first[3] > 59 for first in found):
        raise InputError(f"{text!r} are no hours: write 08:00-12:00,14:00-18:00")
    spans = tuple((a * 60 + b, c * 60 + d) for a, b, c, d in found)
    if not season:
        return Hours(spans)
    first, _, last = season.partition("..")
    return Hours(spans, _month_day(first), _month_day(last))


def hours_text(hours: Hours) -> str:
    """As `parse_hours` reads it."""
    spans = ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in hours.spans)
    if hours.first is None or hours.last is None:
        return spans
    return f"{hours.first[0]:02d}-{hours.first[1]:02d}..{hours.last[0]:02d}-{hours.last[1]:02d} {spans}"


def parse_seasons(texts: Sequence[str]) -> tuple[Hours, ...]:
    """Hours with a season first, those of the whole year last."""
    return tuple(sorted((parse_hours(text) for text in texts), key=lambda hours: hours.first is None))


def _month_day(text: str) -> tuple[int, int]:
    try:
        month, day = (int(part) for part in text.split("-"))
        return date(2024, month, day).month, day  # a leap year, so that 02-29 is a day
    except ValueError:
        raise InputError(f"{text!r} is no day of the year: write 06-01") from None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


OFFICE = WorkingCalendar(hours=(parse_hours("08:00-12:00,14:00-18:00"),))
"""What holds where nobody said anything else."""
