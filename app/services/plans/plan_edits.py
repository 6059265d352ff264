"""Edits of a divided plan: made, undone, done again, and told; each on the version that its planner saw."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import shapely
from shapely.geometry import mapping
from sqlalchemy.orm import Session

from app import db
from app.errors import Conflict
from app.models.plan_edits import PlanEdit
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.plans import division_requests, plans
from app.services.plans.plan_workspaces import Workspaces, change_of
from app.services.progress import Progress
from app.spatial.editing import edits
from app.spatial.editing.changes import Change, applied
from app.spatial.editing.drafts import Draft, Hand
from app.spatial.editing.edits import Edit
from app.spatial.editing.optimising import Rest, optimise_rest
from app.spatial.editing.settling import settle
from app.spatial.editing.workspace import Grid, Workspace
from app.store.networks import editions as editions_store
from app.store.plans import plan_edits as store
from app.store.plans import plans as plans_store

PAGE = 200
MOVED_SHOWN = 2_000  # an answer lists the pieces that moved up to here; a client with more to learn reads the plan


def make(
    session: Session,
    caller: Caller,
    plan: Plan,
    edit: Edit,
    workspaces: Workspaces,
    *,
    version: int | None,
    now: datetime,
) -> dict[str, Any]:
    """One edit of the plan at `version` (None: whatever it is now); the grids that changed, with their new scores.

    Raises Conflict where the plan moved on meanwhile (with `version` and `changes`), or a locked grid would change.
    Rules that the edit breaks are told and kept: they block publishing.
    """
    workspace = _opened(session, caller, plan, workspaces, version)
    hand = Hand(caller.name, now, editions_store.code_pools(session))
    return _kept(session, caller, plan, workspaces, workspace, edits.draft(workspace, edit, hand), edit, now)


def open_for_edits(session: Session, caller: Caller, plan: Plan, workspaces: Workspaces) -> None:
    """Have the plan in memory before somebody edits it: its first edit would wait for that."""
    _opened(session, caller, plan, workspaces, None)


def undo(
    session: Session, caller: Caller, plan: Plan, workspaces: Workspaces, *, version: int | None, now: datetime
) -> dict[str, Any]:
    """Take the last edit back that stands, to the byte."""
    workspace = _opened(session, caller, plan, workspaces, version)
    edit = store.last_done(session, plan.id)
    if edit is None:
        raise Conflict(f"plan {plan.name!r} has no edit to undo")
    return _stepped(session, caller, plan, workspaces, workspace, edit, store.UNDO, now)


def redo(
    session: Session, caller: Caller, plan: Plan, workspaces: Workspaces, *, version: int | None, now: datetime
) -> dict[str, Any]:
    """Do again what was undone last; a new edit in between ends that."""
    workspace = _opened(session, caller, plan, workspaces, version)
    edit = store.next_undone(session, plan.id)
    if edit is None:
        raise Conflict(f"plan {plan.name!r} has no undone edit to do again")
    return _stepped(session, caller, plan, workspaces, workspace, edit, store.REDO, now)


def optimise_rest_step(
    session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Divide all but the locked grids anew, as one edit. Parameters: `plan` (name), `version` or null, `weights`,
    `seed`, `time_s`."""
    plan = plans_store.get(session, parameters["plan"])
    workspaces, now = Workspaces(), datetime.now(UTC)
    progress(0.0, "reading the plan")
    workspace = _opened(session, caller, plan, workspaces, parameters.get("version"))
    seed = parameters.get("seed")
    rest = Rest(
        seed=plan.seed if seed is None else int(seed),
        weights=division_requests.read_weights(parameters.get("weights") or {}),
        time_s=parameters.get("time_s"),
    )
    hand = Hand(caller.name, now, editions_store.code_pools(session))
    draft = optimise_rest(workspace, rest, hand, progress.within(0.1, 0.8))
    progress(0.85, "scoring")
    made = _kept(session, caller, plan, workspaces, workspace, draft, rest, now)
    return {name: made[name] for name in ("id", "version", "removed", "score", "breaches")} | {
        "grids": len(made["grids"])
    }


def history(session: Session, plan: Plan, *, limit: int = PAGE, before: int | None = None) -> list[dict[str, Any]]:
    """Steps, newest first: who, when, what, whether it is undone or can be no more."""
    return [describe(step) for step in store.history(session, plan.id, limit=min(limit, PAGE), before=before)]


def describe(step: PlanEdit) -> dict[str, Any]:
    return {
        "id": step.id,
        "version": step.version,
        "action": step.action,
        "of": step.of,
        "edit": step.wish,
        "grids": step.grids,
        "undone": step.undone,
        "closed": step.closed,
        "by": step.made_by,
        "at": step.made_at,
    }


def _opened(session: Session, caller: Caller, plan: Plan, workspaces: Workspaces, version: int | None) -> Workspace:
    """The plan in memory at its version, its row locked until the transaction ends."""
    caller.require("plan")
    plans_store.lock(session, plan)
    plans.unpublished(plan)
    if plan.status != plans_store.DIVIDED:
        raise Conflict(f"plan {plan.name!r} has no grids to edit yet: divide it first")
    if version is not None and version != plan.version:
        raise _stale(session, plan, version)
    return workspaces.at(session, plan)


def _stale(session: Session, plan: Plan, version: int) -> Conflict:
    steps = store.since(session, plan.id, version)
    grids = sorted({code for step in steps for code in step.grids})
    return Conflict(
        f"plan {plan.name!r} is at version {plan.version}, this edit was made on version {version}: "
        "look at what changed since, and make it again",
        version=plan.version,
        made_on=version,
        grids=grids,
        changes=[describe(step) for step in steps],
    )


def _kept(
    session: Session,
    caller: Caller,
    plan: Plan,
    workspaces: Workspaces,
    workspace: Workspace,
    draft: Draft,
    edit: Edit | Rest,
    now: datetime,
) -> dict[str, Any]:
    made, change = settle(workspace, draft)
    wish = edits.wish_of(edit)
    before = change.before.to_dict() | {"content_hash": plan.content_hash}
    after = _write(session, plan, change, None)
    entry = PlanEdit(
        plan_id=plan.id, version=plan.version, action=store.EDIT, wish=wish, grids=change.codes, before=before,
        after=after, undone=False, closed=False, made_by=caller.name, made_at=now,
    )  # fmt: skip
    store.add(session, entry)
    _audit(session, caller, plan, entry, f"edit plan: {wish['do']}")
    db.after_commit(session, lambda: workspaces.keep(plan.id, made))
    return _answer(entry, made, change)


def _stepped(
    session: Session,
    caller: Caller,
    plan: Plan,
    workspaces: Workspaces,
    workspace: Workspace,
    edit: PlanEdit,
    action: str,
    now: datetime,
) -> dict[str, Any]:
    entry = PlanEdit(
        plan_id=plan.id, version=plan.version + 1, action=action, of=edit.id, wish=edit.wish, grids=edit.grids,
        undone=False, closed=False, made_by=caller.name, made_at=now,
    )  # fmt: skip
    change = change_of(session, entry)
    undone = action == store.UNDO
    _write(session, plan, change, (edit.before or {}).get("content_hash") if undone else None)
    edit.undone = undone
    store.add(session, entry)
    made = applied(workspace, change)
    _audit(session, caller, plan, entry, f"{action} edit of plan: {edit.wish['do']}")
    db.after_commit(session, lambda: workspaces.keep(plan.id, made))
    return _answer(entry, made, change)


def _write(session: Session, plan: Plan, change: Change, content_hash: str | None) -> dict[str, Any]:
    """The touched rows, which are returned; the plan one version on. Its hash is found when somebody asks for it."""
    before, after, rows = change.before, change.after, change.after.to_dict()
    store.replace_pieces(session, plan.id, [row.piece for row in before.pieces], rows["pieces"])
    store.relabel(session, plan.id, after.labels.grid, after.labels.kind, after.labels.evidence)
    store.replace_grids(session, plan.id, change.removed, rows["grids"])
    lineage = [{"new": code, **row} for code, known in rows["lineage"].items() for row in known]
    store.replace_lineage(session, plan.id, sorted(before.lineage.keys() | after.lineage.keys()), lineage)
    plan.score = dict(after.score)
    plan.version += 1
    plan.content_hash = content_hash
    session.flush()
    return rows


def _audit(session: Session, caller: Caller, plan: Plan, entry: PlanEdit, action: str) -> None:
    after = {"version": entry.version, "edit": entry.wish, "grids": entry.grids}
    audit.record(session, caller, action, f"plan/{plan.id}", before={"version": entry.version - 1}, after=after)


def _answer(entry: PlanEdit, made: Workspace, change: Change) -> dict[str, Any]:
    labels, reshaped = change.after.labels, change.after.pieces
    lost = {row.piece for row in change.before.pieces} - {row.piece for row in reshaped}
    moved = [
        {"piece": piece, "grid": labels.grid[piece], "kind": labels.kind[piece]}
        for piece in sorted(labels.grid)[:MOVED_SHOWN]
    ]
    cut = [
        {"piece": row.piece, "grid": row.grid, "kind": row.kind, "geometry": _geojson(row.shape)} for row in reshaped
    ]
    return {
        **describe(entry),
        "grids": [describe_grid(grid) for _, grid in sorted(change.after.grids.items())],
        "removed": change.removed,
        "pieces": {"moved": moved, "reshaped": cut, "removed": sorted(lost)},
        "score": dict(change.after.score),
        "breaches": made.breaches,
    }


def describe_grid(grid: Grid) -> dict[str, Any]:
    """A grid with its scores, broken rules and border, as an answer has it."""
    named = {name: getattr(grid, name) for name in grid.__dataclass_fields__ if name != "shape"}
    return named | {"geometry": _geojson(grid.shape)}


def _geojson(shape: shapely.Geometry) -> Any:
    return mapping(shape)
