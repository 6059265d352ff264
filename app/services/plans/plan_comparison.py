"""Plans side by side, where they disagree, and two networks as a plan's pieces see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import geopandas as gpd
from sqlalchemy.orm import Session

from app.errors import InputError, TooLarge
from app.models.plans import Plan
from app.services.plans.plan_judgement import Ground, ground_of, judge, moved
from app.spatial.judging.matching import common_ground, differences, kept_whole, match
from app.spatial.quality.agreement import crosswalk
from app.store.plans import plans as store

PLANS_MAX = 8
REPLAYED = ("events_file", "events", "errors", "owned", "unowned", "share_unowned", "on_boundary", "before")


def compare(
    session: Session, plans: Sequence[Plan], events: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Two or more plans side by side. `plans`: name → its judgement; `difference`: other → its scores less the first
    plan's; `compounds_cut`: compound → plan → its grids there; `changes`: for each two plans, who changes grid.

    `events`: name → summary of a replay: its load becomes a quantity of the workload, the rest `replay`.

    Raises InputError for a single plan, Conflict for one without grids, TooLarge over PLANS_MAX.
    """
    _check(plans)
    grounds = [ground_of(session, plan, plans[0].crs) for plan in plans]
    judged = {ground.plan.name: judge(ground) for ground in grounds}
    for name, summary in (events or {}).items():
        judged[name]["workload"]["events"] = summary["load"]
        judged[name]["replay"] = {key: summary[key] for key in REPLAYED}
    first = judged[plans[0].name]
    return {
        "plans": judged,
        "difference": {
            name: _difference(first["score"], made["score"]) for name, made in judged.items() if made is not first
        },
        "compounds_cut": _cut_by(judged),
        "changes": [_change(a, b) for a, b in combinations(grounds, 2)],
    }


def disagreements(session: Session, plan: Plan, other: Plan) -> gpd.GeoDataFrame:
    """Where two plans disagree, in EPSG:4326: `a`, `b` (codes), `kind_a`, `kind_b`, `area_m2`; ground where the grid
    of `other` is not the one that stands for the grid of `plan`."""
    a, b = ground_of(session, plan), ground_of(session, other, plan.crs)
    matched = match(common_ground(a.pieces, "grid", b.grids, a.quantities), a.weight)
    made: gpd.GeoDataFrame = differences(a.grids, b.grids, matched).to_crs(4326)
    return made


def crosswalk_rows(session: Session, plan: Plan, network_a: str, network_b: str) -> list[dict[str, Any]]:
    """Grid × grid of two networks of the plan: ground, quantities and shares, largest first."""
    known = plan.consolidation.get("networks", [])
    for network in (network_a, network_b):
        if network not in known:
            raise InputError(f"plan {plan.name!r} has no pieces of network {network!r}; it has: {', '.join(known)}")
    pieces = store.pieces_frame(session, plan)
    rows: list[dict[str, Any]] = crosswalk(pieces, network_a, network_b, pieces.attrs["quantities"]).to_dict("records")
    return rows


def _check(plans: Sequence[Plan]) -> None:
    names = [plan.name for plan in plans]
    if len(names) < 2:
        raise InputError("name at least two plans to compare")
    if len(names) > PLANS_MAX:
        raise TooLarge(f"{len(names)} plans; {PLANS_MAX} are the most that are compared at once", limit=PLANS_MAX)


def _difference(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Numbers of `b` less those of `a`, member by member."""
    made: dict[str, Any] = {}
    for key in a.keys() & b.keys():
        if isinstance(a[key], dict) and isinstance(b[key], dict):
            made[key] = _difference(a[key], b[key])
        elif isinstance(a[key], int | float) and isinstance(b[key], int | float):
            made[key] = b[key] - a[key]
    return dict(sorted(made.items()))


def _cut_by(judged: dict[str, dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Compounds that at least one plan cuts: how many grids each plan has there (1: whole)."""
    cut = {name: made["cuts"]["compounds_cut"] for name, made in judged.items()}
    every = sorted({compound for compounds in cut.values() for compound in compounds})
    return {compound: {name: len(cut[name].get(compound, [compound])) for name in judged} for compound in every}


def _change(a: Ground, b: Ground) -> dict[str, Any]:
    """From plan `a` to plan `b`: grids that stand for one another, grids left as they are, who moves."""
    common = common_ground(a.pieces, "grid", b.grids, a.quantities)
    matched = match(common, a.weight)
    return {
        "from": a.plan.name,
        "to": b.plan.name,
        "matched": len(matched),
        "kept_whole": len(kept_whole(common)),
        **moved(common, matched, a),
    }
