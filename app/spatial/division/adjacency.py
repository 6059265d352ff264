"""Which pieces touch, along how much border, and how much of it is a barrier: the graph under division and scores.

Pieces that come from noding share their vertices exactly, so equal segments are found by sorting, without any
geometry predicate. Segments without a partner (the outer border, or pieces that were not noded together) are compared
by geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CORNER = 10  # borders that meet without shared vertices over less than this many tolerances meet in a corner


@dataclass(frozen=True)
class Adjacency:
    """Compressed rows: neighbours of piece i are `indices[indptr[i]:indptr[i+1]]`, ascending; each edge is there twice.

    `length` and `barrier` are metres per edge (`barrier`: the part of the edge that lies on a barrier), `exterior`
    the metres of each piece's border that no other piece shares.
    """

    indptr: Ints
    indices: Ints
    length: Floats
    barrier: Floats
    exterior: Floats

    @property
    def pieces(self) -> int:
        return len(self.exterior)

    def source(self) -> Ints:
        """The piece that each stored edge starts from (rows spelled out)."""
        return np.repeat(np.arange(self.pieces), np.diff(self.indptr))

    def pairs(self) -> tuple[Ints, Ints, Ints]:
        """Every edge once: (i, j, position) with i < j; `position` indexes `length` and `barrier`."""
        source = self.source()
        position = np.flatnonzero(source < self.indices)
        return source[position], self.indices[position], position

    def where(self, keep: Bools) -> Adjacency:
        """The same pieces with only the stored edges of `keep` (give both directions the same value)."""
        counts = np.bincount(self.source()[keep], minlength=self.pieces)
        return replace(
            self,
            indptr=np.concatenate([[0], np.cumsum(counts)]),
            indices=self.indices[keep],
            length=self.length[keep],
            barrier=self.barrier[keep],
        )

    def links(self, min_edge: float) -> Adjacency:
        """Only the edges that carry contiguity: those of at least `min_edge` metres, and declared bridges (length 0).

        A shorter one counts only where without it a piece or a group of pieces would be cut off from all others: then
        the longest ones that join the groups are kept (a maximum spanning forest), so the connected parts stay the
        same.
        """
        keep = (self.length >= min_edge) | (self.length == 0.0)
        source, sure = self.source(), self.where(keep)
        _, group = connected_parts(sure)
        short = np.flatnonzero(~keep)
        short = short[(group[source[short]] != group[self.indices[short]]) & (source[short] < self.indices[short])]
        if not len(short):
            return sure
        for position in _spanning(group[source[short]], group[self.indices[short]], self.length[short], short):
            i, j = source[position], self.indices[position]
            back = self.indptr[j] + np.searchsorted(self.indices[self.indptr[j] : self.indptr[j + 1]], i)
            keep[position] = keep[back] = True
        return self.where(keep)


def connected_parts(adjacency: Adjacency) -> tuple[int, Ints]:
    """Number of connected parts and the part of each piece."""
    graph = csr_matrix(
        (np.ones(len(adjacency.indices), dtype=np.int8), adjacency.indices, adjacency.indptr),
        shape=(adjacency.pieces,) * 2,
    )
    count, part = connected_components(graph, directed=False)
    return int(count), part.astype(np.int64)


def followed_share(adjacency: Adjacency, sources: Sequence[NDArray[np.object_]]) -> Floats:
    """Per stored edge, how much of it an existing border draws: 0–1.

    The share of the networks in `sources` (one array of source codes per network) that have a border there, or the
    share of its length on a barrier, whichever is larger.
    """
    share = np.divide(
        adjacency.barrier, adjacency.length, out=np.zeros_like(adjacency.length), where=adjacency.length > 0
    )
    if not sources:
        return np.minimum(share, 1.0)
    source, borders = adjacency.source(), np.zeros(len(adjacency.length))
    for codes in sources:
        _, number = np.unique(np.asarray(codes, dtype=str), return_inverse=True)
        borders += number[source] != number[adjacency.indices]
    return np.clip(np.maximum(share, borders / len(sources)), 0.0, 1.0)


def build_adjacency(
    pieces: NDArray[np.object_],
    *,
    barriers: NDArray[np.object_] | None = None,
    tolerance: float = 0.01,
    barrier_tolerance: float = 1.0,
) -> Adjacency:
    """Adjacency of (Multi)Polygons in a metric CRS; corners are not edges.

    `tolerance` (m) is how far apart two borders may run where vertices are not shared exactly. `barriers` are lines; a
    border segment lies on one when its middle is within `barrier_tolerance` metres of it.
    """
    segments = _segments(pieces)
    first, second = _partners(segments)
    shared = _Shared(
        segments.piece[first],
        segments.piece[second],
        segments.length[first],
        _on_barrier(segments, first, barriers, barrier_tolerance),
    )
    lone = np.ones(len(segments.piece), dtype=bool)
    lone[first] = lone[second] = False
    shared = shared.plus(_near_partners(segments, lone, tolerance))
    return _compress(shared, shapely.length(pieces))


@dataclass(frozen=True)
class _Segments:
    """All border segments: owner piece, end points (`start`, `end`: n×2) and length."""

    piece: Ints
    start: Floats
    end: Floats
    length: Floats


@dataclass(frozen=True)
class _Shared:
    """Border shared by two pieces: one row per segment or stretch."""

    left: Ints
    right: Ints
    length: Floats
    barrier: Floats

    def plus(self, other: _Shared) -> _Shared:
        return _Shared(
            np.concatenate([self.left, other.left]),
            np.concatenate([self.right, other.right]),
            np.concatenate([self.length, other.length]),
            np.concatenate([self.barrier, other.barrier]),
        )


def _segments(pieces: NDArray[np.object_]) -> _Segments:
    parts, piece_of_part = shapely.get_parts(pieces, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    piece_of_ring = piece_of_part[part_of_ring]
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    inside = np.flatnonzero(ring_of_point[:-1] == ring_of_point[1:])
    start, end = points[inside], points[inside + 1]
    length = np.hypot(*(end - start).T)
    true = length > 0
    return _Segments(piece_of_ring[ring_of_point[inside]][true], start[true], end[true], length[true])


def _partners(segments: _Segments) -> tuple[Ints, Ints]:
    """Positions of segments with the same two ends in two different pieces."""
    count = len(segments.piece)
    ends = np.concatenate([segments.start, segments.end])
    ends = np.ascontiguousarray(ends) + 0.0  # -0.0 and 0.0 are one place
    _, vertex = np.unique(ends[:, 0] + 1j * ends[:, 1], return_inverse=True)
    low, high = np.minimum(vertex[:count], vertex[count:]), np.maximum(vertex[:count], vertex[count:])
    order = np.lexsort((segments.piece, high, low))
    same = (low[order][:-1] == low[order][1:]) & (high[order][:-1] == high[order][1:])
    first, second = order[:-1][same], order[1:][same]
    apart = segments.piece[first] != segments.piece[second]
    return first[apart], second[apart]


def _on_barrier(segments: _Segments, which: Ints, barriers: NDArray[np.object_] | None, reach: float) -> Floats:
    """Metres of each segment of `which` that lie on a barrier: all of it or nothing, by its middle."""
    metres = np.zeros(len(which))
    if barriers is None or len(barriers) == 0 or len(which) == 0:
        return metres
    middles = shapely.points((segments.start[which] + segments.end[which]) / 2)
    hit = np.unique(shapely.STRtree(middles).query(barriers, predicate="dwithin", distance=reach)[1])
    metres[hit] = segments.length[which][hit]
    return metres


def _near_partners(segments: _Segments, lone: Bools, tolerance: float) -> _Shared:
    """Stretches where unpartnered borders of two pieces run within `tolerance` of each other."""
    piece, start, end = segments.piece[lone], segments.start[lone], segments.end[lone]
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    first, second = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=tolerance)
    keep = piece[first] < piece[second]
    first, second = first[keep], second[keep]
    at, band = np.unique(first, return_inverse=True)
    near, wide = (shapely.buffer(lines[at], reach, cap_style="flat")[band] for reach in (tolerance, 2 * tolerance))
    meets = shapely.intersects(near, lines[second])
    first, second, near, wide = first[meets], second[meets], near[meets], wide[meets]
    length = shapely.length(shapely.intersection(lines[second], near))
    # borders that run together do so however wide the band is; those that part at a sharp corner, twice as far
    together = length > 0.75 * shapely.length(shapely.intersection(lines[second], wide))
    first, second, length = first[together], second[together], length[together]
    _, pair = np.unique(piece[first] * len(segments.piece) + piece[second], return_inverse=True)
    edge = np.bincount(pair, length)[pair] > CORNER * tolerance if len(pair) else np.zeros(0, dtype=bool)
    return _Shared(piece[first][edge], piece[second][edge], length[edge], np.zeros(int(edge.sum())))


def _compress(shared: _Shared, perimeter: Floats) -> Adjacency:
    count = len(perimeter)
    left, right = np.minimum(shared.left, shared.right), np.maximum(shared.left, shared.right)
    key, group = np.unique(left * count + right, return_inverse=True)
    length: Floats = np.bincount(group, shared.length, minlength=len(key)).astype(np.float64)
    barrier: Floats = np.bincount(group, shared.barrier, minlength=len(key)).astype(np.float64)
    left, right = key // count, key % count
    source, target = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort((target, source))
    source, length, barrier = source[order], np.tile(length, 2)[order], np.tile(barrier, 2)[order]
    used = np.bincount(source, length, minlength=count)
    return Adjacency(
        indptr=np.concatenate([[0], np.cumsum(np.bincount(source, minlength=count))]),
        indices=target[order],
        length=length,
        barrier=barrier,
        exterior=np.maximum(perimeter - used, 0.0),
    )


def _spanning(left: Ints, right: Ints, length: Floats, position: Ints) -> list[int]:
    """Positions of the longest edges that join all groups that can be joined (Kruskal)."""
    parent: dict[int, int] = {}

    def root(group: int) -> int:
        while parent.setdefault(group, group) != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group

    chosen = []
    for at in np.lexsort((position, -length)):
        a, b = root(int(left[at])), root(int(right[at]))
        if a != b:
            parent[max(a, b)] = min(a, b)
            chosen.append(int(position[at]))
    return chosen
