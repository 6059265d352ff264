"""The search: its sums and prices against brute force, contiguity against scipy, the same bytes on any threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from tilings import voronoi

from app.errors import Cancelled
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.ground import Territory
from app.spatial.division.terms import Band, Weights
from app.spatial.search.anneal import improve
from app.spatial.search.contiguity import leaves_whole
from app.spatial.search.ground import Ground
from app.spatial.search.kernel import Grids, anneal
from app.spatial.search.levels import improve_levels
from app.spatial.search.prices import Prices, grid_sums, kept_gain, total_price
from app.spatial.search.regions import count_regions, split_grids
from app.spatial.search.running import affordable_effort, search
from app.spatial.search.scraps import tie_scraps
from app.spatial.search.start import first_assignment
from app.spatial.search.tasks import Base, Task, make_tasks

WEIGHTS = Weights(balance=1.0, compact=0.8, stable=2.0, follow=0.7, barrier=0.5, station=0.6, slack=0.1)


def base_of(seed: int, count: int, grids: int, *, units: bool = False, weights: Weights = WEIGHTS) -> Base:
    """Random ground with everything that has a price: two networks, a second load, barriers, stations."""
    rng = np.random.default_rng(seed)
    shapes = voronoi(count, seed)
    number = len(shapes)
    households = rng.choice([0.0, 1.0, 5.0, 40.0], number)
    lines = np.array([shapely.LineString([(0, 700), (2000, 800)])], dtype=object)
    adjacency = build_adjacency(shapes, barriers=lines)
    adjacency = replace(adjacency, barrier=adjacency.length * (rng.random() < 0.5))
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    sources = [np.array([f"{x // step:.0f}-{y // step:.0f}" for x, y in centres], dtype=object) for step in (400, 700)]
    sources[0][rng.random(number) < 0.1] = ""
    target = max(households.sum(), 1.0) / grids
    return Base(
        adjacency=adjacency,
        area_m2=shapely.area(shapes),
        amounts={"resident": households},
        sources=sources,
        bands={"resident": Band("households", 0.75 * target, target, 1.25 * target)},
        weights=weights,
        min_edge=0.0,
        seed=seed,
        fixed=True,
        units=pairs_of_neighbours(adjacency, rng) if units else None,
        loads={"resident": [(rng.uniform(0, 9, number), 0.5, None)]},
        centres=centres,
        stations=rng.uniform(0, 2000, (3, 2)),
    )


def pairs_of_neighbours(adjacency: Adjacency, rng: np.random.Generator) -> np.ndarray:
    """A number per piece; some neighbours share one."""
    unit = np.arange(adjacency.pieces)
    for piece in rng.permutation(adjacency.pieces)[: adjacency.pieces // 4]:
        beside = adjacency.indices[adjacency.indptr[piece] : adjacency.indptr[piece + 1]]
        free = [u for u in beside if unit[u] == u and (unit == u).sum() == 1]
        if free and unit[piece] == piece:
            unit[piece] = free[0]
    return unit


def task_of(base: Base, grids: int) -> Task:
    pieces = tuple(range(base.adjacency.pieces))
    return make_tasks(base, [Territory("", "resident", "", pieces, False)], np.array([grids]))[0]


def fragments(indptr: np.ndarray, indices: np.ndarray, members: np.ndarray) -> np.ndarray:
    """The connected part of each of `members`, edges to others left out: scipy's."""
    graph = csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(indptr) - 1,) * 2)
    return connected_components(graph[members][:, members], directed=False)[1]


def is_whole(graph: Adjacency | Ground, members: np.ndarray) -> bool:
    return fragments(graph.indptr, graph.indices, members).max(initial=0) == 0


def price_of_pieces(base: Base, task: Task, part: np.ndarray) -> float:
    """The objective of docs/division.md from its formula, over pieces: no unit, no slot, no incremental sum."""
    w, grids = base.weights, task.count
    side = np.sqrt(base.area_m2.sum() / grids)
    target = base.bands["resident"].target
    border, perimeter = 0.0, np.bincount(part, base.adjacency.exterior, minlength=grids)
    for i, j, at in zip(*base.adjacency.pairs(), strict=True):
        if part[i] != part[j]:
            length, barrier = base.adjacency.length[at], base.adjacency.barrier[at]
            existing = max(np.mean([codes[i] != codes[j] for codes in base.sources]), barrier / length)
            border += length * (w.compact + w.follow * (1 - existing)) - w.barrier * barrier
            perimeter[[part[i], part[j]]] += length
    area = np.bincount(part, base.area_m2, minlength=grids)
    price = border / side + w.compact * (1 - 4 * np.pi * area / perimeter**2).sum()
    amount = np.bincount(part, base.amounts["resident"], minlength=grids) / target
    over = np.maximum(0.0, np.maximum(0.75 - amount, amount - 1.25))
    price += w.balance / 0.15**2 * (np.maximum(0.0, abs(amount - 1) - w.slack) ** 2 + 10 * over**2 + over).sum()
    values, weight, _ = base.loads["resident"][0]
    second = np.bincount(part, values, minlength=grids) / (values.sum() / grids)
    price += w.balance / 0.15**2 * weight * (np.maximum(0.0, abs(second - 1) - w.slack) ** 2).sum()
    mass = 0.75 * base.amounts["resident"] / target + 0.25 * base.area_m2 / side**2
    for codes in base.sources:
        for code in set(codes) - {""}:
            common = np.bincount(part, mass * (codes == code), minlength=grids)
            price -= w.stable * 4 / len(base.sources) * (common**2).sum() / common.sum()
    away = np.linalg.norm(base.centres[:, None] - base.stations[None], axis=2) / side
    for grid in range(grids):
        price += w.station * (mass[:, None] * away)[part == grid].sum(axis=0).min()
    return price


@given(seed=st.integers(0, 10_000), units=st.booleans())
@settings(max_examples=12)
def test_the_price_of_units_is_the_price_of_their_pieces(seed, units):
    base = base_of(seed, 50, 6, units=units)
    task = task_of(base, 6)
    assert total_price(task.ground, task.start, task.prices) == pytest.approx(
        price_of_pieces(base, task, task.start[task.unit]), rel=1e-5
    )


def annealed(task: Task, heats: np.ndarray, seed: int = 1) -> Grids:
    """What the kernel leaves behind after these temperatures, with all its sums."""
    ground, part = task.ground, task.start.copy()
    grids = Grids(part, grid_sums(ground, part, task.count, task.prices))
    room = (np.full(len(ground.indices), -1, dtype=np.int32), np.zeros(len(part), dtype=np.int64))
    balances = np.full(len(heats), task.prices.balance)
    everything, one = np.arange(len(part), dtype=np.int32), np.zeros(task.count, dtype=np.int32)
    anneal(ground, grids, task.prices, room, everything, one, 0, heats, balances, np.uint64(seed), 0)
    return grids


@given(seed=st.integers(0, 10_000), units=st.booleans())
@settings(max_examples=12)
def test_sums_kept_in_step_are_the_sums_counted_anew(seed, units):
    task = task_of(base_of(seed, 60, 7, units=units), 7)
    grids = annealed(task, np.geomspace(1.0, 0.1, 5), seed + 1)
    counted = grid_sums(task.ground, grids.part, task.count, task.prices)
    assert (grids.part != task.start).any()
    np.testing.assert_allclose(grids.sums, counted, rtol=1e-6, atol=1e-6)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10)
def test_without_heat_the_price_never_rises(seed):
    """The change of price that a move is judged by is the change of the whole: else a step would make it dearer."""
    task = task_of(base_of(seed, 60, 7), 7)
    before = total_price(task.ground, task.start, task.prices)
    for turn in range(6):
        part = annealed(task, np.zeros(1), seed + turn + 1).part
        after = total_price(task.ground, part, task.prices)
        assert after <= before + 1e-4
        task, before = replace(task, start=part), after


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10)
def test_old_grids_gained_by_a_move(seed):
    task = task_of(base_of(seed, 40, 5, units=True), 5)
    ground, part, prices = task.ground, task.start, task.prices
    only_old = Prices(0.0, 0.0, prices.stable, 0.0, prices.bands)
    bare = ground._replace(edge=np.zeros_like(ground.edge))
    for unit in range(0, len(part), 5):
        moved = part.copy()
        moved[unit] = (part[unit] + 1) % task.count
        gain = kept_gain(ground.old, part, unit, part[unit], moved[unit])
        change = total_price(bare, moved, only_old) - total_price(bare, part, only_old)
        assert -prices.stable * gain == pytest.approx(change, abs=1e-9)


@given(seed=st.integers(0, 10_000), count=st.integers(3, 90), grids=st.integers(1, 4))
@settings(max_examples=25)
def test_what_leaves_a_grid_whole(seed, count, grids):
    """On random parts: what of the unit's own fragment is left when it goes."""
    rng = np.random.default_rng(seed)
    base = base_of(seed, count, 1)
    ground = task_of(base, 1).ground
    part = rng.integers(0, grids, base.adjacency.pieces).astype(np.int32)
    stamp, queue, marks = np.zeros(len(part), np.int64), np.empty(len(part), np.int32), np.zeros(1, np.int64)
    for unit in range(len(part)):
        slots = np.arange(ground.indptr[unit], ground.indptr[unit + 1])
        stays = part[ground.indices[slots]] == part[unit]
        own = np.uint64(sum(1 << int(at) for at in np.flatnonzero(stays)))
        grid = np.flatnonzero(part == part[unit])
        fragment = fragments(ground.indptr, ground.indices, grid)
        rest = grid[(fragment == fragment[grid == unit]) & (grid != unit)]
        expected = is_whole(ground, rest)
        arrays = (ground.indptr, ground.indices, ground.near, part, unit, own, int(stays.sum()), stamp, queue, marks)
        assert leaves_whole(*arrays) == expected


@given(seed=st.integers(0, 10_000), count=st.integers(8, 80), grids=st.integers(2, 8), units=st.booleans())
@settings(max_examples=25)
def test_grids_are_whole_full_and_as_many_as_asked(seed, count, grids, units):
    base = base_of(seed, count, grids, units=units)
    assume(base.units is None or len(set(base.units)) >= grids)
    task = task_of(base, grids)
    found = search([task], 500, 2, lambda share, text: None)[0]
    assert set(found) == set(range(grids))
    assert all(is_whole(base.adjacency, np.flatnonzero(found == grid)) for grid in range(grids))
    if base.units is not None:
        assert all(len(set(found[base.units == unit])) == 1 for unit in set(base.units))


def test_any_number_of_threads_gives_the_same_bytes():
    base = base_of(5, 1_300, 210, weights=Weights(stable=1.0))
    task = task_of(base, 210)
    assert count_regions(task.count) > 1
    found = {search([task], 150, threads, lambda share, text: None)[0].tobytes() for threads in (1, 2, 5)}
    with ThreadPoolExecutor(3) as pool:
        again = improve_levels(task, round(150 * len(task.pieces)), None, pool)
    assert found == {again[task.unit].astype(np.int64).tobytes()}


@given(seed=st.integers(0, 10_000), units=st.booleans())
@settings(max_examples=12)
def test_scraps_hang_on_a_neighbour(seed, units):
    """On the coarse level every unit is connected, its sums are those of its pieces, and its price is theirs."""
    base = base_of(seed, 90, 4, units=units, weights=replace(WEIGHTS, barrier=0.0))
    base.area_m2[::2] *= 1e-3  # scraps
    base.amounts["resident"][::2] = 0.0
    base.loads["resident"][0][0][::2] = 0.0
    task = task_of(base, 4)
    assume(task.coarse is not None)
    coarse, unit = task.coarse, task.coarse.unit
    assert len(coarse.start) < len(task.start) == len(unit)
    assert all(is_whole(task.ground, np.flatnonzero(unit == tied)) for tied in range(len(coarse.start)))
    assert (task.start == coarse.start[unit]).all()
    assert total_price(coarse.ground, coarse.start, task.prices) == pytest.approx(
        total_price(task.ground, task.start, task.prices), rel=1e-5
    )


def test_nothing_is_tied_where_little_would_be_left():
    graph = build_adjacency(voronoi(40, 1))
    size = np.full(graph.pieces, 0.001)
    assert tie_scraps(graph, graph.length, size, 30) is None
    assert tie_scraps(graph, graph.length, np.ones(graph.pieces), 2) is None
    assert tie_scraps(graph, -graph.length, size, 2) is None


def test_regions_hold_about_as_many_grids():
    centres = np.random.default_rng(1).uniform(0, 1, (500, 2))
    region = split_grids(centres, 8, np.random.default_rng(2))
    assert np.bincount(region).min() > 500 * 0.4**3 * 0.9
    assert [count_regions(grids) for grids in (1, 199, 200, 400, 10_000)] == [1, 1, 2, 4, 8]


def test_the_search_betters_its_start():
    base = base_of(3, 400, 20, weights=Weights())
    task = task_of(base, 20)
    found = improve(task.ground, task.start, 20, task.prices, proposals=200_000, seed=1)
    assert total_price(task.ground, found, task.prices) < 0.9 * total_price(task.ground, task.start, task.prices)


def test_stations_draw_grids_to_themselves():
    """Ground that two stations share is parted half way when stations matter more than anything else."""
    shapes = np.array([shapely.box(x, y, x + 100, y + 100) for x in range(0, 1200, 100) for y in range(0, 400, 100)])
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    base = Base(
        adjacency=build_adjacency(shapes),
        area_m2=shapely.area(shapes),
        amounts={"resident": np.ones(len(shapes))},
        sources=[],
        bands={"resident": Band("households", 1, 24, 48)},
        weights=Weights(balance=0.01, compact=0.1, station=50.0),
        min_edge=1.0,
        seed=1,
        fixed=True,
        centres=centres,
        stations=np.array([[0.0, 200.0], [800.0, 200.0]]),
    )
    found = search([task_of(base, 2)], 5_000, 1, lambda share, text: None)[0]
    assert len({*found[centres[:, 0] < 400]}) == len({*found[centres[:, 0] > 400]}) == 1
    assert found[0] != found[-1]


@given(seed=st.integers(0, 10_000), count=st.integers(2, 30))
@settings(max_examples=25)
def test_every_start_is_connected_and_full(seed, count):
    adjacency = build_adjacency(voronoi(40, seed))
    quantity = np.random.default_rng(seed).choice([0.0, 1.0, 5.0, 400.0], adjacency.pieces)
    part = first_assignment(adjacency, quantity, count, seed)
    assert set(part) == set(range(count))
    assert all(is_whole(adjacency, np.flatnonzero(part == grid)) for grid in range(count))


def test_a_large_territory_is_cancelled_between_rounds():
    said: list[float] = []

    def watch(share: float, text: str) -> None:
        said.append(share)
        raise Cancelled("enough")

    task = task_of(base_of(5, 1_300, 210), 210)
    with pytest.raises(Cancelled, match="enough"):
        search([task], 1e6, 2, watch)
    assert len(said) == 1


def test_more_time_affords_more():
    def ticks():
        now = 0.0
        while True:
            yield now
            now += 0.5

    task = task_of(base_of(5, 200, 10), 10)
    short, long = (affordable_effort([task], until, 1, ticks().__next__) for until in (3.0, 30.0))
    assert 1.0 < short < long
    assert affordable_effort([task], None, 1, ticks().__next__) == 10_000
