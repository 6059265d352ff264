"""The local search of a division: simulated annealing that moves one border piece at a time, compiled by numba.

The objective, in units of one grid side (docs/division.md): border cut between grids, shape (one minus Polsby–Popper
of each grid), squared deviation from the target with a steeper price outside the band, and old grids torn apart. A
move is taken only when the grid left behind stays connected (exact breadth-first check), so a connected start stays
connected.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

BLOCK = 1_000  # proposals at one temperature
OUTSIDE = 10.0  # how much dearer a deviation is beyond the band's edge
HOTTEST, COLDEST = 1.0, 0.05  # first and last temperature, in mean edge costs; measured on the bench files
FROZEN_SHARE = 0.03  # last share of the proposals, at temperature zero: only improvements


class Ground(NamedTuple):
    """What does not change: the graph of one territory and what each piece brings. Lengths in grid sides."""

    indptr: Ints
    indices: Ints
    cost: Floats  # per stored edge: what cutting it costs
    length: Floats  # per stored edge
    perimeter: Floats  # per piece
    area: Floats  # per piece, in squared grid sides
    quantity: Floats  # per piece, in targets
    old: Ints  # pieces × networks: dense number of the old grid, -1 for none
    old_total: Floats  # per old grid: quantity, in targets


class Grids(NamedTuple):
    """What changes: the assignment and its sums per grid."""

    part: Ints
    size: Ints
    total: Floats
    perimeter: Floats
    area: Floats
    kept: Floats  # old grids × grids: quantity of the old grid inside the grid


class Border(NamedTuple):
    """The pieces that touch another grid, as a list with positions, so that drawing one and updating are O(1)."""

    others: Ints  # per piece: number of neighbours in another grid
    place: Ints  # per piece: position in `pieces`, -1 when inside
    pieces: Ints
    filled: Ints  # one element: length of the list


class Prices(NamedTuple):
    balance: float
    shape: float
    stable: float
    low: float  # band, in targets
    high: float


@numba.njit(cache=True, inline="always")
def _draw(state):  # type: ignore[no-untyped-def]
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@numba.njit(cache=True, inline="always")
def _below(state, count):  # type: ignore[no-untyped-def]
    return np.int64(_draw(state) % np.uint64(count))


@numba.njit(cache=True, inline="always")
def _size_price(total, prices):  # type: ignore[no-untyped-def]
    deviation = total - 1.0
    outside = 0.0
    if total < prices.low:
        outside = prices.low - total
    elif total > prices.high:
        outside = total - prices.high
    return prices.balance * (deviation * deviation + OUTSIDE * outside * outside + outside)


@numba.njit(cache=True, inline="always")
def _roundness(area, perimeter):  # type: ignore[no-untyped-def]
    return 4.0 * math.pi * area / (perimeter * perimeter)


@numba.njit(cache=True, inline="always")
def _old_gain(ground, grids, piece, a, b):  # type: ignore[no-untyped-def]
    """Change of Σ over old grids and grids of (quantity of old in grid)² / quantity of old, when a piece goes a → b."""
    gain = 0.0
    amount = ground.quantity[piece]
    for network in range(ground.old.shape[1]):
        old = ground.old[piece, network]
        if old >= 0:
            gain += 2.0 * amount * (grids.kept[old, b] - grids.kept[old, a] + amount) / ground.old_total[old]
    return gain


@numba.njit(cache=True, inline="always")
def _amount_change(ground, grids, prices, piece, a, b):  # type: ignore[no-untyped-def]
    """Change of the prices for size and for old grids torn apart."""
    amount = ground.quantity[piece]
    if amount == 0.0:
        return 0.0
    change = _size_price(grids.total[a] - amount, prices) - _size_price(grids.total[a], prices)
    change += _size_price(grids.total[b] + amount, prices) - _size_price(grids.total[b], prices)
    if prices.stable > 0.0:
        change -= prices.stable * _old_gain(ground, grids, piece, a, b)
    return change


@numba.njit(cache=True, inline="always")
def _shape_change(ground, grids, piece, a, b, around_a, around_b):  # type: ignore[no-untyped-def]
    """What the two grids lose of their roundness; `around_*` are their new perimeters."""
    area = ground.area[piece]
    before = _roundness(grids.area[a], grids.perimeter[a]) + _roundness(grids.area[b], grids.perimeter[b])
    return before - _roundness(grids.area[a] - area, around_a) - _roundness(grids.area[b] + area, around_b)


@numba.njit(cache=True)
def _leaves_whole(ground, grids, piece, neighbours, stamp, mark, queue):  # type: ignore[no-untyped-def]
    """Whether the grid of `piece` stays connected without it; `neighbours`: how many neighbours it has in the grid."""
    a = grids.part[piece]
    first = -1
    for e in range(ground.indptr[piece], ground.indptr[piece + 1]):
        u = ground.indices[e]
        if grids.part[u] == a:
            stamp[u] = -mark
            first = u
    stamp[piece] = mark
    stamp[first] = mark
    queue[0] = first
    head, tail, found = 0, 1, 1
    while head < tail and found < neighbours:
        x = queue[head]
        head += 1
        for e in range(ground.indptr[x], ground.indptr[x + 1]):
            u = ground.indices[e]
            if grids.part[u] == a and stamp[u] != mark:
                if stamp[u] == -mark:
                    found += 1
                stamp[u] = mark
                queue[tail] = u
                tail += 1
    return found == neighbours


@numba.njit(cache=True, inline="always")
def _enter(border, piece):  # type: ignore[no-untyped-def]
    border.place[piece] = border.filled[0]
    border.pieces[border.filled[0]] = piece
    border.filled[0] += 1


@numba.njit(cache=True, inline="always")
def _leave(border, piece):  # type: ignore[no-untyped-def]
    border.filled[0] -= 1
    last = border.pieces[border.filled[0]]
    border.pieces[border.place[piece]] = last
    border.place[last] = border.place[piece]
    border.place[piece] = -1


@numba.njit(cache=True)
def _move(ground, grids, border, piece, b):  # type: ignore[no-untyped-def]
    """Give `piece` to grid `b` and keep assignment, sums of size and border list in step (not perimeter)."""
    a = grids.part[piece]
    grids.part[piece] = b
    grids.size[a] -= 1
    grids.size[b] += 1
    grids.total[a] -= ground.quantity[piece]
    grids.total[b] += ground.quantity[piece]
    grids.area[a] -= ground.area[piece]
    grids.area[b] += ground.area[piece]
    for network in range(ground.old.shape[1]):
        old = ground.old[piece, network]
        if old >= 0:
            grids.kept[old, a] -= ground.quantity[piece]
            grids.kept[old, b] += ground.quantity[piece]
    others = 0
    for e in range(ground.indptr[piece], ground.indptr[piece + 1]):
        u = ground.indices[e]
        p = grids.part[u]
        if p != b:
            others += 1
        if p == a:
            border.others[u] += 1
            if border.others[u] == 1:
                _enter(border, u)
        elif p == b:
            border.others[u] -= 1
            if border.others[u] == 0:
                _leave(border, u)
    border.others[piece] = others
    if others == 0:
        _leave(border, piece)


@numba.njit(cache=True, inline="always")
def _accepts(cost, heat, state):  # type: ignore[no-untyped-def]
    """Metropolis: always when nothing gets dearer, else with probability exp(-cost / heat)."""
    if cost <= 0.0:
        return True
    return heat > 0.0 and (_draw(state) >> np.uint64(11)) * 2.0**-53 < math.exp(-cost / heat)


@numba.njit(cache=True, nogil=True)
def _anneal(ground, grids, border, prices, temperatures, stamp, mark, queue, state):  # type: ignore[no-untyped-def]
    """`BLOCK` proposals at each of `temperatures`; returns the last stamp used."""
    for proposal in range(len(temperatures) * BLOCK):
        if border.filled[0] == 0:
            break
        piece = border.pieces[_below(state, border.filled[0])]
        a = grids.part[piece]
        start, end = ground.indptr[piece], ground.indptr[piece + 1]
        e = start + _below(state, end - start)
        while grids.part[ground.indices[e]] == a:  # a border piece has a neighbour elsewhere
            e = e + 1 if e + 1 < end else start
        b = grids.part[ground.indices[e]]
        cost = length_a = length_b = 0.0
        stay = 0
        for e in range(start, end):
            p = grids.part[ground.indices[e]]
            if p == a:
                cost += ground.cost[e]
                length_a += ground.length[e]
                stay += 1
            elif p == b:
                cost -= ground.cost[e]
                length_b += ground.length[e]
        if stay == 0:  # the last piece of its grid: no grid is ever emptied
            continue
        around_a = grids.perimeter[a] - ground.perimeter[piece] + 2.0 * length_a
        around_b = grids.perimeter[b] + ground.perimeter[piece] - 2.0 * length_b
        cost += prices.shape * _shape_change(ground, grids, piece, a, b, around_a, around_b)
        cost += _amount_change(ground, grids, prices, piece, a, b)
        heat = temperatures[proposal // BLOCK]
        if not _accepts(cost, heat, state):
            continue
        mark += 1
        if stay > 1 and not _leaves_whole(ground, grids, piece, stay, stamp, mark, queue):
            continue
        grids.perimeter[a] = around_a
        grids.perimeter[b] = around_b
        _move(ground, grids, border, piece, b)
    return mark


def improve(
    ground: Ground,
    start: Ints,
    count: int,
    prices: Prices,
    *,
    proposals: int,
    seed: int,
    step: Callable[[int], None] | None = None,
    heat: float = 1.0,
) -> Ints:
    """A better assignment of pieces to grids 0..count-1 from a connected `start` in which every grid holds a piece.

    Contiguity and the number of grids are kept. `step(proposals done)` is called between slices and may raise to
    cancel. The same ground, start, prices, proposals and seed give the same answer.
    """
    grids, border = _sums(ground, start, count), _border(ground, start)
    temperatures = _cooling(ground, proposals, heat)
    stamp, queue, mark = np.zeros(len(start), dtype=np.int64), np.empty(len(start), dtype=np.int32), np.int64(0)
    state = np.random.SeedSequence(seed).generate_state(1, dtype=np.uint64) | np.uint64(1)
    slice_ = 500  # blocks between two calls of `step`: about 0.1 s
    for at in range(0, len(temperatures), slice_):
        part = temperatures[at : at + slice_]
        mark = _anneal(ground, grids, border, prices, part, stamp, mark, queue, state)
        if step is not None:
            step(len(part) * BLOCK)
    return grids.part


def _cooling(ground: Ground, proposals: int, heat: float) -> Floats:
    blocks = max(1, -(-proposals // BLOCK))
    frozen = max(1, round(blocks * FROZEN_SHARE))
    typical = float(ground.cost.mean()) if len(ground.cost) else 1.0
    return np.concatenate([typical * np.geomspace(HOTTEST * heat, COLDEST, blocks - frozen), np.zeros(frozen)])


def _sums(ground: Ground, part: Ints, count: int) -> Grids:
    source = np.repeat(np.arange(len(part)), np.diff(ground.indptr))
    inside = part[source] == part[ground.indices]
    perimeter: Floats = np.bincount(part, ground.perimeter, minlength=count).astype(np.float64)
    perimeter -= np.bincount(part[source[inside]], ground.length[inside], minlength=count)
    kept = np.zeros((len(ground.old_total), count))
    for network in range(ground.old.shape[1]):
        old = ground.old[:, network]
        np.add.at(kept, (old[old >= 0], part[old >= 0]), ground.quantity[old >= 0])
    return Grids(
        part=part.astype(np.int32),
        size=np.bincount(part, minlength=count).astype(np.int32),
        total=np.bincount(part, ground.quantity, minlength=count).astype(np.float64),
        perimeter=perimeter,
        area=np.bincount(part, ground.area, minlength=count).astype(np.float64),
        kept=kept,
    )


def _border(ground: Ground, part: Ints) -> Border:
    source = np.repeat(np.arange(len(part)), np.diff(ground.indptr))
    others = np.bincount(source[part[source] != part[ground.indices]], minlength=len(part)).astype(np.int32)
    outer = np.flatnonzero(others > 0).astype(np.int32)
    place = np.full(len(part), -1, dtype=np.int32)
    place[outer] = np.arange(len(outer), dtype=np.int32)
    pieces = np.empty(len(part), dtype=np.int32)
    pieces[: len(outer)] = outer
    return Border(others, place, pieces, np.array([len(outer)], dtype=np.int32))
