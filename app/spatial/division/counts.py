"""How many grids each territory gives: by its band, or so that they add up to a number that was asked."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.errors import Infeasible, InputError
from app.spatial.division.ground import Labels, Territory
from app.spatial.division.terms import Band, Rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHOWN = 50  # territories named in a refusal


def fitted(bands: Mapping[str, Band], amounts: Mapping[str, Floats], labels: Labels, grids: int) -> dict[str, Band]:
    """The bands scaled by one factor so that all targets together make `grids` grids."""
    if grids < 1:
        return dict(bands)  # no grid is left beside the locked ones: `apportion` says so
    share = sum(
        float(amounts[kind][labels.divided & (labels.kind == kind)].sum()) / band.target for kind, band in bands.items()
    )
    if share <= 0:
        raise InputError("the pieces hold nothing to divide by: " + ", ".join(band.quantity for band in bands.values()))
    return {kind: band.scaled(share / grids) for kind, band in bands.items()}


def grids_per_territory(
    territories: Sequence[Territory],
    amounts: Mapping[str, Floats],
    units: Ints,
    bands: Mapping[str, Band],
    rules: Rules,
    grids: int | None,
) -> Ints:
    """Grids of each territory: a campus is one, whatever its size, and a compound as many as the rules say.

    Never more than a territory has units. With `grids` they and the locked ones add up to it. Raises Infeasible (see
    `apportion`).
    """
    own = [_per_unit(amounts[t.kind], units, t) for t in territories]
    band_of = [rules.band(bands, t.area, t.kind) for t in territories]
    asked = [rules.compounds.get(t.campus, 1) if t.campus else 0 for t in territories]
    most = np.array([len(a) if not n else min(n, len(a)) for a, n in zip(own, asked, strict=True)], dtype=np.int64)
    if grids is not None:
        shares = [np.minimum(a, band.maximum).sum() / band.target for a, band in zip(own, band_of, strict=True)]
        return apportion(grids, np.array(shares, dtype=float), most, [t.name for t in territories], len(rules.locked))
    wanted = [n or count_grids(a, band) for a, band, n in zip(own, band_of, asked, strict=True)]
    return np.minimum(np.array(wanted, dtype=np.int64), most)


def _per_unit(amount: Floats, units: Ints, territory: Territory) -> Floats:
    pieces = list(territory.pieces)
    _, unit = np.unique(units[pieces], return_inverse=True)
    return np.bincount(unit, amount[pieces]).astype(np.float64)


def count_grids(amounts: Floats, band: Band) -> int:
    """How many grids a territory gives whose units hold `amounts`: a unit above the maximum is a grid of its own."""
    large = amounts > band.maximum
    alone = int(large.sum())
    return alone + grids_in(float(amounts[~large].sum()), band, least=0 if alone else 1)


def grids_in(amount: float, band: Band, least: int = 1) -> int:
    """The number of grids (at least `least`) whose mean leaves the band least.

    On a tie the one whose mean is nearest to the target, then the smaller.
    """
    share = amount / band.target
    around = {max(least, int(np.floor(share))), max(least, int(np.ceil(share)))}
    return min(around, key=lambda k: (*_misfit(share, k, band), k))


def _misfit(share: float, grids: int, band: Band) -> tuple[float, float]:
    if grids == 0:  # next to grids of large pieces: what is left over is added to them
        return share, share
    mean = share / grids
    outside = max(0.0, band.minimum / band.target - mean, mean - band.maximum / band.target)
    return outside, abs(mean - 1.0)


def apportion(grids: int, shares: Floats, most: Ints, names: Sequence[str] = (), locked: int = 0) -> Ints:
    """`grids` less the `locked` ones spread over territories in proportion to `shares` (Webster).

    At least 1 and at most `most` each. Raises Infeasible when they are fewer than the territories or more than the
    units; it says how many each territory (`names`) takes, and the nearest number.
    """
    least, limit = len(shares) + locked, int(most.sum()) + locked
    if not least <= grids <= limit:
        raise _out_of_reach(grids, least, limit, most, names, locked)
    given = np.ones(len(shares), dtype=np.int64)
    claims = [(-share / 3.0, at) for at, share in enumerate(shares) if most[at] > 1]
    heapq.heapify(claims)
    for _ in range(grids - least):
        _, at = heapq.heappop(claims)
        given[at] += 1
        if given[at] < most[at]:
            heapq.heappush(claims, (-shares[at] / (2.0 * given[at] + 1.0), at))
    return given


def _out_of_reach(grids: int, least: int, limit: int, most: Ints, names: Sequence[str], locked: int) -> Infeasible:
    few = grids < least
    nearest = least if few else limit
    why = f"{len(most)} separate territories need a grid each" if few else f"there are only {most.sum()} pieces"
    where = [f"{name or 'the ground'}: 1 to {count} grids" for name, count in zip(names, most, strict=False)]
    beside = f", {locked} of them locked" if locked else ""
    return Infeasible(
        f"{grids} grids cannot be made: {why}; the nearest number that can is {nearest}{beside}",
        [why, *where[:SHOWN], f"nearest feasible choice: {nearest} grids{beside}"],
        nearest=nearest,
    )
