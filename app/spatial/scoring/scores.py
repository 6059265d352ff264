"""The four principles as measures, per grid and per plan: 地域相近, 规模适度, 利益相关, 方便管理 (docs/division.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency, connected_parts, followed_share
from app.spatial.division.grids import build_grids
from app.spatial.division.terms import Band, Rules
from app.spatial.scoring.plan_scores import (
    PlanScore,
    compound_members,
    old_numbers,
    plan_score,
    preserved_share,
    whole_compounds,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Measures = dict[str, NDArray[Any]]  # one value per grid


def score_grids(
    pieces: gpd.GeoDataFrame,
    assignment: NDArray[Any],
    *,
    bands: Mapping[str, Band],
    adjacency: Adjacency,
    kinds: NDArray[np.object_] | None = None,
    networks: Sequence[str] | None = None,
    compounds: str = "campus",
    shapes: NDArray[np.object_] | None = None,
    rules: Rules | None = None,
) -> tuple[pd.DataFrame, PlanScore]:
    """Scores of every grid (one row per value of `assignment`, ascending, as in `build_grids`) and of the plan.

    Columns: `parts`, `holes`, `polsby_popper`, `barrier_m`, `deviation`, `inside_band`, `areas`, `kept_old`,
    `followed` and the four principles. `adjacency` has its `barrier` where barriers are given. `kinds`: kind per
    grid, else from the pieces. `networks` are the columns with old grids (default `pieces.attrs["networks"]`),
    `compounds` the column with compounds. `shapes`: the dissolved grids where the caller has them, to count holes.
    `rules`: for areas with bands of their own.
    """
    frame, view, sources = _measured(pieces, assignment, bands, adjacency, kinds, networks, shapes, rules)
    whole = whole_compounds(view.grid, compound_members(pieces, compounds)) if compounds in pieces else None
    preserved = {name: preserved_share(view.grid, old_numbers(codes), view.weight) for name, codes in sources.items()}
    return frame, plan_score(frame, view.campus, preserved, whole)


def measure_grids(
    pieces: gpd.GeoDataFrame,
    assignment: NDArray[Any],
    *,
    bands: Mapping[str, Band],
    adjacency: Adjacency,
    kinds: NDArray[np.object_],
    networks: Sequence[str],
    shapes: NDArray[np.object_],
    rules: Rules,
) -> pd.DataFrame:
    """The scores of the grids alone, as `score_grids` has them.

    Grids whose pieces and all their neighbours are in `pieces` get what they would get among all pieces of the plan.
    """
    return _measured(pieces, assignment, bands, adjacency, kinds, networks, shapes, rules)[0]


def _measured(
    pieces: gpd.GeoDataFrame,
    assignment: NDArray[Any],
    bands: Mapping[str, Band],
    adjacency: Adjacency,
    kinds: NDArray[np.object_] | None,
    networks: Sequence[str] | None,
    shapes: NDArray[np.object_] | None,
    rules: Rules | None = None,
) -> tuple[pd.DataFrame, _View, dict[str, NDArray[np.object_]]]:
    view = _view(pieces, assignment, bands, adjacency, kinds, rules or Rules())
    names = list(pieces.attrs.get("networks", [])) if networks is None else list(networks)
    sources = {name: _texts(pieces, name, "") for name in names}
    measures: Measures = {}
    measures["holes"] = np.array(_holes(pieces, assignment) if shapes is None else [_rings(shape) for shape in shapes])
    _proximity(measures, view)
    _size(measures, view)
    _interest(measures, view, list(sources.values()))
    _management(measures, view, list(sources.values()))
    return pd.DataFrame(measures, index=pd.Index(view.labels, name="grid")), view, sources


@dataclass(frozen=True)
class _View:
    """Pieces and edges seen from the grids. `grid`: per piece, -1 for none; `weight` measures old grids."""

    labels: NDArray[Any]
    grid: Ints
    kind: NDArray[np.object_]
    campus: NDArray[np.bool_]
    piece_area: NDArray[np.object_]
    area_m2: Floats
    weight: Floats
    amount: Floats
    target: Floats
    low: Floats
    high: Floats
    adjacency: Adjacency
    source: Ints

    def per_grid(self, values: Floats) -> Floats:
        """Sum of a value of every piece."""
        used = self.grid >= 0
        return np.bincount(self.grid[used], values[used], minlength=len(self.labels)).astype(np.float64)

    def over_edges(self, values: Floats, keep: NDArray[np.bool_]) -> Floats:
        """Sum of a value of every stored edge of `keep`, for the grid it starts from."""
        return np.bincount(self.grid[self.source[keep]], values[keep], minlength=len(self.labels)).astype(np.float64)

    @property
    def same(self) -> NDArray[np.bool_]:
        """Stored edges inside a grid."""
        grid = self.grid
        return (grid[self.source] >= 0) & (grid[self.source] == grid[self.adjacency.indices])

    @property
    def between(self) -> NDArray[np.bool_]:
        """Stored edges from one grid to another."""
        grid, other = self.grid[self.source], self.grid[self.adjacency.indices]
        return (grid >= 0) & (other >= 0) & (grid != other)


def _view(
    pieces: gpd.GeoDataFrame,
    assignment: NDArray[Any],
    bands: Mapping[str, Band],
    adjacency: Adjacency,
    kinds: NDArray[np.object_] | None,
    rules: Rules,
) -> _View:
    assignment = np.asarray(assignment)
    taken = np.asarray(assignment != "" if assignment.dtype.kind in "OUT" else assignment >= 0, dtype=bool)
    labels, number = np.unique(assignment[taken], return_inverse=True)
    grid = np.full(len(pieces), -1, dtype=np.int64)
    grid[taken] = number
    area_m2 = pieces.geometry.area.to_numpy(dtype=float)
    piece_kind = _texts(pieces, "kind", "resident")
    kind = _dominant(grid, piece_kind, area_m2, len(labels)) if kinds is None else np.asarray(kinds, dtype=object)
    quantities = {band.quantity for band in bands.values()}
    amounts = {name: _amounts(pieces, name, area_m2) for name in quantities}
    sums = {name: np.bincount(number, values[taken], minlength=len(labels)) for name, values in amounts.items()}
    piece_area = _texts(pieces, "area", "")
    area = _dominant(grid, piece_area, area_m2, len(labels)) if rules.area_bands else [""] * len(labels)
    band_of = [rules.band(bands, a, k) for a, k in zip(area, kind, strict=True)]
    return _View(
        labels=labels,
        grid=grid,
        kind=kind,
        campus=campus_grids(grid, _texts(pieces, "campus", ""), kind, len(labels)),
        piece_area=piece_area,
        area_m2=area_m2,
        weight=amounts.get("households", area_m2) if amounts.get("households", area_m2).any() else area_m2,
        amount=np.array([sums[band.quantity][at] for at, band in enumerate(band_of)], dtype=float),
        target=np.array([band.target for band in band_of], dtype=float),
        low=np.array([band.minimum for band in band_of], dtype=float),
        high=np.array([band.maximum for band in band_of], dtype=float),
        adjacency=adjacency,
        source=adjacency.source(),
    )


def _texts(pieces: gpd.GeoDataFrame, name: str, default: str) -> NDArray[np.object_]:
    if name not in pieces:
        return np.full(len(pieces), default, dtype=object)
    return pieces[name].fillna("").astype(str).to_numpy(dtype=object)


def _amounts(pieces: gpd.GeoDataFrame, name: str, area_m2: Floats) -> Floats:
    if name in pieces:
        return pieces[name].to_numpy(dtype=float)
    return area_m2 if name == "area_m2" else np.zeros(len(pieces))


@dataclass(frozen=True)
class _Table:
    """Weight per pair of grid and value, ordered by both, so that the first maximum is the first in order."""

    grid: Ints
    value: NDArray[np.object_]
    weight: Floats

    def largest(self) -> tuple[Ints, Ints]:
        """Grids (ascending), and the row of each with the most weight."""
        order = np.lexsort((np.arange(len(self.grid)), -self.weight, self.grid))
        first = np.flatnonzero(np.diff(self.grid[order], prepend=-1))
        return self.grid[order][first], order[first]


def _table(grid: Ints, values: NDArray[np.object_], weight: Floats) -> _Table:
    """For assigned pieces."""
    used = grid >= 0
    number, names = pd.factorize(values[used], sort=True)
    count = max(1, len(names))
    pairs, at = np.unique(grid[used] * count + number, return_inverse=True)
    return _Table(
        pairs // count, np.asarray(names, dtype=object)[pairs % count], np.bincount(at, weight[used]).astype(np.float64)
    )


def _dominant(grid: Ints, values: NDArray[np.object_], weight: Floats, count: int) -> NDArray[np.object_]:
    table = _table(grid, values, weight)
    grids, rows = table.largest()
    found = np.full(count, "", dtype=object)
    found[grids] = table.value[rows]
    return found


def campus_grids(grid: Ints, campus: NDArray[np.object_], kind: NDArray[np.object_], count: int) -> NDArray[np.bool_]:
    """A grid of kind institution in which one campus covers ground: its size is that of the campus, not of the band."""
    used = (grid >= 0) & (campus != "")
    if not used.any():
        return np.zeros(count, dtype=bool)
    named = pd.DataFrame({"grid": grid[used], "campus": campus[used].astype(str)}).groupby("grid")["campus"].nunique()
    single = np.zeros(count, dtype=bool)
    single[named.index[named == 1].to_numpy(dtype=np.int64)] = True
    return single & np.asarray(kind == "institution", dtype=bool)


def _proximity(measures: Measures, view: _View) -> None:
    count = len(view.labels)
    adjacency, same = view.adjacency, view.same
    _, part = connected_parts(adjacency.where(same))
    used = view.grid >= 0
    pairs = np.unique(np.stack([view.grid[used], part[used]]), axis=1)
    perimeter = view.per_grid(adjacency.exterior) + view.over_edges(
        adjacency.length, ~same & (view.grid[view.source] >= 0)
    )
    barrier = view.over_edges(adjacency.barrier, same) / 2.0
    measures["parts"] = np.bincount(pairs[0], minlength=count)
    measures["polsby_popper"] = 4.0 * np.pi * view.per_grid(view.area_m2) / perimeter**2
    measures["barrier_m"] = barrier
    measures["perimeter_m"] = perimeter
    crossing = np.minimum(1.0, barrier / (perimeter / 4.0))
    measures["proximity"] = (measures["polsby_popper"] + 1.0 - crossing) / 2.0 / measures["parts"]


def _holes(pieces: gpd.GeoDataFrame, assignment: NDArray[Any]) -> list[int]:
    return [_rings(shape) for shape in build_grids(pieces, assignment, quantities=()).geometry]


def _rings(shape: shapely.Geometry) -> int:
    return int(shapely.get_num_interior_rings(shapely.get_parts(shape)).sum())


def _size(measures: Measures, view: _View) -> None:
    deviation = view.amount / view.target - 1.0
    measures["amount"] = view.amount
    measures["target"] = view.target
    measures["deviation"] = np.where(view.campus, 0.0, deviation)
    measures["inside_band"] = view.campus | ((view.amount >= view.low) & (view.amount <= view.high))
    measures["size"] = np.maximum(0.0, 1.0 - np.abs(measures["deviation"]))


def _interest(measures: Measures, view: _View, sources: Sequence[NDArray[np.object_]]) -> None:
    named = np.where(view.piece_area == "", -1, view.grid)
    areas = np.bincount(_table(named, view.piece_area, view.area_m2).grid, minlength=len(view.labels))
    measures["areas"] = np.maximum(areas, 1)
    kept = [_kept_share(view, codes) for codes in sources]
    measures["kept_old"] = np.mean(kept, axis=0) if kept else np.ones(len(view.labels))
    measures["interest"] = (1.0 / measures["areas"] + measures["kept_old"]) / 2.0


def _kept_share(view: _View, codes: NDArray[np.object_]) -> Floats:
    """Per grid: the part of it that comes from its main old grid, by households (by ground where nobody lives)."""
    found = np.ones(len(view.labels))
    for weight in (view.area_m2, view.weight):
        table = _table(view.grid, codes, weight)
        table = replace(table, weight=np.where(table.value == "", 0.0, table.weight))  # kept by no old grid
        grids, rows = table.largest()
        total = view.per_grid(weight)[grids]
        found[grids[total > 0]] = table.weight[rows][total > 0] / total[total > 0]
    return found


def _management(measures: Measures, view: _View, sources: Sequence[NDArray[np.object_]]) -> None:
    adjacency, between = view.adjacency, view.between
    share = followed_share(adjacency, sources)
    share[view.piece_area[view.source] != view.piece_area[adjacency.indices]] = 1.0
    border = view.over_edges(adjacency.length, between)
    follows = view.over_edges(adjacency.length * share, between)
    measures["border_m"] = border
    measures["followed"] = np.divide(follows, border, out=np.ones_like(border), where=border > 0)
    measures["management"] = ((measures["areas"] == 1).astype(float) + measures["followed"]) / 2.0
