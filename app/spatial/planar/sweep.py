"""Faces strip by strip, from west to east, with no more in memory than what is not finished yet.

After each strip all segments are known whose lower end lies west of the *frontier*, so around every point west of it
the arrangement is complete. The arcs that cross the frontier are tied to one node infinitely far to the east, in the
order in which they cross: every walk along a border closes, no border is cut, and no point is made. A face is finished
when none of its borders comes to that node; all others are *open*, and may turn out to be parts of one face. Who owns
a face is known of both, because labels are carried over arcs.

What was met and is not done with (`Carried`) goes on to the next strip: arcs that have something unfinished on a side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.spatial.planar.arcs import Arcs, put_together
from app.spatial.planar.cycles import Loops, connected, trace
from app.spatial.planar.faces import OUTSIDE, ring_order, windings
from app.spatial.planar.frontier import half_arcs_below, tips_of
from app.spatial.planar.orientation import HALF
from app.spatial.planar.precision import Precision
from app.spatial.planar.rings import loop_areas, loop_corners, ring_polygons
from app.spatial.planar.types import Flags, Floats, Ints, Shapes

DONE = 1
"""Region of half-arcs in `Carried` whose ground was dealt with; 0 is the outside."""
_FIRST = 2


@dataclass(frozen=True)
class Carried:
    """Arcs, the region on the left of each half-arc (`OUTSIDE`, `DONE` or from 2 on), and rows of those regions.

    `owners`, `winding` as in `faces.windings`; `told`: the region was finished before; `corner`: x and y of its lowest
    corner and of the next one then.
    """

    arcs: Arcs
    region: Ints
    owners: Ints
    winding: Ints
    told: Flags
    corner: Ints


@dataclass(frozen=True)
class Swept:
    """Faces 1 to `finished`, in the order of their lowest corners, and open ones; the last number is what was done.

    `side[h]`: the face on the left of half-arc h, −1 where its arc is left out. Areas of open faces are 0.
    """

    arcs: Arcs
    kept: Flags
    tips: Ints
    side: Ints
    finished: int
    area_m2: Floats
    border_m: Floats
    owners: Ints
    winding: Ints
    told: Flags
    corner: Ints

    def __len__(self) -> int:
        return len(self.area_m2)

    @property
    def done(self) -> int:
        return len(self.area_m2) - 1


def advance(carried: Carried | None, part: Arcs, frontier: int | None, precision: Precision) -> Swept:
    """The faces of what was carried and the arcs whose lower ends lie between the last frontier and this one.

    `part` comes from `strips`, its arcs ending at every point from the frontier on; None: there is nothing beyond.
    """
    arcs = part if carried is None else put_together([carried.arcs, part])
    known = np.full(2 * len(arcs), -1, np.int64)
    if carried is not None:
        known[: len(carried.region)] = carried.region
    kept = np.ones(len(arcs), np.bool_)
    tips = np.zeros(0, np.int64) if frontier is None else tips_of(arcs, frontier)
    loops = trace(arcs, kept, tips)
    bridges = loops.cycle_of[0::2] == loops.cycle_of[1::2]
    if bridges.any():  # lines with one face on both sides; what is to come cannot change that
        kept = ~bridges
        tips = tips[kept[tips >> 1]]
        loops = trace(arcs, kept, tips)
    return _Step(arcs, kept, tips, loops, known, carried).faces(precision)


def outlines(swept: Swept, into: Ints, chosen: Flags, precision: Precision) -> tuple[Ints, Floats, Shapes]:
    """The finished groups of faces that are chosen, west to east: number, area in m², polygon in metres.

    `into[f]` is the group of face f, the number of one of its faces; `chosen` is per group.
    """
    group = _groups(swept, into)
    kept = swept.kept & (group[0::2] != group[1::2])
    loops = trace(swept.arcs, kept, swept.tips)
    of_loop = group[loops.half[loops.first[:-1]]]
    twice, lowest, after = _measured(swept.arcs, loops)
    arcs = swept.arcs
    some = np.flatnonzero(chosen[of_loop])
    shells, holes = some[twice[some] > 0], some[twice[some] <= 0]
    x, y = arcs.x[lowest], arcs.y[lowest]
    shells = shells[np.lexsort((arcs.y[after[shells]], arcs.x[after[shells]], y[shells], x[shells]))]
    face = np.full(len(swept), OUTSIDE, np.int64)
    face[of_loop[shells]] = np.arange(1, len(shells) + 1)
    rings, first = ring_order(shells, holes, face[of_loop], x, y)
    polygons = ring_polygons(arcs, loops, rings, first, precision)
    area = np.bincount(face[of_loop[rings]], weights=twice[rings], minlength=len(shells) + 1)[1:]
    return of_loop[shells], area / 2.0 / precision.per_metre**2, polygons


def carry(swept: Swept, into: Ints, done: Flags) -> Carried:
    """What goes on to the next strip: all but the groups that are done, arcs within a group left out."""
    group = _groups(swept, into)
    code = np.full(len(swept), DONE, np.int64)
    going = np.zeros(len(swept), np.bool_)
    going[group] = True
    going &= ~done
    going[[OUTSIDE, swept.done]] = False
    rows = np.flatnonzero(going)
    code[rows], code[OUTSIDE] = np.arange(_FIRST, _FIRST + len(rows)), OUTSIDE
    left, right = code[group[0::2]], code[group[1::2]]
    kept = swept.kept & (left != right) & ((left >= _FIRST) | (right >= _FIRST))
    return Carried(
        swept.arcs.chosen(kept),
        code[group][np.repeat(kept, 2)],
        swept.owners[rows],
        swept.winding[rows],
        swept.told[rows] | (rows <= swept.finished),
        swept.corner[rows],
    )


def _groups(swept: Swept, into: Ints) -> Ints:
    return np.where(swept.side >= 0, into[swept.side], OUTSIDE)


def _measured(arcs: Arcs, loops: Loops) -> tuple[Floats, Ints, Ints]:
    """Twice the area of each loop in square steps, its lowest point and the next one."""
    high, low = loop_areas(arcs, loops)
    lowest, after = loop_corners(arcs, loops)
    return high.astype(np.float64) * float(1 << HALF) + low, lowest, after


@dataclass(frozen=True)
class _Regions:
    """Regions of one step: 0 the outside, then in no order. `part` is the region of those carried (0 and 1 first) and
    of every cycle; `of_half` and `of_loop` that of half-arcs and loops. `shells`: the outer loops of the finished ones,
    in the order of their lowest corners; `corner`, `told` as in `Carried`."""

    part: Ints
    count: int
    of_half: Ints
    of_loop: Ints
    is_open: Flags
    shells: Ints
    corner: Ints
    told: Flags

    def numbered(self) -> tuple[Ints, int]:
        """The face of each region: 1 to n the finished ones, then the open ones; and how many numbers there are."""
        opened = np.flatnonzero(self.is_open)
        face = np.full(self.count, OUTSIDE, np.int64)
        face[self.of_loop[self.shells]] = np.arange(1, len(self.shells) + 1)
        face[opened] = np.arange(len(self.shells) + 1, len(self.shells) + 1 + len(opened))
        return face, len(self.shells) + len(opened) + 2


@dataclass(frozen=True)
class _Step:
    arcs: Arcs
    kept: Flags
    tips: Ints
    loops: Loops
    known: Ints
    carried: Carried | None

    def faces(self, precision: Precision) -> Swept:
        arcs = self.arcs
        twice, lowest, after = _measured(arcs, self.loops)
        regions = self._regions(twice, lowest, after)
        face, total = regions.numbered()
        side = np.where(self.known == DONE, total - 1, face[regions.of_half])
        side[np.repeat(~self.kept, 2)] = -1
        area = self._areas(regions, face, twice, lowest, total) / 2.0 / precision.per_metre**2
        border = np.bincount(side + 1, weights=np.repeat(arcs.length_m, 2), minlength=total + 1)[1:].astype(np.float64)
        border[OUTSIDE] = 0.0
        owners, winding = self._labels(regions.part, face, side, total)
        back = np.full(total, OUTSIDE, np.int64)
        back[face[face > 0]] = np.flatnonzero(face > 0)
        told, corner = regions.told[back], regions.corner[back]
        finished = len(regions.shells)
        return Swept(arcs, self.kept, self.tips, side, finished, area, border, owners, winding, told, corner)

    def _regions(self, twice: Floats, lowest: Ints, after: Ints) -> _Regions:
        arcs, loops = self.arcs, self.loops
        old = _FIRST if self.carried is None else _FIRST + len(self.carried.told)
        open_cycle = np.zeros(int(loops.cycle.max(initial=-1)) + 1, np.bool_)
        open_cycle[loops.cycle_of[self.tips]] = True
        shell = (twice > 0) & ~open_cycle[loops.cycle]
        part, count = self._joined(old, open_cycle, shell, arcs.x[lowest], arcs.y[lowest])
        of_cycle = np.append(part[old:], OUTSIDE)  # the last one for arcs that are left out
        of_loop, is_open = of_cycle[loops.cycle], np.zeros(count, np.bool_)
        is_open[of_cycle[:-1][open_cycle]] = True
        shells = np.flatnonzero(shell & ~is_open[of_loop] & (of_loop != OUTSIDE))
        if len(np.unique(of_loop[shells])) != len(shells):
            raise AssertionError("a face has two outer borders: noded segments cross between their ends")
        is_open[OUTSIDE] = False
        corner, told = np.zeros((count, 4), np.int64), np.zeros(count, np.bool_)
        at, to = lowest[shells], after[shells]
        corner[of_loop[shells]] = np.stack([arcs.x[at], arcs.y[at], arcs.x[to], arcs.y[to]], axis=1)
        if self.carried is not None:
            before = np.flatnonzero(self.carried.told)
            told[part[_FIRST + before]] = True
            corner[part[_FIRST + before]] = self.carried.corner[before]
        keys = corner[of_loop[shells]]
        shells = shells[np.lexsort((keys[:, 3], keys[:, 2], keys[:, 1], keys[:, 0]))]
        return _Regions(part, count, of_cycle[loops.cycle_of], of_loop, is_open, shells, corner, told)

    def _areas(self, regions: _Regions, face: Ints, twice: Floats, lowest: Ints, total: int) -> Floats:
        """Twice the area of the finished faces in square steps, holes taken off, in the order of `faces.find_faces`."""
        number = face[regions.of_loop]
        number[number > len(regions.shells)] = OUTSIDE
        inner = number != OUTSIDE
        inner[regions.shells] = False
        x, y = self.arcs.x[lowest], self.arcs.y[lowest]
        rings = ring_order(regions.shells, np.flatnonzero(inner), number, x, y)[0]
        return np.bincount(number[rings], weights=twice[rings], minlength=total).astype(np.float64)

    def _joined(self, old: int, open_cycle: Flags, shell: Flags, x: Ints, y: Ints) -> tuple[Ints, int]:
        """`_Regions.part`, and how many regions there are; of those carried there are `old`, 0 and 1 included."""
        loops = self.loops
        met = np.flatnonzero((loops.cycle_of >= 0) & (self.known >= 0))
        one, other = [np.array([OUTSIDE]), self.known[met]], [np.array([DONE]), old + loops.cycle_of[met]]
        if len(self.tips):  # south of the last one
            one.append(np.array([OUTSIDE]))
            other.append(old + loops.cycle_of[self.tips[-1:]])
        lone = ~open_cycle
        lone[loops.cycle_of[met]] = False
        lone[loops.cycle[shell]] = False
        around = np.flatnonzero(lone[loops.cycle])  # around a part that came whole with this strip
        around = around[np.lexsort((y[around], x[around], loops.cycle[around]))]
        cycle, first = np.unique(loops.cycle[around], return_index=True)
        below = half_arcs_below(self.arcs, self.kept, x[around[first]], y[around[first]])
        one.append(old + cycle)
        other.append(np.where(below >= 0, old + loops.cycle_of[below], OUTSIDE))
        return connected(old + len(open_cycle), np.concatenate(one), np.concatenate(other))

    def _labels(self, part: Ints, face: Ints, side: Ints, total: int) -> tuple[Ints, Ints]:
        nobody = np.zeros((0, 0), np.int64)
        if self.carried is None:
            return windings(self.arcs, side, total, np.zeros(0, np.int64), nobody, nobody)
        of_region = face[part[_FIRST : _FIRST + len(self.carried.told)]]
        seeds = np.flatnonzero(of_region != OUTSIDE)
        given = of_region[seeds], self.carried.owners[seeds], self.carried.winding[seeds]
        return windings(self.arcs, side, total, *given)
