"""`onegrid plans edit …`: every command, its words, its errors in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from cities import STEP
from planned_city import build, divided
from shapely.geometry import shape
from typer.testing import CliRunner

from app import db
from app.cli import app
from app.services.plans import plan_edits
from app.store.plans import plans as store

Command = Callable[..., CompletedProcess[str]]
Onegrid = Callable[..., Any]


@pytest.fixture
def onegrid(command: Command, database: str, tmp_path: Path) -> Onegrid:
    """Runs one command on a divided plan `spring`; with --json unless it is to speak to people or to fail."""
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        build(session, tmp_path)
        divided(session, "spring")
    engine.dispose()

    def call(*words: str, fails: bool = False, plain: bool = False) -> Any:
        done = command("plans", *words, *([] if plain else ["--json"]))
        assert done.returncode == (1 if fails else 0), done.stderr
        if fails:
            assert len(done.stderr.strip().splitlines()) == 1
            return done.stderr
        return done.stdout if plain else json.loads(done.stdout)

    return call


def test_as_many_edits_are_asked_for_as_the_service_tells() -> None:
    asked = CliRunner().invoke(app, ["plans", "edits", "spring", "--limit", str(plan_edits.PAGE + 1)])
    assert asked.exit_code == 2
    assert f"less than or equal to {plan_edits.PAGE}" in asked.output


def test_a_planner_edits_a_plan_by_commands(onegrid: Onegrid, database: str) -> None:
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        plan = store.get(session, "spring")
        grids, pieces = store.grids_frame(session, plan.id), store.pieces_frame(session, plan)
    engine.dispose()
    one, two, three = [code for code in grids["code"] if code.startswith("440115001001J")][:3]
    west, south, east, north = shape(grids.set_index("code").geometry[two]).bounds
    middle = (west + east) / 2 + STEP / 9
    piece = str(pieces[pieces["grid"] == one]["piece"].iloc[0])
    version = onegrid("edits", "spring")
    assert version == []

    assert onegrid("edit", "spring", "rename", one, "码头")["grids"][0]["name"] == "码头"
    made = onegrid("edit", "spring", "assign", piece)
    assert len(made["grids"]) == 2
    line = f"{middle},{south - STEP} {middle},{north + STEP}"
    assert onegrid("edit", "spring", "split", two, "--line", line, "--cut")["pieces"]["reshaped"]
    assert "removed" in onegrid("edit", "spring", "kind", three, "business", "--reason", "a market", plain=True)
    assert onegrid("edit", "spring", "undo")["action"] == "undo"
    assert onegrid("edit", "spring", "redo")["removed"] == [three]
    onegrid("edit", "spring", "lock", one, "--reason", "agreed")
    assert "agreed" in onegrid("edit", "spring", "merge", one, two, fails=True)
    said = onegrid("edit", "--version", "1", "spring", "rename", one, "late", fails=True)
    assert "is at version" in said
    assert onegrid("edit", "spring", "optimise", "--seed", "4")["version"] > 1
    history = onegrid("edits", "spring")
    assert [row["edit"]["do"] for row in history] == [
        "rest", "lock", "kind", "kind", "kind", "split", "assign", "rename"
    ]  # fmt: skip
    assert "Edits of spring" in onegrid("edits", "spring", plain=True)
    assert "not LON,LAT" in onegrid("edit", "spring", "draw", "--ring", "here", fails=True)
