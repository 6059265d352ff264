"""Commands are imported when they are called: the table of commands says what the modules say, and loads no more."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli.commands import ENTRIES, load
from app.services import runs

HEAVY = ("alembic", "geopandas", "numba", "openpyxl", "pandas", "pyogrio", "scipy", "sqlalchemy")
LOADED = """
import sys; from app.cli import main
def is_loaded(name): return type(sys.modules.get(name)).__name__ == "module"
try: main()
finally: print(*filter(is_loaded, sys.argv[-1].split(",")), file=sys.stderr)
"""


@pytest.mark.parametrize("name", ENTRIES)
def test_every_command_loads_under_its_name_and_says_what_the_table_says(name: str) -> None:
    command = load(name)
    assert command.name == name
    assert " ".join(command.help.split()).startswith(ENTRIES[name].help)


def test_what_several_modules_add_to_a_group_is_there_once() -> None:
    assert {"list", "divide", "choose", "edits", "compare"} <= set(load("plans").commands)
    assert load("plans") is load("plans")


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    assert [name for name in ENTRIES if f" {name} " not in shown] == []


def test_a_command_that_does_not_exist_is_bad_usage() -> None:
    assert CliRunner().invoke(app, ["plan"]).exit_code == 2


@pytest.mark.parametrize(
    ("words", "loaded"),
    [(["--help"], ""), (["keys", "--help"], "sqlalchemy"), (["plans", "--help"], "sqlalchemy")],
)
def test_help_loads_nothing_heavy(words: list[str], loaded: str) -> None:
    command = [sys.executable, "-c", LOADED, *words, ",".join(HEAVY)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr.strip() == loaded


@pytest.mark.parametrize("kind", runs.STEPS)
def test_every_kind_of_run_has_its_step(kind: str) -> None:
    assert list(inspect.signature(runs.step(kind)).parameters) == ["session", "caller", "parameters", "progress"]


def test_the_module_of_a_step_is_one_of_the_services() -> None:
    for place in runs.STEPS.values():
        assert importlib.import_module(f"app.services.{place.partition(':')[0]}").__doc__
