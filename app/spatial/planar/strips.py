"""An arrangement made strip by strip, from west to east, on both cores: the outcome is that of the whole, bit for bit.

A strip nodes all segments that can have a say in it, and keeps those of the outcome whose lower end lies in it. What
is cut in one round of the noding depends on the segments that share a cell with a segment, so news travels one segment
per round. A strip is therefore given everything within as many segments of it as there were rounds; whether that was
enough is known afterwards, and it is done again with more where it was not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, repeat

import numpy as np
from numba import njit

from app.spatial.planar.arcs import FAR, Arcs, join_arcs, put_together
from app.spatial.planar.noding import Steps, lens, node
from app.spatial.planar.orientation import comes_before
from app.spatial.planar.threads import THREADS
from app.spatial.planar.types import Flags, Ints

STRIP = 900_000
"""Segments in a strip, at most: few enough for the caches, enough for its neighbours to be a small part of it."""
_WORTH = 500_000  # segments from which two strips are quicker than one
ROUNDS = 3  # two are the rule; a strip of five kilometres takes a tenth more segments with every one
_WIDE = 1.5  # as often may a segment be in the strips, on average
EVERYWHERE = (-FAR, FAR)

Span = tuple[int, int]


@dataclass(frozen=True)
class _Part:
    arcs: Arcs
    rounds: tuple[int, int]


def arrange(steps: Steps, grid_size: float, strips: int | None = None, rounds: int = ROUNDS) -> Arcs:
    """The arcs of the noded steps; `strips`: in how many parts, by default as many as the size asks for.

    `rounds`: how many rounds of noding to be prepared for.
    """
    extent = _Extent.of(steps, grid_size)
    spans = _spans(extent.west, strips or _usual(len(steps.start)))
    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            own = list(pool.map(extent.around, spans, repeat(rounds)))
            if strips is None and len(spans) > 1 and sum(map(len, own)) > _WIDE * len(steps.start):
                spans = _spans(extent.west, len(spans) // 2)  # long segments reach from strip to strip
                continue
            parts = list(pool.map(_part, repeat(steps), own, spans, repeat(grid_size)))
            took = sum(max(part.rounds[phase] for part in parts) for phase in (0, 1))
            if took <= rounds or len(spans) == 1:
                return put_together([part.arcs for part in parts])
            rounds = 2 * took


def stored(steps: Steps, spans: Sequence[Span]) -> Iterator[tuple[int, Ints]]:
    """The steps for each span that they touch: its number, and rows of x, y, x, y, owner (`strip_arcs` reads them)."""
    x, y, start, end = steps.x, steps.y, steps.start, steps.end
    rows = np.stack([x[start], y[start], x[end], y[end], steps.owner], axis=1)
    stops = np.array([span[1] for span in spans[:-1]], np.int64)
    first = np.searchsorted(stops, np.minimum(rows[:, 0], rows[:, 2]), side="right")
    last = np.searchsorted(stops, np.maximum(rows[:, 0], rows[:, 2]), side="right")
    for number in range(int(first.min(initial=0)), int(last.max(initial=-1)) + 1):
        touched = (first <= number) & (number <= last)
        if touched.any():
            yield number, rows[touched]


def strip_arcs(
    read: Callable[[int], Ints], spans: Sequence[Span], number: int, margin: int, grid_size: float, rounds: int = ROUNDS
) -> tuple[Arcs, tuple[int, int]]:
    """One strip of `arrange`, for sweeps: its arcs, which end at every point east of it, and how many rounds it took.

    `read(i)` gives the rows of `stored` that touch span i; as many neighbours are read as have a say. `margin` is the
    `reach` of the largest step of all. The outcome counts where no strip took more than `rounds`.
    """
    loaded = {number: read(number)}
    while True:
        rows = np.concatenate([_beginning(loaded, spans, one) for one in sorted(loaded)])
        west, east = np.minimum(rows[:, 0], rows[:, 2]), np.maximum(rows[:, 0], rows[:, 2])
        low, high = spans[number]
        for _ in range(rounds):
            low, high = _hull(west, east, low - margin, high + margin)
        first, last = min(loaded), max(loaded)
        more = [first - 1] if first > 0 and low < spans[first][0] else []
        more += [last + 1] if last + 1 < len(spans) and high > spans[last][1] else []
        if not more:
            break
        loaded |= {one: read(one) for one in more}
    own = rows[_within(west, east, low, high)]
    x, y, start, end = _picked(own[:, :4].reshape(-1, 2))
    noded = node(Steps(x, y, start, end, own[:, 4]), grid_size)
    kept = _lower_end_within(noded.x, noded.y, noded.a, noded.b, *spans[number])
    return join_arcs(noded, kept, grid_size, spans[number][1]), noded.rounds


def _beginning(loaded: Mapping[int, Ints], spans: Sequence[Span], number: int) -> Ints:
    """The rows of one span; those that an earlier span holds as well are left out, if that is loaded."""
    rows = loaded[number]
    if number == min(loaded):
        return rows
    return rows[np.minimum(rows[:, 0], rows[:, 2]) >= spans[number][0]]


def _usual(count: int) -> int:
    """One strip, or an even number of them."""
    return 1 if count <= _WORTH else 2 * -(-count // (2 * STRIP))


def _spans(west: Ints, count: int) -> list[Span]:
    """Half-open ranges of x in which about equally many segments begin."""
    shares = np.linspace(0, 1, count + 1)[1:-1]
    stops = np.unique(np.quantile(west[:: max(len(west) // 100_000, 1)], shares).astype(np.int64))
    return list(pairwise([EVERYWHERE[0], *stops.tolist(), EVERYWHERE[1]]))


@dataclass(frozen=True)
class _Extent:
    """Western and eastern end of every step; `widest` of them, and how far beyond itself one may reach."""

    west: Ints
    east: Ints
    widest: int
    margin: int

    @classmethod
    def of(cls, steps: Steps, grid_size: float) -> _Extent:
        west, east, widest, highest = _ends(steps.x, steps.y, steps.start, steps.end)
        return cls(west, east, widest, reach(widest, highest, grid_size))

    def around(self, span: Span, rounds: int) -> Ints:
        """The steps that may have a say in the outcome within `span`."""
        low, high = span
        if span == EVERYWHERE:
            return np.arange(len(self.west))
        far = rounds * (self.widest + 2 * self.margin)
        some = _within(self.west, self.east, low - far, high + far)
        west, east = self.west[some], self.east[some]
        for _ in range(rounds):
            low, high = _hull(west, east, low - self.margin, high + self.margin)
        return some[_within(west, east, low, high)]


def _part(steps: Steps, own: Ints, span: Span, grid_size: float) -> _Part:
    noded = node(steps if span == EVERYWHERE else _chosen(steps, own), grid_size)
    kept = _lower_end_within(noded.x, noded.y, noded.a, noded.b, *span)
    return _Part(join_arcs(noded, kept, grid_size, span[1]), noded.rounds)


def reach(widest: int, highest: int, grid_size: float) -> int:
    """How far beyond itself a segment of at most this width and height may have a say, in steps."""
    length = float(np.hypot(float(widest), float(highest)))
    return 3 + int(lens(grid_size) / 4 * length * length)


def _chosen(steps: Steps, chosen: Ints) -> Steps:
    """Some of the steps with the points that they need."""
    ends = _pairs(steps.x, steps.y, steps.start, steps.end, chosen)
    x, y, start, end = _picked(ends)
    return Steps(x, y, start, end, steps.owner[chosen])


@njit(cache=True, nogil=True)
def _ends(x: Ints, y: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints, int, int]:
    """Western and eastern end of every step, and the width and height of the widest and the highest."""
    west, east = np.empty(len(start), np.int64), np.empty(len(start), np.int64)
    widest, highest = 0, 0
    for i in range(len(start)):
        p, q = x[start[i]], x[end[i]]
        west[i], east[i] = min(p, q), max(p, q)
        widest, highest = max(widest, abs(q - p)), max(highest, abs(y[end[i]] - y[start[i]]))
    return west, east, widest, highest


@njit(cache=True, nogil=True)
def _pairs(x: Ints, y: Ints, start: Ints, end: Ints, chosen: Ints) -> Ints:
    """Both ends of some steps on end."""
    ends = np.empty((2 * len(chosen), 2), np.int64)
    for i in range(len(chosen)):
        p, q = start[chosen[i]], end[chosen[i]]
        ends[2 * i, 0], ends[2 * i, 1], ends[2 * i + 1, 0], ends[2 * i + 1, 1] = x[p], y[p], x[q], y[q]
    return ends


@njit(cache=True, nogil=True)
def _picked(ends: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Points x, y and steps between them, of which two on end share one; step i goes from row 2·i to row 2·i + 1."""
    count = len(ends) // 2
    x, y = np.empty(len(ends), np.int64), np.empty(len(ends), np.int64)
    begin, stop, size = np.empty(count, np.int64), np.empty(count, np.int64), 0
    for i in range(count):
        if size == 0 or x[size - 1] != ends[2 * i, 0] or y[size - 1] != ends[2 * i, 1]:
            x[size], y[size] = ends[2 * i, 0], ends[2 * i, 1]
            size += 1
        x[size], y[size] = ends[2 * i + 1, 0], ends[2 * i + 1, 1]
        begin[i], stop[i] = size - 1, size
        size += 1
    return x[:size].copy(), y[:size].copy(), begin, stop


@njit(cache=True, nogil=True)
def _hull(west: Ints, east: Ints, low: int, high: int) -> Span:
    """The range of x that the segments within a range take up."""
    left, right = low, high
    for i in range(len(west)):
        if east[i] >= low and west[i] < high:
            left, right = min(left, west[i]), max(right, east[i])
    return left, right


@njit(cache=True, nogil=True)
def _within(west: Ints, east: Ints, low: int, high: int) -> Ints:
    found, size = np.empty(len(west), np.int64), 0
    for i in range(len(west)):
        if east[i] >= low and west[i] < high:
            found[size] = i
            size += 1
    return found[:size].copy()


@njit(cache=True, nogil=True)
def _lower_end_within(x: Ints, y: Ints, a: Ints, b: Ints, low: int, high: int) -> Flags:
    inside = np.empty(len(a), np.bool_)
    for i in range(len(a)):
        p, q = a[i], b[i]
        east = x[p] if comes_before(x[p], y[p], x[q], y[q]) else x[q]
        inside[i] = low <= east < high
    return inside
