"""`onegrid` as a process of its own on a database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Onegrid = Callable[..., Any]


@pytest.fixture
def onegrid(database: str, tmp_path: Path) -> Onegrid:
    """Runs one command with --json; returns what it printed, or its line on stderr when it is to fail."""
    environment = {**os.environ, "ONEGRID_DATABASE_URL": database, "ONEGRID_VAR_DIR": str(tmp_path / "var")}

    def call(*words: object, fails: bool = False) -> Any:
        command = [sys.executable, "-c", "from app.cli import main; main()", *map(str, words), "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == (1 if fails else 0), done.stderr
        if fails:
            assert len(done.stderr.strip().splitlines()) == 1
            return done.stderr
        return json.loads(done.stdout)

    return call
