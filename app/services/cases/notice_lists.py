"""What each department would gain and lose by a plan: grids, duties, open cases; from pieces, duty lines and points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models.plans import Plan
from app.rules.cases.actions import OPEN
from app.rules.cases.notices import Changes, Leads, changes
from app.rules.cases.notices import Ground as Pieces
from app.rules.duties.duties import GRID, NETWORK, Duty
from app.rules.duties.matters import Matter
from app.rules.duties.responsibility import leads_by_time
from app.services.cases.event_routing import LAST_RESORT
from app.services.duties import duties, matters
from app.services.duties.duty_places import Ground, parts_of, scopes_of
from app.services.networks.networks import UNIFIED
from app.store.cases import notices as store
from app.store.cases.notices import OpenCase
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as plans_store
from app.store.staff import staff as staff_store

Lists = dict[str, list[dict[str, Any]]]
NAMES = ("grids_gained", "grids_lost", "duties_gained", "duties_lost", "cases_gained", "cases_lost", "own_grids")


@dataclass(frozen=True)
class _Plan:
    """A plan's pieces with who leads on them before and after. `grids`: its grids; `codes`: matters of before and of
    after, one for each kind and code."""

    pieces: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    codes: list[Matter]
    before: Leads
    after: Leads


def lists_of(session: Session, plan: Plan, valid_from: datetime, now: datetime) -> dict[str, Lists]:
    """Department → its lists, of those for whom anything changes when the plan holds from `valid_from` on; by name.

    Duties are compared on each piece of ground: by the lines and matters that hold now on the old grids and their
    kinds, and by those that hold then on the new ones; a department that leads at some hours only, or for some objects
    only, leads. `own_grids` are those of a department's own network, with where their ground goes. Raises
    Conflict for a plan without grids.
    """
    if plan.status not in (plans_store.DIVIDED, plans_store.PUBLISHED):
        raise Conflict(f"plan {plan.name!r} has no grids yet: `onegrid plans divide {plan.name}` first")
    found = _read(session, plan, valid_from, now)
    made: dict[str, Lists] = {}
    area = found.pieces["area_m2"].to_numpy(dtype=float)
    row = {code: number for number, code in enumerate(found.grids["code"])}
    ground = Pieces(np.array([row[code] for code in found.pieces["grid"]], dtype=np.int64), area)
    for change in changes(found.before, found.after, ground):
        if change:
            made.setdefault(change.department, _empty()).update(_told(change, found))
    for department, network in _own_networks(session, plan).items():
        made.setdefault(department, _empty())["own_grids"] = _lineage(session, plan, network)
    for case, owners in _moved(session, found):
        if not case.owner.startswith(LAST_RESORT):  # a word for nobody
            made.setdefault(case.owner, _empty())["cases_lost"].append(_case(case, owners))
        for owner in owners:
            made.setdefault(owner, _empty())["cases_gained"].append(_case(case, owners))
    return dict(sorted(made.items()))


def _empty() -> Lists:
    return {name: [] for name in NAMES}


def _read(session: Session, plan: Plan, valid_from: datetime, now: datetime) -> _Plan:
    pieces = plans_store.pieces_frame(session, plan)
    grids = plans_store.grids_frame(session, plan.id)
    pieces = pieces[pieces["grid"].isin(grids["code"])].reset_index(drop=True)
    past, coming = matters.in_force(session, now), matters.in_force(session, valid_from)
    codes = list({matter.key: matter for matter in (*past, *coming)}.values())
    kinds = dict(zip(grids["code"], grids["kind"], strict=True))
    old = _with_networks(
        pieces.assign(code=_numbers(pieces), kind=_old_kinds(session, pieces, plan, now), grid=_numbers(pieces)), plan
    )
    new = _with_networks(
        pieces.assign(
            code=_numbers(pieces), kind=[kinds[code] for code in pieces["grid"]], **{UNIFIED: pieces["grid"]},
            grid=_numbers(pieces),
        ), plan, UNIFIED,
    )  # fmt: skip
    column = {matter.key: number for number, matter in enumerate(codes)}
    before = _leads(session, old, duties.in_force(session, now), past, now, column)
    after = _leads(session, new, duties.in_force(session, valid_from), coming, valid_from, column)
    return _Plan(pieces, grids, codes, before, after)


def _old_kinds(session: Session, pieces: gpd.GeoDataFrame, plan: Plan, now: datetime) -> list[str]:
    """The kind of the grid that each piece lies in now, as routing tells it: of the unified network, of the first of
    the plan's networks where there is none yet. '' outside, and where grids have no kinds."""
    network = networks_store.find(session, UNIFIED)
    edition = editions_store.in_force(session, network.id, now) if network else None
    edition = edition or next(iter(plans_store.editions(session, plan.id).values()), None)
    kinds = [""] * len(pieces)
    if edition is not None:
        grids = editions_store.grids_frame(session, edition.id).sort_values("code")
        middles = shapely.point_on_surface(pieces.geometry.to_numpy())
        piece_at, grid_at = shapely.STRtree(grids.geometry.to_numpy()).query(middles, predicate="covered_by")
        named = grids["kind"].fillna("").tolist()
        for piece, grid in sorted(zip(piece_at.tolist(), grid_at.tolist(), strict=True), reverse=True):
            kinds[piece] = named[grid]  # of several the lowest code comes last
    return kinds


def _numbers(pieces: gpd.GeoDataFrame) -> list[str]:
    return [str(number) for number in pieces["piece"]]


def _with_networks(pieces: gpd.GeoDataFrame, plan: Plan, *more: str) -> gpd.GeoDataFrame:
    """With the columns of the networks whose grids are known by pieces; those of the plan's own sources."""
    networks = [*plan.consolidation.get("networks", []), *more]
    pieces.attrs = {"networks": list(dict.fromkeys(networks)), "quantities": []}
    return pieces


def _leads(
    session: Session, pieces: gpd.GeoDataFrame, named: Sequence[Duty], codes: Sequence[Matter], at: datetime,
    column: Mapping[tuple[str, str], int],
) -> Leads:  # fmt: skip
    """The leads on every piece, as if it were a grid of no network; each pattern of duties is judged once. `column`:
    the number of each matter in the answer."""
    known = [duty for duty in named if _has_ground(session, duty, pieces)]
    scopes = scopes_of(known)
    parts = parts_of(session, Ground("", pieces, pieces), scopes, at)
    patterns, which = np.unique(parts.holds.T, axis=0, return_inverse=True)
    made = leads_by_time(known, codes, [str(scope) for scope in scopes], patterns.T.copy())
    columns = np.array([column[matter.key] for matter in codes], dtype=np.int64)
    where = which.reshape(-1).astype(np.int64)
    return Leads(made.names, parts.grid, where, made.part, columns[made.matter], made.lead, len(column))


def _has_ground(session: Session, duty: Duty, pieces: gpd.GeoDataFrame) -> bool:
    """Duties of a network that is not there yet, such as the unified one before its first edition, hold nowhere."""
    network = duty.scope.network if duty.scope.kind in (NETWORK, GRID) else ""
    return not network or network in pieces.attrs["networks"] or networks_store.find(session, network) is not None


def _told(change: Changes, found: _Plan) -> Lists:
    return {
        "grids_gained": [_grid(found, *each) for each in change.grids_gained],
        "grids_lost": [_grid(found, *each) for each in change.grids_lost],
        "duties_gained": _duties(found, change.duties_gained),
        "duties_lost": _duties(found, change.duties_lost),
    }


def _grid(found: _Plan, number: int, share: float) -> dict[str, Any]:
    grid = found.grids.iloc[number]
    inside = found.pieces[found.pieces["grid"] == grid["code"]]
    networks = [name for name in found.pieces.attrs.get("networks", []) if name in inside.columns]
    old = {f"{name}/{code}" for name in networks for codes in inside[name] for code in codes.split("|") if code}
    names = {name: grid[name] for name in ("code", "name", "kind", "area")}
    return {**names, "share": share, "old": sorted(old)}


def _duties(found: _Plan, pairs: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """By matter: the new grids on whose ground it is so."""
    codes = found.grids["code"].to_numpy()
    by_matter: dict[int, list[str]] = {}
    for grid, matter in pairs:
        by_matter.setdefault(matter, []).append(str(codes[grid]))
    return [
        {"kind": found.codes[m].kind, "code": found.codes[m].code, "name": found.codes[m].name, "grids": grids}
        for m, grids in sorted(by_matter.items())
    ]


def _own_networks(session: Session, plan: Plan) -> Mapping[str, str]:
    """Department → its network, of the plan's source networks: that which it was linked to, else what was written."""
    names = staff_store.department_names(session)
    found = {}
    for code in plans_store.editions(session, plan.id):
        network = networks_store.get(session, code)
        department = names.get(network.department_id or 0) or network.department
        if department and code != UNIFIED:
            found[department] = code
    return found


def _lineage(session: Session, plan: Plan, network: str) -> list[dict[str, Any]]:
    rows = plans_store.lineage_frame(session, plan.id)
    rows = rows[(rows["network"] == network) & (rows["old"] != "") & (rows["share_area"] > 0)]  # '': ground of none
    return [
        {"network": network, "old": row.old, "new": row.new, "share": round(float(row.share_area), 6)}
        for row in rows.itertuples(index=False)
    ]


def _moved(session: Session, found: _Plan) -> list[tuple[OpenCase, tuple[str, ...]]]:
    """Open cases on whose matter and ground others lead afterwards than their owner, with those; with more than one
    where they lead at different hours or for different objects."""
    cases = store.open_cases(session, sorted(OPEN))
    if not cases:
        return []
    points = shapely.points([case.lon for case in cases], [case.lat for case in cases])
    order = np.argsort(found.pieces["grid"].to_numpy(dtype=str), kind="stable")  # on a border the lowest grid owns it
    case_at, piece_at = shapely.STRtree(found.pieces.geometry.to_numpy()[order]).query(points, predicate="covered_by")
    piece_of: dict[int, int] = {}
    for case, piece in sorted(zip(case_at.tolist(), piece_at.tolist(), strict=True)):
        piece_of.setdefault(case, int(order[piece]))
    column = {matter.key: number for number, matter in enumerate(found.codes)}
    leads: dict[tuple[int, int], tuple[str, ...]] = {}
    moved = []
    for number, case in enumerate(cases):
        matter = column.get((case.kind, case.matter))
        if number not in piece_of or matter is None:
            continue
        key = (piece_of[number], matter)
        if key not in leads:
            leads[key] = found.after.at(*key)
        if leads[key] and case.owner not in leads[key]:
            moved.append((case, leads[key]))
    return moved


def _case(case: OpenCase, owners: Sequence[str]) -> dict[str, Any]:
    return {
        "event": case.event, "kind": case.kind, "matter": case.matter, "grid": case.grid or None, "from": case.owner,
        "to": "、".join(owners),
    }  # fmt: skip
