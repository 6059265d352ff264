"""Kernels made ready before somebody waits for them."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from app.spatial.location.locate import GridIndex
from app.spatial.location.shape_shares import shape_shares


@cache
def warm() -> None:
    """Ask a tiny index everything once. Kernels are compiled at their first call on a machine, which takes many
    seconds, and read from the disk at the first of a process."""
    squares = np.array([shapely.box(116, 39, 116.02, 39.01), shapely.box(116.01, 39, 116.03, 39.01)], dtype=object)
    index = GridIndex(["a", "b"], squares)
    lon, lat = np.array([116.005, 116.015, 116.015, 117.0]), np.array([39.005, 39.01, 39.005, 40.0])
    owners = index.locate(lon, lat).owner
    index.border_within(lon[:2], lat[:2], owners[:2], 5.0)
    index.border_m(lon[:2], lat[:2], owners[:2])
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        index.probe(x, y, 100.0)
        index.nearest(x, y, 100.0)
    shape_shares(index, shapely.LineString([(116.001, 39.001), (116.02, 39.01), (116.02, 39.002)]))
    shape_shares(index, shapely.box(116.005, 39.005, 116.04, 39.02))
