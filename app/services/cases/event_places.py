"""Where an event is: its grid, the grids it may as well lie in, its area, the object it is about and whose that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from sqlalchemy.orm import Session

from app.errors import InputError, NotFound, TooLarge
from app.rules.duties.duties import OWNER, ROAD, ROAD_M, ZONE, Duty, Place
from app.rules.duties.matters import MATTER, Matter
from app.services.lookup.lookup import AnswerRules, PointQuery, lookup_point
from app.services.lookup.lookup_index import UNIFIED, EditionIndex, Lookup
from app.services.lookup.lookup_shape import ShapeQuery, lookup_shape, read_shape
from app.spatial.location.borders import METRES_PER_DEGREE
from app.store.cases import events as store
from app.store.cases import objects as objects_store
from app.store.duties import duties as duties_store

OWNER_FIELDS = ("owner", "权属单位", "产权单位", "权属", "owner_name")
BUSINESS = "business"
LEAST_REACH_M = 5.0  # how near an object is looked for where the position says nothing of its accuracy
MOST_GRIDS, MOST_VERTICES = 200, 1_000
MOMENTS = ("at", "since", "recorded_at")
Answer = dict[str, Any]
Evidence = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What is routed. `at`: the moment of the event; `since`: from when its limits count; `recorded_at`: when OneGrid
    learnt of it, as of which it can be routed again. `component`: LAYER/CODE of the object that it is about; `object`:
    another object, `business:…` or `external:…`; `owner`: whose that is, where the reporter knows. `grids` or `shape`
    (GeoJSON in `crs`): it is on all of these; the point is then one of it."""

    lon: float
    lat: float
    crs: str = "wgs84"
    accuracy_m: float | None = None
    at: datetime
    since: datetime
    recorded_at: datetime
    kind: str = MATTER
    matter: str = ""
    component: str = ""
    object: str = ""
    owner: str = ""
    grids: tuple[str, ...] = ()
    shape: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As a trace keeps it: with it the event can be routed again."""
        said = {name: getattr(self, name) for name in ("lon", "lat", "crs", "accuracy_m", "kind", "matter")}
        more = {
            "component": self.component,
            "object": self.object,
            "owner": self.owner,
            "grids": list(self.grids),
            "shape": self.shape,
        }
        moments = {name: getattr(self, name).isoformat() for name in MOMENTS}
        return {**said, **moments, **{name: value for name, value in more.items() if value}}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Sighting:
        moments = {name: datetime.fromisoformat(kept[name]) for name in MOMENTS}
        return cls(**{**kept, **moments, "grids": tuple(kept.get("grids", ()))})


@dataclass(frozen=True)
class Spot:
    """`grid`: the entry of the unified network (of the first one where there is none yet), None outside; `among`: all
    grids of that network that the event is on or may be on, by code, the grid itself among them. `answer`: that of the
    look-up. `evidence`: what was found in layers and of objects, which have no history: kept, so that the route can be
    told again."""

    answer: Answer
    grid: Answer | None
    among: tuple[Answer, ...]
    place: Place
    evidence: dict[str, Any] = field(default_factory=dict)
    component: Answer | None = None

    @property
    def area(self) -> str:
        return self.place.area

    def beside(self, grid: Answer) -> Place:
        """The place as it would be on another of the grids."""
        grids = {**self.place.grids, grid["network"]: grid["code"]}
        return replace(self.place, area=grid["area"] or "", kind=grid["kind"] or "", grids=grids)


def find_spot(
    session: Session, lookup: Lookup, sighting: Sighting, rules: AnswerRules, known_at: datetime | None,
    evidence: Evidence | None,
) -> Spot:  # fmt: skip
    """Where a sighting is; `evidence` of an earlier route stands for what layers say. InputError for coordinates that
    are no place and grids that there are not."""
    query = PointQuery(sighting.lon, sighting.lat, sighting.crs, sighting.at, known_at, sighting.accuracy_m)
    answer = lookup_point(lookup, query, replace(rules, shows_people=False, shows_staff=False))
    grid = next((each for each in answer["grids"] if each["network"] == UNIFIED), next(iter(answer["grids"]), None))
    among = _among(lookup, sighting, rules, known_at, answer, grid)
    grid = grid or next(iter(among), None)
    lon, lat = answer["point"]["lon"], answer["point"]["lat"]
    found = dict(evidence or {})
    area = (grid or {}).get("area")
    if not area and "area" not in found:
        found["area"] = store.area_of(session, lon, lat)
    grids = {each["network"]: each["code"] for each in answer["grids"]}
    if grid is not None:
        grids.setdefault(grid["network"], grid["code"])
    place = Place(area or found["area"], (grid or {}).get("kind") or "", grids)
    return Spot(answer, grid, among, place, found)


def with_features(
    session: Session, spot: Spot, sighting: Sighting, matter: Matter, duties: Sequence[Duty], known_at: datetime | None
) -> Spot:
    """The spot with the roads and zones that these duties speak of, and the object with its owner where one of them is
    an owner's (谁的设施谁管理); asked of the database only where a duty asks."""
    found, point = dict(spot.evidence), (spot.answer["point"]["lon"], spot.answer["point"]["lat"])
    reach = {ROAD: ROAD_M, ZONE: 0.0}
    drawn = {duty.scope: reach[duty.scope.kind] for duty in duties if duty.scope.kind in reach}
    if drawn and "features" not in found:
        here = duties_store.features_at(session, *point, {(s.network, s.code): m for s, m in drawn.items()})
        found["features"] = sorted(str(scope) for scope in drawn if (scope.network, scope.code) in here)
    roads, zones = (
        frozenset(name.partition(":")[2] for name in found.get("features", ()) if name.startswith(f"{kind}:"))
        for kind in (ROAD, ZONE)
    )
    owned = any(duty.scope.kind == OWNER for duty in duties)
    if "component" not in found and (sighting.component or (owned and not sighting.object)):
        found["component"] = _component(session, spot, sighting, matter, point)
    component, named = found.get("component"), found.get("object")
    if sighting.object and named is None:
        named = found["object"] = _object(session, sighting.object)
    owners = (sighting.owner, *((each or {}).get("owner") for each in (named, component)))
    owner = next(filter(None, owners), None) or _claimed(session, matter, named or component, known_at)
    place = replace(spot.place, roads=roads, zones=zones, owner=owner or None)
    return replace(spot, place=place, evidence=found, component=component)


def _among(
    lookup: Lookup, sighting: Sighting, rules: AnswerRules, known_at: datetime | None, answer: Answer,
    grid: Answer | None,
) -> tuple[Answer, ...]:  # fmt: skip
    """Grids that the event names or its shape meets; else those within the uncertainty of an ambiguous point."""
    network = grid["network"] if grid else UNIFIED
    if sighting.shape is not None:
        query = ShapeQuery(dict(sighting.shape), sighting.crs, sighting.at, known_at, (network,))
        met = lookup_shape(lookup, query, rules.zone)["grids"]
        return tuple(_brief(each, each["edition"]) for each in met[:MOST_GRIDS])
    edition = next(iter(lookup.in_force(sighting.at, known_at, [network]).values()), None)
    if edition is None:
        return ()
    held = lookup.edition(edition)
    if sighting.grids:
        return _named(held, network, sighting.grids)
    if grid is None or not grid["ambiguous"]:
        return (_brief(grid, edition),) if grid else ()
    point = answer["point"]
    radius = point["uncertainty_m"]
    dy = radius / METRES_PER_DEGREE
    box = shapely.box(*(point["lon"] - 2 * dy, point["lat"] - dy, point["lon"] + 2 * dy, point["lat"] + dy))
    rows = np.array([row for row, _ in held.index.meeting(box)], dtype=np.intp)
    near = held.index.border_m([point["lon"]] * len(rows), [point["lat"]] * len(rows), rows)
    within = [row for row, metres in zip(rows, near, strict=True) if metres <= radius]
    codes = {str(held.rows.codes[row]) for row in within} | {grid["code"]}
    return _named(held, network, sorted(codes))


def _named(held: EditionIndex, network: str, codes: Sequence[str]) -> tuple[Answer, ...]:
    """Entries of these grids, by code. InputError for one that the edition does not have."""
    rows = held.rows
    row = {str(code): number for number, code in enumerate(rows.codes)} if len(codes) > 2 else None
    found = []
    for code in sorted(dict.fromkeys(codes)):
        at = row.get(code) if row is not None else next(iter((rows.codes == code).nonzero()[0].tolist()), None)
        if at is None:
            raise InputError(f"no grid {code!r} of {network} at that moment")
        entry = {"network": network, "code": code, "kind": rows.kinds[at], "area": rows.areas[at]}
        found.append(_brief(entry, held.edition))
    return tuple(found)


def _brief(grid: Answer, edition: int) -> Answer:
    return {**{name: grid[name] for name in ("network", "code", "kind", "area")}, "edition": edition}


def _component(
    session: Session, spot: Spot, sighting: Sighting, matter: Matter, point: tuple[float, float]
) -> Answer | None:
    """The object that the event names, else the nearest of the matter's kind within the position's accuracy. The same
    digits name the object and what is wrong with it."""
    if sighting.component:
        layer, slash, code = sighting.component.partition("/")
        found = store.component(session, layer, code) if slash else None
        if found is None:
            raise NotFound(f"no object {sighting.component!r}: write LAYER/CODE")
    else:
        reach = max(spot.answer["point"]["uncertainty_m"], LEAST_REACH_M)
        found = store.nearest_component(session, *point, matter.code, reach)
    if found is None:
        return None
    name, owner = f"{found.layer}/{found.code}", _owner_of(found)
    if not owner and (regulated := objects_store.find(session, f"component:{name}")) is not None:
        owner = regulated.owner
    return {"name": name, "kind": found.kind, "owner": owner, "distance_m": round(found.distance_m, 3)}


def _object(session: Session, key: str) -> Answer:
    """An object that is no component with its name and owner: as it is regulated, else as a layer of businesses has it.
    One that nobody knows has neither, and is no less an object: another system may have named it."""
    kind, _, code = key.partition(":")
    regulated = objects_store.find(session, key)
    placed = store.business(session, code) if kind == BUSINESS else None
    owner = (regulated.owner if regulated else "") or (_owner_of(placed) if placed else "")
    title = (regulated.name if regulated else "") or (placed.name if placed else "")
    return {"name": key, "title": title, "owner": owner}


def _owner_of(found: store.Component) -> str:
    return next((str(found.properties[name]).strip() for name in OWNER_FIELDS if found.properties.get(name)), "")


def _claimed(session: Session, matter: Matter, found: Answer | None, known_at: datetime | None) -> str:
    """The department that claimed an object whose owner is not known."""
    claim = duties_store.claim_of(session, matter.kind, matter.code, found["name"]) if found else None
    return "" if claim is None or (known_at is not None and claim.claimed_at > known_at) else claim.department


def on_shape(sighting: Sighting) -> Sighting:
    """The sighting at a point of its shape, in WGS 84. InputError for what is no line or polygon, TooLarge beyond a
    thousand corners: an event is no map."""
    assert sighting.shape is not None
    query = ShapeQuery(dict(sighting.shape), sighting.crs)
    made = read_shape(query)
    if shapely.get_num_coordinates(made) > MOST_VERTICES:
        raise TooLarge(f"the shape of an event has at most {MOST_VERTICES:,} corners", limit=MOST_VERTICES)
    point = shapely.point_on_surface(made)
    return replace(sighting, lon=point.x, lat=point.y, crs="wgs84", shape=mapping(made))
