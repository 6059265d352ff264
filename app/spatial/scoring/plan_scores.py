"""The measures of a plan from those of its grids, and what becomes of old grids and compounds in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MEMBER_SHARE = 0.5
PRINCIPLES = ("proximity", "size", "interest", "management")


@dataclass(frozen=True)
class PlanScore:
    """A plan's measures; every principle is the mean over its grids, 0 (worst) to 1, `total` the mean of the four."""

    grids: int
    proximity: float
    size: float
    interest: float
    management: float
    total: float
    broken: int
    holes: int
    polsby_popper_mean: float
    polsby_popper_p10: float
    barrier_m: float
    deviation_max: float
    deviation_p95: float
    deviation_std: float
    inside_band: float
    over_areas: int
    preserved: dict[str, float]
    compounds_whole: float | None
    cut_m: float
    followed: float
    loads: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    station_m: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def old_numbers(codes: NDArray[np.object_]) -> Ints:
    """Old grids numbered, -1 for none ('')."""
    number, names = pd.factorize(codes)
    return np.where((np.asarray(names) == "")[number], -1, number).astype(np.int64)


def preserved_share(grid: Ints, old: Ints, weight: Floats) -> float:
    """Σ over old grids of the largest share that stays in one new grid, weighted by what they hold.

    `grid`, `old`: numbers of the new and the old grid of every piece, -1 for none.
    """
    used = (grid >= 0) & (old >= 0)
    shape = (int(old.max(initial=0)) + 1, int(grid.max(initial=0)) + 1)
    table = coo_array((weight[used], (old[used], grid[used])), shape=shape).tocsr()
    total = float(table.sum())
    return float(table.max(axis=1).sum()) / total if total > 0 else 1.0


def compound_members(pieces: gpd.GeoDataFrame, compounds: str) -> NDArray[np.object_]:
    """The compound of each piece; where `campus_share` tells how much of a piece it covers, at least half is asked."""
    codes = pieces[compounds].fillna("").astype(str).to_numpy(dtype=object)
    share = pieces["campus_share"].to_numpy(dtype=float) if "campus_share" in pieces else np.ones(len(pieces))
    return np.where(share >= MEMBER_SHARE, codes, "").astype(object)


def whole_compounds(grid: Ints, codes: NDArray[np.object_]) -> float | None:
    """Share of the compounds that lie in one grid; None without any."""
    used = (codes != "") & (grid >= 0)
    if not used.any():
        return None
    pairs = pd.DataFrame({"code": codes[used].astype(str), "grid": grid[used]}).drop_duplicates()
    return float((pairs.groupby("code").size() == 1).mean())


def plan_score(
    measures: Mapping[str, Any], campus: NDArray[np.bool_], preserved: dict[str, float], whole: float | None
) -> PlanScore:
    """The plan's measures from those of its grids (a frame, or arrays by name); `campus`: grids that are one campus,
    whose size is its own."""
    of = {str(name): np.asarray(measures[name]) for name in measures}
    means: dict[str, Any] = {name: float(of[name].mean()) for name in PRINCIPLES}
    deviation, inside = np.abs(of["deviation"][~campus]).astype(float), of["inside_band"][~campus]
    border = float(of["border_m"].sum())
    return PlanScore(
        grids=len(campus),
        proximity=means["proximity"],
        size=means["size"],
        interest=means["interest"],
        management=means["management"],
        total=sum(means.values()) / len(means),
        broken=int((of["parts"] - 1).sum()),
        holes=int(of["holes"].sum()),
        polsby_popper_mean=float(of["polsby_popper"].mean()),
        polsby_popper_p10=float(np.quantile(of["polsby_popper"], 0.1)),
        barrier_m=float(of["barrier_m"].sum()),
        deviation_max=float(deviation.max(initial=0.0)),
        deviation_p95=float(np.quantile(deviation, 0.95)) if len(deviation) else 0.0,
        deviation_std=float(deviation.std()) if len(deviation) else 0.0,
        inside_band=float(inside.mean()) if len(inside) else 1.0,
        over_areas=int((of["areas"] > 1).sum()),
        preserved=preserved,
        compounds_whole=whole,
        cut_m=border / 2.0,
        followed=float((of["followed"] * of["border_m"]).sum() / border) if border > 0 else 1.0,
    )
