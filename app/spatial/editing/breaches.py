"""Hard rules that an edit may break: they are told, and block publishing, not drawing."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from app.spatial.division.adjacency import Adjacency, connected_parts
from app.spatial.editing.drafts import Draft
from app.spatial.editing.graph import subgraph, sure_links
from app.spatial.editing.ground import Ints, Objects

Breaches = dict[str, list[dict[str, str]]]


def find_breaches(draft: Draft, rows: Ints, scores: pd.DataFrame) -> Breaches:
    """Per grid of the pieces `rows` (all of each grid's): the rules it breaks, in words.

    contiguity: pieces hang together by common edges of a metre or a declared bridge; area: one administrative area;
    compound: none lies in two grids; band: the size that its kind allows. `scores`: of these grids.
    """
    found: Breaches = defaultdict(list)
    _contiguity(draft, rows, found)
    for code, areas in zip(scores.index, scores["areas"].tolist(), strict=True):
        if areas > 1:
            _add(found, code, "area", f"lies in {areas} areas")
    _compounds(draft, rows, found)
    for code, inside, amount in zip(scores.index, scores["inside_band"], scores["amount"].tolist(), strict=True):
        if not inside:
            _add(found, code, "band", f"holds {amount:g}, which is outside the band of its kind")
    return found


def _add(found: Breaches, code: str, rule: str, words: str) -> None:
    found[code].append({"rule": rule, "says": f"grid {code} {words}"})


def _contiguity(draft: Draft, rows: Ints, found: Breaches) -> None:
    graph, grid = subgraph(draft.ground.adjacency, rows), draft.grid[rows]
    codes, parts = _parts(sure_links(graph), grid)
    if (parts > 1).any() and (_parts(graph, grid)[1] < parts).any():  # a short edge may hold them, if nothing else does
        codes, parts = _parts(subgraph(draft.ground.links, rows), grid)
    for code, count in zip(codes.tolist(), parts.tolist(), strict=True):
        if count > 1:
            _add(found, code, "contiguity", f"is in {count} parts that share no edge")


def _parts(graph: Adjacency, grid: Objects) -> tuple[Objects, Ints]:
    """The grids and in how many parts each of them is."""
    _, part = connected_parts(graph.where(grid[graph.source()] == grid[graph.indices]))
    codes, number = np.unique(grid.astype(str), return_inverse=True)
    return codes, np.bincount(np.unique(np.stack([number, part]), axis=1)[0])


def _compounds(draft: Draft, rows: Ints, found: Breaches) -> None:
    compounds = draft.ground.compounds
    for name in sorted(set(compounds[rows]) - {""}):
        grids = sorted(set(draft.grid[compounds == name]) - {""})
        if len(grids) > 1:
            for code in sorted(set(draft.grid[rows[compounds[rows] == name]])):
                others = ", ".join(other for other in grids if other != code)
                _add(found, code, "compound", f"shares compound {name} with {others}")
