"""/api/v1/plans/{id}/borders: the lines between pieces, and who drew them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.dependencies import Reader, SessionDep
from app.api.frames import feature_collection
from app.services.plans import borders
from app.store.plans import plans as plans_store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])
PAGE = 10_000


@router.get("/{plan_id}/borders")
def get_borders(
    plan_id: int,
    session: SessionDep,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Borders of a plan's pieces as GeoJSON: `left` and `right` piece (−1: outside), `length_m`, and `drawn_by`, which
    names networks, `areas`, cut layers, `split` and `edit`."""
    plan = plans_store.by_id(session, plan_id)
    total, page = borders.page(session, plan, limit, offset)
    return feature_collection(page, plan=plan.id, name=plan.name, total=total, limit=limit, offset=offset)
