"""Random networks around one place in metres: wobbling cells, islands, holes, overlaps, parts."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
from shapely import MultiPolygon, Polygon
from shapely.affinity import rotate, translate

from app.spatial.pieces.overlay import OverlayOptions

CRS = "EPSG:32650"
EAST, NORTH = 443_217.0, 4_420_119.0
EVERY_FACE = OverlayOptions(sliver_area=0)


def frame(shapes, codes=None) -> gpd.GeoDataFrame:
    codes = codes or [f"{number:03d}" for number in range(len(shapes))]
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=CRS)


def tiling(rng: np.random.Generator, size: float = 100.0) -> list[Polygon]:
    """A shifted and turned grid of wobbling cells: some missing, one around an island, one over another, one in two."""
    count, side = int(rng.integers(2, 5)), size / 4
    corners = np.stack(np.meshgrid(np.arange(count + 1.0), np.arange(count + 1.0)), axis=-1) * side
    corners += rng.uniform(-0.3, 0.3, corners.shape) * side * rng.integers(0, 2)
    cells = [
        Polygon([corners[i, j], corners[i, j + 1], corners[i + 1, j + 1], corners[i + 1, j]])
        for i, j in itertools.product(range(count), range(count))
    ]
    kept = [cell for cell in cells if rng.random() > 0.15] or cells
    if rng.random() < 0.5:  # an island in a grid that goes around it
        island = kept[0].centroid.buffer(side / 8, quad_segs=2)
        kept[0] = kept[0].difference(island)
        kept.append(island)
    if rng.random() < 0.5:  # a network that overlaps itself
        kept.append(translate(kept[-1], side / 3, side / 5))
    if rng.random() < 0.3:  # two parts, one grid
        kept[0] = MultiPolygon([kept[0], translate(kept[0], 4 * size, 0)])
    angle = float(rng.choice([0.0, 0.0, 17.0, 45.0]))
    moved = rng.uniform(-size / 3, size / 3, 2) if rng.random() < 0.7 else rng.integers(-2, 3, 2) * side
    return [translate(rotate(cell, angle, origin=(0, 0)), EAST + moved[0], NORTH + moved[1]) for cell in kept]


def networks_of(seed: int, count: int = 3) -> dict[str, gpd.GeoDataFrame]:
    rng = np.random.default_rng(seed)
    return {name: frame(tiling(rng)) for name in "abc"[:count]}
