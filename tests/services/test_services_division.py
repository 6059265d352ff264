"""Dividing a file: fields, areas, systems of coordinates, the same bytes again, refusals with the place."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.errors import FileError, Infeasible, InputError
from app.services.plans.division import FileDivision, divide_file
from app.services.plans.division_requests import BridgeRequest
from app.spatial.division.terms import Band, Load, Weights


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
    west, _, _, north = rows.union_all().bounds
    first = rows[rows["grid"] == 1].union_all()
    assert first.bounds[0] == west
    assert first.bounds[3] > north - 1.5 * first.area**0.5


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


def test_further_loads_are_shared_and_told(pieces, tmp_path):
    frame = gpd.read_file(pieces)
    frame["people"] = [10 + 40 * (at % 10 >= 5) for at in range(100)]
    frame.to_file(tmp_path / "people.gpkg")
    alone = FileDivision(grids=4, loads=(Load("people", 0.0),), effort=2000.0)
    even = FileDivision(grids=4, loads=(Load("people", 4.0),), effort=2000.0)
    spread = [
        divide_file(tmp_path / "people.gpkg", tmp_path / f"{name}.gpkg", asked).to_dict()["loads"]["people"]
        for name, asked in (("alone", alone), ("even", even))
    ]
    assert spread[1]["deviation_max"] < spread[0]["deviation_max"]
    inside = FileDivision(grids=4, loads=(Load("people", 1.0, Band("people", 700, 750, 800)),), effort=2000.0)
    told = divide_file(tmp_path / "people.gpkg", tmp_path / "inside.gpkg", inside).to_dict()["loads"]["people"]
    assert 0.0 <= told["inside_band"] <= 1.0


def test_bridges_and_compounds_of_a_file(pieces, tmp_path):
    frame = gpd.read_file(pieces).drop(index=range(40, 50)).reset_index(drop=True)  # a river between rows 4 and 5
    frame["estate"] = ["e" if at in (0, 1, 10, 11) else None for at in range(90)]
    frame.to_file(tmp_path / "river.gpkg")
    place = frame.geometry.to_crs(4326).iloc[40].representative_point()
    bridge = BridgeRequest(30, (place.x, place.y), "footbridge")
    asked = FileDivision(grids=1, bridges=(bridge,), compound_field="estate", effort=100.0)
    divided = divide_file(tmp_path / "river.gpkg", tmp_path / "out.gpkg", asked)
    assert divided.to_dict()["bridges"] == [{"left": 30, "right": 40, "why": "footbridge", "grid": 0}]
    with pytest.raises(Infeasible, match="2 separate territories"):
        divide_file(tmp_path / "river.gpkg", tmp_path / "no.gpkg", FileDivision(grids=1))
    whole = FileDivision(grids=20, compound_field="estate", effort=500.0)
    rows = divide_file(tmp_path / "river.gpkg", tmp_path / "whole.gpkg", whole).frame
    assert rows.loc[rows["estate"] == "e", "grid"].nunique() == 1


def test_stations_pull_the_grids(pieces, tmp_path):
    corners = gpd.GeoSeries.from_xy([450_100, 450_900], [2_520_500, 2_520_500], crs="EPSG:4547")
    gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=corners).to_file(tmp_path / "stations.gpkg")
    asked = FileDivision(grids=2, stations=tmp_path / "stations.gpkg", weights=Weights(station=4.0), effort=2000.0)
    near = divide_file(pieces, tmp_path / "near.gpkg", asked).to_dict()["station_m"]
    # each half of the square is 500 m wide, its station 100 m from the outer side: worked out cell by cell
    x, y = np.meshgrid(np.arange(50, 500, 100), np.arange(50, 1000, 100))
    assert near == pytest.approx(np.hypot(x - 100, y - 500).mean(), rel=0.02)


def test_a_strict_request_is_refused_with_what_would_do(pieces, tmp_path):
    asked = FileDivision(band=(900, 950, 990), strict=True, effort=200.0)
    with pytest.raises(Infeasible) as caught:
        divide_file(pieces, tmp_path / "out.gpkg", asked)
    assert "nearest feasible choice" in caught.value.reasons[0]
    assert not (tmp_path / "out.gpkg").exists()


def test_several_plans_come_as_columns_with_their_scores(pieces, tmp_path):
    """Old grids are tall strips of uneven size: keeping them and making grids even are two plans."""
    rows = gpd.read_file(pieces)
    rows["old"] = [f"s{min(at % 10, 7) // 2}" for at in range(100)]
    rows["households"] = [20 + (at % 10) * 6 for at in range(100)]
    rows.to_file(tmp_path / "old.gpkg")
    out = tmp_path / "divided.parquet"
    asked = FileDivision(band=(300, 600, 1200), keep_fields=("old",), candidates=3, effort=300.0)
    divided = divide_file(tmp_path / "old.gpkg", out, asked)
    told, written = divided.to_dict()["candidates"], gpd.read_parquet(out)
    assert 2 <= len(told) <= 3
    assert [one["column"] for one in told] == ["grid", "grid_2", "grid_3"][: len(told)]
    for one in told:
        assert written[one["column"]].nunique() == one["grids"]
    assert told[0]["score"]["total"] == max(one["score"]["total"] for one in told)
    for one in told:  # nobody is beaten on both axes
        mine = one["measures"]
        assert not any(
            other["measures"]["stable"] > mine["stable"] and other["measures"]["even"] > mine["even"] for other in told
        )
    again = divide_file(tmp_path / "old.gpkg", tmp_path / "again.parquet", asked)
    assert again.to_dict()["candidates"] == told
    assert divide_file(pieces, tmp_path / "one.parquet", FileDivision(grids=8, effort=100.0)).candidates == ()
