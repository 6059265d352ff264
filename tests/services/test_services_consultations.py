"""Draft plans open for comment: their periods, what a comment is about, who may do what, and the trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import planned_city
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound
from app.models.audit import AuditEntry
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.plans import consultations, plans
from app.services.plans.consultations import Comment
from app.store.plans import consultations as store

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
DAY = timedelta(days=1)
PLANNER = Caller("user:li", frozenset({"plan"}))
RESIDENT = Caller("public", frozenset())
KEY = "0123456789abcdef"


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    planned_city.build(session, tmp_path)
    return planned_city.divided(session, "spring")


def consult(session: Session, plan: Plan, until: datetime = NOW + DAY, now: datetime = NOW, **more: object) -> int:
    told = consultations.consult(session, PLANNER, plan, until, now, **more)  # type: ignore[arg-type]
    return int(told["id"])


def open_plans(session: Session, now: datetime) -> list[int]:
    return [told["plan"] for told in consultations.open_plans(session, now)]


def test_it_is_open_from_its_beginning_until_its_end(session: Session, plan: Plan) -> None:
    consult(session, plan, NOW + 2 * DAY, since=NOW + DAY)
    moments = [NOW, NOW + DAY, NOW + 2 * DAY - timedelta(seconds=1), NOW + 2 * DAY]
    assert [open_plans(session, now) for now in moments] == [[], [plan.id], [plan.id], []]


def test_one_is_changed_while_it_goes_and_a_new_one_begins_after_it(session: Session, plan: Plan) -> None:
    first = consult(session, plan)
    assert consult(session, plan, NOW + 3 * DAY, words="look") == first
    assert open_plans(session, NOW + 2 * DAY) == [plan.id]
    second = consult(session, plan, NOW + 9 * DAY, NOW + 4 * DAY)
    assert second != first
    ended = session.get_one(store.Consultation, first)
    assert ended.ended_at == NOW + 3 * DAY
    assert [told["closes_at"] for told in consultations.open_plans(session, NOW + 5 * DAY)] == [NOW + 9 * DAY]


def test_what_is_not_divided_or_over_is_not_opened(session: Session, plan: Plan) -> None:
    with pytest.raises(InputError, match="still to come"):
        consult(session, plan, NOW)
    with pytest.raises(InputError, match="after it begins"):
        consult(session, plan, NOW + DAY, since=NOW + 2 * DAY)
    draft = plans.create(session, planned_city.PLANNER, "draft", ["governance"])
    with pytest.raises(Conflict, match="no grids"):
        consult(session, draft)
    with pytest.raises(Forbidden):
        consultations.consult(session, RESIDENT, plan, NOW + DAY, NOW)
    with pytest.raises(Conflict, match="not open"):
        consultations.end(session, PLANNER, plan, NOW)


def test_a_published_plan_takes_no_more_comments(session: Session, plan: Plan) -> None:
    consult(session, plan)
    planned_city.published(session, plan, "2026-12-01T00:00:00+08:00")
    assert open_plans(session, NOW) == []
    with pytest.raises(NotFound):
        consultations.comment(session, RESIDENT, plan.id, Comment(text="late"), NOW, KEY)
    with pytest.raises(Conflict, match="published"):
        consult(session, plan)


def test_a_place_is_in_the_grid_that_shapely_finds(session: Session, plan: Plan) -> None:
    consult(session, plan)
    grids = store.grids(session, plan.id)
    west, south, east, north = grids.total_bounds
    rng = np.random.default_rng(3)
    for number in range(20):
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        covering = grids["code"][shapely.covers(grids.geometry.to_numpy(), shapely.Point(lon, lat))]
        said = Comment(text="here", lon=lon, lat=lat)
        made, is_new = consultations.comment(session, RESIDENT, plan.id, said, NOW, f"{KEY}{number}")
        assert (made["grid"], is_new) == (min(covering), True)


def test_a_comment_keeps_the_version_that_it_was_made_on(session: Session, plan: Plan) -> None:
    consult(session, plan)
    consultations.comment(session, RESIDENT, plan.id, Comment(text="too large"), NOW, KEY)
    plan.version += 1
    session.flush()
    consultations.comment(session, RESIDENT, plan.id, Comment(text="better"), NOW, KEY + "2")
    found = consultations.comments(session, PLANNER, plan)
    assert [(each["text"], each["is_current"]) for each in found] == [("better", True), ("too large", False)]
    with pytest.raises(Forbidden):
        consultations.comments(session, RESIDENT, plan)


def test_a_key_names_one_comment_of_one_consultation(session: Session, plan: Plan) -> None:
    consult(session, plan)
    first = consultations.comment(session, RESIDENT, plan.id, Comment(text="x"), NOW, KEY)
    assert consultations.comment(session, RESIDENT, plan.id, Comment(text="x"), NOW, KEY) == (first[0], False)
    with pytest.raises(Conflict, match="another comment"):
        consultations.comment(session, RESIDENT, plan.id, Comment(text="y"), NOW, KEY)
    with pytest.raises(InputError, match="at least 16"):
        consultations.comment(session, RESIDENT, plan.id, Comment(text="x"), NOW, "short")


def test_everything_is_in_the_trail_without_the_words_of_people(session: Session, plan: Plan) -> None:
    consult(session, plan)
    consultations.comment(session, RESIDENT, plan.id, Comment(text="王大妈说不行"), NOW, KEY)
    consultations.end(session, PLANNER, plan, NOW)
    query = select(AuditEntry).where(AuditEntry.subject == f"plan/{plan.id}").order_by(AuditEntry.id)
    entries = session.scalars(query).all()
    assert [(each.actor, each.action) for each in entries[-3:]] == [
        ("user:li", "consult"), ("public", "comment"), ("user:li", "end consultation"),
    ]  # fmt: skip
    assert not any("王大妈" in str(each.after) for each in entries)


def commented(session: Session, plan: Plan, *texts: str) -> list[int]:
    consult(session, plan)
    keys = (f"{KEY}{number}" for number in range(len(texts)))
    return [
        int(consultations.comment(session, RESIDENT, plan.id, Comment(text=text), NOW, key)[0]["comment"])
        for text, key in zip(texts, keys, strict=True)
    ]


def seen(session: Session, plan: Plan) -> list[tuple[str, str]]:
    return [(each["text"], each["answer"]) for each in consultations.answered(session, plan.id, NOW)]


def test_everybody_sees_what_was_answered_and_is_not_hidden(session: Session, plan: Plan) -> None:
    first, second, _ = commented(session, plan, "a", "b", "c")
    assert seen(session, plan) == []
    consultations.answer(session, PLANNER, plan, first, " yes ", NOW)
    consultations.answer(session, PLANNER, plan, second, "no", NOW + timedelta(hours=1))
    assert seen(session, plan) == [("b", "no"), ("a", "yes")]
    consultations.hide(session, PLANNER, plan, second, "names a neighbour", NOW)
    assert seen(session, plan) == [("a", "yes")]
    consultations.show(session, PLANNER, plan, second)
    consultations.answer(session, PLANNER, plan, second, "perhaps", NOW)
    assert ("b", "perhaps") in seen(session, plan)
    with pytest.raises(NotFound):
        consultations.answered(session, plan.id, NOW + 2 * DAY)


def test_what_is_hidden_stays_for_planners_with_its_reason_in_the_trail(session: Session, plan: Plan) -> None:
    (number,) = commented(session, plan, "王大妈说不行")
    consultations.hide(session, PLANNER, plan, number, "names a neighbour", NOW)
    (found,) = consultations.comments(session, PLANNER, plan)
    assert (found["text"], found["hidden_why"], found["hidden_by"]) == ("王大妈说不行", "names a neighbour", "user:li")
    query = select(AuditEntry).where(AuditEntry.action == "hide comment")
    (entry,) = session.scalars(query).all()
    assert entry.after == {"comment": number, "why": "names a neighbour"}


def test_answers_and_hiding_are_for_planners_and_need_words(session: Session, plan: Plan) -> None:
    (number,) = commented(session, plan, "a")
    for act in (consultations.answer, consultations.hide):
        with pytest.raises(Forbidden):
            act(session, RESIDENT, plan, number, "x", NOW)
        with pytest.raises(InputError):
            act(session, PLANNER, plan, number, "  ", NOW)
        with pytest.raises(NotFound):
            act(session, PLANNER, plan, number + 1, "x", NOW)
    with pytest.raises(Conflict):
        consultations.show(session, PLANNER, plan, number)
    consultations.hide(session, PLANNER, plan, number, "x", NOW)
    with pytest.raises(Conflict):
        consultations.hide(session, PLANNER, plan, number, "y", NOW)
