"""/tiles: vector tiles of a network at a moment, and their TileJSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app.api.dependencies import LookupCaller, ReadingTransactions, SettingsDep, Transaction
from app.api.lookup.lookup import LookupDep
from app.api.moments import At, KnownAt, moment
from app.services.networks import tiles

router = APIRouter(tags=["tiles"])
paths = APIRouter()

MVT = "application/vnd.mapbox-vector-tile"
MAX_AGE_S = 60
DRAWING = 2
"""Counted up when tiles are drawn in another way, so that nobody keeps the old ones."""


@paths.get("/{network}.json")
def get_tilejson(
    network: str,
    request: Request,
    lookup: LookupDep,
    settings: SettingsDep,
    transaction: ReadingTransactions,
    caller: LookupCaller,
    at: At = None,
) -> dict[str, Any]:
    """TileJSON of a network's tiles, for MapLibre and QGIS."""
    edition = tiles.edition_at(lookup, network, moment(at, settings))
    base = settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    url = f"{base}/tiles/{network}/{{z}}/{{x}}/{{y}}.mvt" + (f"?{urlencode({'at': at})}" if at else "")
    with transaction() as session:
        return tiles.tilejson(session, network, edition, url)


@paths.get("/{network}/{z}/{x}/{y}.mvt", response_class=Response)
def get_tile(
    network: str,
    z: int,
    x: int,
    y: int,
    request: Request,
    lookup: LookupDep,
    settings: SettingsDep,
    transaction: ReadingTransactions,
    caller: LookupCaller,
    at: At = None,
    as_known_at: KnownAt = None,
) -> Response:
    """One Mapbox vector tile with the layers `grids` and `borders`; 204 where the network has no grid. The ETag changes
    with the edition."""
    edition = tiles.edition_at(lookup, network, moment(at, settings), moment(as_known_at, settings))
    return tile_answer(request, transaction, edition, (z, x, y), is_public=settings.public_lookup)


def tile_answer(
    request: Request, transaction: Transaction, edition: int | None, place: tuple[int, int, int], *, is_public: bool
) -> Response:
    """A tile of an edition at z, x, y, or that the caller has it already. Shared caches may keep it only where anybody
    may see it. A tile that the worker has not made outlines for yet has no tag: it is not the last word."""
    z, x, y = place
    headers = _headers(f'"{DRAWING}-{edition or 0}-{z}-{x}-{y}"', is_public=is_public)
    if headers["ETag"] in held(request):
        return Response(status_code=304, headers=headers)
    if edition is None:
        return Response(status_code=204, headers=headers)
    with transaction() as session:
        made = tiles.tile(session, edition, z, x, y)
    if made.is_rough:
        del headers["ETag"]
    if not made.content:
        return Response(status_code=204, headers=headers)
    return Response(made.content, media_type=MVT, headers=headers)


def _headers(etag: str, *, is_public: bool) -> dict[str, str]:
    who = "public" if is_public else "private"
    return {"ETag": etag, "Cache-Control": f"{who}, max-age={MAX_AGE_S}", "Vary": "Authorization, Cookie"}


def held(request: Request) -> set[str]:
    """The tags that the caller has, weak ones too."""
    sent = request.headers.get("if-none-match", "")
    return {tag.strip().removeprefix("W/") for tag in sent.split(",")}


router.include_router(paths, prefix="/tiles")
router.include_router(paths, prefix="/api/v1/tiles", include_in_schema=False)  # for who looks beside the rest
