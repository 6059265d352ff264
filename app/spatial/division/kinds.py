"""The kind of every piece — resident, business, institution — by rules that a planner can read and change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency
from app.spatial.division.ground import Labels, find_territories
from app.spatial.division.terms import Band

Floats = NDArray[np.float64]
SQUARE_METRES = 10_000.0  # in a hectare


@dataclass(frozen=True)
class KindRules:
    """Applied in this order; the first that holds decides. Ratios to no households at all count as unlimited.

    institution: at least `campus_share` of the piece's area lies in a campus. business: at least
    `businesses_per_household` and `businesses_per_ha`; or at least `jobs_per_household` and `jobs_per_ha`. resident:
    everything else.
    """

    campus_share: float = 0.5
    businesses_per_household: float = 0.5
    businesses_per_ha: float = 2.0
    jobs_per_household: float = 5.0
    jobs_per_ha: float = 50.0


def classify(
    pieces: gpd.GeoDataFrame, rules: KindRules | None = None, *, campus_share: str | None = "campus_share"
) -> gpd.GeoDataFrame:
    """The pieces with `kind` and `evidence` (dict per row: `rule`, the figures it looked at).

    Reads the quantities `households`, `businesses`, `jobs` where there are such columns (else 0) and the column
    `campus_share` (0–1; else 0). Areas are those of the geometry, in a metric CRS.
    """
    rules = rules or KindRules()
    hectares = pieces.geometry.area.to_numpy(dtype=float) / SQUARE_METRES
    households, businesses, jobs = (_column(pieces, name) for name in ("households", "businesses", "jobs"))
    campus = _column(pieces, campus_share)
    per_household, density = _ratio(businesses, households), _ratio(businesses, hectares)
    jobs_each, jobs_density = _ratio(jobs, households), _ratio(jobs, hectares)
    tests = [
        ("institution", "campus", campus >= rules.campus_share),
        (
            "business",
            "businesses",
            (per_household >= rules.businesses_per_household) & (density >= rules.businesses_per_ha),
        ),
        ("business", "jobs", (jobs_each >= rules.jobs_per_household) & (jobs_density >= rules.jobs_per_ha)),
    ]
    kind = np.select([test[2] for test in tests], [test[0] for test in tests], default="resident")
    rule = np.select([test[2] for test in tests], [test[1] for test in tests], default="else")
    figures = {
        "households": households,
        "businesses": businesses,
        "jobs": jobs,
        "campus_share": campus,
        "businesses_per_ha": density,
        "jobs_per_ha": jobs_density,
    }
    classified = pieces.copy()
    classified["kind"] = kind.astype(object)
    classified["evidence"] = _evidence(rule, figures)
    return classified


def smooth_kinds(pieces: gpd.GeoDataFrame, adjacency: Adjacency, bands: Mapping[str, Band]) -> gpd.GeoDataFrame:
    """Kinds in stretches that can be divided: a stretch below its band's minimum takes the kind of a neighbour.

    The rule is the one that division folds by (`ground.find_territories`): inside one administrative area,
    the smallest stretch first, to the neighbour with the longest shared border. `evidence` of a piece that changed
    gains `own_kind` and `folded`. A stretch without such a neighbour keeps its kind. Pieces outside every area are
    left alone.
    """
    kind = pieces["kind"].astype(str).to_numpy(dtype=object)
    area = _texts(pieces, "area")
    campus = np.where(kind == "institution", _texts(pieces, "campus"), "").astype(object)
    present = {name: bands[name] for name in bands if (kind == name).any()}
    amounts = {name: _quantity(pieces, band.quantity) for name, band in present.items()}
    smooth = kind.copy()
    for territory in find_territories(Labels(area, kind, campus), amounts, adjacency, present):
        smooth[list(territory.pieces)] = territory.kind
    changed = np.flatnonzero(smooth != kind)
    evidence = list(pieces["evidence"]) if "evidence" in pieces else [{} for _ in range(len(pieces))]
    for at in changed:
        band = present[kind[at]]
        small = f"a connected stretch of {kind[at]} holds less than {band.minimum:g} {band.quantity}"
        evidence[at] = {**evidence[at], "own_kind": str(kind[at]), "folded": small}
    smoothed = pieces.copy()
    smoothed["kind"], smoothed["evidence"] = smooth, pd.Series(evidence, index=pieces.index, dtype=object)
    return smoothed


def _column(pieces: gpd.GeoDataFrame, name: str | None) -> Floats:
    if name is None or name not in pieces:
        return np.zeros(len(pieces))
    return pieces[name].fillna(0).to_numpy(dtype=float)


def _texts(pieces: gpd.GeoDataFrame, name: str) -> NDArray[np.object_]:
    if name not in pieces:
        return np.full(len(pieces), "", dtype=object)
    return pieces[name].fillna("").astype(str).to_numpy(dtype=object)


def _quantity(pieces: gpd.GeoDataFrame, name: str) -> Floats:
    return pieces.geometry.area.to_numpy(dtype=float) if name == "area_m2" else _column(pieces, name)


def _ratio(amount: Floats, base: Floats) -> Floats:
    """amount / base; nothing to nothing is 0, something to nothing is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(amount / base, nan=0.0, posinf=np.inf)


def _evidence(rule: NDArray[Any], figures: Mapping[str, Floats]) -> list[dict[str, Any]]:
    rounded = {name: np.round(np.minimum(values, 1e12), 3).tolist() for name, values in figures.items()}
    return [
        {"rule": str(rule[at]), **{name: values[at] for name, values in rounded.items()}} for at in range(len(rule))
    ]
