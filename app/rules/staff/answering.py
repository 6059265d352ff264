"""Who answers for a duty on a grid at a moment, and who would stand in: told from the grid's roster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.rules.sayings import Said
from app.rules.staff.roles import CHIEF, name_of
from app.rules.staff.rosters import Away, Entry, Held

MEMBER = "grid_member"


@dataclass(frozen=True)
class Answer:
    """`entry`: the post that answers, None where the grid has none. `said`, in words `why`, names no person."""

    entry: Entry | None
    said: Said

    @property
    def why(self) -> str:
        return self.said.text()

    @property
    def on_duty(self) -> bool:
        return self.entry is not None and self.entry.on_duty


def answering(entries: Sequence[Entry], role: str = "") -> Answer:
    """The post that answers: of the duty's role if one is on duty, else the 网格长, else a 网格员.

    Where nobody of these is on duty, the first of the duty's role (the 网格长 without one) is named, off duty.
    `entries` as `roster` orders them.
    """
    wanted = [role] if role else []
    for asked in dict.fromkeys((*wanted, CHIEF, MEMBER)):
        found = next((entry for entry in entries if entry.role == asked and entry.on_duty), None)
        if found is not None:
            return Answer(found, _why(asked, role, entries))
    named = next((e for asked in (*wanted, CHIEF, MEMBER) for e in entries if e.role == asked), None)
    if named is None:
        return Answer(None, Said("nobody_holds"))
    return Answer(named, Said("nobody_answers", {"because": named.said or named.reason}))


def next_in_line(
    terms: Iterable[Held], entry: Entry, away: Mapping[int, Sequence[Away]], at: datetime, known_at: datetime | None
) -> int | None:
    """The substitute (AB角) who would answer for the entry's post next: the first of the post's who is not away."""
    held = next((term for term in terms if term.post == entry.post and term.times.holds(at, known_at)), None)
    for person in held.substitutes if held else ():
        is_away = any(leave.times.holds(at, known_at) for leave in away.get(person, ()))
        if person not in (entry.person, entry.holder) and not is_away:
            return person
    return None


def _why(found: str, role: str, entries: Sequence[Entry]) -> Said:
    told = {"role": found, "role_name": name_of(found)}
    if not role or found == role:
        return Said("role_on_duty", told)
    code = "role_off_duty" if any(entry.role == role for entry in entries) else "role_vacant"
    return Said(code, {**told, "wanted": role, "wanted_name": name_of(role)})
