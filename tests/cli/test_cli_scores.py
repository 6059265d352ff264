"""`onegrid scores` on a database of their own; and what a worker does of itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import openpyxl
import pytest
from scored import store_trail
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app import worker
from app.db import make_engine
from app.rules.cases.trail import Step

Command = Callable[..., CompletedProcess[str]]
Run = Callable[..., Any]
NINE = datetime(2026, 10, 12, 1, tzinfo=UTC)
ZONE = "Asia/Shanghai"


@pytest.fixture
def own(database: str) -> Iterator[Engine]:
    engine = make_engine(database)
    with Session(engine) as session:
        for department, hours in (("a", 1), ("b", 30)):
            trail = [Step("collect", NINE, "user:li", department, detail={"grid": "J001", "verified": True})]
            trail += [Step(action, NINE, "user:wang", department) for action in ("file", "dispatch", "accept")]
            store_trail(session, [*trail, Step("finish", NINE + timedelta(hours=hours), "user:wang")])
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def onegrid(own: Engine, command: Command) -> Run:
    def run(*arguments: object, code: int = 0) -> Any:
        done = command("scores", *arguments, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else json.loads(done.stdout)

    return run


def test_scores_on_the_command_line(onegrid: Run, own: Engine, tmp_path: Path) -> None:
    made = onegrid("compute", "--period", "2026-10")
    assert (made["added"], made["head"]) == (9, 9)
    places = onegrid("rank", "--period", "2026-10", "--by", "disposal_on_time")
    assert [(place["rank"], place["unit"]) for place in places] == [(1, "a"), (2, "b")]
    told = onegrid("show", places[1]["score"])
    (late,) = {entry["event"] for entry in told["deductions"] if entry["rule"] == "K2"}
    filed = onegrid("appeal", told["number"], late, "K2", "--reason", "wrong limit")
    assert "nobody decides an appeal of their own" in onegrid(
        "decide", filed["id"], "upheld", "--reason", "x", "--exclude", "disposal", code=1
    )
    book = tmp_path / "october.xlsx"
    assert onegrid("export", "--period", "2026-10", "-o", book)["hash"] == made["hash"]
    assert "扣分单" in openpyxl.load_workbook(book).sheetnames
    assert onegrid("verify")["whole"]
    with own.begin() as connection:
        connection.execute(text("ALTER TABLE scores DISABLE TRIGGER scores_append_only"))
        connection.execute(text("UPDATE scores SET total = 100"))
    assert "not what its hash was made of" in onegrid("verify", "--chain-only", code=1)


def test_a_worker_tells_the_scores_of_ended_periods(own: Engine) -> None:
    told = worker.tell_scores(own, ZONE)
    assert len(told) == 7 + 4 + 3 + 2 + 1
    assert told["2026-10"] == 9
    assert "2026-10" not in worker.tell_scores(own, ZONE)
    with own.connect() as connection:
        actors = connection.execute(text("SELECT DISTINCT computed_by FROM scores")).scalars().all()
    assert actors == ["system:scores"]
