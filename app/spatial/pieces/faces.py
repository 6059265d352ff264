"""Faces of a planar arrangement, and who owns each: half-edges, cycles, nesting, labels carried over the borders.

Half-edge 2·e runs along segment e from its lower to its higher end, 2·e + 1 the other way; each has one face on its
left. Labels are winding numbers: crossing a border adds what its uses say, starting from nothing outside. That is exact
right up to the border, however thin the face, because no point is ever tested against a source polygon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from app.spatial.pieces.cycles import Loops, carry_labels, follow, trace
from app.spatial.pieces.noding import Flags, Floats, Ints, Segments, Uses

OUTSIDE = 0
_OWNERS = 8  # owners of one face that the label table holds at first; it is doubled when a face has more


@dataclass(frozen=True)
class Faces:
    """The bounded faces of an arrangement, numbered from 1 in the order of their lowest corners; 0 is all the rest.

    `side[h]` is the face on the left of half-edge h. `polygons[i]` is face i + 1, without the lines that end freely.
    There is one (face, owner) pair for every owner of a face, sorted.
    """

    segments: Segments
    side: Ints
    polygons: NDArray[np.object_]
    face: Ints
    owner: Ints


def find_faces(segments: Segments, coordinates: Floats) -> Faces:
    """The faces of noded segments; `coordinates` (metres) are those of their points."""
    loops = _loops(segments)
    bridges = loops.cycle_of[0::2] == loops.cycle_of[1::2]
    if bridges.any():  # lines with one face on both sides: free ends, and what ties an island to the shore
        segments = _chosen(segments, ~bridges)
        loops = _loops(segments)
    _check_planar(segments, loops)
    face_of_cycle, polygons = _assemble(loops, coordinates)
    side = face_of_cycle[loops.cycle_of]
    return Faces(segments, side, polygons, *_owners(segments, side, len(polygons)))


def outlines(found: Faces, into: Ints) -> Segments:
    """The segments between faces of different `into` (for faces 0 to n); the values of `into` own them, but 0."""
    region = into[found.side].reshape(-1, 2)
    kept = region[:, 0] != region[:, 1]
    region, ends = region[kept], found.segments.ends[kept]
    number = np.arange(len(ends))
    owner = region.T.ravel()
    uses = Uses(np.concatenate([number, number]), owner, np.repeat([1, -1], len(ends)))
    ground = owner != OUTSIDE
    return Segments(found.segments.points, ends, Uses(uses.segment[ground], owner[ground], uses.sign[ground]))


def _check_planar(segments: Segments, loops: Loops) -> None:
    """Euler's formula: it fails where segments cross between their ends, that is, where noding went wrong."""
    corners = np.bincount(segments.ends.ravel()) > 0
    parts = np.count_nonzero(np.bincount(loops.part_of_vertex[: len(corners)][corners]))
    if np.count_nonzero(corners) - len(segments.ends) + np.count_nonzero(loops.positive) != parts:
        raise AssertionError("noded segments cross between their ends")


def _loops(segments: Segments) -> Loops:
    return trace(segments.points, segments.ends, follow(segments.points, segments.ends))


def _chosen(segments: Segments, kept: Flags) -> Segments:
    number, uses = np.cumsum(kept) - 1, segments.uses
    live = kept[uses.segment]
    return Segments(
        segments.points,
        segments.ends[kept],
        Uses(number[uses.segment[live]], uses.owner[live], uses.sign[live]),
    )


def _assemble(loops: Loops, coordinates: Floats) -> tuple[Ints, NDArray[np.object_]]:
    """The face on the left of every cycle, and the polygons of faces 1, 2, …"""
    if not len(loops.cycle):
        return np.zeros(0, np.int64), np.zeros(0, object)
    shells = np.flatnonzero(loops.positive)
    corners = loops.vertices[loops.first[shells]], loops.vertices[loops.first[shells] + 1]
    shells = shells[np.lexsort((corners[1], corners[0]))]  # a directed segment bounds one face: no ties
    face_of_cycle = np.full(loops.cycle.max() + 1, -1, np.int64)
    face_of_cycle[loops.cycle[shells]] = np.arange(1, len(shells) + 1)
    shores = np.flatnonzero(face_of_cycle < 0)  # one cycle around each connected part, seen from outside it
    face_of_cycle[shores] = OUTSIDE if len(shores) == 1 else _surroundings(loops, coordinates, shells, shores)
    face = face_of_cycle[loops.cycle]
    holes = np.flatnonzero(~loops.positive & (face != OUTSIDE))
    rings = np.concatenate([shells, holes])
    face = np.concatenate([np.arange(1, len(shells) + 1), face[holes]])
    is_hole = np.arange(len(rings)) >= len(shells)
    order = np.lexsort((loops.vertices[loops.first[rings]], is_hole, face))
    offsets = np.cumsum(np.bincount(face, minlength=len(shells) + 1))
    return face_of_cycle, _polygons(loops, coordinates, rings[order], offsets)


def _polygons(loops: Loops, coordinates: Floats, rings: Ints, offsets: Ints) -> NDArray[np.object_]:
    """One polygon per step of `offsets`: its first ring is the shell, the others are holes."""
    size = loops.first[rings + 1] - loops.first[rings] + 1
    end = np.cumsum(size)
    step = np.arange(end[-1]) - np.repeat(end - size, size)
    step[end - 1] = 0  # rings are closed
    vertices = loops.vertices[np.repeat(loops.first[rings], size) + step]
    ring_offsets = np.concatenate([[0], end])
    made = shapely.from_ragged_array(shapely.GeometryType.POLYGON, coordinates[vertices], (ring_offsets, offsets))
    return np.asarray(made)


def _surroundings(loops: Loops, coordinates: Floats, shells: Ints, shores: Ints) -> Ints:
    """The face that surrounds each connected part: the smallest shell of another part around its lowest corner."""
    outlines = _polygons(loops, coordinates, shells, np.arange(len(shells) + 1))
    lowest = np.full(loops.cycle.max() + 1, len(coordinates), np.int64)
    np.minimum.at(lowest, loops.cycle, loops.vertices[loops.first[:-1]])
    part, corner = loops.part_of_vertex, lowest[shores]
    shore, shell = shapely.STRtree(outlines).query(shapely.points(coordinates[corner]), predicate="intersects")
    other = part[corner[shore]] != part[loops.vertices[loops.first[shells[shell]]]]
    shore, shell = shore[other], shell[other]
    order = np.lexsort((shapely.area(outlines)[shell], shore))
    inside, nearest = np.unique(shore[order], return_index=True)
    around = np.full(len(shores), OUTSIDE, np.int64)
    around[inside] = shell[order][nearest] + 1
    return around


def _owners(segments: Segments, side: Ints, count: int) -> tuple[Ints, Ints]:
    """(face, owner) pairs, sorted."""
    uses = segments.uses
    order = np.argsort(uses.segment, kind="stable")
    first = np.searchsorted(uses.segment[order], np.arange(len(segments.ends) + 1))
    room = _OWNERS
    while True:
        owners, winding = carry_labels(side, count + 1, first, uses.owner[order], uses.sign[order], room)
        if len(owners):
            break
        room *= 2
    face, slot = np.nonzero(winding > 0)
    owner = owners[face, slot]
    order = np.lexsort((owner, face))
    return face[order].astype(np.int64), owner[order]
