"""`onegrid db …` as real processes on a private cluster of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(project: Path) -> Iterator[Run]:
    var = Path("/tmp") / f"onegrid-test-{uuid4().hex[:8]}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONEGRID_")}

    def onegrid(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from app.cli import main; main()", *arguments],
            cwd=project, env=kept | {"ONEGRID_VAR_DIR": str(var)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    yield onegrid
    onegrid("db", "stop")
    shutil.rmtree(var)


def run_sql(url: str, *statements: str) -> list[object]:
    """First values of the statements that have any."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        return [result.scalar() for result in results if result.returns_rows]


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.timeout(600)  # eight processes that each import everything: slow on a busy machine
def test_life(run: Run, tmp_path: Path) -> None:
    url = told(run("db", "start", "--json"))["url"]
    file = tmp_path / "onegrid.backup"
    made = told(run("db", "backup", str(file), "--json"))
    assert (made["file"], made["size"]) == (str(file), file.stat().st_size)
    assert run_sql(url, "CREATE TABLE later (n int)", "SELECT to_regclass('later') IS NOT NULL") == [True]

    refused = run("db", "restore", str(file))
    assert refused.returncode == 1
    assert "say --yes" in refused.stderr
    assert refused.stderr.count("\n") == 1

    assert told(run("db", "restore", str(file), "--yes", "--json"))["before"] == made["revision"]
    assert run_sql(url, "SELECT to_regclass('later') IS NOT NULL", "SELECT version_num FROM alembic_version") == [
        False,
        made["revision"],
    ]
    assert told(run("db", "stop", "--json")) == {"stopped": True}
    assert told(run("db", "status", "--json"))["state"] == "stopped"
    assert told(run("db", "upgrade", "--json")) == {
        "before": made["revision"],
        "after": made["revision"],
        "changed": False,
    }, "a command starts the database that it needs"
