"""A territory searched on two levels: first with scraps tied to a neighbour, then every unit for itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.spatial.search.anneal import MENDING, improve
from app.spatial.search.cooling import Cooling
from app.spatial.search.ground import Ground
from app.spatial.search.prices import Prices

Floats = NDArray[np.float64]
Part = NDArray[np.int32]
Step = Callable[[int], None]

COARSE_SHARE = 0.7  # of the proposals, while scraps are tied


@dataclass(frozen=True)
class Coarse:
    """The same territory with fewer units. `unit`: per unit of the task the one here that it belongs to."""

    unit: NDArray[np.int64]
    ground: Ground
    start: Part
    centres: Floats | None


class Levels(Protocol):
    """What of a task is needed here (`tasks.Task`)."""

    @property
    def count(self) -> int: ...
    @property
    def ground(self) -> Ground: ...
    @property
    def prices(self) -> Prices: ...
    @property
    def start(self) -> Part: ...
    @property
    def centres(self) -> Floats | None: ...
    @property
    def coarse(self) -> Coarse | None: ...
    @property
    def seed(self) -> int: ...


def improve_levels(
    task: Levels, proposals: int, step: Step | None = None, pool: Executor | None = None, mending: float = MENDING
) -> Part:
    """A grid per unit, from the task's start; as `improve`, level by level."""
    cooling, coarse = Cooling.of(task.ground, task.prices), task.coarse
    if coarse is None:
        return improve(
            task.ground,
            task.start,
            task.count,
            task.prices,
            proposals=proposals,
            seed=task.seed,
            cooling=cooling,
            mending=mending,
            centres=task.centres,
            step=step,
            pool=pool,
        )
    first, second = cooling.in_two()
    share = max(1, round(proposals * COARSE_SHARE))
    part = improve(
        coarse.ground,
        coarse.start,
        task.count,
        task.prices,
        proposals=share,
        seed=task.seed,
        cooling=first,
        mending=mending,
        centres=coarse.centres,
        step=step,
        pool=pool,
    )
    return improve(
        task.ground,
        part[coarse.unit],
        task.count,
        task.prices,
        proposals=max(1, proposals - share),
        seed=task.seed + 1,
        cooling=second,
        mending=mending,
        centres=task.centres,
        step=step,
        pool=pool,
    )
