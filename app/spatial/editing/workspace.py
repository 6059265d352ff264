"""A divided plan in memory: pieces, who touches whom, grids with their scores. Values: an edit makes a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.errors import Conflict, InputError, NotFound
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.columns import read_members
from app.spatial.division.terms import Band, Rules
from app.spatial.pieces.linework import JOIN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]
Value = TypeVar("Value")
MIN_EDGE = 1.0  # metres; a shorter common edge does not hold a grid together


@dataclass(frozen=True)
class Terms:
    """What holds for the whole plan. `places`: area code → its name; `kind_names`: kind → the word in grid names.
    `rules`: bands that areas have of their own, and how far compounds may be divided."""

    bands: Mapping[str, Band]
    networks: tuple[str, ...]
    quantities: tuple[str, ...]
    places: Mapping[str, str] = field(default_factory=dict)
    kind_names: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def name_of(self, area: str, kind: str, code: str) -> str:
        """The name a grid has until a planner gives a better one."""
        return f"{self.places.get(area, area)}{self.kind_names.get(kind, kind)}{code[-3:]}"


@dataclass(frozen=True, eq=False)
class OldGrids:
    """One network under the pieces. `whole`: number of the (joined) code per piece, -1 for none. A piece may come from
    several old grids: `row` and `old` have an entry for each, numbers into `codes`; `totals` of every old grid."""

    whole: Ints
    row: Ints
    old: Ints
    codes: Objects
    totals: Mapping[str, Floats]

    def taken(self, rows: Ints, area_m2: Floats) -> OldGrids:
        """For other pieces on the same ground, each from the old grids of one of these rows: what they held stands."""
        degree = np.bincount(self.row, minlength=len(self.whole))
        starts, count = np.concatenate([[0], np.cumsum(degree)])[rows], degree[rows]
        first = np.concatenate([[0], np.cumsum(count)])
        entries = np.repeat(starts - first[:-1], count) + np.arange(first[-1])
        row = np.repeat(np.arange(len(rows)), count)
        old = self.old[entries]
        # a corner put on a border between degrees moves it by a fraction of a millimetre
        totals = {
            **self.totals,
            "area_m2": np.bincount(old, area_m2[row], minlength=len(self.codes)).astype(np.float64),
        }
        return OldGrids(self.whole[rows], row, old, self.codes, totals)


@dataclass(frozen=True, eq=False)
class Ground:
    """The pieces without their labels; only cutting pieces makes another ground.

    `frame`: pieces in the plan's metric CRS with `piece` (ascending), `area`, `campus`, `campus_share`, one column
    per network and quantity. `shapes`: the same polygons in EPSG:4326, as they are stored. `derived`: made or changed
    by a split or an edit. `barriers`: lines in the metric CRS, or None. `known_olds`, `known_areas`: `olds` and
    `area_m2` where the caller has them.
    """

    frame: gpd.GeoDataFrame
    shapes: Objects
    derived: Bools
    adjacency: Adjacency
    barriers: Objects | None = None
    known_olds: Mapping[str, OldGrids] | None = None
    known_areas: Floats | None = None

    @cached_property
    def numbers(self) -> Ints:
        return self.frame["piece"].to_numpy(dtype=np.int64)

    def meeting(self, shape: shapely.Geometry) -> Ints:
        """Rows of the pieces that a shape in EPSG:4326 meets, ascending; boxes of all are made sooner than a tree."""
        west, south, east, north = shapely.bounds(self.shapes).T
        left, low, right, high = shape.bounds
        near = np.flatnonzero((west <= right) & (left <= east) & (south <= high) & (low <= north))
        return near[shapely.intersects(self.shapes[near], shape)]

    @cached_property
    def area_m2(self) -> Floats:
        if self.known_areas is not None:
            return self.known_areas
        return self.frame.geometry.area.to_numpy(dtype=np.float64)

    @cached_property
    def weight(self) -> Floats:
        """What makes one grid larger than another: households, ground where there are none at all."""
        homes = self.frame["households"].to_numpy(dtype=np.float64) if "households" in self.frame else np.zeros(0)
        return homes if homes.any() else self.area_m2

    @cached_property
    def links(self) -> Adjacency:
        """The edges that hold a grid together."""
        return self.adjacency.links(MIN_EDGE)

    @cached_property
    def columns(self) -> dict[str, Floats]:
        """`area_m2` as it is stored, and every quantity."""
        names = ["area_m2", *self.frame.attrs["quantities"]]
        return {name: self.frame[name].to_numpy(dtype=np.float64) for name in names}

    @cached_property
    def areas(self) -> Objects:
        return self.frame["area"].to_numpy(dtype=object)

    @cached_property
    def campus(self) -> Objects:
        return self.frame["campus"].to_numpy(dtype=object)

    def centres(self, rows: Ints) -> Floats:
        """Centroids in the metric CRS, n × 2."""
        return shapely.get_coordinates(shapely.centroid(self.frame.geometry.to_numpy()[rows]))

    @cached_property
    def compounds(self) -> Objects:
        """Campus or compound of each piece that at least half of it lies in, '' for none."""
        return read_members(self.frame)

    @cached_property
    def olds(self) -> Mapping[str, OldGrids]:
        """Network → its old grids under the pieces."""
        return self.known_olds or {name: self._old_grids(name) for name in self.frame.attrs["networks"]}

    def _old_grids(self, network: str) -> OldGrids:
        joined, texts = pd.factorize(self.frame[network].to_numpy(dtype=object))
        split = [text.split(JOIN) for text in texts]
        count = np.array([len(codes) for codes in split], dtype=np.int64)[joined]
        row = np.repeat(np.arange(len(joined)), count)
        old, codes = pd.factorize(np.array([code for text in joined for code in split[text]], dtype=object))
        totals = {name: np.bincount(old, values[row]).astype(np.float64) for name, values in self.columns.items()}
        whole = np.where((np.asarray(texts) == "")[joined], -1, joined).astype(np.int64)
        return OldGrids(whole, row, old.astype(np.int64), np.asarray(codes, dtype=object), totals)

    def positions(self, pieces: Iterable[int]) -> Ints:
        """Rows of the pieces with these numbers. Raises NotFound."""
        wanted = np.unique(np.array(list(pieces), dtype=np.int64))
        at = np.minimum(np.searchsorted(self.numbers, wanted), len(self.numbers) - 1)
        missing = wanted[self.numbers[at] != wanted]
        if len(missing):
            raise NotFound(f"the plan has no piece {missing[0]}; its pieces are 0 to {self.numbers[-1]}")
        return at


@dataclass(frozen=True)
class Grid:
    """One grid of the plan as it is stored. `shape` in EPSG:4326; `lock`: reason, by, at; `decision`: the same for a
    kind set by hand; `breaches`: {rule, says}."""

    code: str
    name: str
    kind: str
    area: str
    area_m2: float
    pieces: int
    quantities: Mapping[str, float]
    scores: Mapping[str, Any]
    shape: shapely.Geometry
    lock: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None
    breaches: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class LineageRow:
    """Part of an old grid that went to a new one."""

    network: str
    old: str
    share_area: float
    shares: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Workspace:
    """A plan at one version. `grid`: code per piece, '' for none; `lineage`: code of a grid → rows."""

    version: int
    terms: Terms
    ground: Ground
    grid: Objects
    kind: Objects
    evidence: tuple[Mapping[str, Any], ...]
    grids: Mapping[str, Grid]
    lineage: Mapping[str, tuple[LineageRow, ...]]
    score: Mapping[str, Any]

    def at(self, code: str) -> Grid:
        """The grid with this code. Raises NotFound."""
        if code not in self.grids:
            raise NotFound(f"the plan has no grid {code}")
        return self.grids[code]

    def members(self, codes: Iterable[str]) -> Ints:
        """Rows of the pieces of these grids, ascending."""
        return np.flatnonzero(pd.Series(self.grid).isin(list(codes)).to_numpy())

    def unlocked(self, codes: Iterable[str]) -> None:
        """Raises Conflict, with its reason, for the first of these grids that is locked."""
        for code in sorted(set(codes)):
            lock = self.at(code).lock
            if lock is not None:
                raise Conflict(f"grid {code} is locked by {lock['by']}: {lock['reason']}", grid=code, lock=dict(lock))

    def divided(self, rows: Ints) -> None:
        """Raises InputError for a piece that lies outside every area and so has no grid."""
        without = rows[self.grid[rows] == ""]
        if len(without):
            raise InputError(f"piece {self.ground.numbers[without[0]]} lies outside every area: no grid can have it")

    @property
    def breaches(self) -> list[dict[str, str]]:
        """Broken rules of all grids, in the order of their codes."""
        return [{"grid": code, **breach} for code in sorted(self.grids) for breach in self.grids[code].breaches]


def make_ground(pieces: gpd.GeoDataFrame, crs: Any, derived: Bools, barriers: Objects | None = None) -> Ground:
    """The ground of a pieces frame in EPSG:4326, ordered by `piece`, for a metric CRS (barriers are in that)."""
    amounts = {name: pieces[name].astype(np.float64) for name in pieces.attrs["quantities"]}
    frame = pieces.assign(**amounts).reset_index(drop=True).to_crs(crs)
    frame.attrs = dict(pieces.attrs)
    adjacency = build_adjacency(frame.geometry.to_numpy(), barriers=barriers)
    shapes = np.asarray(pieces.geometry.to_numpy(), dtype=object)
    return Ground(frame, shapes, derived, adjacency, barriers)


def subgraph(adjacency: Adjacency, rows: Ints) -> Adjacency:
    """The edges among these pieces (ascending rows), numbered in their order."""
    local = np.full(adjacency.pieces, -1, dtype=np.int64)
    local[rows] = np.arange(len(rows))
    degree = np.diff(adjacency.indptr)[rows]
    indptr = np.concatenate([[0], np.cumsum(degree)])
    edges = np.repeat(adjacency.indptr[rows] - indptr[:-1], degree) + np.arange(indptr[-1])
    whole = Adjacency(
        indptr, local[adjacency.indices[edges]], adjacency.length[edges], adjacency.barrier[edges],
        adjacency.exterior[rows],
    )  # fmt: skip
    return whole.where(whole.indices >= 0)


def carried(values: Sequence[Value], rows: Ints) -> list[Value]:
    """The values of these rows; quick where they are the rows that there were and some more, as after most edits."""
    count = len(values)
    if len(rows) >= count and np.array_equal(rows[:count], np.arange(count)):
        return [*values, *(values[row] for row in rows[count:].tolist())]
    return [values[row] for row in rows.tolist()]


def sure_links(adjacency: Adjacency) -> Adjacency:
    """Edges that hold a grid together whatever is around. `Ground.links` has some shorter ones as well, where nothing
    else joins; those are a question to the whole ground, and a dear one."""
    return adjacency.where((adjacency.length >= MIN_EDGE) | (adjacency.length == 0.0))


def neighbours(adjacency: Adjacency, rows: Ints) -> Ints:
    """Rows beside these, without them, ascending."""
    beside = np.zeros(adjacency.pieces, dtype=bool)
    degree = np.diff(adjacency.indptr)[rows]
    starts = np.concatenate([[0], np.cumsum(degree)])
    beside[adjacency.indices[np.repeat(adjacency.indptr[rows] - starts[:-1], degree) + np.arange(starts[-1])]] = True
    beside[rows] = False
    return np.flatnonzero(beside)
