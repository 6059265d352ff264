"""How evenly the grids share further quantities, and how far their people are from the station that serves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.terms import Band, Load

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def load_deviations(
    grids: pd.DataFrame,
    assignment: Ints,
    loads: Mapping[str, Sequence[Load]],
    amounts: Mapping[str, Sequence[Floats]],
) -> dict[tuple[str, str], Floats]:
    """(kind, quantity) → amount / target − 1 per grid of that kind, NaN for the others and for campuses.

    The target is the load's band's, or the territory's mean per grid. `grids` as in `Division`; `amounts` per piece, in
    the order of `loads`.
    """
    found, used = {}, assignment >= 0
    for kind, asked in loads.items():
        rows = ((grids["kind"] == kind) & (grids["campus"] == "")).to_numpy()
        for load, amount in zip(asked, amounts.get(kind, ()), strict=False):
            total = pd.Series(np.bincount(assignment[used], amount[used], minlength=len(grids)))
            mean = total.groupby(grids["territory"].to_numpy()).transform("mean")
            target = pd.Series(load.band.target, index=total.index) if load.band else mean
            deviation = np.where(rows & (target > 0), total / target.where(target > 0, 1.0) - 1.0, np.nan)
            found[kind, load.quantity] = deviation.astype(np.float64)
    return found


def inside_share(deviation: Floats, band: Band | None) -> float:
    """Share of the grids whose load lies in its band; 1 without a band."""
    known = deviation[~np.isnan(deviation)]
    if band is None or not len(known):
        return 1.0
    amount = (known + 1.0) * band.target
    slack = 1e-9 * band.target
    return float(((amount >= band.minimum - slack) & (amount <= band.maximum + slack)).mean())


def station_distances(assignment: Ints, mass: Floats, centres: Floats, stations: Floats, count: int) -> Floats:
    """Per grid the mean distance of its people (`mass` per piece) to its station, m; infinite without stations.

    A grid's station is the one that makes this mean least. Where nobody lives every piece counts the same.
    """
    used = assignment >= 0
    grid = assignment[used]
    held = np.bincount(grid, mass[used], minlength=count)
    weight = np.where(held[grid] > 0, mass[used], 1.0)
    total = np.bincount(grid, weight, minlength=count)
    best = np.full(count, np.inf)
    for station in stations:
        metres = np.hypot(*(centres[used] - station).T)
        best = np.minimum(best, np.bincount(grid, weight * metres, minlength=count) / total)
    return best
