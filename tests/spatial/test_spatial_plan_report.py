"""Grids drawn simply: still a coverage, still the same ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from tilings import CRS, voronoi

from app.spatial.drawing.outlines import DETAIL, lines_between, simplified


@pytest.mark.parametrize("seed", range(3))
def test_simple_grids_share_their_borders_and_keep_their_ground(seed: int) -> None:
    cells = voronoi(600, seed)
    seats = np.random.default_rng(seed).uniform(0, 2_000, (20, 2))
    centres = shapely.get_coordinates(shapely.centroid(cells))
    seat = np.argmin(np.hypot(*(centres[:, None] - seats[None]).transpose(2, 0, 1)), axis=1)
    shapes = [shapely.unary_union(cells[seat == number]) for number in np.unique(seat)]
    grids = gpd.GeoDataFrame({"area": [f"{number % 2}" for number in range(len(shapes))]}, geometry=shapes, crs=CRS)
    made = simplified(grids)
    assert shapely.coverage_is_valid(made.geometry.to_numpy())
    assert shapely.get_num_coordinates(made.geometry.to_numpy()).sum() < shapely.get_num_coordinates(shapes).sum()
    largest = max(np.ptp(grids.total_bounds[::2]), np.ptp(grids.total_bounds[1::2])) / DETAIL
    assert np.abs(made.area - grids.area).max() < grids.length.max() * largest
    lines = lines_between(grids, "area")
    outer, inner = grids.union_all().boundary.length, lines.length.sum()
    between = sum(
        a.intersection(b).length
        for a in grids.geometry[grids["area"] == "0"]
        for b in grids.geometry[grids["area"] == "1"]
    )
    assert inner == pytest.approx(outer + between, rel=1e-6)
    assert len(lines_between(grids.iloc[:0], "area")) == 0
