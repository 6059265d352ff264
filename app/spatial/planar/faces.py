"""Faces of a planar arrangement, and who owns each: half-arcs, cycles, nesting, labels carried over the borders.

Labels are winding numbers: crossing a border adds what its uses say, starting from nothing outside. That is exact
right up to the border, however thin the face, because no point is ever tested against a source polygon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from app.spatial.planar.arcs import Arcs
from app.spatial.planar.cycles import Loops, carry_labels, trace
from app.spatial.planar.orientation import HALF
from app.spatial.planar.precision import Precision
from app.spatial.planar.rings import loop_areas, loop_boxes, loop_corners, ring_polygons
from app.spatial.planar.types import Flags, Floats, Ints, Shapes
from app.spatial.planar.uses import spans

OUTSIDE = 0
_OWNERS = 8  # owners of one face that the label table holds at first; it is doubled when a face has more


@dataclass(frozen=True)
class Faces:
    """The bounded faces of an arrangement, numbered from 1 in the order of their lowest corners; 0 is all the rest.

    `side[h]` is the face on the left of half-arc h, −1 where its arc is left out (a line that ends freely).
    `area_m2`, `border_m`: of each face, 0 for the outside. The rings of face f are the loops
    rings[first[f − 1]:first[f]], its shell before its holes.
    """

    arcs: Arcs
    side: Ints
    area_m2: Floats
    border_m: Floats
    loops: Loops
    rings: Ints
    first: Ints

    def __len__(self) -> int:
        return len(self.area_m2) - 1

    def polygons(self, precision: Precision) -> Shapes:
        """Faces 1, 2, … as polygons in metres. Shells run counter-clockwise from their lowest corner, holes against."""
        return ring_polygons(self.arcs, self.loops, self.rings, self.first, precision)

    def half_arc(self) -> Ints:
        """A half-arc of the shell of each face from 1 on."""
        return self.loops.half[self.loops.first[self.rings[self.first[:-1]]]]


def find_faces(arcs: Arcs, precision: Precision, kept: Flags | None = None) -> Faces:
    """The faces between the arcs, or between those that are kept."""
    kept = np.ones(len(arcs), np.bool_) if kept is None else kept
    loops = trace(arcs, kept)
    bridges = kept & (loops.cycle_of[0::2] == loops.cycle_of[1::2])
    if bridges.any():  # lines with one face on both sides: free ends, and what ties an island to the shore
        kept = kept & ~bridges
        loops = trace(arcs, kept)
    high, low = loop_areas(arcs, loops)
    twice = high.astype(np.float64) * float(1 << HALF) + low
    shells = np.flatnonzero(twice > 0)
    _check_planar(int(kept.sum()), loops, len(shells))
    lowest, after = loop_corners(arcs, loops)
    x, y, next_x, next_y = arcs.x[lowest], arcs.y[lowest], arcs.x[after], arcs.y[after]
    shells = shells[np.lexsort((next_y[shells], next_x[shells], y[shells], x[shells]))]  # no ties: one face a side
    face_of_cycle = _faces_of_cycles(arcs, loops, shells, precision)
    face = face_of_cycle[loops.cycle]
    rings, first = ring_order(shells, np.flatnonzero((twice <= 0) & (face != OUTSIDE)), face, x, y)
    side = np.where(np.repeat(kept, 2), face_of_cycle[loops.cycle_of], -1) if len(shells) else loops.cycle_of
    border = np.bincount(side + 1, weights=np.repeat(arcs.length_m, 2), minlength=len(shells) + 2)[1:].astype(
        np.float64
    )
    # Twice the exact areas of a shell and its holes: the parts are whole numbers far below 2^53, so no sum rounds.
    area_m2 = np.bincount(face[rings], weights=twice[rings], minlength=len(shells) + 1) / 2.0 / precision.per_metre**2
    border[OUTSIDE] = 0.0
    return Faces(arcs, side, area_m2, border, loops, rings, first)


def ring_order(shells: Ints, holes: Ints, face: Ints, x: Ints, y: Ints) -> tuple[Ints, Ints]:
    """Loops by face, the shell before its holes, those from west to east; and where the loops of face f − 1 end.

    `face`, `x`, `y` (of the lowest corner) are per loop.
    """
    rings = np.concatenate([shells, holes[np.lexsort((y[holes], x[holes]))]])
    rings = rings[np.argsort(face[rings], kind="stable")]
    return rings, np.cumsum(np.bincount(face[rings], minlength=len(shells) + 1))


def owners_of(found: Faces) -> tuple[Ints, Ints]:
    """(face, owner) pairs, sorted: one for every owner of a face."""
    nobody = np.zeros((1, 0), np.int64)
    return pairs_of(*windings(found.arcs, found.side, len(found) + 1, np.zeros(0, np.int64), nobody[:0], nobody[:0]))


def windings(arcs: Arcs, side: Ints, count: int, seeds: Ints, owners: Ints, winding: Ints) -> tuple[Ints, Ints]:
    """Owners and winding numbers of regions 0 (nobody) to count − 1, as rows; unused places have winding 0.

    `side[h]`: region on the left of half-arc h, or −1. Rows of `owners` and `winding` are those of the regions `seeds`.
    """
    uses, room = arcs.uses, max(_OWNERS, owners.shape[1])
    while True:
        made, wound = np.full((count, room), -1, np.int64), np.zeros((count, room), np.int64)
        made[seeds, : owners.shape[1]], wound[seeds, : owners.shape[1]] = owners, winding
        if carry_labels(side, arcs.group, uses.first, uses.owner, uses.sign, seeds, made, wound):
            return made, wound
        room *= 2


def pairs_of(owners: Ints, winding: Ints) -> tuple[Ints, Ints]:
    """(region, owner) pairs, sorted, of those that go around the region."""
    face, slot = np.nonzero(winding > 0)
    owner = owners[face, slot]
    order = np.lexsort((owner, face))
    return face[order].astype(np.int64), owner[order]


def _check_planar(arcs: int, loops: Loops, shells: int) -> None:
    """Euler's formula: it fails where segments cross between their ends, that is, where noding went wrong."""
    if len(loops.part) - arcs + shells != loops.parts:
        raise AssertionError("noded segments cross between their ends")


def _faces_of_cycles(arcs: Arcs, loops: Loops, shells: Ints, precision: Precision) -> Ints:
    """The face on the left of every cycle."""
    face = np.full(int(loops.cycle.max(initial=-1)) + 1, -1, np.int64)
    face[loops.cycle[shells]] = np.arange(1, len(shells) + 1)
    shores = np.flatnonzero(face < 0)  # one cycle around each connected part, seen from outside it
    face[shores] = OUTSIDE if len(shores) == 1 else _surroundings(arcs, loops, shells, shores, precision)
    return face


def _surroundings(arcs: Arcs, loops: Loops, shells: Ints, shores: Ints, precision: Precision) -> Ints:
    """The face that surrounds each connected part: the smallest shell of another part around one of its nodes."""
    around = np.full(len(shores), OUTSIDE, np.int64)
    some = np.full(int(loops.cycle.max(initial=-1)) + 1, -1, np.int64)
    some[loops.cycle_of[loops.half]] = loops.half
    node, point = loops.node[some[shores]], arcs.ends[some[shores]]
    shell, shore = _in_boxes(arcs.x[point], arcs.y[point], loop_boxes(arcs, loops, shells))
    other = loops.part[node[shore]] != loops.part[loops.node[loops.half[loops.first[shells[shell]]]]]
    shell, shore = shell[other], shore[other]
    wanted, at = np.unique(shell, return_inverse=True)
    outlines = ring_polygons(arcs, loops, shells[wanted], np.arange(len(wanted) + 1), precision)
    shapely.prepare(outlines)
    east = precision.east + arcs.x[point] / precision.per_metre
    north = precision.north + arcs.y[point] / precision.per_metre
    inside = shapely.intersects_xy(outlines[at], east[shore], north[shore])
    shell, shore, area = shell[inside], shore[inside], shapely.area(outlines)[at[inside]]
    order = np.lexsort((area, shore))
    found, nearest = np.unique(shore[order], return_index=True)
    around[found] = shell[order][nearest] + 1
    return around


def _in_boxes(x: Ints, y: Ints, boxes: Ints) -> tuple[Ints, Ints]:
    """(box, point) for every point in a box (west, south, east, north) or on its border."""
    order = np.argsort(x, kind="stable")
    box, at = spans(
        np.searchsorted(x[order], boxes[:, 0], side="left"), np.searchsorted(x[order], boxes[:, 2], side="right")
    )
    point = order[at]
    inside = (y[point] >= boxes[box, 1]) & (y[point] <= boxes[box, 3])
    return box[inside], point[inside]
