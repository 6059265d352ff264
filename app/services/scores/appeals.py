"""Appeals against what a score counts of a case. One that is upheld changes the case, by a step of its trail, and the
scores are told again; no number is ever written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, Refused
from app.models.scores import Appeal, AppealDecision, Score
from app.rules.accounts.access import Caller
from app.rules.cases.trail import Step
from app.rules.scores.counts import ALL, COUNTS, GROUPS, is_in, marks
from app.rules.scores.periods import Period
from app.services.accounts import audit
from app.services.cases import cases
from app.services.cases.calendars import load as load_calendars
from app.services.scores import telling
from app.services.scores.score_rules import as_rulebook
from app.services.scores.scores import check_unit, visible
from app.store.cases import cases as cases_store
from app.store.scores import appeals as store
from app.store.scores import scores as scores_store

UPHELD, REFUSED, WITHDRAWN = "upheld", "refused", "withdrawn"
OUTCOMES = (UPHELD, REFUSED, WITHDRAWN)
FILED = "filed"
LONGEST = 10_000


@dataclass(frozen=True)
class Decision:
    """`exclude`: groups of counts that the case is taken out of, or `all`; `due_at`: its corrected deadline."""

    outcome: str
    reason: str
    exclude: Sequence[str] = ()
    due_at: datetime | None = None


def file(
    session: Session, caller: Caller, score: int, event: int, against: str, reason: str, now: datetime
) -> dict[str, Any]:
    """Object to what a score counts of a case: `against` is a count that the case is in, or a rule of the deduction
    sheet that took points for it. Raises Refused with every reason against it, Forbidden, NotFound."""
    caller.require("events")
    row = visible(session, caller, score)
    reasons = list(_against(session, row, event, against, reason))
    if reasons:
        raise Refused(f"no appeal against {against} of case {event} in score {score}", reasons)
    appeal = Appeal(
        score_number=score, event_id=event, against=against, reason=reason.strip(), filed_by=caller.name, filed_at=now
    )
    made = describe((store.add(session, appeal), None, row))
    audit.record(session, caller, "file appeal", f"appeal/{appeal.id}", after=made)
    return made


def decide(session: Session, caller: Caller, appeal_id: int, decision: Decision, now: datetime) -> dict[str, Any]:
    """End an appeal: whoever filed it may withdraw it, an administrator who did not file it upholds or refuses it.

    An upheld one takes the step `adjust` of the case; `periods` of the answer are those whose scores differ then and
    have to be computed again. Raises Forbidden, Conflict when it has ended, InputError.
    """
    caller.require("events")
    appeal, ended, score = store.get(session, appeal_id)
    _check(caller, appeal, decision)
    case = cases_store.lock(session, appeal.event_id)
    appeal, ended, score = store.get(session, appeal_id)
    if ended is not None:
        raise Conflict(f"appeal {appeal_id} has ended: {ended.outcome}")
    step = None
    if decision.outcome == UPHELD:
        detail = {"appeal": appeal_id, "exclude": sorted(set(decision.exclude))}
        taken = Step("adjust", now, caller.name, reason=decision.reason, until=decision.due_at, detail=detail)
        cases.take(session, case, [taken], load_calendars(session))
        step = store.last_step(session, appeal.event_id)
    row = AppealDecision(
        appeal_id=appeal_id, outcome=decision.outcome, reason=decision.reason.strip(),
        exclude=sorted(set(decision.exclude)), due_at=decision.due_at, step_number=step, decided_by=caller.name,
        decided_at=now,
    )  # fmt: skip
    made = describe((appeal, store.decide(session, row), score))
    audit.record(session, caller, f"{decision.outcome} appeal", f"appeal/{appeal_id}", after=made)
    periods = affected(session, appeal.event_id, now) if decision.outcome == UPHELD else []
    return {**made, "periods": periods, "cause": f"appeal {appeal_id} upheld"}


def affected(session: Session, event: int, now: datetime) -> list[str]:
    """Periods whose stored scores put a case into other counts than it would be in now."""
    found = []
    for row, stored in scores_store.of_case(session, event):
        book = as_rulebook(scores_store.get_rules(session, row.rules_id))
        period = Period(row.kind, row.period, row.starts, row.ends)
        told = 0
        for facts in telling.facts(session, period, book, now, [event]):
            for mark in marks(facts, period, book).values():
                told |= mark
        if told != stored:
            found.append(row.period)
    return found


def page(
    session: Session, caller: Caller, *, event: int | None = None, is_open: bool | None = None
) -> list[dict[str, Any]]:
    """Appeals that the caller may see, newest first."""
    caller.require("events")
    return [describe(row) for row in store.page(session, event_id=event, is_open=is_open)]


def get(session: Session, caller: Caller, appeal_id: int) -> dict[str, Any]:
    caller.require("events")
    row = store.get(session, appeal_id)
    check_unit(caller, row[2].unit_type, row[2].unit)
    return describe(row)


def describe(row: store.Row) -> dict[str, Any]:
    appeal, decision, score = row
    told: dict[str, Any] = {
        "id": appeal.id,
        "state": decision.outcome if decision else FILED,
        "score": appeal.score_number,
        "unit_type": score.unit_type,
        "unit": score.unit,
        "period": score.period,
        "event": appeal.event_id,
        "against": appeal.against,
        "reason": appeal.reason,
        "filed_by": appeal.filed_by,
        "filed_at": appeal.filed_at,
    }
    names = ("decided_by", "decided_at", "reason", "exclude", "due_at", "step_number")
    told["decision"] = None if decision is None else {name: getattr(decision, name) for name in names}
    return told


def _against(session: Session, row: Score, event: int, against: str, reason: str) -> list[str]:
    """Every reason why an appeal cannot be filed."""
    found = []
    if not reason.strip() or len(reason) > LONGEST:
        found.append(f"a reason is needed, of at most {LONGEST:,} characters")
    if event not in row.cases:
        found.append("the score does not count this case")
    elif against in COUNTS:
        if not is_in(row.marks[row.cases.index(event)], against):
            found.append(f"the case is not in {COUNTS[against].name}")
    elif not any(entry["rule"] == against and entry["event"] == event for entry in row.deductions):
        found.append(f"no rule {against!r} took points for the case, and no count has this name")
    if row.number not in scores_store.latest_numbers(session, row.period):
        found.append("a later revision has taken the place of this score")
    pending = store.page(session, event_id=event, against=against, is_open=True)
    if any(score.period == row.period for _, _, score in pending):
        found.append(f"appeal {pending[0][0].id} against it is not decided yet")
    return found


def _check(caller: Caller, appeal: Appeal, decision: Decision) -> None:
    if decision.outcome not in OUTCOMES:
        raise InputError(f"no outcome {decision.outcome!r}: {', '.join(OUTCOMES)}")
    if not decision.reason.strip() or len(decision.reason) > LONGEST:
        raise InputError(f"a decision needs a reason, of at most {LONGEST:,} characters")
    own = caller.name == appeal.filed_by
    if decision.outcome == WITHDRAWN:
        if not own:
            raise Forbidden("only whoever filed an appeal withdraws it")
    else:
        caller.require("admin")
        if own:
            raise Forbidden("nobody decides an appeal of their own")
    change = bool(decision.exclude) or decision.due_at is not None
    if (decision.outcome == UPHELD) != change:
        raise InputError("an upheld appeal takes the case out of groups of counts, or corrects its deadline; no other")
    if unknown := sorted(set(decision.exclude) - {*GROUPS, ALL}):
        raise InputError(f"no group of counts {unknown[0]!r}: {', '.join((*GROUPS, ALL))}")
