"""Notices of plans to departments, and what is objected to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.cases import Case
from app.models.events import Event
from app.models.notices import Notice, Objection
from app.models.plans import Plan

OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"
STATUSES = (OPEN, ANSWERED, WITHDRAWN)


@dataclass(frozen=True)
class OpenCase:
    """An open case that may change hands; `lon`, `lat` in WGS 84."""

    event: int
    kind: str
    matter: str
    owner: str
    grid: str
    lon: float
    lat: float


def add(session: Session, rows: Sequence[dict[str, Any]]) -> list[Notice]:
    return list(session.scalars(insert(Notice).returning(Notice), list(rows))) if rows else []


def get(session: Session, notice_id: int) -> Notice:
    found = session.get(Notice, notice_id)
    if found is None:
        raise NotFound(f"no notice {notice_id}")
    return found


def of_plan(session: Session, plan_id: int) -> list[Notice]:
    """All that were ever given, oldest first."""
    return list(session.scalars(select(Notice).where(Notice.plan_id == plan_id).order_by(Notice.id)))


def every(session: Session, department: str | None = None) -> list[tuple[Notice, Plan, int]]:
    """Notices of all plans, or those to one department, the newest first, each with its plan and the number of
    objections to it that nobody answered."""
    unanswered = (
        select(func.count())
        .where(Objection.notice_id == Notice.id, Objection.status == OPEN)
        .correlate(Notice)
        .scalar_subquery()
    )
    statement = select(Notice, Plan, unanswered).join(Plan, Plan.id == Notice.plan_id).order_by(Notice.id.desc())
    if department is not None:
        statement = statement.where(Notice.department == department)
    return [(notice, plan, count) for notice, plan, count in session.execute(statement)]


def add_objection(session: Session, objection: Objection) -> Objection:
    session.add(objection)
    session.flush()
    return objection


def get_objection(session: Session, objection_id: int) -> Objection:
    """Locked: it is answered or withdrawn once."""
    found = session.get(Objection, objection_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"no objection {objection_id}")
    return found


def objections(
    session: Session, *, plan_id: int | None = None, notice_id: int | None = None, status: str | None = None
) -> list[tuple[Objection, Notice]]:
    """Objections with their notices, oldest first."""
    statement = select(Objection, Notice).join(Notice, Notice.id == Objection.notice_id).order_by(Objection.id)
    for column, value in ((Notice.plan_id, plan_id), (Notice.id, notice_id), (Objection.status, status)):
        if value is not None:
            statement = statement.where(column == value)
    return [(objection, notice) for objection, notice in session.execute(statement)]


def open_cases(session: Session, open_stages: Sequence[str]) -> list[OpenCase]:
    """Open cases that a re-division may move, by number."""
    columns = (Case.event_id, Event.kind, Event.matter, Case.owner, Case.grid)
    statement = (
        select(*columns, func.ST_X(Event.geom), func.ST_Y(Event.geom))
        .join(Event, Event.id == Case.event_id)
        .where(Case.stage.in_(open_stages), ~Case.keeps_owner, Event.matter != "")
        .order_by(Case.event_id)
    )
    return [OpenCase(*row) for row in session.execute(statement)]
