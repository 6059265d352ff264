"""The clock of a case, the ladder, duplicates and moves; moments worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.rules.cases.cases import apply
from app.rules.cases.clocks import common_level, light, marks, step_of_ladder, times
from app.rules.cases.duplicates import Candidate, Window, offered
from app.rules.cases.moves import CERTAIN, LIKELY, UNCLEAR, NewPlace, OldCase, propose
from app.rules.cases.trail import State, Step
from app.rules.duties.time_limits import Limit
from app.rules.time.calendars import OFFICE
from app.rules.time.working_time import deadline

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


def test_working_hours_warn_are_due_and_climb() -> None:
    """Ten working hours from Friday 08:00 are Monday 10:00; half as much again Monday 17:00, twice Tuesday 12:00."""
    state = State(stage="handling", dispatched_at=at("20 08:00"), holders=("a",))
    (clock,) = times(state, at("19 08:00"), [Limit(10, "working_hours")], OFFICE)
    assert clock.due_at == at("23 10:00")
    assert clock.warn_at == at("20 18:00")
    assert clock.climbs == (at("23 10:00"), at("23 17:00"), at("24 12:00"))
    assert [mark.action for mark in marks(state, [clock])] == ["warn", "overdue", *["escalate"] * 3]
    assert [light(state, clock.warn_at, clock.due_at, at(now)) for now in ("20 17:59", "20 18:00", "23 10:01")] == [
        "green", "yellow", "red"
    ]  # fmt: skip


def test_pauses_delays_and_ends_of_the_clock() -> None:
    limit = Limit(2, "urgent_hours")
    paused = State(stage="handling", dispatched_at=at("20 17:30"), pauses=((at("20 18:00"), at("20 20:00")),))
    (clock,) = times(paused, at("20 09:00"), [limit], OFFICE)
    assert clock.due_at == at("20 21:30")
    assert times(State(stage="handling", pauses=((at("20 18:00"), None),)), at("20 09:00"), [limit], OFFICE) == ()
    (late,) = times(State(stage="handling", delayed_to=at("25 09:00")), at("20 09:00"), [limit], OFFICE)
    assert late.due_at == at("25 09:00")
    assert late.warn_at == at("24 09:00")
    done = State(stage="closing", finished_at=at("20 10:00"))
    assert list(marks(done, [late])) == []
    assert light(done, late.warn_at, late.due_at, at("30 09:00")) == "green"
    assert light(State(stage="handling"), None, None, at("20 09:00")) is None


def test_limits_run_side_by_side_and_each_is_met_for_itself() -> None:
    """停工 within 4 working hours of Friday 08:00 is 12:00, 拆除 within 20 days Thursday the 10th, when work ends."""
    limits = [Limit(20, "days", "拆除"), Limit(4, "working_hours", "停工")]
    state = State(stage="handling", dispatched_at=at("20 08:00"), holders=("a",))
    stop, raze = times(state, at("20 08:00"), limits, OFFICE)
    assert (stop.condition, stop.due_at) == ("停工", at("20 12:00"))
    assert (raze.condition, raze.due_at) == ("拆除", at("20 18:00") + timedelta(days=20))
    said = [(mark.action, mark.condition) for mark in marks(state, [stop, raze])]
    each = [(action, condition) for condition in ("停工", "拆除") for action in ("warn", "overdue")]
    assert said == [*each, *[("escalate", "停工")] * 3]
    stopped = replace(state, met=("停工",), warned_of=("停工",))
    assert times(stopped, at("20 08:00"), limits, OFFICE) == (raze,)
    assert [mark.condition for mark in marks(replace(stopped, warned_of=("拆除",)), [raze])] == ["拆除"] * 4


LIMITS = st.lists(
    st.builds(
        Limit, st.integers(1, 40).map(float),
        st.sampled_from(["working_hours", "urgent_hours", "working_days", "days"]),
        st.sampled_from(["", "停工", "处罚", "拆除"]),
    ),
    min_size=1, max_size=4, unique_by=lambda limit: limit.condition,
)  # fmt: skip


@given(LIMITS, st.lists(st.integers(0, 800), min_size=1, max_size=6), st.integers(0, 400))
def test_each_limit_is_due_as_if_it_were_alone_and_said_once(limits: list[Limit], looks: list[int], met: int) -> None:
    """A clock that is looked at at any moments says of every limit that is not met what it would say of that alone."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    state, said = State(stage="handling", dispatched_at=begin, holders=("a",)), []
    meets = sorted(limit.condition for limit in limits if limit.condition)[:1]
    for hours in sorted([*looks, met]):
        now = begin + timedelta(hours=hours)
        if hours == met and meets and meets[0] not in state.met:
            state = apply(state, Step("meet", now, "x", detail={"condition": meets[0]}))
        clocks = times(state, begin, limits, OFFICE)
        assert [each.due_at for each in clocks] == sorted(
            deadline(begin, limit, OFFICE) for limit in limits if limit.condition not in state.met
        )
        for mark in [mark for mark in marks(state, clocks) if mark.at < now]:
            detail = {"condition": mark.condition, "level": mark.level}
            state = apply(state, Step(mark.action, now, "clock", mark.action, detail=detail))
            said.append((mark.action, mark.level if mark.action == "escalate" else mark.condition))
            assert mark.action != "escalate" or state.overdue
    assert len(set(said)) == len(said)
    last = begin + timedelta(hours=max(*looks, met))
    for limit in limits:
        if limit.condition not in state.met:
            assert (("overdue", limit.condition) in said) == (deadline(begin, limit, OFFICE) < last)


def test_the_ladder() -> None:
    one, other, far = "440115001001", "440115001002", "440115003001"
    assert [step_of_ladder(one, level) for level in range(4)] == ["", one, "440115001", "440115"]
    assert step_of_ladder("440115", 1) == ""
    assert common_level([one], 1) == 0
    assert common_level([one, one], 2) == 1
    assert common_level([one, other], 2) == 2
    assert common_level([one, far], 2) == 3
    assert common_level(["", ""], 2) == 3


def test_duplicates_are_near_alike_and_recent() -> None:
    window = Window(100, timedelta(hours=72))
    hour = timedelta(hours=1)
    near = Candidate(1, "matter", "06010", 10, hour)
    other_matter = Candidate(2, "matter", "06012", 10, hour)
    other_class = Candidate(3, "matter", "09010", 0, hour)
    far, old = Candidate(4, "matter", "06010", 101, hour), Candidate(5, "matter", "06010", 0, 73 * hour)
    found = offered("matter", "06010", [far, other_matter, old, other_class, near], window)
    assert [like.event for like in found] == [1, 2]
    assert found[0].score > 2 * found[1].score - 0.01
    assert [like.event for like in offered("matter", "06010", [far], window, accuracy_m=5)] == [4]
    same_spot = offered("matter", "06010", [Candidate(6, "matter", "06010", 0, 0 * hour)], window)
    assert same_spot[0].score == 1


def test_moves_tell_how_certain_they_are() -> None:
    case = OldCase(1, "J001", 1, "a")
    assert propose(case, NewPlace("J001", 2, "a"), {}) is None
    assert propose(case, NewPlace("J001", 2, "b"), {}).certainty == CERTAIN  # type: ignore[union-attr]
    moved = propose(case, NewPlace("J002", 2, "a"), {"J002": 0.7, "J003": 0.3})
    assert moved is not None
    assert (moved.certainty, moved.new_grid) == (CERTAIN, "J002")
    assert "70%" in moved.reason
    for place, shares, certainty in (
        (NewPlace("J004", 2, "a"), {"J002": 1.0}, UNCLEAR),
        (NewPlace("J002", 2, "a", ambiguous=True), {"J002": 1.0}, UNCLEAR),
        (NewPlace("J002", 2, "a"), {}, LIKELY),
        (NewPlace("", None, "a"), {}, UNCLEAR),
    ):
        found = propose(case, place, shares)
        assert found is not None
        assert found.certainty == certainty
