"""Cases: the seven stages by hand, and random walks against a table of transitions written down apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InputError, Refused
from app.rules.cases.actions import ACTIONS, STAGES
from app.rules.cases.cases import allowed, apply, replay
from app.rules.cases.trail import State, Step

START = datetime(2026, 11, 20, 1, tzinfo=UTC)
# From the seven stages of the standard, by hand: stage → stages that one step may lead to (itself always).
NEXT = {
    "": {"collection"},
    "collection": {"filing", "rejected", "merged"},
    "filing": {"dispatch", "rejected", "merged"},
    "dispatch": {"handling", "filing"},
    "handling": {"feedback", "dispatch", "filing"},
    "feedback": {"closing", "handling"},
    "closing": {"evaluation", "handling"},
    "evaluation": {"evaluated", "handling"},
    "evaluated": {"handling"},
    "rejected": set(),
    "merged": set(),
}


class Trail:
    """Writes steps a minute apart."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.state = State()

    def do(self, action: str, receiver: str = "", reason: str = "", actor: str = "centre", **more: object) -> State:
        until, score = more.pop("until", None), more.pop("score", None)
        at = START + len(self.steps) * timedelta(minutes=1)
        step = Step(action, at, actor, receiver, reason, until, score, more)  # type: ignore[arg-type]
        self.state = apply(self.state, step)
        self.steps.append(step)
        return self.state

    def to_handling(self) -> Trail:
        self.do("collect", "sanitation", grid="J001", edition=1, verified=True)
        self.do("file")
        self.do("dispatch", "sanitation")
        self.do("accept")
        return self


def test_the_seven_stages_in_order() -> None:
    trail = Trail()
    stages = [trail.do("collect", "sanitation", grid="J001").stage]
    assert "file" not in allowed(trail.state)
    trail.do("verify", passed=True)
    for action, more in (
        ("file", {}), ("dispatch", {"receiver": "sanitation"}), ("accept", {}), ("finish", {}), ("report", {}),
    ):  # fmt: skip
        stages.append(trail.do(action, **more).stage)
    with pytest.raises(Refused, match="close 结案"):
        trail.do("close")
    trail.do("check", passed=True)
    stages.append(trail.do("close").stage)
    assert stages == list(STAGES)[:7]
    assert trail.do("evaluate", score=95).stage == "evaluated"
    assert replay(trail.steps) == trail.state
    assert trail.state.steps == 10


def test_a_return_needs_a_reason_and_its_receiver_may_not_pass_it_on_blindly() -> None:
    trail = Trail().to_handling()
    with pytest.raises(Refused) as told:
        trail.do("return")
    assert told.value.reasons == ["a reason is needed"]
    assert trail.do("return", reason="not our road").stage == "filing"
    with pytest.raises(Refused, match="dispatch 派遣") as told:
        trail.do("dispatch", "municipal", "somebody else's")
    assert "reviews it first" in told.value.reasons[0]
    trail.do("review", reason="the road is listed as theirs")
    with pytest.raises(Refused):
        trail.do("dispatch", "sanitation")
    assert trail.do("dispatch", "sanitation", "the road list says so").holder == "sanitation"


def test_a_forwarded_case_returns_to_who_forwarded_it() -> None:
    trail = Trail().to_handling()
    assert trail.do("forward", "sanitation-east").holders == ("sanitation", "sanitation-east")
    with pytest.raises(Refused, match="forward"):
        trail.do("forward", "sanitation")
    back = trail.do("return", reason="wrong team")
    assert (back.stage, back.holder, back.review_due) == ("handling", "sanitation", True)
    with pytest.raises(Refused):
        trail.do("forward", "sanitation-west")
    trail.do("review", reason="the west team's street")
    assert trail.do("forward", "sanitation-west").holder == "sanitation-west"


def test_delay_and_suspension_need_somebody_else_to_approve() -> None:
    trail = Trail().to_handling()
    until = START + timedelta(days=3)
    trail.do("request_delay", reason="parts", actor="sanitation", until=until)
    with pytest.raises(Refused, match="approve_delay"):
        trail.do("approve_delay", actor="sanitation")
    assert trail.do("approve_delay").delayed_to == until
    trail.do("request_suspension", reason="no permit", actor="sanitation")
    assert trail.do("approve_suspension").is_suspended
    with pytest.raises(Refused, match="finish"):
        trail.do("finish")
    assert not trail.do("resume").is_suspended
    for action in ("approve_delay", "approve_suspension", "resume"):
        with pytest.raises(Refused):
            trail.do(action)


def test_rework_reopening_and_the_check_after() -> None:
    trail = Trail().to_handling()
    trail.do("finish")
    trail.do("report")
    trail.do("check", passed=False)
    assert trail.do("rework", reason="still dirty").stage == "handling"
    for action in ("finish", "report"):
        trail.do(action)
    assert "close" not in allowed(trail.state), "the check belongs to the work before"
    trail.do("check", passed=True)
    trail.do("close")
    reopened = trail.do("reopen", reason="back again after a day")
    assert (reopened.stage, reopened.reworks, reopened.holder, reopened.closed_at) == (
        "handling",
        2,
        "sanitation",
        None,
    )


def test_whistles_are_answered_scored_and_kept() -> None:
    trail = Trail().to_handling()
    trail.do("whistle", "police")
    with pytest.raises(Refused):
        trail.do("arrive", "fire")
    with pytest.raises(Refused):
        trail.do("score_whistle", "police", score=80)
    trail.do("answer", "police")
    trail.do("arrive", "police")
    (called,) = trail.do("score_whistle", "police", score=80).whistles
    assert (called.answered_at, called.score) == (START + timedelta(minutes=5), 80)


def test_a_case_keeps_its_owner_unless_it_is_moved() -> None:
    trail = Trail().to_handling()
    moved = trail.do("move", "municipal", "re-division", grid="S002", edition=2)
    assert (moved.owner, moved.holder, moved.grid, moved.edition) == ("municipal", "municipal", "S002", 2)
    trail.do("keep_owner", reason="a promise was made")
    with pytest.raises(Refused):
        trail.do("move", "sanitation", "re-division", grid="S003", edition=3)


def test_wrong_steps_are_told() -> None:
    with pytest.raises(InputError, match="no action"):
        apply(State(), Step("dance", START, "x"))
    with pytest.raises(Refused):
        apply(State(), Step("file", START, "x"))
    trail = Trail().to_handling()
    with pytest.raises(Refused, match="finish") as told:
        apply(trail.state, Step("finish", START - timedelta(days=1), "x"))
    assert "backwards" in told.value.reasons[0]
    for action in ("request_delay", "evaluate", "check", "merge", "whistle"):
        with pytest.raises(Refused):
            trail.do(action, reason="because")


walks = st.lists(
    st.tuples(
        st.sampled_from(sorted(ACTIONS)),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["", "because"]),
        st.booleans(),
        st.integers(0, 5),
        st.integers(0, 30),
    ),
    min_size=30,
    max_size=150,
)


@settings(max_examples=150)
@given(walks)
def test_random_walks_stay_legal_and_the_trail_tells_all(walk: list[tuple[str, str, str, bool, int, int]]) -> None:
    state, trail, states = State(), [], []
    walk = [("collect", "a", "", True, 0, 0), ("file", "", "", True, 0, 0), ("dispatch", "a", "", True, 0, 0), *walk]
    for action, receiver, reason, passed, minutes, score in walk:
        at = (state.last_at or START) + timedelta(minutes=minutes)
        detail = {"passed": passed, "into": 7, "verified": passed, "grid": receiver}
        step = Step(action, at, receiver, receiver, reason, at + timedelta(hours=score - 5), score, detail)
        try:
            new = apply(state, step)
        except Refused:
            continue
        assert action in allowed(state)
        assert new.stage == state.stage or new.stage in NEXT[state.stage], (state.stage, action, new.stage)
        assert not (action in ("dispatch", "forward", "accept", "finish") and state.review_due)
        if new.stage in ("dispatch", "handling", "feedback", "closing", "evaluation", "evaluated"):
            assert new.holder, "what is dispatched has a holder"
            assert new.dispatched_at is not None
        if new.stage == "evaluation":
            assert new.passed is True
            assert new.closed_at is not None
        if new.owner != state.owner:
            assert action in ("collect", "move")
        if state.keeps_owner:
            assert new.owner == state.owner
        assert new.steps == state.steps + 1
        trail.append(step)
        states.append(new)
        state = new
    assert replay(trail) == state
    for length in range(0, len(trail), 7):
        assert replay(trail[:length]) == (states[length - 1] if length else State())


def test_every_action_is_reachable() -> None:
    """No action of the table is dead: each is allowed in some state on the way."""
    trail = Trail()
    seen: set[str] = set(allowed(trail.state))
    script = [
        ("collect", {"receiver": "a"}), ("verify", {"passed": True}), ("file", {}), ("dispatch", {"receiver": "a"}),
        ("return", {"reason": "no"}), ("review", {"reason": "yes"}), ("dispatch", {"receiver": "b"}), ("accept", {}),
        ("request_delay", {"reason": "r", "until": START + timedelta(days=1)}), ("approve_delay", {"actor": "boss"}),
        ("request_suspension", {"reason": "r"}), ("approve_suspension", {"actor": "boss"}), ("resume", {}),
        ("whistle", {"receiver": "c"}), ("warn", {}), ("overdue", {}), ("escalate", {"receiver": "street"}),
        ("finish", {}), ("report", {}), ("check", {"passed": True}), ("close", {}), ("evaluate", {"score": 90}),
        ("reopen", {"reason": "r"}),
    ]  # fmt: skip
    for action, more in script:
        seen |= set(allowed(trail.state))
        trail.do(action, **more)  # type: ignore[arg-type]
    assert seen == set(ACTIONS)
    assert replace(trail.state, steps=0) != State()
