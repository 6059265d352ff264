"""How evenly work (events, households, any amount) is spread over grids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALL = "all"


@dataclass(frozen=True)
class Load:
    """Amounts over some grids. `deviation` is the standard deviation by the mean, `gini` is 0 where all have the same
    and near 1 where one has everything; both are 0 where there is nothing to share."""

    grids: int
    total: float
    mean: float
    median: float
    p95: float
    max: float
    deviation: float
    gini: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_of(amounts: Sequence[float] | Floats) -> Load:
    """The spread of amounts ≥ 0 over grids, those with nothing included; all 0 without grids."""
    values = np.sort(np.asarray(amounts, dtype=np.float64))
    if not len(values):
        return Load(0, *(0.0,) * 7)
    mean = float(values.mean())
    return Load(
        grids=len(values),
        total=float(values.sum()),
        mean=mean,
        median=float(np.median(values)),
        p95=float(np.quantile(values, 0.95)),
        max=float(values[-1]),
        deviation=float(values.std() / mean) if mean > 0 else 0.0,
        gini=gini(values),
    )


def gini(amounts: Floats) -> float:
    """Gini coefficient: Σ|xᵢ − xⱼ| / (2 n² mean) over all pairs; 0 where everything is 0."""
    values = np.sort(np.asarray(amounts, dtype=np.float64))
    total, count = float(values.sum()), len(values)
    if total <= 0:
        return 0.0
    place = np.arange(1, count + 1)
    return float(((2 * place - count - 1) * values).sum() / (count * total))


def loads_by_kind(amounts: Sequence[float] | Floats, kinds: Iterable[str]) -> dict[str, Load]:
    """`all` and then every kind there is, in the order of the alphabet, each with the load of its grids."""
    values, names = np.asarray(amounts, dtype=np.float64), np.array(list(kinds), dtype=object)
    made = {ALL: load_of(values)}
    for kind in sorted(set(names.tolist())):
        made[kind] = load_of(values[names == kind])
    return made
