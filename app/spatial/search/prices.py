"""What a division costs, in grid sides (docs/division.md): the whole, and what moving one unit changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from app.spatial.search.ground import AREA, COST, FIRST, LENGTH, PERIMETER, SHAPE, SIZE, WAY, Ground

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

OUTSIDE = 10.0  # how much dearer a deviation is beyond the band's edge


class Prices(NamedTuple):
    """`balance` counts for all loads; each has its own worth beside it."""

    balance: float
    shape: float
    stable: float
    station: float
    bands: Floats  # loads × (worth, lowest and highest total that the band allows, slack, dearness outside)


def make_prices(
    balance: float,
    shape: float,
    bands: Sequence[tuple[float, float, float]],
    *,
    stable: float = 0.0,
    station: float = 0.0,
    slack: float = 0.0,
) -> Prices:
    """`bands`: worth, lowest and highest total of each load; `slack`: how far a total may be off for nothing."""
    rows = [(*band, slack, 1.0) for band in bands]
    return Prices(balance, shape, stable, station, np.array(rows, dtype=np.float64))


def steeper(prices: Prices, times: float) -> Prices:
    """What lies outside the band so many times as dear."""
    bands = prices.bands.copy()
    bands[:, 4] *= times
    return prices._replace(bands=bands)


@numba.njit(cache=True, inline="always")
def size_price(sums, grid, bring, unit, sign, bands):  # type: ignore[no-untyped-def]
    """Price of the amounts of a grid, before `balance`, when `unit` has come (sign 1) or gone (-1)."""
    price = 0.0
    for load in range(len(bands)):
        total = sums[grid, FIRST + load] + sign * bring[unit, FIRST + load]
        off = max(0.0, abs(total - 1.0) - bands[load, 3])
        over = max(0.0, max(bands[load, 1] - total, total - bands[load, 2]))
        price += bands[load, 0] * (off * off + bands[load, 4] * (OUTSIDE * over * over + over))
    return price


@numba.njit(cache=True, inline="always")
def shape_price(area, perimeter):  # type: ignore[no-untyped-def]
    """One minus Polsby–Popper, before `shape`. A grid that holds nothing has no shape."""
    return 1.0 - 4.0 * math.pi * area / max(perimeter * perimeter, 1e-12)


@numba.njit(cache=True)
def way_price(sums, grid, bring, unit, sign, loads):  # type: ignore[no-untyped-def]
    """Mass × distance to the station that serves the grid best, when `unit` has come or gone."""
    best = np.inf
    for column in range(FIRST + loads, bring.shape[1]):
        best = min(best, sums[grid, column] + sign * bring[unit, column])
    return best


@numba.njit(cache=True)
def kept_gain(old, part, unit, a, b):  # type: ignore[no-untyped-def]
    """Change of Σ over old and new grids of (mass in common)² / mass of the old one, when `unit` goes a → b.

    Found by looking at the old grid's units: nothing needs to be kept in step, and regions can be searched side by
    side although an old grid lies in both.
    """
    gain = 0.0
    for s in range(old.at[unit], old.at[unit + 1]):
        number, share, common = old.grid[s], old.share[s], 0.0
        for m in range(old.first[number], old.first[number + 1]):
            p = part[old.unit[m]]
            if p == b:
                common += old.part[m]
            elif p == a:
                common -= old.part[m]
        gain += 2.0 * share * (common + share) / old.total[number]
    return gain


def grid_sums(ground: Ground, part: Ints, count: int, prices: Prices) -> Floats:
    """Grids × the columns of `Ground.bring`: sums, and what shape, size and way of the grid cost."""
    inside = part[ground.source] == part[ground.indices]
    columns = [np.bincount(part, column, minlength=count) for column in ground.bring.T]
    sums = np.column_stack(columns).astype(np.float64)
    inner = ground.edge[inside, LENGTH].astype(np.float64)
    sums[:, PERIMETER] -= np.bincount(part[ground.source[inside]], inner, minlength=count)
    sums[:, SHAPE] = 1.0 - 4.0 * np.pi * sums[:, AREA] / np.maximum(sums[:, PERIMETER] ** 2, 1e-12)
    worth, low, high, slack, wall = prices.bands.T
    amounts, far = sums[:, FIRST : FIRST + len(worth)], sums[:, FIRST + len(worth) :]
    off = np.maximum(0.0, np.abs(amounts - 1.0) - slack)
    over = np.maximum(0.0, np.maximum(low - amounts, amounts - high))
    sums[:, SIZE] = (worth * (off**2 + wall * (OUTSIDE * over**2 + over))).sum(axis=1)
    sums[:, WAY] = far.min(axis=1) if far.shape[1] else 0.0
    return sums


def total_price(ground: Ground, part: Ints, prices: Prices) -> float:
    """The whole objective, from its formula."""
    count = int(part.max()) + 1
    return price_among(ground, part, grid_sums(ground, part, count, prices), prices, np.ones(count, dtype=bool))


def price_among(ground: Ground, part: Ints, sums: Floats, prices: Prices, among: NDArray[np.bool_]) -> float:
    """What the grids of `among` (per grid) cost with the border between them, from their sums and the assignment."""
    left, right = part[ground.source], part[ground.indices]
    cut = (left != right) & among[left] & among[right]
    border = float(ground.edge[cut, COST].astype(np.float64).sum()) / 2.0
    size, shape, way = (float(sums[among, column].sum()) for column in (SIZE, SHAPE, WAY))
    kept = _kept(ground, part, among) if prices.stable > 0 else 0.0
    return border + prices.balance * size + prices.shape * shape + prices.station * way - prices.stable * kept


def _kept(ground: Ground, part: Ints, among: NDArray[np.bool_]) -> float:
    old, count = ground.old, len(among)
    here = among[part[old.unit]]
    number = np.repeat(np.arange(len(old.total), dtype=np.int64), np.diff(old.first))[here]
    pair, place = np.unique(number * count + part[old.unit[here]], return_inverse=True)
    common = np.bincount(place, old.part[here], minlength=len(pair))
    return float((common**2 / old.total[pair // count]).sum())
