"""Events as reported, their attachments, and who answers where nobody else does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
from sqlalchemy import Float, Select, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.cases import Case
from app.models.events import Attachment, Event, LastResort
from app.models.layers import Feature, Layer
from app.store.frames import as_geometry, select_frame

AREAS, COMPONENTS, BUSINESSES = "areas", "components", "businesses"
LON, LAT = func.ST_X(Event.geom), func.ST_Y(Event.geom)
NEAR = text("""
    SELECT e.id, e.kind, e.matter, ST_Distance(e.geom::geography, p.point::geography) AS distance_m, e.at - :at AS apart
    FROM events e JOIN cases c ON c.event_id = e.id,
         (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS point) p
    WHERE e.geom && ST_Envelope(ST_Buffer(p.point::geography, :reach_m)::geometry)
      AND e.at BETWEEN CAST(:at AS timestamptz) - :span AND CAST(:at AS timestamptz) + :span
      AND e.id <> :besides AND c.stage NOT IN ('rejected', 'merged')
    ORDER BY distance_m, e.id LIMIT 200
""")


@dataclass(frozen=True)
class EventFilter:
    """Which events: `bbox` is west, south, east, north; a `matter` by kind and leading digits; `status` a stage, open,
    closed, unowned or unrouted; `at` over a half-open range; `holder` a department."""

    bbox: tuple[float, float, float, float] | None = None
    kind: str | None = None
    matter: str | None = None
    status: str | None = None
    holder: str | None = None
    grid: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Near:
    """An event near another; `apart` is a timedelta."""

    event: int
    kind: str
    matter: str
    distance_m: float
    apart: Any


@dataclass(frozen=True)
class Component:
    """An object of a layer: a lid, a lamp. `properties` may name its owner."""

    layer: str
    code: str
    name: str
    kind: str | None
    properties: dict[str, Any]
    distance_m: float


def add(session: Session, columns: dict[str, Any], lon: float, lat: float) -> int | None:
    """The id of a new event; None when the source's number or the caller's key is taken.

    Waits for a transaction that is adding the same: what it commits is found, what it rolls back is in nobody's way.
    """
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
    statement = insert(Event).values(**columns, geom=point).on_conflict_do_nothing().returning(Event.id)
    return session.scalar(statement)


def by_key(session: Session, sent_by: str, key: str) -> Event | None:
    return session.scalar(select(Event).where(Event.sent_by == sent_by, Event.idempotency_key == key))


def by_external_id(session: Session, source: str, external_id: str) -> Event | None:
    return session.scalar(select(Event).where(Event.source == source, Event.external_id == external_id))


def get(session: Session, event_id: int) -> Event:
    found = session.get(Event, event_id)
    if found is None:
        raise NotFound(f"no event {event_id}")
    return found


def get_many(session: Session, events: Sequence[int]) -> dict[int, Event]:
    """Events by number; those that there are."""
    return {event.id: event for event in session.scalars(select(Event).where(Event.id.in_(list(events))))}


def page(
    session: Session, wanted: EventFilter, open_stages: Sequence[str], *, limit: int, before: int | None
) -> list[tuple[Event, Case, float, float]]:
    """Events with their cases and WGS 84 places, newest first; `before` is the id of the last of the page before."""
    statement = select(Event, Case, LON, LAT).join(Case, Case.event_id == Event.id)
    statement = _filtered(statement, wanted, open_stages).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Event.id < before)
    return [(event, case, lon, lat) for event, case, lon, lat in session.execute(statement)]


def place(session: Session, event_id: int) -> tuple[float, float]:
    """Longitude and latitude in WGS 84."""
    lon, lat = session.execute(select(LON, LAT).where(Event.id == event_id)).one()
    return float(lon), float(lat)


def _filtered(statement: Select[Any], wanted: EventFilter, open_stages: Sequence[str]) -> Select[Any]:
    if wanted.bbox is not None:
        box = func.ST_MakeEnvelope(*(cast(side, Float) for side in wanted.bbox), 4326)
        statement = statement.where(Event.geom.op("&&")(box))
    if wanted.kind:
        statement = statement.where(Event.kind == wanted.kind)
    if wanted.matter:
        statement = statement.where(Event.matter.startswith(wanted.matter, autoescape=True))
    if wanted.status == "open":
        statement = statement.where(Case.stage.in_(open_stages))
    elif wanted.status == "closed":
        statement = statement.where(Case.stage.not_in(open_stages))
    elif wanted.status in ("unrouted", "unowned"):
        statement = statement.where(Case.routing == wanted.status)
    elif wanted.status:
        statement = statement.where(Case.stage == wanted.status)
    if wanted.holder:
        statement = statement.where(Case.holder == wanted.holder)
    if wanted.grid:
        statement = statement.where(Case.grid == wanted.grid)
    if wanted.since:
        statement = statement.where(Event.at >= wanted.since)
    if wanted.until:
        statement = statement.where(Event.at < wanted.until)
    return statement


def near(session: Session, lon: float, lat: float, at: datetime, reach_m: float, span: Any, besides: int) -> list[Near]:
    """Events that may be the same thing: within a distance and a time of another, the nearest first, at most 200."""
    values = {"lon": lon, "lat": lat, "at": at, "reach_m": reach_m, "span": span, "besides": besides}
    return [Near(*row) for row in session.execute(NEAR, values)]


def area_of(session: Session, lon: float, lat: float) -> str:
    """Code of the smallest feature of the areas layers that covers a place; '' for none. Of two, the longest code."""
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
    statement = (
        select(Feature.code)
        .join(Layer, Layer.id == Feature.layer_id)
        .where(Layer.kind == AREAS, Feature.geom.op("&&")(point), func.ST_Covers(Feature.geom, point))
        .order_by(func.length(Feature.code).desc(), Feature.code.collate("C"))
        .limit(1)
    )
    return session.scalar(statement) or ""


def component(session: Session, layer: str, code: str) -> Component | None:
    """One object of a layer."""
    statement = _components(None).where(Layer.name == layer, Feature.code == code).limit(1)
    row = session.execute(statement).first()
    return None if row is None else Component(*row)


def business(session: Session, code: str) -> Component | None:
    """One feature of the businesses layers; of several with the code the one that came first."""
    statement = _components(None).where(Layer.kind == BUSINESSES, Feature.code == code)
    row = session.execute(statement.order_by(Feature.id).limit(1)).first()
    return None if row is None else Component(*row)


def nearest_component(session: Session, lon: float, lat: float, kind: str, reach_m: float) -> Component | None:
    """The nearest object of a kind (a component's code) in the components layers within reach; ties by its id."""
    point = func.geography(func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326))
    box = func.ST_Envelope(func.geometry(func.ST_Buffer(point, max(reach_m, 1.0) * 1.1)))
    statement = _components(point).where(
        Layer.kind == COMPONENTS, Feature.kind == kind, Feature.geom.op("&&")(box),
        func.ST_DWithin(func.geography(Feature.geom), point, reach_m),
    )  # fmt: skip
    row = session.execute(statement.order_by("distance_m", Feature.id).limit(1)).first()
    return None if row is None else Component(*row)


def _components(point: Any) -> Select[Any]:
    distance = literal(0.0) if point is None else func.ST_Distance(func.geography(Feature.geom), point)
    columns = (Layer.name, Feature.code, Feature.name, Feature.kind, Feature.properties, distance.label("distance_m"))
    return select(*columns).join(Layer, Layer.id == Feature.layer_id)


def known_of_source(session: Session, source: str, external_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """External id → event and the digest of its report, of those that a source has sent already."""
    statement = select(Event.external_id, Event.id, Event.request_hash).where(
        Event.source == source, Event.external_id.in_(list(external_ids))
    )
    return {str(external): (event, digest) for external, event, digest in session.execute(statement)}


def add_many(session: Session, rows: Sequence[tuple[dict[str, Any], tuple[float, float]]]) -> list[Event]:
    """New events of (columns, place in WGS 84); those that another transaction has added in the meantime are left."""
    statement = insert(Event).on_conflict_do_nothing().returning(Event)
    told = [{**columns, "geom": f"SRID=4326;POINT({lon!r} {lat!r})"} for columns, (lon, lat) in rows]
    return list(session.scalars(statement, told)) if told else []


def last_resorts(session: Session, as_known_at: datetime | None = None) -> list[LastResort]:
    """As believed now or then, by area."""
    believed = LastResort.recorded.contains(as_known_at) if as_known_at else func.upper_inf(LastResort.recorded)
    return list(session.scalars(select(LastResort).where(believed).order_by(LastResort.area)))


def put_last_resort(session: Session, area: str, department: str, created_by: str, now: datetime) -> None:
    before = session.scalar(
        select(LastResort).where(LastResort.area == area, func.upper_inf(LastResort.recorded)).with_for_update()
    )
    if before is not None:
        before.recorded = Range(before.recorded.lower, now, bounds="[)")
        session.flush()
    recorded = Range(now, None, bounds="[)")
    session.add(LastResort(area=area, department=department, created_by=created_by, recorded=recorded))
    session.flush()


def add_attachment(session: Session, attachment: Attachment) -> Attachment:
    session.add(attachment)
    session.flush()
    return attachment


def attachments(session: Session, event_id: int) -> list[Attachment]:
    return list(session.scalars(select(Attachment).where(Attachment.event_id == event_id).order_by(Attachment.id)))


def count_between(session: Session, since: datetime | None, until: datetime | None) -> int:
    """Stored events of a half-open period."""
    statement = select(func.count()).select_from(Event)
    if since is not None:
        statement = statement.where(Event.at >= since)
    if until is not None:
        statement = statement.where(Event.at < until)
    return session.scalar(statement) or 0


def replayable(
    session: Session, since: datetime | None, until: datetime | None, chunk: int = 10_000
) -> Iterator[gpd.GeoDataFrame]:
    """Stored events of a half-open period by number, in frames (EPSG:4326) of at most `chunk` rows with the columns
    event, at, kind, matter: what a replay of a plan reads instead of a file."""
    last = 0
    while True:
        statement = (
            select(Event.id.label("event"), Event.at, Event.kind, Event.matter, as_geometry(Event.geom))
            .where(Event.id > last)
            .order_by(Event.id)
            .limit(chunk)
        )
        if since is not None:
            statement = statement.where(Event.at >= since)
        if until is not None:
            statement = statement.where(Event.at < until)
        frame = select_frame(session, statement)
        if frame.empty:
            return
        yield frame
        last = int(frame["event"].iloc[-1])
