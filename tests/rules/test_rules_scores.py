"""Scores: facts against the state machine of cases, counts of a month worked out by hand, nesting and sums."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_trails import START, trail_of, walks

from app.rules.cases.actions import ACTIONS
from app.rules.cases.cases import replay
from app.rules.cases.trail import Step
from app.rules.duties.time_limits import Limit
from app.rules.scores.counts import COUNTS, GROUPS, is_in
from app.rules.scores.deadlines import Deadlines
from app.rules.scores.facts import Facts, Record, extract
from app.rules.scores.indicators import NAMES, SHARES, describe, figures
from app.rules.scores.periods import parse_period
from app.rules.scores.rulebook import DEFAULT, Rulebook
from app.rules.scores.scoring import score_unit, score_units
from app.rules.time.calendars import OFFICE, Days, UnknownYear, WorkingCalendar, parse_hours
from app.rules.time.working_time import deadline

SHANGHAI = "Asia/Shanghai"
OCTOBER = parse_period("2026-10", SHANGHAI)
FOUR_HOURS = Limit(4, "working_hours")
NIGHT_SHIFT = WorkingCalendar((parse_hours("00:00-06:00"),), frozenset(range(7)), None)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def calendar_of(department: str) -> WorkingCalendar:
    return NIGHT_SHIFT if department == "police" else OFFICE


def deadlines(cut: datetime, book: Rulebook = DEFAULT) -> Deadlines:
    return Deadlines(calendar_of, book.stage_limits(), cut)


def facts_of(trail: list[Step], cut: datetime = OCTOBER.end, limit: Limit | None = FOUR_HOURS) -> Facts:
    found = extract(Record(1, "440115001001", (limit,) if limit else ()), trail, cut, LATER, deadlines(cut))
    assert found is not None
    return found


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of October 2026 on the wall of Shanghai."""
    return datetime(2026, 10, day, hour - 8, minute, tzinfo=UTC)


class Case:
    """A trail written step by step."""

    def __init__(self, moment: datetime, *, seen: bool = True, department: str = "environment") -> None:
        self.department = department
        detail = {"grid": "J001", "edition": 1, "verified": seen}
        self.trail = [Step("collect", moment, "user:li", department, detail=detail)]

    def do(self, action: str, moment: datetime, **more: Any) -> Case:
        actor, receiver = more.pop("actor", "user:wang"), more.pop("receiver", "")
        if action == "dispatch":
            receiver = receiver or self.department
        until, score, reason = more.pop("until", None), more.pop("score", None), more.pop("reason", "because")
        self.trail.append(Step(action, moment, actor, receiver, reason, until, score, more))
        replay([step for step in self.trail if step.action in ACTIONS])
        return self

    def dispatched(self, moment: datetime) -> Case:
        return self.do("file", moment).do("dispatch", moment).do("accept", moment)

    def disposed(self, moment: datetime, *, passed: bool = True) -> Case:
        return self.do("finish", moment).do("report", moment).do("check", moment, passed=passed)


def conditions() -> Case:
    """Two limits: an answer in an hour, which came after two, and the matter itself in four, which was in time."""
    return Case(at(12, 9)).dispatched(at(12, 9)).do("meet", at(12, 11), condition="answer").disposed(at(12, 11))


def on_time() -> Case:
    """Due on the 12th at 15:00; closing a working day later."""
    return (
        Case(at(12, 9))
        .dispatched(at(12, 9))
        .disposed(at(12, 10))
        .do("close", at(12, 11))
        .do("evaluate", at(12, 11), score=95)
    )


def late() -> Case:
    return (
        Case(at(12, 9))
        .dispatched(at(12, 9))
        .disposed(at(13, 10))
        .do("close", at(14, 9))
        .do("evaluate", at(14, 10), score=40)
    )


def never() -> Case:
    return Case(at(12, 9)).dispatched(at(12, 9))


def reworked() -> Case:
    made = Case(at(12, 9)).dispatched(at(12, 9)).disposed(at(12, 10), passed=False)
    return made.do("rework", at(12, 10)).disposed(at(12, 11)).do("close", at(12, 12))


def delayed() -> Case:
    made = Case(at(12, 9)).dispatched(at(12, 9)).do("request_delay", at(12, 10), until=at(14, 9))
    return made.do("approve_delay", at(12, 10), actor="user:centre").disposed(at(13, 9)).do("close", at(13, 10))


def rejected() -> Case:
    return Case(at(12, 9)).do("reject", at(12, 10))


def returned() -> Case:
    """Sent to the wrong department first, then to the right one, which is late."""
    made = Case(at(12, 9)).dispatched(at(12, 9)).do("return", at(12, 10)).do("review", at(12, 10))
    return made.do("dispatch", at(12, 11), receiver="municipal")


def suspended() -> Case:
    made = Case(at(12, 9)).dispatched(at(12, 9)).do("request_suspension", at(12, 10))
    return made.do("approve_suspension", at(12, 10), actor="user:centre")


def due_in_november() -> Case:
    """Dispatched on Friday the 30th at 15:00, due on Monday the 2nd."""
    return Case(at(30, 15)).dispatched(at(30, 15))


def month() -> list[Facts]:
    made = [on_time(), late(), never(), reworked(), delayed(), rejected(), returned(), suspended(), due_in_november()]
    return [replace(facts_of(case.trail), event=number) for number, case in enumerate(made, 1)]


# Worked out on paper: the numbers of the cases of `month` in each count.
EXPECTED = {
    "reported": {1, 2, 3, 4, 5, 6, 7, 8, 9}, "valid": {1, 2, 3, 4, 5, 7, 8, 9},
    "verify_due": set(), "verified_on_time": set(),
    "established": {1, 2, 3, 4, 5, 7, 8, 9}, "established_on_time": {1, 2, 3, 4, 5, 7, 8, 9},
    "dispatch_due": {1, 2, 3, 4, 5, 7, 8, 9}, "dispatched_accurately": {1, 2, 3, 4, 5, 8, 9},
    "dispatched_on_time": {1, 2, 3, 4, 5, 7, 8, 9},
    "disposable": {1, 2, 3, 4, 5, 7}, "disposed": {1, 2, 4, 5}, "disposed_on_time": {1, 4, 5}, "disposed_late": {2},
    "overdue_open": {3, 7}, "delayed": {5},
    "closable": {1, 2, 3, 4, 5, 7}, "closed": {1, 2, 4, 5}, "closed_on_time": {1, 4, 5}, "reworked": {4},
    "check_due": {1, 2, 4, 5}, "checked_on_time": {1, 2, 4, 5},
    "dispatched": {1, 2, 3, 4, 5, 7, 8, 9}, "done_on_time": {1, 4, 5}, "done_late": {2}, "undone": {3, 7, 8, 9},
    "rated": {1, 2}, "dissatisfied": {2},
}  # fmt: skip


def test_a_month_counted_on_paper() -> None:
    made = score_units(month(), OCTOBER, DEFAULT)
    city = made["city", ""]
    found = {code: {n for n, mark in zip(city.cases, city.marks, strict=True) if is_in(mark, code)} for code in COUNTS}
    assert found == EXPECTED
    assert city.counts == {code: len(cases) for code, cases in EXPECTED.items()}
    value = {code: figure.value for code, figure in city.figures.items()}
    assert (value["disposal"], value["disposal_on_time"]) == (round(4 / 6, 6), 0.5)
    assert value["verification_on_time"] is None, "nothing was to be verified"
    assert value["dissatisfaction"] == 0.5
    exact = 30 * Fraction(4, 6) + 20 * Fraction(3, 6) + 20 * Fraction(5, 6) + 20 * Fraction(4, 6) + 10 * Fraction(5, 6)
    assert city.figures["composite"].exact == exact
    assert set(made) == {
        ("area", "440115"), ("area", "440115001"), ("area", "440115001001"), ("city", ""), ("grid", "J001"),
        ("department", "environment"), ("department", "municipal"), ("person", "user:li"), ("person", "user:wang"),
    }  # fmt: skip
    assert made["department", "municipal"].cases == (7,), "whoever had it last"
    assert made["person", "user:li"].counts["reported"] == 9
    assert made["person", "user:li"].counts["disposable"] == 0
    assert made["person", "user:wang"].counts["reported"] == 0


def test_the_deduction_sheet_names_case_and_reason() -> None:
    sheet = score_units(month(), OCTOBER, DEFAULT)["department", "environment"].sheet
    assert sheet is not None
    told = [(entry.rule, entry.event, entry.points) for entry in sheet.entries]
    assert told == [("K1", 3, 2), ("K2", 2, 1), ("K3", 4, 2), ("K4", 5, 0.5), ("K5", 2, 2), ("K6", None, 5)]
    assert (sheet.total, sheet.grade) == (87.5, "良好")
    assert all(entry.reason for entry in sheet.entries)


def test_a_cap_leaves_what_is_left_of_it_to_the_last_case() -> None:
    facts = [replace(facts_of(never().trail), event=number) for number in range(1, 21)]
    sheet = score_units(facts, OCTOBER, DEFAULT)["grid", "J001"].sheet
    assert sheet is not None
    points = [entry.points for entry in sheet.entries if entry.rule == "K1"]
    assert points == [2.0] * 15 + [0.0] * 5
    assert "已达上限" in sheet.entries[15].reason
    assert sheet.total == 100 - 30 - 5


def test_each_condition_has_to_be_met_in_time() -> None:
    trail, answer = conditions().trail, Limit(1, "working_hours", "answer")
    for limits, in_time in (
        ((FOUR_HOURS,), 1),
        ((FOUR_HOURS, answer), 0),
        ((FOUR_HOURS, replace(answer, amount=2)), 1),
    ):
        found = extract(Record(1, "", limits), trail, OCTOBER.end, LATER, deadlines(OCTOBER.end))
        assert found is not None
        counts = score_units([found], OCTOBER, DEFAULT)["city", ""].counts
        assert (counts["disposed"], counts["disposed_on_time"], counts["disposed_late"]) == (1, in_time, 1 - in_time)
        assert found.due_at == at(12, 15)


def test_the_other_basis_counts_by_dispatch() -> None:
    city = score_units(month(), OCTOBER, replace(DEFAULT, basis="dispatched"))["city", ""]
    assert city.counts["disposable"] == len({1, 2, 3, 4, 5, 7, 9}), "suspended, or ended: not to be disposed of"
    assert city.counts["overdue_open"] == 2


def test_what_comes_after_the_cut_does_not_count_but_for_adjustments() -> None:
    case = never()
    before = facts_of(case.trail)
    case.disposed(datetime(2026, 11, 3, 1, tzinfo=UTC))
    assert facts_of(case.trail) == before
    appealed = [
        *case.trail,
        Step(
            "adjust", datetime(2026, 11, 5, tzinfo=UTC), "user:judge", reason="flood", detail={"exclude": ["disposal"]}
        ),
    ]
    told = score_units([facts_of(appealed)], OCTOBER, DEFAULT)["city", ""]
    assert told.counts["disposable"] == 0
    assert told.counts["closable"] == 1
    known_before = extract(Record(1, "", (FOUR_HOURS,)), appealed, OCTOBER.end, at(31, 20), deadlines(OCTOBER.end))
    assert known_before is not None
    assert not known_before.excluded
    moved = [*case.trail, Step("adjust", datetime(2026, 11, 5, tzinfo=UTC), "user:judge", reason="x", until=LATER)]
    assert score_units([facts_of(moved)], OCTOBER, DEFAULT)["city", ""].counts["disposable"] == 0
    out = [
        *case.trail,
        Step("adjust", datetime(2026, 11, 5, tzinfo=UTC), "user:judge", reason="x", detail={"exclude": ["all"]}),
    ]
    assert score_units([facts_of(out)], OCTOBER, DEFAULT) == {}


def test_a_year_that_nobody_knows_matters_only_where_the_deadline_may_lie_in_the_period() -> None:
    few = WorkingCalendar((parse_hours("08-12"),), days=Days({}, frozenset({2098}), national=False))
    trail = [Step("collect", datetime(2098, 12, 30, 1, tzinfo=UTC), "x", "a", detail={"verified": True})]
    trail += [Step(action, trail[0].at, "x", "a") for action in ("file", "dispatch")]
    record = Record(1, "", (Limit(30, "working_days"),))
    for name, known in (("2098-12", True), ("2099-01", False)):
        end = parse_period(name, SHANGHAI).end
        clock = Deadlines(lambda department: few, DEFAULT.stage_limits(), end)
        if known:
            told = extract(record, trail, end, end, clock)
            assert told is not None
            assert told.due_at is not None
            assert told.due_at >= end
        else:
            with pytest.raises(UnknownYear):
                extract(record, trail, end, end, clock)


@settings(max_examples=150)
@given(walks, st.floats(0, 1))
def test_facts_agree_with_the_state_machine_at_every_moment(walk: Any, share: float) -> None:
    trail = trail_of(walk)
    cut = START + share * (trail[-1].at - START) + timedelta(seconds=1)
    seen = [step for step in trail if step.at < cut]
    found = extract(Record(1, "", (FOUR_HOURS,)), trail, cut, START - timedelta(days=1), deadlines(cut))
    if not seen:
        assert found is None
        return
    assert found is not None
    state = replay(seen)
    assert (found.grid, found.department) == (state.grid, state.holder or state.owner)
    assert (found.disposed_at, found.closed_at, found.reworks) == (state.finished_at, state.closed_at, state.reworks)
    assert found.rating == state.score
    if state.dispatched_at is None or state.is_suspended:
        assert found.due_at is None
        return
    pauses = [(first, last) for first, last in state.pauses if last is not None]
    due = deadline(state.dispatched_at, FOUR_HOURS, calendar_of(found.department), pauses)
    assert found.due_at == max(due, state.delayed_to or due)


@settings(max_examples=60)
@given(st.lists(walks, min_size=1, max_size=12))
def test_counts_nest_and_departments_add_up_to_the_city(drawn: Any) -> None:
    end = OCTOBER.end
    made = [
        extract(Record(n, "440115001001", (FOUR_HOURS,)), trail_of(walk), end, LATER, deadlines(end))
        for n, walk in enumerate(drawn, 1)
    ]
    facts = [each for each in made if each is not None]
    scores = score_units(facts, OCTOBER, DEFAULT)
    assert scores == score_units(reversed(facts), OCTOBER, DEFAULT), "the order of cases does not matter"
    for score in scores.values():
        for share in SHARES.values():
            assert sum(score.counts[code] for code in share.over) <= score.counts[share.under]
        for mark in score.marks:
            for share in SHARES.values():
                assert is_in(mark, share.under) or not any(is_in(mark, code) for code in share.over)
    city = scores.get(("city", ""))
    if city is not None:
        for code in COUNTS:
            total = sum(score.counts[code] for unit, score in scores.items() if unit[0] == "department")
            assert total == city.counts[code]


def test_every_indicator_of_the_list_is_there_with_its_formula(project: Path) -> None:
    with (project / "data/sample_grids/codes/indicators.csv").open(encoding="utf-8") as lines:
        listed = {row["code"]: row for row in csv.DictReader(lines)}
    told = {each["code"]: each for each in describe(DEFAULT)}
    assert {code: row["indicator"] for code, row in listed.items()} == dict(NAMES)
    assert {code: each["formula"] for code, each in told.items()} == {
        code: row["formula"].partition(" (denominator")[0] for code, row in listed.items()
    }


def test_the_list_is_that_of_the_reference_material(shared: Path, project: Path) -> None:
    """Every indicator of the table as found is carried over under its name; composed rows are split."""
    with (shared / "standards/metrics.csv").open(encoding="utf-8-sig") as lines:
        found = [row["indicator"] for row in csv.DictReader(lines)]
    split = {
        "按时核实率 / 按时核查率": {"按时核实率", "按时核查率"},
        "12345 通报列": {"结案率(通报)", "按时结案率(通报)", "不满意率"},
    }
    wanted = {name for indicator in found for name in split.get(indicator, {indicator})}
    assert wanted == set(NAMES.values())


def test_nothing_of_nothing_is_none_and_patrols_have_points() -> None:
    empty = score_unit(("grid", "J001"), {}, DEFAULT)
    assert {figure.value for figure in empty.figures.values()} == {None}
    assert empty.sheet is not None
    assert empty.sheet.total == 100
    for visited, points in ((95, 10), (94, 8), (90, 8), (85, 6), (84, 0), (0, 0)):
        assert figures(empty.counts, DEFAULT, (visited, 100))["patrol"].points == points
    assert figures(empty.counts, DEFAULT, (0, 0))["patrol"].value is None


def test_bits_and_groups_are_their_own() -> None:
    assert len({count.bit for count in COUNTS.values()}) == len(COUNTS)
    assert max(count.bit for count in COUNTS.values()) < 63
    assert len(GROUPS) == 11
