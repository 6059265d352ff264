"""From assigned pieces to grids: polygons dissolved as one coverage, with the sums of the pieces' quantities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray


def build_grids(
    pieces: gpd.GeoDataFrame,
    assignment: NDArray[Any],
    *,
    kinds: NDArray[np.object_] | None = None,
    quantities: Sequence[str] | None = None,
) -> gpd.GeoDataFrame:
    """Grids frame of all assigned pieces, one row per grid in the order of `assignment`'s values.

    `assignment` holds grid numbers (negative: none) or codes ('': none); it becomes the index, named `grid`. `kinds`:
    kind per row; else the kind that holds most of the ground. `area`: of the piece with the most ground. `quantities`
    default to `pieces.attrs["quantities"]`. Edge-connected pieces give one Polygon, so their grids are a valid
    coverage with holes only where a grid surrounds another; pieces that are not connected give a MultiPolygon, for
    the checks to find.
    """
    assignment = np.asarray(assignment)
    taken = assignment != "" if assignment.dtype.kind in "OUT" else assignment >= 0
    used = pieces[taken]
    labels, number = np.unique(assignment[taken], return_inverse=True)
    names = list(pieces.attrs.get("quantities", [])) if quantities is None else list(quantities)
    order = np.argsort(number, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(number, minlength=len(labels)))[:-1]) if len(labels) else []
    shapes = used.geometry.to_numpy()
    size = used.geometry.area.to_numpy(dtype=float)
    columns: dict[str, Any] = {
        "code": labels.astype(str),
        "name": labels.astype(str),
        "kind": _main(used, "kind", "resident", groups, size) if kinds is None else kinds,
        "area": _main(used, "area", "", groups, size),
        "area_m2": np.bincount(number, size, minlength=len(labels)),
        "pieces": np.bincount(number, minlength=len(labels)),
    }
    for name in names:
        columns[name] = np.bincount(number, used[name].to_numpy(dtype=float), minlength=len(labels))
    geometry = [dissolve(shapes[group]) for group in groups]
    grids = gpd.GeoDataFrame(columns, geometry=geometry, crs=pieces.crs, index=pd.Index(labels, name="grid"))
    grids.attrs["quantities"] = names
    return grids


def dissolve(shapes: NDArray[np.object_]) -> shapely.Geometry:
    """Union of pieces of a coverage. Where shared borders lack shared vertices the general union is taken instead."""
    if len(shapes) == 1:
        return shapes[0]
    try:
        union = _plain(shapely.coverage_union_all(shapes))
    except shapely.GEOSException:  # crossing borders: it refuses what it can tell is no coverage, and misjoins the rest
        return _plain(shapely.union_all(shapes))
    whole = shapely.is_valid(union) and abs(union.area - shapely.area(shapes).sum()) <= 1e-9 * union.area
    return union if whole and union.geom_type == "Polygon" else _plain(shapely.union_all(shapes))


def _plain(shape: shapely.Geometry) -> shapely.Geometry:
    """A collection of one polygon is that polygon."""
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def _main(
    pieces: gpd.GeoDataFrame, column: str, default: str, groups: list[NDArray[np.int64]], size: NDArray[np.float64]
) -> list[str]:
    """Per group the value of `column` that covers most ground; the first in order on a tie."""
    if column not in pieces:
        return [default] * len(groups)
    values = pieces[column].fillna("").astype(str).to_numpy(dtype=object)
    found = []
    for group in groups:
        names, at = np.unique(values[group].astype(str), return_inverse=True)
        found.append(str(names[np.argmax(np.bincount(at, size[group]))]))
    return found
