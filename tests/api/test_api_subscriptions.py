"""Webhooks, whistles, objects and objections over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from receiver import Receiver, receiving
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.cases import deliveries
from app.services.cases.deliveries import Sender

API = "/api/v1"
Headers = dict[str, str]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def here(make_client: Any) -> TestClient:
    """A client of a deployment that may tell this machine."""
    return make_client(webhook_local=True)  # type: ignore[no-any-return]


def a_case(client: TestClient, admin: Headers) -> int:
    made = client.post(f"{API}/events", headers=admin, json={"lon": 113.0, "lat": 22.0, "seen": True})
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


def test_a_subscription_from_its_making_to_its_end(
    here: TestClient, admin: Headers, receiver: Receiver, session: Session
) -> None:
    made = here.post(f"{API}/subscriptions", headers=admin, json={"url": receiver.url, "types": ["case.*"]})
    assert (made.status_code, made.headers["Location"]) == (201, f"{API}/subscriptions/{made.json()['id']}")
    assert made.json()["secret"].startswith("whsec_")
    number = made.json()["id"]
    event = a_case(here, admin)
    outcome = deliveries.send_next(session, number, Sender("x", local=True), datetime.now(UTC))
    assert outcome is not None
    assert outcome.delivered
    session.commit()
    (only,) = here.get(f"{API}/subscriptions/{number}/deliveries", headers=admin).json()["deliveries"]
    assert (only["id"], only["type"], only["status"]) == (f"case-{event}-1", "onegrid.case.created", "delivered")
    again = here.post(f"{API}/subscriptions/{number}/replay", headers=admin, json={"from_id": only["id"]})
    assert again.json() == {"messages": 1}
    (listed,) = here.get(f"{API}/subscriptions", headers=admin).json()
    assert listed["deliveries"] == {"waiting": 1, "delivered": 0, "dead": 0}
    assert "secret" not in listed
    place = f"{API}/subscriptions/{number}/secret"
    rotated = here.post(place, headers=admin, json={"overlap_hours": 2}).json()
    assert rotated["secret"] not in ("", made.json()["secret"])
    assert rotated["old_secret_until"] is not None
    assert here.post(place, headers=admin, json={"overlap_hours": 721}).status_code == 422
    assert here.delete(f"{API}/subscriptions/{number}", headers=admin).status_code == 204
    assert here.delete(f"{API}/subscriptions/{number}", headers=admin).status_code == 409
    assert here.get(f"{API}/subscriptions/{number}", headers=admin).json()["ended_at"] is not None


def test_a_subscription_is_tried(here: TestClient, admin: Headers, receiver: Receiver, session: Session) -> None:
    """One that wants something else gets the test, and nobody else does, not by a replay either."""
    wanted = [{"url": receiver.url, "types": ["notice.*"]}, {"url": receiver.url}]
    tried, other = (here.post(f"{API}/subscriptions", headers=admin, json=body).json()["id"] for body in wanted)
    sent = here.post(f"{API}/subscriptions/{tried}/test", headers=admin)
    assert sent.status_code == 202
    outcome = deliveries.send_next(session, tried, Sender("x", local=True), datetime.now(UTC))
    assert outcome is not None
    assert outcome.delivered
    session.commit()
    (only,) = here.get(f"{API}/subscriptions/{tried}/deliveries", headers=admin).json()["deliveries"]
    assert (only["id"], only["type"], only["answer"]) == (sent.json()["id"], "onegrid.subscription.test", 204)
    again = {"since": "2020-01-01"}
    assert here.post(f"{API}/subscriptions/{other}/replay", headers=admin, json=again).json() == {"messages": 0}
    assert here.delete(f"{API}/subscriptions/{tried}", headers=admin).status_code == 204
    assert here.post(f"{API}/subscriptions/{tried}/test", headers=admin).status_code == 409


def test_addresses_of_the_machine_are_refused(client: TestClient, admin: Headers, receiver: Receiver) -> None:
    for url in (receiver.url, "http://169.254.169.254/", "ftp://x.example/"):
        refused = client.post(f"{API}/subscriptions", headers=admin, json={"url": url})
        assert (refused.status_code, refused.json()["type"]) == (422, "/docs/problems#wrong-input")
    assert client.get(f"{API}/subscriptions", headers=admin).json() == []


def test_whistles_over_http(client: TestClient, admin: Headers) -> None:
    event = a_case(client, admin)
    client.post(f"{API}/events/{event}/steps", headers=admin, json={"action": "file"})
    place = f"{API}/events/{event}/whistles"
    called = client.post(place, headers=admin, json={"departments": ["police", "water"], "within_minutes": 30})
    assert (called.status_code, [row["department"] for row in called.json()]) == (201, ["police", "water"])
    client.post(f"{place}/answer", headers=admin, json={"department": "police"})
    arrived = client.post(f"{place}/arrive", headers=admin, json={"department": "police", "lon": 113.0, "lat": 22.0})
    assert (arrived.json()[0]["lon"], arrived.json()[0]["late"]) == (113.0, False)
    scored = client.post(f"{place}/score", headers=admin, json={"department": "police", "stars": 4})
    assert scored.json()[0]["score"] == 80
    for body in ({"department": "police"}, {"department": "police", "stars": 4, "score": 9}):
        assert client.post(f"{place}/score", headers=admin, json=body).status_code == 422
    half = {"department": "police", "lon": 113.0}
    assert client.post(f"{place}/arrive", headers=admin, json=half).status_code == 422
    figures = client.get(f"{API}/whistles/figures", headers=admin).json()
    assert [(row["name"], row["arrived"], row["mean_score"]) for row in figures] == [
        ("police", 1, 80),
        ("water", 0, None),
    ]
    assert len(client.get(f"{API}/whistles?department=water", headers=admin).json()) == 1
    assert client.get(place, headers=admin).json() == scored.json()


def test_objects_over_http(client: TestClient, admin: Headers, make_key: Any) -> None:
    event = a_case(client, admin)
    made = client.put(f"{API}/objects", headers=admin, json={"key": "business:A1", "name": "旧货行"}).json()
    assert (made["level"], made["level_name"]) == ("green", "放心")
    named = client.post(f"{API}/events/{event}/objects", headers=admin, json={"key": "business:A1"}).json()
    assert named["id"] == made["id"]
    shown = client.get(f"{API}/objects/{made['id']}", headers=admin).json()
    assert (shown["events"], shown["history"]) == ([event], [])
    (placed,) = client.get(f"{API}/objects.geojson", headers=admin).json()["features"]
    assert placed["geometry"]["coordinates"] == pytest.approx([113.0, 22.0])
    assert (placed["properties"]["key"], placed["properties"]["events"]) == ("business:A1", 1)
    assert client.get(f"{API}/objects.geojson", headers=make_key("lookup")).status_code == 403
    rule = {"direction": "up", "counts": "cases", "number": 5, "days": 7}
    rules = client.put(f"{API}/objects/rules/cases", headers=admin, json=rule).json()
    assert [row["number"] for row in rules if row["code"] == "cases"] == [5]
    assert client.delete(f"{API}/objects/rules/cases", headers=admin).status_code == 204
    assert [row["code"] for row in client.get(f"{API}/objects/rules", headers=admin).json()] == [
        "overdue", "quiet", "reworks"
    ]  # fmt: skip
    assert client.get(f"{API}/objects?level=red", headers=admin).json() == {"objects": [], "next": None}


def test_notices_and_objections_over_http(client: TestClient, admin: Headers, session: Session, make_key: Any) -> None:
    """The lists themselves are tested with their service; here a notice that is there already."""
    plan = session.execute(
        text(
            "INSERT INTO plans (name, crs, seed, created_by, status) VALUES ('p', 'x', 1, 'test', 'divided')"
            " RETURNING id"
        )
    ).scalar_one()
    notice = session.execute(
        text("""INSERT INTO notices (plan_id, plan_version, department, valid_from, counts, lists, given_by, given_at)
                VALUES (:plan, 0, 'water', now(), '{}', '{"grids_lost": [{"code": "J001", "old": ["a", "b"]}]}', 'test',
                        now()) RETURNING id"""),
        {"plan": plan},
    ).scalar_one()
    session.commit()
    water = make_key("events")
    made = client.post(f"{API}/notices/{notice}/objections", headers=water, json={"reason": "ours", "about": "J001"})
    assert made.status_code == 201
    number = made.json()["id"]
    assert (
        client.post(f"{API}/notices/{notice}/objections", headers=make_key("lookup"), json={"reason": "x"}).status_code
        == 403
    )
    (given,) = client.get(f"{API}/notices", headers=make_key("lookup", "plan")).json()
    assert (given["id"], given["plan_name"], given["open_objections"], given["is_current"]) == (notice, "p", 1, True)
    assert client.get(f"{API}/notices?department=police", headers=admin).json() == []
    (listed,) = client.get(f"{API}/objections?plan={plan}&status=open", headers=admin).json()
    assert (listed["id"], listed["department"]) == (number, "water")
    answered = client.post(
        f"{API}/objections/{number}/answer", headers=admin, json={"accepted": True, "reason": "moved"}
    )
    assert answered.json()["status"] == "answered"
    assert client.post(f"{API}/objections/{number}/withdraw", headers=water, json={"reason": "x"}).status_code == 409
    shown = client.get(f"{API}/notices/{notice}", headers=admin).json()
    assert [row["answer"] for row in shown["objections"]] == ["moved"]
    book = client.get(f"{API}/notices/{notice}.xlsx", headers=admin)
    assert (book.status_code, book.content[:2]) == (200, b"PK")
    (of_plan,) = client.get(f"{API}/plans/{plan}/notices", headers=admin).json()
    assert of_plan["is_current"] is True
