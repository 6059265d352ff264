"""The files of a sample town, read back with geopandas, openpyxl and zipfile."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from app.errors import Conflict
from app.services.networks.samples import make_sample_town
from app.spatial.coordinates.china import bd09_to_wgs84, gcj02_to_wgs84


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("town")
    make_sample_town(made, "small", 5)
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_seed_same_bytes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    make_sample_town(tmp_path / "again", "small", 5)
    make_sample_town(tmp_path / "again", "small", 5)  # over itself
    first, second = contents(folder), contents(tmp_path / "again")
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
    make_sample_town(tmp_path / "other", "small", 6)
    assert contents(tmp_path / "other")["events.csv"] != first["events.csv"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(Conflict, match="not a sample town"):
        make_sample_town(tmp_path, "small", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_shapefile_tells_neither_system_nor_encoding(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(folder / "networks/city_management.shp.zip") as packed:
        assert sorted(Path(name).suffix for name in packed.namelist()) == [".dbf", ".shp", ".shx"]
        packed.extractall(tmp_path)
    assert "城管".encode("gbk") in (tmp_path / "city_management.dbf").read_bytes()
    frame = gpd.read_file(tmp_path / "city_management.shp", encoding="GBK")
    assert list(frame.columns) == ["网格编号", "网格名称", "geometry"]
    assert frame.crs is None
    assert frame["网格名称"].str.contains("城管").all()


def test_projected_files_keep_shared_borders_shared(folder: Path) -> None:
    for file in ("networks/governance.gpkg", "layers/blocks.gpkg"):
        frame = gpd.read_file(folder / file)
        assert frame.crs == "EPSG:4547"
        assert shapely.coverage_is_valid(frame.geometry.to_numpy())


def test_files_answer_as_expected_owners_says(folder: Path, tmp_path: Path) -> None:
    truth = pd.read_csv(folder / "expected/owners.csv", dtype=str, keep_default_na=False)
    points = gpd.points_from_xy(truth["lon"].astype(float), truth["lat"].astype(float), crs=4326)
    with zipfile.ZipFile(folder / "networks/city_management.shp.zip") as packed:
        packed.extractall(tmp_path)
    city = gpd.read_file(tmp_path / "city_management.shp", encoding="GBK").set_crs(4547)
    found = {
        "civilization": gpd.read_file(folder / "networks/civilization.geojson"),
        "governance": gpd.read_file(folder / "networks/governance.gpkg").rename(columns={"网格编号": "code"}),
        "city_management": city.rename(columns={"网格编号": "code"}),
        "community": gpd.read_file(folder / "layers/communities.geojson"),
    }
    for name, grids in found.items():
        valid = grids.assign(geometry=grids.make_valid())[["code", "geometry"]]
        joined = gpd.GeoDataFrame(geometry=points).to_crs(valid.crs).sjoin(valid, predicate="intersects")
        codes = joined.groupby(level=0)["code"].apply(lambda held: "|".join(sorted(set(held))))
        assert codes.reindex(truth.index, fill_value="").tolist() == truth[name].tolist(), name


def test_events_come_back_from_their_systems(folder: Path) -> None:
    events = pd.read_csv(folder / "events.csv")
    truth = pd.read_csv(folder / "expected/owners.csv")
    for crs, back in (("gcj02", gcj02_to_wgs84), ("bd09", bd09_to_wgs84), ("wgs84", lambda x, y: (x, y))):
        rows = (events["crs"] == crs).to_numpy()
        assert rows.any()
        lon, lat = back(events.loc[rows, "lon"].to_numpy(), events.loc[rows, "lat"].to_numpy())
        off = np.hypot(lon - truth.loc[rows, "lon"], lat - truth.loc[rows, "lat"])
        assert off.max() < 2e-8  # 2 mm
    shift = np.hypot(events["lon"] - truth["lon"], events["lat"] - truth["lat"])
    assert shift[events["crs"] != "wgs84"].min() > 1e-3


def test_lists_open_and_hold_what_the_manifest_counts(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    staff = openpyxl.load_workbook(folder / "staff.xlsx").active
    assert staff.max_row - 1 == manifest["staff"]["posts"]
    assert [cell.value for cell in staff[1]][:3] == ["人员编号", "姓名", "电话"]
    assert staff["C2"].value == "00000000001"
    duties = openpyxl.load_workbook(folder / "duties.xlsx").active
    assert {row[0] for row in duties.iter_rows(min_row=2, values_only=True)} == {"事件", "部件"}
    assert len(gpd.read_parquet(folder / "layers/households.parquet")) == manifest["counts"]["households"] == 5000
    assert len(pd.read_csv(folder / "events.csv")) == manifest["counts"]["events"]


def test_everything_says_that_it_is_synthetic(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "Synthetic" in readme.splitlines()[0]
    assert "{" not in readme
    for code in manifest["networks"]["city_management"]["uncovered_blocks"]:
        assert code in readme
    assert "合成" in openpyxl.load_workbook(folder / "staff.xlsx").sheetnames[0]
