"""`onegrid` by its entry point, in this process: the same words in, the same streams and exit code out, without the
seconds that a new interpreter takes to import everything. What only a process of its own shows is tested in
tests/cli/test_cli_processes.py.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import structlog

from app import db
from app.cli import context, main
from app.settings import get_settings

Command = Callable[..., "CompletedProcess[str]"]
Onegrid = Callable[..., Any]


@pytest.fixture
def command(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`command("networks", "list")`, in the test's folder and on a database of its own, which it commits to.

    Nothing is handed from one call to the next: settings, engine and connections are new, as in a new process.
    """
    monkeypatch.setenv("ONEGRID_DATABASE_URL", database)
    monkeypatch.setenv("ONEGRID_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["onegrid", *map(str, words)])
        stdout, stderr = io.StringIO(), io.StringIO()
        with _as_a_new_process(), redirect_stdout(stdout), redirect_stderr(stderr):
            code = _exit_code()
        return CompletedProcess(sys.argv, code, stdout.getvalue(), stderr.getvalue())

    return call


@pytest.fixture
def onegrid(command: Command) -> Onegrid:
    """Runs one command with --json; returns what it printed, or its line on stderr when it is to fail."""

    def call(*words: object, fails: bool = False) -> Any:
        done = command(*words, "--json")
        assert done.returncode == (1 if fails else 0), done.stdout + done.stderr
        if fails:
            assert len(done.stderr.strip().splitlines()) == 1
            return done.stderr
        return json.loads(done.stdout)

    return call


def _exit_code() -> int:
    try:
        main()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


@contextmanager
def _as_a_new_process() -> Iterator[None]:
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level, finders = root.handlers[:], root.level, sys.meta_path[:]
    _forget()
    try:
        yield
    finally:
        if db.get_engine.cache_info().currsize:
            db.get_engine().dispose()
        _forget()
        root.handlers[:], sys.meta_path[:] = handlers, finders
        root.setLevel(level)
        structlog.configure(**configured)


def _forget() -> None:
    for kept in (get_settings, db.get_engine, context.engine):
        kept.cache_clear()
