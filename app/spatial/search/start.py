"""A first assignment of one territory's pieces: METIS, repaired until every grid is connected and none is empty."""

from __future__ import annotations

import numpy as np
import pymetis
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency, connected_parts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def first_assignment(graph: Adjacency, quantity: Floats, count: int, seed: int) -> Ints:
    """Pieces to grids 0..count-1, each connected and not empty; `graph` is connected, with at least `count` pieces."""
    if count == 1:
        return np.zeros(graph.pieces, dtype=np.int64)
    if count == graph.pieces:
        return np.arange(count, dtype=np.int64)
    part = _join_fragments(graph, quantity, _metis(graph, quantity, count, seed), count)
    return _fill_empty(graph, quantity, part, count)


def _metis(graph: Adjacency, quantity: Floats, count: int, seed: int) -> Ints:
    total = float(quantity.sum())
    # whole numbers for METIS; without any quantity the pieces themselves are counted
    weight = np.rint(quantity * (1e8 / total)).astype(np.int64) if total > 0 else np.ones(graph.pieces, dtype=np.int64)
    longest = float(graph.length.max())
    length = np.maximum(1, np.rint(graph.length * min(10.0, 1e6 / longest))).astype(np.int64)
    _, part = pymetis.part_graph(
        count,
        pymetis.CSRAdjacency(graph.indptr.tolist(), graph.indices.tolist()),
        vweights=weight.tolist(),
        eweights=length.tolist(),
        recursive=count <= 8,
        options=pymetis.Options(seed=seed % 2**31),
    )
    return np.asarray(part, dtype=np.int64)


def _join_fragments(graph: Adjacency, quantity: Floats, part: Ints, count: int) -> Ints:
    """Each grid keeps its largest fragment (by quantity, then pieces); others go to the neighbour that holds least."""
    part = part.copy()
    fragments, label = connected_parts(graph.where(part[graph.source()] == part[graph.indices]))
    amount, size = np.bincount(label, quantity, minlength=fragments), np.bincount(label, minlength=fragments)
    grid = np.zeros(fragments, dtype=np.int64)
    grid[label] = part
    main: dict[int, int] = {}
    for fragment in np.lexsort((np.arange(fragments), -size, -amount)):
        main.setdefault(int(grid[fragment]), int(fragment))
    total = np.bincount(part, quantity, minlength=count)
    loose = [f for f in range(fragments) if main[int(grid[f])] != f]
    part[np.isin(label, loose)] = -1
    total = total - np.bincount(grid[loose], amount[loose], minlength=count)
    while loose:
        waiting = []
        for fragment in loose:
            members = np.flatnonzero(label == fragment)
            beside = {int(part[u]) for v in members for u in graph.indices[graph.indptr[v] : graph.indptr[v + 1]]} - {
                -1
            }
            if not beside:
                waiting.append(fragment)
                continue
            home = min(beside, key=lambda g: (total[g], g))
            part[members] = home
            total[home] += amount[fragment]
        loose = waiting
    return part


def _fill_empty(graph: Adjacency, quantity: Floats, part: Ints, count: int) -> Ints:
    """An empty grid takes about half of the grid that holds most (among those with two pieces or more)."""
    part = part.copy()
    for empty in np.flatnonzero(np.bincount(part, minlength=count) == 0):
        size, total = np.bincount(part, minlength=count), np.bincount(part, quantity, minlength=count)
        fullest = int(np.lexsort((np.arange(count), -size, -np.where(size > 1, total, -1.0)))[0])
        part[_half(graph, quantity, np.flatnonzero(part == fullest))] = empty
    return part


def _half(graph: Adjacency, quantity: Floats, members: Ints) -> Ints:
    """The subtree of a breadth-first tree over `members` that holds nearest to half: it and the rest are connected."""
    inside = set(members.tolist())
    parent = {int(members[0]): -1}
    order = [int(members[0])]
    for piece in order:
        for other in graph.indices[graph.indptr[piece] : graph.indptr[piece + 1]].tolist():
            if other in inside and other not in parent:
                parent[other] = piece
                order.append(other)
    below = {piece: float(quantity[piece]) for piece in order}
    for piece in reversed(order[1:]):
        below[parent[piece]] += below[piece]
    half = below[order[0]] / 2
    top = min(order[1:], key=lambda piece: (abs(below[piece] - half), piece))
    branch = {top}
    for piece in order:
        if parent[piece] in branch:
            branch.add(piece)
    return np.array(sorted(branch), dtype=np.int64)
