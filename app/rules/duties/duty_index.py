"""Every version of every duty line and matter by what it speaks of: those in force at a moment, as known now or then,
without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.rules.duties.duties import Duty
from app.rules.duties.matters import EVERY, Matter
from app.rules.staff.rosters import Times

Key = tuple[str, str]


@dataclass(frozen=True)
class DutyVersion:
    """One version of a line: what it says, when it holds and when that was known; `id` is its own for ever."""

    id: int
    duty: Duty
    times: Times


@dataclass(frozen=True)
class MatterRow:
    """One row of a code table, when it holds and when its table does; `is_own`: of a city's own table."""

    matter: Matter
    row: Times
    table: Times
    is_own: bool = False

    @property
    def since(self) -> float:
        """When its table took force; the newest is the greatest."""
        return self.table.valid_from.timestamp() if self.table.valid_from else float("-inf")


class DutyIndex:
    """Immutable. `versions` in the order of their numbers, which is the order of answers."""

    def __init__(self, versions: Iterable[DutyVersion] = ()) -> None:
        found: dict[Key, list[DutyVersion]] = {}
        for version in versions:
            found.setdefault((version.duty.kind, version.duty.code), []).append(version)
        self._by_code: Mapping[Key, list[DutyVersion]] = found

    def speaking(self, matter: Matter, at: datetime, known_at: datetime | None = None) -> list[DutyVersion]:
        """The lines of a matter's code, of its classes and of every matter that hold at `at`, by number."""
        codes = [matter.code[:length] for length in range(1, len(matter.code) + 1)]
        named = [
            version
            for code in (*codes, EVERY)
            for version in self._by_code.get((matter.kind, code), ())
            if version.times.holds(at, known_at) and version.duty.closeness(matter)
        ]
        return sorted(named, key=lambda version: version.duty.number)


class MatterIndex:
    """Immutable. `rows` in the order in which tables are asked: a city's own first, then the newest."""

    def __init__(self, rows: Iterable[MatterRow] = ()) -> None:
        found: dict[Key, list[MatterRow]] = {}
        for row in rows:
            found.setdefault(row.matter.key, []).append(row)
        self._by_key: Mapping[Key, list[MatterRow]] = found

    def find(self, kind: str, code: str, at: datetime) -> Matter | None:
        """The matter that the city works by at a moment."""
        held = (row for row in self._by_key.get((kind, code), ()) if row.row.holds(at) and row.table.holds(at))
        return next((row.matter for row in held), None)

    def in_force(self, at: datetime, kind: str) -> list[Matter]:
        """The matters of one kind that the city works by: of its own tables, if any is in force, else of the newest."""
        held = [
            row
            for rows in self._by_key.values()
            for row in rows
            if row.matter.kind == kind and row.row.holds(at) and row.table.holds(at)
        ]
        own = [row for row in held if row.is_own]
        newest = max((row.since for row in held), default=None)
        chosen = own or [row for row in held if row.since == newest]
        first: dict[Key, Matter] = {}
        for row in chosen:
            first.setdefault(row.matter.key, row.matter)
        return [first[key] for key in sorted(first)]
