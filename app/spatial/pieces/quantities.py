"""Quantities (households, people, businesses, …) of layers brought to the pieces: nothing lost, nothing doubled.

Each feature of a layer is shared out among the pieces: a polygon by the area of its parts in the pieces, a line by
their length, a point to the one piece that owns it. What a feature has is spread over the part of it that lies in the
ground, so a zone that sticks out keeps its count; a feature wholly outside is reported as unplaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.errors import InputError
from app.spatial.pieces.shares import share_out, whole_units

Floats = NDArray[np.float64]
MOSTLY = 0.5


@dataclass(frozen=True)
class Total:
    """One quantity: `before` in the layer = `after` in the pieces + `unplaced`; `missing`: features with no number."""

    before: float
    after: float
    unplaced: float
    missing: int


@dataclass(frozen=True)
class QuantityReport:
    """`unplaced`: row numbers (from 1) of features wholly outside the ground; `mostly_outside`: of polygons and lines
    with less than half of themselves in it, whose whole count was nevertheless spread over that part; `nearest`: points
    outside the ground that went to a piece nearby."""

    features: int
    quantities: dict[str, Total]
    unplaced: list[int]
    mostly_outside: list[int]
    nearest: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def add_quantities(
    pieces: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    quantities: Sequence[str],
    *,
    whole: bool = False,
    nearest_m: float = 0.0,
) -> tuple[gpd.GeoDataFrame, QuantityReport]:
    """Pieces with one more float column per quantity of the layer; a column that is there already is added to.

    A point on a border belongs to the piece with the lowest number; one outside the ground to the nearest piece within
    `nearest_m` metres, if any. With `whole` no unit is divided: each feature's count is shared out in whole units by
    the largest remainders (ties: the lowest piece). InputError for a negative number, or a broken one with `whole`.
    """
    numbers = {name: _numbers(layer, name, whole) for name in quantities}
    shares = share_out(pieces, layer, nearest_m)
    made, totals = pieces.copy(), {}
    for name, (values, missing) in numbers.items():
        amounts = whole_units(shares, values) if whole else shares.share * values[shares.row]
        placed = np.bincount(shares.piece, weights=amounts, minlength=len(pieces))
        made[name] = placed + (made[name].to_numpy(dtype=float) if name in made else 0.0)
        lost = float(values[shares.inside == 0].sum())
        totals[name] = Total(float(values.sum()), float(placed.sum()), lost, missing)
    made.attrs = pieces.attrs | {"quantities": list(dict.fromkeys([*pieces.attrs.get("quantities", []), *quantities]))}
    order = [column for column in made.columns if column not in ("area_m2", "geometry")]
    made = made[[*order, *(column for column in ("area_m2", "geometry") if column in made)]]
    outside = np.flatnonzero(shares.inside == 0) + 1
    partly = np.flatnonzero((shares.inside > 0) & (shares.inside < MOSTLY)) + 1
    return made, QuantityReport(len(layer), totals, outside.tolist(), partly.tolist(), shares.nearest)


def _numbers(layer: gpd.GeoDataFrame, name: str, whole: bool) -> tuple[Floats, int]:
    """One number per feature, 0 where there is none, and how many there are none of."""
    if name not in layer:
        raise InputError(f"the layer has no quantity {name!r}")
    values = pd.to_numeric(layer[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    missing = ~np.isfinite(values)
    values = np.where(missing, 0.0, values)
    for wrong, why in ((values < 0, "negative"), (whole & (values != np.floor(values)), "not a whole number")):
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(f"row {row + 1} of the layer: {name} is {values[row]:g}, which is {why}")
    return values, int(missing.sum())
