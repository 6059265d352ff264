"""Two plans side by side, and two networks as a plan's pieces see them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.plans import Plan
from app.spatial.quality.agreement import crosswalk
from app.store import plans as store


def compare(session: Session, plan: Plan, other: Plan) -> dict[str, Any]:
    """Scores of both plans, their differences, and the share of ground and quantities whose grid-mates change."""
    for each in (plan, other):
        if not each.score:
            raise Conflict(f"plan {each.name!r} has no grids yet: divide it first")
    a, b = store.pieces_frame(session, plan), store.pieces_frame(session, other)
    return {
        "plans": {plan.name: plan.score, other.name: other.score},
        "difference": _difference(plan.score, other.score),
        "same_grid": _same_grid(a, b),
    }


def crosswalk_rows(session: Session, plan: Plan, network_a: str, network_b: str) -> list[dict[str, Any]]:
    """Grid × grid of two networks of the plan: ground, quantities and shares, largest first."""
    known = plan.consolidation.get("networks", [])
    for network in (network_a, network_b):
        if network not in known:
            raise InputError(f"plan {plan.name!r} has no pieces of network {network!r}; it has: {', '.join(known)}")
    pieces = store.pieces_frame(session, plan)
    rows: list[dict[str, Any]] = crosswalk(pieces, network_a, network_b, pieces.attrs["quantities"]).to_dict("records")
    return rows


def _difference(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key in a.keys() & b.keys():
        if isinstance(a[key], dict) and isinstance(b[key], dict):
            made[key] = _difference(a[key], b[key])
        elif isinstance(a[key], int | float) and isinstance(b[key], int | float):
            made[key] = b[key] - a[key]
    return dict(sorted(made.items()))


def _same_grid(a: gpd.GeoDataFrame, b: gpd.GeoDataFrame) -> dict[str, float]:
    """Largest share of each of a's grids that stays together in one grid of b, summed over the ground.

    The two plans may have different pieces; a piece of `a` goes where its representative point lies in `b`.
    """
    inside = shapely.point_on_surface(a.geometry.to_numpy())
    owner = np.full(len(a), -1)
    point, piece = shapely.STRtree(b.geometry.to_numpy()).query(inside, predicate="intersects")
    owner[point[::-1]] = piece[::-1]
    known = owner >= 0
    pairs = a[known].assign(other=b["grid"].to_numpy()[owner[known]])
    shares = {}
    for quantity in ("area_m2", *a.attrs["quantities"]):
        total = float(a[quantity].sum())
        kept = pairs.groupby(["grid", "other"])[quantity].sum().groupby(level=0).max().sum()
        shares[quantity] = float(kept) / total if total else 1.0
    return shares
