"""Borders after pieces were cut: what was there keeps its drawers, what is new was drawn by a split or an edit."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.spatial.pieces.borders import NOBODY, SPLIT
from app.spatial.planar.numbering import number_points, number_segments, slots_for
from app.spatial.planar.types import Flags, Floats, Ints, Shapes
from app.spatial.quality.surfaces import geometries


def borders_after(
    borders: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, origin: Ints, drawn_by: Mapping[int, str] | None = None
) -> gpd.GeoDataFrame:
    """The borders frame of `pieces`, a coverage in the CRS of `borders` (metric), some of whose pieces were cut.

    `origin[i]`: number of the piece in `borders` that pieces row i is a part of (its own number where it was not cut).
    A border between two parts of piece p is drawn by drawn_by[p] (default: a split); any other by those who drew the
    border it lies on. Borders between pieces that were not cut stay as they are.
    """
    number = pieces["piece"].to_numpy()
    counts = pd.Series(origin).value_counts()
    cut = np.isin(origin, counts.index[counts > 1].to_numpy()) | (origin != number)
    touched = np.unique(origin[cut])
    old = borders[np.isin(borders["left"], touched) | np.isin(borders["right"], touched)]
    if not len(touched):
        return borders.copy()
    near = np.unique(np.concatenate([touched, old["left"].to_numpy(), old["right"].to_numpy()]))
    among = np.flatnonzero(np.isin(origin, near))
    left, right, lines = shared_segments(geometries(pieces)[among])
    left, right = among[left], np.where(right == NOBODY, NOBODY, among[right])
    changed = cut[left] | (cut[right] & (right != NOBODY))
    left, right, lines = left[changed], right[changed], lines[changed]
    made = _drawn(old, origin, left, right, lines, drawn_by or {})
    made["left"], made["right"] = number[left], np.where(right == NOBODY, NOBODY, number[right])
    whole = borders[~borders.index.isin(old.index)]
    runs = _runs(made)
    joined = pd.concat([pd.DataFrame(whole), pd.DataFrame(runs)], ignore_index=True)
    order = joined.sort_values(["left", "right"], kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(order, geometry="geometry", crs=borders.crs)


def shared_segments(shapes: Shapes) -> tuple[Ints, Ints, Shapes]:
    """The segments of a coverage of polygons: polygon on the left, on the right (−1: none), and the lines."""
    rings, shape = shapely.get_rings(shapely.orient_polygons(shapes), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.flatnonzero(ring[:-1] == ring[1:])
    count = len(points)
    bits = np.ascontiguousarray(points + 0.0).view(np.int64)  # + 0.0: one zero only
    x, y = np.empty(count, np.int64), np.empty(count, np.int64)
    at, _ = number_points(x, y, 0, slots_for(count), bits[:, 0].copy(), bits[:, 1].copy())
    a, b, alive = np.empty(count, np.int64), np.empty(count, np.int64), np.zeros(count, np.bool_)
    segment, found = number_segments(a, b, alive, 0, slots_for(count), at[start], at[start + 1])
    owner = shape[ring[start]]
    forward: Flags = a[segment] == at[start]
    left, right = np.full(found, NOBODY, np.int64), np.full(found, NOBODY, np.int64)
    left[segment[forward]], right[segment[~forward]] = owner[forward], owner[~forward]
    place = np.full(found, -1, np.int64)
    place[segment[::-1]] = start[::-1]
    ends: Floats = np.stack([points[place], points[place + 1]], axis=1)
    flip = left == NOBODY
    ends[flip] = ends[flip][:, ::-1]
    left, right = np.where(flip, right, left), np.where(flip, NOBODY, right)
    return left, right, shapely.linestrings(ends)


def _drawn(
    old: gpd.GeoDataFrame, origin: Ints, left: Ints, right: Ints, lines: Shapes, drawn_by: Mapping[int, str]
) -> gpd.GeoDataFrame:
    """The segments with their drawers: of several borders between the same two pieces the nearest one counts."""
    of_left, of_right = origin[left], np.where(right == NOBODY, NOBODY, origin[right])
    low, high = np.minimum(of_left, of_right), np.maximum(of_left, of_right)
    low, high = np.where(low == NOBODY, high, low), np.where(low == NOBODY, NOBODY, high)
    inner = low == high
    wanted = pd.DataFrame({"left": low, "right": high, "at": np.arange(len(low))})[~inner]
    known = pd.DataFrame({"left": old["left"], "right": old["right"], "row": np.arange(len(old))})
    pairs = wanted.merge(known, on=["left", "right"], how="left").dropna(subset="row")
    row, at = pairs["row"].to_numpy(np.int64), pairs["at"].to_numpy(np.int64)
    middle = shapely.line_interpolate_point(lines[at], 0.5, normalized=True)
    distance = shapely.distance(middle, geometries(old)[row])
    best = np.lexsort((row, distance, at))
    first = best[np.unique(at[best], return_index=True)[1]]
    names = [[drawn_by.get(int(piece), SPLIT)] if one else [] for one, piece in zip(inner, low, strict=True)]
    told = old["drawn_by"].tolist()
    for one, source in zip(at[first], row[first], strict=True):
        names[one] = list(told[source])
    return gpd.GeoDataFrame({"drawn_by": pd.Series(names, dtype=object)}, geometry=lines, crs=old.crs)


def _runs(segments: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Segments of the same pieces and drawers as one row each, `left` the lower number."""
    left, right = segments["left"].to_numpy(), segments["right"].to_numpy()
    turned = (right != NOBODY) & (left > right)
    lines = np.where(turned, shapely.reverse(geometries(segments)), geometries(segments))
    left, right = np.where(turned, right, left), np.where(turned, left, right)
    keys = pd.DataFrame({"left": left, "right": right, "drawn_by": [tuple(names) for names in segments["drawn_by"]]})
    keys["run"] = keys.groupby(["left", "right", "drawn_by"], sort=True).ngroup()
    order = np.argsort(keys["run"].to_numpy(), kind="stable")
    merged = shapely.line_merge(
        shapely.multilinestrings(lines[order], indices=keys["run"].to_numpy()[order]), directed=True
    )
    parts, row = shapely.get_parts(merged, return_index=True)
    first = keys.drop_duplicates("run").sort_values("run")
    made = first[["left", "right"]].assign(
        drawn_by=pd.Series([list(names) for names in first["drawn_by"]], index=first.index, dtype=object),
        length_m=shapely.length(merged),
    )
    return gpd.GeoDataFrame(made, geometry=shapely.multilinestrings(parts, indices=row), crs=segments.crs)
