"""Divide pieces into grids: per area and kind, connected, near the target, compact (docs/division.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency
from app.spatial.division.assembly import assemble
from app.spatial.division.columns import read_inputs
from app.spatial.division.layout import Wish, lay_out, tasks_of
from app.spatial.division.report import DivisionReport, report_division
from app.spatial.division.terms import Band, Rules, Weights
from app.spatial.proposals.infeasible import find_proposals, refuse
from app.spatial.proposals.trials import Outcome
from app.spatial.search.tasks import Report, affordable_effort, search

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Division:
    """`assignment`: per piece the number of its grid, -1 for a piece outside every area.

    `grids` has one row per grid, its number being the index: `area`, `kind`, `campus` (or compound that the grid is),
    `territory` (number, -1 for a locked grid), `quantity` (name), `target`, `minimum`, `maximum`, `amount`, `pieces`,
    `below_band`, `oversized` (holds a unit above the maximum), `locked` (its code, else '').
    """

    assignment: Ints
    grids: pd.DataFrame
    report: DivisionReport


def divide(
    pieces: gpd.GeoDataFrame,
    *,
    bands: Mapping[str, Band],
    weights: Weights | None = None,
    rules: Rules | None = None,
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
    areas, a piece whose area is '' is not divided. Pieces of one `campus` or `compound` stay together. `grids` asks for
    exactly that many (bands are then scaled to fit). `networks` are the columns with old grids for `stable` and
    `follow` (default: `pieces.attrs["networks"]`). `effort` is the number of proposals per piece; with `time_s` it is
    chosen from the measured speed and reported, and the same effort given again repeats the result. `progress(share,
    text)` may raise to cancel.

    Raises InputError for a geographic CRS or a missing or negative quantity, Infeasible for a number of grids that
    cannot be and, where `rules` are strict, for any wish that cannot be met.
    """
    began, say = clock(), progress or (lambda share, text: None)
    rules = rules or Rules()
    say(0.0, "finding neighbours")
    inputs = read_inputs(pieces, bands, rules, networks, adjacency)
    layout = lay_out(inputs, rules, Wish(weights or Weights(), seed, grids, min_edge))
    say(0.05, "first assignment")
    tasks = tasks_of(layout)
    if effort is None:
        effort = affordable_effort(list(tasks.values()), None if time_s is None else began + time_s, threads, clock)
    parts = dict(zip(tasks, search(list(tasks.values()), effort, threads, say), strict=True))
    assignment, made = assemble(layout, parts)
    proposals = find_proposals(layout, Outcome(assignment, made), effort, threads, say)
    if layout.rules.strict:
        refuse(proposals)
    report = report_division(layout, made, assignment, effort)
    return Division(assignment, made, replace(report, proposals=[proposal.to_dict() for proposal in proposals]))


def partition(
    pieces: gpd.GeoDataFrame,
    *,
    bands: Mapping[str, Band],
    weights: Weights,
    seed: int,
    grids: int,
    effort: float,
    adjacency: Adjacency,
    min_edge: float = 1.0,
) -> Ints:
    """The assignment that `divide` gives for the same, on one thread: no report and no proposals, for an edit that must
    answer at once."""
    rules = Rules()
    inputs = read_inputs(pieces, bands, rules, None, adjacency)
    layout = lay_out(inputs, rules, Wish(weights, seed, grids, min_edge))
    tasks = tasks_of(layout)
    parts = search(list(tasks.values()), effort, 1, lambda share, text: None)
    return assemble(layout, dict(zip(tasks, parts, strict=True)))[0]
