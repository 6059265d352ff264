"""Pieces into a given number of grids: nine peers and OneGrid, on the same graph, in one run.

A peer whose grids fall into parts gets a second row, `joined`: what its division comes to once every grid hangs
together, as a plan must. After the peers come OneGrid's rows, each with the seconds it was given; then every peer meets
the OneGrid run that had as long as the peer took (never under 1 s) and is as even or as compact, column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.adjacency import connected_parts
from app.spatial.division.division import divide
from app.spatial.division.terms import Band, Weights
from bench.measure import Measured, measure, report
from bench.partitioners import PEERS, Ground, Labels

LIMIT_S = 12.0  # longer than OneGrid is given
LEAST_S = 1.0
FULL_S = 10.0
JOINED = "joined"
Columns = dict[str, float]


@dataclass(frozen=True)
class Wish:
    """What a planner would ask for: the weights, and how far from the target a grid may be (docs/division.md)."""

    weights: Weights
    band: float


WISHES: Mapping[str, Wish] = MappingProxyType(
    {
        "strict": Wish(Weights(balance=8.0), 0.15),
        "even": Wish(Weights(balance=2.5), 0.2),
        "default": Wish(Weights(), 0.25),
        "compact": Wish(Weights(balance=2.0, slack=0.1), 0.19),
    }
)


@dataclass(frozen=True)
class Column:
    """A figure of a division, how it is printed, and which way is better."""

    name: str
    form: str
    lower_is_better: bool = True

    def at_least_as_good(self, ours: float, theirs: float) -> bool:
        return ours <= theirs if self.lower_is_better else ours >= theirs


COLUMNS = (
    Column("grids off", "d"),
    Column("broken", "d"),
    Column("deviation max", ".3f"),
    Column("p95", ".3f"),
    Column("std", ".3f"),
    Column("within ±25 %", ".3f", lower_is_better=False),
    Column("PP mean", ".3f", lower_is_better=False),
    Column("PP p10", ".3f", lower_is_better=False),
    Column("cut km", ".0f"),
)


def run(title: str, pieces: gpd.GeoDataFrame, ground: Ground, *, old: str | None = None) -> str:
    """Two tables in Markdown. `old`: the column of `pieces` with the grids there are now, for the share preserved."""

    def facts(labels: Labels) -> dict[str, Any]:
        return figures(ground, labels) | ({"old kept": f"{preserved(ground, labels, old):.3f}"} if old else {})

    def with_joined(labels: Labels) -> dict[str, Any]:
        told = facts(labels)
        return told | ({JOINED: facts(joined(ground, labels))} if told["broken"] else {})

    called = [measure(name, _bound(call, ground), with_joined, limit_s=LIMIT_S) for name, call in PEERS.items()]
    peers = [row for peer in called for row in _rows(peer)]
    ours = [_ours(ground, wish, FULL_S, facts) for wish in WISHES]
    return report(title, _shown([*peers, *ours])) + "\n" + _meetings(ground, [p for p in peers if p.finished], facts)


def _rows(peer: Measured) -> list[Measured]:
    """The peer as it is and, where its grids were broken, with their parts joined in the same time and memory."""
    told = {name: value for name, value in peer.facts.items() if name != JOINED}
    rows = [Measured(peer.name, peer.seconds, peer.peak_mb, told)]
    if JOINED in peer.facts:
        rows.append(Measured(f"{peer.name}, {JOINED}", peer.seconds, peer.peak_mb, peer.facts[JOINED]))
    return rows


def joined(ground: Ground, labels: Labels) -> Labels:
    """Every part of a grid but its heaviest goes to the neighbouring grid that holds least, the lightest part first."""
    graph, labels = ground.adjacency, labels.copy()
    source = graph.source()
    while True:
        same = labels[source] == labels[graph.indices]
        count, part = connected_parts(graph.where(same))
        heavy = np.bincount(part, ground.households, minlength=count)
        grid_of = np.empty(count, dtype=labels.dtype)
        grid_of[part] = labels
        main = pd.Series(heavy).groupby(grid_of).idxmax().to_numpy()
        crossing = ~same & ~np.isin(part[source], main)
        if not crossing.any():
            return labels
        lightest = min(set(part[source[crossing]].tolist()), key=lambda loose: (heavy[loose], loose))
        beside = np.unique(labels[graph.indices[crossing & (part[source] == lightest)]])
        held = np.bincount(labels, ground.households)
        labels[part == lightest] = beside[np.argmin(held[beside])]


def _bound(call: Callable[[Ground], Labels], ground: Ground) -> Callable[[], Labels]:
    return lambda: call(ground)


def _ours(ground: Ground, wish: str, seconds: float, facts: Callable[[Labels], dict[str, Any]]) -> Measured:
    name = f"OneGrid {wish}, {seconds:.1f} s"

    def within(limit: float) -> Callable[[], Labels]:
        return lambda: onegrid(ground, WISHES[wish], time_s=limit)

    return measure(name, within(seconds), facts, warm=within(0.1))


def onegrid(ground: Ground, wish: Wish, **search: Any) -> Labels:
    """The grid of every piece. `search`: how long or hard, and the seed, as `divide` takes them."""
    target = float(ground.households.sum()) / ground.grids
    bands = {"resident": Band("households", (1 - wish.band) * target, target, (1 + wish.band) * target)}
    found = divide(
        ground.pieces[["households", "geometry"]],
        bands=bands,
        weights=wish.weights,
        grids=ground.grids,
        networks=[],
        adjacency=ground.adjacency,
        **search,
    )
    return found.assignment


def figures(ground: Ground, labels: Labels) -> Columns:
    """The columns of the table, all computed here, by other code than OneGrid's own report."""
    graph = ground.adjacency
    source = graph.source()
    same = labels[source] == labels[graph.indices]
    numbers = np.unique(labels)
    households, area = (
        np.bincount(labels, values)[numbers] for values in (ground.households, ground.pieces.geometry.area.to_numpy())
    )
    deviation = households / (households.sum() / ground.grids) - 1
    border = np.bincount(source[~same], graph.length[~same], minlength=graph.pieces)
    perimeter = np.bincount(labels, graph.exterior + border)[numbers]
    roundness = 4 * np.pi * area / np.maximum(perimeter, 1e-9) ** 2
    return {
        "grids off": abs(len(numbers) - ground.grids),
        "broken": connected_parts(graph.where(same))[0] - len(numbers),
        "deviation max": float(np.abs(deviation).max()),
        "p95": float(np.quantile(np.abs(deviation), 0.95)),
        "std": float(deviation.std()),
        "within ±25 %": float((np.abs(deviation) <= 0.25).mean()),
        "PP mean": float(roundness.mean()),
        "PP p10": float(np.quantile(roundness, 0.1)),
        "cut km": float(graph.length[~same].sum() / 2000),
    }


def preserved(ground: Ground, labels: NDArray[np.int64], old: str) -> float:
    """Share of households that stay with the largest part of their old grid."""
    rows = ground.pieces[[old, "households"]].assign(grid=labels)
    rows = rows[rows[old].fillna("") != ""]
    kept = rows.groupby([old, "grid"])["households"].sum().groupby(level=0).max().sum()
    return float(kept / rows["households"].sum())


def _shown(rows: list[Measured]) -> list[Measured]:
    forms = {column.name: column.form for column in COLUMNS}
    return [
        Measured(
            row.name,
            row.seconds,
            row.peak_mb,
            {name: format(value, forms[name]) if name in forms else value for name, value in row.facts.items()},
        )
        for row in rows
    ]


def _meetings(ground: Ground, peers: list[Measured], facts: Callable[[Labels], dict[str, Any]]) -> str:
    """Every peer against the OneGrid run of equal time that beats it in most columns."""
    lines = ["| peer | seconds of OneGrid | wish | columns at least as good | behind in |", "|---|---|---|---|---|"]
    runs: dict[float, list[tuple[str, Measured]]] = {}
    for peer in peers:
        seconds = max(LEAST_S, round(peer.seconds, 1))
        if seconds not in runs:
            runs[seconds] = [(wish, _ours(ground, wish, seconds, facts)) for wish in WISHES]
        met = [(_behind(ours, peer), wish, ours.seconds) for wish, ours in runs[seconds]]
        behind, wish, spent = min(met, key=lambda meeting: len(meeting[0]))
        won = f"{len(COLUMNS) - len(behind)} of {len(COLUMNS)}"
        lines.append(f"| {peer.name} | {spent:.2f} | {wish} | {won} | {', '.join(text for text in behind) or '–'} |")
    return "\n".join(lines) + "\n"


def _behind(ours: Measured, peer: Measured) -> list[str]:
    return [
        f"{column.name} {ours.facts[column.name]:{column.form}} to {peer.facts[column.name]:{column.form}}"
        for column in COLUMNS
        if not column.at_least_as_good(ours.facts[column.name], peer.facts[column.name])
    ]
