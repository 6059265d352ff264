"""The borders of a plan's pieces and who drew them, after splits and edits as well."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models.plans import Plan
from app.spatial.coordinates.crs import parse_crs
from app.spatial.pieces.border_changes import borders_after
from app.spatial.pieces.borders import EDIT, SPLIT, drawn_metres
from app.store.plans import borders as store
from app.store.plans import plan_edits as edits_store
from app.store.plans import plans as plans_store


def frame(session: Session, plan: Plan) -> gpd.GeoDataFrame:
    """The borders frame of the plan's pieces as they are now, in EPSG:4326."""
    _consolidated(plan)
    stored = store.frame(session, plan.id)
    cut = edits_store.derived(session, plan.id)
    return _changed(session, plan, stored, cut) if cut else stored


def page(session: Session, plan: Plan, limit: int, offset: int) -> tuple[int, gpd.GeoDataFrame]:
    """How many borders there are, and some of them, in the order of their pieces."""
    _consolidated(plan)
    if edits_store.derived(session, plan.id):
        borders = frame(session, plan)
        return len(borders), borders.iloc[offset : offset + limit]
    return store.count(session, plan.id), store.frame(session, plan.id, limit, offset)


def grid_border_metres(session: Session, plan: Plan) -> dict[str, float]:
    """Metres of border between the plan's grids, by who drew it, and `total`."""
    pieces = plans_store.pieces_frame(session, plan)
    return drawn_metres(frame(session, plan), dict(zip(pieces["piece"], pieces["grid"].fillna(""), strict=True)))


def _consolidated(plan: Plan) -> None:
    if plan.status == plans_store.DRAFT:
        raise Conflict(f"plan {plan.name!r} has no pieces yet: `onegrid plans consolidate {plan.name}` first")


def _changed(session: Session, plan: Plan, stored: gpd.GeoDataFrame, derived: set[int]) -> gpd.GeoDataFrame:
    pieces = plans_store.pieces_frame(session, plan)
    whole = plans_store.pieces_frame(session, plan, unsplit=True)
    origin = pieces["piece"].to_numpy(np.int64, copy=True)
    rows = np.flatnonzero(np.isin(origin, list(derived)))
    inside = shapely.point_on_surface(pieces.geometry.to_numpy()[rows])
    found, piece = shapely.STRtree(whole.geometry.to_numpy()).query(inside, predicate="intersects")
    origin[rows[found]] = whole["piece"].to_numpy()[piece]
    split = {number for number, evidence in zip(origin, pieces["evidence"], strict=True) if "split_from" in evidence}
    drawn_by = {int(number): SPLIT if number in split else EDIT for number in origin[rows]}
    crs = parse_crs(plan.crs).proj  # lengths are true there; one point moves to one place, so what is shared stays so
    return borders_after(stored.to_crs(crs), pieces.to_crs(crs), origin, drawn_by).to_crs(4326)
