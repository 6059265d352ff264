"""Rules, candidates and wishes that cannot be met, over HTTP; on a database where everything really commits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import planned_city
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app import db, worker
from app.main import create_app
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import keys
from app.settings import Settings

ROOT = Caller("cli:test", frozenset(SCOPES))


@pytest.fixture
def planned(database: str, tmp_path: Path) -> Iterator[tuple[TestClient, Engine, int]]:
    settings = Settings(database_url=database, var_dir=tmp_path / "var", log_format="text")
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        key = keys.add(session, ROOT, "planner", ["lookup", "plan"], now=datetime.now(UTC)).key
        planned_city.build(session, tmp_path)
        plan = planned_city.divided(session, "spring", effort=200.0).id
    with TestClient(create_app(settings, engine=engine), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client, engine, plan
    engine.dispose()


def run(client: TestClient, engine: Engine, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    asked = client.post(f"/api/v1{path}", json=body)
    assert asked.status_code == 202, asked.text
    worker.execute(engine, asked.json()["id"])
    return dict(client.get(f"/api/v1/runs/{asked.json()['id']}").json())


def test_candidates_are_listed_and_chosen(planned: tuple[TestClient, Engine, int]) -> None:
    client, engine, plan = planned
    body = {"bands": {"resident": [250, 400, 560]}, "effort": 200, "candidates": 3}
    made = run(client, engine, f"/plans/{plan}/divide", body)
    assert made["status"] == "succeeded", made
    listed = client.get(f"/api/v1/plans/{plan}/candidates").json()
    assert [one["number"] for one in listed] == list(range(1, len(listed) + 1))
    assert {"name", "weights", "measures", "score", "proposals", "chosen"} <= set(listed[0])
    last = listed[-1]["number"]
    chosen = run(client, engine, f"/plans/{plan}/candidates/{last}/choose")
    assert chosen["outcome"]["name"] == listed[-1]["name"]
    assert [one["chosen"] for one in client.get(f"/api/v1/plans/{plan}/candidates").json()][-1]
    missing = client.post(f"/api/v1/plans/{plan}/candidates/9/choose")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")


def test_a_strict_wish_that_cannot_be_met_names_the_nearest(planned: tuple[TestClient, Engine, int]) -> None:
    client, engine, plan = planned
    made = run(
        client,
        engine,
        f"/plans/{plan}/divide",
        {"bands": {"resident": [2500, 3000, 3200]}, "strict": True, "effort": 50},
    )
    assert made["status"] == "failed"
    assert made["error"]["title"] == "Cannot be met"
    assert "nearest feasible choice" in made["error"]["reasons"][0]
    assert made["error"]["proposals"][0]["choices"]


@pytest.mark.parametrize(
    "body",
    [
        {"candidates": 9},
        {"bridges": [{"from": 1}]},
        {"compounds": {"a": 0}},
        {"area_bands": {"a": {"resident": [1, 2]}}},
        {"loads": {"resident": [{"weight": 1}]}},
    ],
)
def test_rules_that_mean_nothing_are_refused_at_the_door(
    planned: tuple[TestClient, Engine, int], body: dict[str, Any]
) -> None:
    client, _, plan = planned
    answer = client.post(f"/api/v1/plans/{plan}/divide", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
