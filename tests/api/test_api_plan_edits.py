"""Edits over HTTP on a database of their own: two planners at once, two processes, conflicts, permissions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cities import STEP
from fastapi.testclient import TestClient
from planned_city import build, divided
from shapely.geometry import shape

from app import db, worker
from app.main import create_app
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import keys
from app.settings import Settings

ROOT = Caller("cli:test", frozenset(SCOPES))
WEST = "440115001001"


class Planners:
    """Two applications on one database, as two worker processes are, and a key for each of two planners."""

    def __init__(self, clients: list[TestClient], heads: dict[str, dict[str, str]], plan_id: int, engine: Any) -> None:
        self.clients, self.heads, self.engine = clients, heads, engine
        self.path = f"/api/v1/plans/{plan_id}"

    def version(self) -> int:
        return int(self.get("").json()["version"])

    def get(self, what: str, who: str = "wang") -> Any:
        return self.clients[0].get(self.path + what, headers=self.heads[who])

    def edit(self, wish: dict[str, Any], version: int | None = None, *, app: int = 0, who: str = "wang") -> Any:
        body = {"version": self.version() if version is None else version, "edit": wish}
        return self.clients[app].post(f"{self.path}/edits", json=body, headers=self.heads[who])


@pytest.fixture
def planners(database: str, tmp_path: Path) -> Iterator[Planners]:
    engine, now = db.make_engine(database), datetime.now(UTC)
    with db.transaction(engine) as session:
        build(session, tmp_path)
        plan_id = divided(session, "spring").id
        scopes = {"wang": ["lookup", "plan"], "li": ["lookup", "plan"], "reader": ["lookup"]}
        made = {name: keys.add(session, ROOT, name, list(own), now=now).key for name, own in scopes.items()}
    heads = {name: {"Authorization": f"Bearer {key}"} for name, key in made.items()}
    settings = Settings(database_url=database, var_dir=tmp_path / "var", log_format="text")
    with ExitStack() as stack:
        clients = [stack.enter_context(TestClient(create_app(settings, engine=engine))) for _ in range(2)]
        yield Planners(clients, heads, plan_id, engine)
    engine.dispose()


def codes(planners: Planners, prefix: str = f"{WEST}J") -> list[str]:
    grids = planners.get("/grids").json()["features"]
    return sorted(g["properties"]["code"] for g in grids if g["properties"]["code"].startswith(prefix))


def test_an_edit_answers_what_changed_and_the_history_keeps_it(planners: Planners) -> None:
    first, second, third = codes(planners)[:3]
    before = planners.get("/score").json()
    answer = planners.edit({"do": "merge", "grids": [first, second]})
    assert answer.status_code == 200, answer.text
    made = answer.json()
    keeper = made["grids"][0]["code"]
    assert {keeper, *made["removed"]} == {first, second}
    assert shape(made["grids"][0]["geometry"]).is_valid
    assert made["grids"][0]["scores"]["amount"] > 500
    assert "band" in {breach["rule"] for breach in made["grids"][0]["breaches"]}
    after = planners.get("/score").json()
    assert after["grids"] == before["grids"] - 1
    assert planners.get("").json()["breaches"] == made["breaches"] == after["breaches"]

    assert planners.edit({"do": "lock", "grid": third, "reason": "agreed"}).status_code == 200
    assert [row["grid"] for row in planners.get("").json()["locked"]] == [third]
    refused = planners.edit({"do": "optimise", "grid": third, "into": 2})
    assert (refused.status_code, refused.json()["lock"]["reason"]) == (409, "agreed")
    assert planners.edit({"do": "undo"}).status_code == 200
    assert planners.edit({"do": "undo"}, app=1).json()["breaches"] == []
    score = planners.get("/score").json()
    assert score == before
    history = planners.get("/edits").json()
    assert [(row["action"], row["edit"]["do"], row["by"]) for row in history] == [
        ("undo", "merge", "key:wang"), ("undo", "lock", "key:wang"), ("edit", "lock", "key:wang"),
        ("edit", "merge", "key:wang"),
    ]  # fmt: skip
    assert planners.get("/edits?limit=1").json() == history[:1]
    assert planners.get(f"/edits?before={history[1]['version']}").json() == history[2:]
    assert planners.edit({"do": "redo"}).json()["removed"] == made["removed"]


def test_every_kind_of_edit_can_be_asked_for(planners: Planners) -> None:
    one, two = codes(planners)[:2]
    grid = next(g for g in planners.get("/grids").json()["features"] if g["properties"]["code"] == two)
    west, south, east, north = shape(grid["geometry"]).bounds
    middle = (west + east) / 2 + STEP / 9
    piece = planners.get("/pieces").json()["features"]
    number = next(p["properties"]["piece"] for p in piece if p["properties"]["grid"] == one)
    wishes: list[dict[str, Any]] = [
        {"do": "assign", "pieces": [number]},
        {"do": "rename", "grid": one, "name": "码头"},
        {"do": "kind", "grid": one, "kind": "business", "reason": "a market"},
        {"do": "split", "grid": two, "line": [[middle, south - STEP], [middle, north + STEP]], "cut": True},
        {"do": "draw", "ring": [[west, south], [middle, south], [middle, north], [west, north]], "cut": True},
    ]
    for wish in wishes:
        answer = planners.edit(wish)
        assert answer.status_code == 200, answer.text
        assert answer.json()["grids"], wish
    assert len(planners.get("/edits").json()) == len(wishes)


def test_two_planners_never_overwrite_each_other(planners: Planners) -> None:
    """Sixteen edits at once, by two planners through two processes, all made on one version: one of them is kept."""
    grid, version = codes(planners)[0], planners.version()

    def rename(at: int) -> Any:
        who = "wang" if at % 2 else "li"
        return planners.edit({"do": "rename", "grid": grid, "name": f"{who} {at}"}, version, app=at % 2, who=who)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(rename, range(16)))
    kept = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(kept) == 1
    for answer in answers:
        if answer.status_code == 200:
            continue
        problem = answer.json()
        assert (answer.status_code, problem["version"], problem["grids"]) == (409, version + 1, [grid])
        assert [(row["by"], row["edit"]["name"]) for row in problem["changes"]] == [
            (kept[0]["by"], kept[0]["edit"]["name"])
        ]
    assert planners.version() == version + 1


def test_two_processes_that_take_turns_see_each_others_edits(planners: Planners) -> None:
    first, second = codes(planners)[:2]
    merged = planners.edit({"do": "merge", "grids": [first, second]}, app=0).json()
    keeper = merged["grids"][0]["code"]
    split = planners.edit({"do": "optimise", "grid": keeper, "into": 3}, app=1, who="li")
    assert split.status_code == 200, split.text
    assert sum(grid["pieces"] for grid in split.json()["grids"]) == merged["grids"][0]["pieces"]
    for app in (0, 1):
        assert planners.edit({"do": "undo"}, app=app).status_code == 200
    assert {first, second} <= set(codes(planners))


def test_the_rest_is_optimised_as_a_run_that_leaves_locks_alone(planners: Planners) -> None:
    grid = codes(planners)[0]
    assert planners.edit({"do": "lock", "grid": grid, "reason": "agreed"}).status_code == 200

    def border() -> Any:
        grids = planners.get("/grids").json()["features"]
        return next(g["geometry"] for g in grids if g["properties"]["code"] == grid)

    before, asked = border(), {"seed": 9, "version": planners.version()}
    answer = planners.clients[0].post(f"{planners.path}/optimise", json=asked, headers=planners.heads["wang"])
    assert answer.status_code == 202, answer.text
    assert worker.execute(planners.engine, answer.json()["id"]) is None
    run = planners.clients[0].get(answer.headers["location"], headers=planners.heads["wang"]).json()
    assert (run["status"], run["outcome"]["version"]) == ("succeeded", asked["version"] + 1)
    assert border() == before
    assert planners.get("/edits").json()[0]["edit"]["do"] == "rest"
    assert planners.edit({"do": "undo"}).status_code == 200


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"do": "paint", "grid": "a"}, 422),
        ({"do": "assign", "pieces": []}, 422),
        ({"do": "split", "grid": "a", "line": [[1, 2]]}, 422),
        ({"do": "kind", "grid": "a", "kind": "park", "reason": "x"}, 422),
        ({"do": "rename", "grid": "nowhere", "name": "x"}, 404),
        ({"do": "assign", "pieces": [999_999]}, 404),
        ({"do": "redo"}, 409),
        ({"do": "merge", "grids": ["a", "b"], "also": 1}, 422),
    ],
)
def test_wrong_wishes_are_problems(planners: Planners, wish: dict[str, Any], status: int) -> None:
    answer = planners.edit(wish)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_planners_edit(planners: Planners) -> None:
    wish = {"do": "rename", "grid": codes(planners)[0], "name": "x"}
    assert planners.edit(wish, who="reader").status_code == 403
    assert planners.get("/edits", who="reader").json() == []
