"""Divide pieces into grids: per area and kind, connected, near the target, compact (docs/division.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.errors import InputError
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.ground import Labels, Territory, apportion, count_grids, find_territories
from app.spatial.division.report import DivisionReport, report_division
from app.spatial.division.terms import KINDS, Band, Weights
from app.spatial.search.tasks import Base, Report, Task, affordable_effort, make_tasks, search

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Division:
    """`assignment`: per piece the number of its grid, -1 for a piece outside every area.

    `grids` has one row per grid, its number being the index: `area`, `kind`, `campus`, `territory` (number),
    `quantity` (name), `target`, `minimum`, `maximum`, `amount`, `pieces`, `below_band`, `oversized` (holds a piece
    above the maximum).
    """

    assignment: Ints
    grids: pd.DataFrame
    report: DivisionReport


def divide(
    pieces: gpd.GeoDataFrame,
    *,
    bands: Mapping[str, Band],
    weights: Weights | None = None,
    seed: int = 1,
    grids: int | None = None,
    effort: float | None = None,
    time_s: float | None = None,
    networks: Sequence[str] | None = None,
    adjacency: Adjacency | None = None,
    min_edge: float = 1.0,
    threads: int = 2,
    progress: Report | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Division:
    """Every piece of an area to one grid. Same inputs, parameters and seed: the same bytes, whatever `threads` is.

    `pieces`: pieces frame in a metric CRS; without `kind` all are resident, without `area` they are one area; with
    areas, a piece whose area is '' is not divided. `grids` asks for exactly that many (bands are then scaled to fit).
    `networks` are the columns with old grids for `stable` and `follow` (default: `pieces.attrs["networks"]`).
    `effort` is the number of proposals per piece; with `time_s` it is chosen from the measured speed and reported,
    and the same effort given again repeats the result. `progress(share, text)` may raise to cancel.

    Raises InputError for a geographic CRS or a missing or negative quantity, Infeasible for a number of grids that
    cannot be.
    """
    began, say = clock(), progress or (lambda share, text: None)
    labels = _labels(pieces, bands)
    bands = {kind: bands[kind] for kind in KINDS if kind in set(labels.kind)}
    amounts = {kind: _amount(pieces, band.quantity) for kind, band in bands.items()}
    say(0.0, "finding neighbours")
    adjacency = adjacency or build_adjacency(pieces.geometry.to_numpy())
    if grids is not None:
        bands = _fitted(bands, amounts, labels, grids)
    territories = find_territories(labels, amounts, adjacency, bands)
    counts = _counts(territories, amounts, bands, grids)
    say(0.05, "first assignment")
    base = Base(
        adjacency=adjacency,
        area_m2=pieces.geometry.area.to_numpy(dtype=float),
        amounts=amounts,
        sources=[pieces[name].fillna("").astype(str).to_numpy(dtype=object) for name in _networks(pieces, networks)],
        bands=bands,
        weights=weights or Weights(),
        min_edge=min_edge,
        seed=seed,
        fixed=grids is not None,
    )
    tasks = make_tasks(base, territories, counts)
    if effort is None:
        effort = affordable_effort(tasks, None if time_s is None else began + time_s, threads, clock)
    parts = search(tasks, effort, threads, say)
    assignment, made = _assemble(tasks, parts, amounts, bands, len(pieces))
    report = report_division(made, assignment, labels, amounts, adjacency, effort)
    return Division(assignment, made, report)


def _labels(pieces: gpd.GeoDataFrame, bands: Mapping[str, Band]) -> Labels:
    if pieces.crs is None or not pieces.crs.is_projected:
        raise InputError("pieces must be in a metric coordinate system to be divided")

    def column(name: str, default: str) -> NDArray[np.object_]:
        if name not in pieces:
            return np.full(len(pieces), default, dtype=object)
        return pieces[name].fillna("").astype(str).to_numpy(dtype=object)

    kind = column("kind", KINDS[0])
    kind[kind == ""] = KINDS[0]
    if unknown := sorted(set(kind) - set(KINDS)):
        raise InputError(f"unknown kind {unknown[0]!r}; kinds are {', '.join(KINDS)}")
    if missing := sorted(set(kind) - set(bands)):
        raise InputError(f"no band for kind {missing[0]}")
    campus = np.where(kind == "institution", column("campus", ""), "").astype(object)
    return Labels(column("area", ""), kind, campus)


def _amount(pieces: gpd.GeoDataFrame, quantity: str) -> Floats:
    if quantity == "area_m2" and quantity not in pieces:
        return pieces.geometry.area.to_numpy(dtype=float)
    if quantity not in pieces:
        raise InputError(f"the pieces have no quantity {quantity}")
    amount = pd.to_numeric(pieces[quantity], errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(amount) & (amount >= 0)).all():
        raise InputError(f"{quantity} must be a number of 0 or more in every piece")
    return amount


def _networks(pieces: gpd.GeoDataFrame, networks: Sequence[str] | None) -> list[str]:
    names = list(pieces.attrs.get("networks", [])) if networks is None else list(networks)
    if missing := [name for name in names if name not in pieces]:
        raise InputError(f"the pieces have no column for network {missing[0]}")
    return names


def _fitted(bands: Mapping[str, Band], amounts: Mapping[str, Floats], labels: Labels, grids: int) -> dict[str, Band]:
    """The bands scaled by one factor so that all targets together make `grids` grids."""
    share = sum(
        float(amounts[kind][labels.divided & (labels.kind == kind)].sum()) / band.target for kind, band in bands.items()
    )
    if share <= 0:
        raise InputError("the pieces hold nothing to divide by: " + ", ".join(band.quantity for band in bands.values()))
    return {kind: band.scaled(share / grids) for kind, band in bands.items()}


def _counts(
    territories: Sequence[Territory], amounts: Mapping[str, Floats], bands: Mapping[str, Band], grids: int | None
) -> Ints:
    """Grids per territory; a campus is one grid, whatever its size."""
    most = np.array([1 if t.campus else len(t.pieces) for t in territories], dtype=np.int64)
    own = [amounts[t.kind][list(t.pieces)] for t in territories]
    if grids is not None:
        shares = [
            np.minimum(a, bands[t.kind].maximum).sum() / bands[t.kind].target
            for t, a in zip(territories, own, strict=True)
        ]
        return apportion(grids, np.array(shares, dtype=float), most)
    wanted = [count_grids(a, bands[t.kind]) for t, a in zip(territories, own, strict=True)]
    return np.minimum(np.array(wanted, dtype=np.int64), most)


def _assemble(
    tasks: Sequence[Task], parts: Sequence[Ints], amounts: Mapping[str, Floats], bands: Mapping[str, Band], count: int
) -> tuple[Ints, pd.DataFrame]:
    """Number the grids through: by territory, within it by their first piece."""
    assignment, rows, used = np.full(count, -1, dtype=np.int64), [], 0
    for number, (task, part) in enumerate(zip(tasks, parts, strict=True)):
        _, first, label = np.unique(part, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))[label]
        assignment[task.pieces] = used + rank
        amount, band, t = amounts[task.territory.kind][task.pieces], bands[task.territory.kind], task.territory
        totals, sizes = np.bincount(rank, amount), np.bincount(rank)
        large = np.bincount(rank, amount > band.maximum) > 0
        for grid in range(len(first)):
            rows.append(
                {
                    "area": t.area,
                    "kind": t.kind,
                    "campus": t.campus,
                    "territory": number,
                    "quantity": band.quantity,
                    "target": band.target,
                    "minimum": band.minimum,
                    "maximum": band.maximum,
                    "amount": totals[grid],
                    "pieces": int(sizes[grid]),
                    "below_band": t.below_band,
                    "oversized": bool(large[grid]) and not t.campus,
                }
            )
        used += len(first)
    return assignment, pd.DataFrame(rows)
