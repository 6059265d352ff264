"""Draft plans open for comment (征求意见): opened and ended by planners, commented on by everybody."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.consultations import Consultation, PlanComment
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.accounts.passwords import digest
from app.services.plans import plans
from app.store.plans import consultations as store
from app.store.plans import plans as plans_store

LONGEST_TEXT = 2000
SHORTEST_KEY = 16
ANSWERS_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What somebody says of a plan: of a grid, at a place (WGS 84), or of the whole."""

    text: str
    grid: str = ""
    lon: float | None = None
    lat: float | None = None

    @property
    def place(self) -> tuple[float, float] | None:
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def consult(
    session: Session, caller: Caller, plan: Plan, until: datetime, now: datetime, *, since: datetime | None = None,
    words: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Open a divided plan for comment, or change until when and the words of one that is open.

    Raises Conflict for a plan without grids or one that is published, InputError for a period that is over.
    """
    caller.require("plan")
    plans_store.lock(session, plan)
    if plans.unpublished(plan).status != plans_store.DIVIDED:
        raise Conflict(f"plan {plan.name!r} has no grids yet: divide it first")
    starts = since or now
    if until <= max(starts, now):
        raise InputError("a consultation ends after it begins, and still to come")
    if len(words) > LONGEST_TEXT:
        raise InputError(f"a text has at most {LONGEST_TEXT:,} characters")
    going = _going(session, plan, now)
    before = None if going is None else describe(session, going, now)
    if going is None:
        going = store.add(session, Consultation(
            plan_id=plan.id, words=words.strip(), opens_at=starts, closes_at=until, created_by=caller.name,
            ended_by="",
        ))  # fmt: skip
    else:
        going.closes_at, going.words, going.opens_at = until, words.strip(), since or going.opens_at
        session.flush()
    told = describe(session, going, now)
    audit.record(session, caller, "consult", f"plan/{plan.id}", before=before, after=told)
    return told


def end(session: Session, caller: Caller, plan: Plan, now: datetime) -> dict[str, Any]:
    """Take no more comments from now on. Raises Conflict where none are taken."""
    caller.require("plan")
    plans_store.lock(session, plan)
    going = _going(session, plan, now)
    if going is None:
        raise Conflict(f"plan {plan.name!r} is not open for comment")
    going.ended_by, going.ended_at = caller.name, now
    session.flush()
    told = describe(session, going, now)
    audit.record(session, caller, "end consultation", f"plan/{plan.id}", after=told)
    return told


def of_plan(session: Session, plan: Plan, now: datetime) -> dict[str, Any] | None:
    """The consultation that is going or was the last; None for a plan that never had one."""
    found = store.last(session, plan.id)
    return None if found is None else describe(session, found, now)


def comments(session: Session, caller: Caller, plan: Plan) -> list[dict[str, Any]]:
    """Every comment on a plan, newest first; `is_current`: on the plan as it is now. For planners: what people write
    may name people."""
    caller.require("plan")
    return [
        {"id": row.id, "consultation": row.consultation_id, "text": row.text, "grid": row.grid or None, "lon": lon,
         "lat": lat, "made_at": row.made_at, "plan_version": row.plan_version,
         "is_current": row.plan_version == plan.version, **_handled(row)}
        for row, lon, lat in store.comments(session, plan.id)
    ]  # fmt: skip


def answer(session: Session, caller: Caller, plan: Plan, comment_id: int, text: str, now: datetime) -> dict[str, Any]:
    """Answer a comment, or answer it anew: from then on everybody sees both, unless it is hidden."""
    caller.require("plan")
    found, words = store.comment_of(session, plan.id, comment_id), text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise InputError(f"an answer has 1 to {LONGEST_TEXT:,} characters")
    before = {"comment": found.id, "answer": found.answer}
    found.answer, found.answered_by, found.answered_at = words, caller.name, now
    session.flush()
    told = {"comment": found.id, "answer": words}
    audit.record(session, caller, "answer comment", f"plan/{plan.id}", before=before, after=told)
    return {"id": found.id, **_handled(found)}


def hide(session: Session, caller: Caller, plan: Plan, comment_id: int, why: str, now: datetime) -> dict[str, Any]:
    """Let nobody but planners see a comment any more, for a reason; it stays, and the reason is in the trail."""
    caller.require("plan")
    found = store.comment_of(session, plan.id, comment_id)
    if not why.strip() or len(why) > LONGEST_TEXT:
        raise InputError("say why the comment is hidden: who looks at the trail asks that")
    if found.hidden_at is not None:
        raise Conflict(f"comment {comment_id} is hidden already")
    found.hidden_why, found.hidden_by, found.hidden_at = why.strip(), caller.name, now
    session.flush()
    told = {"comment": found.id, "why": found.hidden_why}
    audit.record(session, caller, "hide comment", f"plan/{plan.id}", after=told)
    return {"id": found.id, **_handled(found)}


def show(session: Session, caller: Caller, plan: Plan, comment_id: int) -> dict[str, Any]:
    """Hide a comment no longer. Raises Conflict where it is not hidden."""
    caller.require("plan")
    found = store.comment_of(session, plan.id, comment_id)
    if found.hidden_at is None:
        raise Conflict(f"comment {comment_id} is not hidden")
    before = {"comment": found.id, "why": found.hidden_why}
    found.hidden_why, found.hidden_by, found.hidden_at = "", "", None
    session.flush()
    audit.record(session, caller, "show comment", f"plan/{plan.id}", before=before, after={"comment": found.id})
    return {"id": found.id, **_handled(found)}


def answered(session: Session, plan_id: int, now: datetime) -> list[dict[str, Any]]:
    """What everybody sees of the comments on an open plan: those that were answered, which somebody has read, and are
    not hidden; the last answer first. Raises NotFound for a plan that is not open."""
    consultation, _ = _open(session, plan_id, now)
    return [
        {"id": row.id, "text": row.text, "grid": row.grid or None, "made_at": row.made_at, "answer": row.answer,
         "answered_at": row.answered_at}
        for row in store.answered(session, consultation.id, ANSWERS_SHOWN)
    ]  # fmt: skip


def _handled(row: PlanComment) -> dict[str, Any]:
    names = ("answer", "answered_by", "answered_at", "hidden_why", "hidden_by", "hidden_at")
    return {name: getattr(row, name) or None for name in names}


def open_plans(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Plans that everybody may comment on, as everybody sees them; the first to close first."""
    return [_public(session, consultation, plan) for consultation, plan in store.open_at(session, now)]


def open_grids(session: Session, plan_id: int, now: datetime) -> tuple[dict[str, Any], gpd.GeoDataFrame]:
    """A plan that is open with its grids, without their figures. Raises NotFound."""
    consultation, plan = _open(session, plan_id, now)
    return _public(session, consultation, plan), store.grids(session, plan.id)


def comment(
    session: Session, caller: Caller, plan_id: int, said: Comment, now: datetime, key: str
) -> tuple[dict[str, Any], bool]:
    """Take a comment, once for each key; what was taken, and whether it is new.

    Raises NotFound for a plan that is not open, InputError for a grid or place that is not of it, Conflict for a key of
    another comment.
    """
    consultation, plan = _open(session, plan_id, now)
    grid = _checked(session, plan, said, key)
    columns = {
        "consultation_id": consultation.id, "plan_version": plan.version, "text": said.text.strip(), "grid": grid,
        "idempotency_key": digest(key), "request_hash": said.digest(), "made_at": now,
    }  # fmt: skip
    made = store.add_comment(session, columns, said.place)
    if made is None:
        known = store.comment_by_key(session, consultation.id, digest(key))
        if known.request_hash != said.digest():
            raise Conflict("the idempotency key was used for another comment")
        return {"comment": known.id, "grid": known.grid or None}, False
    audit.record(session, caller, "comment", f"plan/{plan.id}", after={"comment": made, "grid": grid})
    return {"comment": made, "grid": grid or None}, True


def describe(session: Session, consultation: Consultation, now: datetime) -> dict[str, Any]:
    names = ("id", "words", "opens_at", "closes_at", "created_by", "ended_at", "ended_by")
    ends = consultation.ended_at or consultation.closes_at
    return {
        **{name: getattr(consultation, name) for name in names},
        "plan": consultation.plan_id,
        "is_open": consultation.opens_at <= now < ends,
        "comments": store.count(session, consultation.id),
    }


def _going(session: Session, plan: Plan, now: datetime) -> Consultation | None:
    """The one that nobody ended; one whose time is over ends here, so that another can begin."""
    found = store.last(session, plan.id)
    if found is None or found.ended_at is not None:
        return None
    if found.closes_at <= now:
        found.ended_at = found.closes_at
        session.flush()
        return None
    return found


def _open(session: Session, plan_id: int, now: datetime) -> tuple[Consultation, Plan]:
    found = store.open_at(session, now, plan_id)
    if not found:
        raise NotFound(f"plan {plan_id} is not open for comment")
    return found[0]


def _checked(session: Session, plan: Plan, said: Comment, key: str) -> str:
    """The grid that a comment is about: the one named, the one at its place, or ''."""
    if len(key) < SHORTEST_KEY:
        raise InputError(f"an idempotency key of a comment has at least {SHORTEST_KEY} characters; take a random UUID")
    if not said.text.strip() or len(said.text) > LONGEST_TEXT:
        raise InputError(f"say something, in at most {LONGEST_TEXT:,} characters")
    if said.grid and not store.has_grid(session, plan.id, said.grid):
        raise InputError(f"the plan has no grid {said.grid!r}")
    if said.place is None:
        return said.grid
    found = store.grid_at(session, plan.id, *said.place)
    if found is None:
        raise InputError("this place is not on the ground of the plan")
    return said.grid or found


def _public(session: Session, consultation: Consultation, plan: Plan) -> dict[str, Any]:
    grids, bounds = store.ground(session, plan.id)
    return {
        "plan": plan.id, "name": plan.name, "words": consultation.words, "closes_at": consultation.closes_at,
        "grids": grids, "bounds": bounds,
    }  # fmt: skip
