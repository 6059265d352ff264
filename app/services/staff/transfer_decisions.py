"""Proposals kept with their plan, listed, and decided one by one or together, each decision with who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.plans import Plan
from app.models.staff_transfers import StaffTransfer, TransferSet
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import mask_name, sees_people
from app.rules.staff.transfer_effects import ACCEPTED, LEAVES, OPEN
from app.rules.staff.transfers import Transfer, Weights
from app.services.accounts import audit
from app.services.progress import Progress
from app.services.staff.posts import ensure_role
from app.services.staff.staff_transfers import made_for
from app.store.plans import plans as plans_store
from app.store.staff import staff_transfers as store
from app.store.staff.staff_transfers import TransferFilter, TransferRow

PAGE = 10_000


@dataclass(frozen=True)
class Decision:
    """What is decided on some proposals of a plan: those of `posts`, or all that `sure` and `network` let through.

    `accepted` (to `grid`, in `role`, where given: an edit), `leaves`, or `open`: not decided after all.
    """

    state: str
    posts: tuple[int, ...] = ()
    everything: bool = False
    sure: bool | None = None
    network: str | None = None
    grid: str | None = None
    role: str | None = None
    why: str = ""


def keep_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Parameters: `plan` (name), `at` (ISO), and `continuity`, `distance`, `balance` where they differ.

    The proposals replace those that were kept and had not taken effect, with every decision on them.
    """
    caller.require("admin")
    plan = plans_store.get(session, parameters["plan"])
    plans_store.lock(session, plan)
    at = datetime.fromisoformat(parameters["at"])
    weights = Weights(**{name: float(parameters[name]) for name in asdict(Weights()) if name in parameters})
    progress(0.1, "assigning the posts")
    transfers, figures = made_for(session, plan, at, weights)
    progress(0.8, "storing")
    earlier = store.find_open(session, plan.id, lock=True)
    if earlier is not None:
        earlier.status = store.REPLACED
        session.flush()
    made = store.add_set(
        session,
        TransferSet(
            plan_id=plan.id, plan_version=plan.version, at=at, origin=caller.origin, created_by=caller.name,
            parameters={**asdict(weights), "seed": plan.seed}, figures=figures,
        ),
    )  # fmt: skip
    store.add_transfers(session, (_row(made, transfer) for transfer in transfers))
    after = {"set": made.id, "posts": len(transfers), "replaces": earlier.id if earlier else None}
    audit.record(session, caller, "propose transfers", f"plan/{plan.id}", after=after)
    return describe(session, plan, made)


def decide(session: Session, caller: Caller, plan: Plan, wanted: Decision, now: datetime) -> dict[str, Any]:
    """Decide on proposals; returns how many, and the posts passed over because no grid is proposed for them.

    A reason is needed for what differs from the proposal and for accepting what is not sure.
    """
    caller.require("admin")
    held = store.get_open(session, plan, lock=True)
    require_current(plan, held)
    rows = _chosen(session, held, wanted)
    grid, role = _target(session, caller, plan, wanted, rows)
    passed, before = [], []
    for row in rows:
        goes_to = grid or row.transfer.proposed_grid
        if wanted.state == ACCEPTED and goes_to is None:
            passed.append(row.post.id)
            continue
        _require_reason(row, wanted, goes_to, role or row.transfer.proposed_role)
        before.append(_said(row.transfer))
        _write(row.transfer, caller, wanted, goes_to, role or row.transfer.proposed_role, now)
    if passed and wanted.posts:
        raise InputError(f"no grid is proposed for post {passed[0]}: say where it goes, or that it leaves")
    session.flush()
    decided = [row.transfer for row in rows if row.post.id not in set(passed)]
    if decided:
        after = {"set": held.id, "why": wanted.why.strip(), "decisions": [_said(transfer) for transfer in decided]}
        audit.record(session, caller, "decide transfers", f"plan/{plan.id}", before={"decisions": before}, after=after)
    return {"plan": plan.name, "set": held.id, "decided": len(decided), "passed": passed, **_counted(session, held)}


def describe(session: Session, plan: Plan, held: TransferSet) -> dict[str, Any]:
    """A set with its figures and how far it is decided."""
    return {
        "plan": plan.name,
        "set": held.id,
        "status": held.status,
        "current": held.plan_version == plan.version,
        "at": held.at,
        "parameters": held.parameters,
        **held.figures,
        **_counted(session, held),
        "origin": held.origin,
        "created_by": held.created_by,
        "created_at": held.created_at,
        "valid_from": held.valid_from,
        "applied_by": held.applied_by,
        "applied_at": held.applied_at,
    }


def page(
    session: Session, caller: Caller, held: TransferSet, wanted: TransferFilter, *, limit: int = PAGE, after: int = 0
) -> list[dict[str, Any]]:
    """Proposals of a set by post, with what was decided, by whom and why. Names as far as the caller may see them."""
    caller.require("lookup")
    plain = sees_people(caller.scopes)
    return [_told(row, plain) for row in store.rows(session, held.id, wanted, limit=limit, after=after)]


def require_current(plan: Plan, held: TransferSet) -> None:
    """Proposals are of one version of a plan: an edit may have given a code to other ground."""
    if held.plan_version != plan.version:
        raise Conflict(
            f"plan {plan.name!r} was changed since its transfers were proposed: "
            f"`onegrid staff transfers propose {plan.name}` again"
        )


def _chosen(session: Session, held: TransferSet, wanted: Decision) -> list[TransferRow]:
    if bool(wanted.posts) == wanted.everything:
        raise InputError("say which posts, or all of them")
    rows = store.rows(session, held.id, TransferFilter(
        posts=wanted.posts or None, sure=wanted.sure, network=wanted.network,
        state=OPEN if wanted.everything and wanted.state != OPEN else None,
    ))  # fmt: skip
    unknown = store.missing(wanted.posts, rows)
    if unknown:
        raise NotFound(f"no proposal for post {', '.join(map(str, unknown))} among those asked for")
    return rows


def _target(
    session: Session, caller: Caller, plan: Plan, wanted: Decision, rows: Sequence[TransferRow]
) -> tuple[str | None, str | None]:
    """Grid and role of an edit, checked; (None, None) where the proposals stand."""
    if wanted.grid is None and wanted.role is None:
        return None, None
    if wanted.state != ACCEPTED or len(rows) != 1:
        raise InputError("one post at a time goes to another grid or into another role")
    if wanted.grid is not None and wanted.grid not in set(plans_store.grids_frame(session, plan.id)["code"]):
        raise NotFound(f"plan {plan.name!r} has no grid {wanted.grid!r}")
    return wanted.grid, ensure_role(session, caller, wanted.role).code if wanted.role else None


def _require_reason(row: TransferRow, wanted: Decision, grid: str | None, role: str) -> None:
    if wanted.why.strip() or wanted.state == OPEN:
        return
    held = row.transfer
    if wanted.state == LEAVES or (grid, role) != (held.proposed_grid, held.proposed_role):
        raise InputError(f"post {row.post.id}: what differs from the proposal needs a reason")
    if not held.sure:
        raise InputError(f"post {row.post.id} is not sure ({held.reason}): accepting it needs a reason")


def _write(held: StaffTransfer, caller: Caller, wanted: Decision, grid: str | None, role: str, now: datetime) -> None:
    taken = wanted.state == ACCEPTED
    held.state = wanted.state
    held.grid = grid if taken else held.proposed_grid if wanted.state == OPEN else None
    held.role = role if taken else held.proposed_role
    held.why = wanted.why.strip()
    held.decided_by, held.decided_at = (None, None) if wanted.state == OPEN else (caller.name, now)


def _row(made: TransferSet, transfer: Transfer) -> StaffTransfer:
    return StaffTransfer(
        set_id=made.id, post_id=transfer.post.post, proposed_grid=transfer.new, proposed_role=transfer.role,
        share=round(transfer.share, 6), distance_m=round(transfer.distance_m, 1), sure=transfer.sure,
        reason=transfer.reason, said=[each.to_dict() for each in transfer.said], grid=transfer.new, role=transfer.role,
    )  # fmt: skip


def _counted(session: Session, held: TransferSet) -> dict[str, Any]:
    states = dict.fromkeys((OPEN, ACCEPTED, LEAVES), 0) | store.counts(session, held.id)
    return {"posts": sum(states.values()), **states, "unsure": store.unsure(session, held.id)}


def _said(held: StaffTransfer) -> dict[str, Any]:
    return {"post": held.post_id, "state": held.state, "grid": held.grid, "role": held.role}


def _told(row: TransferRow, plain: bool) -> dict[str, Any]:
    held = row.transfer
    return {
        "post": row.post.id,
        "person": row.person.id,
        "name": row.person.name if plain else mask_name(row.person.name),
        "network": row.network,
        "old_grid": row.post.grid,
        "old_role": row.post.role,
        "proposed": held.proposed_grid,
        "proposed_role": held.proposed_role,
        "share": held.share,
        "distance_m": held.distance_m,
        "sure": held.sure,
        "reason": held.reason,
        "said": held.said,
        "state": held.state,
        "to": held.grid,
        "to_role": held.role,
        "why": held.why,
        "decided_by": held.decided_by,
        "decided_at": held.decided_at,
    }
