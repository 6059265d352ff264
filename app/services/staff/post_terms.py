"""Terms of posts as values: what one says, when two clash, how they become rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.posts import Term
from app.store.staff import posts as store

MOST_LOAD = 5.0


@dataclass(frozen=True)
class TermFacts:
    """What a term says. Two terms that say the same are the same."""

    valid_from: datetime | None
    valid_until: datetime | None = None
    department_id: int | None = None
    shift: str = ""
    load: float = 1.0
    substitutes: tuple[int, ...] = ()

    @property
    def valid(self) -> Range[datetime]:
        return Range(self.valid_from, self.valid_until, bounds="[)")


def open_term(session: Session, post_id: int, facts: TermFacts, now: datetime) -> Term:
    return store.open_term(session, term_of(post_id, facts, now))


def term_of(post_id: int, facts: TermFacts, now: datetime) -> Term:
    return Term(
        post_id=post_id,
        department_id=facts.department_id,
        shift=facts.shift,
        load=facts.load,
        substitutes=list(facts.substitutes),
        valid=facts.valid,
        recorded=Range(now, None, bounds="[)"),
    )


def facts_of(term: Term) -> TermFacts:
    return TermFacts(
        term.valid.lower, term.valid.upper, term.department_id, term.shift, term.load, tuple(term.substitutes)
    )


def overlap(one: TermFacts, other: TermFacts) -> bool:
    """Whether two terms hold at some moment together."""
    return all(
        earlier.valid_from is None or later.valid_until is None or earlier.valid_from < later.valid_until
        for earlier, later in ((one, other), (other, one))
    )


def said(facts: TermFacts) -> dict[str, Any]:
    """A term for the trail; nothing in it tells who anybody is."""
    return {
        "valid_from": facts.valid_from,
        "valid_until": facts.valid_until,
        "department_id": facts.department_id,
        "shift": facts.shift,
        "load": facts.load,
        "substitutes": list(facts.substitutes),
    }


def holds(facts: TermFacts, at: datetime) -> bool:
    begun = facts.valid_from is None or facts.valid_from <= at
    return begun and (facts.valid_until is None or at < facts.valid_until)


def check_load(load: float) -> float:
    if not 0 < load <= MOST_LOAD:
        raise InputError(f"a load is a share of a full day's work, more than 0 and at most {MOST_LOAD:g}")
    return round(float(load), 6)


def check_times(facts: TermFacts) -> None:
    if facts.valid_from is not None and facts.valid_until is not None and facts.valid_until <= facts.valid_from:
        raise InputError(f"the post would end at {facts.valid_until.isoformat()}, before it begins")
