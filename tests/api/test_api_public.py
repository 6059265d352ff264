"""The residents' routes: closed unless the deployment opens them; a report from code to evaluation; no person told."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import numpy as np
import planned_city
import pytest
import routed_town
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.api.limits import PHOTO_FORM_BYTES
from app.services.accounts import public_access

URL = "/api/v1/public"
PLACE = {"lon": 113.004, "lat": 22.005}
REPORT = {**PLACE, "matter": "06010", "text": "垃圾满溢,无人清理", "name": "张伟", "phone": "13812345678"}


def photo_of(seed: int, **told: Any) -> bytes:
    """A JPEG of more than 64 KiB, which is more than a stranger may send elsewhere."""
    out = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    Image.fromarray(noise).save(out, "JPEG", quality=90, **told)
    return out.getvalue()


JPEG = photo_of(1)
Headers = dict[str, str]


@pytest.fixture
def town(session: Session) -> Session:
    routed_town.build(session)
    routed_town.hold(session, "李明", "sanitation_worker", "J001")
    session.execute(text("INSERT INTO departments (code, name, contact) VALUES ('hw', '环卫所', '020-12345')"))
    return session


@pytest.fixture
def resident(make_client: Callable[..., TestClient], town: Session) -> TestClient:
    return make_client(public_page=True)


def once() -> Headers:
    return {"Idempotency-Key": str(uuid4())}


def report(client: TestClient, status: int = 201, headers: Headers | None = None, **changes: Any) -> dict[str, Any]:
    answer = client.post(f"{URL}/reports", json=REPORT | changes, headers=headers or once())
    assert answer.status_code == status, answer.text
    return answer.json()


def case(client: TestClient, code: str, status: int = 200) -> dict[str, Any]:
    answer = client.get(f"{URL}/case", headers={"Follow-Code": code})
    assert answer.status_code == status, answer.text
    return answer.json()


def public_paths(client: TestClient) -> list[tuple[str, str]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [(method, path) for path in paths if path.startswith(URL) for method in paths[path]]


def test_without_the_setting_there_is_nothing(client: TestClient) -> None:
    paths = public_paths(client)
    assert len(paths) >= 11
    for method, path in paths:
        answer = client.request(method, re.sub(r"\{[^}]+\}", "1", path), json={} if method == "post" else None)
        assert answer.status_code == 404, f"{method} {path}"
        assert "no public page" in answer.json()["detail"]


def test_the_setting_opens_nothing_else(resident: TestClient) -> None:
    for path in ("/api/v1/lookup?lon=113&lat=22", "/api/v1/events", "/api/v1/plans", "/tiles/unified/0/0/0.mvt"):
        assert resident.get(path).status_code == 401, path


def test_who_owns_a_place_without_any_person(resident: TestClient) -> None:
    asked = resident.get(f"{URL}/place", params=PLACE | {"text": "垃圾满溢"})
    told = asked.json()
    (grid,) = told["grids"]
    assert (grid["network"], grid["code"], grid["name"], grid["kind"]) == ("unified", "J001", "Grid J001", "resident")
    assert told["answers"] == {"department": "环卫所", "contact": "020-12345"}
    assert "李" not in asked.text
    nobody_leads = resident.get(f"{URL}/place", params=PLACE).json()
    assert nobody_leads["answers"] == {"department": "居委会", "contact": None}
    assert resident.get(f"{URL}/place", params={"lon": 0, "lat": 0}).status_code == 422


def test_words_become_matters(resident: TestClient) -> None:
    found = resident.get(f"{URL}/matters", params={"text": "垃圾"}).json()["matters"]
    assert found[0]["code"] == "06010"


def test_a_report_from_its_code_to_its_evaluation(resident: TestClient, admin: Headers) -> None:
    made = report(resident)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}", made["code"])
    code, number = made["code"], made["number"]
    assert (made["step"], made["department"], made["contact"]) == ("received", "环卫所", "020-12345")
    assert made["due_at"] is not None
    photo = {"file": ("张伟的照片.exe", JPEG, "text/html")}
    added = resident.post(f"{URL}/case/photos", files=photo, headers={"Follow-Code": code})
    assert (added.status_code, added.json()["photos"]) == (201, 1)

    def step(action: str, **body: Any) -> None:
        answer = resident.post(f"/api/v1/events/{number}/steps", json={"action": action, **body}, headers=admin)
        assert answer.status_code == 200, answer.text

    refused = resident.post(f"{URL}/case/evaluation", json={"stars": 5}, headers={"Follow-Code": code})
    assert refused.status_code == 409
    step("verify", passed=True)
    step("file")
    step("dispatch", receiver="环卫所")
    step("accept")
    step("note", reason="老王说明天去")
    assert case(resident, code)["step"] == "at_work"
    step("finish", reason="小李已清理")
    step("report")
    step("check", passed=True)
    step("close", reason="垃圾已清运,谢谢您的反映。")
    done = case(resident, code.lower().replace("-", " "))
    assert (done["step"], done["closing_words"]) == ("done", "垃圾已清运,谢谢您的反映。")
    assert done["may"] == ["evaluate", "note"]
    answer = resident.post(f"{URL}/case/evaluation", json={"stars": 4, "text": "很快"}, headers={"Follow-Code": code})
    assert answer.status_code == 200
    assert [each["what"] for each in answer.json()["trail"]] == [
        "received", "accepted", "passed_on", "at_work", "checking", "done", "evaluated",
    ]  # fmt: skip
    for word in ("老王", "小李", "李明", "key:", "张伟", "13812345678"):
        assert word not in answer.text
    event = resident.get(f"/api/v1/events/{number}", headers=admin).json()
    (kept,) = event["attachments"]
    assert (kept["name"], kept["media_type"], kept["size"]) == ("photo-1.jpg", "image/jpeg", len(JPEG))
    assert (event["trail"][-1]["actor"], event["trail"][-1]["score"]) == ("public", 80)
    trail = resident.get("/api/v1/audit", params={"subject": f"event/{number}"}, headers=admin).json()["entries"]
    by_public = [entry["action"] for entry in trail if entry["actor"] == "public"]
    assert by_public == ["evaluate", "attach", "give follow code", "report"]
    assert all(entry["origin"] == "10.0.0.7" for entry in trail)
    again = resident.post(f"{URL}/case/evaluation", json={"stars": 1}, headers={"Follow-Code": code})
    assert again.status_code == 409


def test_the_code_is_kept_as_a_hash_alone(resident: TestClient, session: Session) -> None:
    made = report(resident)
    plain = made["code"].replace("-", "")
    (kept,) = session.execute(text("SELECT code_hash FROM follow_codes")).scalars()
    assert len(kept) == 64
    everything = session.execute(text("SELECT coalesce(json_agg(audit)::text, '') FROM audit")).scalar_one()
    assert plain not in everything
    assert made["code"] not in everything


def test_a_report_sent_again_is_one_event_with_one_more_code(resident: TestClient) -> None:
    named = once()
    first, again = report(resident, headers=named), report(resident, 200, headers=named)
    assert first["number"] == again["number"]
    assert first["code"] != again["code"]
    assert case(resident, first["code"])["number"] == case(resident, again["code"])["number"]
    report(resident, 409, headers=named, text="something else")
    report(resident, 422, headers={"Idempotency-Key": "1"})
    assert report(resident)["alike"] == 1


@pytest.mark.parametrize(
    "changes",
    [{"lon": 12.5, "lat": 42.0}, {"matter": "", "text": " "}, {"lon": "NaN"}, {"seen": True}, {"source": "12345"}],
)
def test_what_is_no_report_is_refused(resident: TestClient, changes: dict[str, Any]) -> None:
    report(resident, 422, **changes)


@pytest.mark.parametrize("code", ["0000-0000-0000-0000-0000", "short", "!" * 20])
def test_a_code_that_nobody_has_opens_nothing(resident: TestClient, code: str) -> None:
    assert resident.get(f"{URL}/case", headers={"Follow-Code": code}).status_code in (404, 422)


def test_photographs_are_photographs_few_and_small(resident: TestClient) -> None:
    headers = {"Follow-Code": report(resident)["code"]}

    def send(content: bytes, name: str = "x.jpg") -> int:
        files = {"file": (name, content, "image/jpeg")}
        return resident.post(f"{URL}/case/photos", files=files, headers=headers).status_code

    assert send(b"<script>alert(1)</script>") == 422
    assert send(b"MZ" + JPEG) == 422
    assert send(JPEG[:4] + bytes(PHOTO_FORM_BYTES)) == 413
    assert send(b"\0\0\0\x18ftypheic" + JPEG) == 422  # where it was taken cannot be taken out
    assert [send(JPEG), send(JPEG), send(photo_of(2)), send(photo_of(3)), send(photo_of(4))] == [201] * 4 + [409]
    strange = {"Follow-Code": "0000-0000-0000-0000-0000"}
    assert resident.post(f"{URL}/case/photos", files={"file": ("x.jpg", JPEG)}, headers=strange).status_code == 404


def test_words_are_added_and_the_same_words_once(resident: TestClient) -> None:
    headers = {"Follow-Code": report(resident)["code"]}
    for _ in range(2):
        told = resident.post(f"{URL}/case/words", json={"text": "气味很大"}, headers=headers).json()
    assert [each["words"] for each in told["trail"] if each["what"] == "note"] == ["气味很大"]


def test_too_much_from_one_address_waits(resident: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(public_access.LIMITS, "report", 2)
    report(resident)
    report(resident, 422, text="", matter="")
    answer = resident.post(f"{URL}/reports", json=REPORT, headers=once())
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert resident.get(f"{URL}/place", params=PLACE).status_code == 200


def test_the_map_shows_the_grids_in_force(resident: TestClient) -> None:
    document = resident.get(f"{URL}/map").json()
    assert np.allclose(document["bounds"], [113, 22, 113.02, 22.01])
    tile = resident.get(document["tiles"][0].replace("http://testserver", "").format(z=14, x=13334, y=7164))
    assert (tile.status_code, tile.headers["cache-control"]) == (200, "public, max-age=60")
    assert b"J001" in tile.content


@pytest.fixture
def plan(session: Session, tmp_path: Any) -> int:
    planned_city.build(session, tmp_path)
    made = planned_city.divided(session, "spring")
    session.commit()
    return int(made.id)


def test_a_draft_plan_is_opened_commented_on_and_ended(
    make_client: Callable[..., TestClient], plan: int, admin: Headers
) -> None:
    client = make_client(public_page=True)
    assert client.get(f"{URL}/plans").json() == []
    assert client.get(f"{URL}/plans/{plan}/grids.geojson").status_code == 404
    opening = {"until": "2099-01-01", "words": "请您看看新网格"}
    opened = client.put(f"/api/v1/plans/{plan}/consultation", json=opening, headers=admin)
    assert (opened.status_code, opened.json()["is_open"]) == (200, True)
    (shown,) = client.get(f"{URL}/plans").json()
    assert (shown["plan"], shown["name"], shown["words"]) == (plan, "spring", "请您看看新网格")
    drawn = json.loads(client.get(f"{URL}/plans/{plan}/grids.geojson").content)
    properties = drawn["features"][0]["properties"]
    assert set(properties) == {"code", "name", "kind", "area", "area_m2"}

    west, south, east, north = shown["bounds"]
    middle = {"lon": (west + east) / 2 + 1e-5, "lat": (south + north) / 2 + 1e-5}

    def comment(status: int, headers: Headers | None = None, **said: Any) -> dict[str, Any]:
        answer = client.post(f"{URL}/plans/{plan}/comments", json=said, headers=headers or once())
        assert answer.status_code == status, answer.text
        return answer.json()

    named = once()
    first = comment(201, named, text="太大了", **middle)
    assert first["grid"] in {feature["properties"]["code"] for feature in drawn["features"]}
    assert comment(200, named, text="太大了", **middle) == first
    comment(409, named, text="太小了")
    comment(201, text="很好", grid=properties["code"])
    comment(201, text="整体不错")
    comment(422, text="x", grid="nowhere")
    comment(422, text="x", lon=0, lat=0)
    comment(422, text=" ")
    told = client.get(f"/api/v1/plans/{plan}/comments", headers=admin).json()
    assert [each["text"] for each in told] == ["整体不错", "很好", "太大了"]
    assert [each["grid"] for each in told] == [None, properties["code"], first["grid"]]
    assert told[2]["lon"] == pytest.approx(middle["lon"])
    assert all(each["is_current"] for each in told)
    last, _, earliest = (f"/api/v1/plans/{plan}/comments/{each['id']}" for each in told)
    for path in (last, earliest):
        assert client.put(f"{path}/answer", json={"text": "谢谢"}, headers=admin).status_code == 200
        assert client.put(f"{path}/answer", json={"text": "谢谢"}).status_code == 401
    assert client.put(f"{last}/hidden", json={"why": "广告"}, headers=admin).json()["hidden_why"] == "广告"
    (shown,) = client.get(f"{URL}/plans/{plan}/comments").json()
    assert (shown["text"], shown["answer"]) == ("太大了", "谢谢")
    assert set(shown) == {"id", "text", "grid", "made_at", "answer", "answered_at"}
    assert client.delete(f"{last}/hidden", headers=admin).status_code == 200
    assert len(client.get(f"{URL}/plans/{plan}/comments").json()) == 2
    ended = client.delete(f"/api/v1/plans/{plan}/consultation", headers=admin).json()
    assert (ended["is_open"], ended["comments"]) == (False, 3)
    comment(404, text="zu spät")
    assert client.delete(f"/api/v1/plans/{plan}/consultation", headers=admin).status_code == 409


def test_comments_are_for_planners(
    make_client: Callable[..., TestClient], plan: int, make_key: Callable[..., Headers]
) -> None:
    client = make_client(public_page=True)
    reader = make_key("lookup")
    assert client.get(f"/api/v1/plans/{plan}/consultation", headers=reader).json() is None
    assert client.get(f"/api/v1/plans/{plan}/comments", headers=reader).status_code == 403
    closed = {"until": "2000-01-01"}
    assert client.put(f"/api/v1/plans/{plan}/consultation", json=closed, headers=reader).status_code == 403
    assert client.put(f"/api/v1/plans/{plan}/consultation", json=closed, headers=make_key("plan")).status_code == 422


@pytest.mark.parametrize("strange", ["%00", "nan", "99999999999999999999", "%F0%9F%98%80" * 40])
def test_strange_values_are_the_callers_fault(resident: TestClient, strange: str) -> None:
    for template, operations in resident.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            if not template.startswith(URL):
                continue
            path = re.sub(r"\{[^}]+\}", strange, template)
            asked = [named["name"] for named in operation.get("parameters", []) if named["in"] == "query"]
            query = "&".join(f"{name}={strange}" for name in asked)
            headers = {"Follow-Code": "x", **once()}
            for body in ({}, None, {"text": "\u0000", "lon": 113.004, "lat": 22.005, "stars": 10**30}):
                answer = resident.request(method, f"{path}?{query}", headers=headers, json=body)
                assert answer.status_code < 500, f"{method} {path}: {answer.text}"


def test_where_a_photograph_was_taken_is_not_kept(resident: TestClient, admin: dict[str, str]) -> None:
    made = report(resident)
    exif = Image.Exif()
    exif[0x0110] = "Pear Phone 12"
    for _ in range(2):  # sent twice, kept once
        files = {"file": ("x.jpg", photo_of(1, exif=exif), "image/jpeg")}
        added = resident.post(f"{URL}/case/photos", files=files, headers={"Follow-Code": made["code"]})
        assert (added.status_code, added.json()["photos"]) == (201, 1)
    event = resident.get(f"/api/v1/events/{made['number']}", headers=admin).json()
    (kept,) = event["attachments"]
    path = f"/api/v1/events/{made['number']}/attachments"
    files = {"file": ("y.jpg", photo_of(2, exif=exif), "image/jpeg")}
    own = resident.post(path, files=files, headers=admin).json()
    for each in (kept, own):
        content = resident.get(f"{path}/{each['id']}", headers=admin).content
        assert content.startswith(b"\xff\xd8")
        assert b"Pear Phone" not in content
