"""Grids in regions that can be searched side by side, split anew every round so that every border gets its turn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

GRIDS = 100  # least number of grids a region should have: in smaller ones too many borders lie between regions
MOST = 8


def count_regions(grids: int) -> int:
    """A power of two; it follows from the number of grids alone, so that the plan does not depend on the threads."""
    regions = 1
    while regions < MOST and grids >= 2 * regions * GRIDS:
        regions *= 2
    return regions


def split_grids(centres: Floats, regions: int, rng: np.random.Generator) -> Ints:
    """Region of every grid: halved at the median across a random direction, the halves again across the other."""
    region = np.zeros(len(centres), dtype=np.int32)
    angle, done, turn = rng.uniform(0.0, np.pi), 1, 0
    while done < regions:
        along = centres @ np.array([np.cos(angle + turn * np.pi / 2), np.sin(angle + turn * np.pi / 2)])
        share = rng.uniform(0.4, 0.6)  # the same cut twice would leave the same borders untouched
        for half in range(done):
            inside = np.flatnonzero(region == half)
            order = inside[np.argsort(along[inside], kind="stable")]
            region[order[round(share * len(order)) :]] += done
        done, turn = 2 * done, turn + 1
    return region
