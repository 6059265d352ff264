"""`onegrid` as a process of its own: what the tests in this process cannot see. Exit codes, the streams, and that every
command's modules can be imported by themselves, in whatever order its words bring them in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cities import squares, write

from app.cli.commands import ENTRIES

Process = Callable[..., "subprocess.CompletedProcess[str]"]
# The libraries are loaded once; each command is then loaded in a child that knows nothing of OneGrid yet.
EACH_ALONE = """
import os, sys
import geoalchemy2, geopandas, numba, openpyxl, procrastinate, psycopg, pydantic_settings, pyogrio, rich.progress
import scipy.sparse.csgraph, scipy.spatial, sqlalchemy.orm, structlog, typer, uvicorn, zxcvbn
assert not [name for name in sys.modules if name.startswith("app.")]
for name in sys.argv[1:]:
    if os.fork() == 0:
        from app.cli import commands, lazy_imports
        lazy_imports.install()
        commands.load(name)
        os._exit(0)
    if os.wait()[1]:
        print(name)
"""


@pytest.fixture
def process(database: str, tmp_path: Path) -> Process:
    environment = {**os.environ, "ONEGRID_DATABASE_URL": database, "ONEGRID_VAR_DIR": str(tmp_path / "var")}

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from app.cli import main; main()", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)

    return call


def test_a_run_prints_json_alone_on_stdout_and_its_progress_on_stderr(process: Process, tmp_path: Path) -> None:
    write(tmp_path / "综治.geojson", squares(3, 2, 12))
    made = process("networks", "add", "governance", "--name", "综治网格", "--json")
    assert (made.returncode, json.loads(made.stdout)["code"], made.stderr) == (0, "governance", "")
    order = ("networks", "import", "governance", "综治.geojson", "--code-field", "code")
    quiet = process(*order, "--json")
    assert (quiet.returncode, json.loads(quiet.stdout)["grids"], quiet.stderr) == (0, 24, "")
    told = process(*order)
    assert told.returncode == 0
    assert "reading the file" in told.stderr
    assert "reading the file" not in told.stdout


def test_an_error_is_one_line_and_exit_1(process: Process, tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("姓名,岗位,网格编号,网格体系\n张伟,网格长,J1,nowhere\n", encoding="utf-8")
    done = process("staff", "import", "staff.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("onegrid: staff.csv, row 2, field 网格体系: no network 'nowhere' — ")
    assert len(done.stderr.splitlines()) == 1


def test_bad_usage_is_exit_2(process: Process) -> None:
    done = process("networks", "import")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Missing argument" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_every_command_loads_by_itself(project: Path) -> None:
    command = [sys.executable, "-c", EACH_ALONE, *ENTRIES]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=project)
    assert (done.stdout, done.stderr) == ("", "")
