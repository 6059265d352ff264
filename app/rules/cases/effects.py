"""What a legal step does to the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.rules.cases.actions import ACTIONS, FILING, HANDLING
from app.rules.cases.trail import State, Step, Whistle, condition_of


def effect(state: State, step: Step) -> State:
    """The state after a step that has been found legal."""
    moved = replace(state, stage=ACTIONS[step.action].leads_to or state.stage)
    special = _SPECIAL.get(step.action)
    made = special(moved, step) if special else moved
    return replace(made, last_at=step.at, steps=state.steps + 1)


def _collect(state: State, step: Step) -> State:
    """`verified`: seen by the grid's own people, needs no check before it is filed. `level`: where on the ladder it
    begins, above the grid for what lies on several."""
    return replace(
        state,
        owner=step.receiver,
        grid=str(step.detail.get("grid") or ""),
        edition=step.detail.get("edition"),
        verified=bool(step.detail.get("verified")),
        level=int(step.detail.get("level") or 0),
    )


def _verify(state: State, step: Step) -> State:
    return replace(state, verified=bool(step.detail["passed"]))


def _dispatch(state: State, step: Step) -> State:
    return replace(state, holders=(step.receiver,), dispatched_at=state.dispatched_at or step.at)


def _forward(state: State, step: Step) -> State:
    return replace(state, holders=(*state.holders, step.receiver))


def _return(state: State, step: Step) -> State:
    """Back to whoever passed it on; from the first receiver to the centre."""
    before = state.holders[:-1]
    back = (*state.returned_by, state.holder)
    stage = HANDLING if before else FILING
    return replace(_without_asks(state), holders=before, stage=stage, review_due=True, returned_by=back)


def _review(state: State, step: Step) -> State:
    return replace(state, review_due=False)


def _request_delay(state: State, step: Step) -> State:
    return replace(state, delay_wanted=step.until, delay_asked_by=step.actor)


def _approve_delay(state: State, step: Step) -> State:
    return replace(state, delayed_to=state.delay_wanted, delay_wanted=None, delay_asked_by="", warned_of=())


def _refuse_delay(state: State, step: Step) -> State:
    return replace(state, delay_wanted=None, delay_asked_by="")


def _request_suspension(state: State, step: Step) -> State:
    return replace(state, suspension_asked_by=step.actor)


def _approve_suspension(state: State, step: Step) -> State:
    return replace(state, suspension_asked_by="", pauses=(*state.pauses, (step.at, None)))


def _refuse_suspension(state: State, step: Step) -> State:
    return replace(state, suspension_asked_by="")


def _resume(state: State, step: Step) -> State:
    return replace(state, pauses=(*state.pauses[:-1], (state.pauses[-1][0], step.at)))


def _finish(state: State, step: Step) -> State:
    """What was asked for and not decided is over with the work."""
    return replace(_without_asks(state), finished_at=step.at, passed=None)


def _without_asks(state: State) -> State:
    return replace(state, delay_wanted=None, delay_asked_by="", suspension_asked_by="")


def _check(state: State, step: Step) -> State:
    return replace(state, passed=bool(step.detail["passed"]))


def _rework(state: State, step: Step) -> State:
    """Back to whoever has it; a reopened case starts its clock again, with its marks."""
    return replace(state, reworks=state.reworks + 1, passed=None, finished_at=None)


def _close(state: State, step: Step) -> State:
    return replace(state, closed_at=step.at)


def _evaluate(state: State, step: Step) -> State:
    return replace(state, score=step.score)


def _reopen(state: State, step: Step) -> State:
    fresh = replace(state, dispatched_at=step.at, delayed_to=None, level=0, pauses=())
    fresh = replace(fresh, met=(), warned_of=(), overdue_of=())
    return replace(_rework(fresh, step), closed_at=None, score=None)


def _whistle(state: State, step: Step) -> State:
    return replace(state, whistles=(*state.whistles, Whistle(step.receiver, step.at, answer_by=step.until)))


def _of_whistle(state: State, step: Step) -> State:
    called = state.whistle_for(step.receiver)
    assert called is not None  # the rules have seen to it
    if step.action == "answer":
        changed = replace(called, answered_at=step.at)
    elif step.action == "arrive":
        lon, lat = step.detail.get("lon"), step.detail.get("lat")
        changed = replace(called, answered_at=called.answered_at or step.at, arrived_at=step.at, lon=lon, lat=lat)
    else:
        changed = replace(called, score=step.score)
    return replace(state, whistles=tuple(changed if each is called else each for each in state.whistles))


def _warn(state: State, step: Step) -> State:
    return replace(state, warned_of=(*state.warned_of, condition_of(step)))


def _overdue(state: State, step: Step) -> State:
    """What is overdue needs no warning any more."""
    condition = condition_of(step)
    warned = state.warned_of if condition in state.warned_of else (*state.warned_of, condition)
    return replace(state, warned_of=warned, overdue_of=(*state.overdue_of, condition))


def _meet(state: State, step: Step) -> State:
    return replace(state, met=(*state.met, condition_of(step)))


def _escalate(state: State, step: Step) -> State:
    return replace(state, level=state.level + 1)


def _move(state: State, step: Step) -> State:
    """The owner and the grid change; a department that is at work keeps the case until its step is done."""
    holders = tuple(step.receiver if holder == state.owner else holder for holder in state.holders)
    detail = step.detail
    return replace(
        state, owner=step.receiver, holders=holders, grid=str(detail.get("grid") or ""), edition=detail.get("edition")
    )


def _keep_owner(state: State, step: Step) -> State:
    return replace(state, keeps_owner=True)


def _merge(state: State, step: Step) -> State:
    return replace(state, merged_into=int(step.detail["into"]))


_SPECIAL: dict[str, Callable[[State, Step], State]] = {
    "collect": _collect,
    "verify": _verify,
    "dispatch": _dispatch,
    "forward": _forward,
    "return": _return,
    "review": _review,
    "request_delay": _request_delay,
    "approve_delay": _approve_delay,
    "refuse_delay": _refuse_delay,
    "request_suspension": _request_suspension,
    "approve_suspension": _approve_suspension,
    "refuse_suspension": _refuse_suspension,
    "resume": _resume,
    "finish": _finish,
    "check": _check,
    "rework": _rework,
    "close": _close,
    "evaluate": _evaluate,
    "reopen": _reopen,
    "whistle": _whistle,
    "answer": _of_whistle,
    "arrive": _of_whistle,
    "score_whistle": _of_whistle,
    "meet": _meet,
    "warn": _warn,
    "overdue": _overdue,
    "escalate": _escalate,
    "move": _move,
    "keep_owner": _keep_owner,
    "merge": _merge,
}
