"""Areas that polygons have in common, without their intersections being made, compiled.

The ground of a polygon is that under its upper edges less that under its lower ones, so what two polygons share is the
sum, over all pairs of their edges, of the ground under both edges, with signs. No crossing is looked for and no point
is inside or outside: edges that touch, run along each other or are upright need no care, and rounding is that of a sum.

Edges are straight in degrees. Square metres per square degree are a polynomial of the place, fitted to the metric
system: over half a degree it is right to 1e-8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Move = Callable[[Floats, Floats], tuple[Floats, Floats]]

WIDEST_DEGREES = 0.5
EDGES_PER_BIN = 4
LEAST_SHARE = 1e-9
NODES, STEP = 5, 1e-3
GAUSS = 0.5 - np.sqrt(1 / 12)


@dataclass(frozen=True)
class Ground:
    """Degrees around `middle` in units of `half`, and `weights`: square metres per square unit are
    w0 + w1 x + w2 y + w3 x² + w4 xy + w5 y²."""

    middle: Floats
    half: Floats
    weights: Floats

    def edges(self, polygons: npt.NDArray[np.object_]) -> tuple[Floats, Places]:
        """(x1, y1, x2, y2) of each edge, going right under the ground; where each polygon's begin."""
        parts, polygon = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        corners = (corners - self.middle) / self.half
        starts = np.flatnonzero(ring[1:] == ring[:-1])
        owner = polygon[part[ring[starts]]]
        edges = np.hstack([corners[starts], corners[starts + 1]])
        return edges, np.searchsorted(owner, np.arange(len(polygons) + 1))


def ground_of(bounds: tuple[float, float, float, float], move: Move) -> Ground:
    """`move`: lon, lat → metres east and north in the system that areas are told in."""
    west, south, east, north = bounds
    middle, half = np.array([west + east, south + north]) / 2, np.array([east - west, north - south]) / 2
    x, y = (each.ravel() for each in np.meshgrid(np.linspace(-1, 1, NODES), np.linspace(-1, 1, NODES)))
    lon, lat = middle[0] + x * half[0], middle[1] + y * half[1]
    (ax, ay), (bx, by) = move(lon + STEP, lat), move(lon - STEP, lat)
    (cx, cy), (dx, dy) = move(lon, lat + STEP), move(lon, lat - STEP)
    scale = ((ax - bx) * (cy - dy) - (ay - by) * (cx - dx)) / (2 * STEP) ** 2 * half[0] * half[1]
    terms = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    return Ground(middle, half, np.linalg.lstsq(terms, scale, rcond=None)[0])


def reaches_into(polygon: shapely.Geometry, others: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Whether more than a billionth of the smaller of the two lies in both."""
    west, south, east, north = polygon.bounds
    middle, half = np.array([west + east, south + north]) / 2, np.array([east - west, north - south]) / 2
    ground = Ground(middle, half, np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
    (edges, first), own = ground.edges(others), ground.edges(np.array([polygon], dtype=object))
    smaller = np.minimum(areas(edges, first, ground.weights), areas(*own, ground.weights))
    reached: npt.NDArray[np.bool_] = common_areas(own[0], edges, first, ground.weights) > LEAST_SHARE * smaller
    return reached


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def areas(edges: Floats, first: Places, w: Floats) -> Floats:
    """Square metres of each polygon."""
    made = np.zeros(len(first) - 1)
    for k in range(len(first) - 1):
        for i in range(first[k], first[k + 1]):
            x1, y1, x2, y2 = edges[i]
            made[k] -= _under(w, x1, y1, x2, y2)
    return made


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def common_areas(shape: Floats, edges: Floats, first: Places, w: Floats) -> Floats:
    """Square metres that the polygon with the edges `shape` shares with each of the others."""
    made = np.zeros(len(first) - 1)
    for k in range(len(first) - 1):
        if first[k] < first[k + 1]:
            made[k] = _common(shape, edges[first[k] : first[k + 1]], w)
    return made


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _common(shape: Floats, other: Floats, w: Floats) -> float:
    """Edges of the shape below the other polygon share nothing with it in sum, those above all that is under them."""
    west, south, east, north = other[:, 0].min(), other[:, 1].min(), other[:, 0].max(), other[:, 1].max()
    bins = max(len(other) // EDGES_PER_BIN, 1)
    width = (east - west) / bins
    starts, items = _binned(other, west, width, bins)
    made, begin, end = 0.0, west, west
    for i in range(len(shape)):
        ax, ay, bx, by = shape[i]
        if min(ay, by) >= north:
            if ax != end:  # a walk above the polygon counts from where it begins to where it ends
                made -= _area_between(other, begin, end, w)
                begin = ax
            end = bx
            continue
        if max(ay, by) <= south or max(ax, bx) <= west or min(ax, bx) >= east or ax == bx:
            continue
        sign = 1.0
        if ax > bx:
            ax, ay, bx, by = bx, by, ax, ay
            sign = -1.0
        slope = (by - ay) / (bx - ax)
        b_first, b_last = _bin(max(ax, west), west, width, bins), _bin(min(bx, east), west, width, bins)
        for b in range(b_first, b_last + 1):
            left = ax if b == b_first else west + b * width
            right = bx if b == b_last else west + (b + 1) * width
            for at in range(starts[b], starts[b + 1]):
                made += sign * _under_both(w, other, items[at], left, right, ax, ay, slope)
    return made - _area_between(other, begin, end, w)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _area_between(edges: Floats, x1: float, x2: float, w: Floats) -> float:
    """The area of a polygon east of x1 and west of x2; less than nothing when x2 lies west of x1."""
    made, turned = 0.0, x1 > x2
    west, east = min(x1, x2), max(x1, x2)
    for i in range(len(edges)):
        ax, ay, bx, by = edges[i]
        if max(ax, bx) <= west or min(ax, bx) >= east or ax == bx:
            continue
        slope = (by - ay) / (bx - ax)
        left, right = min(max(ax, west), east), min(max(bx, west), east)
        made -= _under(w, left, ay + (left - ax) * slope, right, ay + (right - ax) * slope)
    return -made if turned else made


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _bin(x: float, west: float, width: float, bins: int) -> int:
    return min(max(int((x - west) / width), 0), bins - 1)


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _binned(edges: Floats, west: float, width: float, bins: int) -> tuple[Places, Places]:
    """The edges that reach into each strip, one strip after another; upright ones are above nothing."""
    counts = np.zeros(bins + 1, np.int64)
    for i in range(len(edges)):
        if edges[i, 0] != edges[i, 2]:
            a, b = _bin(edges[i, 0], west, width, bins), _bin(edges[i, 2], west, width, bins)
            for k in range(min(a, b), max(a, b) + 1):
                counts[k + 1] += 1
    starts = np.cumsum(counts)
    place, items = starts.copy(), np.empty(starts[-1], np.int64)
    for i in range(len(edges)):
        if edges[i, 0] != edges[i, 2]:
            a, b = _bin(edges[i, 0], west, width, bins), _bin(edges[i, 2], west, width, bins)
            for k in range(min(a, b), max(a, b) + 1):
                items[place[k]] = i
                place[k] += 1
    return starts, items


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _under_both(
    w: Floats, edges: Floats, item: int, left: float, right: float, x1: float, y1: float, slope: float
) -> float:
    """The ground under one of the edges and under the line through (x1, y1), between left and right."""
    ax, ay, bx, by = edges[item]
    sign = 1.0
    if ax > bx:
        ax, ay, bx, by = bx, by, ax, ay
        sign = -1.0
    left, right = max(left, ax), min(right, bx)
    if not left < right:
        return 0.0
    steep = (by - ay) / (bx - ax)
    e1, e2 = ay + (left - ax) * steep, ay + (right - ax) * steep
    f1, f2 = y1 + (left - x1) * slope, y1 + (right - x1) * slope
    if e1 <= f1 and e2 <= f2:
        return sign * _under(w, left, e1, right, e2)
    if e1 >= f1 and e2 >= f2:
        return sign * _under(w, left, f1, right, f2)
    share = (f1 - e1) / ((e2 - e1) - (f2 - f1))
    x, y = left + share * (right - left), f1 + share * (f2 - f1)
    return sign * (_under(w, left, min(e1, f1), x, y) + _under(w, x, y, right, min(e2, f2)))


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _under(w: Floats, x1: float, y1: float, x2: float, y2: float) -> float:
    """The ground between a line and y = 0: two points of Gauss are enough for a cubic."""
    dx, dy = x2 - x1, y2 - y1
    far = 1.0 - GAUSS
    return 0.5 * dx * (_depth(w, x1 + GAUSS * dx, y1 + GAUSS * dy) + _depth(w, x1 + far * dx, y1 + far * dy))


@njit(cache=True, nogil=True)  # type: ignore[misc, unused-ignore]
def _depth(w: Floats, x: float, y: float) -> float:
    return y * (w[0] + x * (w[1] + w[3] * x) + y * ((w[2] + w[4] * x) / 2.0 + y * w[5] / 3.0))
