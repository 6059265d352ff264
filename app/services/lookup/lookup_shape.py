"""Which grids a line or a polygon meets: a drone's patch, road works, a flood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry import shape as from_geojson

from app.errors import InputError, TooLarge
from app.services.lookup.lookup_index import EditionIndex, Lookup
from app.spatial.coordinates.crs import geometries_to_wgs84, parse_crs
from app.spatial.location.shape_shares import Share, shape_shares

MAX_VERTICES = 100_000
KINDS = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")


@dataclass(frozen=True)
class ShapeQuery:
    """A GeoJSON geometry or Feature in `crs`; no `at` is now; no `networks` is all."""

    geojson: dict[str, Any]
    crs: str = "wgs84"
    at: datetime | None = None
    as_known_at: datetime | None = None
    networks: tuple[str, ...] = ()


def lookup_shape(lookup: Lookup, query: ShapeQuery, zone: str) -> dict[str, Any]:
    """Every grid that the shape meets, with the share and the length (m) or area (m²) of the shape in it."""
    at = query.at or lookup.clock()
    shape = read_shape(query)
    is_line = int(shapely.get_dimensions(shape)) == 1
    unit = "length_m" if is_line else "area_m2"
    grids: list[dict[str, Any]] = []
    outside: dict[str, float] = {}
    measure: float | None = None
    for network, edition in lookup.in_force(at, query.as_known_at, lookup.asked(query.networks)).items():
        held = lookup.edition(edition)
        found = shape_shares(held.index, shape)
        measure = round(found.measure, 3)
        outside[network] = round(found.outside, 9)
        grids += [_entry(network, held, share, unit) for share in found.shares]
    return {
        "shape": {"type": shape.geom_type, "vertices": int(shapely.get_num_coordinates(shape)), unit: measure},
        "at": at.astimezone(ZoneInfo(zone)).isoformat(),
        "grids": grids,
        "outside": outside,
    }


def _entry(network: str, held: EditionIndex, share: Share, unit: str) -> dict[str, Any]:
    rows, grid = held.rows, share.grid
    return {
        "network": network,
        "edition": held.edition,
        "code": rows.codes[grid],
        "name": rows.names[grid],
        "kind": rows.kinds[grid],
        "area": rows.areas[grid],
        unit: round(share.measure, 3),
        "share": round(share.share, 9),
    }


def read_shape(query: ShapeQuery) -> shapely.Geometry:
    geometry = query.geojson.get("geometry") if query.geojson.get("type") == "Feature" else query.geojson
    if not isinstance(geometry, dict) or geometry.get("type") not in KINDS:
        raise InputError(f"the shape must be a GeoJSON {', '.join(KINDS)} or a Feature with one")
    try:
        made = shapely.force_2d(from_geojson(geometry))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.GEOSException) as error:
        raise InputError(f"the coordinates of the {geometry['type']} cannot be read: {error}") from None
    return _checked(made, query.crs)


def _checked(shape: shapely.Geometry, crs: str) -> shapely.Geometry:
    """The shape in WGS 84, if it is one that can be measured."""
    vertices = int(shapely.get_num_coordinates(shape))
    if vertices > MAX_VERTICES:
        raise TooLarge(f"the shape has {vertices:,} vertices; {MAX_VERTICES:,} are the most", limit=MAX_VERTICES)
    if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise InputError("the shape is empty or has coordinates that are not numbers")
    moved = geometries_to_wgs84(np.array([shape], dtype=object), parse_crs(crs))[0]
    west, south, east, north = moved.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InputError("the shape lies outside the globe: longitude comes first, then latitude; metres need a crs")
    if shapely.length(moved) == 0 or (shapely.get_dimensions(moved) == 2 and shapely.area(moved) == 0):
        raise InputError("the shape has no length or no area")
    if not moved.is_valid:
        raise InputError(f"the polygon is not valid: {shapely.is_valid_reason(moved)}")
    return moved
