"""Pieces into a given number of connected grids: METIS alone, OneGrid."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pymetis

from app.spatial.division.adjacency import Adjacency, build_adjacency, connected_parts
from app.spatial.division.division import divide
from app.spatial.division.terms import Band, Weights
from bench.measure import Measured, measure


def run(pieces: gpd.GeoDataFrame, grids: int) -> list[Measured]:
    adjacency = build_adjacency(pieces.geometry.to_numpy())
    return [
        measure("METIS (pymetis)", lambda: _metis(pieces, adjacency, grids)),
        measure("OneGrid", lambda: _ours(pieces, adjacency, grids), warm=True),
    ]


def _metis(pieces: gpd.GeoDataFrame, adjacency: Adjacency, grids: int) -> dict[str, Any]:
    weights = np.round(pieces["households"].to_numpy(dtype=float)).astype(int)
    lengths = np.maximum(1, np.round(adjacency.length)).astype(int)
    connected = connected_parts(adjacency)[0] == 1  # METIS promises connected parts of a connected graph only
    graph = pymetis.CSRAdjacency(adjacency.indptr, adjacency.indices)
    options = pymetis.Options(contig=int(connected))
    _, part = pymetis.part_graph(grids, graph, vweights=weights, eweights=lengths, options=options)
    return _facts(pieces, adjacency, np.array(part), grids)


def _ours(pieces: gpd.GeoDataFrame, adjacency: Adjacency, grids: int) -> dict[str, Any]:
    target = float(pieces["households"].sum()) / grids
    bands = {"resident": Band("households", 0.75 * target, target, 1.25 * target)}
    found = divide(pieces, bands=bands, weights=Weights(), grids=grids, networks=[], adjacency=adjacency)
    return _facts(pieces, adjacency, found.assignment, grids)


def _facts(pieces: gpd.GeoDataFrame, adjacency: Adjacency, part: Any, grids: int) -> dict[str, Any]:
    source = adjacency.source()
    same = part[source] == part[adjacency.indices]
    broken = connected_parts(adjacency.where(same))[0] - len(np.unique(part))
    households, area = (np.bincount(part, values, minlength=grids) for values in _amounts(pieces))
    deviation = np.abs(households / (households.sum() / grids) - 1)
    perimeter = np.bincount(part, adjacency.exterior, minlength=grids)
    perimeter += np.bincount(part[source[~same]], adjacency.length[~same], minlength=grids)
    roundness = 4 * np.pi * area / np.maximum(perimeter, 1e-9) ** 2
    return {
        "grids": len(np.unique(part)),
        "broken": broken,
        "deviation max": f"{deviation.max():.2f}",
        "p95": f"{np.quantile(deviation, 0.95):.3f}",
        "Polsby–Popper": f"{roundness.mean():.3f}",
        "cut km": f"{adjacency.length[~same].sum() / 2000:.0f}",
    }


def _amounts(pieces: gpd.GeoDataFrame) -> tuple[Any, Any]:
    return pieces["households"].to_numpy(dtype=float), pieces.geometry.area.to_numpy(dtype=float)
