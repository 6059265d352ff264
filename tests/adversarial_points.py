"""Points that rounding gets wrong, and the truth about them in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]


def beside(points: Floats) -> Floats:
    """Each point and its eight neighbours one ulp away."""
    made = []
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            moved = points.copy()
            moved[:, 0] = np.nextafter(moved[:, 0], np.inf * dx) if dx else moved[:, 0]
            moved[:, 1] = np.nextafter(moved[:, 1], np.inf * dy) if dy else moved[:, 1]
            made.append(moved)
    return np.vstack(made)


def border_points(polygons: npt.NDArray[np.object_], rng: np.random.Generator, per_polygon: int = 3) -> Floats:
    """Vertices, midpoints of edges and random points of edges, with their neighbours one ulp away."""
    found = []
    for polygon in polygons:
        for ring in shapely.get_rings(shapely.get_parts(polygon)):
            corners = shapely.get_coordinates(ring)
            edges = rng.choice(len(corners) - 1, min(per_polygon, len(corners) - 1), replace=False)
            start, end = corners[edges], corners[edges + 1]
            found += [start, (start + end) / 2, start + rng.random((len(edges), 1)) * (end - start)]
    return beside(np.vstack(found))


def random_points(polygons: npt.NDArray[np.object_], rng: np.random.Generator, n: int) -> Floats:
    """Points in and around the polygons' rectangle."""
    west, south, east, north = shapely.total_bounds(polygons)
    dx, dy = (east - west) * 0.05, (north - south) * 0.05
    return rng.uniform((west - dx, south - dy), (east + dx, north + dy), (n, 2))


def exact_side(polygon: shapely.Geometry, x: float, y: float) -> int:
    """1 inside, 0 on the border, -1 outside a valid (multi)polygon; by ray casting in rational numbers."""
    px, py = Fraction(float(x)), Fraction(float(y))
    west, south, east, north = polygon.bounds
    if not (west <= x <= east and south <= y <= north):
        return -1
    inside = False
    for ring in shapely.get_rings(shapely.get_parts(polygon)):
        corners = shapely.get_coordinates(ring).tolist()
        for (ax, ay), (bx, by) in pairwise(corners):
            if not min(ay, by) <= y <= max(ay, by):
                continue
            x1, y1, x2, y2 = (Fraction(value) for value in (ax, ay, bx, by))
            turn = (x2 - x1) * (py - y1) - (px - x1) * (y2 - y1)
            if turn == 0 and min(x1, x2) <= px <= max(x1, x2):
                return 0
            if (y1 > py) != (y2 > py) and (turn > 0) == (y2 > y1):
                inside = not inside
    return 1 if inside else -1


def exact_owner(codes: list[str], polygons: npt.NDArray[np.object_], x: float, y: float) -> tuple[int, bool]:
    """Position of the covering polygon with the lowest code (-1 without one); whether the point is on its border."""
    sides = [(codes[i], i, exact_side(polygon, x, y)) for i, polygon in enumerate(polygons)]
    covering = [(code, i, side) for code, i, side in sides if side >= 0]
    if not covering:
        return -1, False
    _, i, side = min(covering)
    return i, side == 0


def tiling(rng: np.random.Generator, n: int, origin: tuple[float, float], size: float) -> npt.NDArray[np.object_]:
    """Triangles that share their edges, over a square of `size` degrees."""
    corners = rng.uniform(0, size, (n, 2)) + origin
    frame = np.array([[0, 0], [size, 0], [size, size], [0, size]]) + origin
    return np.array(shapely.delaunay_triangles(shapely.multipoints(np.vstack([corners, frame]))).geoms, dtype=object)


def messy(rng: np.random.Generator, n: int, origin: tuple[float, float], size: float) -> npt.NDArray[np.object_]:
    """Overlapping polygons, some with holes, some of two parts, some with level and upright edges."""
    made: list[shapely.Geometry] = []
    for i in range(n):
        x, y = rng.uniform(0, size, 2) + origin
        r = rng.uniform(0.05, 0.3) * size
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 25)))
        star = shapely.Polygon(np.column_stack([x + r * np.cos(angles), y + r * np.sin(angles)]))
        square = shapely.box(x - r, y - r, x + r, y + r)
        hole = shapely.box(x - r / 3, y - r / 3, x + r / 4, y + r / 4)
        away = shapely.box(x + 2 * r, y, x + 3 * r, y + r)
        made.append((star, square, square - hole, shapely.union(square, away))[i % 4])
    return np.array(made, dtype=object)
