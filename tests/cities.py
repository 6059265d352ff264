"""A city of squares whose every answer can be counted by hand, as the files a planner would send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shapely

LON, LAT, STEP = 113.50, 22.75, 0.002  # beside Nansha; a cell is about 205 × 221 m


def cells(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle in cells, as a polygon in degrees."""
    return shapely.box(LON + west * STEP, LAT + south * STEP, LON + east * STEP, LAT + north * STEP)


def squares(wide: int, high: int, size: int = 6, **properties: Any) -> bytes:
    """A GeoJSON file of rectangles of `wide` × `high` cells that tile `size` × `size` cells; `code` is their place."""
    rows = [
        ({"code": f"{x:02d}{y:02d}", **properties}, cells(x, y, min(x + wide, size), min(y + high, size)))
        for x in range(0, size, wide)
        for y in range(0, size, high)
    ]
    return collection(rows)


def collection(rows: list[tuple[dict[str, Any], Any]]) -> bytes:
    features = [
        {"type": "Feature", "properties": properties, "geometry": None if shape is None else shape.__geo_interface__}
        for properties, shape in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)
