"""Lineage: which new grid got which share of each old grid, by ground and by every quantity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from app.errors import InputError
from app.spatial.pieces.linework import JOIN


def lineage(
    pieces: pd.DataFrame, networks: Sequence[str], quantities: Sequence[str], *, grid: str = "grid"
) -> pd.DataFrame:
    """One row per network, old grid and new grid that share ground, sorted.

    Columns `network, old, new, share_area`, one `share_<quantity>` per quantity, `unowned` and `by_area`. A share is
    the part of the old grid's ground (or households, …) in the plan that went to the new one: those of an old grid sum
    to 1. A piece with several old grids in one network counts for each of them. Old '' is ground that no grid of the
    network had (`unowned`). Where an old grid has nothing of a quantity its share is that of the ground, and `by_area`
    names the quantity (several joined by `|`). New '' is ground that the plan gives to no grid.
    """
    missing = [column for column in (grid, *networks, *quantities, "area_m2") if column not in pieces]
    if missing:
        raise InputError(f"the pieces have no column {', '.join(missing)}")
    rows = pd.concat([_old_and_new(pieces, network, quantities, grid) for network in networks], ignore_index=True)
    measures = ["area_m2", *quantities]
    made = rows.groupby(["network", "old", "new"], sort=True, as_index=False)[measures].sum()
    totals = made.groupby(["network", "old"])[measures].transform("sum")
    made["share_area"] = made["area_m2"] / totals["area_m2"]
    empty = {name: (totals[name] == 0).to_numpy() for name in quantities}
    for name in quantities:
        share = made[name] / totals[name].where(~empty[name], 1.0)
        made[f"share_{name}"] = share.where(~empty[name], made["share_area"])
    made["unowned"] = made["old"] == ""
    made["by_area"] = _names(empty, len(made))
    return made.drop(columns=measures)


def _old_and_new(pieces: pd.DataFrame, network: str, quantities: Sequence[str], grid: str) -> pd.DataFrame:
    """One row per piece and old grid."""
    rows = pd.DataFrame(pieces[["area_m2", *quantities]]).assign(
        network=network, old=pieces[network].str.split(JOIN), new=pieces[grid].fillna("").astype(str)
    )
    return rows.explode("old", ignore_index=True)


def _names(empty: dict[str, np.ndarray], count: int) -> list[str]:
    return [JOIN.join(name for name, flags in empty.items() if flags[row]) for row in range(count)]
