"""Snap rounding: segments on an integer grid are cut until they meet at their ends only.

Every vertex is a hot pixel (the unit square around it). A segment that passes a hot pixel is bent through its
centre, a proper crossing becomes a vertex at the nearest grid point, and both are repeated until nothing changes
(iterated snap rounding, Halperin & Packer 2002). Orientations are exact, so the outcome is a planar arrangement
whatever the input, and the same points and segments whatever its order: only their numbers follow it.

Equal segments are one from the start, with the list of those who draw it (`uses`); most borders are drawn twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.errors import InputError
from app.spatial.planar.cells import sort_into_cells
from app.spatial.planar.crossings import Lens, meetings
from app.spatial.planar.numbering import Slots, fill_slots, number_points, number_segments, slots_for
from app.spatial.planar.types import Flags, Ints
from app.spatial.planar.uses import Uses, gather_uses

BEND = 4.0 / 6.37e6
"""Curvature per metre, at most, of a straight line in degrees on a metric map and the other way round: about
1.5 · tan(latitude) ÷ the Earth's radius, so this holds up to 69 degrees north."""
_ROUNDS = 100


@dataclass(frozen=True)
class Steps:
    """What is to be noded: points in grid steps, and segments between them as positions of points.

    `owner[i]` lies on the left of segment start[i] → end[i]; owners below 0 are cuts.
    """

    x: Ints
    y: Ints
    start: Ints
    end: Ints
    owner: Ints


@dataclass(frozen=True)
class Noded:
    """Segments a[i] – b[i] between the points x, y that meet at their ends only; `group[i]` is the list of its uses.

    `rounds`: how many it took, of noding and of pinning; the last ones, which found nothing, included.
    """

    x: Ints
    y: Ints
    a: Ints
    b: Ints
    group: Ints
    uses: Uses
    rounds: tuple[int, int]


def node(steps: Steps, grid_size: float) -> Noded:
    """Cut the segments until they meet at their ends only, then pin them.

    Where an owner draws a segment there and back (a spike), nothing of it is left. Pinning: a segment gets a corner
    opposite every point that lies closer to it than a line bends between metres and degrees. A line that is straight
    in one is bent in the other, and could jump over such a point; a corner of its own holds it.
    """
    work = _Work(steps, lens(grid_size))
    return work.outcome((work.cut_until_noded(pinning=False), work.cut_until_noded(pinning=True)))


def lens(grid_size: float) -> float:
    """The `bulge` of `crossings.Lens`, per step."""
    return BEND / 2 * grid_size


class _Work:
    """Points and segments that grow in number; a segment that was cut is no longer alive."""

    def __init__(self, steps: Steps, bulge: float) -> None:
        self.bulge = bulge
        count = len(steps.x)
        self.x, self.y = np.empty(count, np.int64), np.empty(count, np.int64)
        self.points: Slots = slots_for(count)
        at, self.known = number_points(self.x, self.y, 0, self.points, steps.x, steps.y)
        start, end = at[steps.start], at[steps.end]
        room = len(start)
        self.a, self.b, self.alive = np.empty(room, np.int64), np.empty(room, np.int64), np.zeros(room, np.bool_)
        self.slots = slots_for(room)
        number, self.count = number_segments(self.a, self.b, self.alive, 0, self.slots, start, end)
        forward = np.where(self.a[number] == start, 1, -1)
        self._trim()
        self._draw(number, steps.owner, forward)
        self.near = self.alive.copy()  # there is something in their lens, as far as is known

    def _trim(self) -> None:
        self.a, self.b, self.alive = self.a[: self.count], self.b[: self.count], self.alive[: self.count]
        self.x, self.y = self.x[: self.known], self.y[: self.known]

    def _draw(self, segment: Ints, owner: Ints, sign: Ints) -> None:
        """Set the uses of all segments; those without any are gone."""
        self.group, turned, self.uses = gather_uses(self.count, segment, owner, sign)
        self.a, self.b = np.where(turned, self.b, self.a), np.where(turned, self.a, self.b)
        self.alive = self.alive & (self.group > 0)

    def cut_until_noded(self, *, pinning: bool) -> int:
        fresh = self.near if pinning else self.alive
        for number in range(_ROUNDS):
            live = np.flatnonzero(self.alive)
            if not fresh[live].any():
                return number
            cut, px, py = self._meetings(live, fresh[live], pinning)
            fresh = self._split(live[cut], px, py)
        raise InputError("the borders cannot be noded on this precision grid: take a coarser one")

    def _meetings(self, live: Ints, fresh: Flags, pinning: bool) -> tuple[Ints, Ints, Ints]:
        a, b = self.a[live], self.b[live]
        dx, dy = (self.x[b] - self.x[a]).astype(np.float64), (self.y[b] - self.y[a]).astype(np.float64)
        pad = np.ceil(self.bulge / 4 * (dx * dx + dy * dy)).astype(np.int64)
        cells = sort_into_cells(self.x, self.y, a, b, pad, fresh)
        cut, px, py, near = meetings(self.x, self.y, a, b, Lens(self.bulge, pad, pinning), cells, fresh)
        self.near[live] = np.where(fresh, near, self.near[live] | near)
        return cut, px, py

    def _split(self, cut: Ints, px: Ints, py: Ints) -> Flags:
        """Cut segment cut[i] at the grid point px[i], py[i]; the flags mark the segments that are new."""
        if not len(cut):
            return np.zeros(self.count, np.bool_)
        at = self._number(px, py)
        hit = np.zeros(self.count, np.bool_)
        hit[cut] = True
        touched = np.flatnonzero(hit)
        segment = np.concatenate([touched, cut, touched])
        point = np.concatenate([self.a[touched], at, self.b[touched]])
        from_, to = self.a[segment], self.b[segment]
        dx, dy = (self.x[to] - self.x[from_]).astype(np.float64), (self.y[to] - self.y[from_]).astype(np.float64)
        along = (self.x[point] - self.x[from_]) * dx + (self.y[point] - self.y[from_]) * dy
        along[: len(touched)], along[len(touched) + len(cut) :] = -np.inf, np.inf
        order = np.lexsort((self.y[point], self.x[point], along, segment))
        segment, point = segment[order], point[order]
        pair = np.flatnonzero((segment[1:] == segment[:-1]) & (point[1:] != point[:-1]))
        self.alive[touched] = False
        return self._add(point[pair], point[pair + 1], self.group[segment[pair]])

    def _number(self, px: Ints, py: Ints) -> Ints:
        room = self.known + len(px)
        if 2 * room > len(self.points):
            self.points = slots_for(2 * room)
            number_points(self.x, self.y, 0, self.points, self.x, self.y)  # each gets back the number it had
        self.x, self.y = _with_room(self.x, len(px)), _with_room(self.y, len(px))
        at, self.known = number_points(self.x, self.y, self.known, self.points, px, py)
        self._trim()
        return at

    def _add(self, start: Ints, end: Ints, group: Ints) -> Flags:
        """Add segments with the uses of their parents; those that are there already are drawn once more."""
        before, room = self.count, self.count + len(start)
        if 2 * room > len(self.slots):
            self.slots = slots_for(2 * room)
            fill_slots(self.a, self.b, self.alive, self.slots)
        self.a, self.b = _with_room(self.a, len(start)), _with_room(self.b, len(start))
        self.alive = np.concatenate([self.alive, np.zeros(len(start), np.bool_)])
        number, self.count = number_segments(self.a, self.b, self.alive, before, self.slots, start, end)
        self._trim()
        drawn, first = np.unique(number, return_index=True)
        heirs = first[drawn >= before]  # one for each new segment, in the order of their numbers
        self.group = np.concatenate([self.group, group[heirs]])
        again = np.ones(len(number), np.bool_)
        again[heirs] = False
        if again.any():
            self._draw_again(number[again], group[again], np.where(self.a[number[again]] == start[again], 1, -1))
        fresh = np.zeros(self.count, np.bool_)
        fresh[before:] = self.alive[before:]
        self.near = np.concatenate([self.near, fresh[before:]])
        return fresh

    def _draw_again(self, segment: Ints, group: Ints, sign: Ints) -> None:
        """Add the uses of `group` (turned round where `sign` is −1) to segments that have uses already."""
        touched, place = np.unique(segment, return_inverse=True)
        here = np.concatenate([np.arange(len(touched)), place])
        turn = np.concatenate([np.ones(len(touched), np.int64), sign])
        row, owner, sign = self.uses.listed(np.concatenate([self.group[touched], group]))
        added, turned, uses = gather_uses(len(touched), here[row], owner, sign * turn[row])
        self.group[touched] = np.where(added > 0, added + len(self.uses.first) - 2, 0)
        self.uses = self.uses.with_more(uses)
        swapped = touched[turned]
        self.a[swapped], self.b[swapped] = self.b[swapped], self.a[swapped]
        self.alive[touched] &= self.group[touched] > 0

    def outcome(self, rounds: tuple[int, int]) -> Noded:
        live = np.flatnonzero(self.alive)
        group, uses = self.uses.each_once(self.group[live])
        return Noded(self.x, self.y, self.a[live], self.b[live], group, uses, rounds)


def _with_room(values: Ints, more: int) -> Ints:
    return np.concatenate([values, np.empty(more, np.int64)])
