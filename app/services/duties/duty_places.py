"""Where duties hold on the grids of a plan or an edition: the parts of the ground that the matrix is judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from app.errors import InputError
from app.rules.duties.duties import AREA, EVERYWHERE, GRID, KIND, NETWORK, ROAD, ROAD_M, ZONE, Scope, covers
from app.rules.duties.responsibility import Parts
from app.spatial.coordinates.crs import metric_crs
from app.spatial.location.place_parts import cut_by_places
from app.store.networks import editions as editions_store
from app.store.networks import layers as layers_store
from app.store.networks import networks as networks_store

LEAST_M2 = 10.0
LEAST_SHARE = 0.005  # of a grid: what is less is the noise of borders, not ground that anybody works on
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """Grids to judge, in EPSG:4326 with `code`, `kind`, `area`: of which network, and the pieces they were made of.

    `pieces`: `grid`, `area_m2`, one column per network with the codes of its source grids joined by `|`; or None.
    """

    network: str
    grids: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame | None = None


@dataclass
class _Units:
    """Pieces or grids: the ground before places cut it."""

    grid: npt.NDArray[np.int64]
    area: npt.NDArray[np.float64]
    shapes: npt.NDArray[np.object_]
    sources: dict[str, dict[str, list[int]]]  # network → code of an old grid → units on it


def parts_of(session: Session, ground: Ground, scopes: Sequence[Scope], at: datetime) -> Parts:
    """The parts of the grids on which the same scopes hold; `holds` has a row per scope.

    Old grids are known by the plan's pieces; without pieces by their borders in force at `at`. Raises NotFound for
    a layer or network that a scope names and is not there.
    """
    units = _units(ground, scopes)
    drawn = [n for n, scope in enumerate(scopes) if _is_drawn(scope, ground, units)]
    holds = np.zeros((len(scopes), len(units.grid)), dtype=bool)
    for number, scope in enumerate(scopes):
        if number not in drawn:
            holds[number] = _held(scope, ground, units)
    grid, area = units.grid, units.area
    if drawn:
        crs = _crs(ground.grids)
        shapes = gpd.GeoSeries(units.shapes, crs=4326).to_crs(crs).to_numpy()
        places = _places(session, [scopes[n] for n in drawn], crs, at)
        cut = cut_by_places(shapes, places, least_m2=LEAST_M2)
        holds = holds[:, cut.unit]
        holds[drawn] = cut.inside
        grid, area = units.grid[cut.unit], cut.area
    return _merged(len(ground.grids), grid, area, holds)


def _units(ground: Ground, scopes: Sequence[Scope]) -> _Units:
    """Pieces where a scope needs more than the grids tell, else the grids themselves."""
    beyond = any(scope.kind in (NETWORK, GRID, ROAD, ZONE) and scope.network != ground.network for scope in scopes)
    if ground.pieces is None or not beyond or not set(ground.grids["code"]) <= set(ground.pieces["grid"]):
        grids = ground.grids
        areas = grids["area_m2"].to_numpy(dtype=float)
        return _Units(np.arange(len(grids)), areas, grids.geometry.to_numpy(), {})
    row = {code: number for number, code in enumerate(ground.grids["code"])}
    pieces = ground.pieces[ground.pieces["grid"].isin(row)]
    networks = [name for name in ground.pieces.attrs["networks"] if name in pieces.columns]
    return _Units(
        np.array([row[code] for code in pieces["grid"]], dtype=np.int64),
        pieces["area_m2"].to_numpy(dtype=float),
        pieces.geometry.to_numpy(),
        {name: _rows_by_code(pieces[name].tolist()) for name in networks},
    )


def _rows_by_code(joined: Sequence[str]) -> dict[str, list[int]]:
    """Code → the rows that bear it; a row on several old grids joins their codes by `|`."""
    rows: dict[str, list[int]] = {}
    for number, codes in enumerate(joined):
        for code in filter(None, codes.split("|")):
            rows.setdefault(code, []).append(number)
    return rows


def _is_drawn(scope: Scope, ground: Ground, units: _Units) -> bool:
    """Whether the scope is known by its borders only."""
    if scope.kind in (ROAD, ZONE):
        return True
    return scope.kind in (NETWORK, GRID) and scope.network not in (ground.network, *units.sources)


def _held(scope: Scope, ground: Ground, units: _Units) -> Bools:
    """The units that a scope holds on, by what is written of them."""
    if scope.kind == EVERYWHERE:
        return np.ones(len(units.grid), dtype=bool)
    if scope.kind in (NETWORK, GRID) and scope.network != ground.network:
        rows = units.sources[scope.network]
        held = np.zeros(len(units.grid), dtype=bool)
        for code in rows if scope.kind == NETWORK else [scope.code]:
            held[rows.get(code, [])] = True
        return held
    by_grid = _held_by_grid(scope, ground.grids)
    return by_grid[units.grid]


def _held_by_grid(scope: Scope, grids: gpd.GeoDataFrame) -> Bools:
    if scope.kind == NETWORK:
        return np.ones(len(grids), dtype=bool)
    if scope.kind == GRID:
        return (grids["code"] == scope.code).to_numpy(dtype=bool)
    if scope.kind == KIND:
        return (grids["kind"] == scope.value).to_numpy(dtype=bool)
    if scope.kind == AREA:
        areas, which = np.unique(grids["area"].fillna("").to_numpy(dtype=str), return_inverse=True)
        return np.array([covers(scope.value, str(area)) for area in areas])[which]
    raise InputError(f"{scope} is no place")


def _places(session: Session, scopes: Sequence[Scope], crs: str, at: datetime) -> npt.NDArray[np.object_]:
    """The ground of each scope as a polygon in `crs`."""
    frames: dict[str, gpd.GeoDataFrame] = {}
    shapes = []
    for scope in scopes:
        if scope.network not in frames:
            frames[scope.network] = _frame(session, scope, at).to_crs(crs)
        frame = frames[scope.network]
        chosen = frame if scope.kind == NETWORK else frame[frame["code"] == scope.code]
        whole = shapely.union_all(shapely.make_valid(chosen.geometry.to_numpy()))
        shapes.append(whole.buffer(ROAD_M) if scope.kind == ROAD and whole.area == 0 else whole)
    return np.array(shapes, dtype=object)


def _frame(session: Session, scope: Scope, at: datetime) -> gpd.GeoDataFrame:
    """The layer that a road or zone lies in, or the grids of a network in force."""
    if scope.kind in (ROAD, ZONE):
        return layers_store.frame(session, layers_store.get(session, scope.network))
    network = networks_store.get(session, scope.network)
    edition = editions_store.in_force(session, network.id, at)
    if edition is None:
        return gpd.GeoDataFrame({"code": []}, geometry=[], crs=4326)
    return editions_store.grids_frame(session, edition.id)


def _merged(grids: int, grid: npt.NDArray[np.int64], area: npt.NDArray[np.float64], holds: Bools) -> Parts:
    """Parts of one grid with the same scopes become one; those that are too little of their grid go."""
    keys = np.concatenate([grid[:, None].astype(">i8").view(np.uint8), np.packbits(holds, axis=0).T], axis=1)
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    totals = np.bincount(which, weights=area)
    owner = grid[first]
    share = totals / np.bincount(grid, weights=area, minlength=grids)[owner]
    largest = np.zeros(grids)
    np.maximum.at(largest, owner, share)
    kept = (share >= LEAST_SHARE) | (share == largest[owner])
    return Parts(grids, owner[kept], holds[:, first[kept]])


def _crs(grids: gpd.GeoDataFrame) -> str:
    west, south, east, north = grids.total_bounds
    return metric_crs((west + east) / 2, (south + north) / 2)


def scopes_of(duties: Sequence[Any]) -> list[Scope]:
    """The scopes of duties that are places, each once, in the order of their text."""
    found = {str(duty.scope): duty.scope for duty in duties if duty.scope.kind != "owner"}
    return [found[text] for text in sorted(found)]
