"""A million points to their grids: geopandas.sjoin, OneGrid's index."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.spatial.location.locate import GridIndex
from bench.measure import Measured, measure

POINTS = 1_000_000


def run(network: gpd.GeoDataFrame, seed: int = 1) -> list[Measured]:
    """`network` with `code`, in EPSG:4326."""
    west, south, east, north = network.total_bounds
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(west, east, POINTS), rng.uniform(south, north, POINTS)
    index = GridIndex(list(network["code"]), network.geometry.to_numpy())
    return [
        measure("geopandas.sjoin", lambda: _joined(network, lon, lat)),
        measure("OneGrid GridIndex", lambda: _located(index, lon, lat)),
    ]


def _joined(network: gpd.GeoDataFrame, lon: Any, lat: Any) -> dict[str, Any]:
    points = gpd.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4326)
    return _facts(len(gpd.sjoin(points, network, predicate="intersects").index.unique()))


def _located(index: GridIndex, lon: Any, lat: Any) -> dict[str, Any]:
    return _facts(int((index.locate(lon, lat).owner >= 0).sum()))


def _facts(owned: int) -> dict[str, Any]:
    return {"points": f"{POINTS:,}", "with an owner": f"{owned:,}"}
