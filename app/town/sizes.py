"""How large a synthetic town is, and the seeds of its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.errors import InputError


@dataclass(frozen=True)
class Size:
    """`side` is the range of a superblock's side in lattice steps."""

    name: str
    households: int
    ground_km2: float
    streets: int
    side: tuple[int, int]
    river: int  # half the width of the river in lattice steps
    bridges: int
    community: int  # households of a community, on average


SIZES = {
    "small": Size("small", 5_000, 1.5, 1, (20, 27), 1, 2, 1_250),
    "town": Size("town", 100_000, 21.0, 3, (26, 40), 3, 4, 2_300),
    "district": Size("district", 1_000_000, 200.0, 9, (28, 44), 5, 9, 2_600),
}


def size_of(name: str) -> Size:
    if name not in SIZES:
        raise InputError(f"no town of size {name!r}; there are {', '.join(SIZES)}", sizes=list(SIZES))
    return SIZES[name]


def stream(seed: int, part: str) -> np.random.Generator:
    """Random numbers of one part of the town, so that a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, *part.encode()])
