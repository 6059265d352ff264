"""What a plan would be after an edit, before its shapes, scores and breaches are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from app.spatial.division.codes import LETTERS, assign_codes
from app.spatial.division.grids import dissolve
from app.spatial.editing.ground import Bools, Ground, Ints, Objects
from app.spatial.editing.workspace import Workspace

SERIAL_DIGITS = 3


@dataclass(frozen=True)
class Hand:
    """Who edits, when, and which serials were issued for good under each prefix (area code + letter)."""

    by: str
    at: datetime
    issued: Mapping[str, int] = field(default_factory=dict)

    def because(self, reason: str) -> dict[str, Any]:
        """The reason as it is kept with what it explains."""
        return {"reason": reason, "by": self.by, "at": self.at.isoformat()}


@dataclass(frozen=True)
class Title:
    """What a person decides about a grid, apart from its pieces."""

    name: str
    kind: str
    lock: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Draft:
    """`origin`: row in the plan before, per piece (parts of one piece have the same); `reshaped`: pieces with another
    polygon than before; `grid`, `kind`, `evidence` per piece; `titles` of new grids and of those that get another."""

    ground: Ground
    origin: Ints
    reshaped: Bools
    grid: Objects
    kind: Objects
    evidence: Objects
    titles: Mapping[str, Title]

    def moved(self, rows: Ints, code: str | Objects) -> Draft:
        """With these pieces in another grid (or each in its own)."""
        grid = self.grid.copy()
        grid[rows] = code
        return replace(self, grid=grid)

    def titled(self, titles: Mapping[str, Title]) -> Draft:
        return replace(self, titles={**self.titles, **titles})

    def of_kind(self, rows: Ints, kind: str, decision: Mapping[str, Any]) -> Draft:
        """With a kind set by hand for these pieces, and the decision as their evidence."""
        kinds, evidence = self.kind.copy(), self.evidence.copy()
        kinds[rows] = kind
        for row in rows:
            evidence[row] = {**evidence[row], "by_hand": {**decision, "kind": kind}}
        return replace(self, kind=kinds, evidence=evidence)


def unchanged(plan: Workspace) -> Draft:
    """The plan as it is, to draft on."""
    count = len(plan.grid)
    return Draft(plan.ground, np.arange(count), np.zeros(count, dtype=bool), plan.grid, plan.kind, plan.evidence, {})


def title_of(plan: Workspace, code: str) -> Title:
    grid = plan.at(code)
    return Title(grid.name, grid.kind, grid.lock, grid.decision)


def with_new_grids(
    plan: Workspace, draft: Draft, groups: Sequence[Ints], kinds: Sequence[str], hand: Hand, names: Sequence[str] = ()
) -> Draft:
    """Each group of pieces as a new grid under the next codes of its area and kind, in reading order.

    Codes go on from the serials issued and from those that stand in the plan. Raises Infeasible past 999.
    """
    if not groups:
        return draft
    area = draft.ground.areas
    shapes = draft.ground.metric
    grids = gpd.GeoDataFrame(
        {"area": [main_area(area[rows], draft.ground.area_m2[rows]) for rows in groups], "kind": list(kinds)},
        geometry=[dissolve(shapes[rows]) for rows in groups],
        crs=draft.ground.crs,
    )
    codes = assign_codes(grids, _taken(plan, hand.issued)).codes
    grid, titles = draft.grid.copy(), dict(draft.titles)
    for at, (rows, code) in enumerate(zip(groups, codes, strict=True)):
        grid[rows] = code
        given = names[at] if at < len(names) else ""
        titles[code] = Title(given or plan.terms.name_of(grids["area"].iloc[at], kinds[at], code), kinds[at])
    return replace(draft, grid=grid, titles=titles)


def prefix_of(area: str, kind: str) -> str:
    return f"{area}{LETTERS[kind]}"


def _taken(plan: Workspace, issued: Mapping[str, int]) -> dict[str, int]:
    """Last serial that is issued or stands in the plan, per prefix."""
    taken = dict(issued)
    for code in plan.grids:
        prefix, serial = code[:-SERIAL_DIGITS], int(code[-SERIAL_DIGITS:])
        taken[prefix] = max(taken.get(prefix, 0), serial)
    return taken


def main_area(areas: Objects, area_m2: NDArray[np.float64]) -> str:
    """The area that most of the ground lies in; the first code on a tie."""
    names, at = np.unique(areas.astype(str), return_inverse=True)
    return str(names[np.argmax(np.bincount(at, area_m2))])
