"""Sizes of grids against the band of their kind, and their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZE_EDGES = tuple(round(0.1 * step, 1) for step in range(21))
SHAPE_EDGES = tuple(round(0.1 * step, 1) for step in range(11))


@dataclass(frozen=True)
class Histogram:
    """`counts[i]` values lie in [`edges[i]`, `edges[i + 1]`); the last bin takes everything above as well."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class KindSizes:
    """Grids of one kind against their band. Campuses have no band: they are counted, and left out of the rest.

    `minimum`, `target` and `maximum` are the kind's; an area may have a band of its own, and every grid is measured
    against its own target. `histogram` is of amount / target, deviations are |amount / target − 1|; `spread` is their
    standard deviation with sign.
    """

    quantity: str
    minimum: float
    target: float
    maximum: float
    grids: int
    campuses: int
    inside: int
    below: int
    above: int
    smallest: float
    mean: float
    largest: float
    deviation_mean: float
    deviation_p95: float
    deviation_max: float
    spread: float
    histogram: Histogram

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Shapes:
    """Polsby–Popper over all grids: 4π · area / perimeter², 1 for a circle."""

    mean: float
    p10: float
    lowest: float
    histogram: Histogram

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def kind_sizes(grids: pd.DataFrame, bands: Mapping[str, Mapping[str, Any]]) -> dict[str, KindSizes]:
    """Sizes of every kind that has grids, in the order of the alphabet.

    `grids` has `kind`, `campus` (True: one campus is the grid), and as their scores have them `amount`, `target` and
    `inside_band`; `bands`: kind → quantity, minimum, target, maximum. A kind without a band is left out.
    """
    rows = grids.groupby("kind", sort=True)
    return {str(kind): _sizes(group, bands[str(kind)]) for kind, group in rows if str(kind) in bands}


def shapes_of(polsby_popper: Floats) -> Shapes:
    values = np.asarray(polsby_popper, dtype=np.float64)
    if not len(values):
        return Shapes(0.0, 0.0, 0.0, histogram(values, SHAPE_EDGES))
    lowest, p10 = float(values.min()), float(np.quantile(values, 0.1))
    return Shapes(float(values.mean()), p10, lowest, histogram(values, SHAPE_EDGES))


def histogram(values: Floats, edges: tuple[float, ...]) -> Histogram:
    """Counts of values from `edges[0]` on; a value on an edge counts upwards, up to what rounding may take from it."""
    place = np.searchsorted(np.asarray(edges), np.asarray(values, dtype=np.float64) + 1e-9, side="right") - 1
    bins = np.clip(place, 0, len(edges) - 2)
    return Histogram(tuple(edges), tuple(np.bincount(bins, minlength=len(edges) - 1).tolist()))


def _sizes(rows: pd.DataFrame, band: Mapping[str, Any]) -> KindSizes:
    banded = rows[~rows["campus"].to_numpy(dtype=bool)]
    amount, target = banded["amount"].to_numpy(dtype=float), banded["target"].to_numpy(dtype=float)
    inside = banded["inside_band"].to_numpy(dtype=bool)
    share = amount / target
    off = np.abs(share - 1.0)
    return KindSizes(
        quantity=str(band["quantity"]),
        minimum=float(band["minimum"]),
        target=float(band["target"]),
        maximum=float(band["maximum"]),
        grids=len(rows),
        campuses=len(rows) - len(banded),
        inside=int(inside.sum()),
        below=int((~inside & (share < 1.0)).sum()),
        above=int((~inside & (share >= 1.0)).sum()),
        smallest=float(amount.min()) if len(amount) else 0.0,
        mean=float(amount.mean()) if len(amount) else 0.0,
        largest=float(amount.max()) if len(amount) else 0.0,
        deviation_mean=float(off.mean()) if len(off) else 0.0,
        deviation_p95=float(np.quantile(off, 0.95)) if len(off) else 0.0,
        deviation_max=float(off.max(initial=0.0)),
        spread=float(share.std()) if len(share) else 0.0,
        histogram=histogram(share, SIZE_EDGES),
    )
