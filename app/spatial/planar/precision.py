"""The precision grid: metric coordinates as whole steps from an origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.errors import InputError
from app.spatial.planar.types import Floats, Ints

FINEST_M = 1e-7
"""Coordinates of some 4·10⁶ m are stored to 10⁻⁹ m: a finer grid would be a hundred times finer than them."""
_LIMIT = 2**40  # `orientation.turn` multiplies differences of 41 bits


@dataclass(frozen=True)
class Precision:
    """Points are `east`, `north` (metres) plus whole steps of `size` metres."""

    east: float
    north: float
    size: float

    @property
    def per_metre(self) -> float:
        return 1.0 / self.size

    def steps(self, coordinates: Floats) -> tuple[Ints, Ints]:
        """Metric coordinates (n, 2) as x and y in steps; InputError where the ground is too wide for the grid."""
        x, y = coordinates[:, 0] - self.east, coordinates[:, 1] - self.north
        widest = max(float(np.abs(one).max(initial=0.0)) for one in (x, y))
        if widest >= self.size * _LIMIT:
            raise InputError(
                f"the ground is {widest / 1000:.0f} km wide, which a precision grid of {self.size:g} m cannot hold: "
                f"take {10.0 ** np.ceil(np.log10(widest / _LIMIT)):g} m or more"
            )
        return np.rint(x * self.per_metre).astype(np.int64), np.rint(y * self.per_metre).astype(np.int64)


def precision_for(lowest: Floats, highest: Floats, size: float | None) -> Precision:
    """The grid for the ground between two corners; without a size the finest that can hold it."""
    east, north = np.floor(lowest / 1000.0) * 1000.0
    if size is None:
        size = FINEST_M
        while max(highest[0] - east, highest[1] - north) >= size * _LIMIT:
            size *= 10
    return Precision(float(east), float(north), size)
