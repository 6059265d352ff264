"""The work of a division: one task per territory, searched side by side; each has its own seed."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.errors import Cancelled
from app.spatial.division.adjacency import Adjacency, followed_share
from app.spatial.division.ground import Territory
from app.spatial.division.terms import Band, Weights
from app.spatial.search.adjust import adjust
from app.spatial.search.anneal import Ground, Prices, improve
from app.spatial.search.start import first_assignment

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Report = Callable[[float, str], None]

EFFORT = 10_000.0  # proposals per piece …
PROPOSALS = 30_000_000  # … up to this many for all pieces together (about 5 s)
PILOT = 300_000  # proposals that measure the machine's speed when a time is given
SIZE_PRICE = 1 / 0.15**2  # with all weights 1, a grid 15 % off its target costs as much as one grid side of border
SHAPE_PRICE = 1.0  # and so does a grid that loses all of its roundness
STABLE_PRICE = 4.0  # and tearing an old grid of the target's size in two halves costs two grid sides


@dataclass(frozen=True)
class Base:
    """What all tasks share. `amounts` per kind; `sources`: source codes of every piece, one array per network.

    `fixed`: the numbers of grids are as given; else they may change where that suits the band. `units`: number of the
    unit per piece, whose pieces are never parted (each connected, in one territory; default: every piece alone).
    `loads`: kind → further quantities (per piece, weight, band). `centres` (pieces × 2) and `stations` (any × 2) in
    metres: a grid is served by the station that makes Σ amount · distance least.
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
    """One territory to be divided into `count` grids, or about so many; arrays are in the order of `pieces`."""

    territory: Territory
    pieces: Ints
    count: int
    ground: Ground
    prices: Prices
    start: NDArray[np.int32]
    seed: int
    fixed: bool


def make_tasks(base: Base, territories: Sequence[Territory], counts: Ints) -> list[Task]:
    label = np.full(base.adjacency.pieces, -1, dtype=np.int64)
    for number, territory in enumerate(territories):
        label[list(territory.pieces)] = number
    source = base.adjacency.source()
    same = (label[source] >= 0) & (label[source] == label[base.adjacency.indices])
    graph = base.adjacency.where(same).links(base.min_edge)
    perimeter = base.adjacency.exterior + np.bincount(source, base.adjacency.length, minlength=base.adjacency.pieces)
    cost = graph.length * _border_price(base, graph)
    local = np.zeros(base.adjacency.pieces, dtype=np.int64)
    return [
        _task(base, territory, int(count), graph, cost, perimeter, local)
        for territory, count in zip(territories, counts, strict=True)
    ]


def _border_price(base: Base, graph: Adjacency) -> Floats:
    """Per metre of border: `compact`, and `follow` where no existing border or barrier runs."""
    known = bool(base.sources) or bool(graph.barrier.any())
    follow = base.weights.follow if known else 0.0
    return base.weights.compact + follow * (1.0 - followed_share(graph, base.sources))


def _task(
    base: Base, territory: Territory, count: int, whole: Adjacency, cost: Floats, perimeter: Floats, local: Ints
) -> Task:
    pieces = np.array(territory.pieces, dtype=np.int64)
    local[pieces] = np.arange(len(pieces))
    degree = np.diff(whole.indptr)[pieces]
    indptr = np.concatenate([[0], np.cumsum(degree)])
    rows = np.repeat(whole.indptr[pieces] - indptr[:-1], degree) + np.arange(indptr[-1])
    graph = Adjacency(
        indptr, local[whole.indices[rows]], whole.length[rows], whole.barrier[rows], whole.exterior[pieces]
    )
    band, amount = base.bands[territory.kind], base.amounts[territory.kind][pieces]
    side = float(np.sqrt(base.area_m2[pieces].sum() / count))
    old, old_total = _old_grids([codes[pieces] for codes in base.sources], amount / band.target)
    ground = Ground(
        indptr=graph.indptr.astype(np.int32),
        indices=graph.indices.astype(np.int32),
        cost=cost[rows] / side,
        length=graph.length / side,
        perimeter=perimeter[pieces] / side,
        area=base.area_m2[pieces] / side**2,
        quantity=amount / band.target,
        old=old,
        old_total=old_total,
    )
    seed = zlib.crc32(f"{base.seed}/{territory.name}/{territory.pieces[0]}".encode())
    start = first_assignment(graph, amount, count, seed).astype(np.int32)
    fixed = base.fixed or bool(territory.campus)
    return Task(territory, pieces, count, ground, _prices(base, band), start, seed, fixed)


def _prices(base: Base, band: Band) -> Prices:
    weights = base.weights
    return Prices(
        balance=weights.balance * SIZE_PRICE,
        shape=weights.compact * SHAPE_PRICE,
        stable=weights.stable * STABLE_PRICE / max(1, len(base.sources)) if base.sources else 0.0,
        low=band.minimum / band.target,
        high=band.maximum / band.target,
    )


def _old_grids(sources: Sequence[NDArray[np.object_]], quantity: Floats) -> tuple[NDArray[np.int32], Floats]:
    """Old grids of all networks numbered through (-1: none), and the quantity of each inside the territory."""
    numbers, totals, used = np.full((len(quantity), len(sources)), -1, dtype=np.int32), [], 0
    for network, codes in enumerate(sources):
        named = np.asarray(codes != "", dtype=bool)
        names, number = np.unique(codes[named].astype(str), return_inverse=True)
        numbers[named, network] = number + used
        total = np.bincount(number, quantity[named], minlength=len(names))
        totals.append(np.maximum(total, 1e-12))  # an old grid without anybody in it cannot be torn apart
        used += len(names)
    return numbers, np.concatenate(totals) if totals else np.empty(0)


def affordable_effort(tasks: Sequence[Task], until: float | None, threads: int, clock: Callable[[], float]) -> float:
    """Proposals per piece: a fixed number by size, or as many as a pilot says can be made `until` that time."""
    divided = [task for task in tasks if task.count > 1]
    work = sum(len(task.pieces) for task in divided)
    if until is None or not divided:
        return min(EFFORT, PROPOSALS / max(work, 1))
    pilot = max(divided, key=lambda task: len(task.pieces))
    _improve(pilot, 1, None)  # compiles
    began = clock()
    _improve(pilot, PILOT, None)
    lasted = max(clock() - began, 1e-6)
    rate = PILOT / lasted * min(threads, len(divided))
    return max(1.0, (until - clock()) * rate / work)


def _improve(task: Task, proposals: int, step: Callable[[int], None] | None) -> Ints:
    part = improve(task.ground, task.start, task.count, task.prices, proposals=proposals, seed=task.seed, step=step)
    if not task.fixed and proposals > 1:
        part = adjust(task.ground, part, task.prices, proposals=proposals, seed=task.seed, step=step)
    return part.astype(np.int64)


def search(tasks: Sequence[Task], effort: float, threads: int, say: Report) -> list[Ints]:
    """The assignment of every task, in order. `say` is called from this thread; when it raises, the search stops."""
    parts: list[Ints] = [task.start.astype(np.int64) for task in tasks]
    work = {at: max(1, round(effort * len(task.pieces))) for at, task in enumerate(tasks) if task.count > 1}
    stop, done, lock = threading.Event(), [0], threading.Lock()

    def step(proposals: int) -> None:
        with lock:
            done[0] += proposals
        if stop.is_set():
            raise Cancelled("the division was cancelled")

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        largest_first = sorted(work, key=lambda at: (-work[at], at))
        running: dict[Future[Ints], int] = {
            pool.submit(_improve, tasks[at], work[at], step): at for at in largest_first
        }
        waiting = set(running)
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=0.2)
                for future in finished:
                    parts[running[future]] = future.result()
                say(0.15 + 0.8 * min(1.0, done[0] / max(1, sum(work.values()))), "dividing")
        finally:
            stop.set()
            for future in waiting:
                future.cancel()
    return parts
