"""Borders of a plan's pieces, as the overlay left them."""

from __future__ import annotations

import geopandas as gpd
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.models.borders import Border
from app.store.frames import as_geometry, insert_frame, select_frame


def replace(session: Session, plan_id: int, borders: gpd.GeoDataFrame) -> int:
    """Store a borders frame (EPSG:4326) in place of the plan's borders; returns how many."""
    session.execute(delete(Border).where(Border.plan_id == plan_id))
    rows = borders.rename(columns={"left": "left_piece", "right": "right_piece"})
    return insert_frame(session, Border, rows, plan_id=plan_id)


def count(session: Session, plan_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Border).where(Border.plan_id == plan_id)) or 0


def frame(session: Session, plan_id: int, limit: int | None = None, offset: int = 0) -> gpd.GeoDataFrame:
    """The plan's borders frame in EPSG:4326, or a page of it, in the order of the pieces."""
    statement = (
        select(
            Border.left_piece.label("left"),
            Border.right_piece.label("right"),
            Border.drawn_by,
            Border.length_m,
            as_geometry(Border.geom),
        )
        .where(Border.plan_id == plan_id)
        .order_by(Border.id)
        .limit(limit)
        .offset(offset)
    )
    return select_frame(session, statement)
