"""/api/v1/public/map: the grids in force as vector tiles for everybody, where there is a public page."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.dependencies import ReadingTransactions, SettingsDep
from app.api.lookup.lookup import LookupDep
from app.api.networks.tiles import tile_answer
from app.api.public import PREFIX, Everybody
from app.errors import NotFound
from app.services.lookup.lookup_index import UNIFIED, Lookup
from app.services.networks import tiles

router = APIRouter(prefix=f"{PREFIX}/map", tags=["public"])


def shown_edition(lookup: Lookup) -> tuple[str, int]:
    """The network that residents see and its edition in force: the unified one, else the first there is. NotFound while
    nothing is published."""
    in_force = lookup.in_force(lookup.clock(), None, lookup.asked([]))
    network = UNIFIED if UNIFIED in in_force else min(in_force, default=None)
    if network is None:
        raise NotFound("no grids are published yet")
    return network, in_force[network]


@router.get("")
def get_map(
    request: Request, lookup: LookupDep, settings: SettingsDep, transaction: ReadingTransactions, caller: Everybody
) -> dict[str, Any]:
    """TileJSON of the grids in force."""
    network, edition = shown_edition(lookup)
    base = settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    with transaction() as session:
        return tiles.tilejson(session, network, edition, f"{base}{PREFIX}/map/{{z}}/{{x}}/{{y}}.mvt")


@router.get("/{z}/{x}/{y}.mvt", response_class=Response)
def get_map_tile(
    z: int, x: int, y: int, request: Request, lookup: LookupDep, transaction: ReadingTransactions, caller: Everybody
) -> Response:
    """One Mapbox vector tile with the layers `grids` (code, name, kind, area) and `borders`."""
    return tile_answer(request, transaction, shown_edition(lookup)[1], (z, x, y), is_public=True)
