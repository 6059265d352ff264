"""Which share of each feature of a layer lies in which piece."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from app.spatial.pieces.linework import metric_shapes
from app.spatial.quality.surfaces import geometries, polygonal, valid_ground

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

TRACE = 1e-9
"""Parts smaller than this share of their feature are arithmetic along a common border, not ground."""


@dataclass(frozen=True)
class Shares:
    """Feature `row` (position) has `share` of itself in the piece at position `piece`; a row's shares sum to 1.

    One entry per row and piece, sorted. `inside` (per feature): the part of it that lies in the ground, 0–1; what is 0
    has no share anywhere. `nearest`: points outside that were given to a piece nearby.
    """

    row: Ints
    piece: Ints
    share: Floats
    inside: Floats
    nearest: int


@dataclass(frozen=True)
class _Parts:
    """Measures (m², m, or 1 per point) of the parts of features in pieces, and of the features (`whole`, per row)."""

    row: Ints
    piece: Ints
    measure: Floats
    whole: Floats


def share_out(pieces: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, nearest_m: float = 0.0) -> Shares:
    """Polygons are shared out by area, lines by length, points to the piece that owns them; pieces must not overlap.

    A point on a border belongs to the piece with the lowest position. A stretch of a line along a common border counts
    for both sides. The points of a multipoint have equal parts; of a collection only the highest dimension counts.
    """
    shapes, ground = metric_shapes("the layer", layer, pieces.crs), geometries(pieces)
    dimension = shapely.get_dimensions(shapes)
    surface, line = np.flatnonzero(dimension == 2), np.flatnonzero(dimension == 1)
    points, row_of_point = shapely.get_parts(
        np.where(dimension == 0, shapes, np.full(len(shapes), None)), return_index=True
    )
    areas = _areas(valid_ground(polygonal(shapes[surface])), surface, ground, len(shapes))
    lengths = _lengths(shapes[line], line, ground, len(shapes))
    places, nearest = _places(points, row_of_point, ground, len(shapes), nearest_m)
    every = (areas, lengths, places)
    row, piece = np.concatenate([one.row for one in every]), np.concatenate([one.piece for one in every])
    measure = np.concatenate([one.measure for one in every])
    whole = areas.whole + lengths.whole + places.whole
    kept = measure > TRACE * whole[row]
    row, piece, measure = row[kept], piece[kept], measure[kept]
    order = np.lexsort((piece, row))
    row, piece, measure = row[order], piece[order], measure[order]
    placed = np.bincount(row, weights=measure, minlength=len(shapes))
    inside = np.divide(placed, whole, out=np.zeros(len(shapes)), where=whole > 0)
    return Shares(row, piece, measure / placed[row], np.minimum(inside, 1.0), nearest)


def whole_units(shares: Shares, values: Floats) -> Floats:
    """Whole amounts per share that add up to the whole numbers `values`: largest remainders, ties: lowest piece."""
    exact = shares.share * values[shares.row]
    amounts = np.floor(exact + TRACE)
    left = values - np.bincount(shares.row, weights=amounts, minlength=len(values))
    order = np.lexsort((shares.piece, -np.round(exact - amounts, 9), shares.row))
    first = np.searchsorted(shares.row, shares.row)  # the shares of a row stand together
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return amounts + (rank - first < left[shares.row])


def _areas(zones: Shapes, row: Ints, ground: Shapes, count: int) -> _Parts:
    tree = shapely.STRtree(ground)
    zone, piece = tree.query(zones, predicate="intersects")
    pair = zone * len(ground) + piece
    swallows = np.isin(pair, _pairs(tree.query(zones, predicate="covers"), len(ground)))
    lies_in = shapely.STRtree(zones).query(ground, predicate="covers")[::-1]
    swallowed = np.isin(pair, _pairs(lies_in, len(ground)))
    own, theirs = shapely.area(zones), shapely.area(ground)
    measure = np.where(swallows, theirs[piece], own[zone])
    cut = ~(swallows | swallowed)
    measure[cut] = shapely.area(shapely.intersection(zones[zone[cut]], ground[piece[cut]]))
    return _Parts(row[zone], piece, measure, _spread(row, own, count))


def _pairs(found: NDArray[np.intp], count: int) -> Ints:
    return found[0] * count + found[1]


def _spread(row: Ints, measure: Floats, count: int) -> Floats:
    whole = np.zeros(count)
    whole[row] = np.nan_to_num(measure)
    return whole


def _lengths(lines: Shapes, row: Ints, ground: Shapes, count: int) -> _Parts:
    line, piece = shapely.STRtree(ground).query(lines, predicate="intersects")
    measure = shapely.length(shapely.intersection(lines[line], ground[piece]))
    return _Parts(row[line], piece, measure, _spread(row, shapely.length(lines), count))


def _places(points: Shapes, row: Ints, ground: Shapes, count: int, nearest_m: float) -> tuple[_Parts, int]:
    piece, point = shapely.STRtree(points).query(ground, predicate="covers")
    owner = np.full(len(points), len(ground), np.int64)
    np.minimum.at(owner, point, piece)
    lost, nearest = np.flatnonzero(owner == len(ground)), 0
    if nearest_m > 0 and len(lost) and len(ground):
        found, near = shapely.STRtree(ground).query_nearest(points[lost], max_distance=nearest_m)
        np.minimum.at(owner, lost[found], near)
        nearest = len(np.unique(found))
    placed = owner < len(ground)
    keys, times = np.unique(row[placed] * max(len(ground), 1) + owner[placed], return_counts=True)
    whole = np.bincount(row, minlength=count).astype(np.float64)
    return _Parts(keys // max(len(ground), 1), keys % max(len(ground), 1), times.astype(np.float64), whole), nearest
