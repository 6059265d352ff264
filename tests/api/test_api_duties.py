"""/api/v1/duties: lines, lists, the choice with its reasons, claims."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
from fastapi.testclient import TestClient

DUTIES = "/api/v1/duties"
AT = {"at": "2026-11-22"}
CSV = """类型,编码,适用范围,牵头单位,时限
事件,06010,全域,环卫所,4 工作时
事件,06010,440115001,物业办,8 工作时
"""


@pytest.fixture
def coded(client: TestClient, admin: dict[str, str]) -> TestClient:
    client.post("/api/v1/matters/load", headers=admin)
    client.headers.update(admin)
    return client


def upload(client: TestClient, text: str = CSV, **form: str) -> dict[str, object]:
    files = {"files": ("职责.csv", text.encode(), "text/csv")}
    return client.post(f"{DUTIES}/imports", files=files, data={"valid_from": "2026-03-01", **form}).json()


def test_a_list_in_and_out(coded: TestClient) -> None:
    assert upload(coded, dry_run="true")["added"] == 2
    assert upload(coded)["added"] == 2
    assert upload(coded)["unchanged"] == 2
    page = coded.get(DUTIES, params={**AT, "lead": "物业办"}).json()
    assert [row["scope"] for row in page["duties"]] == ["area:440115001"]
    assert coded.get(DUTIES, params={"at": "2026-02-28"}).json()["total"] == 0
    book = openpyxl.load_workbook(io.BytesIO(coded.get(f"{DUTIES}.xlsx", params=AT).content))
    headings, *rows = book["职责"].iter_rows(values_only=True)
    assert {row[headings.index("牵头单位")] for row in rows} == {"环卫所", "物业办"}


def test_wrong_rows_are_a_problem_with_reasons(coded: TestClient) -> None:
    problem = upload(coded, CSV.replace("06010", "06999"))
    assert (problem["status"], len(problem["reasons"])) == (409, 2)  # type: ignore[arg-type]


def test_one_line_is_added_changed_and_ended(coded: TestClient) -> None:
    line = {"number": "N1", "kind": "matter", "code": "06010", "lead": "环卫所", "valid_from": "2026-03-01"}
    assert coded.post(DUTIES, json=line).json()["added"] == 1
    assert coded.post(DUTIES, json=line | {"lead": "城管", "valid_from": "2026-06-01"}).json()["changed"] == 1
    assert [row["lead"] for row in coded.get(f"{DUTIES}/N1").json() if row["recorded_to"] is None] == ["环卫所", "城管"]
    assert coded.post(f"{DUTIES}/N1/end", json={"at": "2026-07-01"}).status_code == 204
    assert coded.get(DUTIES, params=AT).json()["total"] == 0
    assert coded.get(f"{DUTIES}/N2").status_code == 404


def test_the_choice_says_why(coded: TestClient) -> None:
    upload(coded)
    wanted = {**AT, "kind": "事件", "code": "06010"}
    inside = coded.get(f"{DUTIES}/choice", params={**wanted, "area": "440115001002"}).json()
    assert inside["lead"] == "物业办"
    assert [(lost["lead"], lost["rule"]) for lost in inside["losers"]] == [("环卫所", "wider_place")]
    assert coded.get(f"{DUTIES}/choice", params=wanted).json()["lead"] == "环卫所"


def test_claims(coded: TestClient, make_key: Callable[..., dict[str, str]]) -> None:
    upload(coded, "kind,code,scope,lead\ncomponent,01001,owner:a,a\ncomponent,01001,owner:b,b\n")
    body = {"kind": "component", "code": "01001", "object": "lid 7", "department": "b"}
    assert coded.post(f"{DUTIES}/claims", json=body).status_code == 201
    assert coded.post(f"{DUTIES}/claims", json=body | {"department": "a"}).status_code == 409
    assert coded.get(f"{DUTIES}/claims").json()[0]["department"] == "b"
    assert coded.post(f"{DUTIES}/claims", json=body, headers=make_key("lookup")).status_code == 403


def test_planners_read_and_do_not_write(coded: TestClient, make_key: Callable[..., dict[str, str]]) -> None:
    planner = make_key("lookup", "plan")
    assert coded.get(DUTIES, headers=planner).status_code == 200
    body = {"kind": "matter", "code": "06010", "lead": "x"}
    assert coded.post(DUTIES, json=body, headers=planner).status_code == 403


def test_a_list_may_be_as_large_as_other_uploads(make_client: Callable[..., TestClient], admin: dict[str, str]) -> None:
    client = make_client(body_limit_mb=1, upload_limit_mb=3)
    client.headers.update(admin)
    client.post("/api/v1/matters/load")
    filler = "x" * 1000
    rows = [f"matter,06010,{440115001001 + n},a,{filler}" for n in range(1500)]
    text = "\n".join(["kind,code,scope,lead,note", *rows])
    assert upload(client, text, dry_run="true")["added"] == 1500
    assert upload(client, text * 3)["status"] == 413
