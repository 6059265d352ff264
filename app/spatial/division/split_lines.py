"""Cut one polygon in parts of equal content by short straight lines, and tell where neighbours need a new vertex."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

Floats = NDArray[np.float64]
Place = tuple[float, float]
Inserted = dict[tuple[Place, Place], Place]
"""Segment (both ways round) → the vertex that was put on it."""
Points = tuple[Floats, Floats]
"""Coordinates (n × 2) and weights."""

DIRECTIONS = 8  # angles tried for a cut, evenly over the half circle
STEPS, LEVELS = 16, 4  # the interval in which a cut is sought is narrowed to a sixteenth, so many times


def cut_in_parts(shape: Polygon, count: int, points: Points | None, inserted: Inserted) -> list[Polygon]:
    """`shape` in `count` parts of equal content, by halving; more where a line leaves a side in several parts."""
    if count <= 1:
        return [shape]
    shape = with_vertices(shape, inserted)
    first = count // 2
    line = _best_line(shape, first / count, points)
    left, right = _cut(shape, *line, inserted)
    if not left or not right:
        return [shape]
    return [
        part
        for side, wanted in ((left, first), (right, count - first))
        for part in _side(side, wanted, points, inserted)
    ]


def _side(side: list[Polygon], count: int, points: Points | None, inserted: Inserted) -> Iterator[Polygon]:
    """The parts of one side of a cut share the parts wanted of it by their content."""
    contents = np.array([content_of(part, points) for part in side])
    total = contents.sum()
    for part, content in zip(side, contents, strict=True):
        share = max(1, round(count * content / total)) if total > 0 else 1
        yield from cut_in_parts(part, share, points, inserted)


def content_of(shape: Polygon, points: Points | None) -> float:
    if points is None:
        return float(shape.area)
    return float(points[1][shapely.contains_xy(shape, points[0][:, 0], points[0][:, 1])].sum())


def _best_line(shape: Polygon, share: float, points: Points | None) -> tuple[float, float]:
    """(angle of the normal, offset) of the cut with `share` on its lower side: in one stretch if any, then short."""
    segments = _oriented(shape)
    candidates = []
    for step in range(DIRECTIONS):
        angle = math.pi * (step + 0.5) / DIRECTIONS
        turned = _turned(segments, angle)
        offset = _offset(turned, share) if points is None else _point_offset(turned, angle, share, points)
        stretches, length = _chords(turned, offset)
        candidates.append((stretches, length, step, angle, offset))
    return min(candidates)[3:]


def _oriented(shape: Polygon) -> Floats:
    """Border segments as (x1, y1, x2, y2), the interior to the left of each."""
    turned = shapely.orient_polygons(shape)
    rings = [shapely.get_coordinates(ring) for ring in (turned.exterior, *turned.interiors)]
    return np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])


def _turned(segments: Floats, angle: float) -> Floats:
    """Segments as (u1, v1, u2, v2): u along the line, v along its normal."""
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = segments[:, [0, 2]], segments[:, [1, 3]]
    u, v = y * cos - x * sin, x * cos + y * sin
    return np.stack([u[:, 0], v[:, 0], u[:, 1], v[:, 1]], axis=1)


def _offset(turned: Floats, share: float) -> float:
    """Where the line must lie so that `share` of the area is below it, to a hundred-thousandth of the width."""
    low, high = float(turned[:, 1].min()), float(turned[:, 1].max())
    wanted = share * _areas_below(turned, np.array([high]))[0]
    for _ in range(LEVELS):
        tried = np.linspace(low, high, STEPS + 1)
        at = int(np.searchsorted(_areas_below(turned, tried[1:-1]), wanted))
        low, high = float(tried[at]), float(tried[at + 1])
    return (low + high) / 2.0


def _areas_below(turned: Floats, offsets: Floats) -> Floats:
    """Area of the polygon where v < offset, by Green's theorem over the clipped segments; the line adds nothing."""
    u1, v1, u2, v2 = (turned[:, column, None] - (offsets if column % 2 else 0.0) for column in range(4))
    with np.errstate(divide="ignore", invalid="ignore"):
        at = u1 + (u2 - u1) * (v1 / (v1 - v2))
    start = np.where(v1 < 0, u1, np.where(v2 < 0, at, 0.0))
    end = np.where(v2 < 0, u2, np.where(v1 < 0, at, 0.0))
    heights = np.minimum(v1, 0.0) + np.minimum(v2, 0.0)
    return np.abs((heights * (end - start)).sum(axis=0)) / 2.0


def _point_offset(turned: Floats, angle: float, share: float, points: Points) -> float:
    """Where the line must lie so that `share` of the points' weight is below it, at least 1 % inside the shape."""
    place = points[0] @ np.array([math.cos(angle), math.sin(angle)])
    order = np.argsort(place, kind="stable")
    at = min(int(np.searchsorted(np.cumsum(points[1][order]), share * points[1].sum())), len(order) - 1)
    middle = float(place[order][at] + place[order][min(at + 1, len(order) - 1)]) / 2.0
    low, high = float(turned[:, 1].min()), float(turned[:, 1].max())
    return min(max(middle, low + 0.01 * (high - low)), high - 0.01 * (high - low))


def _chords(turned: Floats, offset: float) -> tuple[int, float]:
    """In how many stretches the line runs inside the shape, and how long they are together."""
    v1, v2 = turned[:, 1] - offset, turned[:, 3] - offset
    hit = (v1 < 0) != (v2 < 0)
    across = np.sort(turned[hit, 0] + (turned[hit, 2] - turned[hit, 0]) * (v1[hit] / (v1[hit] - v2[hit])))
    return len(across) // 2, float((across[1::2] - across[::2]).sum())


def _cut(shape: Polygon, angle: float, offset: float, inserted: Inserted) -> tuple[list[Polygon], list[Polygon]]:
    """Parts below and above the line. Every new vertex on the border is recorded in `inserted` under its segment."""
    normal, along = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    rings, crossings = [], []
    for ring in (shape.exterior, *shape.interiors):
        points: list[Place] = list(ring.coords)
        # a vertex exactly on the line counts as above it: then every crossing lies inside a segment
        side = [x * normal[0] + y * normal[1] - offset for x, y in points]
        noded = [points[0]]
        for a, b, at_a, at_b in zip(points, points[1:], side, side[1:], strict=False):
            if (at_a < 0) != (at_b < 0):
                place = _crossing(a, b, at_a, at_b)
                crossings.append((place[0] * along[0] + place[1] * along[1], place))
                if place not in (a, b):
                    _insert(inserted, a, b, place)
                    noded.append(place)
            noded.append(b)
        rings.append(noded)
    crossings.sort()
    # inside and outside alternate along the line, so the crossings pair up into cuts
    pairs = zip(crossings[::2], crossings[1::2], strict=False)
    chords = [shapely.LineString([a[1], b[1]]) for a, b in pairs if a[1] != b[1]]
    faces = shapely.get_parts(shapely.polygonize(np.concatenate([_segments(rings), np.array(chords, dtype=object)])))
    below: list[Polygon] = []
    above: list[Polygon] = []
    for face in faces:
        point = face.representative_point()
        if shape.contains(point):
            (below if point.x * normal[0] + point.y * normal[1] < offset else above).append(face)
    return below, above


def _segments(rings: Sequence[Sequence[Place]]) -> NDArray[np.object_]:
    return shapely.linestrings(np.array([(a, b) for ring in rings for a, b in pairwise(ring)]))


def _crossing(a: Place, b: Place, at_a: float, at_b: float) -> Place:
    """The same place whichever way round the segment is walked."""
    if b < a:
        a, b, at_a, at_b = b, a, at_b, at_a
    share = at_a / (at_a - at_b)
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def _insert(inserted: Inserted, a: Place, b: Place, place: Place) -> None:
    inserted[a, b] = inserted[b, a] = place


def with_vertices(shape: Polygon, inserted: Inserted) -> Polygon:
    """`shape` with every vertex that was inserted on its segments, one after the other where there are several."""

    def walk(a: Place, b: Place) -> list[Place]:
        place = inserted.get((a, b))
        return [b] if place is None else walk(a, place) + walk(place, b)

    rings = []
    for ring in (shape.exterior, *shape.interiors):
        points: list[Place] = list(ring.coords)
        rings.append([points[0], *(p for a, b in pairwise(points) for p in walk(a, b))])
    return Polygon(rings[0], rings[1:])
