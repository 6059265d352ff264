"""The file door and the checks together: from a file on disk to problems, repairs and a repaired file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from app.errors import InputError
from app.services.networks.checks import check_file, write_repaired
from app.spatial.quality.problems import Kind

LON, LAT, STEP = 114.0, 22.6, 0.001


def square(column: float, row: float, width: float = 1.0) -> list[list[float]]:
    west, south = LON + column * STEP, LAT + row * STEP
    east, north = west + width * STEP, south + STEP
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def write(path: Path, features: list[tuple[dict[str, Any], dict[str, Any] | None]]) -> Path:
    members = [{"type": "Feature", "properties": facts, "geometry": shape} for facts, shape in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": members}), encoding="utf-8")
    return path


def polygon(ring: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_file_is_checked_and_repaired_without_storing(tmp_path: Path):
    file = write(
        tmp_path / "grids.geojson",
        [
            ({"wgbm": "G1"}, polygon(square(0, 0, 1.01))),
            ({"wgbm": "G2"}, polygon(square(1, 0))),
            ({"wgbm": "G3"}, polygon(square(0, 1)[:-1])),
            ({"wgbm": "G4"}, {"type": "Polygon", "coordinates": "none"}),
        ],
    )
    found = check_file(file)
    assert found.picked.code_field == "wgbm"
    assert found.found.counts["overlap"] == 1
    assert [(problem.row, problem.code) for problem in found.found.of(Kind.UNCLOSED_RING)] == [(3, "G3")]
    assert [problem.row for problem in found.found.errors] == [4]
    assert found.to_dict()["storable"] is False
    full = check_file(file, mode="full")
    facts = json.loads(json.dumps(full.to_dict()))
    assert facts["storable"] is True
    assert {row["action"] for row in facts["repair"]["summary"]} >= {"ring_closed", "left_out", "overlap_given"}
    assert facts["preview"]["crs"] == "EPSG:4326"


def test_the_repaired_network_can_be_written(tmp_path: Path):
    file = write(
        tmp_path / "g.geojson", [({"code": "A"}, polygon(square(0, 0, 1.01))), ({"code": "B"}, polygon(square(1, 0)))]
    )
    write_repaired(check_file(file, mode="full"), tmp_path / "made.gpkg")
    made = gpd.read_file(tmp_path / "made.gpkg", layer="made")
    assert list(made["code"]) == ["A", "B"]
    assert list(made["row"]) == [1, 2]
    assert shapely.coverage_is_valid(made.geometry.to_numpy())


def test_a_file_without_codes_is_still_checked(tmp_path: Path):
    file = write(tmp_path / "g.geojson", [({}, polygon(square(0, 0))), ({}, polygon(square(1, 0)))])
    checked = check_file(file)
    assert checked.found.counts["missing_code"] == 2
    assert "--code-field" in checked.notes[-1]
    assert list(check_file(file, mode="full").repaired.frame["code"]) == ["MISSING-0001", "MISSING-0002"]


def test_points_are_checked_as_a_layer_and_not_repaired(tmp_path: Path):
    point = {"type": "Point", "coordinates": [LON, LAT]}
    file = write(tmp_path / "p.geojson", [({"code": "a"}, point), ({"code": "b"}, None)])
    checked = check_file(file)
    assert checked.repaired is None
    assert [(problem.kind, problem.row) for problem in checked.found.errors] == [(Kind.MISSING_GEOMETRY, 2)]
    with pytest.raises(InputError, match="only networks are repaired"):
        check_file(file, mode="safe")
    with pytest.raises(InputError, match="layer"):
        write_repaired(checked, tmp_path / "p.gpkg")


def test_an_unknown_repair_is_refused_before_the_file_is_read(tmp_path: Path):
    with pytest.raises(InputError, match="none, safe, full"):
        check_file(tmp_path / "missing.geojson", mode="all")
