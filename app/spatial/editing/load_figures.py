"""Further loads and ways to stations of the grids that an edit touches, and of the plan that they leave.

What a load should be without a band of its own is the mean of the territory that the division found. A plan that was
edited knows territories no more, but every grid still tells the target it was measured against.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.spatial.division.report import spread
from app.spatial.division.terms import Load
from app.spatial.editing.drafts import Draft
from app.spatial.editing.ground import Ints
from app.spatial.editing.workspace import Grid, Workspace
from app.spatial.scoring.load_scores import inside_share, station_distances

Floats = NDArray[np.float64]


def load_figures(
    plan: Workspace, draft: Draft, groups: Sequence[Ints], kinds: Sequence[str], campus: NDArray[np.bool_]
) -> dict[str, Floats]:
    """Per grid (rows of its pieces in `groups`, its kind, whether it is one campus): `deviation_<quantity>` of each
    load, NaN where its kind has none, and `station_m` where there are stations."""
    found: dict[str, Floats] = {}
    for kind, loads in plan.terms.rules.loads.items():
        for load in loads:
            name = deviation_name(load.quantity)
            values = found.setdefault(name, np.full(len(groups), np.nan))
            for at, rows in enumerate(groups):
                if kinds[at] == kind and not campus[at]:
                    values[at] = _deviation(plan, draft, rows, kind, load)
    stations, ground = plan.terms.rules.stations, draft.ground
    if len(stations):
        rows = np.concatenate(groups)
        grid = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        homes = ground.columns["households"][rows] if "households" in ground.columns else np.zeros(len(rows))
        found["station_m"] = station_distances(grid, homes, ground.centres(rows), stations, len(groups))
    return found


def deviation_name(quantity: str) -> str:
    return f"deviation_{quantity}"


def _deviation(plan: Workspace, draft: Draft, rows: Ints, kind: str, load: Load) -> float:
    target = load.band.target if load.band else _target(plan, draft, rows, kind, load.quantity)
    return float(draft.ground.columns[load.quantity][rows].sum()) / target - 1.0 if target > 0 else np.nan


def _target(plan: Workspace, draft: Draft, rows: Ints, kind: str, quantity: str) -> float:
    """That of the grid that most of the ground comes from, the first by code on a tie; where that has none (it held
    nothing, or was of another kind), the middle one of the kind's grids in its area, then in the plan."""
    codes, number = np.unique(plan.grid[draft.origin[rows]].astype(str), return_inverse=True)
    main = plan.grids.get(str(codes[np.argmax(np.bincount(number, draft.ground.area_m2[rows]))]))
    own = None if main is None else _told(main, kind, quantity)
    if own is not None:
        return own
    same = [grid for grid in plan.grids.values() if main is None or grid.area == main.area]
    for grids in (same, list(plan.grids.values())):
        told = [target for grid in grids if (target := _told(grid, kind, quantity)) is not None]
        if told:
            return float(np.median(told))
    return 0.0


def _told(grid: Grid, kind: str, quantity: str) -> float | None:
    """The target that a grid's deviation was measured against."""
    deviation, held = grid.scores.get(deviation_name(quantity)), _held(grid, quantity)
    if grid.kind != kind or deviation is None or held == 0.0:
        return None
    return held / (1.0 + float(deviation))


def _held(grid: Grid, quantity: str) -> float:
    return float(grid.area_m2 if quantity == "area_m2" else grid.quantities.get(quantity) or 0.0)


def plan_figures(plan: Workspace) -> dict[str, Any]:
    """`loads` and `station_m` of the plan's score, from those of its grids."""
    grids = [plan.grids[code] for code in sorted(plan.grids)]
    loads: dict[str, dict[str, dict[str, float]]] = {}
    for kind, asked in plan.terms.rules.loads.items():
        for load in asked:
            name = deviation_name(load.quantity)
            told = [grid.scores.get(name) for grid in grids if grid.kind == kind]
            deviation = np.array([value for value in told if value is not None], dtype=np.float64)
            figures = spread(deviation) | {"inside_band": inside_share(deviation, load.band)}
            loads.setdefault(kind, {})[load.quantity] = figures
    return {"loads": loads, "station_m": _station_m([grid for grid in grids if grid.scores.get("station_m")])}


def _station_m(grids: Sequence[Grid]) -> float | None:
    if not grids:
        return None
    metres: list[float] = [grid.scores["station_m"] for grid in grids]
    homes = [_held(grid, "households") for grid in grids]
    return float(np.average(metres, weights=homes if any(homes) else None))
