"""The pieces of a plan without their labels, column by column: only cutting pieces makes another ground.

Columns, not a frame: an edit asks for a few rows of a few columns, and a frame of every piece costs milliseconds to
make, to take rows from and to copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.errors import NotFound
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.columns import read_members
from app.spatial.editing.graph import MIN_EDGE, regraph
from app.spatial.pieces.linework import JOIN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]
Columns = Mapping[str, NDArray[Any]]


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
    """One value per piece, in the order of `numbers` (ascending), but for `crs`, `attrs` and `barriers`.

    `values`: columns of the pieces' frame: texts as objects, numbers as floats: `area`, `area_m2` as it is stored,
    `campus`, `campus_share`, one per network and per quantity. `shapes`: polygons in EPSG:4326, as they are stored;
    `metric`: the same in the plan's `crs`, with `area_m2`; `boxes`: bounds of `shapes`, n × 4. `derived`: made or
    changed by a split or an edit. `compounds`: campus or compound that at least half of the piece lies in, '' for
    none. `olds`: network → its old grids under the pieces. `barriers`: lines in `crs`, or None. `attrs`: of the frame,
    with the names of `networks` and `quantities`.
    """

    crs: Any
    attrs: Mapping[str, Any]
    numbers: Ints
    values: Columns
    shapes: Objects
    metric: Objects
    derived: Bools
    adjacency: Adjacency
    boxes: Floats
    area_m2: Floats
    compounds: Objects
    olds: Mapping[str, OldGrids]
    barriers: Objects | None = None

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """All pieces in the metric CRS."""
        return self.rows(np.arange(len(self.numbers)))

    def rows(self, rows: Ints) -> gpd.GeoDataFrame:
        """These pieces as a frame in the metric CRS."""
        columns = {name: pd.Series(values[rows], dtype=values.dtype) for name, values in self.values.items()}
        columns["piece"] = pd.Series(self.numbers[rows])
        frame = gpd.GeoDataFrame(columns, geometry=self.metric[rows], crs=self.crs)
        frame.attrs = dict(self.attrs)
        return frame

    @cached_property
    def weight(self) -> Floats:
        """What makes one grid larger than another: households, ground where there are none at all."""
        homes = self.values.get("households", np.zeros(0))
        return homes if homes.any() else self.area_m2

    @cached_property
    def links(self) -> Adjacency:
        """The edges that hold a grid together."""
        return self.adjacency.links(MIN_EDGE)

    @property
    def columns(self) -> dict[str, Floats]:
        """`area_m2` as it is stored, and every quantity."""
        return {name: self.values[name] for name in ["area_m2", *self.attrs["quantities"]]}

    @property
    def areas(self) -> Objects:
        return self.values["area"]

    @property
    def campus(self) -> Objects | None:
        """Campus of each piece; None where the pieces tell none."""
        return self.values.get("campus")

    def centres(self, rows: Ints) -> Floats:
        """Centroids in the metric CRS, n × 2."""
        return shapely.get_coordinates(shapely.centroid(self.metric[rows]))

    def meeting(self, shape: shapely.Geometry) -> Ints:
        """Rows of the pieces that a shape in EPSG:4326 meets, ascending."""
        near = self.boxed(shape.bounds)
        shapely.prepare(shape)
        return near[shapely.intersects(shape, self.shapes[near])]

    def boxed(self, box: tuple[float, float, float, float]) -> Ints:
        """Rows of the pieces whose bounds meet those of a box in EPSG:4326, ascending."""
        west, south, east, north = self.boxes.T
        left, low, right, high = box
        return np.flatnonzero((west <= right) & (left <= east) & (south <= high) & (low <= north))

    def positions(self, pieces: Iterable[int]) -> Ints:
        """Rows of the pieces with these numbers. Raises NotFound."""
        wanted = np.unique(np.array(list(pieces), dtype=np.int64))
        at = np.minimum(np.searchsorted(self.numbers, wanted), len(self.numbers) - 1)
        missing = wanted[self.numbers[at] != wanted]
        if len(missing):
            raise NotFound(f"the plan has no piece {missing[0]}; its pieces are 0 to {self.numbers[-1]}")
        return at


def make_ground(pieces: gpd.GeoDataFrame, crs: Any, derived: Bools, barriers: Objects | None = None) -> Ground:
    """The ground of a pieces frame in EPSG:4326, ordered by `piece`, for a metric CRS (barriers are in that)."""
    metric = pieces.geometry.to_crs(crs)
    shapes = np.asarray(metric.to_numpy(), dtype=object)
    values = {str(name): _values(pieces[name]) for name in pieces if name not in ("piece", pieces.geometry.name)}
    stored = np.asarray(pieces.geometry.to_numpy(), dtype=object)
    amounts = {name: values[name] for name in ["area_m2", *pieces.attrs["quantities"]]}
    return Ground(
        crs=metric.crs,
        attrs=dict(pieces.attrs),
        numbers=pieces["piece"].to_numpy(dtype=np.int64),
        values=values,
        shapes=stored,
        metric=shapes,
        derived=derived,
        adjacency=build_adjacency(shapes, barriers=barriers),
        boxes=shapely.bounds(stored),
        area_m2=shapely.area(shapes),
        compounds=read_members(pieces),
        olds={name: _old_grids(values[name], amounts) for name in pieces.attrs["networks"]},
        barriers=barriers,
    )


def _values(column: pd.Series) -> NDArray[Any]:
    return column.to_numpy(dtype=np.float64 if pd.api.types.is_numeric_dtype(column) else object)


def _old_grids(codes: Objects, amounts: Mapping[str, Floats]) -> OldGrids:
    joined, texts = pd.factorize(codes)
    split = [text.split(JOIN) for text in texts]
    count = np.array([len(codes) for codes in split], dtype=np.int64)[joined]
    row = np.repeat(np.arange(len(joined)), count)
    old, names = pd.factorize(np.array([code for text in joined for code in split[text]], dtype=object))
    totals = {name: np.bincount(old, values[row]).astype(np.float64) for name, values in amounts.items()}
    whole = np.where((np.asarray(texts) == "")[joined], -1, joined).astype(np.int64)
    return OldGrids(whole, row, old.astype(np.int64), np.asarray(names, dtype=object), totals)


@dataclass(frozen=True, eq=False)
class Redrawn:
    """Other pieces on the same ground, one entry per piece. `origin`: the row it was before, -1 for a new one;
    `template`: the row before whose values it has; `reshaped`: its polygon, in `shapes` (EPSG:4326), is another."""

    numbers: Ints
    template: Ints
    origin: Ints
    shapes: Objects
    reshaped: Bools
    derived: Bools


def redrawn(ground: Ground, pieces: Redrawn, amounts: Mapping[str, Floats]) -> Ground:
    """The ground of these pieces; what did not change is taken over. `amounts`: columns with other values;
    without `area_m2` among them that of reshaped pieces is measured."""
    template, reshaped, shapes = pieces.template, pieces.reshaped, pieces.shapes
    metric, boxes, area_m2 = ground.metric[template], ground.boxes[template], ground.area_m2[template]
    metric[reshaped] = in_metres(shapes[reshaped], ground.crs)
    boxes[reshaped] = shapely.bounds(shapes[reshaped])
    area_m2[reshaped] = shapely.area(metric[reshaped])
    values = {name: amounts[name] if name in amounts else held[template] for name, held in ground.values.items()}
    if "area_m2" not in amounts:
        values["area_m2"][reshaped] = area_m2[reshaped]
    return replace(
        ground,
        numbers=pieces.numbers,
        values=values,
        shapes=shapes,
        metric=metric,
        derived=pieces.derived,
        adjacency=regraph(ground.adjacency, metric, reshaped, pieces.origin, ground.barriers),
        boxes=boxes,
        area_m2=area_m2,
        compounds=ground.compounds[template],
        olds={name: old.taken(template, values["area_m2"]) for name, old in ground.olds.items()},
    )


def in_metres(shapes: Objects, crs: Any) -> Objects:
    """Polygons of EPSG:4326 in the metric system: a place comes out the same whatever it is part of."""
    return np.asarray(gpd.GeoSeries(shapes, crs=4326).to_crs(crs).to_numpy(), dtype=object)
