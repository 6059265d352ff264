"""The scores of a period as its cases say now, or as they said at a moment: nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.rules.cases.actions import OPEN
from app.rules.duties.time_limits import Limit
from app.rules.scores.deadlines import Deadlines
from app.rules.scores.facts import READ, Facts, Record, extract
from app.rules.scores.periods import Period
from app.rules.scores.rulebook import Rulebook
from app.rules.scores.scoring import Unit, UnitScore, score_units
from app.services.cases.calendars import load as load_calendars
from app.store.scores import scores as store
from app.store.scores import trails as trails_store
from app.store.scores.trails import TrailFilter


def tell(session: Session, period: Period, book: Rulebook, known_at: datetime) -> dict[Unit, UnitScore]:
    """Scores of all units, as known at a moment: trails up to the period's end (or that moment, if it is before it),
    adjustments and calendars up to that moment. Raises UnknownYear."""
    seen = cut_of(period, known_at)
    patrols = store.patrols(session, period.name, known_at)
    return score_units(facts(session, period, book, known_at), seen, book, patrols)


def facts(
    session: Session, period: Period, book: Rulebook, known_at: datetime, events: Sequence[int] | None = None
) -> Iterator[Facts]:
    """Facts of the cases that may count in a period, or only of those named."""
    cut = cut_of(period, known_at).end
    calendars = load_calendars(session, known_at)
    deadlines = Deadlines(calendars.of, book.stage_limits(), cut)
    wanted = TrailFilter(period.start, cut, READ, OPEN, events)
    cases = trails_store.cases(session, wanted)
    for event, rows in trails_store.trails(session, wanted):
        case = cases.get(event)
        if case is not None:
            found = extract(Record(event, case.area, limits_of(case)), rows, cut, known_at, deadlines)
            if found is not None:
                yield found


def cut_of(period: Period, known_at: datetime) -> Period:
    """As much of the period as was over at a moment."""
    return replace(period, end=max(period.start, min(period.end, known_at)))


def limits_of(case: Any) -> tuple[Limit, ...]:
    """Every limit of a case; those taken in before there could be several have one."""
    if case.limits:
        return tuple(Limit(**each) for each in case.limits)
    if case.limit_amount is None or case.limit_unit is None:
        return ()
    return (Limit(case.limit_amount, case.limit_unit),)
