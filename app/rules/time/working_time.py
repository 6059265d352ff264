"""Time limits and the clock that counts them: working hours pause outside the calendar's hours, urgent ones run on.

Days follow the Civil Code of China, articles 201 to 203: the day of the start is not counted, the last day ends when
work ends, and where it is a day off it moves to the next worked day. Every moment carries a zone; answers are in UTC.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.errors import InputError
from app.rules.duties.time_limits import Limit
from app.rules.time.calendars import UnknownYear, WorkingCalendar

Span = tuple[datetime, datetime]
ENDLESS = datetime.max.replace(tzinfo=UTC)


RUNNING = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "urgent_hours": timedelta(hours=1)}
"""Units that run on through nights and holidays; the others wait for the office."""
WHOLE_DAYS = frozenset({"working_days", "days"})
LONGEST = timedelta(days=3660)
_ABOUT = RUNNING | {"working_hours": timedelta(hours=4), "working_days": timedelta(days=1.5), "days": timedelta(days=1)}


def times(limit: Limit, factor: float) -> Limit:
    """So many times as long."""
    return replace(limit, amount=limit.amount * factor)


def deadline(start: datetime, limit: Limit, calendar: WorkingCalendar, pauses: Iterable[Span] = ()) -> datetime:
    """The first moment, in UTC, at which the limit is used up; time inside `pauses` [from, to) does not count.

    Limits in days count whole days, rounded up, and no day that a pause touches. Raises UnknownYear, InputError.
    """
    begin = _aware(start)
    held = _merged(pauses)
    if limit.amount * _ABOUT[limit.unit] > LONGEST:
        raise InputError(f"{limit} is longer than ten years")
    if limit.unit in WHOLE_DAYS:
        return _end_of_days(begin, limit, calendar, held)
    if limit.unit in RUNNING:
        return _spend(RUNNING[limit.unit] * limit.amount, _running(begin, held))
    return _spend(timedelta(hours=limit.amount), _working(begin, calendar, held))


def due_moments(
    start: datetime, limits: Iterable[Limit], calendar: WorkingCalendar, pauses: Iterable[Span] = ()
) -> list[dict[str, str]]:
    """`condition`, `limit` and `due_at` (ISO, on the calendar's clock) of each limit; where it cannot be counted, such
    as into a year that nobody knows, `problem` says why."""
    held, zone = tuple(pauses), ZoneInfo(calendar.zone)
    found = []
    for limit in limits:
        told = {"condition": limit.condition, "limit": str(limit)}
        try:
            told["due_at"] = deadline(start, limit, calendar, held).astimezone(zone).isoformat()
        except (InputError, UnknownYear) as problem:
            told["problem"] = problem.detail
        found.append(told)
    return found


def worked(start: datetime, end: datetime, calendar: WorkingCalendar, pauses: Iterable[Span] = ()) -> timedelta:
    """Working time from `start` to `end` without pauses; zero when `end` is not after `start`. Raises UnknownYear."""
    return _until(_aware(end), _working(_aware(start), calendar, _merged(pauses), _aware(end)))


def elapsed(
    start: datetime, end: datetime, unit: str, calendar: WorkingCalendar, pauses: Iterable[Span] = ()
) -> timedelta:
    """Time that counts against limits in `unit`: all of it for units that run on and for days, else working time."""
    if unit in RUNNING or unit == "days":
        return _until(_aware(end), _running(_aware(start), _merged(pauses)))
    return worked(start, end, calendar, pauses)


def _spend(left: timedelta, spans: Iterator[Span]) -> datetime:
    for start, end in spans:
        if end - start >= left:
            return start + left
        left -= end - start
    raise InputError("the clock stands: there is no end to the pause")


def _until(end: datetime, spans: Iterator[Span]) -> timedelta:
    total = timedelta()
    for first, last in spans:
        if first >= end:
            break
        total += min(last, end) - first
    return total


def _running(start: datetime, pauses: Sequence[Span]) -> Iterator[Span]:
    """What is left of the time from `start` on without pauses, in order."""
    for first, last in pauses:
        if last <= start:
            continue
        if first > start:
            yield start, first
        start = last
    if start < ENDLESS:
        yield start, ENDLESS


def _working(
    start: datetime, calendar: WorkingCalendar, pauses: Sequence[Span], end: datetime | None = None
) -> Iterator[Span]:
    """Working spans from `start` on without pauses, in order; days after `end` are not asked for."""
    last = None if end is None else calendar.local_day(end)
    for day in calendar.from_day(calendar.local_day(start)):
        if (last is not None and day > last) or (pauses and pauses[-1][1] == ENDLESS and _all_paused(day, pauses)):
            return
        for first, close in calendar.spans(day):
            for free_first, free_last in _running(max(first, start), pauses):
                if free_first >= close:
                    break
                yield free_first, min(free_last, close)


def _all_paused(day: date, pauses: Sequence[Span]) -> bool:
    """Whether the last pause, which has no end, began more than a day before."""
    return pauses[-1][0].date() < day - timedelta(days=1)


def _end_of_days(start: datetime, limit: Limit, calendar: WorkingCalendar, pauses: Sequence[Span]) -> datetime:
    left = math.ceil(limit.amount)
    first = calendar.local_day(start) + timedelta(days=1)
    for day in calendar.from_day(first):
        if pauses and pauses[-1][1] == ENDLESS and _all_paused(day, pauses):
            break
        if _meets(day, calendar.zone, pauses):
            continue
        if left > 0 and (limit.unit == "days" or calendar.is_worked(day)):
            left -= 1
        if left == 0 and calendar.is_worked(day):
            return calendar.close_of(day)
    raise InputError("the clock stands: there is no end to the pause")


def _meets(day: date, zone: str, pauses: Sequence[Span]) -> bool:
    midnight, next_midnight = (
        datetime.combine(that, time(), ZoneInfo(zone)).astimezone(UTC) for that in (day, day + timedelta(days=1))
    )
    return any(first < next_midnight and last > midnight for first, last in pauses)


def _merged(pauses: Iterable[Span]) -> list[Span]:
    """Pauses in UTC, in order and apart; empty ones left out."""
    found: list[Span] = []
    for first, last in sorted((_aware(first), _aware(last)) for first, last in pauses):
        if first >= last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InputError(f"{moment} has no zone")
    return ENDLESS if moment == ENDLESS else moment.astimezone(UTC)
