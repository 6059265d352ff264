"""/api/v1/plans/{id}/tiles: a plan as vector tiles, for the page that edits it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.dependencies import Reader, SessionDep
from app.api.networks.tiles import MVT, held
from app.services.plans import plan_tiles
from app.store.plans import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])


@router.get("/{plan_id}/tiles/{layer}/{z}/{x}/{y}.mvt", response_class=Response)
def get_plan_tile(
    plan_id: int, layer: plan_tiles.Layer, z: int, x: int, y: int, request: Request, session: SessionDep, caller: Reader
) -> Response:
    """One Mapbox vector tile of the plan as it stands, with the layer `grids` (code, kind) or `pieces` (piece); 204
    where there is none. The ETag changes with the plan's version."""
    plan = store.by_id(session, plan_id)
    headers = {"ETag": f'"{plan.id}-{plan.version}-{layer}-{z}-{x}-{y}"', "Cache-Control": "private, no-cache"}
    if headers["ETag"] in held(request):
        return Response(status_code=304, headers=headers)
    made = plan_tiles.tile(session, plan, layer, z, x, y)
    return Response(made, media_type=MVT, headers=headers) if made else Response(status_code=204, headers=headers)
