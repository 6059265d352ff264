"""A case as a state machine over its trail: 信息采集 collection → 案卷建立 filing → 任务派遣 dispatch →
任务处理 handling → 处理反馈 feedback → 核查结案 closing → 综合评价 evaluation.

The trail is the truth: `replay` makes the state from it, and a step is legal when `apply` takes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import InputError, Refused
from app.rules.cases.actions import ACTIONS, STAGES
from app.rules.cases.breaches import breaches, forbidden
from app.rules.cases.effects import effect
from app.rules.cases.trail import State, Step


def replay(steps: Iterable[Step]) -> State:
    """The state that a trail leads to. Raises Refused where a step is not legal."""
    state = State()
    for step in steps:
        state = apply(state, step)
    return state


def apply(state: State, step: Step) -> State:
    """The state after a step. Raises Refused with every reason against it, InputError for an unknown action."""
    action = ACTIONS.get(step.action)
    if action is None:
        raise InputError(f"no action {step.action!r}: {', '.join(ACTIONS)}")
    reasons = list(breaches(state, step))
    if reasons:
        where = f"{state.stage} {STAGES[state.stage]}" if state.stage else "a case that is not begun"
        raise Refused(f"{step.action} {action.name} is not possible in {where}", reasons)
    return effect(state, step)


def allowed(state: State) -> list[str]:
    """Actions that the state has nothing against."""
    return [name for name in ACTIONS if not any(forbidden(state, name))]
