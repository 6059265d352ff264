"""The tasks of a division: one per territory, its pieces contracted to units, each with a seed of its own."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency, followed_share
from app.spatial.division.ground import Territory
from app.spatial.division.terms import Band, Weights
from app.spatial.search.contraction import Contracted, contract, old_grids
from app.spatial.search.ground import Ground, OldGrids, pack_ground
from app.spatial.search.levels import Coarse
from app.spatial.search.prices import Prices, make_prices
from app.spatial.search.running import Report, affordable_effort, search
from app.spatial.search.scraps import tie_scraps
from app.spatial.search.start import first_assignment

__all__ = ["Base", "Report", "Task", "affordable_effort", "make_tasks", "search"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIZE_PRICE = 1 / 0.15**2  # with all weights 1, a grid 15 % off its target costs as much as one grid side of border
SHAPE_PRICE = 1.0  # and so does a grid that loses all of its roundness
STABLE_PRICE = 4.0  # and tearing an old grid of the target's size in two halves costs two grid sides
GROUND_SHARE = 0.25  # of an old grid's mass; the rest is its share of the quantity


@dataclass(frozen=True)
class Base:
    """What all tasks share. `amounts` per kind; `sources`: source codes of every piece, one array per network.

    `fixed`: the numbers of grids are as given; else they may change where that suits the band. `units`: number of the
    unit per piece, whose pieces are never parted (each connected, in one territory; default: every piece alone).
    `loads`: kind → further quantities (per piece, weight, band). `centres` (pieces × 2) and `stations` (any × 2) in
    metres: a grid is served by the station that makes Σ mass · distance least; without centres a territory is searched
    on one core.
    """

    adjacency: Adjacency
    area_m2: Floats
    amounts: Mapping[str, Floats]
    sources: Sequence[NDArray[np.object_]]
    bands: Mapping[str, Band]
    weights: Weights
    min_edge: float
    seed: int
    fixed: bool
    units: Ints | None = None
    loads: Mapping[str, Sequence[tuple[Floats, float, Band | None]]] = field(default_factory=dict)
    centres: Floats | None = None
    stations: Floats | None = None


@dataclass(frozen=True)
class Task:
    """One territory to be divided into `count` grids, or about so many.

    `unit`: per piece of `pieces` the number of its unit; `ground`, `start` and `centres` are per unit. `coarse`: the
    same with fewer units, to be searched first.
    """

    territory: Territory
    pieces: Ints
    unit: Ints
    count: int
    ground: Ground
    prices: Prices
    start: NDArray[np.int32]
    centres: Floats | None
    coarse: Coarse | None
    seed: int
    fixed: bool


def make_tasks(base: Base, territories: Sequence[Territory], counts: Ints) -> list[Task]:
    """`counts`: grids per territory, at most its units."""
    label = np.full(base.adjacency.pieces, -1, dtype=np.int64)
    for number, territory in enumerate(territories):
        label[list(territory.pieces)] = number
    source = base.adjacency.source()
    same = (label[source] >= 0) & (label[source] == label[base.adjacency.indices])
    graph = base.adjacency.where(same).links(base.min_edge)
    perimeter = base.adjacency.exterior + np.bincount(source, base.adjacency.length, minlength=base.adjacency.pieces)
    cost = _border_price(base, graph)
    local = np.zeros(base.adjacency.pieces, dtype=np.int64)
    return [
        _task(base, territory, int(count), _within(territory, graph, cost, perimeter, local))
        for territory, count in zip(territories, counts, strict=True)
    ]


def _border_price(base: Base, graph: Adjacency) -> Floats:
    """Per edge: `compact` per metre, and `follow` where no existing border or barrier runs; less, by `barrier`, where
    a barrier runs, which is then better cut than kept inside a grid."""
    known = bool(base.sources) or bool(graph.barrier.any())
    follow = base.weights.follow if known else 0.0
    wish = base.weights.compact + follow * (1.0 - followed_share(graph, base.sources))
    price: Floats = graph.length * wish - base.weights.barrier * graph.barrier
    return price


class _Borders(NamedTuple):
    """A territory's own graph of pieces, from its first on, with what `contract` wants to know of it."""

    graph: Adjacency
    cost: Floats
    perimeter: Floats


def _within(territory: Territory, whole: Adjacency, cost: Floats, perimeter: Floats, local: Ints) -> _Borders:
    pieces = np.array(territory.pieces, dtype=np.int64)
    local[pieces] = np.arange(len(pieces))
    degree = np.diff(whole.indptr)[pieces]
    indptr = np.concatenate([[0], np.cumsum(degree)])
    rows = np.repeat(whole.indptr[pieces] - indptr[:-1], degree) + np.arange(indptr[-1])
    graph = Adjacency(
        indptr, local[whole.indices[rows]], whole.length[rows], whole.barrier[rows], whole.exterior[pieces]
    )
    return _Borders(graph, cost[rows], perimeter[pieces])


def _task(base: Base, territory: Territory, count: int, borders: _Borders) -> Task:
    pieces = np.array(territory.pieces, dtype=np.int64)
    unit = np.arange(len(pieces)) if base.units is None else np.unique(base.units[pieces], return_inverse=True)[1]
    made = contract(*borders, unit.astype(np.int64))
    ground, prices = _ground(base, territory, pieces, count, made)
    seed = zlib.crc32(f"{base.seed}/{territory.name}/{territory.pieces[0]}".encode())
    coarse = _coarse(base, territory, pieces, count, borders, made, seed)
    start = _start(base, territory, pieces, count, made, seed) if coarse is None else coarse.start[coarse.unit]
    fixed = base.fixed or bool(territory.campus)
    return Task(
        territory, pieces, made.unit, count, ground, prices, start, _centres(base, pieces, made), coarse, seed, fixed
    )


def _ground(base: Base, territory: Territory, pieces: Ints, count: int, made: Contracted) -> tuple[Ground, Prices]:
    band, amount = base.bands[territory.kind], base.amounts[territory.kind][pieces]
    area = base.area_m2[pieces]
    side = float(np.sqrt(area.sum() / count))
    mass = (1.0 - GROUND_SHARE) * amount / band.target + GROUND_SHARE * area / side**2
    loads, prices = _loads(base, territory, pieces, count, made)
    wanted = base.weights.station > 0 and base.stations is not None and base.centres is not None
    return pack_ground(
        made.graph.indptr,
        made.graph.indices,
        cost=made.cost / side,
        length=made.graph.length / side,
        perimeter=made.perimeter / side,
        area=made.sums(area) / side**2,
        loads=loads,
        far=_far(base, pieces, mass, side, made) if wanted else None,
        mass=made.sums(mass),
        old=_old(base, pieces, mass, made),
    ), prices


def _coarse(
    base: Base, territory: Territory, pieces: Ints, count: int, borders: _Borders, made: Contracted, seed: int
) -> Coarse | None:
    """The territory with scraps tied to a neighbour, where there are some."""
    if count == 1:
        return None
    area = made.sums(base.area_m2[pieces])
    loads, _ = _loads(base, territory, pieces, count, made)
    size = np.max([area * count / max(float(area.sum()), 1e-12), *loads], axis=0)
    tied = tie_scraps(made.graph, made.cost, size, count)
    if tied is None:
        return None
    fewer = contract(*borders, tied[made.unit])
    ground, _ = _ground(base, territory, pieces, count, fewer)
    start = _start(base, territory, pieces, count, fewer, seed)
    return Coarse(tied, ground, start, _centres(base, pieces, fewer))


def _start(
    base: Base, territory: Territory, pieces: Ints, count: int, made: Contracted, seed: int
) -> NDArray[np.int32]:
    amount = made.sums(base.amounts[territory.kind][pieces])
    return first_assignment(made.graph, amount, count, seed).astype(np.int32)


def _loads(base: Base, territory: Territory, pieces: Ints, count: int, made: Contracted) -> tuple[list[Floats], Prices]:
    """Amounts per unit in targets, and prices: first the quantity of the kind, then what else is shared evenly."""
    band = base.bands[territory.kind]
    loads = [made.sums(base.amounts[territory.kind][pieces]) / band.target]
    bands = [(1.0, band.minimum / band.target, band.maximum / band.target)]
    for values, weight, own in base.loads.get(territory.kind, ()):
        amount = made.sums(values[pieces])
        target = own.target if own is not None else float(amount.sum()) / count
        if target > 0.0 and weight > 0.0:
            loads.append(amount / target)
            edges = (0.0, np.inf) if own is None else (own.minimum / target, own.maximum / target)
            bands.append((weight, *edges))
    weights = base.weights
    return loads, make_prices(
        weights.balance * SIZE_PRICE,
        weights.compact * SHAPE_PRICE,
        bands,
        stable=weights.stable * STABLE_PRICE / len(base.sources) if base.sources else 0.0,
        station=weights.station,
        slack=weights.slack,
    )


def _old(base: Base, pieces: Ints, mass: Floats, made: Contracted) -> OldGrids | None:
    if not base.sources or base.weights.stable == 0:
        return None
    return old_grids([codes[pieces] for codes in base.sources], mass, made.unit)


def _far(base: Base, pieces: Ints, mass: Floats, side: float, made: Contracted) -> Floats | None:
    if base.centres is None or base.stations is None:
        return None
    away = base.centres[pieces][:, None] - base.stations[None]
    distance = np.hypot(away[..., 0], away[..., 1]) / side
    return np.column_stack([made.sums(mass * column) for column in distance.T]) if distance.shape[1] else None


def _centres(base: Base, pieces: Ints, made: Contracted) -> Floats | None:
    if base.centres is None:
        return None
    weight = np.maximum(base.area_m2[pieces], 1e-12)
    sums = [made.sums(weight * axis) for axis in base.centres[pieces].T]
    return np.column_stack(sums) / made.sums(weight)[:, None]
