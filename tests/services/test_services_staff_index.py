"""Staff in answers of the look-up and in routed tables: who, for whom to see, at which moment, as known when."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from published import publish
from sqlalchemy.orm import Session

from app.rules.accounts.access import SCOPES, Caller
from app.rules.time.timeline import stamps
from app.services.lookup.lookup import AnswerRules, PointQuery, lookup_point
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.plain_answers import PlainAnswers
from app.services.lookup.route import make_router
from app.services.lookup.route_places import RowPoints
from app.services.staff import departments, people, posts
from app.services.staff.departments import NewDepartment
from app.services.staff.people import NewPerson, PersonChange
from app.services.staff.posts import NewPost, PostChange
from app.services.staff.staff_index import View

ADMIN = Caller("cli:root", frozenset(SCOPES))
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)  # 12:00 in Shanghai
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)


@pytest.fixture
def wei(session: Session) -> int:
    """The chief of grid J1, on office hours, with a substitute; J2 has nobody."""
    publish(session, "unified", ["J1", "J2"], PAIR, kinds=["resident", "resident"])
    departments.add(session, ADMIN, NewDepartment("cm", "区城管局"), date(2026, 1, 1))
    chief = people.add(session, ADMIN, NewPerson("张伟", "A1", "13812341234", department="cm")).id
    li = people.add(session, ADMIN, NewPerson("李娜", "A2", "13912341234")).id
    wanted = NewPost(chief, "网格长", "unified", "J1", START, shift="Mon-Fri 08:00-18:00", substitutes=(li,))
    posts.appoint(session, ADMIN, wanted, START)
    session.commit()
    return chief


def make(session: Session) -> Lookup:
    lookup = Lookup(lambda: nullcontext(session))
    lookup.refresh()
    return lookup


def staff(lookup: Lookup, at: datetime = MONDAY_NOON, *, plain: bool = True, **more: Any) -> list[dict[str, Any]]:
    rules = AnswerRules("Asia/Shanghai", 2000.0, plain)
    (grid,) = lookup_point(lookup, PointQuery(113.005, 22.005, at=at, **more), rules)["grids"]
    return grid["staff"]


@pytest.mark.usefixtures("wei")
def test_an_answer_names_the_staff_of_its_grid(session: Session) -> None:
    (entry,) = staff(make(session))
    del entry["post"]
    assert entry == {
        "role": "grid_chief", "role_name": "网格长", "name": "张伟", "phone": "13812341234", "department": "区城管局",
        "on_duty": True, "substitute": False, "reason": "on shift",
    }  # fmt: skip


@pytest.mark.usefixtures("wei")
def test_masked_unless_the_caller_may_see_people(session: Session) -> None:
    (entry,) = staff(make(session), plain=False)
    assert (entry["role"], entry["name"], entry["phone"], entry["on_duty"]) == (
        "grid_chief",
        "张**",
        "138****1234",
        True,
    )


def test_the_moment_decides(session: Session, wei: int) -> None:
    posts.take_leave(session, ADMIN, wei, (MONDAY_NOON, MONDAY_NOON + timedelta(days=2)), NOW)
    lookup = make(session)
    (stood,) = staff(lookup)
    assert (stood["name"], stood["substitute"], stood["on_duty"]) == ("李娜", True, True)
    (night,) = staff(lookup, MONDAY_NOON + timedelta(hours=9))
    assert (night["name"], night["on_duty"], night["reason"]) == ("张伟", False, "off shift until 2026-06-02 08:00")
    assert staff(lookup, START - timedelta(seconds=1)) == []
    (before,) = staff(lookup, as_known_at=NOW - timedelta(days=1))
    assert before["name"] == "张伟", "nobody knew of the leave then"


def test_a_roster_is_remembered_for_its_minute_but_never_past_a_change(session: Session, wei: int) -> None:
    away = MONDAY_NOON + timedelta(seconds=30)
    posts.take_leave(session, ADMIN, wei, (away, None), NOW)
    lookup = make(session)
    index = lookup.snapshot.staff
    assert [staff(lookup, away + timedelta(seconds=n))[0]["substitute"] for n in (-1, 0, -1)] == [False, True, False]
    assert index.by_seconds == {("unified", "J1")}
    view = View(MONDAY_NOON, "Asia/Shanghai")
    assert index.roster("unified", "J2", view) == []


def test_every_change_of_staff_reaches_the_next_refresh(session: Session, wei: int) -> None:
    lookup = make(session)
    editions = lookup.snapshot.editions
    assert not lookup.refresh()
    people.change(session, ADMIN, wei, PersonChange(phone="13800000000"))
    assert lookup.refresh()
    assert staff(lookup)[0]["phone"] == "13800000000"
    post = staff(lookup)[0]["post"]
    posts.correct(session, ADMIN, post, PostChange(shift="Sat 08:00-12:00"), NOW)
    assert lookup.refresh()
    assert not staff(lookup)[0]["on_duty"]
    people.erase(session, ADMIN, wei, NOW)
    assert lookup.refresh()
    assert (staff(lookup)[0]["name"], staff(lookup)[0]["phone"]) == (None, None)
    posts.end(session, ADMIN, post, NOW, NOW + timedelta(days=1))
    assert lookup.refresh()
    assert staff(lookup) == []
    assert all(lookup.snapshot.editions[id_] is held for id_, held in editions.items()), "grids were not loaded anew"


@pytest.mark.usefixtures("wei")
@pytest.mark.parametrize(("plain", "person"), [(True, "张伟"), (False, "张**")])
def test_routed_rows_name_the_chief_of_the_unified_grid(session: Session, plain: bool, person: str) -> None:
    router = make_router(make(session), at=MONDAY_NOON, shows_people=plain)
    lon = np.array([113.005, 113.015, 100.0, 113.005])
    routed = router.route(RowPoints(lon, np.full(4, 22.005))).to_pydict()
    assert routed["lead"] == ["区城管局", None, None, "区城管局"]
    assert routed["person"] == [person, None, None, person]


def test_each_row_has_the_chief_of_its_own_moment(session: Session, wei: int) -> None:
    posts.take_leave(session, ADMIN, wei, (MONDAY_NOON, MONDAY_NOON + timedelta(hours=1)), NOW)
    moments = [MONDAY_NOON + timedelta(minutes=n) for n in (-1, 0, 59, 60)] + [START - timedelta(days=1)]
    points = RowPoints(np.full(5, 113.005), np.full(5, 22.005), stamps(moments), np.zeros(5, dtype=bool))
    routed = make_router(make(session), shows_people=True).route(points).to_pydict()
    assert routed["person"] == ["张伟", "李娜", "李娜", "张伟", None]


@pytest.mark.parametrize("plain", [True, False])
def test_plain_answers_name_the_staff_of_the_very_moment(session: Session, wei: int, *, plain: bool) -> None:
    """Texts are kept for a minute; at the half second that a leave begins the next answer knows of it."""
    leave = datetime(2026, 6, 1, 4, 7, 30, 500_000, tzinfo=UTC)
    posts.take_leave(session, ADMIN, wei, (leave, leave + timedelta(hours=1)), NOW)
    lookup = make(session)
    rules = AnswerRules("Asia/Shanghai", 2000.0, plain)
    answers = PlainAnswers(rules)
    moments = [leave + timedelta(microseconds=step) for step in (-90_000_000, -500_000, -1, 0, 400_000, 3_600_000_000)]
    moments += [datetime(2026, 6, 1, *clock, tzinfo=UTC) for clock in ((9, 59), (10, 0), (10, 1))]  # the shift ends
    for at in moments:
        lookup.clock = lambda at=at: at
        told = json.loads(answers.body(lookup, 113.005, 22.005, ()) or "")
        assert told == lookup_point(lookup, PointQuery(113.005, 22.005), rules)
