"""Which grid owns a point: exact predicates, one tie rule, the same for one point and for millions.

A grid covers a point that lies in its interior or on its border (`ST_Covers` of PostGIS, decided without rounding). Of
the grids that cover a point the one with the lowest code owns it, codes compared character by character
(`COLLATE "C"`). `on_boundary` says that the point lies on the border of its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from app.errors import TooLarge
from app.spatial.location import cell_owners, cell_probe, cell_search, line_walk
from app.spatial.location.borders import Borders, Floats, Rows, border_distances, borders_of
from app.spatial.location.cell_table import NOBODY, CellTable, build_table
from app.spatial.location.large_pages import on_large_pages
from app.spatial.location.shape_areas import reaches_into

Flags = npt.NDArray[np.bool_]

CHUNK = 65_536
MOST_CORNERS = 200_000_000
"""About seven words of a table go with a corner, and places in it are 31 bits."""


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
class Stretches:
    """Stretches of lines, in their order: the `segment` that each is of, by its first corner, and how much of it lies
    before its `end`. Pairs (stretch, rank by code) of the grids that they belong to."""

    segment: Rows
    end: Floats
    stretch: Rows
    rank: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Near:
    """A grid and how far away it is; 0 where it covers the point."""

    grid: int
    distance_m: float


@dataclass(frozen=True, slots=True)
class Probe:
    """A grid that covers a point, how far its border is (0 on it) and the nearest other grid."""

    grid: int
    inside: bool
    border_m: float
    runner_up: Near | None


class GridIndex:
    """Index of the grids of one edition. Immutable and safe to share between threads.

    `codes` are distinct; `polygons` are valid (multi)polygons in EPSG:4326, the same length, whose corners have
    coordinates that are 0 or at least 1e-100 in size. Positions in answers are positions in these two.
    """

    def __init__(self, codes: Sequence[str], polygons: npt.NDArray[np.object_]) -> None:
        order: Rows = np.array(sorted(range(len(codes)), key=codes.__getitem__), dtype=np.intp)
        shapes = np.asarray(polygons, dtype=object)[order]
        borders = borders_of(shapes)
        if len(borders.corners) > MOST_CORNERS:
            raise TooLarge(
                f"the grids of this edition have {len(borders.corners):,} corners; an index holds {MOST_CORNERS:,}: "
                "publish the ground as several networks, by province",
                limit=MOST_CORNERS,
            )
        self._hold(order, shapes, borders, build_table(borders, len(codes)))

    def _hold(self, order: Rows, polygons: npt.NDArray[np.object_] | None, borders: Borders, table: CellTable) -> None:
        words, corners = on_large_pages(table.words, table.corners)
        self.order = order
        self._polygons = polygons
        self._borders = replace(borders, corners=corners)
        self._table = table = CellTable(words, corners, table.frame)
        self._ranks = np.argsort(order)
        self._owner_of = np.append(order, -1)  # by rank; -1 stands at the end, where rank -1 finds it
        self._cells = (table.words, table.corners, table.frame)
        self._probed = (*self._cells, borders.edges, borders.first)

    def __getstate__(self) -> dict[str, Any]:
        """What points are asked of. A copy in another process answers for points, not for shapes."""
        kept = self._borders
        arrays = {"corners": kept.corners, "twin": kept.twin, "edges": kept.edges, "first": kept.first}
        return arrays | {"order": self.order, "words": self._table.words, "frame": self._table.frame}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Arrays of a message cannot be written to: for the kernels a type of their own, to be compiled once more.
        arrays = {name: array if array.flags.writeable else array.copy() for name, array in state.items()}
        order, words, frame = (arrays.pop(name) for name in ("order", "words", "frame"))
        borders = Borders(**arrays)
        self._hold(order, None, borders, CellTable(words, borders.corners, frame))

    def __len__(self) -> int:
        return len(self.order)

    @property
    def nbytes(self) -> int:
        """Bytes of the table and the borders, without the polygons themselves."""
        kept = (self._borders.edges, self._borders.first, self._borders.twin)
        return self._table.nbytes + sum(part.nbytes for part in kept)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        """Asked for shapes only."""
        return shapely.STRtree(self._shapes)

    @property
    def _shapes(self) -> npt.NDArray[np.object_]:
        if self._polygons is None:
            raise ValueError("an index that came from another process has no polygons")
        return self._polygons

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike, threads: int = 1) -> Located:
        """The owner of each point; a point with NaN has none."""
        x, y = _doubles(lon), _doubles(lat)
        owner, on_boundary = np.empty(len(x), np.intp), np.empty(len(x), np.bool_)

        def part(start: int) -> None:
            span = slice(start, start + CHUNK)
            cell_owners.owners(*self._cells, self._owner_of, x[span], y[span], owner[span], on_boundary[span])

        starts = range(0, len(x), CHUNK)
        if threads > 1 and len(starts) > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(part, starts))
        else:
            for start in starts:
                part(start)
        return Located(owner, on_boundary)

    def cover(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Coverage:
        """All grids that cover each point; a point with NaN is covered by none."""
        x, y = _doubles(lon), _doubles(lat)
        room = 2 * len(x) + 8
        while True:
            point, rank, inside = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room, np.bool_)
            n = cell_search.covers(*self._cells, x, y, point, rank, inside)
            if n <= room:
                return Coverage(point[:n], self._owner_of[rank[:n]], inside[:n])
            room = n

    def walk(self, lon: npt.ArrayLike, lat: npt.ArrayLike, follows: Flags) -> Stretches:
        """Lines, corner by corner (`follows`: whether one is the next on its line), parted where they change from grid
        to grid. Stretches along borders belong to the lowest code (line_walk.py)."""
        x, y = _doubles(lon), _doubles(lat)
        wide, high, room = 4 * len(x) + 64, 4 * len(x) + 64, 256
        while True:
            segment, end = np.empty(wide, np.int64), np.empty(wide)
            stretch, rank = np.empty(high, np.int64), np.empty(high, np.int32)
            n, pairs, most = line_walk.walk(*self._cells, x, y, follows, segment, end, stretch, rank, room)
            if n <= wide and pairs <= high and most <= room:
                return Stretches(segment[:n], end[:n], stretch[:pairs], rank[:pairs])
            wide, high, room = max(wide, n), max(high, pairs), max(room, 2 * most)

    def probe(self, lon: float, lat: float, limit_m: float) -> tuple[Probe, ...]:
        """The owner of a point, then the other grids whose interior the point lies in, by code; none outside.

        Runners-up are named within `limit_m`; ties (1 mm) go to the lowest code.
        """
        rank, inside, border, runner, distance, more = self.probe_ranks(lon, lat, limit_m)
        if rank < 0:
            return ()
        owner = Probe(int(self.order[rank]), inside, border, self._near(runner, distance))
        return (owner, *self._others(lon, lat, limit_m)) if more else (owner,)

    def probe_ranks(self, lon: float, lat: float, limit_m: float) -> cell_probe.Probed:
        """As `cell_probe.probe`, in ranks by code: order[rank] is the grid. The quickest question."""
        return cell_probe.probe(*self._probed, lon, lat, limit_m)

    def _others(self, lon: float, lat: float, limit_m: float) -> list[Probe]:
        covered = self.cover([lon], [lat])
        ranks = self._ranks[covered.grid]
        owner, *others = ranks[covered.inside | (ranks == ranks[0])].tolist()
        made = []
        for rank in others:
            border, runner, distance = cell_probe.beside(*self._probed, lon, lat, limit_m, rank, True, owner)
            made.append(Probe(int(self.order[rank]), True, border, self._near(runner, distance)))
        return made

    def nearest(self, lon: float, lat: float, limit_m: float, besides: int = -1) -> Near | None:
        """The grid nearest to a point, `besides` left out, if within `limit_m`. Ties (1 mm) go to the lowest code."""
        own = -1 if besides < 0 else int(self._ranks[besides])
        covering = [rank for rank in self._ranks[self.cover([lon], [lat]).grid] if rank != own]
        return self._near(*cell_probe.nearest(*self._cells, lon, lat, limit_m, own, min(covering, default=NOBODY)))

    def _near(self, rank: int, distance: float) -> Near | None:
        return None if rank < 0 else Near(int(self.order[rank]), distance)

    def border_m(self, lon: npt.ArrayLike, lat: npt.ArrayLike, grid: Rows) -> Floats:
        """Metres from point i to the border of grid[i]; see borders.py for the error."""
        ranks = self._ranks[np.asarray(grid, dtype=np.intp)]
        return border_distances(self._borders, _doubles(lon), _doubles(lat), ranks)

    def border_within(self, lon: npt.ArrayLike, lat: npt.ArrayLike, grid: Rows, limit_m: float) -> Flags:
        """Whether the border of grid[i] is nearer than `limit_m` to point i."""
        near = np.empty(len(grid), np.bool_)
        ranks = self._ranks[np.asarray(grid, dtype=np.intp)].astype(np.int32)
        cell_search.borders_near(*self._cells, _doubles(lon), _doubles(lat), ranks, limit_m, near)
        return near

    def overlaps_another(self, grid: int) -> bool:
        """Whether the interior of another grid reaches into this one. Worked out when first asked."""
        rank = int(self._ranks[grid])
        known = self._overlapping.get(rank)
        if known is None:
            beside = self._tree.query(self._shapes[rank])
            known = bool(reaches_into(self._shapes[rank], self._shapes[beside[beside != rank]]).any())
            self._overlapping[rank] = known
        return known

    @cached_property
    def _overlapping(self) -> dict[int, bool]:
        return {}

    def meeting(self, shape: shapely.Geometry) -> list[tuple[int, shapely.Geometry]]:
        """(grid, polygon) of the grids that a shape in EPSG:4326 meets, by code."""
        ranks = np.sort(self._tree.query(shape, predicate="intersects"))
        return [(int(self.order[rank]), self._shapes[rank]) for rank in ranks]


def _doubles(values: npt.ArrayLike) -> npt.NDArray[Any]:
    return np.ascontiguousarray(values, dtype=np.float64)
