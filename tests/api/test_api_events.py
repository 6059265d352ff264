"""Events, cases and calendars over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from published import publish
from sqlalchemy.orm import Session

PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)
BODY = {
    "lon": 113.004,
    "lat": 22.005,
    "source": "12345",
    "text": "满溢",
    "reporter": {"name": "张伟", "phone": "13812345678"},
}
URL = "/api/v1/events"
Headers = dict[str, str]


@pytest.fixture
def town(session: Session) -> Session:
    publish(session, "unified", ["J001", "S001"], PAIR, kinds=["resident", "business"])
    return session


@pytest.fixture
def worker(make_key: Callable[..., Headers]) -> Headers:
    return make_key("events")


def post(client: TestClient, headers: Headers, status: int = 201, **changes: Any) -> dict[str, Any]:
    answer = client.post(URL, json={**BODY, **changes}, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_event_from_report_to_close(client: TestClient, town: Session, worker: Headers, admin: Headers) -> None:
    client.put(f"{URL}/last-resorts", json={"department": "street"}, headers=admin)
    answer = client.post(URL, json=BODY, headers=worker)
    event = answer.json()["id"]
    assert (answer.status_code, answer.headers["location"]) == (201, f"{URL}/{event}")
    assert (answer.json()["routing"], answer.json()["owner"]) == ("unowned", "street")

    def step(action: str, status: int = 200, **body: Any) -> dict[str, Any]:
        answer = client.post(f"{URL}/{event}/steps", json={"action": action, **body}, headers=worker)
        assert answer.status_code == status, answer.text
        return answer.json()

    assert "is not verified yet" in step("file", 409)["reasons"][0]
    step("verify", passed=True)
    step("file")
    step("dispatch", receiver="sanitation")
    assert "accept" in step("note", reason="they were told")["actions"]
    step("accept")
    files = {"file": ("../后.jpg", b"picture", "image/jpeg")}
    kept = client.post(f"{URL}/{event}/attachments", files=files, data={"of": "after"}, headers=worker)
    assert (kept.status_code, kept.json()["name"], kept.json()["moment"]) == (201, "后.jpg", "after")
    step("finish", attachments=[kept.json()["id"]])
    step("report")
    step("check", passed=True)
    assert step("close")["status"] == "evaluation"
    told = client.get(f"{URL}/{event}", headers=worker).json()
    assert [each["action"] for each in told["trail"]][-3:] == ["report", "check", "close"]
    assert told["trail"][-4]["attachments"] == [kept.json()["id"]]
    bytes_ = client.get(f"{URL}/{event}/attachments/{kept.json()['id']}", headers=worker)
    assert (bytes_.content, bytes_.headers["content-type"]) == (b"picture", "application/octet-stream")
    assert bytes_.headers["content-disposition"].startswith("attachment")
    step("reopen", 409)
    step("dance", 422)


def test_a_repeated_request_answers_the_same_event(client: TestClient, town: Session, worker: Headers) -> None:
    named = {**worker, "Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first = post(client, named)
    assert post(client, named, 200)["id"] == first["id"]
    assert post(client, named, 409, text="else")["event"] == first["id"]
    assert post(client, worker, external_id="A")["id"] == post(client, worker, 200, external_id="A")["id"]
    offered = post(client, worker)["duplicates"]
    assert first["id"] in [each["event"] for each in offered]


def test_reporters_are_masked_for_readers_and_erased(
    client: TestClient, town: Session, worker: Headers, admin: Headers, make_key: Callable[..., Headers]
) -> None:
    event = post(client, worker)["id"]
    reader = make_key("lookup")
    assert client.get(f"{URL}/{event}", headers=worker).json()["reporter"]["phone"] == "13812345678"
    for path in (f"{URL}/{event}", URL):
        seen = client.get(path, headers=reader)
        assert seen.status_code == 200
        assert "13812345678" not in seen.text
        assert "张伟" not in seen.text
    assert client.get(URL, headers=make_key("plan")).status_code == 403
    assert client.post(URL, json=BODY, headers=reader).status_code == 403
    assert client.delete(f"{URL}/{event}/reporter", headers=worker).status_code == 403
    assert client.delete(f"{URL}/{event}/reporter", headers=admin).status_code == 204
    assert client.get(f"{URL}/{event}", headers=worker).json()["reporter"] == {"name": None, "phone": None}


def test_events_are_listed_page_by_page(client: TestClient, town: Session, worker: Headers) -> None:
    made = [post(client, worker, lon=113.001 + n / 100, at=f"2026-11-0{n + 1}")["id"] for n in range(2)]

    def ask(expected: int = 200, **parameters: Any) -> Any:
        answer = client.get(URL, params=parameters, headers=worker)
        assert answer.status_code == expected, answer.text
        return answer.json()

    page = ask(limit=1)
    assert ([each["id"] for each in page["events"]], page["next"]) == ([made[1]], made[1])
    assert [each["id"] for each in ask(before=page["next"])["events"]] == [made[0]]
    assert [each["id"] for each in ask(bbox="113,22,113.005,22.01")["events"]] == [made[0]]
    assert [each["id"] for each in ask(**{"from": "2026-11-02", "to": "2026-11-03"})["events"]] == [made[1]]
    assert ask(status="unowned", grid="S001")["events"][0]["id"] == made[1]
    for wrong in ({"bbox": "1,2,3"}, {"bbox": "9,9,1,1"}, {"status": "lost"}, {"from": "yesterday"}):
        ask(422, **wrong)


@pytest.mark.parametrize(
    "changes",
    [{"lon": 0, "lat": 0}, {"lon": 22.005, "lat": 113.004}, {"crs": "mars"}, {"at": "soon"}, {"kind": "x"}, {"who": 1},
     {"matter": "!"}, {"accuracy_m": -1}],
)  # fmt: skip
def test_wrong_reports(client: TestClient, town: Session, worker: Headers, changes: dict[str, Any]) -> None:
    assert post(client, worker, 422, **changes)["title"] == "Wrong input"


def test_what_is_not_there(client: TestClient, town: Session, worker: Headers) -> None:
    for method, path in (("GET", "/9"), ("GET", "/9/duplicates"), ("GET", "/9/attachments/1")):
        assert client.request(method, URL + path, headers=worker).status_code == 404, path
    assert client.post(f"{URL}/9/steps", json={"action": "file"}, headers=worker).status_code == 404
    files = {"file": ("a.jpg", b"x")}
    assert client.post(f"{URL}/9/attachments", files=files, headers=worker).status_code == 404


def test_moves_whistles_and_last_resorts(client: TestClient, town: Session, worker: Headers, admin: Headers) -> None:
    assert client.get(f"{URL}/moves", headers=admin).json() == []
    assert client.post(f"{URL}/moves", json={"reason": "decision 7"}, headers=admin).json() == {"moved": [], "left": []}
    assert client.get("/api/v1/whistles", headers=worker).json() == []
    body = {"area": "4401", "department": "district"}
    assert client.put(f"{URL}/last-resorts", json=body, headers=admin).json() == [body]
    assert client.get(f"{URL}/last-resorts", headers=admin).json() == [body]


def test_calendars(client: TestClient, admin: Headers) -> None:
    base = "/api/v1/calendars"
    asked = {"limit": "4 工作时", "start": "2026-11-20T11:00:00+08:00"}
    assert client.get(f"{base}/due", params=asked, headers=admin).json()["due_at"] == "2026-11-20T17:00:00+08:00"
    late = {"limit": "1 工作日", "start": "2026-12-31"}
    refused = client.get(f"{base}/due", params=late, headers=admin)
    assert (refused.status_code, refused.json()["year"]) == (409, 2027)
    year = {"year": 2027, "source": "State Council", "days": [{"day": "2027-01-01", "worked": False, "name": "元旦"}]}
    assert client.put(f"{base}/years", json=year, headers=admin).json() == {"days": 1}
    assert client.get(f"{base}/due", params=late, headers=admin).json()["due_at"] == "2027-01-04T18:00:00+08:00"
    body = {"code": "sanitation", "hours": ["06:00-22:00"], "weekdays": [0, 1, 2, 3, 4, 5, 6], "keeps_holidays": False}
    assert client.put(base, json=body, headers=admin).json()["hours"] == ["06:00-22:00"]
    assert client.put(f"{base}/days", json=[{"day": "2026-11-20", "worked": False}], headers=admin).status_code == 200
    assert client.get(f"{base}/due", params=asked, headers=admin).json()["due_at"] == "2026-11-23T12:00:00+08:00"
    told = client.get(base, headers=admin).json()
    assert [each["code"] for each in told["calendars"]] == ["", "sanitation"]
    assert client.put(base, json={**body, "hours": ["never"]}, headers=admin).status_code == 422
