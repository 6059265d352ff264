"""A divided plan in memory: pieces, who touches whom, grids with their scores. Values: an edit makes a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from app.errors import Conflict, InputError, NotFound
from app.spatial.division.terms import Band, Rules
from app.spatial.editing.ground import Ground, Ints, Objects


@dataclass(frozen=True)
class Terms:
    """What holds for the whole plan. `places`: area code → its name; `kind_names`: kind → the word in grid names.
    `rules`: bands that areas have of their own, and how far compounds may be divided."""

    bands: Mapping[str, Band]
    networks: tuple[str, ...]
    quantities: tuple[str, ...]
    places: Mapping[str, str] = field(default_factory=dict)
    kind_names: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def name_of(self, area: str, kind: str, code: str) -> str:
        """The name a grid has until a planner gives a better one."""
        return f"{self.places.get(area, area)}{self.kind_names.get(kind, kind)}{code[-3:]}"


@dataclass(frozen=True)
class Grid:
    """One grid of the plan as it is stored. `shape` in EPSG:4326; `lock`: reason, by, at; `decision`: the same for a
    kind set by hand; `breaches`: {rule, says}."""

    code: str
    name: str
    kind: str
    area: str
    area_m2: float
    pieces: int
    quantities: Mapping[str, float]
    scores: Mapping[str, Any]
    shape: shapely.Geometry
    lock: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None
    breaches: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class LineageRow:
    """Part of an old grid that went to a new one."""

    network: str
    old: str
    share_area: float
    shares: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Workspace:
    """A plan at one version. Per piece: code of its `grid` ('' for none), `kind`, and `evidence` as a dictionary;
    `lineage`: code of a grid → rows."""

    version: int
    terms: Terms
    ground: Ground
    grid: Objects
    kind: Objects
    evidence: Objects
    grids: Mapping[str, Grid]
    lineage: Mapping[str, tuple[LineageRow, ...]]
    score: Mapping[str, Any]

    def at(self, code: str) -> Grid:
        """The grid with this code. Raises NotFound."""
        if code not in self.grids:
            raise NotFound(f"the plan has no grid {code}")
        return self.grids[code]

    def members(self, codes: Iterable[str]) -> Ints:
        """Rows of the pieces of these grids, ascending."""
        return rows_of(self.grid, codes)

    def unlocked(self, codes: Iterable[str]) -> None:
        """Raises Conflict, with its reason, for the first of these grids that is locked."""
        for code in sorted(set(codes)):
            lock = self.at(code).lock
            if lock is not None:
                raise Conflict(f"grid {code} is locked by {lock['by']}: {lock['reason']}", grid=code, lock=dict(lock))

    def divided(self, rows: Ints) -> None:
        """Raises InputError for a piece that lies outside every area and so has no grid."""
        without = rows[self.grid[rows] == ""]
        if len(without):
            raise InputError(f"piece {self.ground.numbers[without[0]]} lies outside every area: no grid can have it")

    @property
    def breaches(self) -> list[dict[str, str]]:
        """Broken rules of all grids, in the order of their codes."""
        return [{"grid": code, **breach} for code in sorted(self.grids) for breach in self.grids[code].breaches]


def rows_of(grid: Objects, codes: Iterable[str]) -> Ints:
    """Rows of the pieces of these grids, ascending. `grid`: code per piece."""
    return np.flatnonzero(pd.Series(grid, dtype=object).isin(list(codes)).to_numpy())
