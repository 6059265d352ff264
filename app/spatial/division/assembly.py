"""The answer of a search as grids: numbered through, with what each was asked to be; locked grids come last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.layout import Layout

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def assemble(layout: Layout, parts: Mapping[int, Ints]) -> tuple[Ints, pd.DataFrame]:
    """Grid number per piece (-1: none), and one row per grid (see `Division`).

    `parts`: territory (position) → the answer of its search. Numbers go by territory, within it by first piece, then
    locked grids in the order of the rules.
    """
    rules, rows = layout.rules, list[dict[str, Any]]()
    assignment = np.full(len(layout.units.number), -1, dtype=np.int64)
    for number, part in sorted(parts.items()):
        territory = layout.territories[number]
        pieces = np.array(territory.pieces, dtype=np.int64)
        _, first, label = np.unique(part, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))[label]
        assignment[pieces] = len(rows) + rank
        campus = "" if rules.compounds.get(territory.campus, 1) > 1 else territory.campus
        for grid in range(len(first)):
            row = _row(layout, territory.area, territory.kind, pieces[rank == grid])
            row |= {"campus": campus, "territory": number, "below_band": territory.below_band}
            rows.append(row | {"oversized": row["oversized"] and not campus})
    for locked in rules.locked:
        members = np.array(locked.pieces, dtype=np.int64)
        assignment[members] = len(rows)
        area = str(layout.inputs.labels.area[members[0]])
        rows.append(_row(layout, area, locked.kind, members) | {"locked": locked.code})
    return assignment, pd.DataFrame(rows)


def _row(layout: Layout, area: str, kind: str, members: Ints) -> dict[str, Any]:
    amount = layout.inputs.amounts[kind][members]
    band = layout.rules.band(layout.inputs.bands, area, kind)
    _, unit = np.unique(layout.units.number[members], return_inverse=True)
    return {
        "area": area,
        "kind": kind,
        "campus": "",
        "territory": -1,
        "quantity": band.quantity,
        "target": band.target,
        "minimum": band.minimum,
        "maximum": band.maximum,
        "amount": float(amount.sum()),
        "pieces": len(amount),
        "below_band": False,
        "oversized": bool((np.bincount(unit, amount) > band.maximum).any()),
        "locked": "",
    }
