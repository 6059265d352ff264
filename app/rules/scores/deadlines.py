"""When limits end, for thousands of cases: the same clock as one case's, with calendars that remember their days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.rules.duties.time_limits import Limit
from app.rules.time.calendars import UnknownYear, WorkingCalendar
from app.rules.time.working_time import WHOLE_DAYS, Span, deadline

CENTRE = ""
"""Whose calendar the stages of the centre (verify, file, dispatch, check, close) are counted by: everybody's."""


@dataclass(frozen=True)
class _Remembering(WorkingCalendar):
    """A calendar that works a day out once."""

    known_spans: dict[date, list[Span]] = field(default_factory=dict, compare=False, repr=False)
    known_days: dict[date, bool] = field(default_factory=dict, compare=False, repr=False)

    def is_worked(self, day: date) -> bool:
        if day not in self.known_days:
            self.known_days[day] = super().is_worked(day)
        return self.known_days[day]

    def spans(self, day: date) -> list[Span]:
        if day not in self.known_spans:
            self.known_spans[day] = super().spans(day)
        return self.known_spans[day]


class Deadlines:
    """Ends of limits as seen at `cut`. A limit that reaches into a year nobody knows ends after the cut, when the year
    begins after it; what exactly, does not matter then. Otherwise UnknownYear is raised."""

    def __init__(
        self, calendar_of: Callable[[str], WorkingCalendar], stages: Mapping[str, Limit], cut: datetime
    ) -> None:
        self._calendar_of = calendar_of
        self._stages = stages
        self._cut = cut
        self._calendars: dict[str, _Remembering] = {}
        self._days: dict[tuple[str, date, float, str], datetime] = {}

    def of_stage(self, stage: str, start: datetime | None) -> datetime | None:
        """When a stage of the centre that begins at `start` has to be over."""
        return None if start is None else self.of(CENTRE, start, self._stages[stage])

    def of(self, department: str, start: datetime, limit: Limit, pauses: Iterable[Span] = ()) -> datetime:
        calendar = self._calendar(department)
        held = tuple(pauses)
        try:
            if limit.unit not in WHOLE_DAYS or held:
                return deadline(start, limit, calendar, held)
            # without pauses the day of the start is all that counts
            key = (department, calendar.local_day(start), limit.amount, limit.unit)
            if key not in self._days:
                self._days[key] = deadline(start, limit, calendar)
            return self._days[key]
        except UnknownYear as error:
            begins = datetime(error.year, 1, 1, tzinfo=ZoneInfo(calendar.zone))
            if begins < self._cut:
                raise
            return begins

    def _calendar(self, department: str) -> _Remembering:
        if department not in self._calendars:
            given = self._calendar_of(department)
            self._calendars[department] = _Remembering(given.hours, given.weekdays, given.days, given.zone)
        return self._calendars[department]
