"""The precision grid: metric coordinates as whole steps from an origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numba import njit

from app.errors import InputError
from app.spatial.planar.threads import in_threads
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

    def steps(self, coordinates: Sequence[Floats]) -> tuple[Ints, Ints]:
        """Metric coordinates (n, 2) on end as x and y in steps; InputError where they are too wide for the grid."""
        count = sum(map(len, coordinates))
        x, y, first, widest = np.empty(count, np.int64), np.empty(count, np.int64), 0, 0.0
        for points in coordinates:
            part = partial(_round, points, self.east, self.north, self.per_metre, x[first:], y[first:])
            widest = max(widest, *in_threads(part, len(points)))
            first += len(points)
        if widest >= self.size * _LIMIT:
            raise InputError(
                f"the ground is {widest / 1000:.0f} km wide, which a precision grid of {self.size:g} m cannot hold: "
                f"take {10.0 ** np.ceil(np.log10(widest / _LIMIT)):g} m or more"
            )
        return x, y


def precision_for(lowest: Floats, highest: Floats, size: float | None) -> Precision:
    """The grid for the ground between two corners; without a size the finest that can hold it."""
    east, north = np.floor(lowest / 1000.0) * 1000.0
    if size is None:
        size = FINEST_M
        while max(highest[0] - east, highest[1] - north) >= size * _LIMIT:
            size *= 10
    return Precision(float(east), float(north), size)


@njit(cache=True, nogil=True)
def _round(
    points: Floats, east: float, north: float, per_metre: float, x: Ints, y: Ints, start: int, stop: int
) -> float:
    """Writes some of the points in steps; the largest distance from the origin, in metres."""
    widest = 0.0
    for i in range(start, stop):
        across, up = points[i, 0] - east, points[i, 1] - north
        widest = max(widest, abs(across), abs(up))
        x[i], y[i] = np.int64(np.rint(across * per_metre)), np.int64(np.rint(up * per_metre))
    return widest


@njit(cache=True, nogil=True)
def bounds_of(points: Floats) -> tuple[Floats, Floats]:
    """The lowest and the highest of the coordinates (n, 2)."""
    lowest, highest = np.full(2, np.inf), np.full(2, -np.inf)
    for i in range(len(points)):
        for axis in range(2):
            lowest[axis] = min(lowest[axis], points[i, axis])
            highest[axis] = max(highest[axis], points[i, axis])
    return lowest, highest
