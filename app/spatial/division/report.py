"""What a division came to: sizes, hard rules checked anew, and what could not be done as wished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency, connected_parts
from app.spatial.division.ground import Labels

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DivisionReport:
    """`deviation_*`: |amount − target| / target over grids that a band applies to (not campuses).

    `broken` and `over_areas` must be 0. `folded`: pieces whose own kind differs from their grid's. `below_band` and
    `oversized` name the grids that the band could not be kept for, and why. `cut_m`: border between grids.
    """

    pieces: int
    undivided: int
    grids: int
    by_kind: dict[str, int]
    campuses: int
    deviation_max: float
    deviation_p95: float
    deviation_std: float
    inside_band: float
    broken: int
    over_areas: int
    folded: int
    below_band: list[dict[str, Any]]
    oversized: list[dict[str, Any]]
    cut_m: float
    effort: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def report_division(
    grids: pd.DataFrame,
    assignment: Ints,
    labels: Labels,
    amounts: Mapping[str, Floats],
    adjacency: Adjacency,
    effort: float,
) -> DivisionReport:
    divided = assignment >= 0
    banded = grids[grids["campus"] == ""]
    deviation = (banded["amount"] / banded["target"] - 1.0).to_numpy(dtype=float)
    inside = banded["amount"].between(banded["minimum"], banded["maximum"]).to_numpy(dtype=bool)
    source = adjacency.source()
    same = divided[source] & (assignment[source] == assignment[adjacency.indices])
    fragments = connected_parts(adjacency.where(same))[0] - int((~divided).sum())
    cut = divided[source] & divided[adjacency.indices] & ~same
    pairs = pd.DataFrame({"grid": assignment[divided], "area": labels.area[divided]}).drop_duplicates()
    kind_of = grids["kind"].to_numpy(dtype=object)
    return DivisionReport(
        pieces=len(assignment),
        undivided=int((~divided).sum()),
        grids=len(grids),
        by_kind={str(k): int(v) for k, v in grids["kind"].value_counts().sort_index().items()},
        campuses=int((grids["campus"] != "").sum()),
        deviation_max=float(np.abs(deviation).max(initial=0.0)),
        deviation_p95=float(np.quantile(np.abs(deviation), 0.95)) if len(deviation) else 0.0,
        deviation_std=float(deviation.std()) if len(deviation) else 0.0,
        inside_band=float(inside.mean()) if len(inside) else 1.0,
        broken=fragments - len(grids),
        over_areas=len(pairs) - len(grids),
        folded=int((labels.kind[divided] != kind_of[assignment[divided]]).sum()),
        below_band=_named(grids[grids["below_band"]]),
        oversized=_named(grids[grids["oversized"]]),
        cut_m=float(adjacency.length[cut].sum() / 2.0),
        effort=effort,
    )


def _named(grids: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"grid": int(number), "area": row["area"], "kind": row["kind"], "amount": float(row["amount"])}
        for number, row in grids[["area", "kind", "amount"]].to_dict("index").items()
    ]
