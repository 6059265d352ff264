"""Restricted times of duties: `05-01~10-31 周一-周五 22:00-06:00`; several joined by `;`.

Each part may be left out. Hours that pass midnight belong to the weekday they begin on; the season is that
of the day itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from app.errors import InputError

DAY = 24 * 60
EVERY_DAY = frozenset(range(7))
_NAMES = ("周一 mon", "周二 tue", "周三 wed", "周四 thu", "周五 fri", "周六 sat", "周日 sun")
DAYS = {name: number for number, names in enumerate(_NAMES) for name in names.split()}
_SEASON = re.compile(r"^(\d\d)-(\d\d)[~～](\d\d)-(\d\d)$")
_CLOCK = re.compile(r"^(\d\d):(\d\d)[-–~](\d\d):(\d\d)$")
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
Date = tuple[int, int]


@dataclass(frozen=True, order=True)
class Instant:
    """A moment by the wall clock of the place: month and day, weekday (Monday is 0), minute of the day."""

    date: Date
    weekday: int
    minute: int

    @classmethod
    def of(cls, local: datetime) -> Instant:
        return cls((local.month, local.day), local.weekday(), local.hour * 60 + local.minute)


@dataclass(frozen=True)
class Span:
    """One part of restricted times: a season (both days belong to it), weekdays, minutes [first, last)."""

    season: tuple[Date, Date] | None = None
    days: frozenset[int] = EVERY_DAY
    clock: tuple[int, int] = (0, DAY)

    def holds(self, at: Instant) -> bool:
        first, last = self.clock
        if first < last:
            return self._in_season(at.date) and at.weekday in self.days and first <= at.minute < last
        weekday = at.weekday if at.minute >= first else (at.weekday - 1) % 7
        return self._in_season(at.date) and weekday in self.days and not last <= at.minute < first

    def _in_season(self, date: Date) -> bool:
        if self.season is None:
            return True
        first, last = self.season
        return first <= date <= last if first <= last else date >= first or date <= last


@dataclass(frozen=True)
class Hours:
    """Restricted times; without spans they are always."""

    spans: tuple[Span, ...] = ()

    @property
    def restricted(self) -> bool:
        return bool(self.spans)

    def hold(self, at: Instant) -> bool:
        return not self.spans or any(span.holds(at) for span in self.spans)


def parse_hours(text: str) -> Hours:
    """Restricted times as a list writes them; '' and 全天 are always. Raises InputError."""
    if text.strip() in ("", "全天", "always"):
        return Hours()
    return Hours(tuple(_span(part) for part in re.split(r"[;；]", text) if part.strip()))


def sample(hours: Iterable[Hours]) -> list[Instant]:
    """Instants of which one lies in every stretch of the year in which no restricted time begins or ends.

    Only every boundary counts, so a handful of windows gives tens of instants; none restricted gives one.
    """
    spans = [span for each in set(hours) for span in each.spans]
    dates: set[Date] = {(1, 1)}
    minutes = {0}
    for span in spans:
        if span.season:
            dates |= {span.season[0], _next(span.season[1])}
        minutes |= {minute % DAY for minute in span.clock}
    days = range(7) if any(span.days != EVERY_DAY for span in spans) else range(1)
    return [Instant(*parts) for parts in product(sorted(dates), days, sorted(minutes))]


def active(hours: Sequence[Hours]) -> list[tuple[Instant, tuple[bool, ...]]]:
    """Which of these hold together: each distinct set once, with the first instant at which it is so."""
    found: dict[tuple[bool, ...], Instant] = {}
    for at in sample(hours):
        found.setdefault(tuple(each.hold(at) for each in hours), at)
    return [(at, held) for held, at in found.items()]


def _span(text: str) -> Span:
    made = Span()
    for word in text.split():
        if season := _SEASON.match(word):
            first, last = (int(season[1]), int(season[2])), (int(season[3]), int(season[4]))
            made = Span((_date(first, word), _date(last, word)), made.days, made.clock)
        elif clock := _CLOCK.match(word):
            hours = [int(clock[i]) for i in (1, 2, 3, 4)]
            made = Span(made.season, made.days, (_minute(hours[0], hours[1], word), _minute(hours[2], hours[3], word)))
        else:
            made = Span(made.season, _days(word), made.clock)
    if made.clock[0] == made.clock[1]:
        raise InputError(f"{text!r}: the time ends when it begins")
    return made


def _days(word: str) -> frozenset[int]:
    found: set[int] = set()
    for part in re.split(r"[,，、]", word.lower()):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise InputError(f"{word!r} is no restricted time: write 05-01~10-31, 周一-周五 or 22:00-06:00")
        start, end = DAYS[first], DAYS[last or first]
        found |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return frozenset(found)


def _minute(hour: int, minute: int, word: str) -> int:
    if hour * 60 + minute > DAY or minute > 59:
        raise InputError(f"{word!r} is no time of the day")
    return hour * 60 + minute


def _date(date: Date, word: str) -> Date:
    if not 1 <= date[0] <= 12 or not 1 <= date[1] <= LENGTHS[date[0] - 1]:
        raise InputError(f"{word!r} is no part of the year")
    return date


def _next(date: Date) -> Date:
    month, day = date
    if day < LENGTHS[month - 1]:
        return month, day + 1
    return (month % 12) + 1, 1
