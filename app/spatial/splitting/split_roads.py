"""Cut a piece along the roads that run through it; what is too small for a part joins its neighbour again."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

from app.spatial.splitting.split_lines import (
    Inserted,
    Place,
    Points,
    border_segments,
    content_of,
    insert,
    with_vertices,
)

Shapes = NDArray[np.object_]

MARGIN = 5.0  # m: a road this near to the border is the border, and one that ends so near to it reaches it
TOUCH = 1e-3  # m: a new vertex nearer than this to one that is there is that one


def cut_along_roads(
    shape: Polygon, roads: Shapes, points: Points | None, floor: float, inserted: Inserted
) -> list[Polygon]:
    """The faces that the roads make of `shape`, none with a content below `floor`; [shape] where none cuts it."""
    lines = _inside(shape, roads)
    if not len(lines):
        return [shape]
    cut, reached = shape, []
    for line in lines:
        ends = [line.coords[0], line.coords[-1]]
        for at in (0, 1):
            if shape.boundary.distance(shapely.Point(ends[at])) < 2.0 * MARGIN:
                cut, ends[at] = _landed(cut, ends[at], inserted)
        reached.append(LineString([ends[0], *line.coords, ends[1]]))
    rings = [list(ring.coords) for ring in (cut.exterior, *cut.interiors)]
    linework = [*border_segments(rings), *shapely.get_parts(shapely.union_all(reached))]
    faces = [face for face in shapely.get_parts(shapely.polygonize(linework)) if _within(face, cut)]
    whole = sum(face.area for face in faces)
    if abs(whole - shape.area) > 1e-9 * shape.area:  # a road runs out of the piece beside its ends: not to be cut by
        return [shape]
    return _joined(faces, points, floor)


def _inside(shape: Polygon, roads: Shapes) -> Shapes:
    """Stretches of the roads inside the piece, away from its border."""
    near = roads[shapely.intersects(roads, shape)]
    if not len(near):
        return near
    inner = shapely.buffer(shape, -MARGIN)
    stretches = shapely.line_merge(shapely.union_all(shapely.intersection(near, inner)))
    lines = shapely.get_parts(stretches)
    return lines[(shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & (shapely.length(lines) > MARGIN)]


def _landed(shape: Polygon, end: Place, inserted: Inserted) -> tuple[Polygon, Place]:
    """The shape with a vertex on its border where the road arrives, nearest to the road's end; and that vertex."""
    rings = [list(ring.coords) for ring in (shape.exterior, *shape.interiors)]
    segments = border_segments(rings)
    at = int(np.argmin(shapely.distance(segments, shapely.Point(end))))
    a, b = segments[at].coords
    place = segments[at].interpolate(segments[at].project(shapely.Point(end))).coords[0]
    for vertex in (a, b):
        if np.hypot(vertex[0] - place[0], vertex[1] - place[1]) < TOUCH:
            return shape, vertex
    insert(inserted, a, b, place)
    return with_vertices(shape, inserted), place


def _within(face: Polygon, shape: Polygon) -> bool:
    return bool(shape.contains(face.representative_point()))


def _joined(faces: list[Polygon], points: Points | None, floor: float) -> list[Polygon]:
    """Faces with less than `floor` join the neighbour with the longest common border, smallest first."""
    while len(faces) > 1:
        contents = [content_of(face, points) for face in faces]
        small = int(np.argmin(contents))
        if contents[small] >= floor:
            break
        rest = [face for at, face in enumerate(faces) if at != small]
        common = shapely.length(shapely.intersection(shapely.boundary(rest), faces[small].boundary))
        home = int(np.argmax(common))
        rest[home] = shapely.coverage_union_all([rest[home], faces[small]])
        if rest[home].geom_type != "Polygon":
            rest[home] = shapely.get_parts(rest[home])[0]
        faces = rest
    return faces
