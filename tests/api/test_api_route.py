"""What an event would get and how it came to its owner, over HTTP; tables of events as runs; words to matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from published import publish
from sqlalchemy.orm import Session

from app.models.runs import Run

PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)
POINT = {"lon": 113.004, "lat": 22.005}
URL = "/api/v1"
Headers = dict[str, str]


@pytest.fixture
def town(session: Session, client: TestClient, admin: Headers) -> None:
    """Two grids; the national matters; a duty for litter."""
    publish(session, "unified", ["J001", "S001"], PAIR, kinds=["resident", "business"])
    assert client.post(f"{URL}/matters/load", headers=admin).status_code == 200
    duty = {"kind": "matter", "code": "06010", "lead": "环卫所", "limits": "到场 30 分钟; 4 工作时"}
    assert client.post(f"{URL}/duties", json={**duty, "valid_from": "2026-01-01"}, headers=admin).status_code == 200


@pytest.fixture
def reader(make_key: Callable[..., Headers]) -> Headers:
    return make_key("lookup")


def asked(client: TestClient, headers: Headers, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post(f"{URL}/route", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_route_without_an_event(client: TestClient, town: None, reader: Headers, admin: Headers) -> None:
    made = asked(client, reader, **POINT, matter="06010", at="2026-11-20T11:00:00+08:00")
    assert (made["routing"], made["owner"], made["grid"]["code"]) == ("routed", "环卫所", "J001")
    assert [limit["due_at"] for limit in made["deadlines"]["limits"]] == [
        "2026-11-20T11:30:00+08:00", "2026-11-20T17:00:00+08:00",
    ]  # fmt: skip
    said = asked(client, reader, **POINT, text="楼下生活垃圾堆了一个礼拜没人清")
    assert (said["matter"]["code"], said["suggestions"][0]["code"]) == ("06010", "06010")
    line = {"type": "LineString", "coordinates": [[113.002, 22.005], [113.018, 22.005]]}
    assert asked(client, reader, shape=line, matter="06010")["ladder"]["among"] == ["J001", "S001"]
    assert client.get(f"{URL}/events", headers=admin).json()["events"] == []


def test_what_is_no_place_is_refused(client: TestClient, town: None, reader: Headers) -> None:
    assert "where is it" in asked(client, reader, 422, matter="06010")["detail"]
    asked(client, reader, 422, lon=0, lat=0)
    asked(client, reader, 422, shape={"type": "Point", "coordinates": [113, 22]})
    asked(client, reader, 422, **POINT, grids=["J001", "X9"])
    asked(client, reader, 404, **POINT, matter="01001", component="lids/1")
    assert client.post(f"{URL}/route", json=POINT).status_code == 401


def test_events_about_an_object_go_to_its_owner_and_reasons_have_codes(
    client: TestClient, town: None, admin: Headers, make_key: Callable[..., Headers]
) -> None:
    worker = make_key("events")
    duty = {"kind": "matter", "code": "06010", "lead": "", "scope": "owner:*", "valid_from": "2026-01-01"}
    assert client.post(f"{URL}/duties", json=duty, headers=admin).status_code == 200
    body = {"key": "business:A1", "name": "旧货行", "owner": "商务局"}
    assert client.put(f"{URL}/objects", json=body, headers=worker).status_code == 403
    assert client.put(f"{URL}/objects", json=body, headers=admin).json()["owner"] == "商务局"
    made = asked(client, worker, **POINT, matter="06010", object="business:A1")
    assert (made["owner"], made["object"]["title"]) == ("商务局", "旧货行")
    assert [each["rule"] for each in made["trace"]["duty"]["losers"]] == ["owner_first"]
    assert [each["code"] for each in made["said"]["owner"]] == ["duty_leads"]
    assert [each["code"] for each in made["said"]["ladder"]] == ["one_grid"]
    event = client.post(f"{URL}/events", json={**POINT, "matter": "06010", "object": "business:A1"}, headers=worker)
    assert (event.status_code, event.json()["owner"]) == (201, "商务局")
    assert event.json()["given"]["object"] == "business:A1"
    outside = asked(client, worker, lon=113.5, lat=22.5, matter="06010")["said"]
    assert [each["code"] for each in outside["owner"]] == ["no_grid", "last_resort_not_named"]
    asked(client, worker, 422, **POINT, object="A1")


def test_a_trace_is_told_again(client: TestClient, town: None, make_key: Callable[..., Headers]) -> None:
    worker = make_key("events")
    event = client.post(f"{URL}/events", json={**POINT, "matter": "06010"}, headers=worker).json()
    assert event["answer"]["owner"] == "环卫所"
    made = client.get(f"{URL}/events/{event['id']}/trace", headers=worker).json()
    assert (made["same"], made["moved"], made["differences"]["then"]) == (True, False, [])
    assert made["kept"] == event["route"]
    assert any("leads on matter 06010" in sentence for sentence in made["words"])
    assert client.get(f"{URL}/events/999/trace", headers=worker).status_code == 404


def test_a_table_of_events_is_a_run(client: TestClient, town: None, admin: Headers, session: Session) -> None:
    table = {"files": ("events.csv", b"lon,lat,external_id\n113.004,22.005,A1\n", "text/csv")}
    choices = {"source": "12345", "fields": '{"matter": "code"}'}
    answer = client.post(f"{URL}/events/imports", files=table, data=choices, headers=admin)
    assert answer.status_code == 202, answer.text
    run = session.get_one(Run, answer.json()["id"])
    assert (run.kind, run.parameters["source"], run.parameters["fields"]) == (
        "import_events",
        "12345",
        {"matter": "code"},
    )
    wrong = client.post(f"{URL}/events/imports", files=table, data={**choices, "fields": "[]"}, headers=admin)
    assert wrong.status_code == 422


def test_words_to_matters(client: TestClient, town: None, reader: Headers) -> None:
    made = client.get(f"{URL}/matters/suggest", params={"text": "路灯不亮了", "limit": 3}, headers=reader).json()
    assert (made["clear"], made["matters"][0]["code"], len(made["matters"])) == (True, "01037", 3)
    assert made["matters"][0]["fragments"] == ["路灯不亮"]
    assert client.get(f"{URL}/matters/suggest", params={"text": ""}, headers=reader).status_code == 422
