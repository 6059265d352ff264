"""Why a step may not be taken."""

from __future__ import annotations

from collections.abc import Iterator

from app.rules.cases.actions import ACTIONS, ALWAYS, CLOCK
from app.rules.cases.trail import State, Step, condition_of

WHILE_REVIEW_IS_DUE = ALWAYS | CLOCK | {"review", "reject", "merge"}
WHILE_SUSPENDED = ALWAYS | {"resume"}


def breaches(state: State, step: Step) -> Iterator[str]:
    """Every reason against a step, in words; none when it is legal."""
    action = ACTIONS[step.action]
    yield from forbidden(state, step.action)
    if action.reason and not step.reason.strip():
        yield "a reason is needed"
    if action.receiver and not step.receiver.strip():
        yield "a receiver is needed"
    if action.until and (step.until is None or step.until <= step.at):
        yield "`until`, a moment after now, is needed"
    if action.score and (step.score is None or not 0 <= step.score <= 100):
        yield "`score`, a number from 0 to 100, is needed"
    if step.action in ("verify", "check") and not isinstance(step.detail.get("passed"), bool):
        yield "`passed`, true or false, is needed"
    if step.action == "merge" and not isinstance(step.detail.get("into"), int):
        yield "`into`, the number of the other case, is needed"
    if state.last_at is not None and step.at < state.last_at:
        yield f"the step before it was at {state.last_at.isoformat()}: a trail does not run backwards"
    yield from _of_limit(state, step)
    yield from _between_people(state, step)


def forbidden(state: State, name: str) -> Iterator[str]:
    """What the state alone has against an action."""
    action = ACTIONS[name]
    if state.stage not in action.stages:
        yield f"it belongs to {', '.join(sorted(stage or 'the beginning' for stage in action.stages))}"
    if state.review_due and name not in WHILE_REVIEW_IS_DUE:
        yield "the case came back: its receiver reviews it first, with a finding, before passing it on"
    if state.is_suspended and name not in WHILE_SUSPENDED:
        yield "the case is suspended: resume it first"
    yield from (words for holds, words in _marks(state).get(name, ()) if holds)


def _marks(state: State) -> dict[str, tuple[tuple[bool, str], ...]]:
    """Action → (whether it holds, what it has against the action)."""
    no_delay = (state.delay_wanted is None, "nobody asked for a delay")
    no_suspension = (not state.suspension_asked_by, "nobody asked for a suspension")
    return {
        "file": ((not state.verified, "it is not verified yet"),),
        "review": ((not state.review_due, "the case did not come back"),),
        "request_delay": ((state.delay_wanted is not None, "a delay is asked for already"),),
        "approve_delay": (no_delay,),
        "refuse_delay": (no_delay,),
        "request_suspension": ((bool(state.suspension_asked_by), "a suspension is asked for already"),),
        "approve_suspension": (no_suspension,),
        "refuse_suspension": (no_suspension,),
        "resume": ((not state.is_suspended, "the case is not suspended"),),
        "close": ((state.passed is not True, "the check after the work has not passed"),),
        "rework": ((state.passed is True, "the check after the work has passed: close it"),),
        "escalate": ((not state.overdue, "it is not overdue"),),
        "move": ((state.keeps_owner, "this case keeps its owner: it was opted out"),),
        "keep_owner": ((state.keeps_owner, "it keeps its owner already"),),
    }


def _of_limit(state: State, step: Step) -> Iterator[str]:
    """Each condition is met once; the clock says each thing once of each."""
    condition = condition_of(step)
    if step.action == "meet" and not condition:
        yield "`condition`, one of the time limits of the case, is needed"
    said = {"meet": state.met, "warn": state.warned_of, "overdue": state.overdue_of}.get(step.action, ())
    if condition in said:
        yield "met already" if step.action == "meet" else "said already"


def _between_people(state: State, step: Step) -> Iterator[str]:
    """Rules on who passes what to whom."""
    if step.action == "dispatch" and step.receiver in state.returned_by and not step.reason.strip():
        yield f"{step.receiver} sent it back: say why it is theirs nevertheless"
    if step.action == "forward" and step.receiver in state.holders:
        yield f"{step.receiver} had the case already: return it instead"
    if step.action == "approve_delay" and step.actor == state.delay_asked_by:
        yield "nobody approves a delay of their own"
    if step.action == "approve_suspension" and step.actor == state.suspension_asked_by:
        yield "nobody approves a suspension of their own"
    if step.action in ("answer", "arrive", "score_whistle"):
        yield from _of_whistle(state, step)


def _of_whistle(state: State, step: Step) -> Iterator[str]:
    called = state.whistle_for(step.receiver)
    if called is None:
        yield f"nobody whistled for {step.receiver}"
    elif step.action == "answer" and called.answered_at is not None:
        yield f"{step.receiver} answered already"
    elif step.action == "arrive" and called.arrived_at is not None:
        yield f"{step.receiver} arrived already"
    elif step.action == "score_whistle" and called.arrived_at is None:
        yield f"{step.receiver} has not arrived"
