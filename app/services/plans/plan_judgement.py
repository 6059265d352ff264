"""One plan judged: the four principles, sizes, shapes, what it cuts, who moves, how even the work would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models.plans import Plan
from app.spatial.coordinates.crs import parse_crs
from app.spatial.judging.loads import loads_by_kind
from app.spatial.judging.matching import kept_whole, match, moves
from app.spatial.judging.sizes import kind_sizes, shapes_of
from app.spatial.judging.splits import campus_grids, cuts_of
from app.spatial.quality.agreement import crosswalk
from app.store.frames import spread
from app.store.plans import plans as store

GROUND = "area_m2"


@dataclass(frozen=True)
class Ground:
    """A plan's pieces and grids in its metric CRS. `weight` is what people are counted by: households where the
    pieces have any, else ground."""

    plan: Plan
    pieces: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    networks: tuple[str, ...]
    quantities: tuple[str, ...]

    @property
    def weight(self) -> str:
        return "households" if "households" in self.quantities and self.pieces["households"].any() else GROUND


def with_grids(plan: Plan) -> Plan:
    """Raises Conflict for a plan that has no grids to judge yet."""
    if plan.status not in (store.DIVIDED, store.PUBLISHED):
        raise Conflict(f"plan {plan.name!r} has no grids yet: divide it first")
    return plan


def ground_of(session: Session, plan: Plan, crs: str | None = None) -> Ground:
    """What a plan is judged on, in `crs` (default: the plan's). Raises Conflict while it has no grids."""
    with_grids(plan)
    proj = parse_crs(crs or plan.crs).proj
    stored = store.pieces_frame(session, plan)
    networks, quantities = tuple(stored.attrs["networks"]), tuple(stored.attrs["quantities"])
    pieces = stored.to_crs(proj)
    pieces["grid"] = pieces["grid"].fillna("")
    pieces["campus"] = [row.get("campus", "") for row in pieces["evidence"]]
    pieces["campus_share"] = [float(row.get("campus_share", 0.0)) for row in pieces["evidence"]]
    grids = spread(store.grids_frame(session, plan.id).to_crs(proj), "quantities", quantities)
    named = campus_grids(pieces, dict(zip(grids["code"], grids["kind"], strict=True)))
    grids["campus"] = grids["code"].isin(named)
    for column, without in (("amount", 0.0), ("target", 1.0), ("inside_band", True)):
        grids[column] = [row.get(column, without) for row in grids["scores"]]
    return Ground(plan, pieces, grids, networks, quantities)


def judge(ground: Ground) -> dict[str, Any]:
    """Everything that one plan can be told about itself, JSON-ready (docs/judging.md)."""
    plan, grids = ground.plan, ground.grids
    bands = plan.parameters.get("bands", {})
    polsby_popper = np.array([row.get("polsby_popper") or 0.0 for row in grids["scores"]], dtype=float)
    return {
        "id": plan.id,
        "name": plan.name,
        "status": plan.status,
        "seed": plan.parameters.get("seed", plan.seed),
        "weights": plan.parameters.get("weights", {}),
        "content_hash": plan.content_hash,
        "grids": len(grids),
        "by_kind": {str(kind): int(count) for kind, count in grids["kind"].value_counts().sort_index().items()},
        "score": plan.score,
        "sizes": {kind: sizes.to_dict() for kind, sizes in kind_sizes(grids, bands).items()},
        "shapes": shapes_of(polsby_popper).to_dict(),
        "cuts": cuts_of(ground.pieces).to_dict(),
        "old_networks": {network: _against(ground, network) for network in ground.networks},
        "workload": workload(grids, (GROUND, *ground.quantities)),
    }


def workload(grids: pd.DataFrame, quantities: Sequence[str]) -> dict[str, Any]:
    """Quantity → `all` and every kind → how evenly it is spread over the grids."""
    return {
        name: {kind: load.to_dict() for kind, load in loads_by_kind(grids[name].to_numpy(float), grids["kind"]).items()}
        for name in quantities
    }


def moved(common: pd.DataFrame, matched: dict[str, str], ground: Ground) -> dict[str, Any]:
    """Who moves, counted by households (by ground where nobody lives), and by every quantity."""
    return {
        "weight": ground.weight,
        **moves(common, matched, ground.weight).to_dict(),
        "by_quantity": {name: moves(common, matched, name).to_dict() for name in (GROUND, *ground.quantities)},
    }


def _against(ground: Ground, network: str) -> dict[str, Any]:
    """The plan against an old network, whose grids are named by the pieces. A piece that two old grids claim counts for
    each of them."""
    common = crosswalk(ground.pieces.fillna({network: ""}), network, "grid", ground.quantities)
    matched = match(common, ground.weight)
    kept = kept_whole(common)
    old = common[common["a"] != ""]["a"].nunique()
    return {
        "grids": int(old),
        "kept_whole": len(kept),
        "matched": len(matched),
        **moved(common, matched, ground),
    }
