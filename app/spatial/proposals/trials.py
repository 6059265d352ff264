"""Other rules tried out on the areas that they concern: what a division by these rules gives there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.assembly import assemble
from app.spatial.division.layout import Layout, lay_out, tasks_of
from app.spatial.division.terms import Band, Rules
from app.spatial.search.tasks import Report, search

Ints = NDArray[np.int64]
Places = dict[tuple[str, str], Band]
"""(area, kind) → a band."""


@dataclass(frozen=True)
class Outcome:
    """Grid per piece of the areas tried, and their grids as in `Division`."""

    assignment: Ints
    grids: pd.DataFrame

    def of(self, pieces: Collection[int]) -> pd.DataFrame:
        """The grids that hold these pieces."""
        return self.grids.loc[np.unique(self.assignment[list(pieces)])]


@dataclass(frozen=True)
class Trials:
    """Territories are searched apart: what is tried in one area changes no other, and holds when it is applied."""

    layout: Layout
    effort: float
    threads: int
    say: Report

    def of(self, rules: Rules, areas: Collection[str]) -> Outcome:
        layout = lay_out(self.layout.inputs, rules, self.layout.wish)
        tasks = tasks_of(layout, areas)
        say: Report = lambda share, text: self.say(0.95, "looking for what is feasible")  # noqa: E731
        parts = search(list(tasks.values()), self.effort, self.threads, say)
        return Outcome(*assemble(layout, dict(zip(tasks, parts, strict=True))))

    def with_bands(self, bands: Places) -> Rules:
        """The rules with these bands in their areas."""
        rules = self.layout.rules
        own = {area: dict(kinds) for area, kinds in rules.area_bands.items()}
        for (area, kind), band in bands.items():
            own.setdefault(area, {})[kind] = band
        return replace(rules, area_bands=own)


def outside(grids: pd.DataFrame) -> pd.DataFrame:
    """Grids that a band applies to and that lie outside it."""
    banded = grids[(grids["campus"] == "") & (grids["locked"] == "")]
    return banded[(banded["amount"] < banded["minimum"]) | (banded["amount"] > banded["maximum"])]
