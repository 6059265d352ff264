"""What follows from steps of cases: messages in the outbox, limits side by side, whistles, who an overdue case goes up
to; on a real PostGIS."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from published import publish
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import InputError, Refused
from app.models.matters import CodeTable
from app.models.matters import Matter as MatterRow
from app.models.subscriptions import Message
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.trail import Step
from app.services.cases import cases, events, whistles
from app.services.cases.events import Report
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.cases.whistles import WhistleFilter
from app.store.duties import duties as duties_store

RULES = AnswerRules("Asia/Shanghai", 2000.0)
FRIDAY = datetime(2026, 11, 20, 3, tzinfo=UTC)  # 11:00 in Shanghai
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ALL = Caller("cli:test", frozenset(SCOPES))
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)
INSIDE = Report(lon=113.004, lat=22.005, at=FRIDAY, matter="06010", source="12345", seen=True)
AREA = ["440115001001", "440115001002"]
LIMITS = [
    {"amount": 4, "unit": "working_hours", "condition": "停工"},
    {"amount": 20, "unit": "days", "condition": "拆除"},
]


@pytest.fixture
def town(session: Session) -> Session:
    """Two grids, two matters: one with a limit of four hours, one to be stopped in four hours and razed in 20 days."""
    publish(session, "unified", ["J001", "S001"], PAIR, kinds=["resident", "business"], area=AREA)
    table = CodeTable(
        code="city", name="City", local=True, valid=Range(LONG_AGO, None, bounds="[)"), created_by="test", extensions=[]
    )
    session.add(table)
    session.flush()
    for number, (code, limits) in enumerate((("06010", LIMITS[:1]), ("07001", LIMITS)), 1):
        session.add(MatterRow(table_id=table.id, kind="matter", code=code, name="垃圾", valid=Range(LONG_AGO, None)))
        plain = [{**limits[0], "condition": ""}] if len(limits) == 1 else limits
        duties_store.add(session, [{
            "number": str(number), "list_name": "x", "kind": "matter", "table_code": "city", "code": code,
            "scope": "everywhere", "lead": "sanitation", "limits": plain, "created_by": "test",
            "valid": Range(LONG_AGO, None, bounds="[)"), "recorded": Range(LONG_AGO, None, bounds="[)"),
        }])  # fmt: skip
    events.put_last_resort(session, ALL, "440115001", "street office", LONG_AGO)
    session.flush()
    return session


def post(session: Session, report: Report = INSIDE, now: datetime = FRIDAY) -> int:
    lookup = Lookup(lambda: nullcontext(session), clock=lambda: FRIDAY)
    lookup.refresh()
    return int(events.post(session, ALL, lookup, report, RULES, now)[0]["id"])


def do(session: Session, event: int, action: str, minutes: int = 0, **more: Any) -> dict[str, Any]:
    return cases.step(session, ALL, event, Step(action, FRIDAY + timedelta(minutes=minutes), ALL.name, **more))


def told(session: Session) -> list[tuple[str, str]]:
    return [(row.uid, row.type) for row in session.scalars(select(Message).order_by(Message.id))]


def test_a_step_that_is_told_is_one_message_with_its_number(town: Session) -> None:
    event = post(town, replace(INSIDE, reporter_name="张大伟", reporter_phone="13812345678", text="垃圾"))
    do(town, event, "file", 1)
    do(town, event, "dispatch", 2, receiver="sanitation")
    do(town, event, "accept", 3)
    cases.tick(town, FRIDAY + timedelta(days=3))
    assert told(town) == [
        (f"case-{event}-1", "case.created"), (f"case-{event}-3", "case.routed"), (f"case-{event}-5", "case.due"),
        (f"case-{event}-6", "case.overdue"), (f"case-{event}-7", "case.escalated"),
        (f"case-{event}-8", "case.escalated"),
    ]  # fmt: skip
    first, *_, last = town.scalars(select(Message).order_by(Message.id))
    assert (first.departments, last.departments) == (["sanitation"], ["sanitation", "street office"])
    assert (first.data["matter"], first.data["grid"], first.data["status"]) == ("06010", "J001", "collection")
    everything = town.scalar(text("SELECT string_agg(data::text, ' ') FROM messages")) or ""
    assert not any(word in everything for word in ("张大伟", "13812345678", "垃圾")), (
        "no person, no words of the report"
    )


def test_a_step_that_is_refused_is_not_told(town: Session) -> None:
    event = post(town)
    with pytest.raises(Refused):
        do(town, event, "close", 1)
    assert [uid for uid, _ in told(town)] == [f"case-{event}-1"]


def test_several_limits_run_side_by_side(town: Session) -> None:
    event = post(town, replace(INSIDE, matter="07001"))
    do(town, event, "file")
    dispatched = do(town, event, "dispatch", receiver="sanitation")
    assert [(due["condition"], due["due_at"]) for due in dispatched["dues"]] == [
        ("停工", "2026-11-20T17:00:00+08:00"),
        ("拆除", "2026-12-10T18:00:00+08:00"),
    ]
    assert dispatched["due_at"] == datetime(2026, 11, 20, 9, tzinfo=UTC)
    with pytest.raises(InputError, match="停工, 拆除"):
        do(town, event, "meet", 1, detail={"condition": "处罚"})
    met = do(town, event, "meet", 60, detail={"condition": "停工"}, reason="stopped")
    assert met["due_at"] == datetime(2026, 12, 10, 10, tzinfo=UTC)
    assert [due["met"] for due in met["dues"]] == [True, False]
    with pytest.raises(Refused, match="meet"):
        do(town, event, "meet", 61, detail={"condition": "停工"})
    assert cases.tick(town, FRIDAY + timedelta(days=3)) == {"warn": 0, "overdue": 0, "escalate": 0}
    late = cases.tick(town, datetime(2026, 12, 10, 11, tzinfo=UTC))
    assert (late["warn"], late["overdue"]) == (1, 1)


def test_each_limit_that_nobody_meets_is_said_once(town: Session) -> None:
    event = post(town, replace(INSIDE, matter="07001"))
    assert cases.tick(town, datetime(2026, 12, 11, 11, tzinfo=UTC)) == {"warn": 2, "overdue": 2, "escalate": 3}
    assert cases.tick(town, datetime(2026, 12, 12, 11, tzinfo=UTC)) == {"warn": 0, "overdue": 0, "escalate": 0}
    trail = events.get(town, ALL, event, FRIDAY)["trail"]
    assert [step["detail"]["condition"] for step in trail if step["action"] == "overdue"] == ["停工", "拆除"]


def test_a_year_that_nobody_knows_does_not_stop_the_limits_before_it(town: Session) -> None:
    eve = datetime(2026, 12, 30, 1, tzinfo=UTC)
    event = post(town, replace(INSIDE, matter="07001", at=eve), eve)
    made = events.get(town, ALL, event, eve)
    assert [due["due_at"] for due in made["dues"]] == ["2026-12-30T15:00:00+08:00", None]
    assert "2027" in made["clock_problem"]
    assert cases.tick(town, eve + timedelta(hours=8))["overdue"] == 1


def test_an_overdue_case_goes_to_the_post_on_duty_of_who_answers_for_the_area(town: Session) -> None:
    """The street's office has a chief on one grid of the street and a member on another: the chief goes first."""
    town.execute(text("INSERT INTO departments (code, name) VALUES ('so', 'street office')"))
    town.execute(text("INSERT INTO people (code, name) VALUES ('p1', '张大伟')"))
    network = town.scalar(text("SELECT id FROM networks WHERE code = 'unified'"))
    for role, grid in (("grid_member", "S001"), ("grid_chief", "J001")):
        town.execute(
            text("""
            WITH made AS (INSERT INTO posts (person_id, role, network_id, grid, created_by)
                          SELECT id, :role, :network, :grid, 'test' FROM people RETURNING id)
            INSERT INTO post_terms (post_id, department_id, load, valid, recorded)
            SELECT made.id, departments.id, 1, '[2020-01-01,)', '[2020-01-01,)' FROM made, departments
            """),
            {"role": role, "network": network, "grid": grid},
        )
    event = post(town)
    cases.tick(town, FRIDAY + timedelta(days=3))
    climbs = [step for step in events.get(town, ALL, event, FRIDAY)["trail"] if step["action"] == "escalate"]
    chief = town.scalar(text("SELECT id FROM posts WHERE role = 'grid_chief'"))
    assert [(step["receiver"], step["detail"]["post"]) for step in climbs] == [("street office", chief)] * 2
    assert "张大伟" not in str(climbs)


def test_several_departments_are_whistled_for_at_once_or_none(town: Session) -> None:
    event = post(town)
    do(town, event, "file")
    until = FRIDAY + timedelta(minutes=30)
    made = whistles.call(town, ALL, event, ["police", "water"], FRIDAY, until=until, reason="burst pipe")
    assert [(call["department"], call["answer_by"], call["late"]) for call in made] == [
        ("police", until, False),
        ("water", until, False),
    ]
    arrived = FRIDAY + timedelta(minutes=20)
    whistles.respond(town, ALL, event, "arrive", "police", arrived, point=(113.0041, 22.0051))
    whistles.respond(town, ALL, event, "score_whistle", "police", arrived, score=80)
    late = whistles.respond(town, ALL, event, "answer", "water", FRIDAY + timedelta(minutes=31))
    assert [call["late"] for call in late] == [False, True]
    (police,) = whistles.page(town, ALL, WhistleFilter(department="police"), arrived, 10)
    assert (police["lon"], police["lat"], police["score"], police["grid"]) == (113.0041, 22.0051, 80, "J001")
    by_department = whistles.measured(town, ALL, WhistleFilter(), FRIDAY + timedelta(hours=1))
    assert [(row["name"], row["share_arrived"], row["median_minutes"], row["late"]) for row in by_department] == [
        ("police", 1.0, 20.0, 0),
        ("water", 0.0, None, 1),
    ]
    (grid,) = whistles.measured(town, ALL, WhistleFilter(since=FRIDAY), FRIDAY, "grid")
    assert (grid["name"], grid["calls"], grid["answered"], grid["mean_score"]) == ("J001", 2, 2, 80)
    for wrong in ([], ["fire", "fire"]):
        with pytest.raises(InputError):
            whistles.call(town, ALL, event, wrong, FRIDAY + timedelta(hours=1))
    with pytest.raises(Refused):
        whistles.call(town, ALL, event, ["fire", " "], FRIDAY + timedelta(hours=1))
    assert len(whistles.of_case(town, event, FRIDAY)) == 2
