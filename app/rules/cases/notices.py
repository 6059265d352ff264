"""What a plan changes for each department: on which ground it begins and ceases to lead on what, told by new grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
LEAST_SHARE = 0.005
"""Of a grid: what is less is the noise of borders, not ground that anybody works on."""


@dataclass(frozen=True)
class Leads:
    """Who leads where. A piece of ground has one part or several; on parts of one pattern the same duties hold.

    `piece`: part → piece, every piece once or more; `pattern`: part → pattern. `on`, `matter`, `lead`: an entry for
    each pattern, matter and number in `names` where that department leads at some time; several may lead, each at its
    hours or for its objects. `matters`: how many there are.
    """

    names: tuple[str, ...]
    piece: Ints
    pattern: Ints
    on: Ints
    matter: Ints
    lead: Ints
    matters: int

    def of(self, name: str) -> Bools:
        """Pieces × matters: where a department leads, on a part of the piece and at some time at least."""
        led = np.zeros((int(max(self.pattern.max(), self.on.max(initial=-1))) + 1, self.matters), dtype=bool)
        if name in self.names:
            own = self.lead == self.names.index(name)
            led[self.on[own], self.matter[own]] = True
        order = np.argsort(self.piece, kind="stable")
        starts = np.searchsorted(self.piece[order], np.arange(int(self.piece.max()) + 1))
        found: Bools = np.logical_or.reduceat(led[self.pattern[order]], starts, axis=0)
        return found

    def at(self, piece: int, matter: int) -> tuple[str, ...]:
        """Those who lead on a matter somewhere on a piece, by name."""
        patterns = self.pattern[self.piece == piece]
        found = self.lead[np.isin(self.on, patterns) & (self.matter == matter)]
        return tuple(sorted({self.names[number] for number in found.tolist()}))


@dataclass(frozen=True)
class Ground:
    """Pieces of the plan: each one's new grid and area. Every grid has a piece."""

    grid: Ints
    area: Floats

    def shares(self, on: Bools) -> Floats:
        """Pieces × columns → grids × columns: the share of the grid's area where it is so."""
        order = np.argsort(self.grid, kind="stable")
        starts = np.searchsorted(self.grid[order], np.arange(int(self.grid.max()) + 1))
        areas = self.area[order]
        sums = np.add.reduceat(on[order] * areas[:, None], starts, axis=0)
        return np.asarray(sums / np.add.reduceat(areas, starts)[:, None], dtype=np.float64)


@dataclass(frozen=True)
class Changes:
    """Of one department. `duties_…`: (grid, matter) pairs. `grids_…`: grids on which it begins to lead on anything, or
    ceases to, with the share of their ground that is concerned."""

    department: str
    duties_gained: tuple[tuple[int, int], ...]
    duties_lost: tuple[tuple[int, int], ...]
    grids_gained: tuple[tuple[int, float], ...]
    grids_lost: tuple[tuple[int, float], ...]

    def __bool__(self) -> bool:
        return bool(self.duties_gained or self.duties_lost or self.grids_gained or self.grids_lost)


def changes(before: Leads, after: Leads, ground: Ground) -> Iterator[Changes]:
    """The changes of every department that leads before or after, by name; also of those for which nothing changes.

    A duty is gained on a grid where the department leads on the matter afterwards and did not before, on at least
    LEAST_SHARE of the grid's ground; lost the other way round.
    """
    for name in sorted({*before.names, *after.names}):
        led, leads = before.of(name), after.of(name)
        worked, works = (ground.shares(np.any(on, axis=1, keepdims=True))[:, 0] for on in (led, leads))
        yield Changes(
            name,
            _pairs(ground, leads & ~led),
            _pairs(ground, led & ~leads),
            _grids(works, worked),
            _grids(worked, works),
        )


def _pairs(ground: Ground, on: Bools) -> tuple[tuple[int, int], ...]:
    """(grid, matter) where it is so; most departments speak of few matters, the others need no sums."""
    columns = np.flatnonzero(on.any(axis=0))
    found = np.argwhere(ground.shares(on[:, columns]) >= LEAST_SHARE) if len(columns) else np.empty((0, 2), int)
    return tuple((int(grid), int(columns[column])) for grid, column in found)


def _grids(there: Floats, not_there: Floats) -> tuple[tuple[int, float], ...]:
    found = np.flatnonzero((there >= LEAST_SHARE) & (not_there < LEAST_SHARE))
    return tuple((int(grid), round(float(share), 6)) for grid, share in zip(found, there[found], strict=True))
