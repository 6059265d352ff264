"""Plans open for comment, and the comments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import geopandas as gpd
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.consultations import Consultation, PlanComment
from app.models.plans import Plan, PlanGrid
from app.store.frames import as_geometry, select_frame
from app.store.plans.plans import DIVIDED


def add(session: Session, consultation: Consultation) -> Consultation:
    session.add(consultation)
    session.flush()
    return consultation


def last(session: Session, plan_id: int) -> Consultation | None:
    """The one that is going, else the latest of the plan."""
    statement = select(Consultation).where(Consultation.plan_id == plan_id).order_by(Consultation.id.desc()).limit(1)
    return session.scalar(statement)


def open_at(session: Session, now: datetime, plan_id: int | None = None) -> list[tuple[Consultation, Plan]]:
    """Those that take comments at a moment, with their plans, the first to close first; of one plan or all. A plan that
    is published or divided anew from its pieces takes none."""
    statement = (
        select(Consultation, Plan)
        .join(Plan, Plan.id == Consultation.plan_id)
        .where(
            Consultation.ended_at.is_(None), Consultation.opens_at <= now, Consultation.closes_at > now,
            Plan.status == DIVIDED,
        )
        .order_by(Consultation.closes_at, Consultation.id)
    )  # fmt: skip
    if plan_id is not None:
        statement = statement.where(Plan.id == plan_id)
    return [(consultation, plan) for consultation, plan in session.execute(statement)]


def grids(session: Session, plan_id: int) -> gpd.GeoDataFrame:
    """What everybody may see of a plan's grids: code, name, kind, area, area_m2 and shape, in EPSG:4326 by code."""
    columns = (PlanGrid.code, PlanGrid.name, PlanGrid.kind, PlanGrid.area, PlanGrid.area_m2)
    statement = select(*columns, as_geometry(PlanGrid.geom)).where(PlanGrid.plan_id == plan_id)
    return select_frame(session, statement.order_by(PlanGrid.code.collate("C")))


def ground(session: Session, plan_id: int) -> tuple[int, list[float]]:
    """How many grids a plan has, and the box around them: west, south, east, north."""
    box = func.ST_Extent(PlanGrid.geom)
    sides = (func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    count, *corners = session.execute(select(func.count(), *sides).where(PlanGrid.plan_id == plan_id)).one()
    return int(count), [float(side) for side in corners if side is not None]


def has_grid(session: Session, plan_id: int, code: str) -> bool:
    return session.scalar(select(PlanGrid.id).where(PlanGrid.plan_id == plan_id, PlanGrid.code == code)) is not None


def grid_at(session: Session, plan_id: int, lon: float, lat: float) -> str | None:
    """The plan's grid that covers a place; on a shared border the lowest code."""
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
    statement = select(PlanGrid.code).where(PlanGrid.plan_id == plan_id, func.ST_Covers(PlanGrid.geom, point))
    return session.scalar(statement.order_by(PlanGrid.code.collate("C")).limit(1))


def add_comment(session: Session, columns: dict[str, Any], place: tuple[float, float] | None) -> int | None:
    """The id of a new comment; None when its key is taken in the consultation."""
    point = None if place is None else func.ST_SetSRID(func.ST_MakePoint(*place), 4326)
    statement = insert(PlanComment).values(**columns, geom=point).on_conflict_do_nothing().returning(PlanComment.id)
    return session.scalar(statement)


def comment_by_key(session: Session, consultation_id: int, key: str) -> PlanComment:
    found = session.scalar(
        select(PlanComment).where(PlanComment.consultation_id == consultation_id, PlanComment.idempotency_key == key)
    )
    if found is None:
        raise NotFound("no comment has this key")
    return found


def comments(session: Session, plan_id: int) -> list[tuple[PlanComment, float | None, float | None]]:
    """Every comment that was ever made on a plan with its place in WGS 84, newest first."""
    statement = (
        select(PlanComment, func.ST_X(PlanComment.geom), func.ST_Y(PlanComment.geom))
        .join(Consultation, Consultation.id == PlanComment.consultation_id)
        .where(Consultation.plan_id == plan_id)
        .order_by(PlanComment.id.desc())
    )
    return [(comment, lon, lat) for comment, lon, lat in session.execute(statement)]


def comment_of(session: Session, plan_id: int, comment_id: int) -> PlanComment:
    """A comment on a plan, in whichever of its consultations; its row is locked."""
    found = session.scalar(
        select(PlanComment)
        .join(Consultation, Consultation.id == PlanComment.consultation_id)
        .where(Consultation.plan_id == plan_id, PlanComment.id == comment_id)
        .with_for_update(of=PlanComment)
    )
    if found is None:
        raise NotFound(f"plan {plan_id} has no comment {comment_id}")
    return found


def answered(session: Session, consultation_id: int, limit: int) -> list[PlanComment]:
    """Comments that were answered and are not hidden, the last answer first."""
    statement = select(PlanComment).where(
        PlanComment.consultation_id == consultation_id, PlanComment.answered_at.is_not(None),
        PlanComment.hidden_at.is_(None),
    )  # fmt: skip
    return list(session.scalars(statement.order_by(PlanComment.answered_at.desc(), PlanComment.id.desc()).limit(limit)))


def count(session: Session, consultation_id: int) -> int:
    statement = select(func.count()).select_from(PlanComment).where(PlanComment.consultation_id == consultation_id)
    return session.scalar(statement) or 0
