"""Who owns one point: its grids in every network, how sure that is, and what looks wrong with the question."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from app.errors import InputError
from app.services.lookup.lookup_index import EditionIndex, Lookup
from app.services.staff.staff_index import StaffIndex, View
from app.spatial.coordinates import point_checks
from app.spatial.coordinates.crs import CGCS2000, WGS84, Crs, parse_crs, points_to_wgs84, uncertainty_m
from app.spatial.location.locate import Probe

Owners = dict[str, EditionIndex]
SAME_DEGREES = frozenset({WGS84, CGCS2000})
NOBODY = StaffIndex()


@dataclass(frozen=True)
class PointQuery:
    """A question about one point: `x` (lon or east) and `y` (lat or north) in `crs`; no `at` is now; no `networks` is
    all."""

    x: float
    y: float
    crs: str = "wgs84"
    at: datetime | None = None
    as_known_at: datetime | None = None
    accuracy_m: float | None = None
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnswerRules:
    """What the deployment sets: the zone of times in answers, and how far away the nearest grid is named; and whether
    this caller sees names and telephone numbers of staff as they are; whether staff is told at all."""

    zone: str = "Asia/Shanghai"
    nearest_limit_m: float = 2000.0
    shows_people: bool = False
    shows_staff: bool = True


@dataclass(frozen=True)
class _Point:
    lon: float
    lat: float
    uncertainty_m: float


def is_in_memory(lookup: Lookup, query: PointQuery) -> bool:
    """Whether a question is answered without the database."""
    at, snapshot = query.at or lookup.clock(), lookup.snapshot
    return lookup.is_loaded(snapshot.in_force(at, query.as_known_at, snapshot.asked(query.networks)).values())


def lookup_point(lookup: Lookup, query: PointQuery, rules: AnswerRules) -> dict[str, Any]:
    """The answer of the contract, JSON-ready (docs/lookup.md). InputError for coordinates that are no place."""
    at, snapshot = query.at or lookup.clock(), lookup.snapshot
    networks = snapshot.asked(query.networks)
    crs = parse_crs(query.crs)
    point = _place(query, crs)
    owners = {
        code: snapshot.editions.get(edition) or lookup.edition(edition)
        for code, edition in snapshot.in_force(at, query.as_known_at, networks).items()
    }
    staff = snapshot.staff if rules.shows_staff else NOBODY
    view = View(at, rules.zone, query.as_known_at, rules.shows_people)
    grids = [
        _entry(code, owner, probe, point.uncertainty_m, staff.shown(code, owner.rows.codes[probe.grid], view))
        for code, owner in owners.items()
        for probe in owner.index.probe(point.lon, point.lat, rules.nearest_limit_m)
    ]
    warnings: list[str] = []
    if not owners:
        warnings.append(f"no edition of {', '.join(networks) or 'any network'} holds at this moment")
    elif not grids:
        _refuse_swapped(query, crs, owners)
        warnings += _offset_warnings(query, crs, owners)
    return {
        "point": {
            "lon": point.lon, "lat": point.lat, "input_crs": query.crs, "uncertainty_m": round(point.uncertainty_m, 3)
        },
        "at": at.astimezone(_zone(rules.zone)).isoformat(),
        "grids": grids,
        "outside": not grids,
        "nearest": None if grids else _nearest(owners, point, rules.nearest_limit_m),
        "warnings": warnings,
    }  # fmt: skip


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _place(query: PointQuery, crs: Crs) -> _Point:
    """The point in WGS 84 with its uncertainty: the accuracy given and that of the transformation, as independent
    errors."""
    if query.accuracy_m is not None and not (math.isfinite(query.accuracy_m) and query.accuracy_m >= 0):
        raise InputError("accuracy_m is a distance in metres, 0 or more")
    uncertain = math.hypot(query.accuracy_m or 0.0, uncertainty_m(crs))
    if crs.name in SAME_DEGREES and point_checks.is_plain_place(query.x, query.y):
        return _Point(float(query.x), float(query.y), uncertain)
    x, y = np.array([query.x]), np.array([query.y])
    problem = int(point_checks.point_problems(x, y, crs)[0])
    lon, lat = points_to_wgs84(x, y, crs) if problem == point_checks.FINE else (x, y)
    if problem == point_checks.FINE and not (np.isfinite(lon[0]) and np.isfinite(lat[0])):
        problem = point_checks.NO_PLACE
    if problem != point_checks.FINE:
        raise InputError(f"({query.x:g}, {query.y:g}): {point_checks.WORDS[problem]}")
    return _Point(float(lon[0]), float(lat[0]), uncertain)


def _entry(
    network: str, owner: EditionIndex, probe: Probe, uncertain_m: float, staff: list[dict[str, Any]]
) -> dict[str, Any]:
    """One grid of the answer."""
    rows, grid, other = owner.rows, probe.grid, probe.runner_up
    return {
        "network": network,
        "edition": owner.edition,
        "code": rows.codes[grid],
        "name": rows.names[grid],
        "kind": rows.kinds[grid],
        "area": rows.areas[grid],
        "on_boundary": not probe.inside,
        "ambiguous": probe.border_m < uncertain_m,
        "border_m": round(probe.border_m, 3),
        "runner_up": other and {"code": rows.codes[other.grid], "distance_m": round(other.distance_m, 3)},
        "staff": staff,
    }


def _nearest(owners: Owners, point: _Point, limit_m: float) -> dict[str, Any] | None:
    found = [
        (near.distance_m, position, code, near.grid)
        for position, (code, owner) in enumerate(owners.items())
        if (near := owner.index.nearest(point.lon, point.lat, limit_m))
    ]
    if not found:
        return None
    distance, _, code, grid = min(found)
    return {"network": code, "code": owners[code].rows.codes[grid], "distance_m": round(distance, 3)}


def _refuse_swapped(query: PointQuery, crs: Crs, owners: Owners) -> None:
    lon, lat = np.array([query.y]), np.array([query.x])
    if crs.name not in SAME_DEGREES:
        lon, lat = point_checks.swapped(lat, lon, crs)
    if covered_by_any(owners.values(), lon, lat)[0]:
        words = point_checks.WORDS[point_checks.SWAPPED_ONTO_GROUND]
        raise InputError(f"({query.x:g}, {query.y:g}): {words}")


def _offset_warnings(query: PointQuery, crs: Crs, owners: Owners) -> list[str]:
    """A point beside the ground that another Chinese system would put inside it."""
    return [
        f"outside the ground as {query.crs}, but inside it if the coordinates are {name}: check crs"
        for name, (lon, lat) in point_checks.other_readings(np.array([query.x]), np.array([query.y]), crs).items()
        if covered_by_any(owners.values(), lon, lat)[0]
    ]


def covered_by_any(
    editions: Iterable[EditionIndex], lon: point_checks.Floats, lat: point_checks.Floats
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether any grid of any of the editions covers each WGS 84 point."""
    covered = np.zeros(len(lon), dtype=bool)
    for edition in editions:
        covered |= edition.index.locate(lon, lat).owner >= 0
    return covered
