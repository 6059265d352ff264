"""Exports in every format: the content comes back, the metadata is inside, the bytes are the same each time."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.files.cells import harmless, shapefile_names
from app.files.reading import read_source
from app.files.writing import write_frames
from tests.files.conftest import NAMES

METADATA = {
    "plan": "南沙 2026",
    "editions": [{"network": "a", "edition": 3}],
    "hash": "ab" * 32,
    "seed": 7,
    "note": None,
}
SUFFIXES = [".geojson", ".gpkg", ".fgb", ".parquet", ".shp.zip", ".csv", ".xlsx"]
GEOGRAPHIC = [suffix for suffix in SUFFIXES if suffix not in (".csv", ".xlsx")]


@pytest.fixture
def full(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """With values of all kinds, nothing in places, long names, and a text that a spreadsheet would run."""
    made = grids.copy()
    made["properties"] = [{"甲": [1, 2]}, {}, None]
    made["score"] = [0.1, np.nan, 1 / 3]
    made["compactness_mean"] = [1, 2, 3]
    made["compactness_least"] = [4, 5, 6]
    made["remark"] = ["=1+1", None, "@SUM(A1)"]
    made["locked"] = [True, False, True]
    made.attrs["networks"] = ["a"]
    return made


@pytest.mark.parametrize("suffix", GEOGRAPHIC)
def test_what_is_written_can_be_read(full: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    (path,) = write_frames(full, tmp_path / f"grids{suffix}", metadata=METADATA)
    source = read_source(path)
    rows = source.frame.sort_values("code", ignore_index=True)
    assert rows["code"].tolist() == full["code"].tolist()
    assert rows["name"].tolist() == NAMES
    assert rows["remark"].tolist()[0] == "=1+1"
    assert rows["score"].tolist()[2] == pytest.approx(1 / 3, rel=1e-9)
    assert source.crs is not None
    assert source.crs.to_epsg() == 4326
    assert np.allclose(shapely.area(rows.geometry), shapely.area(full.geometry))


@pytest.mark.parametrize("suffix", GEOGRAPHIC)
def test_the_coordinate_system_is_kept_but_in_geojson(full: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    (path,) = write_frames(full.to_crs("EPSG:4547"), tmp_path / f"grids{suffix}")
    source = read_source(path)
    assert source.crs is not None
    assert source.crs.to_epsg() == (4326 if suffix == ".geojson" else 4547)
    assert (source.frame.total_bounds[2] < 180) == (suffix == ".geojson")


def inside(path: Path) -> Any:
    """The metadata, read without this project's own code."""
    suffix = "".join(path.suffixes[-2:]) if path.name.endswith(".shp.zip") else path.suffix
    if suffix == ".geojson":
        return json.loads(path.read_text(encoding="utf-8"))["onegrid"]
    if suffix == ".gpkg":
        table = pyogrio.read_dataframe(path, layer="onegrid_metadata")
        return dict(zip(table["key"], table["value"], strict=True))
    if suffix == ".fgb":
        return json.loads(pyogrio.read_info(path)["layer_metadata"]["DESCRIPTION"])
    if suffix == ".parquet":
        return json.loads(pyarrow.parquet.read_schema(path).metadata[b"onegrid"])
    if suffix == ".shp.zip":
        return json.loads(zipfile.ZipFile(path).read("onegrid.json"))
    if suffix == ".csv":
        return json.loads(path.with_name(path.name + ".json").read_text(encoding="utf-8"))
    rows: Iterator[Any] = openpyxl.load_workbook(path)["onegrid"].iter_rows(values_only=True)
    return dict(row for row in rows if row[0] != "key")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_metadata_is_inside(full: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    path = write_frames(full, tmp_path / f"grids{suffix}", metadata=METADATA)[0]
    found = inside(path)
    assert found["plan"] == "南沙 2026"
    assert found["hash"] == "ab" * 32
    editions = found["editions"]
    assert (json.loads(editions) if isinstance(editions, str) else editions) == METADATA["editions"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_content_gives_the_same_bytes(full: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    """Also a day later: no date of today is in them."""
    first = write_frames(full, tmp_path / "a" / f"grids{suffix}", metadata=METADATA)[0].read_bytes()
    second = write_frames(full, tmp_path / "b" / f"grids{suffix}", metadata=METADATA)[0].read_bytes()
    assert first == second
    today = pd.Timestamp.now(tz="UTC").strftime("%Y-%m-%d").encode()
    assert today not in first


@pytest.mark.parametrize("suffix", [".gpkg", ".shp.zip", ".xlsx"])
def test_several_frames_go_into_one_file(full: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    (path,) = write_frames({"grids": full, "pieces": full.iloc[:2]}, tmp_path / f"plan{suffix}", metadata=METADATA)
    if suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["grids", "pieces", "onegrid"]
        assert book["pieces"].max_row == 3
        return
    assert len(read_source(path, layer="grids").frame) == 3
    assert len(read_source(path, layer="pieces").frame) == 2


@pytest.mark.parametrize("suffix", [".geojson", ".fgb", ".parquet", ".csv"])
def test_several_frames_do_not_fit_into_a_format_for_one(full: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    with pytest.raises(InputError, match=f"{suffix} holds one table, not 2"):
        write_frames({"grids": full, "pieces": full}, tmp_path / f"plan{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["plan", "plan.shp", "plan.doc", "plan.json"])
def test_an_unknown_suffix_is_refused(full: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"one of \.geojson, \.gpkg"):
        write_frames(full, tmp_path / name)


def test_long_names_of_fields_are_cut_and_kept_apart_and_the_readme_tells(
    full: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    (path,) = write_frames(full, tmp_path / "grids.shp.zip", metadata=METADATA)
    fields = read_source(path).fields
    assert {"compactnes", "compactn_2"} <= set(fields)
    readme = zipfile.ZipFile(path).read("README.txt").decode("utf-8")
    assert "grids: compactn_2 = compactness_least" in readme
    assert zipfile.ZipFile(path).read("grids.cpg") == b"UTF-8"
    assert inside(path)["field_names_cut"]["grids"]["compactness_mean"] == "compactnes"


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=120))
def test_names_of_shapefiles_are_short_and_different(names: list[str]) -> None:
    made = shapefile_names(names)
    assert list(made) == names
    assert all(len(short.encode()) <= 10 for short in made.values())
    assert len({short.lower() for short in made.values()}) == len(names)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+86 20 8888", "'+86 20 8888"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-12.5", "-12.5"),
        ("+3", "+3"),
        ("南沙", "南沙"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_texts_that_would_run_are_kept_from_it(text: str, safe: str) -> None:
    assert harmless(text) == safe


def test_a_csv_opens_in_excel_and_runs_nothing(full: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path, beside = write_frames(full, tmp_path / "grids.csv", metadata=METADATA)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert beside.name == "grids.csv.json"
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["name"] for row in rows] == NAMES
    assert [row["remark"] for row in rows] == ["'=1+1", "", "'@SUM(A1)"]
    assert json.loads(rows[0]["properties"]) == {"甲": [1, 2]}
    assert shapely.from_wkt(rows[1]["wkt"]).equals(full.geometry[1])


def test_a_workbook_holds_texts_as_texts(full: gpd.GeoDataFrame, tmp_path: Path) -> None:
    full["name"] = ["440115001", "bell\x07", "x" * 40_000]
    (path,) = write_frames(full, tmp_path / "grids.xlsx", metadata=METADATA)
    sheet = openpyxl.load_workbook(path)["grids"]
    head = [cell.value for cell in sheet[1]]
    remark, name = head.index("remark"), head.index("name")
    assert sheet[2][remark].value == "=1+1"
    assert sheet[2][remark].data_type == "s"
    assert sheet[2][name].value == "440115001"
    assert sheet[3][name].value == "bell"
    assert len(sheet[4][name].value) == 32_767
    assert sheet[2][head.index("households")].value == 310


def test_nothing_is_left_behind_when_writing_fails(full: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "grids.gpkg"
    write_frames(full, path)
    before = path.read_bytes()
    for suffix in GEOGRAPHIC:
        with pytest.raises(InputError, match="no coordinate system"):
            write_frames(full.set_crs(None, allow_override=True), tmp_path / f"grids{suffix}")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_frame_and_missing_shapes_can_be_written(full: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    assert write_frames(full.iloc[:0], tmp_path / f"none{suffix}", metadata=METADATA)[0].exists()
    full.loc[1, "geometry"] = None
    path = write_frames(full, tmp_path / f"some{suffix}")[0]
    if suffix in (".geojson", ".gpkg", ".parquet", ".shp.zip"):
        assert read_source(path).frame.geometry.isna().tolist() == [False, True, False]


def test_frames_are_not_changed(full: gpd.GeoDataFrame, tmp_path: Path) -> None:
    before = full.copy(deep=True)
    for suffix in SUFFIXES:
        write_frames(full, tmp_path / f"grids{suffix}", metadata=METADATA)
    pd.testing.assert_frame_equal(pd.DataFrame(full), pd.DataFrame(before))
    assert full.attrs == {"networks": ["a"]}


def test_figures_in_geojson_read_back_the_same(tmp_path: Path) -> None:
    shapes = [shapely.Point(113.123456789012345, 22.1 + 0.2), shapely.Point(1 / 3, -1e-9)]
    frame = gpd.GeoDataFrame({"a": [0.1 + 0.2, 1e-300], "b": [2**53 + 1, -1]}, geometry=shapes, crs=4326)
    (path,) = write_frames(frame, tmp_path / "points.geojson")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert [f["properties"] for f in document["features"]] == [{"a": 0.1 + 0.2, "b": 2**53 + 1}, {"a": 1e-300, "b": -1}]
    assert [tuple(f["geometry"]["coordinates"]) for f in document["features"]] == [(p.x, p.y) for p in shapes]
