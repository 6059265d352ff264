"""Bringing staff into the one grid: where a plan's lineage sends every old post, as proposals and as a staff list.

Nothing is stored here. Proposals are kept and decided by transfer_decisions; the list goes in by the staff import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import mask_name, sees_people
from app.rules.sayings import CHINESE, text_of
from app.rules.staff.transfers import OldPost, Transfer, Way, Weights, assign, assign_greedily, measure
from app.services.networks.networks import UNIFIED
from app.services.staff.staff import cells_of
from app.services.staff.staff_rows import HEADINGS
from app.store.networks import editions as editions_store
from app.store.plans import plans as plans_store
from app.store.staff import posts as posts_store
from app.store.staff import staff as store
from app.store.staff.posts import PostFilter, PostRow

WORK = "households"
GROUND_PART = 0.1  # of a share: ground where nobody lives is work, too, and needs its chief
NOTES = ("确定", "份额", "距离（米）", "原网格体系", "原网格", "理由")


def propose(session: Session, caller: Caller, plan: Plan, at: datetime) -> dict[str, Any]:
    """A proposal for every post held at `at` on the plan's source networks, with figures beside the greedy baseline.

    The share of an old grid is that of its households and, for a tenth, of its ground; of its ground alone where nobody
    lives.
    """
    caller.require("lookup")
    rows, transfers, figures = _proposals(session, plan, at)
    plain = sees_people(caller.scopes)
    listed = [
        {
            **asdict(transfer.post),
            "name": row.person.name if plain else mask_name(row.person.name),
            "to": transfer.new,
            "to_role": transfer.role,
            "share": round(transfer.share, 6),
            "distance_m": round(transfer.distance_m, 1),
            "sure": transfer.sure,
            "reason": transfer.reason,
            "said": [each.to_dict() for each in transfer.said],
        }
        for row, transfer in zip(rows, transfers, strict=True)
    ]
    unsure = sum(not transfer.sure for transfer in transfers)
    return {"plan": plan.name, "at": at, "posts": len(listed), "unsure": unsure, **figures, "transfers": listed}


def list_transfers(
    session: Session, caller: Caller, plan: Plan, at: datetime, zone: str, *, ends_old: bool = False
) -> tuple[list[str], list[list[Any]]]:
    """The proposals as rows that the staff import takes: unified posts from `at` on, and the old posts ending then if
    `ends_old`. Columns after those of a staff list say how sure each is and why."""
    caller.require("lookup")
    if not sees_people(caller.scopes):
        raise Forbidden("a staff list has names and numbers: it needs the scope 'events' or 'admin'")
    rows, transfers, _ = _proposals(session, plan, at)
    roles, codes = store.role_names(session), store.person_codes(session)
    fields = [words[0] for words in HEADINGS.values()]
    local = at.astimezone(ZoneInfo(zone)).isoformat()
    made: dict[tuple[Any, ...], list[Any]] = {}
    for row, transfer in zip(rows, transfers, strict=True):
        cells = dict(zip(HEADINGS, cells_of(row, roles, codes, ZoneInfo(zone)), strict=True))
        if transfer.new is not None:
            role = roles.get(transfer.role, transfer.role)
            moved = cells | {"network": UNIFIED, "grid": transfer.new, "role": role, "since": local, "until": None}
            kept = (row.person.id, role, transfer.new)  # two old posts of one person may come to be one
            notes = (
                "是" if transfer.sure else "否",
                round(transfer.share, 4),
                round(transfer.distance_m, 1),
                row.network,
            )
            made.setdefault(kept, [*moved.values(), *notes, row.post.grid, text_of(transfer.said, CHINESE)])
        if ends_old:
            made[(row.term.id,)] = [*(cells | {"until": local}).values(), *[None] * len(NOTES)]
    return [*fields, *NOTES], list(made.values())


def made_for(session: Session, plan: Plan, at: datetime, weights: Weights) -> tuple[list[Transfer], dict[str, Any]]:
    """Proposals for the posts held at `at`, and their figures beside the greedy baseline's."""
    _, transfers, figures = _proposals(session, plan, at, weights)
    return transfers, figures


def _proposals(
    session: Session, plan: Plan, at: datetime, weights: Weights | None = None
) -> tuple[list[PostRow], list[Transfer], dict[str, Any]]:
    grids = plans_store.grids_frame(session, plan.id)
    if grids.empty:
        raise Conflict(f"plan {plan.name!r} has no grids yet: `onegrid plans divide {plan.name}` first")
    sources = plans_store.editions(session, plan.id)
    rows = [
        row
        for row in posts_store.rows(session, PostFilter(at=at))
        if row.network in sources and row.person.erased_at is None
    ]
    work = {code: float(held.get(WORK) or 0.0) for code, held in zip(grids["code"], grids["quantities"], strict=True)}
    if not any(work.values()):
        work = dict(zip(grids["code"], grids["area_m2"].astype(float), strict=True))
    ways = _ways(session, plan, grids)
    posts = [OldPost(row.post.id, row.person.id, row.post.role, row.network, row.post.grid) for row in rows]
    transfers = assign(posts, ways, work, weights)
    figures = {"figures": measure(transfers, work), "greedy": measure(assign_greedily(posts, ways), work)}
    return rows, transfers, figures


def _ways(session: Session, plan: Plan, grids: gpd.GeoDataFrame) -> list[Way]:
    middles = _middles(plan, grids)
    old = {
        network: _middles(plan, editions_store.grids_frame(session, edition.id))
        for network, edition in plans_store.editions(session, plan.id).items()
    }
    lineage = plans_store.lineage_frame(session, plan.id)
    counted: dict[tuple[str, str], float] = {}
    for row in lineage.itertuples(index=False):
        key = (row.network, row.old)
        counted[key] = counted.get(key, 0.0) + float(row.shares.get(WORK) or 0.0)
    return [
        Way(
            row.network,
            row.old,
            row.new,
            _share(row, counted[row.network, row.old] > 0),
            _apart(old.get(row.network, {}).get(row.old), middles.get(row.new)),
        )
        for row in lineage.itertuples(index=False)
        if row.new in middles
    ]


def _share(row: Any, inhabited: bool) -> float:
    ground = float(row.share_area)
    return (1 - GROUND_PART) * float(row.shares.get(WORK) or 0.0) + GROUND_PART * ground if inhabited else ground


def _middles(plan: Plan, grids: gpd.GeoDataFrame) -> dict[str, tuple[float, float]]:
    """Code → centroid in the plan's metres; of a code that is there twice, the last."""
    middles = grids.geometry.to_crs(plan.crs).centroid
    return dict(zip(grids["code"], zip(middles.x, middles.y, strict=True), strict=True))


def _apart(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float:
    return 0.0 if one is None or other is None else float(np.hypot(one[0] - other[0], one[1] - other[1]))


def summary(made: Mapping[str, Any]) -> dict[str, str]:
    """The figures in words, the greedy baseline's in brackets."""
    mine, greedy = made["figures"], made["greedy"]
    words = {
        "placed": "{:.1%}", "mean_share": "{:.1%}", "mean_distance_m": "{:.0f} m", "roles_kept": "{:.1%}",
        "without_chief": "{:.0f}", "several_chiefs": "{:.0f}", "spread": "{:.2f}",
    }  # fmt: skip
    return {name: f"{form.format(mine[name])} ({form.format(greedy[name])})" for name, form in words.items()}
