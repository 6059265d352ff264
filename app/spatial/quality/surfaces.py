"""The polygons of a network in a metric CRS, valid and measured: what checks and repair compute on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from app.spatial.coordinates.crs import metric_crs, points_from_wgs84

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TRACE_M2 = 1e-4
"""Areas below one square centimetre are arithmetic, not ground (the square of the default precision grid of 1 cm)."""
POLYGON, MULTIPOLYGON, COLLECTION = 3, 6, 7


@dataclass(frozen=True)
class Surfaces:
    """The features of a frame that have polygonal ground: valid Polygons or MultiPolygons in the metric `crs`.

    `positions` are 0-based positions in the frame (row number − 1), ascending; `codes` and `shapes` are parallel to
    them.
    """

    crs: str
    positions: Ints
    codes: list[str]
    shapes: Shapes

    def row(self, surface: int) -> int:
        """The 1-based feature number of a surface."""
        return int(self.positions[surface]) + 1


def surfaces(frame: gpd.GeoDataFrame, crs: str | None = None) -> Surfaces:
    """Project a network frame (EPSG:4326) and keep what has ground; invalid polygons are made valid, the rest is left
    out.
    """
    crs = crs or frame_crs(frame)
    shapes = valid_ground(to_metric(polygonal(geometries(frame)), crs))
    positions = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    codes = codes_of(frame)
    return Surfaces(crs, positions, [codes[position] for position in positions], shapes[positions])


def frame_crs(frame: gpd.GeoDataFrame) -> str:
    """The metric CRS of the middle of a frame's bounds; of (0, 0) for a frame without any ground."""
    boxes = shapely.bounds(geometries(frame))
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return metric_crs(0.0, 0.0)
    lon = (boxes[:, 0].min() + boxes[:, 2].max()) / 2
    lat = (boxes[:, 1].min() + boxes[:, 3].max()) / 2
    return metric_crs(float(np.clip(lon, -180, 180)), float(np.clip(lat, -90, 90)))


def geometries(frame: gpd.GeoDataFrame) -> Shapes:
    """The geometries as an object array of shapely geometries and None."""
    return np.asarray(frame.geometry.array, dtype=object)


def codes_of(frame: gpd.GeoDataFrame) -> list[str]:
    """The codes as stripped text; None, NaN and blanks become ''."""
    codes = frame["code"]
    return ["" if gone else str(code).strip() for code, gone in zip(codes.tolist(), codes.isna().tolist(), strict=True)]


def to_metric(shapes: Shapes, crs: str) -> Shapes:
    """EPSG:4326 to `crs`, Z and M dropped."""

    def move(points: Floats) -> Floats:
        return np.column_stack(points_from_wgs84(points[:, 0], points[:, 1], crs))

    return np.asarray(shapely.transform(shapely.force_2d(shapes), move), dtype=object)


def polygonal(shapes: Shapes) -> Shapes:
    """Polygons and MultiPolygons as they are, the polygon parts of collections, None for everything else."""
    kinds = shapely.get_type_id(shapes)
    made = shapes.copy()
    made[~np.isin(kinds, (POLYGON, MULTIPOLYGON))] = None
    for position in np.flatnonzero(kinds == COLLECTION):
        parts = _polygon_parts(shapes[position])
        made[position] = shapely.multipolygons(parts) if parts else None
    made[shapely.is_empty(made)] = None
    return made


def valid_ground(shapes: Shapes, valid: Bools | None = None) -> Shapes:
    """Each shape made valid (the ground that its rings enclose), polygonal parts only; None where nothing is left.

    `make_valid` with method 'structure': a bow-tie becomes its two triangles, a self-overlap is counted once, spikes
    go.
    """
    made = shapes.copy()
    valid = shapely.is_valid(made) if valid is None else valid  # known already, it need not be found again
    broken = ~(shapely.is_missing(made) | valid)
    made[broken] = polygonal(shapely.make_valid(made[broken], method="structure", keep_collapsed=False))
    made[shapely.area(made) == 0] = None
    return made


def mean_width(shapes: Shapes) -> Floats:
    """Mean width in metres: 2 × area ÷ perimeter. A strip of width w and length L ≫ w gives w; a square half its side.

    Unlike the largest inscribed circle it is exact for long winding strips with one bulge, and costs nothing.
    """
    length = shapely.length(shapes)
    return np.divide(2 * shapely.area(shapes), length, out=np.zeros(len(shapes)), where=length > 0)


def as_array(shapes: Iterable[object]) -> Shapes:
    """Any sequence of geometries as a one-dimensional object array (numpy would look inside multi-part ones)."""
    made = list(shapes)
    array = np.empty(len(made), dtype=np.object_)
    array[:] = made
    return array


def inner_point(shape: shapely.Geometry) -> tuple[float, float]:
    """A point inside the largest part of a shape, for naming a place."""
    parts = shapely.get_parts(shape)
    point = shapely.point_on_surface(parts[np.argmax(shapely.area(parts))])
    return float(shapely.get_x(point)), float(shapely.get_y(point))


def _polygon_parts(collection: shapely.Geometry) -> list[shapely.Geometry]:
    parts = list(shapely.get_parts(collection))
    nested = [
        inner
        for part in parts
        if shapely.get_type_id(part) in (MULTIPOLYGON, COLLECTION)
        for inner in _polygon_parts(part)
    ]
    return [part for part in parts if shapely.get_type_id(part) == POLYGON] + nested
