"""Regulated objects on a real PostGIS: named by events, judged from trails, told and kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound
from app.models.cases import Case
from app.models.events import Event
from app.models.subscriptions import Message
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.objects import Rule
from app.services.cases import objects
from app.store.cases import objects as store

ALL = Caller("cli:test", frozenset(SCOPES))
START = datetime(2026, 3, 1, tzinfo=UTC)
SHOP = "business:91440101MA5"


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def report(session: Session, at: datetime, key: str | None = SHOP, *, overdue: datetime | None = None) -> int:
    """A case with its first step, perhaps one that went overdue."""
    event = session.execute(
        text("""INSERT INTO events (source, sent_by, request_hash, matter, at, given, uncertainty_m, geom)
                VALUES ('x', 'test', 'x', '06010', :at, '{}', 0, ST_SetSRID(ST_MakePoint(113, 22), 4326))
                RETURNING id"""),
        {"at": at},
    ).scalar_one()
    session.execute(
        text("INSERT INTO cases (event_id, stage, routing, owner, route) VALUES (:e, 'handling', 'routed', 'x', '{}')"),
        {"e": event},
    )
    for number, (action, moment) in enumerate((("collect", at), ("overdue", overdue)), 1):
        if moment is not None:
            session.execute(
                text("INSERT INTO case_steps (event_id, number, action, at, actor) VALUES (:e, :n, :a, :at, 'test')"),
                {"e": event, "n": number, "a": action, "at": moment},
            )
    if key:
        objects.name_by(session, ALL, event, key)
    return int(event)


def level(session: Session) -> str:
    found = store.find(session, SHOP)
    assert found is not None
    return str(objects.describe(found)["level"])


def test_three_cases_in_a_month_lift_it_with_their_numbers_and_quiet_lets_it_down(session: Session) -> None:
    events = [report(session, day(number)) for number in (0, 10, 20)]
    assert objects.assess(session, day(21)) == (1, 1)
    assert objects.assess(session, day(22)) == (0, 0), "nothing new to look at"
    assert level(session) == "yellow"
    later = [report(session, day(30), overdue=day(31)), report(session, day(32), overdue=day(33))]
    assert objects.assess(session, day(40)) == (1, 1)
    assert level(session) == "red"
    assert objects.assess(session, day(92.5))[0] == 0, "quiet for 59 days and a half"
    assert objects.assess(session, day(93)) == (1, 1)
    assert objects.assess(session, day(200)) == (1, 1)
    found = store.find(session, SHOP)
    assert found is not None
    told = objects.get(session, ALL, found.id)
    assert [(row["at"], row["level"], row["rule"], row["cases"]) for row in told["history"]] == [
        (day(20), "yellow", "cases", events),
        (day(33), "red", "overdue", later),
        (day(93), "yellow", "quiet", []),
        (day(153), "green", "quiet", []),
    ]
    assert told["history"][1]["reason"] == "2 overdue cases within 30 days"
    assert told["events"] == [*events, *later]
    messages = list(session.scalars(select(Message).where(Message.type == "object.level").order_by(Message.id)))
    assert [message.data["level"] for message in messages] == ["yellow", "red", "yellow", "green"]


def test_rules_are_data_that_speak_from_when_they_are_put(session: Session) -> None:
    report(session, day(0))
    objects.put_rule(session, ALL, Rule("cases", "up", "cases", 1, 30), day(5))
    assert objects.assess(session, day(6)) == (1, 0), "the case was before the rule"
    report(session, day(7))
    assert objects.assess(session, day(8)) == (1, 1)
    assert {rule["code"]: rule["number"] for rule in objects.rules(session)} == {
        "cases": 1, "overdue": 2, "quiet": 0, "reworks": 2
    }  # fmt: skip
    objects.end_rule(session, ALL, "cases", day(9))
    with pytest.raises(NotFound):
        objects.end_rule(session, ALL, "cases", day(9))
    with pytest.raises(InputError):
        objects.put_rule(session, ALL, Rule("x", "down", "cases", 1, 30), day(9))
    with pytest.raises(Forbidden):
        objects.put_rule(session, Caller("key:x", frozenset({"events"})), Rule("x", "up", "cases", 1, 30), day(9))


def test_events_name_objects_by_component_and_by_address_under_watch(session: Session) -> None:
    objects.put(session, ALL, "address:进港大道  8 号", "旧货市场")
    event = report(session, day(0), None)
    found, case = session.get_one(Event, event), session.get_one(Case, event)
    found.address = "进港大道 8 号"
    case.route = {"asked": {"component": "lids/D-7"}}
    objects.of_new_event(session, found, case)
    listed = objects.page(session, ALL)
    assert [row["key"] for row in listed] == ["address:进港大道 8 号", "component:lids/D-7"]
    assert all(store.events(session, row["id"]) == [event] for row in listed)
    found.address = "elsewhere"
    objects.of_new_event(session, found, case)
    assert len(objects.page(session, ALL)) == 2, "an address that nobody watches is no object"
    assert [row["name"] for row in objects.page(session, ALL, kind="address")] == ["旧货市场"]
    assert objects.page(session, ALL, level="red") == []
    with pytest.raises(InputError):
        objects.page(session, ALL, level="blue")


def test_what_was_rejected_does_not_count(session: Session) -> None:
    events = [report(session, day(number)) for number in (0, 1, 2)]
    session.execute(text("UPDATE cases SET stage = 'rejected' WHERE event_id = :e"), {"e": events[1]})
    assert objects.assess(session, day(3)) == (1, 0)


def test_an_owner_is_withdrawn_by_an_administrator_once_and_that_is_on_record(session: Session) -> None:
    made = objects.put(session, ALL, SHOP, "茶铺", "水务集团")
    with pytest.raises(Forbidden):
        objects.withdraw_owner(session, Caller("x", frozenset({"events"})), made["id"])
    objects.withdraw_owner(session, ALL, made["id"])
    found = store.get(session, made["id"])
    assert (found.owner, found.name) == ("", "茶铺")
    with pytest.raises(Conflict):
        objects.withdraw_owner(session, ALL, made["id"])
    with pytest.raises(NotFound):
        objects.withdraw_owner(session, ALL, made["id"] + 1)
    said = session.execute(text("SELECT before FROM audit WHERE action = 'withdraw owner'")).scalars().all()
    assert said == [{"owner": "水务集团"}]
