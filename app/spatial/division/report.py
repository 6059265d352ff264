"""What a division came to: sizes, hard rules checked anew, and what could not be done as wished."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.adjacency import connected_parts
from app.spatial.division.bridges import bridges_used
from app.spatial.division.layout import Layout
from app.spatial.scoring.load_scores import inside_share, load_deviations

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DivisionReport:
    """`deviation_*`: |amount − target| / target over grids that a band applies to (not campuses).

    `broken`, `over_areas` and `torn_compounds` must be 0 where no locked grid breaks the rule. `folded`: pieces whose
    own kind differs from their grid's. `mixed`: grids in which another kind reaches more of its own target than the
    grid's kind does. `below_band` and `oversized` name the grids that the band could not be kept for, and why.
    `bridges`: declared ones, and the grid that each holds together. `loads`: kind → quantity → deviation.
    `proposals`: wishes that cannot be met, why, and what could be instead. `cut_m`: border between grids.
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
    locked: int = 0
    torn_compounds: int = 0
    pure: float = 1.0
    mixed: list[dict[str, Any]] = field(default_factory=list)
    bridges: list[dict[str, Any]] = field(default_factory=list)
    loads: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    proposals: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def report_division(layout: Layout, grids: pd.DataFrame, assignment: Ints, effort: float) -> DivisionReport:
    adjacency, divided = layout.adjacency, assignment >= 0
    own_kind, area = layout.inputs.labels.kind, layout.inputs.labels.area
    banded = grids[grids["campus"] == ""]
    sizes = spread((banded["amount"] / banded["target"] - 1.0).to_numpy(dtype=float))
    inside = banded["amount"].between(banded["minimum"], banded["maximum"]).to_numpy(dtype=bool)
    source = adjacency.source()
    same = divided[source] & (assignment[source] == assignment[adjacency.indices])
    fragments = connected_parts(adjacency.where(same))[0] - int((~divided).sum())
    cut = divided[source] & divided[adjacency.indices] & ~same
    pairs = pd.DataFrame({"grid": assignment[divided], "area": area[divided]}).drop_duplicates()
    kind_of = grids["kind"].to_numpy(dtype=object)
    kept = divided & (grids["locked"] == "").to_numpy()[np.maximum(assignment, 0)]
    return DivisionReport(
        pieces=len(assignment),
        undivided=int((~divided).sum()),
        grids=len(grids),
        by_kind={str(k): int(v) for k, v in grids["kind"].value_counts().sort_index().items()},
        campuses=int((grids["campus"] != "").sum()),
        deviation_max=sizes["deviation_max"],
        deviation_p95=sizes["deviation_p95"],
        deviation_std=sizes["deviation_std"],
        inside_band=float(inside.mean()) if len(inside) else 1.0,
        broken=fragments - len(grids),
        over_areas=len(pairs) - len(grids),
        folded=int((own_kind[kept] != kind_of[assignment[kept]]).sum()),
        below_band=_named(grids[grids["below_band"]]),
        oversized=_named(grids[grids["oversized"]]),
        cut_m=float(adjacency.length[cut].sum() / 2.0),
        effort=effort,
        locked=int((grids["locked"] != "").sum()),
        torn_compounds=_torn(assignment, layout),
        **_purity(grids, assignment, layout),
        bridges=[use.to_dict() for use in bridges_used(adjacency, assignment, layout.rules.bridges)],
        loads=_loads(layout, grids, assignment),
    )


def spread(deviation: Floats) -> dict[str, float]:
    """Largest, 95th percentile and standard deviation of deviations from a target."""
    size = np.abs(deviation)
    return {
        "deviation_max": float(size.max(initial=0.0)),
        "deviation_p95": float(np.quantile(size, 0.95)) if len(size) else 0.0,
        "deviation_std": float(deviation.std()) if len(deviation) else 0.0,
    }


def _loads(layout: Layout, grids: pd.DataFrame, assignment: Ints) -> dict[str, dict[str, dict[str, float]]]:
    amounts = {kind: [amount for amount, _, _ in loads] for kind, loads in layout.inputs.loads.items()}
    told: dict[str, dict[str, dict[str, float]]] = {}
    found = load_deviations(grids, assignment, layout.rules.loads, amounts)
    bands = {(kind, load.quantity): load.band for kind, loads in layout.rules.loads.items() for load in loads}
    for (kind, quantity), deviation in found.items():
        inside = inside_share(deviation, bands[kind, quantity])
        told.setdefault(kind, {})[quantity] = spread(deviation[~np.isnan(deviation)]) | {"inside_band": inside}
    return told


def _torn(assignment: Ints, layout: Layout) -> int:
    """Units whose pieces lie in more than one grid: counted from the pieces, not from what the search says."""
    free = layout.units.labels.divided & (assignment >= 0)
    pairs = pd.DataFrame({"unit": layout.units.number[free], "grid": assignment[free]}).drop_duplicates()
    return len(pairs) - int(pairs["unit"].nunique())


def _purity(grids: pd.DataFrame, assignment: Ints, layout: Layout) -> dict[str, Any]:
    """`pure`: share of grids whose pieces are all of their kind. `mixed`: grids that another kind dominates.

    A kind dominates where it reaches most of its own target with what its own pieces hold; the grid's kind wins ties.
    """
    inputs, used = layout.inputs, assignment >= 0
    kinds, own_kind = list(inputs.bands), inputs.labels.kind
    reach = np.zeros((len(grids), len(kinds)))
    for column, kind in enumerate(kinds):
        own = used & (own_kind == kind)
        held = np.bincount(assignment[own], inputs.amounts[kind][own], minlength=len(grids))
        reach[:, column] = held / inputs.bands[kind].target
    column_of = np.array([kinds.index(kind) for kind in grids["kind"]], dtype=np.int64)
    other = np.argmax(reach, axis=1)
    at = np.arange(len(grids))
    mixed = (reach[at, other] > reach[at, column_of]) & (grids["locked"] == "").to_numpy()
    foreign = used & (own_kind != grids["kind"].to_numpy(dtype=object)[np.maximum(assignment, 0)])
    pure = 1.0 - len(np.unique(assignment[foreign])) / len(grids)
    return {"pure": pure, "mixed": [row | {"chiefly": kinds[int(other[row["grid"]])]} for row in _named(grids[mixed])]}


def _named(grids: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"grid": int(number), "area": row["area"], "kind": row["kind"], "amount": float(row["amount"])}
        for number, row in grids[["area", "kind", "amount"]].to_dict("index").items()
    ]
