"""Random trails that the rules of cases let pass, for tests of what is told from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from app.errors import Refused
from app.rules.cases.actions import ACTIONS
from app.rules.cases.cases import apply
from app.rules.cases.trail import State, Step

START = datetime(2026, 10, 8, 1, tzinfo=UTC)
DEPARTMENTS = ("environment", "municipal", "police")
PEOPLE = ("user:li", "user:wang", "key:12345")
_COMMON = ("verify", "file", "dispatch", "accept", "finish", "report", "check", "close", "evaluate")
_ACTIONS = st.one_of(st.sampled_from(_COMMON), st.sampled_from(sorted(set(ACTIONS) - {"collect"})))
_DRAWN = st.tuples(
    _ACTIONS, st.sampled_from(DEPARTMENTS), st.sampled_from(PEOPLE), st.booleans(), st.integers(0, 40),
    st.integers(0, 100),
)  # fmt: skip
walks = st.tuples(st.booleans(), st.integers(0, 200), st.lists(_DRAWN, min_size=5, max_size=60))
"""What `trail_of` makes a trail of."""


def trail_of(walk: tuple[bool, int, list[tuple[str, str, str, bool, int, int]]]) -> list[Step]:
    """The steps of a walk that are legal, one after the other; hours lie between them."""
    seen, hours, drawn = walk
    at = START + timedelta(hours=hours)
    first = Step("collect", at, "user:li", "environment", detail={"grid": "J001", "edition": 1, "verified": seen})
    trail, state = [first], apply(State(), first)
    for action, receiver, actor, passed, later, score in drawn:
        moment = at + timedelta(hours=later)
        detail = {"passed": passed, "into": 7, "grid": f"G-{receiver}", "edition": 2, "exclude": ["delay"]}
        until = moment + timedelta(hours=score) if action in ("request_delay", "adjust") else None
        step = Step(action, moment, actor, receiver, "because", until, float(score), detail)
        try:
            state = apply(state, step)
        except Refused:
            continue
        at = moment
        trail.append(step)
    return trail
