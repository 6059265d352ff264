"""Which grid owns a point: exact predicates, one tie rule, the same for one point and for millions.

A grid covers a point that lies in its interior or on its border (`ST_Covers` of PostGIS, decided without rounding). Of
the grids that cover a point the one with the lowest code owns it, codes compared character by character
(`COLLATE "C"`). `on_boundary` says that the point lies on the border of its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from app.spatial.location.borders import Borders, Floats, Rows, border_distances, borders_of

Flags = npt.NDArray[np.bool_]

CHUNK = 65_536
FIRST_RADIUS_M = 25.0
METRES_PER_DEGREE = 110_500.0  # of latitude at the equator, the shortest; a search box must not come out too small
SAME_DISTANCE_M = 0.001


@dataclass(frozen=True)
class Located:
    """`owner`: for each point the position of its grid in the arrays that the index was built from, -1 outside."""

    owner: Rows
    on_boundary: Flags


@dataclass(frozen=True)
class Coverage:
    """Pairs (point, grid) of points and the grids that cover them, by point and then by code."""

    point: Rows
    grid: Rows
    inside: Flags
    """True in the grid's interior, False on its border."""


@dataclass(frozen=True)
class Near:
    """A grid and how far away it is; 0 where it covers the point."""

    grid: int
    distance_m: float


class GridIndex:
    """Index of the grids of one edition. Immutable and safe to share between threads.

    `codes` are distinct; `polygons` are valid (multi)polygons in EPSG:4326, the same length. Positions in answers are
    positions in these two.
    """

    def __init__(self, codes: Sequence[str], polygons: npt.NDArray[np.object_]) -> None:
        self._order: Rows = np.array(sorted(range(len(codes)), key=codes.__getitem__), dtype=np.intp)
        self._ranks = np.argsort(self._order)
        self._polygons = np.asarray(polygons, dtype=object)[self._order]
        self._borders: Borders = borders_of(self._polygons)
        self._tree = shapely.STRtree(self._polygons)
        none = len(codes) == 0
        self._bounds = (np.inf,) * 4 if none else tuple(shapely.total_bounds(self._polygons))
        self._prepare()

    def __len__(self) -> int:
        return len(self._order)

    def _prepare(self) -> None:
        """GEOS finishes a prepared polygon at its first question, and numba compiles at the first call: asked here, no
        two threads race for it and nobody waits for it."""
        shapely.prepare(self._polygons)
        corners = shapely.bounds(self._polygons)
        for ask in (shapely.intersects_xy, shapely.contains_xy):
            ask(self._polygons, corners[:, 0], corners[:, 1])
        self.border_m([], [], np.array([], dtype=np.intp))

    def cover(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Coverage:
        """All grids that cover each point; a point with NaN is covered by none."""
        x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        point, rank = self._covering(x, y)
        inside = shapely.contains_xy(self._polygons[rank], x[point], y[point])
        return Coverage(point, self._order[rank], inside)

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Located:
        """The owner of each point."""
        x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        owner = np.full(len(x), -1, dtype=np.intp)
        on_boundary = np.zeros(len(x), dtype=bool)
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            point, rank = self._covering(x[part], y[part])
            point, first = np.unique(point, return_index=True)
            rank = rank[first]
            owner[start + point] = self._order[rank]
            on_boundary[start + point] = ~shapely.contains_xy(self._polygons[rank], x[start + point], y[start + point])
        return Located(owner, on_boundary)

    def _covering(self, x: Floats, y: Floats) -> tuple[Rows, Rows]:
        """Pairs (point, rank by code), sorted."""
        west, south, east, north = self._bounds
        usable = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))  # NaN compares false
        found, rank = self._tree.query(shapely.points(x[usable], y[usable]))
        point = usable[found]
        covered = shapely.intersects_xy(self._polygons[rank], x[point], y[point])
        point, rank = point[covered], rank[covered]
        order = np.lexsort((rank, point))
        return point[order], rank[order]

    def border_m(self, lon: npt.ArrayLike, lat: npt.ArrayLike, grid: Rows) -> Floats:
        """Metres from point i to the border of grid[i]; see borders.py for the error."""
        x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        return border_distances(self._borders, x, y, self._ranks[np.asarray(grid, dtype=np.intp)])

    def meeting(self, shape: shapely.Geometry) -> list[tuple[int, shapely.Geometry]]:
        """(grid, polygon) of the grids that a shape in EPSG:4326 meets, by code."""
        ranks = np.sort(self._tree.query(shape, predicate="intersects"))
        return [(int(self._order[rank]), self._polygons[rank]) for rank in ranks]

    def nearest(
        self, lon: float, lat: float, limit_m: float, besides: int = -1, expected_m: float = 0.0
    ) -> Near | None:
        """The grid nearest to a point, `besides` left out, if within `limit_m`. Ties (1 mm) go to the lowest code.

        `expected_m` is where to look first; it changes how long this takes, not the answer.
        """
        radius = min(max(FIRST_RADIUS_M, 1.01 * expected_m), limit_m)
        while True:
            found = self._nearest_within(lon, lat, radius, besides)
            if found or radius >= limit_m:
                return found
            radius = min(radius * 4, limit_m)

    def _nearest_within(self, lon: float, lat: float, radius_m: float, besides: int) -> Near | None:
        dy = 1.01 * radius_m / METRES_PER_DEGREE
        dx = dy / max(np.cos(np.radians(min(abs(lat) + dy, 90.0))), 1e-6)
        ranks = np.sort(self._tree.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy)))
        ranks = ranks[self._order[ranks] != besides]
        if len(ranks) == 0:
            return None
        x, y = np.full(len(ranks), lon), np.full(len(ranks), lat)
        distances = border_distances(self._borders, x, y, ranks)
        distances[shapely.intersects_xy(self._polygons[ranks], x, y)] = 0.0
        best = int(np.flatnonzero(distances <= distances.min() + SAME_DISTANCE_M)[0])
        if distances[best] > radius_m:
            return None
        return Near(int(self._order[ranks[best]]), float(distances[best]))
