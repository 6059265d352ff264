"""The search of one territory: rounds of simulated annealing in regions side by side (docs/division.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from app.spatial.search.cooling import Cooling
from app.spatial.search.field import Field, Stretch
from app.spatial.search.ground import AREA, Ground
from app.spatial.search.kernel import BLOCK, Grids
from app.spatial.search.mending import mend
from app.spatial.search.prices import Prices, grid_sums
from app.spatial.search.regions import count_regions, split_grids

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

SLICE = 300  # blocks of one call of the kernel: about 0.05 s, so that a search is soon cancelled
ROUNDS = 24  # least number of rounds where a territory has several regions
MENDING = 0.3  # proposals for mending at most, beside those of the search


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
    cooling: Cooling | None = None,
    mending: float = MENDING,
    pool: Executor | None = None,
) -> Ints:
    """A better assignment of units to grids 0..count-1 from a connected `start` in which every grid holds a unit.

    Contiguity and the number of grids are kept. With `centres` of the units (m) a large territory is searched in
    regions, side by side in `pool` where one is given. `step(proposals done)` is called after each round and may
    raise to cancel. `cooling` is a whole one unless given; `mending`: proposals for that, beside those of the search.
    The same ground, start, prices, proposals and seed give the same answer, with and without pool.
    """
    part = start.astype(np.int32)
    field = Field(ground, Grids(part, grid_sums(ground, part, count, prices)), prices, pool)
    whole, rounds = Cooling.of(ground, prices), 0
    for stretches in _rounds(field, cooling or whole, proposals, seed, centres):
        field.run(stretches)
        rounds += 1
        if step is not None:
            step(sum(len(stretch.heats) for stretch in stretches) * BLOCK)
    mend(field, whole, round(proposals * mending), seed, rounds, step)
    return part


def _rounds(
    field: Field, cooling: Cooling, proposals: int, seed: int, centres: Floats | None
) -> Iterator[list[Stretch]]:
    """What is to be done side by side, round after round; read after the round before is done."""
    ground, part, count = field.ground, field.grids.part, len(field.grids.sums)
    blocks = max(1, -(-proposals // BLOCK))
    regions = 1 if centres is None else count_regions(count)
    rounds = -(-blocks // (SLICE * regions))
    if regions > 1:
        rounds = max(ROUNDS, rounds)
    for number in range(rounds):
        rng = np.random.default_rng([seed, number])
        region_of = np.zeros(count, dtype=np.int32)
        if regions > 1 and centres is not None:
            region_of = split_grids(_middles(part, ground, centres, count), regions, rng)
        draws = rng.integers(1, 2**63, regions, dtype=np.uint64)
        first, last = blocks * number // rounds, blocks * (number + 1) // rounds
        stretches = []
        for region in range(regions):
            members = np.flatnonzero(region_of[part] == region).astype(np.int32)
            share = max(1, round((last - first) * len(members) / len(part)))
            progress = (first + (last - first) * (np.arange(share) + 0.5) / share) / blocks
            heats, balances = cooling.at(progress)
            stretches.append(Stretch(members, region_of, region, heats, balances, draws[region], number << 32))
        yield stretches


def _middles(part: Ints, ground: Ground, centres: Floats, count: int) -> Floats:
    """Centre of every grid: of its units, by area."""
    area = np.maximum(ground.bring[:, AREA], 1e-12)
    sums = [np.bincount(part, area * axis, minlength=count) for axis in centres.T]
    return np.column_stack(sums) / np.bincount(part, area, minlength=count)[:, None]
