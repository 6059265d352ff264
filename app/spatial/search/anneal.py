"""The search of one territory: rounds of simulated annealing in regions side by side (docs/division.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, wait
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.spatial.search.cooling import Cooling
from app.spatial.search.ground import AREA, Ground
from app.spatial.search.kernel import BLOCK, Grids, anneal
from app.spatial.search.prices import Prices, grid_sums
from app.spatial.search.regions import count_regions, split_grids

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

SLICE = 300  # blocks of one call of the kernel: about 0.05 s, so that a search is soon cancelled
ROUNDS = 24  # least number of rounds where a territory has several regions


class Room(NamedTuple):
    """Scratch arrays of the kernel: position in the list of cut slots, stamp of the last search."""

    place: Ints
    stamp: NDArray[np.int64]


class Stretch(NamedTuple):
    """One call of the kernel."""

    members: Ints
    region_of: Ints
    region: int
    heats: Floats
    balances: Floats
    seed: np.uint64
    mark: int


def improve(
    ground: Ground,
    start: Ints,
    count: int,
    prices: Prices,
    *,
    proposals: int,
    seed: int,
    centres: Floats | None = None,
    step: Callable[[int], None] | None = None,
    heat: float = 1.0,
    pool: Executor | None = None,
) -> Ints:
    """A better assignment of units to grids 0..count-1 from a connected `start` in which every grid holds a unit.

    Contiguity and the number of grids are kept. With `centres` of the units (m) a large territory is searched in
    regions, side by side in `pool` where one is given. `step(proposals done)` is called after each round and may
    raise to cancel. The same ground, start, prices, proposals and seed give the same answer, with and without pool.
    """
    part = start.astype(np.int32)
    grids = Grids(part, grid_sums(ground, part, count, prices))
    room = Room(np.full(len(ground.indices), -1, dtype=np.int32), np.zeros(len(start), dtype=np.int64))
    for stretches in _rounds(ground, grids, Cooling.of(ground, prices, heat), proposals, seed, centres):
        _run(ground, grids, prices, room, stretches, pool)
        if step is not None:
            step(sum(len(stretch.heats) for stretch in stretches) * BLOCK)
    return grids.part


def _run(
    ground: Ground, grids: Grids, prices: Prices, room: Room, stretches: list[Stretch], pool: Executor | None
) -> None:
    def search(stretch: Stretch) -> None:
        anneal(ground, grids, prices, room, *stretch)

    if pool is None or len(stretches) == 1:
        for stretch in stretches:
            search(stretch)
        return
    largest_first = sorted(stretches, key=lambda stretch: -len(stretch.heats))
    running = [pool.submit(search, stretch) for stretch in largest_first]
    wait(running)
    for future in running:
        future.result()


def _rounds(
    ground: Ground, grids: Grids, cooling: Cooling, proposals: int, seed: int, centres: Floats | None
) -> Iterator[list[Stretch]]:
    """What is to be done side by side, round after round; read after the round before is done."""
    units, count = len(grids.part), len(grids.sums)
    blocks = max(1, -(-proposals // BLOCK))
    regions = 1 if centres is None else count_regions(count)
    rounds = -(-blocks // (SLICE * regions))
    if regions > 1:
        rounds = max(ROUNDS, rounds)
    for number in range(rounds):
        rng = np.random.default_rng([seed, number])
        region_of = np.zeros(count, dtype=np.int32)
        if regions > 1 and centres is not None:
            region_of = split_grids(_middles(grids.part, ground, centres, count), regions, rng)
        draws = rng.integers(1, 2**63, regions, dtype=np.uint64)
        first, last = blocks * number // rounds, blocks * (number + 1) // rounds
        stretches = []
        for region in range(regions):
            members = np.flatnonzero(region_of[grids.part] == region).astype(np.int32)
            share = max(1, round((last - first) * len(members) / units))
            progress = (first + (last - first) * (np.arange(share) + 0.5) / share) / blocks
            heats, balances = cooling.at(progress)
            stretches.append(Stretch(members, region_of, region, heats, balances, draws[region], number << 32))
        yield stretches


def _middles(part: Ints, ground: Ground, centres: Floats, count: int) -> Floats:
    """Centre of every grid: of its units, by area."""
    area = np.maximum(ground.bring[:, AREA], 1e-12)
    sums = [np.bincount(part, area * axis, minlength=count) for axis in centres.T]
    return np.column_stack(sums) / np.bincount(part, area, minlength=count)[:, None]
