"""Staff over HTTP: who may write, who sees whom, lists in and out, and the look-up's answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely
from fastapi.testclient import TestClient
from published import publish
from sqlalchemy.orm import Session
from staffed_plan import ADMIN, divide, make_plan

from app.models.plans import Plan
from app.services.progress import silent
from app.services.staff import transfer_decisions

Headers = dict[str, str]
SQUARE = np.array([shapely.box(113, 22, 113.01, 22.01)], dtype=object)
LIST = """人员编号,姓名,电话,单位,网格体系,网格编号,岗位,任职日期
A1,张伟,13812341234,区城管局,unified,J1,网格长,2024-01-05
A2,=李娜,13912341234,区城管局,unified,J1,网格员,2024-01-05
"""
POINT = {"lon": 113.005, "lat": 22.005}


@pytest.fixture
def staffed(client: TestClient, session: Session, admin: Headers) -> TestClient:
    publish(session, "unified", ["J1"], SQUARE, kinds=["resident"])
    answer = client.post("/api/v1/staff/imports", files={"file": ("staff.csv", LIST)}, headers=admin)
    assert answer.status_code == 200, answer.text
    return client


def test_a_list_goes_in_once_and_previews_first(client: TestClient, session: Session, admin: Headers) -> None:
    publish(session, "unified", ["J1"], SQUARE)

    def send(content: str, **form: str) -> Any:
        return client.post("/api/v1/staff/imports", files={"file": ("staff.csv", content)}, data=form, headers=admin)

    preview = send(LIST, dry_run="true").json()
    assert (preview["stored"], preview["posts"]["added"]) == (False, 2)
    assert send(LIST).json()["posts"]["added"] == 2
    assert send(LIST).json()["posts"]["unchanged"] == 2
    wrong = send(LIST.replace("J1", "J9"))
    assert wrong.status_code == 422
    problem = wrong.json()
    assert (problem["type"], problem["row"], problem["field"]) == ("/docs/problems#unusable-file", 2, "网格编号")
    assert [error["row"] for error in problem["errors"]] == [2, 3]


def test_names_and_numbers_only_where_the_scope_allows(
    staffed: TestClient, make_key: Callable[..., Headers], admin: Headers
) -> None:
    reader, operator = make_key("lookup"), make_key("lookup", "events")
    addresses = (
        "/api/v1/staff",
        "/api/v1/posts",
        "/api/v1/staff/roster?network=unified&grid=J1",
        "/api/v1/staff/audit",
    )
    for path in (*addresses, "/api/v1/lookup?lon=113.005&lat=22.005"):
        masked, plain = (staffed.get(path, headers=headers).text for headers in (reader, operator))
        assert "张伟" not in masked, path
        assert "13812341234" not in masked, path
        assert "A1" not in masked, path
        if "audit" not in path:
            assert "张伟" in plain, path
    assert staffed.get("/api/v1/staff?q=张伟", headers=reader).status_code == 403
    assert len(staffed.get("/api/v1/staff?q=张伟", headers=operator).json()["people"]) == 1
    assert staffed.get("/api/v1/staff/export", headers=reader).status_code == 403


def test_grids_on_the_map_with_posts_and_vacancies(staffed: TestClient, make_key: Callable[..., Headers]) -> None:
    answer = staffed.get("/api/v1/staff/audit.geojson?network=unified", headers=make_key("lookup"))
    (grid,) = answer.json()["features"]
    assert (grid["geometry"]["type"], grid["properties"]["code"], grid["properties"]["posts"]) == (
        "MultiPolygon",
        "J1",
        2,
    )
    assert (grid["properties"]["vacancies"], grid["properties"]["surpluses"]) == (3, 0), "member, worker, volunteer"
    assert "张" not in answer.text
    reader = make_key("lookup", "events")
    assert staffed.get("/api/v1/staff/audit.geojson?network=nowhere", headers=reader).status_code == 404
    early = {"network": "unified", "at": "1990-01-01"}
    assert staffed.get("/api/v1/staff/audit.geojson", params=early, headers=reader).status_code == 404


def test_transfers_are_asked_of_a_plan(staffed: TestClient, session: Session, admin: Headers) -> None:
    plan = Plan(name="spring", status="draft", crs="EPSG:4526", seed=1, created_by="test")
    session.add(plan)
    session.commit()
    for path in (f"transfers/{plan.id}", f"transfers/{plan.id}/list"):
        answer = staffed.get(f"/api/v1/staff/{path}", headers=admin)
        assert answer.status_code == 409, "it has no grids yet"
    assert staffed.get("/api/v1/staff/transfers/999999", headers=admin).status_code == 404


def test_transfers_are_kept_decided_and_taken_back(
    client: TestClient, session: Session, admin: Headers, make_key: Callable[..., Headers], tmp_path: Path
) -> None:
    plan = make_plan(session, tmp_path)
    divide(session, plan)
    session.commit()
    base = f"/api/v1/staff/transfers/{plan.id}"
    assert client.get(f"{base}/proposals", headers=admin).status_code == 404, "none are kept yet"
    queued = client.post(f"{base}/proposals", json={"at": "2026-12-01", "balance": 0.5}, headers=admin)
    assert (queued.status_code, queued.json()["kind"]) == (202, "propose_transfers")
    assert queued.json()["parameters"]["balance"] == 0.5
    transfer_decisions.keep_step(session, ADMIN, queued.json()["parameters"], silent())
    session.commit()
    first = client.get(f"{base}/proposals", params={"limit": 3}, headers=admin).json()
    assert (first["posts"], len(first["transfers"]), first["problems"]) == (20, 3, [])
    rest = client.get(f"{base}/proposals", params={"after": first["next"]}, headers=make_key("lookup")).json()
    assert len(rest["transfers"]) == 17
    assert {row["name"] for row in rest["transfers"]} == {"网**"}

    def decide(**body: Any) -> Any:
        return client.post(f"{base}/decisions", json=body, headers=admin)

    post = first["transfers"][0]["post"]
    assert client.post(f"{base}/decisions", json={"state": "open"}, headers=make_key("plan")).status_code == 403
    assert decide(state="leaves", posts=[post]).status_code == 422, "a reason is needed"
    assert decide(state="accepted", all=True, why="as proposed").json()["accepted"] == 20
    assert decide(state="leaves", posts=[post], why="retires").json()["leaves"] == 1
    assert decide(state="open", posts=[post]).json()["open"] == 1
    totals = client.get(f"{base}/proposals", headers=admin).json()["totals"]
    assert (totals["posts"], totals["stayed"], totals["moved"] + totals["merged"], totals["left"]) == (20, 1, 19, 0)
    assert totals["conserved"]
    assert totals["load_before"] == pytest.approx(totals["load_after"])
    assert client.post(f"{base}/effect", json={}, headers=admin).status_code == 409, "the plan is not published"
    assert client.delete(f"{base}/effect", headers=admin).status_code == 409, "nothing holds yet"


def test_the_look_up_answers_with_staff_as_the_contract_has_it(
    staffed: TestClient, make_key: Callable[..., Headers]
) -> None:
    (grid,) = staffed.get("/api/v1/lookup", params=POINT, headers=make_key("lookup", "events")).json()["grids"]
    assert [(entry["role"], entry["name"], entry["on_duty"]) for entry in grid["staff"]] == [
        ("grid_chief", "张伟", True), ("grid_member", "=李娜", True),
    ]  # fmt: skip
    body = {"points": [[113.005, 22.005]], "networks": ["unified"]}
    for scopes, person in ((("lookup",), "张**"), (("lookup", "admin"), "张伟")):
        answer = staffed.post("/api/v1/lookup/batch", json=body, headers=make_key(*scopes)).json()
        assert [(row["lead"], row["person"]) for row in answer["points"]] == [("区城管局", person)]


def test_reasons_of_a_look_up_come_in_the_language_of_the_caller(
    staffed: TestClient, make_key: Callable[..., Headers]
) -> None:
    key = make_key("lookup")
    for spoken, language, reason in (("zh-CN,zh;q=0.9", "zh-CN", "全天在岗"), ("en", "en", "on duty at all hours")):
        for _ in range(2):  # the second is answered from memory, or not for its language
            answer = staffed.get("/api/v1/lookup", params=POINT, headers=key | {"Accept-Language": spoken})
            assert answer.headers["content-language"] == language
            assert {entry["reason"] for entry in answer.json()["grids"][0]["staff"]} == {reason}


def test_a_stranger_sees_masks_where_the_look_up_is_public(
    make_client: Callable[..., TestClient], staffed: TestClient
) -> None:
    (grid,) = make_client(public_lookup=True).get("/api/v1/lookup", params=POINT).json()["grids"]
    assert [entry["name"] for entry in grid["staff"]] == ["张**", "=**"]


def test_only_admins_write(staffed: TestClient, make_key: Callable[..., Headers]) -> None:
    planner = make_key("lookup", "plan", "events")
    writes = [
        ("POST", "/api/v1/departments"), ("POST", "/api/v1/departments/lines"), ("PATCH", "/api/v1/departments/x"),
        ("POST", "/api/v1/departments/x/retire"), ("POST", "/api/v1/departments/x/networks"), ("POST", "/api/v1/staff"),
        ("PATCH", "/api/v1/staff/1"), ("POST", "/api/v1/staff/1/erase"), ("POST", "/api/v1/staff/1/absences"),
        ("DELETE", "/api/v1/staff/1/absences/1"), ("POST", "/api/v1/staff/imports"), ("POST", "/api/v1/staff/rules"),
        ("POST", "/api/v1/posts"), ("PATCH", "/api/v1/posts/1"), ("POST", "/api/v1/posts/1/end"),
    ]  # fmt: skip
    assert {staffed.request(method, path, headers=planner, json={}).status_code for method, path in writes} == {403}


def test_erased_over_http_is_gone_from_every_answer(staffed: TestClient, admin: Headers) -> None:
    (wei,) = staffed.get("/api/v1/staff?q=张伟", headers=admin).json()["people"]
    assert staffed.post(f"/api/v1/staff/{wei['id']}/erase", headers=admin).json()["name"] is None
    staffed.app.state.lookup.refresh()  # type: ignore[attr-defined]
    paths = ("staff", "posts", f"staff/{wei['id']}", "staff/roster?network=unified&grid=J1", "audit", "staff/audit",
             "staff/export?format=json", "lookup?lon=113.005&lat=22.005")  # fmt: skip
    for path in paths:
        answer = staffed.get(f"/api/v1/{path}", headers=admin)
        assert answer.status_code == 200, path
        assert not [secret for secret in ("张伟", "13812341234", '"A1"') if secret in answer.text], path


def test_a_post_from_appointment_to_its_end(staffed: TestClient, admin: Headers) -> None:
    person = staffed.post("/api/v1/staff", json={"name": "王芳", "department": "区城管局"}, headers=admin).json()["id"]
    body = {"person": person, "role": "志愿者", "network": "unified", "grid": "J1", "valid_from": "2026-01-01"}
    made = staffed.post("/api/v1/posts", json=body, headers=admin)
    assert made.status_code == 201, made.text
    post = made.json()["post"]
    assert made.json()["terms"][0]["load"] == 0.1, "the role's own"
    assert staffed.post("/api/v1/posts", json=body, headers=admin).status_code == 409
    fixed = staffed.patch(f"/api/v1/posts/{post}", json={"shift": "周六 9:00-12:00"}, headers=admin).json()
    assert (fixed["terms"][0]["shift"], len(fixed["history"])) == ("Sat 09:00-12:00", 2)
    away = {"valid_from": "2026-06-01", "valid_until": "2026-06-08"}
    absence = staffed.post(f"/api/v1/staff/{person}/absences", json=away, headers=admin).json()["id"]
    assert staffed.get(f"/api/v1/staff/{person}", headers=admin).json()["absences"][0]["id"] == absence
    assert staffed.delete(f"/api/v1/staff/1{person}/absences/{absence}", headers=admin).status_code == 404
    assert staffed.delete(f"/api/v1/staff/{person}/absences/{absence}", headers=admin).status_code == 204
    ended = staffed.post(f"/api/v1/posts/{post}/end", json={"at": "2026-07-01"}, headers=admin).json()
    assert ended["terms"][0]["valid_until"].startswith("2026-06-30T16:00")
    listed = staffed.get("/api/v1/posts", params={"person": person, "at": "2026-07-01"}, headers=admin).json()
    assert listed == {"posts": [], "next": None}


@pytest.mark.parametrize("kind", ["xlsx", "csv", "json"])
def test_exports_hold_no_formulas_and_come_back(staffed: TestClient, admin: Headers, kind: str) -> None:
    answer = staffed.get(f"/api/v1/staff/export?format={kind}", headers=admin)
    assert f'staff.{kind}"' in answer.headers["content-disposition"]
    if kind == "json":
        assert [row["name"] for row in json.loads(answer.content)] == ["张伟", "=李娜"]
        return
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert sheet["B3"].data_type == "s"
    else:
        assert "'=李娜" in answer.text
    again = staffed.post("/api/v1/staff/imports", files={"file": (f"s.{kind}", answer.content)}, headers=admin).json()
    assert (again["posts"]["unchanged"], again["people"]["changed"]) == (2, 0)


def test_pages_rules_roles_and_departments(staffed: TestClient, admin: Headers) -> None:
    first = staffed.get("/api/v1/staff?limit=1", headers=admin).json()
    second = staffed.get(f"/api/v1/staff?limit=1&after={first['next']}", headers=admin).json()
    assert [page["people"][0]["name"] for page in (first, second)] == ["张伟", "=李娜"]
    rule = {"role": "网格员", "least": 2, "kind": "resident"}
    assert staffed.post("/api/v1/staff/rules", json=rule, headers=admin).status_code == 201
    found = staffed.get("/api/v1/staff/audit", headers=admin).json()["vacancies"]["rows"]
    assert {row["role"]: (row["wanted"], row["found"]) for row in found}["grid_member"] == (2, 1)
    assert len(staffed.get("/api/v1/staff/rules", headers=admin).json()) == 8
    assert "网格长" in staffed.get("/api/v1/staff/roles", headers=admin).text
    added = staffed.post("/api/v1/departments", json={"code": "env", "name": "环卫所", "line": "环卫"}, headers=admin)
    assert (added.status_code, added.json()["line"]) == (201, "sanitation")
    moved = staffed.patch("/api/v1/departments/env", json={"parent": "区城管局"}, headers=admin).json()
    assert moved["parent"] == "区城管局"
    assert staffed.post("/api/v1/departments/区城管局/retire", json={}, headers=admin).status_code == 409
    linked = staffed.post("/api/v1/departments/env/networks", json={"network": "unified"}, headers=admin)
    assert linked.status_code == 200
    assert staffed.get("/api/v1/departments/env", headers=admin).json()["retired_at"] is None
    assert len(staffed.get("/api/v1/departments", headers=admin).json()) == 2
    line = {"code": "rivers", "name": "河长"}
    assert staffed.post("/api/v1/departments/lines", json=line, headers=admin).status_code == 201
    assert "河长" in staffed.get("/api/v1/departments/lines", headers=admin).text
    assert staffed.post("/api/v1/departments/env/retire", json={}, headers=admin).json()["retired_at"] is not None
