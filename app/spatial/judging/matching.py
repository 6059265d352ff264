"""Who moves: two divisions of one ground, their common ground, and which grid stands for which.

Codes say nothing about that: a new plan has new codes. So each grid is matched with at most one grid of the other
division, such that as many households as can be stay in matched grids (the assignment problem, solved exactly).
Whoever lives outside the matched pairs changes grid, and with it the people who answer for the place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

WHOLE = 0.999
"""An old grid counts as kept when at least this share of it is in one new grid and makes up this share of that one."""
ROUNDING = 1e-9
"""A part of a piece below this is rounding of coordinates on the way through degrees."""
TIE = 1e-6
"""How much ground counts beside households: enough to decide where nobody lives, too little for anything else."""
TRACE_M2 = 1.0
"""Two divisions that disagree on less ground than this do not disagree there."""


@dataclass(frozen=True)
class Moves:
    """What changes from one division to another, weighed by one quantity (or by ground).

    `stays`: in the grid that is matched with its old one. `together`: in the largest part of its old grid, wherever
    that went. `from_one`: in a new grid's largest origin. All as shares of `total`, the amount that an old grid held.
    """

    total: float
    stays: float
    together: float
    from_one: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"moved": (1.0 - self.stays) * self.total}


def common_ground(
    pieces: gpd.GeoDataFrame, grid: str, other: gpd.GeoDataFrame, quantities: Sequence[str]
) -> pd.DataFrame:
    """Columns `a`, `b`, `area_m2` and the quantities: what the grids of two divisions have in common.

    `pieces` (metric) with the code of their grid in column `grid` ('' for none); `other` (the same CRS) with `code`.
    Inside a piece a quantity counts as even over the ground. '' stands for no grid; sums are those of the pieces.
    """
    shapes, ground = pieces.geometry.to_numpy(), other.geometry.to_numpy()
    piece, partner = shapely.STRtree(ground).query(shapes, predicate="intersects")
    size = shapely.area(shapes)
    area = _overlap(shapes, ground, piece, partner)
    inside = np.bincount(piece, area, minlength=len(pieces))
    # two grids of `other` may claim the same ground: then each gets its part of the piece, and sums are kept
    share = area / np.maximum(size, inside)[piece]
    rest = np.maximum(0.0, 1.0 - np.bincount(piece, share, minlength=len(pieces)))
    rows = np.concatenate([piece, np.arange(len(pieces))])
    codes = np.concatenate([other["code"].to_numpy(dtype=object)[partner], np.full(len(pieces), "", dtype=object)])
    part = np.concatenate([share, rest])
    keep = part > ROUNDING
    table = pd.DataFrame({"a": pieces[grid].fillna("").to_numpy(dtype=object)[rows[keep]], "b": codes[keep]})
    for name in ("area_m2", *quantities):
        table[name] = pieces[name].to_numpy(dtype=float)[rows[keep]] * part[keep]
    return table.groupby(["a", "b"], as_index=False, sort=True)[["area_m2", *quantities]].sum()


def _overlap(shapes: NDArray[Any], ground: NDArray[Any], piece: NDArray[Any], partner: NDArray[Any]) -> NDArray[Any]:
    """Area that each pair has in common. Most pieces lie inside one grid: for those nothing is intersected."""
    shapely.prepare(ground)
    within = shapely.covers(ground[partner], shapes[piece])
    area = np.where(within, shapely.area(shapes[piece]), 0.0)
    cut = np.flatnonzero(~within)
    area[cut] = shapely.area(shapely.intersection(shapes[piece[cut]], ground[partner[cut]]))
    return area


def match(common: pd.DataFrame, weight: str) -> dict[str, str]:
    """Grid of `a` → the one grid of `b` that stands for it: pairs that have the most of `weight` in common in all,
    and among those the most ground. Grids without a partner are left out.
    """
    real = common[(common["a"] != "") & (common["b"] != "")]
    rows, row = np.unique(real["a"].astype(str), return_inverse=True)
    columns, column = np.unique(real["b"].astype(str), return_inverse=True)
    ground = real["area_m2"].to_numpy(float)
    gain = real[weight].to_numpy(float) / max(float(real[weight].sum()), 1e-12)
    gain = gain + TIE * ground / max(float(ground.sum()), 1e-12)
    made: dict[str, str] = {}
    for edges in _apart(row, column, len(rows), len(columns)):
        made |= {str(rows[i]): str(columns[j]) for i, j in _assign(row[edges], column[edges], gain[edges])}
    return dict(sorted(made.items()))


def _apart(row: NDArray[Any], column: NDArray[Any], rows: int, columns: int) -> list[NDArray[Any]]:
    """The pairs in groups that share no grid: grids of one area, as a rule. Each is a small problem of its own."""
    if not len(row):
        return []
    size = rows + columns
    graph = coo_matrix((np.ones(len(row)), (row, column + rows)), shape=(size, size))
    group = connected_components(graph, directed=False)[1][row]
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _assign(row: NDArray[Any], column: NDArray[Any], gain: NDArray[Any]) -> list[tuple[int, int]]:
    left, i = np.unique(row, return_inverse=True)
    right, j = np.unique(column, return_inverse=True)
    table = np.zeros((len(left), len(right)))
    table[i, j] = gain
    chosen = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return [(int(left[m]), int(right[n])) for m, n in chosen if table[m, n] > 0]


def main_origin(common: pd.DataFrame, weight: str) -> dict[str, str]:
    """Grid of `a` → the grid of `b` that most of it comes from, by `weight` and then by ground; the lowest code on a
    tie. Grids of which `b` had nothing are left out."""
    real = common[(common["a"] != "") & (common["b"] != "")]
    order = real.sort_values(["a", weight, "area_m2", "b"], ascending=[True, False, False, True])
    first = order.drop_duplicates("a")
    return dict(zip(first["a"].astype(str), first["b"].astype(str), strict=True))


def moves(common: pd.DataFrame, matched: Mapping[str, str], quantity: str) -> Moves:
    """Shares of what grids of `a` hold of a quantity; all 1 where they hold nothing."""
    held = common[common["a"] != ""]
    total = float(held[quantity].sum())
    if total <= 0:
        return Moves(0.0, 1.0, 1.0, 1.0)
    real = held[held["b"] != ""]
    partner = real["a"].map(dict(matched))
    return Moves(
        total=total,
        stays=float(real.loc[partner == real["b"], quantity].sum()) / total,
        together=float(real.groupby("a")[quantity].max().sum()) / total,
        from_one=float(real.groupby("b")[quantity].max().sum()) / total,
    )


def kept_whole(common: pd.DataFrame, weight: str = "area_m2") -> list[str]:
    """Grids of `a` that are a grid of `b`, ground for ground: old grids that the plan leaves as they are."""
    totals_a, totals_b = (common.groupby(side)[weight].transform("sum") for side in ("a", "b"))
    same = (common[weight] >= WHOLE * totals_a) & (common[weight] >= WHOLE * totals_b)
    real = (common["a"] != "") & (common["b"] != "")
    return sorted(common.loc[same & real, "a"].astype(str))


def differences(
    a: gpd.GeoDataFrame, b: gpd.GeoDataFrame, matched: Mapping[str, str], *, least_m2: float = TRACE_M2
) -> gpd.GeoDataFrame:
    """Where two divisions disagree: ground whose grid in `b` is not the one that stands for its grid in `a`.

    Both frames in the same metric CRS with `code` and `kind`. Columns `a`, `b`, `kind_a`, `kind_b`, `area_m2`, sorted
    by code; '' where a division has no grid. Parts below `least_m2` are left out.
    """
    shapes_a, shapes_b = a.geometry.to_numpy(), b.geometry.to_numpy()
    left, right = shapely.STRtree(shapes_b).query(shapes_a, predicate="intersects")
    both = shapely.intersection(shapes_a[left], shapes_b[right])
    bare_a, rest_a = _uncovered(shapes_a, left, shapes_b[right], both, least_m2)
    bare_b, rest_b = _uncovered(shapes_b, right, shapes_a[left], both, least_m2)
    partner = np.array([matched.get(str(code), "") for code in a["code"]], dtype=object)
    apart = partner[left] != b["code"].to_numpy(dtype=object)[right]
    rows_a = np.concatenate([left[apart], bare_a, np.full(len(bare_b), -1)])
    rows_b = np.concatenate([right[apart], np.full(len(bare_a), -1), bare_b])
    made = gpd.GeoDataFrame(
        {
            "a": _named(a, "code", rows_a),
            "b": _named(b, "code", rows_b),
            "kind_a": _named(a, "kind", rows_a),
            "kind_b": _named(b, "kind", rows_b),
        },
        geometry=_grounds(np.concatenate([both[apart], rest_a, rest_b]), least_m2),
        crs=a.crs,
    )
    made["area_m2"] = made.geometry.area
    return made[made["area_m2"] > least_m2].sort_values(["a", "b"], ignore_index=True)


def _uncovered(
    shapes: NDArray[Any], row: NDArray[Any], partners: NDArray[Any], both: NDArray[Any], least_m2: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The shapes that their partners leave ground of, and that ground."""
    covered = np.bincount(row, shapely.area(both), minlength=len(shapes))
    bare = np.flatnonzero(shapely.area(shapes) - covered > least_m2)
    rest = [shapely.difference(shapes[at], shapely.union_all(partners[row == at])) for at in bare]
    return bare, np.array(rest, dtype=object)


def _named(frame: pd.DataFrame, column: str, rows: NDArray[Any]) -> list[str]:
    values = [str(value or "") for value in frame[column]]
    return [values[row] if row >= 0 else "" for row in rows]


def _grounds(shapes: NDArray[Any], least_m2: float) -> list[Any]:
    """The polygons of each shape, lines and points and the smallest parts left out."""
    made = []
    for shape in shapes:
        parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > least_m2]
        made.append(shapely.MultiPolygon(parts) if len(parts) != 1 else parts[0])
    return made
