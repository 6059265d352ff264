"""Distances from points to the borders of grids, in metres, compiled.

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

WGS84_A = 6378137.0
WGS84_E2 = 0.0066943799901413165
RADIAN = np.pi / 180.0


@dataclass(frozen=True)
class Borders:
    """The edges of n polygons: edge i goes from (x1, y1) to (x2, y2); polygon k has the edges from first[k] on, up to
    first[k + 1]."""

    x1: Floats
    y1: Floats
    x2: Floats
    y2: Floats
    first: Starts


def borders_of(polygons: npt.NDArray[np.object_]) -> Borders:
    """All edges, of shells and holes, of an array of polygons and multipolygons in degrees."""
    parts, polygon = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    edges = np.flatnonzero(ring[1:] == ring[:-1])
    owner = polygon[part[ring[edges]]]
    return Borders(
        x1=coordinates[edges, 0].copy(),
        y1=coordinates[edges, 1].copy(),
        x2=coordinates[edges + 1, 0].copy(),
        y2=coordinates[edges + 1, 1].copy(),
        first=np.searchsorted(owner, np.arange(len(polygons) + 1)).astype(np.int64),
    )


def border_distances(borders: Borders, lon: Floats, lat: Floats, polygon: Rows) -> Floats:
    """Metres from point i to the border of polygon[i], from inside or outside; infinite for a polygon without edges."""
    return _distances(borders.x1, borders.y1, borders.x2, borders.y2, borders.first, lon, lat, polygon)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _distances(
    x1: Floats,
    y1: Floats,
    x2: Floats,
    y2: Floats,
    first: npt.NDArray[np.int64],
    lon: Floats,
    lat: Floats,
    polygon: Rows,
) -> Floats:
    made = np.empty(len(lon))
    for i in range(len(lon)):
        phi = lat[i] * RADIAN
        sine, cosine = np.sin(phi), np.cos(phi)
        w = 1.0 - WGS84_E2 * sine * sine
        ky = RADIAN * WGS84_A * (1.0 - WGS84_E2) / (w * np.sqrt(w))
        kx = RADIAN * WGS84_A / np.sqrt(w) * cosine
        # How kx shrinks and ky grows per degree northwards, taken halfway to the edge.
        shrink = (sine / cosine) * (1.0 - WGS84_E2) / w * RADIAN * 0.5
        grow = 3.0 * WGS84_E2 * sine * cosine / w * RADIAN * 0.5
        best = np.inf
        for k in range(first[polygon[i]], first[polygon[i] + 1]):
            ax, ay = (x1[k] - lon[i]) * kx, (y1[k] - lat[i]) * ky
            dx, dy = (x2[k] - x1[k]) * kx, (y2[k] - y1[k]) * ky
            length2 = dx * dx + dy * dy
            t = -(ax * dx + ay * dy) / length2 if length2 > 0.0 else 0.0
            t = min(max(t, 0.0), 1.0)
            px, py = ax + t * dx, ay + t * dy
            px *= 1.0 - shrink * py / ky
            py *= 1.0 + grow * py / ky
            best = min(best, px * px + py * py)
        made[i] = np.sqrt(best)
    return made
