"""The peers of the division: each takes the same graph of pieces and gives every piece a number of its grid.

Where a peer has a setting for how even the parts are, it gets `SLACK`; all else is its default. Numbers are whole
where a peer wants whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import gerrychain
import kahip
import mtkahypar
import networkx
import numpy as np
import pymetis
from gerrychain.partition import recursive_tree_part
from libpysal.weights import W
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.cluster import AgglomerativeClustering
from spopt.region import AZP, MaxPHeuristic, Skater

from app.spatial.division.adjacency import Adjacency, connected_parts

Labels = NDArray[np.int64]
SEED = 1
SLACK = 0.05  # how far above the mean a part may be, where a peer can be told
SLACK_TREE = 0.25  # GerryChain fails where no edge of its tree splits more evenly than this


@dataclass(frozen=True)
class Ground:
    """Pieces with `households`, their neighbours, and how many grids are wanted."""

    pieces: gpd.GeoDataFrame
    adjacency: Adjacency
    grids: int

    @cached_property
    def households(self) -> NDArray[np.int64]:
        return np.rint(self.pieces["households"].to_numpy(dtype=float)).astype(np.int64)

    @cached_property
    def metres(self) -> NDArray[np.int64]:
        """Shared border per stored edge, whole and at least 1."""
        return np.maximum(1, np.rint(self.adjacency.length)).astype(np.int64)

    @cached_property
    def middles(self) -> NDArray[np.float64]:
        middle = self.pieces.geometry.centroid
        return np.column_stack([middle.x, middle.y])

    @cached_property
    def weights(self) -> W:
        near = np.split(self.adjacency.indices, self.adjacency.indptr[1:-1])
        return W({piece: others.tolist() for piece, others in enumerate(near)}, silence_warnings=True)


def metis(ground: Ground) -> Labels:
    connected = connected_parts(ground.adjacency)[0] == 1  # METIS promises connected parts of a connected graph only
    graph = pymetis.CSRAdjacency(ground.adjacency.indptr, ground.adjacency.indices)
    options = pymetis.Options(contig=int(connected), seed=SEED)
    return np.array(
        pymetis.part_graph(
            ground.grids, graph, vweights=ground.households, eweights=ground.metres, options=options
        ).vertex_part
    )


def kahip_strong(ground: Ground) -> Labels:
    graph = ground.adjacency
    arrays = ground.households, graph.indptr, ground.metres, graph.indices
    _, part = kahip.kaffpa(*(array.tolist() for array in arrays), ground.grids, SLACK, True, SEED, kahip.STRONG)
    return np.array(part)


def mtkahypar_default(ground: Ground) -> Labels:
    return _mtkahypar(ground, mtkahypar.PresetType.DEFAULT)


def mtkahypar_quality(ground: Ground) -> Labels:
    return _mtkahypar(ground, mtkahypar.PresetType.QUALITY)


def _mtkahypar(ground: Ground, preset: Any) -> Labels:
    mtkahypar.set_seed(SEED)
    engine = mtkahypar.initialize(2)
    context = engine.context_from_preset(preset)
    context.set_partitioning_parameters(ground.grids, SLACK, mtkahypar.Objective.CUT)
    context.logging = False
    first, second, position = ground.adjacency.pairs()
    edges = list(zip(first.tolist(), second.tolist(), strict=True))
    metres = ground.metres[position].tolist()
    graph = engine.create_graph(context, ground.adjacency.pieces, len(edges), edges, ground.households.tolist(), metres)
    return np.array(graph.partition(context).get_partition())


def ward(ground: Ground) -> Labels:
    """scikit-learn's Ward clustering of the pieces' middles, joining neighbours only; it knows no sizes."""
    graph = ground.adjacency
    links = csr_matrix((np.ones(len(graph.indices)), graph.indices, graph.indptr), shape=(graph.pieces,) * 2)
    return AgglomerativeClustering(ground.grids, connectivity=links, linkage="ward").fit_predict(ground.middles)


def gerrychain_tree(ground: Ground) -> Labels:
    first, second, _ = ground.adjacency.pairs()
    graph = networkx.Graph(zip(first.tolist(), second.tolist(), strict=True))
    networkx.set_node_attributes(graph, dict(enumerate(ground.households.tolist())), "households")
    target = float(ground.households.sum()) / ground.grids
    found = recursive_tree_part(
        gerrychain.Graph.from_networkx(graph), range(ground.grids), target, "households", SLACK_TREE, rng=SEED
    )
    return np.array([found[piece] for piece in range(ground.adjacency.pieces)])


def skater(ground: Ground) -> Labels:
    return _spopt(ground, Skater, n_clusters=ground.grids)


def azp(ground: Ground) -> Labels:
    return _spopt(ground, AZP, n_clusters=ground.grids, random_state=SEED)


def max_p(ground: Ground) -> Labels:
    """As many grids as can hold three quarters of the target each: MaxP chooses their number itself."""
    np.random.seed(SEED)  # spopt draws from the global state
    threshold = 0.75 * float(ground.households.sum()) / ground.grids
    return _spopt(ground, MaxPHeuristic, threshold_name="households", threshold=threshold, top_n=2)


def _spopt(ground: Ground, model: Any, **settings: Any) -> Labels:
    frame = ground.pieces[["households", "geometry"]].assign(x=ground.middles[:, 0], y=ground.middles[:, 1])
    solver = model(frame, ground.weights, attrs_name=["x", "y"], **settings)
    solver.solve()
    return np.unique(np.asarray(solver.labels_), return_inverse=True)[1]


PEERS: dict[str, Callable[[Ground], Labels]] = {
    "METIS (pymetis)": metis,
    "KaHIP strong": kahip_strong,
    "Mt-KaHyPar default": mtkahypar_default,
    "Mt-KaHyPar quality": mtkahypar_quality,
    "scikit-learn Ward": ward,
    "GerryChain recursive tree": gerrychain_tree,
    "spopt SKATER": skater,
    "spopt AZP": azp,
    "spopt MaxP": max_p,
}
