"""/api/v1/matters."""

from __future__ import annotations

from fastapi.testclient import TestClient

MATTERS = "/api/v1/matters"


def test_tables_matters_and_words(client: TestClient, admin: dict[str, str]) -> None:
    assert client.get(MATTERS, headers=admin).json()["total"] == 0
    assert len(client.post(f"{MATTERS}/load", headers=admin).json()["loaded"]) == 2
    assert [table["matters"] for table in client.get(f"{MATTERS}/tables", headers=admin).json()] == [403, 95]
    page = client.get(MATTERS, headers=admin, params={"kind": "部件", "limit": 3, "offset": 1}).json()
    assert (page["total"], [row["code"] for row in page["matters"]]) == (153, ["01002", "01003", "01004"])
    found = client.get(MATTERS, headers=admin, params={"q": "私搭乱建"}).json()["matters"]
    assert {row["code"] for row in found[:2]} == {"06001", "0101"}
    assert client.get(f"{MATTERS}/crosswalk", headers=admin, params={"code": "0101"}).json()[0]["new"] == "06001"


def test_what_cannot_be_added_is_a_problem(client: TestClient, admin: dict[str, str]) -> None:
    client.post(f"{MATTERS}/load", headers=admin)
    body = {"table": "GB/T 47678.5-2026", "kind": "matter", "code": "06901", "name": "榴莲壳"}
    assert client.post(MATTERS, headers=admin, json=body).status_code == 409
    assert client.post(MATTERS, headers=admin, json=body | {"table": "none"}).status_code == 404
    assert client.get(MATTERS, headers=admin, params={"kind": "x"}).status_code == 422
