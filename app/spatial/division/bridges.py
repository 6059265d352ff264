"""Declared bridges: pieces that belong together though they do not touch — over a river, to an island."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from app.errors import InputError
from app.spatial.division.adjacency import Adjacency, connected_parts
from app.spatial.division.terms import Bridge

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class BridgeUse:
    """What became of a bridge. `grid`: the grid that hangs together by it, -1 where none needs it."""

    left: int
    right: int
    why: str
    grid: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def bridge_between(
    shapes: NDArray[np.object_], a: tuple[float, float], b: tuple[float, float], why: str = ""
) -> Bridge:
    """The bridge from the piece around point `a` to that around `b` (metric CRS of the shapes; lowest on a border).

    Raises InputError where a point lies in no piece, or both in the same.
    """
    ends = []
    for point in (a, b):
        found = shapely.STRtree(shapes).query(shapely.Point(point), predicate="intersects")
        if not len(found):
            raise InputError(f"no piece at {point[0]:.1f}, {point[1]:.1f} for a bridge to stand on")
        ends.append(int(found.min()))
    if ends[0] == ends[1]:
        raise InputError(f"both ends of a bridge lie in piece {ends[0]}")
    return Bridge(ends[0], ends[1], why)


def with_bridges(adjacency: Adjacency, bridges: Sequence[Bridge]) -> Adjacency:
    """The adjacency with a link of length 0 for every bridge between pieces that do not touch.

    No border has length 0, so that is how `links` knows a bridge. Raises InputError for a piece that is not there.
    """
    for bridge in bridges:
        if not (0 <= bridge.left < adjacency.pieces and 0 <= bridge.right < adjacency.pieces):
            raise InputError(f"a bridge from piece {bridge.left} to {bridge.right} of {adjacency.pieces} pieces")
    touching = set(zip(adjacency.source().tolist(), adjacency.indices.tolist(), strict=True))
    wanted = {(min(b.left, b.right), max(b.left, b.right)) for b in bridges if b.left != b.right}
    new = np.array(sorted(wanted - touching), dtype=np.int64).reshape(-1, 2)
    if not len(new):
        return adjacency
    source = np.concatenate([adjacency.source(), new[:, 0], new[:, 1]])
    target = np.concatenate([adjacency.indices, new[:, 1], new[:, 0]])
    order = np.lexsort((target, source))
    nothing = np.zeros(2 * len(new))
    return replace(
        adjacency,
        indptr=np.concatenate([[0], np.cumsum(np.bincount(source, minlength=adjacency.pieces))]),
        indices=target[order],
        length=np.concatenate([adjacency.length, nothing])[order],
        barrier=np.concatenate([adjacency.barrier, nothing])[order],
    )


def bridges_used(adjacency: Adjacency, assignment: Ints, bridges: Sequence[Bridge]) -> list[BridgeUse]:
    """Which bridges hold a grid together that would fall apart without any bridge."""
    source = adjacency.source()
    same = (assignment[source] >= 0) & (assignment[source] == assignment[adjacency.indices])
    _, part = connected_parts(adjacency.where(same & (adjacency.length > 0)))
    found = []
    for bridge in bridges:
        a, b = bridge.left, bridge.right
        holds = assignment[a] >= 0 and assignment[a] == assignment[b] and part[a] != part[b]
        found.append(BridgeUse(a, b, bridge.why, int(assignment[a]) if holds else -1))
    return found
