"""Scores and appeals over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from scored import store_trail
from sqlalchemy.orm import Session

from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.trail import Step
from app.services.scores import scores
from app.services.scores.scores import Order

Headers = dict[str, str]
ALL = Caller("cli:test", frozenset(SCOPES))
NINE = datetime(2026, 10, 12, 1, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, 0, 10, tzinfo=UTC)


def dispatched(department: str, done_after: int | None) -> list[Step]:
    detail = {"grid": f"J-{department}", "verified": True}
    trail = [Step("collect", NINE, "user:li", department, detail=detail)]
    for action in ("file", "dispatch", "accept"):
        trail.append(Step(action, NINE, "user:wang", department))
    if done_after is not None:
        trail.append(Step("finish", NINE + timedelta(hours=done_after), "user:wang"))
    return trail


@pytest.fixture
def cases(session: Session) -> dict[str, int]:
    """Two departments in time, one late, one never; October told."""
    made = {
        name: store_trail(session, dispatched(name, hours))
        for name, hours in (("a", 1), ("b", 1), ("late", 30), ("never", None))
    }
    scores.compute(session, ALL, Order("2026-10", "Asia/Shanghai"), NOVEMBER)
    session.commit()
    return made


def get(client: TestClient, headers: Headers, path: str, **query: Any) -> Any:
    answer = client.get(f"/api/v1/{path}", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_figures_with_formula_and_cases(client: TestClient, admin: Headers, cases: dict[str, int]) -> None:
    (listed,) = get(client, admin, "scores", period="2026-10", unit_type="department", unit="never")["scores"]
    told = get(client, admin, f"scores/{listed['number']}")
    figure = told["figures"]["overdue_open"]
    assert (figure["formula"], figure["numerator"], figure["denominator"]) == ("超期未处置数/应处置数", 1, 1)
    assert [entry["event"] for entry in told["deductions"] if entry["rule"] == "K1"] == [cases["never"]]
    behind = get(client, admin, f"scores/{listed['number']}/cases", figure="overdue_open")
    assert behind["numerator"] == behind["denominator"] == [cases["never"]]
    assert client.get(f"/api/v1/scores/{listed['number']}/cases?figure=luck", headers=admin).status_code == 404
    assert client.get("/api/v1/scores?period=soon", headers=admin).status_code == 422
    known = get(client, admin, "scores/indicators")
    assert {"disposal", "composite", "patrol"} <= {each["code"] for each in known["indicators"]}


def test_rankings_streaks_preview_and_the_chain(client: TestClient, admin: Headers, cases: dict[str, int]) -> None:
    places = get(client, admin, "scores/rankings", period="2026-10", unit_type="department", by="disposal_on_time")
    assert [(place["rank"], place["unit"]) for place in places] == [(1, "a"), (1, "b"), (3, "late"), (3, "never")]
    runs = get(client, admin, "scores/streaks", period="2026-10", unit_type="department", line=0.9, by="disposal")
    assert {each["unit"]: each["now"] for each in runs} == {"a": 1, "b": 1, "late": 1, "never": 0}
    shown = get(client, admin, "scores/preview", period="2026-10-12", unit_type="grid")
    assert {row["unit"] for row in shown} == {"J-a", "J-b", "J-late", "J-never"}
    course = get(client, admin, "scores/trend", period="2026-10", unit_type="department", unit="never", periods=2)
    assert [(each["period"], each["score"] is None) for each in course] == [("2026-09", True), ("2026-10", False)]
    assert (course[0]["figures"], course[1]["figures"]["overdue_open"]) == ({}, 1)
    city = get(client, admin, "scores/trend", period="2026-10", unit_type="city", periods=1)
    assert city[0]["figures"]["disposal"] == 0.75
    assert client.get("/api/v1/scores/trend?period=2026-10&unit_type=city&periods=0", headers=admin).status_code == 422
    checked = get(client, admin, "scores/verify")
    assert checked["whole"]
    assert not get(client, admin, "scores/verify", head=checked["head"], hash="0")["whole"]


def test_a_workbook_and_tables(client: TestClient, admin: Headers, cases: dict[str, int]) -> None:
    answer = client.get("/api/v1/scores/export?period=2026-10&cases=true", headers=admin)
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert {"指标-部门", "通报-部门", "扣分单", "排名-部门", "公式", "案件", "onegrid"} <= set(book.sheetnames)
    rows = list(book["扣分单"].iter_rows(values_only=True))
    assert ("部门", "never", "K1", cases["never"], 2) in [row[:5] for row in rows]
    bulletin = {row[1]: row for row in book["通报-部门"].iter_rows(values_only=True)}
    assert bulletin["单位"][2:6] == ("派遣总数", "按时办结数", "超时办结数", "未办结数")
    assert bulletin["a"][2:6] == (1, 0, 0, 1), "finished, but nobody closed it"
    told = get(client, admin, "scores/export", period="2026-10", format="json")
    assert told["hash"] == get(client, admin, "scores/verify", recompute=False)["hash"]
    assert {row["indicator"] for row in told["figures"]} >= {"disposal", "composite"}
    table = client.get("/api/v1/scores/export?period=2026-10&format=csv", headers=admin)
    assert "超期未处置数/应处置数" in table.content.decode("utf-8-sig")
    assert client.get("/api/v1/scores/export?period=2026-09", headers=admin).status_code == 404


def test_people_are_for_those_who_may_see_people(
    client: TestClient, make_key: Callable[..., Headers], cases: dict[str, int]
) -> None:
    reader, worker = make_key("lookup"), make_key("lookup", "events")
    assert "person" not in {row["unit_type"] for row in get(client, reader, "scores", period="2026-10")["scores"]}
    people = get(client, worker, "scores", period="2026-10", unit_type="person")["scores"]
    second = get(client, worker, "scores", period="2026-10", unit_type="person", limit=1, offset=1)
    assert (second["total"], second["scores"]) == (2, people[1:])
    assert {row["unit"] for row in people} == {"user:li", "user:wang"}
    for path in (
        "scores?period=2026-10&unit_type=person", "scores/rankings?period=2026-10&unit_type=person",
        f"scores/{people[0]['number']}", "scores/preview?period=2026-10&unit_type=person",
        "scores/trend?period=2026-10&unit_type=person&unit=user:li",
    ):  # fmt: skip
        assert client.get(f"/api/v1/{path}", headers=reader).status_code == 403
    book = openpyxl.load_workbook(
        io.BytesIO(client.get("/api/v1/scores/export?period=2026-10", headers=reader).content)
    )
    assert "指标-人员" not in book.sheetnames
    for method, path in (("POST", "scores"), ("PUT", "scores/rules"), ("GET", "scores/verify")):
        assert client.request(method, f"/api/v1/{path}", headers=worker, json={}).status_code == 403


def test_an_appeal_is_filed_decided_and_told_again(
    client: TestClient, admin: Headers, make_key: Callable[..., Headers], cases: dict[str, int]
) -> None:
    worker = make_key("lookup", "events")
    (listed,) = get(client, admin, "scores", period="2026-10", unit_type="department", unit="never")["scores"]
    body = {"score": listed["number"], "event": cases["never"], "against": "K1", "reason": "a flood"}
    refused = client.post("/api/v1/appeals", headers=worker, json={**body, "against": "K2"})
    assert (refused.status_code, len(refused.json()["reasons"])) == (409, 1)
    filed = client.post("/api/v1/appeals", headers=worker, json=body)
    assert (filed.status_code, filed.headers["Location"]) == (201, f"/api/v1/appeals/{filed.json()['id']}")
    path = f"appeals/{filed.json()['id']}"
    verdict = {"outcome": "upheld", "reason": "it rained", "exclude": ["disposal"]}
    assert client.post(f"/api/v1/{path}/decision", headers=worker, json=verdict).status_code == 403
    made = client.post(f"/api/v1/{path}/decision", headers=admin, json=verdict)
    assert made.status_code == 200, made.text
    assert (made.json()["periods"], len(made.json()["runs"])) == (["2026-10"], 1)
    assert get(client, worker, path)["decision"]["exclude"] == ["disposal"]
    assert [each["state"] for each in get(client, worker, "appeals", open=False)] == ["upheld"]
    run = get(client, admin, f"runs/{made.json()['runs'][0]}")
    assert (run["kind"], run["parameters"]["cause"]) == ("compute_scores", f"appeal {filed.json()['id']} upheld")
    trail = get(client, admin, f"events/{cases['never']}")["trail"]
    assert (trail[-1]["action"], trail[-1]["reason"]) == ("adjust", "it rained")


def test_a_period_is_computed_as_a_run_and_rules_are_laid_down(
    client: TestClient, admin: Headers, cases: dict[str, int]
) -> None:
    asked = client.post("/api/v1/scores", headers=admin, json={"period": "2026-Q3"})
    assert asked.status_code == 202
    assert asked.json()["parameters"]["period"] == "2026-Q3"
    rules = {"valid_from": "2027-01-01", "reason": "decided", "rules": {"basis": "dispatched"}}
    made = client.put("/api/v1/scores/rules", headers=admin, json=rules)
    assert made.json()["rules"]["basis"] == "dispatched"
    assert len(get(client, admin, "scores/rules")) == 2
    wrong = client.put("/api/v1/scores/rules", headers=admin, json={**rules, "rules": {"basis": "luck"}})
    assert wrong.status_code == 422
