from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli.networks.sample import app


def test_make_town_writes_and_prints_the_manifest(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["make-town", str(tmp_path / "town"), "--size", "small", "--seed", "3", "--json"])
    assert ran.exit_code == 0, ran.output
    manifest = json.loads(ran.stdout)
    assert manifest == json.loads((tmp_path / "town" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 3
    assert manifest["counts"]["households"] == 5000


def test_make_town_prints_a_table_for_people(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["make-town", str(tmp_path / "town"), "--size", "small"])
    assert ran.exit_code == 0, ran.output
    assert "grids of governance" in ran.output
