"""Objections to notices: made, answered, withdrawn, each with its words; what is open stands in publication's way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError
from app.models.notices import Notice, Objection
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.cases import notices
from app.store.cases import notices as store
from app.store.plans import plans as plans_store

LONGEST = 10_000


def make(
    session: Session, caller: Caller, notice_id: int, reason: str, now: datetime, *, about: str = ""
) -> dict[str, Any]:
    """Object to a notice, or to one grid, matter or case in it (`about`). Whoever works on events or plans may: a key
    of the department's system. Raises Conflict once the plan is published."""
    if caller.scopes.isdisjoint({"events", "plan"}):
        raise Forbidden(f"this needs the scope 'events' or 'plan'; {caller.name} has {sorted(caller.scopes) or 'none'}")
    words = _words(reason, "say what speaks against it")
    notice = store.get(session, notice_id)
    plan = plans_store.by_id(session, notice.plan_id)
    if plan.status == plans_store.PUBLISHED:
        raise Conflict(f"plan {plan.name!r} is published: there is nothing to object to any more")
    made = store.add_objection(session, Objection(
        notice_id=notice.id, about=about.strip()[:200], reason=words, made_by=caller.name, made_at=now,
        status=store.OPEN,
    ))  # fmt: skip
    session.refresh(made)
    return _say(session, caller, made, notice, plan, now, "notice.objected", "object")


def answer(
    session: Session, caller: Caller, objection_id: int, accepted: bool, words: str, now: datetime
) -> dict[str, Any]:
    """Accept it (the plan is to be changed) or not, with the reason. Raises Conflict when it is not open."""
    caller.require("plan")
    words = _words(words, "an answer has a reason")
    objection = _open(session, objection_id)
    objection.status, objection.accepted = store.ANSWERED, accepted
    return _end(session, caller, objection, words, now, "notice.answered", "answer")


def withdraw(session: Session, caller: Caller, objection_id: int, words: str, now: datetime) -> dict[str, Any]:
    """Taken back by whoever made it. Raises Conflict when it is not open, Forbidden for somebody else."""
    words = _words(words, "say why it is withdrawn")
    objection = _open(session, objection_id)
    if objection.made_by != caller.name:
        raise Forbidden(f"only {objection.made_by} withdraws this objection; a planner answers it")
    objection.status = store.WITHDRAWN
    return _end(session, caller, objection, words, now, "notice.withdrawn", "withdraw")


def every(
    session: Session, *, plan_id: int | None = None, notice_id: int | None = None, status: str | None = None
) -> list[dict[str, Any]]:
    """Objections, oldest first; of a plan, a notice, a status."""
    if status is not None and status not in store.STATUSES:
        raise InputError(f"no status {status!r}: {', '.join(store.STATUSES)}")
    found = store.objections(session, plan_id=plan_id, notice_id=notice_id, status=status)
    return [notices.describe_objection(row, notice) for row, notice in found]


def breaches(session: Session, plan: Plan) -> list[str]:
    """What stands in the way of publishing a plan: objections that nobody answered, and notices of a plan that has
    changed since. None for a plan of which no notice was given."""
    given = store.of_plan(session, plan.id)
    unanswered = [
        f"objection {row.id} of {notice.department} is not answered: {row.reason[:200]}"
        for row, notice in store.objections(session, plan_id=plan.id, status=store.OPEN)
    ]
    if given and not any(notices.is_current(notice, plan) for notice in given):
        unanswered.append(f"plan {plan.name!r} has changed since notice of it was given: give notice again")
    return unanswered


def _open(session: Session, objection_id: int) -> Objection:
    found = store.get_objection(session, objection_id)
    if found.status != store.OPEN:
        raise Conflict(f"objection {objection_id} is {found.status} already")
    return found


def _words(text: str, wanted: str) -> str:
    if not text.strip() or len(text) > LONGEST:
        raise InputError(f"{wanted}, in at most {LONGEST:,} characters")
    return text.strip()


def _end(
    session: Session, caller: Caller, objection: Objection, words: str, now: datetime, type_: str, verb: str
) -> dict[str, Any]:
    objection.answer, objection.ended_by, objection.ended_at = words, caller.name, now
    session.flush()
    notice = store.get(session, objection.notice_id)
    return _say(session, caller, objection, notice, plans_store.by_id(session, notice.plan_id), now, type_, verb)


def _say(
    session: Session, caller: Caller, objection: Objection, notice: Notice, plan: Plan, now: datetime, type_: str,
    verb: str,
) -> dict[str, Any]:  # fmt: skip
    told = notices.describe_objection(objection, notice)
    more = {"objection": objection.id, "about": objection.about, "accepted": objection.accepted}
    notices.tell(session, type_, f"objection-{objection.id}-{objection.status}", notice, plan, now, more)
    audit.record(session, caller, verb, f"objection/{objection.id}", after=told)
    return told
