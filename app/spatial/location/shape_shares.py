"""Which grids a line or a polygon meets, and with how much of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from app.spatial.coordinates.crs import metric_crs, points_from_wgs84
from app.spatial.location.line_shares import line_measures
from app.spatial.location.locate import GridIndex
from app.spatial.location.shape_areas import LEAST_SHARE, WIDEST_DEGREES, areas, common_areas, ground_of

LEAST_PART = 1e-12  # of the whole: less is rounding
STEP_DEGREES = 0.002  # edges are straight in degrees; in metres they bend, by millimetres over 200 m


@dataclass(frozen=True)
class Share:
    """`measure` of the shape lies in a grid: metres of a line, square metres of a polygon; `share` of the whole."""

    grid: int
    measure: float
    share: float


@dataclass(frozen=True)
class ShapeShares:
    """All grids of one edition that a shape meets, by code, and the share of it that lies in none.

    Where an edition overlaps itself the shares sum to more than 1.
    """

    measure: float
    shares: tuple[Share, ...]
    outside: float


def shape_shares(index: GridIndex, shape: shapely.Geometry) -> ShapeShares:
    """`shape` is a valid (multi)line or (multi)polygon in EPSG:4326. Lengths and areas are those of the metric CRS of
    the place. A line that runs along a border is counted for the lowest code, as its points are."""
    west, south, east, north = shape.bounds
    if shapely.get_dimensions(shape) == 1:
        return _line_shares(index, shape)
    if max(east - west, north - south) <= WIDEST_DEGREES:
        return _patch_shares(index, shape)
    crs = metric_crs(*_middle(shape))
    whole = _measure(shape, crs)
    parts = list(_parts(index, shape))
    sizes = [_measure(part, crs) for _, part in parts]
    shares = _shares([grid for grid, _ in parts], sizes, whole)
    covered = shapely.union_all([part for _, part in parts]) if parts else shape.__class__()
    return ShapeShares(whole, shares, _none_if_rounding(1.0 - _measure(covered, crs) / whole))


def _line_shares(index: GridIndex, shape: shapely.Geometry) -> ShapeShares:
    found = line_measures(index, shape, metric_crs(*_middle(shape)), STEP_DEGREES)
    shares = _shares(found.grids, found.metres, found.whole)
    return ShapeShares(found.whole, shares, _none_if_rounding(found.outside / found.whole))


def _shares(grids: list[int], sizes: list[float], whole: float) -> tuple[Share, ...]:
    """Of grids that have more of the whole than rounding."""
    pairs = zip(grids, sizes, strict=True)
    return tuple(Share(grid, size, size / whole) for grid, size in pairs if size > whole * LEAST_PART)


def _patch_shares(index: GridIndex, shape: shapely.Geometry) -> ShapeShares:
    """Of a polygon the size of a town: areas alone, without the intersections."""
    crs = metric_crs(*_middle(shape))
    ground = ground_of(shape.bounds, lambda lon, lat: points_from_wgs84(lon, lat, crs))
    edges, first = ground.edges(np.array([shape], dtype=object))
    whole = float(areas(edges, first, ground.weights)[0])
    met = index.meeting(shape)
    polygons = np.array([polygon for _, polygon in met], dtype=object)
    shapely.prepare(shape)
    within = shapely.contains_properly(shape, polygons)
    sizes = np.zeros(len(met))
    sizes[within] = areas(*ground.edges(polygons[within]), ground.weights)
    sizes[~within] = common_areas(edges, *ground.edges(polygons[~within]), ground.weights)
    kept = np.flatnonzero(sizes > whole * LEAST_SHARE).tolist()
    shares = tuple(Share(met[at][0], float(sizes[at]), float(sizes[at]) / whole) for at in kept)
    if any(index.overlaps_another(share.grid) for share in shares):
        union = _polygons(shapely.union_all(shapely.intersection(shape, polygons[kept])))
        covered = float(areas(*ground.edges(np.array([union], dtype=object)), ground.weights)[0]) / whole
    else:
        covered = sum(share.share for share in shares)
    return ShapeShares(whole, shares, _none_if_rounding(1.0 - covered))


def _none_if_rounding(share: float) -> float:
    return share if share > LEAST_SHARE else 0.0


def _parts(index: GridIndex, shape: shapely.Geometry) -> Iterator[tuple[int, shapely.Geometry]]:
    """(grid, what of a wide polygon lies in it), by code."""
    for grid, polygon in index.meeting(shape):
        part = _polygons(shapely.intersection(shape, polygon))
        if not part.is_empty:
            yield grid, part


def _polygons(made: shapely.Geometry) -> shapely.Geometry:
    """Only the polygons of what an intersection made."""
    parts = shapely.get_parts(made)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])


def _measure(shape: shapely.Geometry, crs: str) -> float:
    if shape.is_empty:
        return 0.0

    def move(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(points_from_wgs84(coordinates[:, 0], coordinates[:, 1], crs))

    moved = shapely.transform(shapely.segmentize(shape, STEP_DEGREES), move)
    return float(shapely.area(moved))


def _middle(shape: shapely.Geometry) -> tuple[float, float]:
    west, south, east, north = shape.bounds
    return (west + east) / 2, (south + north) / 2
