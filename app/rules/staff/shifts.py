"""Weekly patterns of work, also in rotation over several weeks: read from lists, asked for a moment.

    Mon-Fri 08:00-12:00,14:00-18:00; Sat 09:00-12:00      周一至周五 8:00-12:00，14:00-18:00；周六 9:00-12:00
    rota 2 from 2026-01-05: week 1 Mon-Fri 08:00-20:00; week 2 Mon-Fri 20:00-08:00
    轮换2周 自2026-01-05：第1周 周一至周五 08:00-20:00；第2周 周一至周五 20:00-08:00

An end before its start is on the next day. Holidays are no part of a pattern: they belong to the working calendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from app.errors import InputError

DAY = 24 * 60
WEEK = 7 * DAY
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS_WORDS = frozenset({"", "always", "24h", "全天", "24小时", "全天候"})
_DAYS = {
    **{name.lower(): day for day, name in enumerate(NAMES)},
    **{f"{week}{sign}": day for week in ("周", "星期", "礼拜") for day, sign in enumerate("一二三四五六日")},
    "周天": 6,
    "星期天": 6,
}
_SETS = {"daily": range(7), "每天": range(7), "每日": range(7), "weekdays": range(5), "工作日": range(5)}
_ROTA = re.compile(r"(?:rota|轮换)\s*(\d{1,2})\s*周?\s*(?:from|自|起)\s*(\d{4}-\d\d-\d\d)\s*:\s*", re.IGNORECASE)
_WEEK = re.compile(r"(?:week\s*(\d{1,2})|第\s*(\d{1,2})\s*周(?![一二三四五六日天]))\s*", re.IGNORECASE)
_PART = re.compile(r"(\D+?)\s*(\d{1,2}:\d\d\s*-.*)")
_HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
_SAME = str.maketrans({"；": ";", "，": ",", "、": ",", "：": ":", "–": "-", "—": "-", "~": "-", "至": "-", "到": "-"})


@dataclass(frozen=True, order=True)
class Span:
    """Minutes [start, end) of a day of a week of the rotation, counted from that day's midnight; end may pass 24 h."""

    week: int
    day: int
    start: int
    end: int

    @property
    def begins(self) -> int:
        """In minutes of the rotation."""
        return (self.week * 7 + self.day) * DAY + self.start


@dataclass(frozen=True)
class Shift:
    """A pattern of `weeks` weeks, the first of which holds `anchor`. Without spans: always."""

    spans: tuple[Span, ...] = ()
    weeks: int = 1
    anchor: date | None = None

    def covers(self, local: datetime) -> bool:
        """Whether a moment, as the clock on the wall says, is inside the pattern."""
        if not self.spans:
            return True
        minute, period = self._minute(local), self.weeks * WEEK
        return any((minute - span.begins) % period < span.end - span.start for span in self.spans)

    def next_start(self, local: datetime) -> datetime | None:
        """When work begins next after `local` (naive); None for a pattern that never pauses."""
        if not self.spans:
            return None
        minute, period = self._minute(local), self.weeks * WEEK
        ahead = min((span.begins - minute - 1) % period for span in self.spans) + 1
        return local.replace(second=0, microsecond=0, tzinfo=None) + timedelta(minutes=ahead)

    def _minute(self, local: datetime) -> int:
        """Of the rotation; a span that passes its end goes on at its beginning."""
        days = local.weekday()
        if self.weeks > 1 and self.anchor is not None:
            monday = self.anchor.toordinal() - self.anchor.weekday()
            days = (local.toordinal() - monday) % (7 * self.weeks)
        return days * DAY + local.hour * 60 + local.minute

    def __str__(self) -> str:
        """As `parse_shift` reads it; equal patterns give equal texts."""
        if not self.spans:
            return ""
        head = f"rota {self.weeks} from {self.anchor}: " if self.weeks > 1 else ""
        return head + "; ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        for week, spans in groupby(sorted(self.spans), key=lambda span: span.week):
            hours: dict[int, str] = {}
            for day, held in groupby(spans, key=lambda span: span.day):
                hours[day] = ",".join(f"{_clock(span.start)}-{_clock(span.end)}" for span in held)
            for same, days in groupby(hours, key=hours.__getitem__):
                yield (f"week {week + 1} " if self.weeks > 1 else "") + f"{_named(list(days))} {same}"


ALWAYS = Shift()


def parse_shift(text: str) -> Shift:
    """Raises InputError, naming the part that cannot be read."""
    plain = " ".join(text.translate(_SAME).split())
    if plain.casefold() in ALWAYS_WORDS:
        return ALWAYS
    rota = _ROTA.match(plain)
    weeks = int(rota[1]) if rota else 1
    anchor = _day(rota[2]) if rota and weeks > 1 else None
    if not 1 <= weeks <= 52:
        raise InputError(f"{text!r}: a rotation has 1 to 52 weeks")
    spans: set[Span] = set()
    for part in filter(None, (part.strip() for part in plain[rota.end() if rota else 0 :].split(";"))):
        spans |= _spans(part, weeks)
    _check_apart(text, spans)
    return Shift(tuple(sorted(spans)), weeks, anchor)


def _spans(part: str, weeks: int) -> set[Span]:
    found = _WEEK.match(part)
    chosen = [int(found[1] or found[2]) - 1] if found else list(range(weeks))
    matched = _PART.fullmatch(part[found.end() if found else 0 :].strip())
    if matched is None or not 0 <= chosen[0] < weeks:
        raise InputError(f"{part!r} is not a shift: write Mon-Fri 08:00-12:00,14:00-18:00 or 周一至周五 08:00-18:00")
    hours = [_hours(part, piece) for piece in matched[2].split(",")]
    days = [day for piece in matched[1].split(",") for day in _days(part, piece.strip())]
    return {Span(week, day, start, end) for week in chosen for day in days for start, end in hours}


def _days(part: str, text: str) -> list[int]:
    folded = text.casefold()
    if folded in _SETS:
        return list(_SETS[folded])
    first, dash, last = (piece.strip() for piece in folded.partition("-"))
    if first not in _DAYS or (dash and last not in _DAYS):
        raise InputError(f"{part!r}: {text!r} is no day: Mon … Sun, 周一 … 周日, daily, 每天, weekdays, 工作日")
    start, end = _DAYS[first], _DAYS[last] if dash else _DAYS[first]
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _hours(part: str, text: str) -> tuple[int, int]:
    matched = _HOURS.fullmatch(text.strip())
    numbers = [int(number) for number in matched.groups()] if matched else [25, 0, 0, 0]
    start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if start >= DAY or end > DAY or max(numbers[1], numbers[3]) > 59 or start == end:
        raise InputError(f"{part!r}: {text!r} is no range of hours: 08:00-12:00")
    return start, end if end > start else end + DAY


def _check_apart(text: str, spans: set[Span]) -> None:
    for _, held in groupby(sorted(spans), key=lambda span: (span.week, span.day)):
        day = list(held)
        if any(earlier.end > later.start for earlier, later in pairwise(day)):
            raise InputError(f"{text!r}: hours of one day overlap")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day: write 2026-01-05") from None


def _clock(minutes: int) -> str:
    within = minutes if minutes <= DAY else minutes - DAY
    return f"{within // 60:02d}:{within % 60:02d}"


def _named(days: list[int]) -> str:
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), key=lambda pair: pair[1] - pair[0])]
    return ",".join(f"{NAMES[run[0]]}-{NAMES[run[-1]]}" if len(run) > 1 else NAMES[run[0]] for run in runs)
