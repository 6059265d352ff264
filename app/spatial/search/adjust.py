"""More or fewer grids where that brings them into the band: a grid above it is cut in two, one below it joins another.

The number of grids that a territory gives is first taken from its total. Where pieces are coarse, another number may
fit the band better: two pieces of 315 households are two grids of a band of 300–500, not one of 630.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from app.spatial.search.anneal import improve
from app.spatial.search.cooling import Cooling
from app.spatial.search.ground import FIRST, Ground
from app.spatial.search.prices import Prices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Part = NDArray[np.int32]

ROUNDS = 4
EFFORT_SHARE = 0.3  # of the first search, in each round …
HEAT_SHARE = 0.3  # … which starts cooler, so that what is good stays
ROOTS = 12  # breadth-first trees tried for a cut


def adjust(
    ground: Ground,
    part: Part,
    prices: Prices,
    *,
    proposals: int,
    seed: int,
    centres: Floats | None = None,
    step: Callable[[int], None] | None = None,
    pool: Executor | None = None,
) -> Part:
    """The assignment with grids cut and joined and searched again, the round with the least outside the band."""
    best, least = part, _excess_of_all(ground, part, prices)
    for round_ in range(ROUNDS):
        if least == 0.0:
            break
        changed = _join(ground, _cut(ground, best, prices), prices)
        found = improve(
            ground,
            changed,
            int(changed.max()) + 1,
            prices,
            proposals=max(1, round(proposals * EFFORT_SHARE)),
            seed=seed + round_ + 1,
            centres=centres,
            step=step,
            cooling=Cooling.of(ground, prices, HEAT_SHARE),
            mending=0.0,
            pool=pool,
        )
        excess = _excess_of_all(ground, found, prices)
        if excess < least:
            best, least = found, excess
    return best


def _amounts(ground: Ground) -> Floats:
    """Of the kind's own quantity, in targets; the band is about that."""
    return ground.bring[:, FIRST]


def _excess(total: float, prices: Prices) -> float:
    """How far outside the band, in targets."""
    return max(0.0, prices.bands[0, 1] - total, total - prices.bands[0, 2])


def _excess_of_all(ground: Ground, part: Part, prices: Prices) -> float:
    total = np.bincount(part, _amounts(ground))
    return float(np.maximum(0.0, np.maximum(prices.bands[0, 1] - total, total - prices.bands[0, 2])).sum())


def _cut(ground: Ground, part: Part, prices: Prices) -> Part:
    """Every grid above the band in two connected parts, where they lie less outside it than the whole."""
    part = part.copy()
    total = np.bincount(part, _amounts(ground))
    count = len(total)
    for grid in np.flatnonzero(total > prices.bands[0, 2]):
        branch = _best_branch(ground, np.flatnonzero(part == grid), prices)
        if branch is not None:
            part[branch] = count
            count += 1
    return part


def _best_branch(ground: Ground, members: Ints, prices: Prices) -> Ints | None:
    """The side of a tree's edge that splits `members` best; None when no split is better than none."""
    amounts = _amounts(ground)
    whole = float(amounts[members].sum())
    best, found = (_excess(whole, prices), 0.0), None
    for root in members[:: max(1, len(members) // ROOTS)]:
        parent, order = _tree(ground, members, int(root))
        below = {piece: float(amounts[piece]) for piece in order}
        for piece in reversed(order[1:]):
            below[parent[piece]] += below[piece]
        for piece in order[1:]:
            amount = below[piece]
            rank = (_excess(amount, prices) + _excess(whole - amount, prices), abs(amount - whole / 2))
            if rank[0] < best[0] - 1e-12 or (found is not None and rank < best):
                best, found = rank, _branch(parent, order, piece)
    return found


def _tree(ground: Ground, members: Ints, root: int) -> tuple[dict[int, int], list[int]]:
    """Breadth-first tree over `members`: parent of each piece, and the pieces from the root on."""
    inside, parent, order = set(members.tolist()), {root: -1}, [root]
    for piece in order:
        for other in ground.indices[ground.indptr[piece] : ground.indptr[piece + 1]].tolist():
            if other in inside and other not in parent:
                parent[other] = piece
                order.append(other)
    return parent, order


def _branch(parent: dict[int, int], order: list[int], top: int) -> Ints:
    branch = {top}
    for piece in order:
        if parent[piece] in branch:
            branch.add(piece)
    return np.array(sorted(branch), dtype=np.int64)


def _join(ground: Ground, part: Part, prices: Prices) -> Part:
    """Every grid below the band joins a neighbour if less lies outside the band then than apart; smallest first."""
    part = part.copy()
    total = np.bincount(part, _amounts(ground))
    for grid in np.argsort(total, kind="stable"):
        if total[grid] >= prices.bands[0, 1]:
            break
        members = np.flatnonzero(part == grid)
        beside = {int(part[u]) for v in members for u in ground.indices[ground.indptr[v] : ground.indptr[v + 1]]}
        beside.discard(int(grid))
        ranks = [(_excess(total[grid] + total[b], prices) - _excess(total[b], prices), total[b], b) for b in beside]
        if ranks and min(ranks)[0] < _excess(total[grid], prices):
            home = min(ranks)[2]
            part[members] = home
            total[home] += total[grid]
            total[grid] = np.inf  # no longer there
    return np.unique(part, return_inverse=True)[1].astype(np.int32)
