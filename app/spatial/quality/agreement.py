"""What networks say about each other: who owns how much, where borders nearly agree, where they cross, who meets
whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from app.errors import InputError
from app.spatial.quality.surfaces import POLYGON, Bools, Floats, Ints, Shapes, as_array

SEPARATOR = "|"
SAME_M = 0.05
"""Borders closer than 5 cm are one border: no network is surveyed finer."""
ALL_NETWORKS = "*"


def ownership_shares(pieces: gpd.GeoDataFrame, networks: Sequence[str], quantities: Sequence[str] = ()) -> pd.DataFrame:
    """Ground and quantities by number of owners: per network, and for all of them together.

    Columns `network, owners, pieces, area_m2, share_area` and per quantity `<quantity>, share_<quantity>`. For a
    network, `owners` is how many of its grids claim a piece (0 = 无人管理, 2 and more = 重复管理); for the network
    `*` it is how many of the networks have at least one grid there. Every number from 0 to the highest found is a
    row; shares of each network sum to 1 (or are 0 where the total is 0).
    """
    owners = {network: count_owners(pieces[network]) for network in networks}
    owners[ALL_NETWORKS] = np.sum([owners[network] > 0 for network in networks], axis=0, dtype=np.int64)
    highest = {
        network: len(networks) if network == ALL_NETWORKS else max(1, *counts, 1) for network, counts in owners.items()
    }
    tables = [_shares_of(pieces, name, counts, highest[name], quantities) for name, counts in owners.items()]
    return pd.concat(tables, ignore_index=True)


def count_owners(codes: pd.Series) -> Ints:
    """How many codes each entry of a network column of a pieces frame holds ('' = 0, 'A|B' = 2)."""
    return np.array([len(code.split(SEPARATOR)) if code else 0 for code in codes], dtype=np.int64)


def _shares_of(
    pieces: gpd.GeoDataFrame, network: str, owners: Ints, highest: int, quantities: Sequence[str]
) -> pd.DataFrame:
    size = highest + 1
    made = pd.DataFrame({"network": network, "owners": range(size), "pieces": np.bincount(owners, minlength=size)})
    for column, share in [("area_m2", "share_area"), *((quantity, f"share_{quantity}") for quantity in quantities)]:
        made[column] = np.bincount(owners, pieces[column].to_numpy(np.float64), minlength=size)
        total = float(made[column].sum())
        made[share] = made[column] / total if total > 0 else 0.0
    return made


def crosswalk(pieces: gpd.GeoDataFrame, network_a: str, network_b: str, quantities: Sequence[str] = ()) -> pd.DataFrame:
    """Which grids of two networks meet, and on how much: columns `a, b, area_m2, share_a, share_b`, the quantities and
    `share_a_<quantity>`; sorted by a, then falling area, then b.

    '' stands for no grid, so nothing is left out. A piece that two grids of a network claim counts in full for each
    of them: rows may sum to more than the ground, by exactly the ground claimed twice. `share_a` is the part of all
    that a's rows sum to.
    """
    columns = ["area_m2", *quantities]
    table = pd.DataFrame({"a": pieces[network_a].str.split(SEPARATOR), "b": pieces[network_b].str.split(SEPARATOR)})
    table[columns] = pieces[columns].to_numpy(np.float64)
    table = table.explode("a", ignore_index=True).explode("b", ignore_index=True)
    made = table.groupby(["a", "b"], as_index=False, sort=True)[columns].sum()
    made["share_a"] = _share(made, "a", "area_m2")
    made["share_b"] = _share(made, "b", "area_m2")
    for quantity in quantities:
        made[f"share_a_{quantity}"] = _share(made, "a", quantity)
    order = [
        "a",
        "b",
        "area_m2",
        "share_a",
        "share_b",
        *quantities,
        *(f"share_a_{quantity}" for quantity in quantities),
    ]
    return made.sort_values(["a", "area_m2", "b"], ascending=[True, False, True], ignore_index=True)[order]


def _share(table: pd.DataFrame, side: str, column: str) -> pd.Series:
    total = table.groupby(side)[column].transform("sum")
    return (table[column] / total.where(total > 0, 1.0)).astype(float)


@dataclass(frozen=True)
class NearAgreement:
    """How network a's border runs along network b's, in metres.

    `same_m` lies within 5 cm of b's border, `near_m` within `tolerance_m` (same included), `apart_m` further away;
    the three shares follow. `mean_wander_m` and `max_wander_m` are distances to b's border over the near part.
    `grids` has one row per grid of a: `code, border_m, near_m, share`. `crossings` are the stretches of a's border
    that truly run through b's grids: `code_a, code_b, length_m, geometry`, longest first, in the CRS of a.
    """

    tolerance_m: float
    border_m: float
    same_m: float
    near_m: float
    apart_m: float
    mean_wander_m: float
    max_wander_m: float
    grids: pd.DataFrame
    crossings: gpd.GeoDataFrame

    @property
    def share(self) -> float:
        return self.near_m / self.border_m if self.border_m else 0.0

    def to_dict(self) -> dict[str, Any]:
        names = ("tolerance_m", "border_m", "same_m", "near_m", "apart_m", "mean_wander_m", "max_wander_m", "share")
        facts: dict[str, Any] = {name: round(float(getattr(self, name)), 4) for name in names}
        crossing_m = float(self.crossings["length_m"].sum()) if len(self.crossings) else 0.0
        return facts | {"crossings": len(self.crossings), "crossing_m": round(crossing_m, 4)}


def near_agreement(
    a: gpd.GeoDataFrame,
    b: gpd.GeoDataFrame,
    tolerance_m: float,
    *,
    step_m: float | None = None,
    with_crossings: bool = True,
) -> NearAgreement:
    """Compare the borders of two network frames in the same metric CRS; where grids of a share border it counts once.

    The border is cut into stretches of at most `step_m` (default: the tolerance) and the middle of each is measured, so
    lengths are right to one step per change. `with_crossings=False` leaves `crossings` empty and saves the time.
    Raises InputError for frames in degrees or in two systems.
    """
    _same_metric(a, b)
    border = _border(as_array(a.geometry), step_m or tolerance_m)
    lines = shapely.STRtree(_lines(np.unique(_segments(as_array(b.geometry))[0], axis=0)))
    stretches = border.once
    distance = _distance(stretches, lines, tolerance_m)
    near, length = distance <= tolerance_m, stretches.length
    near_m = float(length[near].sum())
    near_drawn = near if border.unique is stretches else _distance(border.unique, lines, tolerance_m) <= tolerance_m
    return NearAgreement(
        tolerance_m=tolerance_m,
        border_m=float(length.sum()),
        same_m=float(length[distance <= SAME_M].sum()),
        near_m=near_m,
        apart_m=float(length[~near].sum()),
        mean_wander_m=float((distance[near] * length[near]).sum() / near_m) if near_m else 0.0,
        max_wander_m=float(distance[near].max()) if near_m else 0.0,
        grids=_by_grid(a, border, near_drawn),
        crossings=_crossings(a, b, stretches, ~near if with_crossings else np.zeros_like(near), 2 * tolerance_m),
    )


@dataclass(frozen=True)
class _Stretches:
    """Short straight stretches (`start`, `end`: n×2) and the segment that each is a part of."""

    start: Floats
    end: Floats
    length: Floats
    segment: Ints

    @property
    def middles(self) -> Shapes:
        return shapely.points((self.start + self.end) / 2)


@dataclass(frozen=True)
class _Border:
    """The border of a network: `once`, every place once; `unique`, every drawn segment once, and which of them are
    whose.

    The two differ where neighbours do not share corners: there the same place is drawn twice, in different segments.
    """

    once: _Stretches
    unique: _Stretches
    segment: Ints
    grid: Ints


def _same_metric(a: gpd.GeoDataFrame, b: gpd.GeoDataFrame) -> None:
    if a.crs is None or CRS(a.crs).is_geographic or a.crs != b.crs:
        raise InputError("both networks must be in one metric coordinate system to compare their borders")


def _segments(shapes: Shapes) -> tuple[Floats, Ints]:
    """All border segments with their ends in lexical order (n×4), and the shape that each belongs to."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True) if _areal(parts) else (parts, np.arange(len(parts)))
    owner = owner[part]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    at = np.flatnonzero((ring[1:] == ring[:-1]) & (points[1:] != points[:-1]).any(axis=1))
    start, end = points[at], points[at + 1]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[turned], end[turned] = end[turned], start[turned].copy()
    return np.column_stack([start, end]), owner[ring[at]]


def _areal(parts: Shapes) -> bool:
    return bool(len(parts)) and shapely.get_type_id(parts[0]) == POLYGON


def _border(shapes: Shapes, step_m: float) -> _Border:
    segments, grid = _segments(shapes)
    unique, segment, drawn = np.unique(segments, axis=0, return_inverse=True, return_counts=True)
    stretches = _stretches(unique, step_m)
    lone = _lines(unique[drawn == 1])
    noded = shapely.union_all(lone)
    if np.isclose(shapely.length(noded), shapely.length(lone).sum(), rtol=1e-9):
        return _Border(stretches, stretches, segment, grid)
    once = np.concatenate([unique[drawn > 1], _segments(shapely.get_parts(noded))[0]])
    return _Border(_stretches(once, step_m), stretches, segment, grid)


def _stretches(segments: Floats, step_m: float) -> _Stretches:
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    parts = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    of = np.repeat(np.arange(len(segments)), parts)
    place = np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts)
    low, high = (place / parts[of])[:, None], ((place + 1) / parts[of])[:, None]
    begin, finish = segments[of, :2], segments[of, 2:]
    # the ends are taken exactly, so that neighbouring stretches can be joined again
    start = np.where(low == 0, begin, begin + (finish - begin) * low)
    end = np.where(high == 1, finish, begin + (finish - begin) * high)
    return _Stretches(start, end, (length / parts)[of], of)


def _lines(segments: Floats) -> Shapes:
    return shapely.linestrings(segments.reshape(-1, 2, 2))


def _distance(stretches: _Stretches, lines: shapely.STRtree, limit_m: float) -> Floats:
    """Distance from the middle of each stretch to the nearest line, infinite beyond the limit."""
    found = np.full(len(stretches.length), np.inf)
    at, distance = lines.query_nearest(stretches.middles, max_distance=limit_m, return_distance=True, all_matches=False)
    found[at[0]] = distance
    return found


def _by_grid(a: gpd.GeoDataFrame, border: _Border, near: Bools) -> pd.DataFrame:
    count = int(border.segment.max(initial=-1)) + 1
    length = np.bincount(border.unique.segment, border.unique.length, minlength=count)[border.segment]
    close = np.bincount(border.unique.segment, border.unique.length * near, minlength=count)[border.segment]
    total = np.bincount(border.grid, length, minlength=len(a))
    near_m = np.bincount(border.grid, close, minlength=len(a))
    share = np.divide(near_m, total, out=np.zeros(len(a)), where=total > 0)
    return pd.DataFrame({"code": a["code"].to_numpy(), "border_m": total, "near_m": near_m, "share": share})


def _crossings(
    a: gpd.GeoDataFrame, b: gpd.GeoDataFrame, stretches: _Stretches, apart: Bools, least_m: float
) -> gpd.GeoDataFrame:
    """Stretches further than the tolerance from b's border and inside one of b's grids, joined into runs of at least
    `least_m`.
    """
    # the few polygons ask the many points: GEOS prepares the one that asks
    grid, of = shapely.STRtree(stretches.middles[apart]).query(as_array(b.geometry), predicate="intersects")
    inside = np.flatnonzero(apart)[of]
    lines = shapely.linestrings(np.stack([stretches.start[inside], stretches.end[inside]], axis=1))
    codes = b["code"].to_numpy()[grid]
    rows = []
    for code in sorted(set(codes)):
        joined = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines[codes == code])))
        rows += [(code, run) for run in joined if run.length >= least_m]
    runs = as_array(run for _, run in rows)
    made = gpd.GeoDataFrame(
        {
            "code_a": _beside(a, runs),
            "code_b": [code for code, _ in rows],
            "length_m": shapely.length(runs).astype(float),
        },
        geometry=runs,
        crs=a.crs,
    )
    return made.sort_values(["length_m", "code_a", "code_b"], ascending=[False, True, True], ignore_index=True)


def _beside(a: gpd.GeoDataFrame, runs: Shapes) -> list[str]:
    """Codes of the grids of a on both sides of each run, joined by `|`."""
    middles = shapely.line_interpolate_point(runs, 0.5, normalized=True)
    run, grid = shapely.STRtree(as_array(a.geometry)).query(middles, predicate="dwithin", distance=SAME_M)
    codes: list[set[str]] = [set() for _ in runs]
    for at, of in zip(run.tolist(), grid.tolist(), strict=True):
        codes[at].add(str(a["code"].iloc[of]))
    return [SEPARATOR.join(sorted(found)) for found in codes]
