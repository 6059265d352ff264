"""Frames turned into directed steps in a metric CRS: what the overlay nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from pyproj import CRS

from app.errors import InputError
from app.spatial.coordinates.crs import parse_crs
from app.spatial.planar.noding import Steps
from app.spatial.planar.precision import Precision
from app.spatial.planar.threads import in_threads
from app.spatial.planar.types import Floats, Ints, Shapes
from app.spatial.quality.surfaces import codes_of, geometries, polygonal, valid_ground

JOIN = "|"


@dataclass(frozen=True)
class Source:
    """The grids of a network (or the administrative areas) with ground: codes and valid shapes in the metric CRS.

    `rows`: features given; `repaired`: made valid first; `groundless`: left out (empty, or no polygon); `uncoded`:
    given the stand-in code `#row`, because '' means no grid.
    """

    name: str
    codes: NDArray[np.object_]
    shapes: NDArray[np.object_]
    rows: int
    repaired: int
    groundless: int
    uncoded: int


@dataclass(frozen=True)
class Lines:
    """Points (n, 2) of lines on end; a step goes from points[start[i]] to the next point, with owner[i] on its left.

    Owners below 0 are cuts: they own nothing.
    """

    points: Floats
    start: Ints
    owner: Ints


def read_source(name: str, frame: gpd.GeoDataFrame, crs: str, first: int = 1) -> Source:
    """Column `code` and the polygons of a frame, whose rows are numbered from `first`; Z is dropped.

    InputError for a code with `|`, which joins codes.
    """
    shapes = polygonal(metric_shapes(name, frame, parse_crs(crs).proj))
    valid = np.concatenate(in_threads(lambda start, stop: shapely.is_valid(shapes[start:stop]), len(shapes)))
    broken = int((~(shapely.is_missing(shapes) | valid)).sum())
    shapes = valid_ground(shapes, valid)
    ground = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    codes = codes_of(frame)
    if JOIN in "".join(codes):
        for row, code in enumerate(codes, start=first):
            if JOIN not in code:
                continue
            raise InputError(
                f"{name}, row {row}: the code {code!r} contains {JOIN!r}, which joins the codes of a piece"
            )
    named = np.array([code or f"#{row}" for row, code in enumerate(codes, start=first)], dtype=object)
    return Source(
        name,
        named[ground],
        shapes[ground],
        rows=len(frame),
        repaired=broken,
        groundless=len(frame) - len(ground),
        uncoded=sum(not codes[row] for row in ground),
    )


def metric_shapes(name: str, frame: gpd.GeoDataFrame, crs: CRS) -> NDArray[np.object_]:
    """The geometries vertex by vertex in `crs`, without Z; those that are in `crs` already stay as they are."""
    if frame.crs is None:
        raise InputError(f"{name} has no coordinate system")
    moved = frame if frame.crs == crs else frame.to_crs(crs)
    shapes = shapely.force_2d(geometries(moved))
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise InputError(f"{name} has coordinates that {crs.name} cannot express: it is not the system of this place")
    return np.asarray(shapes, dtype=object)


def ring_lines(shapes: Shapes, first: int = 0) -> Lines:
    """The borders of valid polygons; the owner is the position of the polygon, counted from `first`."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    if not len(parts):
        return Lines(np.zeros((0, 2)), np.zeros(0, np.int64), np.zeros(0, np.int64))
    points, (rings, polygons) = shapely.to_ragged_array(parts, include_z=False)[1:]
    start, owner = _along_rings(points, rings.astype(np.int64), polygons.astype(np.int64), shape.astype(np.int64))
    owner += first
    return Lines(points, start, owner)


def cut_lines(shapes: Shapes, owner: int) -> Lines:
    """Lines as they are and the borders of polygons; points cut nothing."""
    parts = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():  # collections in collections
        parts = shapely.get_parts(parts)
    surfaces = shapely.get_dimensions(parts) == 2
    rings = shapely.get_rings(parts[surfaces])
    points, start, _ = _steps(np.concatenate([parts[shapely.get_dimensions(parts) == 1], rings]))
    return Lines(points, start, np.full(len(start), owner, np.int64))


def lines_of(sources: Sequence[Source], cuts: Sequence[Shapes]) -> list[Lines]:
    """The borders of each source, whose grids are numbered on end, and each cut layer: layer i as owner −1 − i."""
    grids = np.cumsum([0, *(len(source.shapes) for source in sources)])
    lines = [ring_lines(source.shapes, int(first)) for source, first in zip(sources, grids[:-1], strict=True)]
    return lines + [cut_lines(shapes, -1 - layer) for layer, shapes in enumerate(cuts)]


def on_grid(lines: Sequence[Lines], precision: Precision) -> Steps:
    """All lines as steps; InputError where they are too far apart for the grid."""
    x, y = precision.steps([one.points for one in lines])
    start, owner = np.empty((2, sum(len(one.start) for one in lines)), np.int64)
    points = size = 0
    for one in lines:
        here = slice(size, size + len(one.start))
        np.add(one.start, points, out=start[here])
        owner[here] = one.owner
        points, size = points + len(one.points), here.stop
    return Steps(x, y, start, start + 1, owner)


@njit(cache=True, nogil=True)
def _along_rings(points: Floats, rings: Ints, polygons: Ints, shape: Ints) -> tuple[Ints, Ints]:
    """Turns shells counter-clockwise and holes clockwise, in place; where each step starts, and its shape."""
    start, owner = np.empty(len(points) - len(rings) + 1, np.int64), np.empty(len(points) - len(rings) + 1, np.int64)
    size = 0
    for part in range(len(polygons) - 1):
        for ring in range(polygons[part], polygons[part + 1]):
            low, high = rings[ring], rings[ring + 1]
            x, y, twice = points[low, 0], points[low, 1], 0.0
            for i in range(low, high - 1):
                ax, ay, bx, by = points[i, 0] - x, points[i, 1] - y, points[i + 1, 0] - x, points[i + 1, 1] - y
                twice += ax * by - ay * bx
                start[size], owner[size] = i, shape[part]
                size += 1
            if (twice > 0.0) != (ring == polygons[part]):
                for i in range((high - low) // 2):
                    for axis in range(2):
                        one, other = points[low + i, axis], points[high - 1 - i, axis]
                        points[low + i, axis], points[high - 1 - i, axis] = other, one
    return start, owner


def _steps(lines: Shapes) -> tuple[Floats, Ints, Ints]:
    points, line = shapely.get_coordinates(lines, return_index=True)
    inside = np.flatnonzero(line[:-1] == line[1:])
    return points, inside, line[inside]
