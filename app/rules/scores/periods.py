"""Periods that scores are told for: a day, a week (ISO 8601), a month, a quarter, a year; half-open, in one zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.errors import InputError

DAY, WEEK, MONTH, QUARTER, YEAR = "day", "week", "month", "quarter", "year"
KINDS = (DAY, WEEK, MONTH, QUARTER, YEAR)
WRITTEN = "2026-10-31, 2026-W44, 2026-10, 2026-Q4 or 2026"
_FORMS = {
    DAY: re.compile(r"(\d{4})-(\d\d)-(\d\d)"),
    WEEK: re.compile(r"(\d{4})-[Ww](\d\d?)"),
    MONTH: re.compile(r"(\d{4})-(\d\d)"),
    QUARTER: re.compile(r"(\d{4})-[Qq]([1-4])"),
    YEAR: re.compile(r"(\d{4})"),
}
_EARLIEST, _LATEST = 1949, 2200


@dataclass(frozen=True)
class Period:
    """[start, end), from midnight to midnight of a zone, in UTC; `name` is how the period is written, always alike."""

    kind: str
    name: str
    start: datetime
    end: datetime

    def holds(self, moment: datetime | None) -> bool:
        return moment is not None and self.start <= moment < self.end


def parse_period(text: str, zone: str) -> Period:
    """`2026-10-31`, `2026-W44`, `2026-10`, `2026-Q4` or `2026`. Raises InputError."""
    written = text.strip()
    for kind, form in _FORMS.items():
        found = form.fullmatch(written)
        if found:
            numbers = [int(part) for part in found.groups()]
            try:
                return _of_day(kind, _first_day(kind, numbers), zone)
            except ValueError:
                break
    raise InputError(f"{text!r} is no period: write {WRITTEN}")


def period_of(kind: str, moment: datetime, zone: str) -> Period:
    """The period of a kind that holds a moment. Raises InputError for a kind that there is not."""
    if kind not in KINDS:
        raise InputError(f"no kind of period {kind!r}: {', '.join(KINDS)}")
    return _of_day(kind, moment.astimezone(ZoneInfo(zone)).date(), zone)


def before(period: Period, zone: str) -> Period:
    """The period of the same kind that ends where this one starts."""
    return period_of(period.kind, period.start - timedelta(microseconds=1), zone)


def up_to(last: Period, count: int, zone: str) -> list[Period]:
    """So many periods of one kind without a gap, the last one last."""
    found = [last]
    while len(found) < count:
        found.append(before(found[-1], zone))
    return found[::-1]


def ended(now: datetime, zone: str) -> Iterator[Period]:
    """The last period of every kind that is over."""
    for kind in KINDS:
        yield before(period_of(kind, now, zone), zone)


def _first_day(kind: str, numbers: list[int]) -> date:
    year = numbers[0]
    if not _EARLIEST <= year <= _LATEST:
        raise ValueError(year)
    if kind == WEEK:
        return date.fromisocalendar(year, numbers[1], 1)
    if kind == QUARTER:
        return date(year, 3 * numbers[1] - 2, 1)
    return date(*[*numbers, 1, 1][:3])


def _of_day(kind: str, day: date, zone: str) -> Period:
    if kind == WEEK:
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return _between(kind, f"{year}-W{week:02d}", first, first + timedelta(days=7), zone)
    months = {DAY: 0, MONTH: 1, QUARTER: 3, YEAR: 12}[kind]
    if not months:
        return _between(kind, day.isoformat(), day, day + timedelta(days=1), zone)
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    next_month = first.month - 1 + months
    end = date(first.year + next_month // 12, next_month % 12 + 1, 1)
    names = {MONTH: f"{first:%Y-%m}", QUARTER: f"{first.year}-Q{(first.month + 2) // 3}", YEAR: f"{first.year}"}
    return _between(kind, names[kind], first, end, zone)


def _between(kind: str, name: str, first: date, end: date, zone: str) -> Period:
    # in UTC: moments of one zone are compared by the wall clock, which shows an hour twice where clocks go back
    start, until = (datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in (first, end))
    return Period(kind, name, start, until)
