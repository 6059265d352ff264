"""Cases with their trails. A case is locked before a step is added, so that the number of the step is its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.cases import Case, CaseStep, CaseWhistle
from app.models.events import Event

TICK = 500


def add(session: Session, case: Case) -> Case:
    session.add(case)
    session.flush()
    return case


def get(session: Session, event_id: int) -> Case:
    case = session.get(Case, event_id)
    if case is None:
        raise NotFound(f"no event {event_id}")
    return case


def lock(session: Session, event_id: int) -> Case:
    """The case as it is now, kept from others until the transaction ends."""
    statement = (
        select(Case).where(Case.event_id == event_id).with_for_update().execution_options(populate_existing=True)
    )
    case = session.scalar(statement)
    if case is None:
        raise NotFound(f"no event {event_id}")
    return case


def lock_many(session: Session, events: Sequence[int]) -> list[Case]:
    """Cases by number, each as it is now and kept from others; always locked in that order, so that two who want the
    same wait for each other and never for ever. Raises NotFound."""
    statement = select(Case).where(Case.event_id.in_(list(events))).order_by(Case.event_id).with_for_update()
    found = list(session.scalars(statement.execution_options(populate_existing=True)))
    missing = sorted(set(events) - {case.event_id for case in found})
    if missing:
        raise NotFound(f"no event {missing[0]}")
    return found


def trails(session: Session, events: Sequence[int]) -> dict[int, list[CaseStep]]:
    """The trails of many cases, each in order."""
    found: dict[int, list[CaseStep]] = {event: [] for event in events}
    statement = select(CaseStep).where(CaseStep.event_id.in_(list(events)))
    for step in session.scalars(statement.order_by(CaseStep.event_id, CaseStep.number)):
        found[step.event_id].append(step)
    return found


def steps(session: Session, event_id: int) -> list[CaseStep]:
    """The trail, in order."""
    return list(session.scalars(select(CaseStep).where(CaseStep.event_id == event_id).order_by(CaseStep.number)))


def add_steps(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(CaseStep), list(rows))


def put_whistles(session: Session, event_id: int, rows: Iterable[dict[str, Any]]) -> None:
    """The whistles of a case in place of those kept before."""
    session.execute(delete(CaseWhistle).where(CaseWhistle.event_id == event_id))
    found = list(rows)
    if found:
        session.execute(insert(CaseWhistle), found)


def take_marked(session: Session, now: datetime, limit: int = TICK) -> list[Case]:
    """Cases whose mark has passed, locked; those that somebody else works on now come with the next look."""
    statement = select(Case).where(Case.next_mark_at < now).order_by(Case.next_mark_at, Case.event_id).limit(limit)
    statement = statement.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return list(session.scalars(statement))


def with_clock_problem(session: Session) -> list[int]:
    """Open cases whose deadline could not be told."""
    return list(session.scalars(select(Case.event_id).where(Case.clock_problem != "").order_by(Case.event_id)))


def open_elsewhere(
    session: Session, open_stages: Sequence[str], edition_id: int | None, events: Sequence[int] | None = None
) -> list[tuple[Case, Event, float, float]]:
    """Open cases that were not routed with this edition, with their WGS 84 places; those that keep their owner not."""
    lon, lat = func.ST_X(Event.geom), func.ST_Y(Event.geom)
    statement = (
        select(Case, Event, lon, lat)
        .join(Event, Event.id == Case.event_id)
        .where(Case.stage.in_(open_stages), ~Case.keeps_owner, Case.edition_id.is_distinct_from(edition_id))
        .order_by(Case.event_id)
    )
    if events is not None:
        statement = statement.where(Case.event_id.in_(list(events)))
    return [(case, event, x, y) for case, event, x, y in session.execute(statement)]
