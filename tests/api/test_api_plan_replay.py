"""Plans compared and tried on events over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cities import LAT, LON, STEP
from fastapi.testclient import TestClient
from planned_city import PLANNER, build, divided
from sqlalchemy.orm import Session

from app.services.plans import plan_replay, plans
from app.services.progress import silent
from app.store import runs as runs_store
from app.store.plans.plans import grids_frame

EVENTS = "id,lon,lat,at\n" + "".join(
    f"{i},{LON + (i % 10 + 0.5) * STEP},{LAT + (i // 10 + 0.5) * STEP},2026-03-0{i % 9 + 1}\n" for i in range(60)
)
BANDS = {"small": [200, 240, 300], "middle": [300, 400, 500], "large": [600, 720, 900]}


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    build(session, tmp_path)
    session.commit()
    return session


def execute(session: Session, run_id: int) -> None:
    """The run, as the worker does it, inside the test's own transaction."""
    run = runs_store.get(session, run_id)
    runs_store.end(
        session, run, runs_store.SUCCEEDED, run.created_at,
        outcome=plan_replay.replay_step(session, PLANNER, run.parameters, silent()),
    )  # fmt: skip
    session.commit()


def ask(client: TestClient, plan: int, headers: dict[str, str], status: int = 202, **fields: Any) -> Any:
    files = [("files", ("事件.csv", EVENTS.encode()))]
    answer = client.post(f"/api/v1/plans/{plan}/replay", files=files, data=fields, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_events_are_replayed_and_fetched(
    city: Session, client: TestClient, make_key: Callable[..., dict[str, str]]
) -> None:
    plan, key = divided(city, "draft"), make_key("plan", "lookup")
    city.commit()
    run = ask(client, plan.id, key, at_field="at", network="governance")["id"]
    base = f"/api/v1/plans/{plan.id}/replay/{run}"
    assert client.get(base, headers=key).status_code == 409
    execute(city, run)
    made = client.get(base, headers=key).json()
    assert (made["events"], made["owned"], made["errors"]) == (60, 60, 0)
    assert made["before"]["network"] == "governance"
    rows = client.get(f"{base}/rows", headers=key)
    assert rows.headers["content-type"].startswith("text/csv")
    assert rows.text.splitlines()[0].startswith("id,lon,lat,at,plan_grid,plan_kind,plan_boundary,governance_grid")
    assert len(rows.text.splitlines()) == 61
    grids = client.get(f"{base}/grids", headers=key).json()
    assert sum(each["properties"]["events"] for each in grids["features"]) == 60
    cells = client.get(f"{base}/cells", headers=key).json()
    assert sum(each["properties"]["events"] for each in cells["features"]) == 60
    assert client.get(f"{base}/elsewhere", headers=key).status_code == 422
    compared = client.get(f"/api/v1/plans/{plan.id}/compare/{plan.id}", params={"replay": run}, headers=key).json()
    assert compared["plans"]["draft"]["workload"]["events"]["all"]["total"] == 60
    assert compared["plans"]["draft"]["replay"]["owned"] == 60


def test_who_may_replay_what(city: Session, client: TestClient, make_key: Callable[..., dict[str, str]]) -> None:
    plan, bare = divided(city, "draft"), plans.create(city, PLANNER, "bare", ["governance"])
    city.commit()
    ask(client, plan.id, {}, 401)
    ask(client, plan.id, make_key("lookup"), 403)
    key = make_key("plan", "lookup")
    assert "divide it first" in ask(client, bare.id, key, 409)["detail"]
    assert "no network" in ask(client, plan.id, key, 404, network="wards")["detail"]
    assert ask(client, plan.id, key, 422, cell_m=1)["title"] == "Wrong input"
    run = ask(client, plan.id, key)["id"]
    execute(city, run)
    assert client.get(f"/api/v1/plans/{bare.id}/replay/{run}", headers=key).status_code == 404
    other = divided(city, "other").id
    city.commit()
    side = f"/api/v1/plans/{other}/compare/{other}"
    assert "no replay of a plan" in client.get(side, params={"replay": run}, headers=key).json()["detail"]


def test_files_of_a_command_are_not_served(
    city: Session, client: TestClient, make_key: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    """A run asked for on the command line may write anywhere: none of that leaves over HTTP."""
    plan, key = divided(city, "draft"), make_key("plan", "lookup")
    secret = tmp_path / "secret.csv"
    secret.write_text("id\n")
    order = {"plan": plan.name, "rows": str(secret), "cells": None}
    run = runs_store.add(city, kind="replay_plan", parameters=order, requested_by="cli:x", scopes=["plan"])
    runs_store.end(city, run, runs_store.SUCCEEDED, run.created_at, outcome={"events": 1})
    city.commit()
    for part in ("rows", "cells"):
        assert client.get(f"/api/v1/plans/{plan.id}/replay/{run.id}/{part}", headers=key).status_code == 404


def test_plans_side_by_side(city: Session, client: TestClient, make_key: Callable[..., dict[str, str]]) -> None:
    made = [divided(city, name, bands={"resident": band}) for name, band in BANDS.items()]
    city.commit()
    a, b, c = (plan.id for plan in made)
    key = make_key("lookup")
    answer = client.get(f"/api/v1/plans/{a}/compare/{b}", params={"with": f"{c},{a}"}, headers=key).json()
    assert list(answer["plans"]) == ["small", "middle", "large"]
    assert len(answer["changes"]) == 6
    counts = [answer["plans"][name]["grids"] for name in BANDS]
    assert counts == [len(grids_frame(city, plan.id)) for plan in made]
    apart = client.get(f"/api/v1/plans/{a}/compare/{b}/differences", headers=key)
    assert apart.headers["content-type"] == "application/geo+json"
    change = next(each for each in answer["changes"] if (each["from"], each["to"]) == ("small", "middle"))
    ground = change["by_quantity"]["area_m2"]
    area = sum(each["properties"]["area_m2"] for each in apart.json()["features"])
    assert area == pytest.approx(ground["moved"], rel=1e-3)
    assert client.get(f"/api/v1/plans/{a}/compare/{b}", params={"with": "x"}, headers=key).status_code == 422
    assert client.get(f"/api/v1/plans/{a}/compare/999999", headers=key).status_code == 404
    assert client.get(f"/api/v1/plans/{a}/compare/{b}").status_code == 401
