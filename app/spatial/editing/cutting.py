"""Cut polygons of a coverage along a line, and tell where their neighbours need a new vertex.

Coordinates are used as they are stored (degrees): what is computed here is what the database holds, to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from app.spatial.splitting.split_lines import Inserted, Place, rings_of, walked, with_vertices

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
    chords = _chords(shapes, line)
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


def _chords(shapes: Mapping[int, Polygon], line: Floats) -> dict[int, list[_Chord]]:
    """Per shape the stretches of the line from one crossing of its border to the next that lie inside it."""
    closed = bool((line[0] == line[-1]).all())
    found: dict[int, list[_Chord]] = {at: [] for at in shapes}
    tried: list[tuple[int, _Chord]] = []
    for at, crossings in zip(shapes, _crossings(list(shapes.values()), line), strict=True):
        pairs = list(pairwise(crossings))
        if closed and crossings:
            pairs.append((crossings[-1], crossings[0]))
        for start, end in pairs:
            places = _without_repeats([start.place, *_between(line, start, end), end.place])
            if len(places) > 1:
                tried.append((at, _Chord(places, (start, end))))
        if closed and not crossings and len(line) > 3 and shapely.contains_xy(shapes[at], *line[0]):
            found[at].append(_Chord([(x, y) for x, y in line.tolist()], ()))
    for (at, chord), inside in zip(tried, _inside(shapes, tried), strict=True):
        if inside:
            found[at].append(chord)
    return found


def _inside(shapes: Mapping[int, Polygon], tried: Sequence[tuple[int, _Chord]]) -> list[bool]:
    """Whether the middle of each chord lies in its shape."""
    if not tried:
        return []
    middles = shapely.line_interpolate_point(_lines([chord.places for _, chord in tried]), 0.5, normalized=True)
    within: list[bool] = shapely.contains([shapes[at] for at, _ in tried], middles).tolist()
    return within


def _lines(walks: Sequence[Sequence[Place]]) -> NDArray[np.object_]:
    owner = np.repeat(np.arange(len(walks)), [len(walk) for walk in walks])
    return shapely.linestrings(np.array([place for walk in walks for place in walk]), indices=owner)


def _between(line: Floats, start: _Crossing, end: _Crossing) -> list[Place]:
    """The line's own vertices from one crossing to the next; round the end of a closed line where need be."""
    vertices = [(x, y) for x, y in line.tolist()]
    if (start.leg, start.share) < (end.leg, end.share):
        return vertices[start.leg + 1 : end.leg + 1]
    return vertices[start.leg + 1 :] + vertices[1 : end.leg + 1]


def _without_repeats(places: Sequence[Place]) -> list[Place]:
    return [places[0], *(b for a, b in pairwise(places) if a != b)]


def _crossings(shapes: Sequence[Polygon], line: Floats) -> list[list[_Crossing]]:
    """Per shape, in the order along the line. A vertex on the line counts as beside it, for both shapes of a border
    alike."""
    rings, shape_of = shapely.get_rings(shapes, return_index=True)
    places, ring_of = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(ring_of[:-1] == ring_of[1:])
    a, b, owner = places[first], places[first + 1], shape_of[ring_of[first]]
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    a, b = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    c, d = line[:-1, None], line[1:, None]  # legs × segments
    of_a, of_b, of_c, of_d = _turn(c, d, a), _turn(c, d, b), _turn(a, b, c), _turn(a, b, d)
    leg, at = np.nonzero(((of_a < 0) != (of_b < 0)) & ((of_c < 0) != (of_d < 0)))
    share = of_c[leg, at] / (of_c[leg, at] - of_d[leg, at])
    along = of_a[leg, at] / (of_a[leg, at] - of_b[leg, at])
    found: list[list[_Crossing]] = [[] for _ in shapes]
    for row in np.lexsort((share, leg)).tolist():
        (start_x, start_y), (end_x, end_y) = a[at[row]].tolist(), b[at[row]].tolist()
        start, end = (start_x, start_y), (end_x, end_y)
        place = _place(start, end, float(along[row]))
        found[owner[at[row]]].append(_Crossing(int(leg[row]), float(share[row]), place, (start, end)))
    return found


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
    ends = {crossing.place for chord in chords for crossing in chord.ends}
    walks = [walk for ring in rings_of(shape) for walk in _between_ends(walked(ring, own), ends)]
    lines = _lines([*walks, *(chord.places for chord in chords)])
    faces = shapely.get_parts(shapely.polygonize(lines))
    inside = faces[shapely.contains(shape, shapely.point_on_surface(faces))]
    whole = abs(shapely.area(inside).sum() - shape.area) <= TRACE * shape.area
    return inside.tolist() if whole and shapely.is_valid(inside).all() else [shape]


def _between_ends(ring: list[Place], ends: Collection[Place]) -> list[list[Place]]:
    """The closed ring in stretches from one of the ends to the next; whole where it has none of them."""
    at = [position for position, place in enumerate(ring[:-1]) if place in ends]
    if not at:
        return [ring]
    turned = [*ring[at[0] : -1], *ring[: at[0] + 1]]
    cuts = [position - at[0] for position in at] + [len(ring) - 1]
    return [turned[start : end + 1] for start, end in pairwise(cuts)]
