"""Dividing a file: fields, areas, systems of coordinates, the same bytes again, refusals with the place."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.errors import FileError, Infeasible, InputError
from app.services.division import FileDivision, divide_file


@pytest.fixture
def pieces(tmp_path: Path) -> Path:
    """A hundred squares of 100 m in Nansha with 20 households each, in two areas; the last lies outside both."""
    shapes = [shapely.box(c * 100, r * 100, c * 100 + 100, r * 100 + 100) for r in range(10) for c in range(10)]
    shapes = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + np.array([450_000, 2_520_000]))
    area = ["440115001001" if at % 10 < 5 else "440115001002" for at in range(99)] + [None]
    frame = gpd.GeoDataFrame({"households": 20, "area": area}, geometry=shapes, crs="EPSG:4547")
    path = tmp_path / "pieces.gpkg"
    frame.to_file(path)
    return path


def test_the_rows_come_back_with_their_grid(pieces, tmp_path):
    out = tmp_path / "divided.gpkg"
    divided = divide_file(pieces, out, FileDivision(grids=8, effort=500.0))
    rows = gpd.read_file(out, layer="divided")
    assert rows.crs.to_epsg() == 4547
    assert rows["households"].tolist() == [20] * 100
    assert sorted(rows["grid"].unique()) == list(range(1, 9))
    summary = divided.to_dict()
    assert (summary["grids"], summary["broken"], summary["pieces"]) == (8, 0, 100)
    assert summary["within_25_percent"] == 1.0
    northwest = rows.union_all().bounds
    first = rows[rows["grid"] == 1].union_all()
    assert (first.bounds[0], first.bounds[3]) == (northwest[0], northwest[3])


def test_areas_are_kept_and_rows_outside_them_left_out(pieces, tmp_path):
    out = tmp_path / "divided.parquet"
    asked = FileDivision(band=(150, 200, 250), area_field="area", effort=500.0)
    summary = divide_file(pieces, out, asked).to_dict()
    rows = gpd.read_parquet(out)
    assert summary["undivided"] == 1
    assert rows["grid"].isna().tolist() == [False] * 99 + [True]
    assert (rows.dropna(subset=["grid"]).groupby("grid")["area"].nunique() == 1).all()


def test_old_grids_are_kept_together_on_request(pieces, tmp_path):
    asked = FileDivision(grids=2, keep_fields=("area",), effort=2000.0)
    assert divide_file(pieces, tmp_path / "divided.gpkg", asked).to_dict()["preserved"]["area"] > 0.95


def test_degrees_are_divided_in_metres(pieces, tmp_path):
    degrees = tmp_path / "degrees.geojson"
    gpd.read_file(pieces).to_crs(4326).to_file(degrees)
    summary = divide_file(degrees, tmp_path / "divided.geojson", FileDivision(grids=4, effort=500.0)).to_dict()
    assert (summary["broken"], summary["grids"]) == (0, 4)
    assert summary["cut_km"] == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("suffix", ["gpkg", "parquet", "geojson", "fgb"])
def test_the_same_request_writes_the_same_bytes(pieces, tmp_path, suffix):
    one, two = tmp_path / f"one/divided.{suffix}", tmp_path / f"two/divided.{suffix}"
    for path in (one, two):
        divide_file(pieces, path, FileDivision(grids=5, effort=200.0))
    assert one.read_bytes() == two.read_bytes()


def test_refusals_name_the_field_and_the_row(pieces, tmp_path):
    frame = gpd.read_file(pieces)
    frame["households"] = [*[20.0] * 98, -1.0, np.nan]
    frame.to_file(tmp_path / "bad.gpkg")
    out = tmp_path / "out.gpkg"
    with pytest.raises(FileError, match=r"row 99, field households: not a number of 0 or more"):
        divide_file(tmp_path / "bad.gpkg", out, FileDivision(grids=5))
    with pytest.raises(FileError, match="field people: there is no such field — the fields are households, area"):
        divide_file(pieces, out, FileDivision(weight="people", grids=5))
    with pytest.raises(Infeasible, match="101 grids cannot be made: there are only 100 pieces"):
        divide_file(pieces, out, FileDivision(grids=101))
    with pytest.raises(InputError, match="either --grids K or --band"):
        FileDivision()
    assert not out.exists()


def test_a_point_is_not_a_piece(tmp_path):
    frame = gpd.GeoDataFrame({"households": [1]}, geometry=[shapely.Point(113.5, 22.7)], crs=4326)
    frame.to_file(tmp_path / "points.geojson")
    with pytest.raises(FileError, match="row 1: not a polygon"):
        divide_file(tmp_path / "points.geojson", tmp_path / "out.gpkg", FileDivision(grids=1))
