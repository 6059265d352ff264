"""Cut polygons of a coverage along a line, and tell where their neighbours need a new vertex.

Coordinates are used as they are stored (degrees): what is computed here is what the database holds, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from app.spatial.splitting.split_lines import Inserted, Place, with_vertices

Floats = NDArray[np.float64]

SNAP = 1e-7
"""A cut that meets a border nearer to a vertex than this (degrees, about a centimetre) goes through the vertex."""
TRACE = 1e-9  # parts that differ from the whole by more than this share of its area are not its parts


@dataclass(frozen=True)
class Cut:
    """`parts`: polygons that were cut → their parts, two or more. `inserted`: vertices that went onto borders."""

    parts: dict[int, list[Polygon]]
    inserted: Inserted


@dataclass(frozen=True)
class _Crossing:
    """Where the line crosses a border segment: in its `leg`-th segment after `share` of it."""

    leg: int
    share: float
    place: Place
    segment: tuple[Place, Place]


def cut_along(shapes: Mapping[int, Polygon], line: Floats, least: Mapping[int, float]) -> Cut:
    """Every shape that the line (n × 2; closed when its ends are equal) divides, in its parts.

    A stretch of the line that ends inside a shape does not cut it. A shape stays whole where a part would be smaller
    than `least` of it (a share of its area), or where rounding would spoil it. A border that two shapes share is cut
    in the same place for both.
    """
    chords = {at: _chords(shape, line) for at, shape in shapes.items()}
    parts = {}
    for at, shape in shapes.items():
        found = _parts(shape, chords[at])
        if len(found) > 1 and min(part.area for part in found) >= least.get(at, 0.0) * shape.area:
            parts[at] = found
    inserted: Inserted = {}
    for at in parts:
        for chord in chords[at]:
            for crossing in chord.ends:
                _insert(inserted, *crossing.segment, crossing.place)
    return Cut({at: [with_vertices(part, inserted) for part in found] for at, found in parts.items()}, inserted)


@dataclass(frozen=True)
class _Chord:
    """A stretch of the line inside a shape, from border to border; a closed one has no ends."""

    places: list[Place]
    ends: tuple[_Crossing, ...]


def _chords(shape: Polygon, line: Floats) -> list[_Chord]:
    crossings = _crossings(shape, line)
    closed = bool((line[0] == line[-1]).all())
    if not crossings:
        inside = closed and len(line) > 3 and shapely.contains_xy(shape, *line[0])
        return [_Chord([(x, y) for x, y in line.tolist()], ())] if inside else []
    pairs = list(pairwise(crossings))
    if closed:
        pairs.append((crossings[-1], crossings[0]))
    found = []
    for start, end in pairs:
        between = _between(line, start, end)
        places = _without_repeats([start.place, *between, end.place])
        if len(places) > 1 and _inside(shape, places):
            found.append(_Chord(places, (start, end)))
    return found


def _between(line: Floats, start: _Crossing, end: _Crossing) -> list[Place]:
    """The line's own vertices from one crossing to the next; round the end of a closed line where need be."""
    vertices = [(x, y) for x, y in line.tolist()]
    if (start.leg, start.share) < (end.leg, end.share):
        return vertices[start.leg + 1 : end.leg + 1]
    return vertices[start.leg + 1 :] + vertices[1 : end.leg + 1]


def _without_repeats(places: Sequence[Place]) -> list[Place]:
    return [places[0], *(b for a, b in pairwise(places) if a != b)]


def _inside(shape: Polygon, places: list[Place]) -> bool:
    middle = shapely.line_interpolate_point(shapely.LineString(places), 0.5, normalized=True)
    return bool(shapely.contains(shape, middle))


def _crossings(shape: Polygon, line: Floats) -> list[_Crossing]:
    """In the order along the line. A vertex on the line counts as beside it, for both shapes of a border alike."""
    rings = [shapely.get_coordinates(ring) for ring in (shape.exterior, *shape.interiors)]
    a, b = (np.concatenate([ring[side] for ring in rings]) for side in (slice(None, -1), slice(1, None)))
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    a, b = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    c, d = line[:-1, None], line[1:, None]  # legs × segments
    of_a, of_b, of_c, of_d = _turn(c, d, a), _turn(c, d, b), _turn(a, b, c), _turn(a, b, d)
    found = []
    for leg, at in np.argwhere(((of_a < 0) != (of_b < 0)) & ((of_c < 0) != (of_d < 0))).tolist():
        share = of_c[leg, at] / (of_c[leg, at] - of_d[leg, at])
        start, end = (float(a[at, 0]), float(a[at, 1])), (float(b[at, 0]), float(b[at, 1]))
        place = _place(start, end, float(of_a[leg, at] / (of_a[leg, at] - of_b[leg, at])))
        found.append(_Crossing(leg, float(share), place, (start, end)))
    return sorted(found, key=lambda crossing: (crossing.leg, crossing.share))


def _turn(origin: Floats, towards: Floats, point: Floats) -> Floats:
    """Positive where `point` lies to the left of the way from `origin` to `towards`."""
    way, out = towards - origin, point - origin
    return np.asarray(way[..., 0] * out[..., 1] - way[..., 1] * out[..., 0])


def _place(a: Place, b: Place, share: float) -> Place:
    place = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
    for end in (a, b):
        if abs(place[0] - end[0]) <= SNAP and abs(place[1] - end[1]) <= SNAP:
            return end
    return place


def _insert(inserted: Inserted, a: Place, b: Place, place: Place) -> None:
    """Put `place` on the segment, in the right half where it was cut before."""
    if place in (a, b):
        return
    known = inserted.get((a, b))
    if known is None:
        inserted[a, b] = inserted[b, a] = place
    elif known != place:
        nearer = _apart(a, place) < _apart(a, known)
        _insert(inserted, *((a, known) if nearer else (known, b)), place)


def _apart(a: Place, b: Place) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _parts(shape: Polygon, chords: Sequence[_Chord]) -> list[Polygon]:
    """Faces between the border and the chords; the shape alone where they would not make it up exactly."""
    if not chords:
        return [shape]
    own: Inserted = {}
    for chord in chords:
        for crossing in chord.ends:
            _insert(own, *crossing.segment, crossing.place)
    noded = with_vertices(shape, own)
    walks = [shapely.get_coordinates(ring) for ring in (noded.exterior, *noded.interiors)]
    walks += [np.array(chord.places) for chord in chords]
    steps = np.concatenate([np.stack([walk[:-1], walk[1:]], axis=1) for walk in walks])
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(steps)))
    inside = [face for face in faces if shape.contains(face.representative_point())]
    whole = abs(sum(face.area for face in inside) - shape.area) <= TRACE * shape.area
    return inside if whole and all(shapely.is_valid(inside)) else [shape]
