"""The clock of a case: when it warns, when it is due, when it climbs the ladder; green, yellow, red."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.cases.trail import State
from app.rules.duties.time_limits import Limit
from app.rules.time.calendars import WorkingCalendar
from app.rules.time.working_time import ENDLESS, deadline, elapsed

LADDER = ("grid", "community", "street", "district")
"""网格 → 社区 → 街道 → 区."""
AREA_DIGITS = {"community": 12, "street": 9, "district": 6}
WARN_SHARE = 0.8
CLIMB_SHARE = 0.5
GREEN, YELLOW, RED = "green", "yellow", "red"
Pauses = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Times:
    """Moments of one time limit of a case; `condition` '' is the matter itself. `climbs`: when it goes to the
    community, the street, the district."""

    start: datetime
    warn_at: datetime
    due_at: datetime
    climbs: tuple[datetime, ...]
    limit: Limit

    @property
    def condition(self) -> str:
        return self.limit.condition


@dataclass(frozen=True)
class Mark:
    """Something that the clock has to say: warn, overdue, or escalate to a `level` of the ladder; of which limit."""

    action: str
    at: datetime
    level: int = 0
    condition: str = ""


def times(state: State, reported_at: datetime, limits: Iterable[Limit], calendar: WorkingCalendar) -> tuple[Times, ...]:
    """The limits that are not met yet, the first to be due first; none while the case is suspended.

    They run side by side from the dispatch, before that (as it would be) from the report. Each warns at 80 % of the
    time between start and due, climbs when due and after each further half of it, all counted as the limit is. Nothing
    is due before the moment to which a delay was approved. Raises UnknownYear.
    """
    if state.is_suspended:
        return ()
    start = state.dispatched_at or reported_at
    pauses = [(first, last or ENDLESS) for first, last in state.pauses]
    unmet = [limit for limit in limits if limit.condition not in state.met]
    found = [_times(limit, start, state.delayed_to, calendar, pauses) for limit in unmet]
    return tuple(sorted(found, key=lambda each: (each.due_at, each.condition)))


def _times(
    limit: Limit, start: datetime, delayed_to: datetime | None, calendar: WorkingCalendar, pauses: Pauses
) -> Times:
    due = deadline(start, limit, calendar, pauses)
    if delayed_to is not None:
        due = max(due, delayed_to)
    total = elapsed(start, due, limit.unit, calendar, pauses)
    unit = "working_hours" if limit.unit.startswith("working") else "urgent_hours"

    def after(share: float) -> datetime:
        return deadline(
            start, Limit(max(total * share, timedelta(seconds=1)) / timedelta(hours=1), unit), calendar, pauses
        )

    climbs = (due, *(after(1 + CLIMB_SHARE * k) for k in range(1, len(LADDER) - 1)))
    return Times(start, min(after(WARN_SHARE), due), due, climbs, limit)


def marks(state: State, clocks: Sequence[Times]) -> Iterator[Mark]:
    """What the clock still has to say about a case, in the order in which it may be said; the past and the future.
    `clocks` as `times` gives them: the case climbs by the first."""
    if not clocks or not state.is_open or state.finished_at is not None:
        return
    for clock in clocks:
        if clock.condition not in state.warned_of:
            yield Mark("warn", clock.warn_at, condition=clock.condition)
        if clock.condition not in state.overdue_of:
            yield Mark("overdue", clock.due_at, condition=clock.condition)
    for level in range(state.level + 1, len(LADDER)):
        yield Mark("escalate", clocks[0].climbs[level - 1], level, clocks[0].condition)


def light(state: State, warn_at: datetime | None, due_at: datetime | None, now: datetime) -> str | None:
    """green, yellow from the warning on, red once overdue; of work that is done, as it was then. None: no clock."""
    if due_at is None:
        return None
    seen = state.finished_at or state.closed_at or now
    if seen > due_at:
        return RED
    return YELLOW if warn_at is not None and seen >= warn_at and state.finished_at is None else GREEN


def step_of_ladder(area: str, level: int) -> str:
    """The code of the area that answers at a level for a community's code; '' where the code does not reach so deep."""
    digits = AREA_DIGITS.get(LADDER[level], 0)
    return area[:digits] if digits and len(area) >= digits else ""


def common_level(areas: list[str], grids: int) -> int:
    """The lowest level of the ladder at which grids in these areas have one answer: one grid, one community, one
    street; the district otherwise."""
    if grids <= 1:
        return 0
    for level in range(1, len(LADDER) - 1):
        if len({step_of_ladder(area, level) for area in areas}) == 1 and step_of_ladder(areas[0], level):
            return level
    return len(LADDER) - 1
