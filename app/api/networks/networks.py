"""/api/v1/networks: systems of grids, their editions, their grids, imports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response
from pydantic import BaseModel, Field

from app.api import uploads
from app.api.dependencies import Planner, Reader, ReadingSession, SessionDep, SettingsDep
from app.api.frames import feature_collection, rows
from app.api.runs import accepted
from app.api.sentences.routes import SpokenRoute
from app.errors import InputError, NotFound
from app.rules.time.moments import parse_moment
from app.services import runs
from app.services.networks import editions, networks
from app.store.networks import editions as editions_store
from app.store.networks import networks as store

router = APIRouter(prefix="/api/v1/networks", tags=["networks"], route_class=SpokenRoute)
PAGE = 10_000


class NewNetwork(BaseModel):
    code: str = Field(description="Short name in a–z, 0–9 and _.", examples=["civilization"])
    name: str = Field(description="Name for people.", examples=["文明网格"])
    department: str | None = None


@router.get("")
def list_networks(session: ReadingSession, caller: Reader) -> list[dict[str, Any]]:
    """All networks with their newest editions."""
    return [networks.describe(session, network) for network in store.every(session)]


@router.post("", status_code=201)
def add_network(body: NewNetwork, session: SessionDep, caller: Planner) -> dict[str, Any]:
    """Add an empty network."""
    return networks.describe(session, networks.add_network(session, caller, body.code, body.name, body.department))


@router.get("/{code}")
def get_network(code: str, session: ReadingSession, caller: Reader) -> dict[str, Any]:
    """One network."""
    return networks.describe(session, store.get(session, code))


@router.get("/{code}/editions")
def list_editions(code: str, session: ReadingSession, caller: Reader) -> list[dict[str, Any]]:
    """Editions of a network, oldest first."""
    found = editions_store.of_network(session, store.get(session, code).id)
    return [editions.describe(session, edition) for edition in found]


@router.get("/{code}/grids")
def list_grids(
    code: str,
    session: ReadingSession,
    settings: SettingsDep,
    caller: Reader,
    at: Annotated[str | None, Query(description="Moment; now when not given.")] = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 1000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:
    """Grids in force at a moment, without geometry, in the order of their codes."""
    edition_id, total, frame = _grids(session, settings, code, at, bbox, limit, offset)
    return {"edition": edition_id, "total": total, "limit": limit, "offset": offset, "grids": rows(frame)}


@router.get("/{code}/grids.geojson")
def grids_geojson(
    code: str,
    session: ReadingSession,
    settings: SettingsDep,
    caller: Reader,
    at: Annotated[str | None, Query(description="Moment; now when not given.")] = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Grids in force at a moment as GeoJSON."""
    edition_id, total, frame = _grids(session, settings, code, at, bbox, limit, offset)
    return feature_collection(frame, edition=edition_id, total=total)


@router.post("/{code}/imports", status_code=202)
def import_network(
    code: str,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
    caller: Planner,
    upload: uploads.UploadForm,
    repair: Annotated[str, Form(description="none, safe or full.")] = "none",
    valid_from: Annotated[str | None, Form(description="Moment the edition holds from, with publish.")] = None,
    publish: Annotated[bool, Form(description="Publish at once.")] = False,
) -> dict[str, Any]:
    """Import boundaries as a new edition, as a run: read, check, repair, store — all or nothing."""
    store.get(session, code)
    starts = parse_moment(valid_from, settings.time_zone).isoformat() if valid_from else None
    order = editions.NetworkImport(
        network=code, repair=repair, valid_from=starts, publish=publish, **upload.order(settings)
    )
    return accepted(response, session, runs.request(session, caller, "import_network", order.to_parameters()))


def _grids(
    session: ReadingSession, settings: SettingsDep, code: str, at: str | None, bbox: str | None, limit: int, offset: int
) -> tuple[int, int, Any]:
    network = store.get(session, code)
    moment = parse_moment(at, settings.time_zone) if at else datetime.now(UTC)
    edition = editions_store.in_force(session, network.id, moment)
    if edition is None:
        raise NotFound(f"no edition of {code!r} holds at {moment.isoformat()}")
    frame = editions_store.grids_frame(session, edition.id, bbox=_bbox(bbox), limit=limit, offset=offset)
    return edition.id, editions_store.count_grids(session, edition.id), frame.drop(columns="id")


def _bbox(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"bbox {text!r} is not west,south,east,north") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(f"bbox {text!r} is not west,south,east,north in degrees")
    return west, south, east, north
