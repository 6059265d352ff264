"""TopoJSON: arcs put together into rings and lines, every false reference named with its row.

GDAL is not used: it leaves out arcs that are not there in silence, and the ring closes without them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from pyproj import CRS

from app.errors import FileError, TooLarge
from app.files.archives import Limits
from app.files.columns import Rows, frame_of
from app.files.geojson import text_encoding
from app.files.positions import Broken, Fault, geometry_of
from app.files.source import Content

MAX_BYTES = 100_000_000
"""TopoJSON must be in memory as a whole, at some ten times its size; maps of cities are far below this."""
ASSUMED_CRS = "TopoJSON is taken to be in WGS 84, as GeoJSON is"
Arc = npt.NDArray[np.float64]
DEPTHS = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}


def read_topojson(path: Path, shown: str, layer: str | None, *, encoding: str | None, limits: Limits) -> Content:
    """One object of a TopoJSON file; each geometry of a collection is a row. Raises FileError, TooLarge."""
    if path.stat().st_size > MAX_BYTES:
        raise TooLarge(f"{shown}: a TopoJSON of more than {MAX_BYTES:,} bytes; export it as GeoJSON or GeoPackage")
    chosen = text_encoding(path, shown, encoding)
    document = json.loads(path.read_bytes().decode(chosen.codec, errors="replace"))
    objects = document.get("objects")
    if not isinstance(objects, dict) or not objects:
        raise FileError("the TopoJSON holds no objects", file=shown, remedy="export it again")
    name = _layer(objects, layer, shown)
    arcs = _arcs(document, shown)
    members = _members(objects[name], shown)
    if len(members) > limits.max_features:
        raise TooLarge(f"{shown}: {len(members):,} features, more than {limits.max_features:,}")
    rows = Rows()
    for member in members:
        _add(member, arcs, document.get("transform"), rows)
    crs = CRS.from_epsg(4326)
    frame: gpd.GeoDataFrame = frame_of(rows, crs)
    return Content(frame, crs, ASSUMED_CRS, name, tuple(objects), chosen.codec, chosen.reason, (), tuple(rows.defects))


def _layer(objects: dict[str, Any], layer: str | None, shown: str) -> str:
    names = ", ".join(objects)
    if layer is not None and layer not in objects:
        raise FileError(f"there is no layer {layer!r}; it has: {names}", file=shown, remedy="choose one with --layer")
    if layer is None and len(objects) > 1:
        raise FileError(f"there are {len(objects)} layers: {names}", file=shown, remedy="choose one with --layer")
    return layer or next(iter(objects))


def _members(found: Any, shown: str) -> list[Any]:
    if not isinstance(found, dict):
        raise FileError("the TopoJSON object is not a geometry", file=shown, remedy="export it again")
    if found.get("type") != "GeometryCollection":
        return [found]
    members = found.get("geometries")
    if not isinstance(members, list):
        raise FileError("the TopoJSON object has no list of geometries", file=shown, remedy="export it again")
    return members


def _arcs(document: dict[str, Any], shown: str) -> list[Arc]:
    """The arcs in coordinates: delta-coded on a grid when there is a `transform`."""
    transform = document.get("transform")
    try:
        arcs = [np.array(arc, dtype=np.float64)[:, :2] for arc in document.get("arcs", [])]
        if transform is None:
            return arcs
        return [np.cumsum(arc, axis=0) * transform["scale"] + transform["translate"] for arc in arcs]
    except (ValueError, TypeError, IndexError, KeyError, AttributeError):
        raise FileError(
            "the arcs of the TopoJSON are not lists of positions", file=shown, remedy="export it again"
        ) from None


def _add(member: Any, arcs: list[Arc], transform: Any, rows: Rows) -> None:
    row = len(rows.shapes) + 1
    if not isinstance(member, dict):
        rows.report("not_a_feature", "not a geometry; the row is left empty", row)
        rows.add({}, None, None)
        return
    properties = member.get("properties")
    try:
        shape, faults = geometry_of(_as_geojson(member, arcs, transform))
    except (Broken, ValueError, TypeError, KeyError) as broken:
        shape, faults = None, [Fault("broken_geometry", f"the geometry cannot be read: {broken}")]
    for fault in faults:
        rows.report(fault.kind, fault.detail, row, fault.x, fault.y)
    rows.add(properties if isinstance(properties, dict) else {}, member.get("id"), shape)


def _as_geojson(member: dict[str, Any], arcs: list[Arc], transform: Any) -> dict[str, Any] | None:
    """The geometry with coordinates in place of arcs; None for TopoJSON's null geometry."""
    kind = member.get("type")
    if kind is None:
        return None
    if kind == "GeometryCollection":
        return {
            "type": kind,
            "geometries": [_as_geojson(part, arcs, transform) for part in member.get("geometries", [])],
        }
    if kind in ("Point", "MultiPoint"):
        return {"type": kind, "coordinates": _placed(member.get("coordinates"), transform)}
    if kind not in DEPTHS:
        raise Broken(f"type {kind!r} is not a geometry")
    return {"type": kind, "coordinates": _joined(member.get("arcs"), DEPTHS[kind], arcs)}


def _placed(coordinates: Any, transform: Any) -> list[Any]:
    placed = np.array(coordinates, dtype=np.float64)
    if transform is not None:
        placed = placed[..., :2] * transform["scale"] + transform["translate"]
    return list(placed.tolist())


def _joined(indices: Any, depth: int, arcs: list[Arc]) -> list[Any]:
    """Arcs end to end, each without its first point but the first; a negative index ~n is arc n backwards."""
    if not isinstance(indices, list):
        raise Broken("its arcs are not a list")
    if depth:
        return [_joined(part, depth - 1, arcs) for part in indices]
    line: list[Any] = []
    for index in indices:
        if not isinstance(index, int) or not -len(arcs) <= index < len(arcs):
            raise Broken(f"it refers to arc {index!r}, which is not there")
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        line.extend(arc.tolist()[1 if line else 0 :])
    return line
