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
Shapes = NDArray[np.object_]
Place = tuple[float, float]
Inserted = dict[tuple[Place, Place], Place]
"""Segment (both ways round) → the vertex that was put on it."""
Points = tuple[Floats, Floats]
"""Coordinates (n × 2) and weights."""

DIRECTIONS = 8  # angles tried for a cut beside the two axes of the piece, evenly over the half circle
OBLIQUE = 1.3  # how much dearer a metre is that is not at right angles to the piece, as parcels are
CUT_HOUSE = 20.0  # and one through a building
SHIFTS = (0.0, -0.15, 0.15)  # where buildings stand, how far from its share a cut may be moved past them
STEPS, LEVELS = 16, 4  # the interval in which a cut is sought is narrowed to a sixteenth, so many times


def cut_in_parts(
    shape: Polygon, count: int, points: Points | None, inserted: Inserted, buildings: Shapes | None = None
) -> list[Polygon]:
    """`shape` in `count` parts of about equal content, by halving; more where a line leaves a side in several parts.

    A cut is at right angles to the piece's main axis or along it, unless another is much shorter, and passes by
    `buildings` where it can; without them the contents are equal.
    """
    if count <= 1:
        return [shape]
    shape = with_vertices(shape, inserted)
    first = count // 2
    line = _best_line(shape, first / count, points, buildings)
    left, right = _cut(shape, *line, inserted)
    if not left or not right:
        return [shape]
    return [
        part
        for side, wanted in ((left, first), (right, count - first))
        for part in cut_each(side, wanted, points, inserted, buildings)
    ]


def cut_each(
    side: Sequence[Polygon], count: int, points: Points | None, inserted: Inserted, buildings: Shapes | None = None
) -> Iterator[Polygon]:
    """Polygons in `count` parts in all: each gets the parts that its content asks for, at least one."""
    contents = np.array([content_of(part, points) for part in side])
    total = contents.sum()
    for part, content in zip(side, contents, strict=True):
        share = max(1, round(count * content / total)) if total > 0 else 1
        yield from cut_in_parts(part, share, points, inserted, buildings)


def content_of(shape: Polygon, points: Points | None) -> float:
    if points is None:
        return float(shape.area)
    return float(points[1][shapely.contains_xy(shape, points[0][:, 0], points[0][:, 1])].sum())


def _best_line(shape: Polygon, share: float, points: Points | None, buildings: Shapes | None) -> tuple[float, float]:
    """(angle of the normal, offset) of the cut with `share` on its lower side: in one stretch if any, then cheapest."""
    segments, axis = _oriented(shape), _main_axis(shape)
    straight = [(axis, 1.0), ((axis + math.pi / 2.0) % math.pi, 1.0)]
    angles = straight + [(math.pi * (step + 0.5) / DIRECTIONS, OBLIQUE) for step in range(DIRECTIONS)]
    near = None if buildings is None else buildings[shapely.intersects(buildings, shape)]
    candidates = []
    for step, (angle, price) in enumerate(angles):
        turned = _turned(segments, angle)
        for shift in SHIFTS if near is not None and len(near) else SHIFTS[:1]:
            wanted = share * (1.0 + shift)
            offset = _offset(turned, wanted) if points is None else _point_offset(turned, angle, wanted, points)
            chords = _chords(turned, offset)
            cost = price * sum(end - start for start, end in chords) + CUT_HOUSE * _through(chords, angle, offset, near)
            candidates.append((len(chords), cost, abs(shift), step, angle, offset))
    return min(candidates)[4:]


def _main_axis(shape: Polygon) -> float:
    """Direction of the longer side of the smallest rectangle around the shape, 0 ≤ angle < π."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    sides = np.diff(corners, axis=0)[:2]
    x, y = sides[int(np.argmax(np.hypot(*sides.T)))]
    return math.atan2(y, x) % math.pi


def _through(chords: Sequence[Place], angle: float, offset: float, buildings: Shapes | None) -> float:
    """Metres of the cut that run through buildings."""
    if buildings is None or not len(buildings):
        return 0.0
    normal, along = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    ends = [[(u * along[0] + offset * normal[0], u * along[1] + offset * normal[1]) for u in chord] for chord in chords]
    lines = shapely.linestrings(np.array(ends))
    return float(shapely.length(shapely.intersection(lines[:, None], buildings[None, :])).sum())


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


def _chords(turned: Floats, offset: float) -> list[Place]:
    """The stretches in which the line runs inside the shape: from where to where along it."""
    v1, v2 = turned[:, 1] - offset, turned[:, 3] - offset
    hit = (v1 < 0) != (v2 < 0)
    across = np.sort(turned[hit, 0] + (turned[hit, 2] - turned[hit, 0]) * (v1[hit] / (v1[hit] - v2[hit])))
    return list(zip(across[::2].tolist(), across[1::2].tolist(), strict=False))


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
                    insert(inserted, a, b, place)
                    noded.append(place)
            noded.append(b)
        rings.append(noded)
    crossings.sort()
    # inside and outside alternate along the line, so the crossings pair up into cuts
    pairs = zip(crossings[::2], crossings[1::2], strict=False)
    chords = [shapely.LineString([a[1], b[1]]) for a, b in pairs if a[1] != b[1]]
    faces = shapely.get_parts(
        shapely.polygonize(np.concatenate([border_segments(rings), np.array(chords, dtype=object)]))
    )
    below: list[Polygon] = []
    above: list[Polygon] = []
    for face in faces:
        point = face.representative_point()
        if shape.contains(point):
            (below if point.x * normal[0] + point.y * normal[1] < offset else above).append(face)
    return below, above


def border_segments(rings: Sequence[Sequence[Place]]) -> NDArray[np.object_]:
    return shapely.linestrings(np.array([(a, b) for ring in rings for a, b in pairwise(ring)]))


def _crossing(a: Place, b: Place, at_a: float, at_b: float) -> Place:
    """The same place whichever way round the segment is walked."""
    if b < a:
        a, b, at_a, at_b = b, a, at_b, at_a
    share = at_a / (at_a - at_b)
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def insert(inserted: Inserted, a: Place, b: Place, place: Place) -> None:
    inserted[a, b] = inserted[b, a] = place


def rings_of(shape: Polygon) -> list[list[Place]]:
    """Places of the outer ring, then of every hole, each closed."""
    return [
        [(x, y) for x, y in shapely.get_coordinates(ring).tolist()] for ring in shapely.get_rings(shape).tolist()
    ]  # fmt: skip


def walked(ring: list[Place], inserted: Inserted) -> list[Place]:
    """The ring with every vertex that was inserted on its segments; itself where there is none."""

    def walk(a: Place, b: Place) -> list[Place]:
        place = inserted.get((a, b))
        return [b] if place is None else walk(a, place) + walk(place, b)

    if not any(pair in inserted for pair in pairwise(ring)):
        return ring
    return [ring[0], *(place for a, b in pairwise(ring) for place in walk(a, b))]


def with_vertices(shape: Polygon, inserted: Inserted) -> Polygon:
    """`shape` with every vertex that was inserted on its segments, one after the other where there are several."""
    if not inserted:
        return shape
    rings = rings_of(shape)
    found = [walked(ring, inserted) for ring in rings]
    if all(new is old for new, old in zip(found, rings, strict=True)):
        return shape
    return Polygon(found[0], found[1:])
