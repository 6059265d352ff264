"""The compiled heart of the search: simulated annealing over the units of one region, one border unit at a time.

A region is a set of grids. Units move between grids of the region only, so regions can be searched side by side: what
one reads of another (the grid of a neighbouring unit) is only compared with grids of its own, and cannot be equal.

Arrays are taken out of their tuples before the loop and handed on one by one: numba counts references at every access
to a tuple's member, which made the same loop two and a half times slower.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from app.spatial.search.contiguity import leaves_whole
from app.spatial.search.ground import AREA, COST, FIRST, LENGTH, PERIMETER, SHAPE, SIZE, WAY
from app.spatial.search.prices import kept_gain, shape_price, size_price, way_price

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

BLOCK = 1_000  # proposals at one temperature
DRAWS = 4_096
# -log of evenly spread draws: Metropolis's test without a logarithm per proposal
PATIENCE = -np.log((np.arange(DRAWS) + 0.5) / DRAWS)


class Grids(NamedTuple):
    """What changes: the grid of every unit, and the sums of every grid in the columns of `Ground.bring`."""

    part: Ints
    sums: Floats


class Move(NamedTuple):
    """One unit going from grid a to grid b: what it costs and what the two grids come to."""

    cost: float
    around_a: float
    around_b: float
    shape_a: float
    shape_b: float
    size_a: float
    size_b: float
    way_a: float
    way_b: float
    own: np.uint64  # bits of the slots into a
    stay: int  # number of them


@numba.njit(cache=True, inline="always")
def _draw(state):  # type: ignore[no-untyped-def]
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@numba.njit(cache=True, inline="always")
def _below(draw, count):  # type: ignore[no-untyped-def]
    """A number below `count` (< 2³²) from the upper half of a draw, without a division."""
    return ((draw >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32)


@numba.njit(cache=True, inline="always")
def _enter(slots, place, filled, slot):  # type: ignore[no-untyped-def]
    place[slot] = filled[0]
    slots[filled[0]] = slot
    filled[0] += 1


@numba.njit(cache=True, inline="always")
def _leave(slots, place, filled, slot):  # type: ignore[no-untyped-def]
    filled[0] -= 1
    last, at = slots[filled[0]], place[slot]
    slots[at] = last
    place[last] = at
    place[slot] = -1


@numba.njit(cache=True, inline="always")
def _weigh(indptr, indices, edge, bring, part, sums, bands, wishes, unit, a, b):  # type: ignore[no-untyped-def]
    """The move of `unit` from `a` to `b`, old grids left out. `wishes`: prices of balance, shape, way."""
    cost = length_a = length_b = 0.0
    own, bit, stay = np.uint64(0), np.uint64(1), 0
    for slot in range(indptr[unit], indptr[unit + 1]):
        p = part[indices[slot]]
        if p == a:
            cost += edge[slot, COST]
            length_a += edge[slot, LENGTH]
            own |= bit
            stay += 1
        if p == b:
            cost -= edge[slot, COST]
            length_b += edge[slot, LENGTH]
        bit <<= np.uint64(1)
    perimeter, area = bring[unit, PERIMETER], bring[unit, AREA]
    around_a = sums[a, PERIMETER] - perimeter + 2.0 * length_a
    around_b = sums[b, PERIMETER] + perimeter - 2.0 * length_b
    shape_a = shape_price(sums[a, AREA] - area, around_a)
    shape_b = shape_price(sums[b, AREA] + area, around_b)
    size_a = size_price(sums, a, bring, unit, -1.0, bands)
    size_b = size_price(sums, b, bring, unit, 1.0, bands)
    cost += wishes[0] * (size_a + size_b - sums[a, SIZE] - sums[b, SIZE])
    cost += wishes[1] * (shape_a + shape_b - sums[a, SHAPE] - sums[b, SHAPE])
    way_a = way_b = 0.0
    if wishes[2] > 0.0:
        way_a = way_price(sums, a, bring, unit, -1.0, len(bands))
        way_b = way_price(sums, b, bring, unit, 1.0, len(bands))
        cost += wishes[2] * (way_a + way_b - sums[a, WAY] - sums[b, WAY])
    return Move(cost, around_a, around_b, shape_a, shape_b, size_a, size_b, way_a, way_b, own, stay)


@numba.njit(cache=True, inline="always")
def _settle(bring, sums, unit, a, b, move):  # type: ignore[no-untyped-def]
    """Keep the sums of both grids in step."""
    sums[a, PERIMETER], sums[b, PERIMETER] = move.around_a, move.around_b
    sums[a, SHAPE], sums[b, SHAPE] = move.shape_a, move.shape_b
    sums[a, SIZE], sums[b, SIZE] = move.size_a, move.size_b
    sums[a, WAY], sums[b, WAY] = move.way_a, move.way_b
    sums[a, AREA] -= bring[unit, AREA]
    sums[b, AREA] += bring[unit, AREA]
    for column in range(FIRST, bring.shape[1]):
        sums[a, column] -= bring[unit, column]
        sums[b, column] += bring[unit, column]


@numba.njit(cache=True, inline="always")
def _relist(indptr, indices, mirror, part, slots, place, filled, unit, a, b):  # type: ignore[no-untyped-def]
    """`unit` goes from `a` to `b`: its edges into `a` are cut from now on, those into `b` no longer."""
    part[unit] = b
    for slot in range(indptr[unit], indptr[unit + 1]):
        p = part[indices[slot]]
        if p == a:
            _enter(slots, place, filled, slot)
            _enter(slots, place, filled, mirror[slot])
        elif p == b:
            _leave(slots, place, filled, slot)
            _leave(slots, place, filled, mirror[slot])


@numba.njit(cache=True)
def _list_cut(indptr, indices, part, place, members, region_of, region):  # type: ignore[no-untyped-def]
    """The slots that cross between two grids of the region: a list with positions, so that drawing and updating are
    O(1). Every edge is listed both ways, once for each unit that may move."""
    room = 0
    for unit in members:
        room += indptr[unit + 1] - indptr[unit]
    slots, filled = np.empty(room, np.int32), np.zeros(1, np.int64)
    for unit in members:
        for slot in range(indptr[unit], indptr[unit + 1]):
            p = part[indices[slot]]
            place[slot] = -1
            if p != part[unit] and region_of[p] == region:
                _enter(slots, place, filled, slot)
    return slots, filled


@numba.njit(cache=True, nogil=True)
def anneal(ground, grids, prices, room, members, region_of, region, heats, balances, seed, mark):  # type: ignore[no-untyped-def]
    """`BLOCK` proposals at each of `heats` and `balances`, between the grids of `region`, whose units are `members`.

    `room` is (place per slot, stamp per unit), shared by all regions, which touch their own part of it only. `mark`
    must be above every mark used before on the same stamps.
    """
    indptr, indices, source, mirror = ground.indptr, ground.indices, ground.source, ground.mirror
    edge, near, bring, mass, old = ground.edge, ground.near, ground.bring, ground.mass, ground.old
    part, sums, bands, stable = grids.part, grids.sums, prices.bands, prices.stable
    place, stamp = room
    queue, marks, patience = np.empty(len(members), np.int32), np.full(1, mark, np.int64), PATIENCE
    slots, filled = _list_cut(indptr, indices, part, place, members, region_of, region)
    state, wishes = np.full(1, seed, np.uint64), np.array([0.0, prices.shape, prices.station])
    for block in range(len(heats)):
        heat = heats[block]
        wishes[0] = balances[block]
        for _ in range(BLOCK):
            if filled[0] == 0:
                return
            draw = _draw(state)
            drawn = slots[_below(draw, filled[0])]
            unit = source[drawn]
            a, b = part[unit], part[indices[drawn]]
            move = _weigh(indptr, indices, edge, bring, part, sums, bands, wishes, unit, a, b)
            most = heat * patience[draw & np.uint64(DRAWS - 1)]
            # a unit's old grids can gain twice its mass at most
            if move.stay == 0 or move.cost - 2.0 * stable * mass[unit] > most:
                continue  # too dear, or the last unit of its grid: no grid is ever emptied
            if stable > 0.0 and move.cost - stable * kept_gain(old, part, unit, a, b) > most:
                continue
            if not leaves_whole(indptr, indices, near, part, unit, move.own, move.stay, stamp, queue, marks):
                continue
            _settle(bring, sums, unit, a, b, move)
            _relist(indptr, indices, mirror, part, slots, place, filled, unit, a, b)
