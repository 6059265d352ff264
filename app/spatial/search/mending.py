"""Mending: where a grid came out far from its target, it and its surroundings are searched again from hot.

Heavy pieces can leave a grid short that no single move helps; another search of the thirty or forty grids around it
mostly finds a way, the more so as it may pass through grids outside the band more cheaply than the search before. What
does not get cheaper is put back, and there to be outside the band counts more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.spatial.search.cooling import Cooling
from app.spatial.search.field import Field, Stretch
from app.spatial.search.ground import FIRST, SIZE, Ground
from app.spatial.search.kernel import BLOCK, Grids
from app.spatial.search.prices import grid_sums, price_among, steeper

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

FAR_OFF = 6.0  # a grid is mended whose price of size is this many times the mean
HOPS = 3  # grids so many borders away are searched with it …
WIDER = 12  # … and after so many tries those one border further
EFFORT = 4_000  # proposals per unit …
LEAST = 0.1  # … or this share of them, where no more are left; less helps nothing
SIDE_BY_SIDE = 4  # grids mended at once, where they lie apart
EASIER, DEARER = 0.3, 5.0  # to be outside the band: while it is searched, and when what was found is judged
TRIES = 3  # for one grid …
TRIES_OUTSIDE = 36  # … or for one that lies outside the band


def mend(
    field: Field, cooling: Cooling, proposals: int, seed: int, rounds: int, step: Callable[[int], None] | None
) -> None:
    """Until `proposals` are spent or nothing is far off; `rounds`: of the kernel so far on the same field."""
    count, part, easier = len(field.grids.sums), field.grids.part, steeper(field.prices, EASIER)
    field = Field(field.ground, Grids(part, grid_sums(field.ground, part, count, easier)), easier, field.pool)
    tries, spent = np.zeros(count, dtype=np.int64), 0
    while spent < proposals:
        region_of = _choose(field, tries)
        regions = int(region_of.max(initial=-1)) + 1
        if regions == 0:
            return
        wanted = EFFORT * int((region_of[field.grids.part] >= 0).sum())
        share = min(1.0, (proposals - spent) / wanted)
        if share < LEAST:
            return
        rng = np.random.default_rng([seed, rounds])
        stretches = [_stretch(field, cooling, region_of, region, share, rng, rounds) for region in range(regions)]
        _try(field, stretches)
        made = sum(len(stretch.heats) for stretch in stretches) * BLOCK
        spent, rounds = spent + made, rounds + 1
        if step is not None:
            step(made)


def _choose(field: Field, tries: NDArray[np.int64]) -> Ints:
    """Region of every grid (-1: none) around the grids that are furthest off; `tries` is counted up for these."""
    size = field.grids.sums[:, SIZE]
    region_of, found = np.full(len(size), -1, dtype=np.int32), 0
    turn = tries / np.where(_outside(field), TRIES_OUTSIDE, TRIES)
    far = np.flatnonzero((size > FAR_OFF * size.mean()) & (turn < 1.0))
    for grid in far[np.lexsort((-size[far], turn[far]))]:
        around = _around(field.ground, field.grids.part, int(grid), len(size), HOPS + int(tries[grid]) // WIDER)
        if found < SIDE_BY_SIDE and (region_of[around] < 0).all():
            region_of[around] = found
            tries[grid] += 1
            found += 1
    return region_of


def _outside(field: Field) -> Bools:
    """Grids that leave the band of a load."""
    bands = field.prices.bands
    amounts = field.grids.sums[:, FIRST : FIRST + len(bands)]
    return np.asarray(((amounts < bands[:, 1]) | (amounts > bands[:, 2])).any(axis=1), dtype=bool)


def _around(ground: Ground, part: Ints, grid: int, count: int, hops: int) -> Bools:
    left, right = part[ground.source], part[ground.indices]
    around = np.zeros(count, dtype=bool)
    around[grid] = True
    for _ in range(hops):
        around[right[around[left]]] = True
    return around


def _stretch(
    field: Field, cooling: Cooling, region_of: Ints, region: int, share: float, rng: np.random.Generator, rounds: int
) -> Stretch:
    members = np.flatnonzero(region_of[field.grids.part] == region).astype(np.int32)
    blocks = max(1, round(share * EFFORT * len(members) / BLOCK))
    heats, balances = cooling.at((np.arange(blocks) + 0.5) / blocks)
    return Stretch(members, region_of, region, heats, balances, rng.integers(1, 2**63, dtype=np.uint64), rounds << 32)


def _try(field: Field, stretches: list[Stretch]) -> None:
    """Run all and put back, region by region, what did not get cheaper."""
    part, sums = field.grids.part.copy(), field.grids.sums.copy()
    steep = steeper(field.prices, DEARER / EASIER)
    field.run(stretches)
    for stretch in stretches:
        among = stretch.region_of == stretch.region
        before = price_among(field.ground, part, grid_sums(field.ground, part, len(sums), steep), steep, among)
        now = field.grids.part
        after = price_among(field.ground, now, grid_sums(field.ground, now, len(sums), steep), steep, among)
        if after >= before:
            field.grids.part[stretch.members] = part[stretch.members]
            field.grids.sums[among] = sums[among]
