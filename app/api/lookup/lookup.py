"""/api/v1/lookup: who owns a point, many points, a shape. Answered from memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, cast

from fastapi import APIRouter, Body, Depends, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from app.api.dependencies import LookupCaller, SettingsDep
from app.api.moments import moment
from app.api.sentences.documents import answer_in, headers_of, language_of
from app.errors import InputError
from app.rules.accounts.personal_data import sees_people
from app.rules.time.moments import parse_moment
from app.services.lookup.lookup import AnswerRules, PointQuery, is_in_memory, lookup_point
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.lookup_shape import ShapeQuery, lookup_shape
from app.services.lookup.route_batch import route_points
from app.services.lookup.route_files import RouteOptions, route_body

router = APIRouter(prefix="/api/v1/lookup", tags=["look-up"])

JSON = "application/json"
CSV = "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
IN_MEMORY, PART = 4 * 1024 * 1024, 256 * 1024
BATCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["points"],
                    "properties": {
                        "points": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                        "crs": {"type": "string", "default": "wgs84"},
                        "at": {"type": "string"},
                        "as_known_at": {"type": "string"},
                        "networks": {"type": "array", "items": {"type": "string"}},
                    },
                },
                "example": {"points": [[113.53, 22.79], [113.54, 22.8]], "crs": "gcj02"},
            },
            CSV: {"schema": {"type": "string"}, "example": "id,lon,lat\n007,113.53,22.79\n"},
            ARROW: {"schema": {"type": "string", "format": "binary"}},
        },
    },
    "responses": {"200": {"description": "The same kind.", "content": {JSON: {}, CSV: {}, ARROW: {}}}},
}


async def current_lookup(request: Request) -> Lookup:
    """The look-up of this process; loaded by the first request where nothing keeps it fresh in the background."""
    lookup: Lookup = request.app.state.lookup
    if not lookup.is_ready:
        await run_in_threadpool(lookup.refresh)
    return lookup


LookupDep = Annotated[Lookup, Depends(current_lookup)]
CrsText = Annotated[str, Query(description="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")]
AtText = Annotated[str | None, Query(description="Moment that the answer is for; now when not given.")]
KnownText = Annotated[str | None, Query(description="As it was known at this moment; as known now when not given.")]
Networks = Annotated[list[str] | None, Query(description="Networks, repeated or joined by commas; all without.")]


@router.get("")
async def get_lookup(
    request: Request,
    response: Response,
    lon: Annotated[float, Query(description="Longitude, or x in metres when `crs` has metres.")],
    lat: Annotated[float, Query(description="Latitude, or y.")],
    lookup: LookupDep,
    settings: SettingsDep,
    caller: LookupCaller,
    crs: CrsText = "wgs84",
    at: AtText = None,
    as_known_at: KnownText = None,
    accuracy_m: Annotated[float | None, Query(ge=0, description="How far off the position may be.")] = None,
    network: Networks = None,
) -> dict[str, Any]:
    """The grids that own a point, in every network, with the distance to the border and the runner-up."""
    query = PointQuery(lon, lat, crs, moment(at, settings), moment(as_known_at, settings), accuracy_m, names(network))
    rules = AnswerRules(settings.time_zone, settings.nearest_limit_m, sees_people(caller.scopes))
    if is_in_memory(lookup, query):
        answer = lookup_point(lookup, query, rules)
    else:
        answer = await run_in_threadpool(lookup_point, lookup, query, rules)
    language = language_of(request.headers.get("accept-language"))
    response.headers.update(headers_of(language))
    return cast(dict[str, Any], answer_in(language, answer))


@router.post("/batch", openapi_extra=BATCH_BODY, response_class=Response)
async def post_batch(
    request: Request,
    lookup: LookupDep,
    settings: SettingsDep,
    caller: LookupCaller,
    crs: Annotated[str | None, Query(description="CSV and Arrow: as in look-up.")] = None,
    at: AtText = None,
    as_known_at: KnownText = None,
    networks: Networks = None,
    lon_field: Annotated[str | None, Query(description="CSV and Arrow; guessed without.")] = None,
    lat_field: Annotated[str | None, Query(description="CSV and Arrow; guessed without.")] = None,
    at_field: Annotated[str | None, Query(description="CSV and Arrow: a moment for each row.")] = None,
    crs_field: Annotated[str | None, Query(description="CSV and Arrow: a coordinate system for each row.")] = None,
) -> Response:
    """The owners of many points: a JSON list, a CSV table or an Arrow stream in, the same kind out.

    `<network>_grid` and `<network>_boundary` for each point or row; a row that cannot be looked up has `error`.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (JSON, CSV, ARROW):
        raise HTTPException(415, f"send {JSON}, {CSV} or {ARROW}")
    options = RouteOptions(
        lon_field=lon_field,
        lat_field=lat_field,
        at_field=at_field,
        crs_field=crs_field,
        crs=crs,
        at=moment(at, settings),
        as_known_at=moment(as_known_at, settings),
        networks=names(networks),
        zone=settings.time_zone,
        shows_people=sees_people(caller.scopes),
    )
    if kind == JSON:
        return await run_in_threadpool(_json_batch, lookup, await request.body(), kind, options)
    return await run_in_threadpool(_table_batch, lookup, await _kept(request), kind, options)


@router.post("/shape")
async def post_shape(
    shape: Annotated[dict[str, Any], Body(description="A GeoJSON line or polygon, or a Feature with one.")],
    lookup: LookupDep,
    settings: SettingsDep,
    caller: LookupCaller,
    crs: CrsText = "wgs84",
    at: AtText = None,
    as_known_at: KnownText = None,
    network: Networks = None,
) -> dict[str, Any]:
    """Every grid that a line or polygon meets, with the share and the length or area of it there."""
    query = ShapeQuery(shape, crs, moment(at, settings), moment(as_known_at, settings), names(network))
    return await run_in_threadpool(lookup_shape, lookup, query, settings.time_zone)


def names(networks: list[str] | None) -> tuple[str, ...]:
    return tuple(name.strip() for text in networks or () for name in text.split(",") if name.strip())


async def _kept(request: Request) -> BinaryIO:
    """The body, on disk when it is large. Routed while it still comes in, it would wait for ever for a caller that
    sends everything before it reads anything, as most do."""
    kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed with the answer
    async for part in request.stream():
        kept.write(part)
    kept.seek(0)
    return cast(BinaryIO, kept)


def _table_batch(lookup: Lookup, body: BinaryIO, kind: str, options: RouteOptions) -> Response:
    """Nothing is sent before the last row is routed: the counts are headers, and damage at the end is still a 422."""
    made = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115  closed when it is sent
    with body:
        said = route_body(lookup, body, made, "csv" if kind == CSV else "arrow_stream", options).to_dict()
    length = made.tell()
    made.seek(0)
    counts = {"X-Rows": str(said["rows"]), "X-Row-Errors": str(said["errors"])}
    return StreamingResponse(_parts(made), media_type=kind, headers=counts | {"Content-Length": str(length)})


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(PART):
            yield part


def _json_batch(lookup: Lookup, body: bytes, kind: str, options: RouteOptions) -> Response:
    """What a JSON body says goes before what the address says."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the body is not JSON: {error}") from None
    points = asked.get("points") if isinstance(asked, dict) else None
    if not isinstance(points, list):
        raise InputError("the body must be an object with `points`, a list of [lon, lat]")
    made = route_points(lookup, points, _merged(options, asked))
    return Response(json.dumps(made, ensure_ascii=False), media_type=kind)


def _merged(options: RouteOptions, asked: dict[str, Any]) -> RouteOptions:
    for member in ("crs", "at", "as_known_at"):
        if not isinstance(asked.get(member, ""), str):
            raise InputError(f"`{member}` must be a text")
    networks = asked.get("networks") or []
    if not isinstance(networks, list) or not all(isinstance(name, str) for name in networks):
        raise InputError("`networks` must be a list of codes")
    at, known = (parse_moment(asked[name], options.zone) if name in asked else None for name in ("at", "as_known_at"))
    return RouteOptions(
        crs=asked.get("crs") or options.crs,
        at=at or options.at,
        as_known_at=known or options.as_known_at,
        networks=names(networks) or options.networks,
        zone=options.zone,
        shows_people=options.shows_people,
    )
