"""GeoJSON geometries into shapely's, strictly: every departure from RFC 7946 is named, and mended only where
nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Coordinates = npt.NDArray[np.float64]
MAX_NESTING = 8
HUGE = 1e15
"""No map has coordinates of this size; shapefiles and their exports use ±1.8e308 for 'no data'."""


@dataclass(frozen=True)
class Fault:
    kind: str
    detail: str
    x: float | None = None
    y: float | None = None


class Broken(Exception):
    """The geometry cannot be read; the message says why."""


def geometry_of(member: Any) -> tuple[shapely.Geometry | None, list[Fault]]:
    """The shape of a `geometry` member (None for null or for what cannot be read), and what is wrong with it."""
    faults: list[Fault] = []
    if member is None:
        return None, faults
    try:
        shape = _geometry(member, faults, 0)
    except Broken as broken:
        return None, [Fault("broken_geometry", f"the geometry cannot be read: {broken}")]
    except (shapely.errors.ShapelyError, ValueError, OverflowError) as error:
        return None, [Fault("broken_geometry", f"the geometry cannot be read: {error}")]
    return shape, faults


def _geometry(member: Any, faults: list[Fault], depth: int) -> shapely.Geometry:
    if not isinstance(member, dict):
        raise Broken("it is not an object")
    if depth > MAX_NESTING:
        raise Broken("collections nested too deeply")
    kind = member.get("type")
    make = GEOMETRY_TYPES.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise Broken(f"type {kind!r} is not a geometry" if "type" in member else "it has no type")
    if kind == "GeometryCollection":
        return _collection(member, faults, depth)
    if "coordinates" not in member:
        raise Broken("it has no coordinates")
    coordinates = member["coordinates"]
    if not isinstance(coordinates, list):
        raise Broken("its coordinates are not a list")
    return make(coordinates, faults)


def _collection(member: dict[str, Any], faults: list[Fault], depth: int) -> shapely.Geometry:
    parts = member.get("geometries")
    if not isinstance(parts, list):
        raise Broken("the GeometryCollection has no list of geometries")
    if any(part is None for part in parts):
        faults.append(Fault("broken_geometry", "a part of the GeometryCollection is null; it is left out"))
    return shapely.GeometryCollection([_geometry(part, faults, depth + 1) for part in parts if part is not None])


def _positions(values: Any, faults: list[Fault], least: int, what: str) -> Coordinates:
    """A list of positions as an n × 2 or n × 3 array; a fourth number per position is dropped and reported."""
    if not isinstance(values, list):
        raise Broken(f"{what} is not a list of positions")
    if len(values) < least:
        raise Broken(f"{what} has {len(values)} positions, at least {least} are needed")
    if not values:
        return np.empty((0, 2))
    try:
        made = np.array(values)
    except ValueError:
        made = np.array([None])
    if made.ndim != 2 or made.dtype.kind not in "if" or made.shape[1] < 2:
        made = _mixed(values, what)
    made = np.asarray(made, dtype=np.float64)
    if made.shape[1] > 3:
        x, y = made[0, :2]
        faults.append(
            Fault("height_or_measure", "more than three numbers per position; those after Z are left out", x, y)
        )
        made = made[:, :3]
    if not (made.min() > -HUGE and made.max() < HUGE):
        wild = ~(np.abs(made) < HUGE).all(axis=1)
        raise Broken(f"{what} has coordinates that are no place on earth ({values[int(np.argmax(wild))]})")
    return made


def _mixed(values: list[Any], what: str) -> Coordinates:
    """Positions that are not all alike: names the first that is none, else cuts all to the shortest length."""
    for number, position in enumerate(values, 1):
        if not isinstance(position, list):
            raise Broken(f"{what}, position {number} is {position!r}, not a list of two numbers (nesting too shallow?)")
        if any(isinstance(value, list) for value in position):
            raise Broken(f"{what}, position {number} is a list of lists (nesting too deep?)")
        if len(position) < 2:
            raise Broken(f"{what}, position {number} has {len(position)} numbers, at least 2 are needed")
        for value in position:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise Broken(f"{what}, position {number} has {value!r} where a number belongs")
    shortest = min(len(position) for position in values)
    return np.array([position[:shortest] for position in values], dtype=np.float64)


def _ring(values: Any, faults: list[Fault], what: str) -> Coordinates:
    ring = _positions(values, faults, 1, what)
    if ring[0, 0] != ring[-1, 0] or ring[0, 1] != ring[-1, 1]:
        x, y = float(ring[-1, 0]), float(ring[-1, 1])
        faults.append(Fault("unclosed_ring", f"{what} is not closed; it was closed with a straight line", x, y))
        ring = np.vstack([ring, ring[:1]])
    if len(ring) < 4:
        faults.append(
            Fault("too_few_points", f"{what} has fewer than four positions", float(ring[0, 0]), float(ring[0, 1]))
        )
        ring = np.vstack([ring, *[ring[-1:]] * (4 - len(ring))])
    return ring


def _polygon(values: list[Any], faults: list[Fault], part: str = "") -> shapely.Polygon:
    if not values:
        return shapely.Polygon()
    outer = _ring(values[0], faults, f"{part}the outer ring")
    if len(values) == 1:
        return shapely.Polygon(outer)
    holes = [_ring(ring, faults, f"{part}hole {number}") for number, ring in enumerate(values[1:], 1)]
    depth = min(ring.shape[1] for ring in (outer, *holes))
    return shapely.Polygon(outer[:, :depth], [hole[:, :depth] for hole in holes])


def _multi_polygon(values: list[Any], faults: list[Fault]) -> shapely.MultiPolygon:
    parts = []
    for number, part in enumerate(values, 1):
        if not isinstance(part, list):
            raise Broken(f"polygon {number} is not a list of rings")
        parts.append(_polygon(part, faults, f"polygon {number}, "))
    return shapely.MultiPolygon(parts)


def _point(values: list[Any], faults: list[Fault]) -> shapely.Point:
    if not values:
        return shapely.Point()
    return shapely.Point(_positions([values], faults, 1, "the point")[0])


def _line(values: list[Any], faults: list[Fault]) -> shapely.LineString:
    return shapely.LineString(_positions(values, faults, 2, "the line"))


def _multi_point(values: list[Any], faults: list[Fault]) -> shapely.MultiPoint:
    return shapely.MultiPoint(_positions(values, faults, 0, "the points"))


def _multi_line(values: list[Any], faults: list[Fault]) -> shapely.MultiLineString:
    lines = [_positions(line, faults, 2, f"line {number}") for number, line in enumerate(values, 1)]
    return shapely.MultiLineString([shapely.LineString(line) for line in lines])


GEOMETRY_TYPES: dict[str, Callable[[list[Any], list[Fault]], shapely.Geometry]] = {
    "Point": _point,
    "MultiPoint": _multi_point,
    "LineString": _line,
    "MultiLineString": _multi_line,
    "Polygon": _polygon,
    "MultiPolygon": _multi_polygon,
    "GeometryCollection": lambda values, faults: shapely.GeometryCollection(),
}
