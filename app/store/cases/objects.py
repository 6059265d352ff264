"""Regulated objects, the events that name them, what counts for their level, and how it moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.objects import ObjectEvent, ObjectLevel, ObjectRule, RegulatedObject

AT_ONCE = 200
PLACES = text("""
    SELECT o.id, count(*) AS events, (array_agg(ST_X(e.geom) ORDER BY e.at DESC, e.id DESC))[1] AS lon,
           (array_agg(ST_Y(e.geom) ORDER BY e.at DESC, e.id DESC))[1] AS lat
    FROM objects o JOIN object_events l ON l.object_id = o.id JOIN events e ON e.id = l.event_id
    GROUP BY o.id ORDER BY o.id
""")
FACTS = text("""
    SELECT s.at, CASE s.action WHEN 'collect' THEN 'cases' WHEN 'overdue' THEN 'overdue' ELSE 'reworks' END AS kind,
           s.event_id, e.matter
    FROM object_events o JOIN events e ON e.id = o.event_id JOIN cases c ON c.event_id = o.event_id
         JOIN case_steps s ON s.event_id = o.event_id
    WHERE o.object_id = :object AND c.stage NOT IN ('rejected', 'merged') AND s.at <= :now
      AND s.action IN ('collect', 'overdue', 'rework', 'reopen')
      AND (CAST(:since AS timestamptz) IS NULL OR s.at > :since)
    ORDER BY s.at, s.event_id, s.number
""")
TO_LOOK_AT = text("""
    SELECT id FROM objects o
    WHERE o.looked_at IS NULL OR o.next_look_at <= :now OR EXISTS (
        SELECT 1 FROM object_events l JOIN case_steps s ON s.event_id = l.event_id
        WHERE l.object_id = o.id AND s.at > o.looked_at AND s.at <= :now
          AND s.action IN ('collect', 'overdue', 'rework', 'reopen'))
    ORDER BY id LIMIT :limit FOR UPDATE OF o SKIP LOCKED
""")


@dataclass(frozen=True)
class PlaceRow:
    """Where an object was named last (WGS 84), and by how many events."""

    id: int
    events: int
    lon: float
    lat: float


@dataclass(frozen=True)
class FactRow:
    at: datetime
    kind: str
    case: int
    matter: str


def put(session: Session, key: str, name: str, created_by: str, owner: str = "") -> RegulatedObject:
    """The object with this key, made if there is none; a name and an owner that are given replace those before."""
    statement = insert(RegulatedObject).values(key=key, name=name, owner=owner, created_by=created_by)
    changed = {
        "name": statement.excluded.name if name else RegulatedObject.name,
        "owner": statement.excluded.owner if owner else RegulatedObject.owner,
    }
    found = session.scalar(
        statement.on_conflict_do_update(index_elements=["key"], set_=changed)
        .returning(RegulatedObject)
        .execution_options(populate_existing=True)
    )
    assert found is not None
    return found


def get(session: Session, object_id: int) -> RegulatedObject:
    found = session.get(RegulatedObject, object_id)
    if found is None:
        raise NotFound(f"no object {object_id}")
    return found


def find(session: Session, key: str) -> RegulatedObject | None:
    return session.scalar(select(RegulatedObject).where(RegulatedObject.key == key))


def page(
    session: Session, level: int | None = None, kind: str | None = None, *, limit: int = 100, after: int = 0
) -> list[RegulatedObject]:
    """By number; `after` is the last of the page before."""
    statement = select(RegulatedObject).where(RegulatedObject.id > after).order_by(RegulatedObject.id).limit(limit)
    if level is not None:
        statement = statement.where(RegulatedObject.level == level)
    if kind is not None:
        statement = statement.where(RegulatedObject.key.startswith(f"{kind}:", autoescape=True))
    return list(session.scalars(statement))


def link(session: Session, found: RegulatedObject, event_id: int) -> bool:
    """Say that an event names an object, which is then judged anew; whether that is news."""
    statement = insert(ObjectEvent).values(object_id=found.id, event_id=event_id).on_conflict_do_nothing()
    new = session.scalar(statement.returning(ObjectEvent.event_id)) is not None
    if new:
        found.looked_at = None
        session.flush()
    return new


def events(session: Session, object_id: int) -> list[int]:
    statement = select(ObjectEvent.event_id).where(ObjectEvent.object_id == object_id)
    return list(session.scalars(statement.order_by(ObjectEvent.event_id)))


def places(session: Session) -> list[PlaceRow]:
    """Of the objects that an event names, by number."""
    return [PlaceRow(*row) for row in session.execute(PLACES)]


def every(session: Session, ids: Sequence[int]) -> dict[int, RegulatedObject]:
    found = session.scalars(select(RegulatedObject).where(RegulatedObject.id.in_(ids)))
    return {row.id: row for row in found}


def to_look_at(session: Session, now: datetime, limit: int = AT_ONCE) -> list[RegulatedObject]:
    """Objects about which something is new, or whose time of quiet is over; locked."""
    ids = list(session.scalars(TO_LOOK_AT, {"now": now, "limit": limit}))
    found = select(RegulatedObject).where(RegulatedObject.id.in_(ids)).order_by(RegulatedObject.id)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def facts(session: Session, object_id: int, since: datetime | None, now: datetime) -> list[FactRow]:
    """Cases, overdue cases and reworks after `since` up to `now`, earliest first."""
    values = {"object": object_id, "since": since, "now": now}
    return [FactRow(*row) for row in session.execute(FACTS, values)]


def add_level(session: Session, row: dict[str, Any]) -> int:
    """The number of a change that is recorded."""
    return session.scalars(insert(ObjectLevel).returning(ObjectLevel.id), [row]).one()


def levels(session: Session, object_id: int) -> Sequence[ObjectLevel]:
    """The history of an object, earliest first."""
    statement = select(ObjectLevel).where(ObjectLevel.object_id == object_id)
    return session.scalars(statement.order_by(ObjectLevel.at, ObjectLevel.id)).all()


def rules(session: Session, *, ever: bool = False) -> Sequence[ObjectRule]:
    """Rules that hold now, or all there ever were, by code."""
    statement = select(ObjectRule).order_by(ObjectRule.code, ObjectRule.id)
    return session.scalars(statement if ever else statement.where(func.upper_inf(ObjectRule.recorded))).all()


def end_rule(session: Session, code: str, now: datetime) -> bool:
    before = session.scalar(
        select(ObjectRule).where(ObjectRule.code == code, func.upper_inf(ObjectRule.recorded)).with_for_update()
    )
    if before is None:
        return False
    before.recorded = Range(before.recorded.lower, now, bounds="[)")
    session.flush()
    return True


def put_rule(session: Session, columns: dict[str, Any], now: datetime) -> None:
    """A rule in place of the one with the same code, which stays on record."""
    end_rule(session, columns["code"], now)
    session.add(ObjectRule(**columns, recorded=Range(now, None, bounds="[)")))
    session.flush()
