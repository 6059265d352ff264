"""Grids under search: calls of the kernel on several of their regions, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.spatial.search.ground import Ground
from app.spatial.search.kernel import Grids, anneal
from app.spatial.search.prices import Prices

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Stretch(NamedTuple):
    """One call of the kernel."""

    members: Ints  # units of the region
    region_of: Ints  # per grid
    region: int
    heats: Floats
    balances: Floats
    seed: np.uint64
    mark: int


class Room(NamedTuple):
    """Scratch arrays of the kernel: position in the list of cut slots, stamp of the last search."""

    place: Ints
    stamp: NDArray[np.int64]


@dataclass(frozen=True)
class Field:
    """`grids` changes with every run. The regions of one run must not share a grid."""

    ground: Ground
    grids: Grids
    prices: Prices
    pool: Executor | None = None
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        slots, units = len(self.ground.indices), len(self.grids.part)
        room = Room(np.full(slots, -1, dtype=np.int32), np.zeros(units, dtype=np.int64))
        object.__setattr__(self, "room", room)

    def run(self, stretches: Sequence[Stretch]) -> None:
        """Side by side in the pool where there is one; the order makes no difference."""
        if self.pool is None or len(stretches) == 1:
            for stretch in stretches:
                self._search(stretch)
            return
        largest_first = sorted(stretches, key=lambda stretch: -len(stretch.heats))
        running = [self.pool.submit(self._search, stretch) for stretch in largest_first]
        wait(running)
        for future in running:
            future.result()

    def _search(self, stretch: Stretch) -> None:
        anneal(self.ground, self.grids, self.prices, self.room, *stretch)
