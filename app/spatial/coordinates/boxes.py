"""Boxes in map coordinates: whether they meet, how far apart they are, where another system puts them.

A box is (west, south, east, north) or, in a projected system, (min x, min y, max x, max y).
"""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Geod

from app.spatial.coordinates.crs import Crs, points_to_wgs84

Bounds = tuple[float, float, float, float]

POLAR_LAT = 73.0
"""No town of any size lies nearer to a pole (Tiksi 71.6° N, Hammerfest 70.7° N); swapped axes often land there."""
GEOD = Geod(ellps="WGS84")


def moved(bounds: Bounds, system: Crs) -> Bounds | None:
    """Bounds in EPSG:4326 of a box in `system`, from points along its edges; None where it has no place on the
    globe."""
    west, south, east, north = bounds
    t = np.linspace(0, 1, 9)
    x = np.concatenate([west + (east - west) * t] * 2 + [np.full(9, west), np.full(9, east)])
    y = np.concatenate([np.full(9, south), np.full(9, north)] + [south + (north - south) * t] * 2)
    lon, lat = points_to_wgs84(x, y, system)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def near_pole(bounds: Bounds) -> bool:
    """Whether a box in degrees lies where no town is, but would not with its axes exchanged."""
    west, south, east, north = bounds
    return (south > POLAR_LAT or north < -POLAR_LAT) and west >= -90 and east <= 90


def within(inner: Bounds, outer: tuple[float, float, float, float]) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def between(values: tuple[float, float], limits: tuple[float, float]) -> bool:
    return limits[0] <= min(values) and max(values) <= limits[1]


def gap_deg(a: Bounds, b: Bounds) -> float:
    return max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3], 0.0)


def gap_m(a: Bounds, b: Bounds) -> float:
    """Metres between two boxes in degrees (0 where they meet), measured between their nearest points."""
    if not within(a, (-180, -90, 180, 90)):
        return float("inf")
    box_a, box_b = shapely.box(*a), shapely.box(*b)
    p, q = shapely.get_coordinates(shapely.shortest_line(box_a, box_b))
    return float(GEOD.inv(p[0], p[1], q[0], q[1])[2])


def edges_m(a: Bounds, b: Bounds) -> float:
    """The largest distance in metres between corresponding edges of two boxes in degrees."""
    scale = 111_320.0 * float(np.cos(np.radians((b[1] + b[3]) / 2)))
    return max(
        abs(a[0] - b[0]) * scale, abs(a[2] - b[2]) * scale, abs(a[1] - b[1]) * 110_900.0, abs(a[3] - b[3]) * 110_900.0
    )


def shown(bounds: Bounds) -> str:
    digits = 4 if max(map(abs, bounds)) <= 1000 else 0
    west, south, east, north = (f"{value:.{digits}f}" for value in bounds)
    return f"x {west} to {east}, y {south} to {north}"
