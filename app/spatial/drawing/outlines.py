"""Grids as a small map draws them: fewer vertices, borders still shared."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

DETAIL = 700
"""Steps that a map's longer side is told apart in: a page is not printed finer."""


def simplified(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`grids` (metric) with simple borders, neighbours alike; grids too small to be seen stay as they are."""
    shapes = np.asarray(grids.geometry.to_numpy(), dtype=object)
    west, south, east, north = grids.total_bounds
    tolerance = max(east - west, north - south) / DETAIL
    simple = shapely.coverage_simplify(shapes, tolerance) if shapely.coverage_is_valid(shapes) else shapes
    made = grids.copy()
    made.geometry = np.where(shapely.is_empty(simple), shapes, simple)
    return made


def lines_between(grids: gpd.GeoDataFrame, column: str) -> gpd.GeoSeries:
    """Borders between grids of different values of `column`, the outer border with them."""
    if not len(grids):
        return gpd.GeoSeries([], crs=grids.crs)
    grounds = grids.dissolve(column).geometry
    return gpd.GeoSeries([grounds.boundary.union_all()], crs=grids.crs)
