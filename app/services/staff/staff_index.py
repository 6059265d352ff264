"""Staff in memory, for the look-up: posts by grid, absences by person, and what is needed to show them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.rules.accounts.personal_data import mask_name, mask_phone
from app.rules.staff.rosters import Away, Entry, Held, Times, chief, roster
from app.rules.staff.shifts import Shift, parse_shift
from app.store.staff import staff as store

Place = tuple[str, str]
REMEMBERED = 20_000


@dataclass(frozen=True)
class View:
    """For which moment, in whose clock, as known when, and whether names and numbers are shown as they are."""

    at: datetime
    zone: str
    known_at: datetime | None = None
    plain: bool = False


@dataclass(frozen=True, eq=False)
class StaffIndex:
    """Never changes; rosters are worked out when they are asked for and remembered for their minute."""

    held: Mapping[Place, tuple[Held, ...]] = field(default_factory=dict)
    away: Mapping[int, tuple[Away, ...]] = field(default_factory=dict)
    contacts: Mapping[int, tuple[str | None, str | None]] = field(default_factory=dict)
    departments: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    by_seconds: frozenset[Place] = frozenset()
    """Grids where something begins or ends inside a minute: their rosters are not remembered."""
    _remembered: OrderedDict[tuple[Any, ...], list[Entry]] = field(default_factory=OrderedDict)

    def roster(self, network: str, grid: str, view: View) -> list[Entry]:
        """Who is on duty on a grid; empty for one without posts."""
        held = self.held.get((network, grid))
        if held is None:
            return []
        key = (network, grid, int(view.at.timestamp() // 60), view.known_at, view.zone)
        known = self._remembered.get(key)
        if known is None:
            known = roster(held, self.away, view.at, _zone(view.zone), view.known_at)
            if (network, grid) not in self.by_seconds:
                self._remembered[key] = known
                if len(self._remembered) > REMEMBERED:
                    self._remembered.popitem(last=False)
        return known

    def shown(self, network: str, grid: str, view: View) -> list[dict[str, Any]]:
        """The `staff` member of an answer: role, name and whether on duty, with the reason; masked unless plain."""
        return [self._entry(entry, view.plain) for entry in self.roster(network, grid, view)]

    def lead(self, network: str, grid: str, view: View) -> tuple[str | None, str | None]:
        """Department and name of the grid's chief, or of who stands in; (None, None) for a grid without one."""
        entry = chief(self.roster(network, grid, view))
        if entry is None:
            return None, None
        name = self.contacts.get(entry.person, (None, None))[0]
        return self.departments.get(entry.department or 0), name if view.plain else mask_name(name)

    def _entry(self, entry: Entry, plain: bool) -> dict[str, Any]:
        name, phone = self.contacts.get(entry.person, (None, None))
        return {
            "role": entry.role,
            "role_name": self.roles.get(entry.role, entry.role),
            "name": name if plain else mask_name(name),
            "phone": phone if plain else mask_phone(phone),
            "department": self.departments.get(entry.department or 0),
            "on_duty": entry.on_duty,
            "substitute": entry.stands_in,
            "reason": entry.reason,
            "post": entry.post,
        }


def load_staff(session: Session) -> StaffIndex:
    """Everything that was ever recorded, so that questions about the past need no database."""
    held: dict[Place, list[Held]] = {}
    shifts: dict[str, Shift] = {}
    for row in store.terms(session):
        if row.shift not in shifts:
            shifts[row.shift] = parse_shift(row.shift)
        term = Held(
            row.post, row.person, row.role, Times(*row.times), shifts[row.shift], row.substitutes, row.department
        )
        held.setdefault((row.network, row.grid), []).append(term)
    away: dict[int, list[Away]] = {}
    for absence in store.absences(session):
        leave = Away(absence.person, Times(*absence.times), absence.substitute)
        away.setdefault(absence.person, []).append(leave)
    return StaffIndex(
        {place: tuple(terms) for place, terms in held.items()},
        {person: tuple(leaves) for person, leaves in away.items()},
        store.contacts(session) if held else {},
        store.department_names(session),
        store.role_names(session),
        frozenset(place for place, terms in held.items() if _by_seconds(terms, away)),
    )


def _by_seconds(terms: list[Held], away: Mapping[int, list[Away]]) -> bool:
    people = {person for term in terms for person in (term.person, *term.substitutes)}
    leaves = [leave for person in people for leave in away.get(person, ())]
    stood = [leave for leave in leaves if leave.substitute is not None and leave.substitute not in people]
    leaves += [other for leave in stood for other in away.get(leave.substitute or 0, ())]
    spans = [*(term.times for term in terms), *(leave.times for leave in leaves)]
    moments = [moment for times in spans for moment in (times.valid_from, times.valid_to) if moment is not None]
    return any(moment.second or moment.microsecond for moment in moments)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
