"""The borders of pieces, and who drew them: networks, areas, cut layers, and later splits and edits.

A borders frame has one row per run of border between two pieces, or a piece and the outside, with one set of drawers:
`left` and `right` (numbers of pieces; `right` is −1 where nobody is there, else the higher number), `drawn_by` (list of
names, sorted), `length_m`, geometry (MultiLineString with `left` on its left).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.spatial.coordinates.crs import parse_crs
from app.spatial.pieces.linework import Source
from app.spatial.planar.arcs import Arcs
from app.spatial.planar.faces import OUTSIDE, Faces
from app.spatial.planar.precision import Precision
from app.spatial.planar.types import Flags, Floats, Ints, Shapes
from app.spatial.planar.uses import spans

AREAS, SPLIT, EDIT = "areas", "split", "edit"
NOBODY = -1
_ENDS = 3.0  # the end of a wedge is twice as long as the wedge is wide in the mean


@dataclass(frozen=True)
class Linework:
    """The arcs of an overlay between different pieces, as what `border_frame` makes lines of.

    `left`, `right`: pieces beside each arc, `NOBODY` for none; both the same where an arc was dropped.
    `drawn[k, i]`: `names[i]` drew arc k.
    """

    arcs: Arcs
    left: Ints
    right: Ints
    drawn: Flags
    names: list[str]
    precision: Precision
    crs: str


def drawers(arcs: Arcs, sources: Sequence[Source], names: Sequence[str]) -> Flags:
    """Who drew each arc, as flags (arcs, names): the names of the sources, whose grids are numbered on end, then of the
    cuts."""
    starts = np.cumsum([0, *(len(source.shapes) for source in sources)])
    uses = arcs.uses
    name = np.searchsorted(starts, uses.owner, side="right") - 1
    name = np.where(uses.owner < 0, len(sources) - 1 - uses.owner, name)
    of_group = np.zeros((len(uses.first) - 1, len(names)), np.bool_)
    group, use = spans(uses.first[:-1], uses.first[1:])
    of_group[group, name[use]] = True
    return of_group[arcs.group]


def with_dropped(drawn: Flags, found: Faces, into: Ints) -> Flags:
    """The drawers, and for the arcs around an absorbed face also those of its arcs that were dropped.

    Two networks that mean the same line draw it a hair apart: the sliver between is absorbed, one line is left, and
    both have drawn it. The short ends of a sliver, where other borders set out, are left to those who drew them.
    """
    left, right = found.side[0::2], found.side[1::2]
    live = left >= 0
    dropped = live & (into[left] == into[right]) & (into[left] != OUTSIDE)
    of_face = np.zeros((len(into), drawn.shape[1]), np.bool_)
    for face in (left, right):
        np.logical_or.at(of_face, face[dropped], drawn[dropped])
    of_face[into == np.arange(len(into))] = False
    width = np.divide(2 * found.area_m2, found.border_m, out=np.zeros(len(into)), where=found.border_m > 0)
    more, kept = drawn.copy(), np.flatnonzero(live & ~dropped & (of_face[left] | of_face[right]).any(axis=1))
    # How long a border is must not depend on how many arcs it is made of.
    alike = np.stack([np.minimum(left, right), np.maximum(left, right), found.arcs.group])[:, kept]
    _, run = np.unique(alike, axis=1, return_inverse=True)
    length = np.bincount(run, weights=found.arcs.length_m[kept])[run] if len(kept) else np.zeros(0)
    for face in (left[kept], right[kept]):
        beside = length > _ENDS * width[face]
        more[kept[beside]] |= of_face[face[beside]]
    return more


def border_frame(linework: Linework) -> gpd.GeoDataFrame:
    """The borders frame of an overlay, in its metric CRS, sorted by pieces and drawers."""
    arcs, low, high = linework.arcs, linework.left, linework.right
    chosen = np.flatnonzero(low != high)
    turned = (low == NOBODY) | ((high != NOBODY) & (low > high))
    left, right = np.where(turned, high, low)[chosen], np.where(turned, low, high)[chosen]
    sets, which = np.unique(linework.drawn[chosen], axis=0, return_inverse=True)
    order = np.lexsort((which.ravel(), right, left))
    chosen, left, right, which = chosen[order], left[order], right[order], which.ravel()[order]
    new = np.ones(len(chosen), np.bool_)
    new[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1]) | (which[1:] != which[:-1])
    run, first = np.cumsum(new) - 1, np.flatnonzero(new)
    points, line = _paths(arcs, chosen, turned[chosen], linework.precision)
    lines = shapely.linestrings(points, indices=line)
    named = [sorted(name for name, one in zip(linework.names, row, strict=True) if one) for row in sets]
    columns: dict[str, Any] = {
        "left": left[first],
        "right": right[first],
        "drawn_by": pd.Series([named[one] for one in which[first]], dtype=object),
        "length_m": np.bincount(run, weights=arcs.length_m[chosen], minlength=len(first)),
    }
    return gpd.GeoDataFrame(columns, geometry=_joined(lines, run), crs=parse_crs(linework.crs).proj)


def _paths(arcs: Arcs, chosen: Ints, turned: Flags, precision: Precision) -> tuple[Floats, Ints]:
    """Coordinates of some arcs on end, those that are `turned` backwards, and the arc of each."""
    start, stop = arcs.first[chosen], arcs.first[chosen + 1]
    row, at = spans(start, stop)
    at = np.where(turned[row], start[row] + stop[row] - 1 - at, at)
    point = arcs.path[at]
    east = precision.east + arcs.x[point] / precision.per_metre
    return np.stack([east, precision.north + arcs.y[point] / precision.per_metre], axis=1), row


def _joined(lines: Shapes, run: Ints) -> Shapes:
    """One MultiLineString per run, lines that touch end to start put together."""
    if not len(lines):
        return np.zeros(0, object)
    merged = shapely.line_merge(shapely.multilinestrings(lines, indices=run), directed=True)
    parts, row = shapely.get_parts(merged, return_index=True)
    return np.asarray(shapely.multilinestrings(parts, indices=row))


def drawn_metres(borders: pd.DataFrame, grid_of: Mapping[int, str]) -> dict[str, float]:
    """Metres of border between different grids by who drew them, and `total`.

    `grid_of`: grid of each piece, by its number. A stretch that several drew counts for each of them, so that the parts
    may exceed the total; the outer border and that to pieces without a grid, which no division chooses, are left out.
    """
    grid = [pd.Series(borders[side]).map(grid_of).fillna("").to_numpy() for side in ("left", "right")]
    between = borders[(grid[0] != grid[1]) & (grid[0] != "") & (grid[1] != "")]
    metres = between[["drawn_by", "length_m"]].explode("drawn_by").groupby("drawn_by")["length_m"].sum()
    return {
        "total": float(between["length_m"].sum()),
        **{str(name): float(metres[name]) for name in sorted(metres.index)},
    }
