"""Borders of grids as corners and edges, and distances from points to them in metres, compiled.

Edges are straight in degrees, as the look-up takes them. Distances are measured on the WGS 84 ellipsoid in a local
plane at each point, with the lengths of a degree taken halfway to the edge: within 5 km of the point and 70 degrees of
the equator that is less than 1 mm from the geodesic (tests/spatial/test_spatial_borders.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Starts = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]
Plane = tuple[float, float, float, float]

WGS84_A = 6378137.0
WGS84_E2 = 0.0066943799901413165
RADIAN = np.pi / 180.0
METRES_PER_DEGREE = 110_500.0  # of latitude at the equator, the shortest; a search box must not come out too small


@dataclass(frozen=True)
class Borders:
    """The rings of n polygons, one after another in `corners` (m × 2), each closed by its first corner.

    An edge goes from corner v to v + 1; `edges` holds v << 2. Polygon k has edges[first[k]:first[k + 1]]. `twin` names
    the first corner of a ring for its last, and every other corner itself.
    """

    corners: Floats
    twin: Words
    edges: Words
    first: Starts


def borders_of(polygons: npt.NDArray[np.object_]) -> Borders:
    """All rings, of shells and holes, of an array of polygons and multipolygons in degrees."""
    parts, polygon = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, counts = shapely.get_coordinates(rings), shapely.get_num_coordinates(rings)
    owner, ends = polygon[part], np.cumsum(counts)
    last, begin = (ends - 1)[counts > 0], (ends - counts)[counts > 0]
    twin = np.arange(len(corners), dtype=np.int32)
    twin[last] = begin
    begins_edge = np.ones(len(corners), np.bool_)
    begins_edge[last] = False
    edges = np.bincount(owner, np.maximum(counts - 1, 0), minlength=len(polygons))
    return Borders(
        corners=np.ascontiguousarray(corners),
        twin=twin,
        edges=np.flatnonzero(begins_edge).astype(np.int32) << 2,
        first=np.append(0, np.cumsum(edges)).astype(np.int64),
    )


def border_distances(borders: Borders, lon: Floats, lat: Floats, polygon: Rows) -> Floats:
    """Metres from point i to the border of polygon[i], from inside or outside; infinite for a polygon without edges."""
    return _distances(borders.corners, borders.edges, borders.first, lon, lat, polygon)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _distances(
    corners: Floats, edges: Words, first: Starts, lon: Floats, lat: Floats, polygon: npt.NDArray[np.int64]
) -> Floats:
    made = np.empty(len(lon))
    for i in range(len(lon)):
        made[i] = border_distance(corners, edges, first, polygon[i], lon[i], lat[i])
    return made


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def border_distance(corners: Floats, edges: Words, first: Starts, polygon: int, lon: float, lat: float) -> float:
    """Metres from a point to the border of one polygon, edge by edge."""
    plane = plane_at(lat)
    best = np.inf
    for i in range(first[polygon], first[polygon + 1]):
        best = min(best, edge_distance2(corners, edges[i] >> 2, lon, lat, plane))
    return np.sqrt(best)


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def plane_at(lat: float) -> Plane:
    """Metres of a degree eastwards and northwards at a latitude; and how much the first shrinks and the second grows
    per metre northwards, halfway to what is measured."""
    phi = lat * RADIAN
    sine, cosine = np.sin(phi), np.cos(phi)
    w = 1.0 - WGS84_E2 * sine * sine
    ky = RADIAN * WGS84_A * (1.0 - WGS84_E2) / (w * np.sqrt(w))
    kx = RADIAN * WGS84_A / np.sqrt(w) * cosine
    shrink = (sine / cosine) * (1.0 - WGS84_E2) / w * RADIAN * 0.5
    grow = 3.0 * WGS84_E2 * sine * cosine / w * RADIAN * 0.5
    return kx, ky, shrink / ky, grow / ky


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[misc, unused-ignore]
def edge_distance2(corners: Floats, v: int, lon: float, lat: float, plane: Plane) -> float:
    """Square metres from a point, whose plane it is, to the edge from corner v."""
    kx, ky, shrink, grow = plane
    ax, ay = (corners[v, 0] - lon) * kx, (corners[v, 1] - lat) * ky
    dx, dy = (corners[v + 1, 0] - corners[v, 0]) * kx, (corners[v + 1, 1] - corners[v, 1]) * ky
    length2 = dx * dx + dy * dy
    t = -(ax * dx + ay * dy) / length2 if length2 > 0.0 else 0.0
    t = min(max(t, 0.0), 1.0)
    px, py = ax + t * dx, ay + t * dy
    px *= 1.0 - shrink * py
    py *= 1.0 + grow * py
    return px * px + py * py
