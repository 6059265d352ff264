"""`onegrid divide`: summary for people and machines, usage errors."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from typer.testing import CliRunner

from app.cli import app
from app.errors import InputError


@pytest.fixture
def pieces(tmp_path: Path) -> Path:
    corners = [(450_000 + c * 100, 2_520_000 + r * 100) for r in range(6) for c in range(6)]
    shapes = [shapely.box(x, y, x + 100, y + 100) for x, y in corners]
    path = tmp_path / "pieces.gpkg"
    gpd.GeoDataFrame({"households": 100}, geometry=shapes, crs="EPSG:32650", index=range(36)).to_file(path)
    return path


def test_json_summary_and_the_file(pieces, tmp_path):
    out = tmp_path / "out.geojson"
    run = CliRunner().invoke(
        app, ["divide", str(pieces), "-o", str(out), "--band", "300,400,500", "--weights", "balance=2", "--json"]
    )
    assert run.exit_code == 0, run.output
    summary = json.loads(run.stdout)
    assert (summary["grids"], summary["broken"], summary["deviation_max"]) == (9, 0, 0.0)
    assert summary["output"] == str(out)
    assert sorted(set(gpd.read_file(out)["grid"])) == list(range(1, 10))


def test_table_for_people(pieces, tmp_path):
    run = CliRunner().invoke(
        app, ["divide", str(pieces), "-o", str(tmp_path / "out.gpkg"), "--grids", "4", "--effort", "200"]
    )
    assert run.exit_code == 0, run.output
    assert "contiguity violations" in run.stdout
    assert "max 0.000" in run.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "either --grids K or --band"),
        (["--grids", "4", "--band", "1,2,3"], "either --grids K or --band"),
        (["--band", "3,2,1"], "MIN ≤ TARGET ≤ MAX"),
        (["--grids", "4", "--weights", "beauty=1"], "no weight 'beauty'"),
        (["--grids", "4", "--weights", "compact=much"], "'much' is not a number"),
        (["--grids", "4", "--weights", "compact=-1"], "cannot be negative"),
    ],
)
def test_wrong_requests(pieces, tmp_path, options, message):
    run = CliRunner().invoke(app, ["divide", str(pieces), "-o", str(tmp_path / "out.gpkg"), *options])
    assert run.exit_code == 1
    assert isinstance(run.exception, InputError)
    assert message in str(run.exception)
