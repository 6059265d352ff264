"""What events are routed by, in memory: duty lines, matters, calendars, owners of last resort. Loaded once for each
state of the database; a counter there tells when it has changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.rules.duties.duty_index import DutyIndex, DutyVersion, MatterIndex, MatterRow
from app.rules.duties.matter_text import MatterText, Suggestion
from app.rules.duties.matters import MATTER
from app.rules.staff.rosters import Times
from app.services.cases.calendars import Calendars
from app.services.cases.calendars import load as load_calendars
from app.services.duties import duties, matter_words, matters
from app.store.cases import events as events_store
from app.store.duties import duties as duties_store
from app.store.duties import matters as matters_store

Version = tuple[int, int]
MOMENTS = 64  # that were asked about last; their calendars and owners of last resort are kept


@dataclass(frozen=True, eq=False)
class RoutingIndex:
    """One state, never changed. Duty lines over all time; calendars and owners of last resort (area, department) as
    believed now: what was believed before is asked of the database, for such questions are rare."""

    version: Version | None = None
    duties: DutyIndex = field(default_factory=DutyIndex)
    matters: MatterIndex = field(default_factory=MatterIndex)
    calendars: Calendars = field(default_factory=Calendars)
    last_resorts: Sequence[tuple[str, str]] = ()
    _words: dict[str, Any] = field(default_factory=dict)
    _then: dict[datetime, RoutingIndex] = field(default_factory=dict)

    @cached_property
    def _by_length(self) -> list[tuple[str, str]]:
        return sorted(self.last_resorts, key=lambda row: -len(row[0]))

    def last_resort(self, area: str) -> tuple[str, str] | None:
        """(area, department) of the longest area that this one's code begins with."""
        return next((row for row in self._by_length if area.startswith(row[0])), None)

    def suggest(self, text: str, at: datetime, limit: int = 5) -> list[Suggestion]:
        """Matters that a text may mean, of those that the city works by at a moment: not of components, for a text
        says what is wrong."""
        return self._by_words(at).suggest(text, limit)

    def _by_words(self, at: datetime) -> MatterText:
        """Made anew when another table takes force."""
        held = self.matters.in_force(at, MATTER)
        key = tuple((matter.table, matter.code, matter.name) for matter in held)
        if self._words.get("key") != key:
            self._words.update(key=key, index=matter_words.index_of(held))
        made: MatterText = self._words["index"]
        return made

    def known_then(self, session: Session, known_at: datetime | None) -> RoutingIndex:
        """The same with calendars and owners of last resort as they were believed at a moment."""
        if known_at is None:
            return self
        made = self._then.get(known_at)
        if made is None:
            resorts = [(row.area, row.department) for row in events_store.last_resorts(session, known_at)]
            calendars = load_calendars(session, known_at)
            while len(self._then) >= MOMENTS:
                self._then.pop(next(iter(self._then)), None)
            made = RoutingIndex(self.version, self.duties, self.matters, calendars, resorts)
            self._then[known_at] = made
        return made


class RoutingMemory:
    """Holds the index of the last state that was asked about. Safe to share between threads."""

    def __init__(self) -> None:
        self._index = RoutingIndex()
        self._loading = threading.Lock()

    def current(self, session: Session) -> RoutingIndex:
        """The index of what the session sees; one small query where nothing has changed."""
        version = duties_store.routing_version(session)
        if self._index.version == version:
            return self._index
        with self._loading:
            if self._index.version != version:
                self._index = _load(session, version)
            return self._index


def _load(session: Session, version: Version) -> RoutingIndex:
    """Rows committed after `version` was read may be in it already; the next question then finds a new version."""
    lines = [
        DutyVersion(row.id, duties.as_rule(row), Times(*_ends(row.valid), *_ends(row.recorded)))
        for row in duties_store.ever(session)
    ]
    rows = [
        MatterRow(matters.as_rule(row, table), Times(*_ends(row.valid)), Times(*_ends(table.valid)), table.local)
        for row, table in matters_store.rows(session, at=None)
    ]
    resorts = [(row.area, row.department) for row in events_store.last_resorts(session)]
    return RoutingIndex(version, DutyIndex(lines), MatterIndex(rows), load_calendars(session), resorts)


def _ends(span: Range[datetime]) -> tuple[datetime | None, datetime | None]:
    return span.lower, span.upper
