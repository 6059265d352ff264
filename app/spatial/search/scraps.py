"""Scraps tied to a neighbour: most pieces of an overlay hold next to nothing, and a search that flips them back and
forth has no time for those that matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from app.spatial.division.adjacency import Adjacency

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCRAP = 0.02  # of a grid's ground and of every target; half the pieces of three networks are smaller
LEAST = 2  # units per grid that must be left for the search to have a choice


def tie_scraps(graph: Adjacency, cost: Floats, size: Floats, grids: int) -> Ints | None:
    """Per unit a number that scraps share with the neighbour the border to which is dearest to cut, so that chains of
    scraps hang on one larger unit; None where that leaves too few for `grids`, or all as they are.

    `cost`: per stored edge, `size`: per unit in grids. What is tied is connected. Ties: the lowest neighbour. A border
    that is better cut (a barrier) ties nothing.
    """
    source = graph.source()
    order = np.lexsort((graph.indices, -cost, source))
    best = order[np.searchsorted(source, np.flatnonzero((size < SCRAP) & (np.diff(graph.indptr) > 0)))]
    best = best[cost[best] > 0.0]
    ties = csr_array((np.ones(len(best)), (source[best], graph.indices[best])), shape=(graph.pieces, graph.pieces))
    count, label = connected_components(ties, directed=False)
    if count == graph.pieces or count < LEAST * grids:
        return None
    return label.astype(np.int64)
