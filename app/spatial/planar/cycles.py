"""Walking the half-arcs of a planar arrangement: compiled kernels of `faces`.

Half-arc 2·k runs along arc k, 2·k + 1 the other way; each has one face on its left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from app.spatial.planar.arcs import Arcs
from app.spatial.planar.orientation import turn
from app.spatial.planar.types import Flags, Ints


@dataclass(frozen=True)
class Loops:
    """Closed simple walks with the ground on their left.

    Loop i is half[first[i]:first[i + 1]], a part of cycle[i]. `cycle_of` is the cycle of each half-arc (−1: of an arc
    that is left out), `node` the number of the node from which each sets out, `part` the connected part of each node,
    of which there are `parts`.
    """

    half: Ints
    first: Ints
    cycle: Ints
    cycle_of: Ints
    node: Ints
    part: Ints
    parts: int


def trace(arcs: Arcs, kept: Flags, tips: Ints | None = None) -> Loops:
    """All cycles along the arcs that are kept, each cut into simple loops where it touches itself.

    `tips`: half-arcs that set out from one node infinitely far to the east, counter-clockwise (from north to south).
    """
    alive = np.repeat(kept, 2)
    number = arcs.node
    if tips is not None:
        tips = tips[alive[tips]]
        number = number.copy()
        number[tips] = number.max(initial=-1) + 1
    met = np.zeros(int(number.max(initial=-1)) + 1, np.bool_)
    met[number[alive]] = True
    node = (np.cumsum(met) - 1)[number[alive]]
    count = int(met.sum())
    origin = np.full(len(alive), -1, np.int64)
    origin[alive] = node
    order = np.flatnonzero(alive)[np.argsort(node, kind="stable")]
    first = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=count))])
    unsorted = count
    if tips is not None and len(tips):
        unsorted, order[first[-2] :] = count - 1, tips
    at, steps = arcs.ends[order[first[:-1]]], arcs.steps
    after = _next(arcs.x[at], arcs.y[at], arcs.x[steps], arcs.y[steps], origin, order, first, unsorted)
    half, loops, cycle, cycle_of = _trace(count, origin, after)
    part, parts = connected(count, node[0::2], node[1::2])
    return Loops(half, loops, cycle, cycle_of, origin, part, parts)


@njit(cache=True, nogil=True)
def connected(count: int, one: Ints, other: Ints) -> tuple[Ints, int]:
    """The connected part of each of `count` things that the links one[i] – other[i] make, and how many there are."""
    part = np.arange(count)
    for i in range(len(one)):
        p, q = one[i], other[i]
        while part[p] != p:
            part[p] = part[part[p]]
            p = part[p]
        while part[q] != q:
            part[q] = part[part[q]]
            q = part[q]
        part[max(p, q)] = min(p, q)
    parts = 0
    for i in range(count):  # what a thing hangs on has a lower number, so its part is known
        if part[i] == i:
            part[i] = parts
            parts += 1
        else:
            part[i] = part[part[i]]
    return part, parts


@njit(cache=True, nogil=True)
def _next(vx: Ints, vy: Ints, x: Ints, y: Ints, origin: Ints, around: Ints, first: Ints, unsorted: int) -> Ints:
    """For each half-arc the next one along the face on its left; x, y are its second points, vx, vy the nodes.

    The half-arcs around the nodes from `unsorted` on are in order already.
    """
    place = np.full(len(origin), -1, np.int64)
    after = np.full(len(origin), -1, np.int64)
    for v in range(len(first) - 1):
        # insertion sort: three or four arcs meet at nearly every node
        for i in range(first[v] + 1, first[v + 1] if v < unsorted else 0):
            half, j = around[i], i - 1
            while j >= first[v] and _is_before(vx[v], vy[v], x[half], y[half], x[around[j]], y[around[j]]):
                around[j + 1] = around[j]
                j -= 1
            around[j + 1] = half
        for i in range(first[v], first[v + 1]):
            place[around[i]] = i
    for half in range(len(origin)):
        twin = half ^ 1
        v = origin[twin]
        if v >= 0:
            at = place[twin] - 1
            after[half] = around[at] if at >= first[v] else around[first[v + 1] - 1]
    return after


@njit(cache=True, nogil=True)
def _is_before(vx: int, vy: int, ax: int, ay: int, bx: int, by: int) -> bool:
    """Whether v → a comes before v → b, counter-clockwise from due south (not included)."""
    east_a, east_b = ax > vx or (ax == vx and ay > vy), bx > vx or (bx == vx and by > vy)
    if east_a != east_b:
        return east_a
    return turn(vx, vy, ax, ay, bx, by) > 0.0


@njit(cache=True, nogil=True)
def _trace(nodes: int, origin: Ints, after: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    count = len(origin)
    half, first, cycle = np.empty(count, np.int64), np.zeros(count + 1, np.int64), np.empty(count, np.int64)
    cycle_of, depth = np.full(count, -1, np.int64), np.full(nodes, -1, np.int64)
    stack = np.empty(count + 1, np.int64)
    loops, cycles, size = 0, 0, 0
    for start in range(count):
        if origin[start] < 0 or cycle_of[start] >= 0:
            continue
        edge, height = start, 0
        while True:
            v = origin[edge]
            done = cycle_of[edge] >= 0  # back at the start
            if depth[v] >= 0:
                bottom = depth[v]
                for i in range(bottom, height):
                    half[size] = stack[i]
                    size += 1
                    depth[origin[stack[i]]] = -1
                cycle[loops] = cycles
                loops += 1
                first[loops] = size
                height = bottom
            if done:
                break
            depth[v] = height
            stack[height] = edge
            height += 1
            cycle_of[edge] = cycles
            edge = after[edge]
        cycles += 1
    return half[:size].copy(), first[: loops + 1].copy(), cycle[:loops].copy(), cycle_of


@njit(cache=True, nogil=True)
def carry_labels(
    side: Ints, group: Ints, first: Ints, owner: Ints, sign: Ints, seeds: Ints, owners: Ints, winding: Ints
) -> bool:
    """Writes owners and winding numbers of the regions, (count, room) each, carried from face to face.

    It begins at region 0 (outside, nobody) and at the regions `seeds`, whose rows are filled in. The uses of arc k are
    first[g]:first[g + 1] of `owner` and `sign`, g being its group; negative owners are passed over. False where a
    region has more owners than there is room for.
    """
    count = len(owners)
    start = np.zeros(count + 1, np.int64)
    for half in range(len(side)):
        if side[half] >= 0:
            start[side[half] + 1] += 1
    start = np.cumsum(start)
    fill, out = start.copy(), np.empty(len(side), np.int64)
    for half in range(len(side)):
        if side[half] >= 0:
            out[fill[side[half]]] = half
            fill[side[half]] += 1
    seen, queue = np.zeros(count, np.bool_), np.empty(count, np.int64)
    seen[0], queue[0], head, tail = True, 0, 0, 1
    for region in seeds:
        if not seen[region]:
            seen[region], queue[tail] = True, region
            tail += 1
    while head < tail:
        region = queue[head]
        head += 1
        for i in range(start[region], start[region + 1]):
            half = out[i]
            to = side[half ^ 1]
            if seen[to]:
                continue
            seen[to], queue[tail] = True, to
            tail += 1
            owners[to], winding[to] = owners[region], winding[region]
            step = -1 if half % 2 == 0 else 1  # half-arc 2·k has the owner of sign +1 on its left
            drawn = group[half // 2]
            for use in range(first[drawn], first[drawn + 1]):
                if owner[use] >= 0 and not _add(owners[to], winding[to], owner[use], step * sign[use]):
                    return False
    return True


@njit(cache=True, nogil=True)
def _add(owners: Ints, winding: Ints, owner: int, change: int) -> bool:
    """Add to the winding number of an owner; False where there is no room for one more."""
    free = -1
    for slot in range(len(owners)):
        if winding[slot] != 0 and owners[slot] == owner:
            winding[slot] += change
            return True
        if free < 0 and winding[slot] == 0:
            free = slot
    if free < 0:
        return False
    owners[free], winding[free] = owner, change
    return True
