"""A planner's whole journey over HTTP, on a database of its own where everything really commits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cities import LAT, LON, STEP, squares
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app import db, worker
from app.main import create_app
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import keys
from app.settings import Settings

ROOT = Caller("cli:test", frozenset(SCOPES))


class City:
    """A client with a planner's key, and the worker at hand."""

    def __init__(self, client: TestClient, engine: Engine) -> None:
        self.client, self.engine = client, engine

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, status: int, **content: Any) -> Any:
        answer = self.client.post(f"/api/v1{path}", **content)
        assert answer.status_code == status, answer.text
        return answer.json()

    def run(self, path: str, **content: Any) -> dict[str, Any]:
        """Ask for a run, see it waiting in the queue, execute it as the worker does; returns it ended."""
        asked = self.post(path, 202, **content)
        with self.engine.connect() as connection:
            waiting = connection.scalars(text("SELECT args->>'run_id' FROM procrastinate_jobs WHERE status = 'todo'"))
            assert str(asked["id"]) in waiting.all()
        worker.execute(self.engine, asked["id"])
        return dict(self.get(f"/runs/{asked['id']}"))


@pytest.fixture
def city(database: str, tmp_path: Path) -> Iterator[City]:
    settings = Settings(database_url=database, var_dir=tmp_path / "var", log_format="text")
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        key = keys.add(session, ROOT, "planner", ["lookup", "plan"], now=datetime.now(UTC)).key
    headers = {"Authorization": f"Bearer {key}"}
    with TestClient(create_app(settings, engine=engine), headers=headers) as client:
        yield City(client, engine)
    engine.dispose()


def upload(name: str, content: bytes, **fields: Any) -> dict[str, Any]:
    return {"files": [("files", (name, content))], "data": {"code_field": "code", **fields}}


def test_from_files_to_a_published_plan_and_its_owner(city: City) -> None:
    for code, wide, high in (("governance", 3, 2), ("civilization", 2, 3)):
        city.post("/networks", 201, json={"code": code, "name": code})
        made = city.run(f"/networks/{code}/imports", **upload(f"{code}.geojson", squares(wide, high)))
        assert made["status"] == "succeeded", made
        assert made["outcome"]["grids"] == 6
        city.post(f"/editions/{made['outcome']['edition']}/publish", 200, json={"valid_from": "2026-01-01"})
    areas = city.run("/layers/imports", **upload("areas.geojson", squares(3, 6), kind="areas"))
    assert areas["outcome"]["features"] == 2
    quantities = json.dumps({"households": "hh"})
    blocks = upload("blocks.geojson", squares(1, 1, hh=100), kind="blocks", quantities=quantities)
    assert city.run("/layers/imports", **blocks)["outcome"]["quantities"] == ["households"]

    networks = ["governance", "civilization"]
    plan = city.post("/plans", 201, json={"name": "spring", "networks": networks, "areas": "areas"})["id"]
    made = city.run(f"/plans/{plan}/consolidate", json={})
    assert made["outcome"]["totals"]["households"]["after"] == pytest.approx(3600)
    made = city.run(f"/plans/{plan}/divide", json={"bands": {"resident": [200, 400, 600]}})
    assert made["outcome"]["broken"] == 0
    grids = city.get(f"/plans/{plan}/grids")["features"]
    assert sum(grid["properties"]["households"] for grid in grids) == pytest.approx(3600)
    assert len(city.get(f"/plans/{plan}/pieces")["features"]) == city.get(f"/plans/{plan}")["consolidation"]["pieces"]
    assert city.get(f"/plans/{plan}/score")["grids"] == len(grids)
    assert {row["network"] for row in city.get(f"/plans/{plan}/lineage")} == set(networks)
    assert city.get(f"/plans/{plan}/crosswalk", a="governance", b="civilization")
    assert city.get(f"/plans/{plan}/compare/{plan}")["changes"][0]["stays"] == pytest.approx(1.0)

    made = city.run(f"/plans/{plan}/publish", json={"valid_from": "2026-02-01"})
    assert made["status"] == "succeeded", made
    listed = city.get("/networks/unified/grids", at="2026-03-01")
    assert listed["total"] == len(grids)
    shapes = city.get("/networks/unified/grids.geojson", at="2026-03-01", bbox=f"{LON},{LAT},{LON + STEP},{LAT + STEP}")
    assert 0 < len(shapes["features"]) < len(grids)
    city.client.app.state.lookup.refresh()
    owners = city.get("/lookup", lon=LON + 2.5 * STEP, lat=LAT + 2.5 * STEP, at="2026-03-01")["grids"]
    assert {owner["network"] for owner in owners} == {"unified", "governance", "civilization"}
    before = city.get("/lookup", lon=LON + 2.5 * STEP, lat=LAT + 2.5 * STEP, at="2026-01-15")["grids"]
    assert {owner["network"] for owner in before} == {"governance", "civilization"}


def test_a_run_that_fails_says_why_and_stores_nothing(city: City) -> None:
    city.post("/networks", 201, json={"code": "governance", "name": "governance"})
    made = city.run("/networks/governance/imports", **upload("empty.geojson", b""))
    assert made["status"] == "failed"
    assert "empty.geojson" in made["error"]["detail"]
    assert city.get("/networks/governance/editions") == []
    events = city.client.get(f"/api/v1/runs/{made['id']}/events").text
    assert events.startswith("event: end\n")
    assert '"failed"' in events


def test_editions_over_http(city: City) -> None:
    city.post("/networks", 201, json={"code": "governance", "name": "governance"})
    ids = []
    for high in (2, 3):
        made = city.run("/networks/governance/imports", **upload("n.geojson", squares(3, high)))
        ids.append(made["outcome"]["edition"])
    city.post(f"/editions/{ids[0]}/publish", 200, json={"valid_from": "2026-01-01"})
    second = city.post(f"/editions/{ids[1]}/publish", 200, json={"valid_from": "2026-06-01"})
    assert datetime.fromisoformat(second["valid_from"]) == datetime.fromisoformat("2026-06-01T00:00+08:00")
    assert city.post(f"/editions/{ids[1]}/publish", 409, json={"valid_from": "2026-07-01"})["title"] == "Conflict"
    city.post(f"/editions/{ids[1]}/roll-back", 200)
    listed = {edition["id"]: edition for edition in city.get("/networks/governance/editions")}
    assert (listed[ids[0]]["status"], listed[ids[0]]["valid_until"]) == ("published", None)
    city.post(f"/editions/{ids[0]}/retire", 200, json={"at": "2026-09-01"})
    assert city.get(f"/editions/{ids[0]}")["status"] == "retired"
    assert city.get(f"/editions/{ids[0]}/problems.geojson")["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/networks", {"code": "Grid", "name": "x"}, 422),
        ("/networks", {"code": "area", "name": "x"}, 422),
        ("/plans", {"name": "p", "networks": ["nothing"]}, 404),
        ("/plans", {"name": "p", "networks": [], "colour": "red"}, 422),
        ("/editions/999/publish", {"valid_from": "2026-01-01"}, 404),
        ("/plans/999/divide", {}, 404),
    ],
)
def test_wrong_requests_are_problems(city: City, path: str, body: dict[str, Any], status: int) -> None:
    answer = city.client.post(f"/api/v1{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_the_same_upload_is_kept_once(city: City, tmp_path: Path) -> None:
    city.post("/networks", 201, json={"code": "governance", "name": "governance"})
    send: Callable[[], dict[str, Any]] = lambda: city.run(  # noqa: E731
        "/networks/governance/imports", **upload("n.geojson", squares(3, 2))
    )
    first, second = send(), send()
    assert second["outcome"]["unchanged"]
    assert second["outcome"]["edition"] == first["outcome"]["edition"]
    assert len(list((tmp_path / "var" / "uploads").iterdir())) == 1
