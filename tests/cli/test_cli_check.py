"""`onegrid check` as people and scripts meet it: no database, plain sentences, JSON, GeoJSON, one line for an error."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import shapely
from typer.testing import CliRunner

from app.cli import app, main

RUNNER = CliRunner()
WEST = "[[114.0,22.6],[114.001,22.6],[114.001,22.601],[114.0,22.601],[114.0,22.6]]"
EAST = "[[114.00099,22.6],[114.002,22.6],[114.002,22.601],[114.00099,22.601],[114.00099,22.6]]"


@pytest.fixture
def overlapping(tmp_path: Path) -> Path:
    """Two grids that overlap by 0.00001°, about a metre, under GBK-looking names."""
    features = [
        f'{{"type":"Feature","properties":{{"code":"{code}","名称":"网格{code}"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}'
        for code, ring in (("A", WEST), ("B", EAST))
    ]
    path = tmp_path / "grids.geojson"
    path.write_text(f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}', encoding="utf-8")
    return path


def test_people_see_the_file_the_problems_and_the_remedy(overlapping: Path):
    answer = RUNNER.invoke(app, ["check", str(overlapping)])
    assert answer.exit_code == 0
    for words in (
        "EPSG:4326",
        "utf-8",
        "网格A",
        "grids A and B both claim",
        "longest shared edge",
        "it can be imported",
    ):
        assert words in answer.output.replace("\n", " ")


def test_scripts_get_json_and_a_map_of_the_problems(overlapping: Path, tmp_path: Path):
    target = tmp_path / "problems.geojson"
    answer = RUNNER.invoke(app, ["check", str(overlapping), "--json", "--repair", "full", "-o", str(target)])
    assert answer.exit_code == 0
    facts = json.loads(answer.output)
    assert facts["found"]["counts"]["overlap"] == 1
    assert facts["left"]["counts"] == {}
    (change,) = [change for change in facts["repair"]["changes"] if change["action"] == "overlap_given"]
    # 0.00001° × 0.001° at 22.6° north: 1.0276 m × 110.75 m
    assert change["area_m2"] == pytest.approx(1.0276 * 110.75, rel=0.02)
    features = json.loads(target.read_text(encoding="utf-8"))["features"]
    (overlap,) = [feature for feature in features if feature["properties"]["kind"] == "overlap"]
    assert shapely.geometry.shape(overlap["geometry"]).bounds[0] == pytest.approx(114.00099)


def test_the_repaired_network_is_written_on_request(overlapping: Path, tmp_path: Path):
    target = tmp_path / "repaired.geojson"
    answer = RUNNER.invoke(app, ["check", str(overlapping), "--repair", "full", "--repaired", str(target)])
    assert "repaired network written" in answer.output
    shapes = [shapely.geometry.shape(one["geometry"]) for one in json.loads(target.read_text("utf-8"))["features"]]
    assert len(shapes) == 2
    assert shapely.coverage_is_valid(shapes)


def test_an_error_is_one_line_and_exit_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "empty.geojson").write_text("")
    monkeypatch.setattr(sys, "argv", ["onegrid", "check", str(tmp_path / "empty.geojson")])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("onegrid: empty.geojson")
    assert said.count("\n") == 1
