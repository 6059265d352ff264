"""Every format, written by GDAL or geopandas and read here; and what is none of them."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from app.errors import FileError, OneGridError, TooLarge
from app.files.reading import Limits, read_source
from tests.files.conftest import NAMES

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>网格</name>{folders}</Document></kml>"""
PLACEMARK = """<Placemark><name>{name}</name><ExtendedData><Data name="code"><value>{code}</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing>
<coordinates>113.5,22.7 113.6,22.7 113.6,22.8 113.5,22.7</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark>"""
TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.01, 0.01], "translate": [113.5, 22.7]},
    "objects": {
        "grids": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "a", "name": "甲"}},
                {"type": "Polygon", "arcs": [[2, -1]], "properties": {"code": "b", "name": "乙"}},
            ],
        }
    },
    "arcs": [[[1, 0], [0, 1]], [[1, 1], [-1, 0], [0, -1], [1, 0]], [[1, 0], [1, 0], [0, 1], [-1, 0]]],
}


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "geojson", "shp"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547"])
def test_what_gdal_wrote_comes_back(grids: gpd.GeoDataFrame, tmp_path: Path, suffix: str, crs: str) -> None:
    moved = grids.to_crs(crs)
    path = tmp_path / f"grids.{suffix}"
    pyogrio.write_dataframe(moved, path, encoding="UTF-8" if suffix == "shp" else None)
    source = read_source(path)
    rows = source.frame.sort_values("code", ignore_index=True)
    assert rows["code"].tolist() == moved["code"].tolist()
    assert rows["name"].tolist() == NAMES
    assert rows["households"].tolist() == [310, 420, 505]
    assert np.all(shapely.equals_exact(shapely.normalize(rows.geometry.to_numpy()),
                                       shapely.normalize(moved.geometry.to_numpy()), tolerance=1e-7))  # fmt: skip
    assert source.crs is not None
    assert source.crs.to_epsg() == int(crs[5:])
    assert source.frame.crs == source.crs
    assert source.size == sum(part.stat().st_size for part in tmp_path.glob("grids.*"))
    assert len(source.sha256) == 64


@pytest.mark.parametrize("suffix", ["gpkg", "fgb"])
def test_long_codes_that_are_numbers_keep_every_digit_beside_a_gap(tmp_path: Path, suffix: str) -> None:
    """18 digits do not fit into a float; pandas makes floats of whole numbers with gaps."""
    codes = pd.array([440115001001000001, None, 440115001001000003], dtype="Int64")
    frame = gpd.GeoDataFrame({"code": codes, "n": pd.array([1, None, 3], dtype="Int64")}, geometry=[None] * 3, crs=4326)
    path = tmp_path / f"grids.{suffix}"
    pyogrio.write_dataframe(frame, path, geometry_type="Point", SPATIAL_INDEX="NO")
    source = read_source(path)
    assert source.frame["code"].tolist() == [440115001001000001, None, 440115001001000003]
    assert source.frame["n"].dtype == np.float64


def test_a_file_with_ever_new_fields_is_refused(tmp_path: Path) -> None:
    features = [{"type": "Feature", "properties": {f"f{n}": n}, "geometry": None} for n in range(2_100)]
    path = tmp_path / "grids.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with pytest.raises(TooLarge, match="more than 2,000 different fields"):
        read_source(path)


@pytest.mark.parametrize("column", ["geometry", "shape"])
def test_geoparquet_comes_back(grids: gpd.GeoDataFrame, tmp_path: Path, column: str) -> None:
    path = tmp_path / "grids.parquet"
    frame = grids.to_crs(4490)
    (frame if column == "geometry" else frame.rename_geometry(column)).to_parquet(path)
    source = read_source(path)
    assert source.format == "GeoParquet"
    assert source.frame.geometry.name == "geometry"
    assert source.frame["name"].tolist() == NAMES
    assert source.crs is not None
    assert source.crs.to_epsg() == 4490


def test_a_table_without_shapes_is_not_geoparquet(grids: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "grids.parquet"
    pd.DataFrame(grids.drop(columns="geometry")).to_parquet(path)
    with pytest.raises(FileError, match="not GeoParquet"):
        read_source(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileError, match="cannot be read"):
        read_source(path)


def test_a_geopackage_with_several_layers_asks_which(grids: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "all.gpkg"
    for name in ("chengguan", "zongzhi"):
        pyogrio.write_dataframe(grids, path, layer=name, append=path.exists())
    with pytest.raises(FileError, match=r"2 layers: chengguan, zongzhi .*--layer"):
        read_source(path)
    with pytest.raises(FileError, match="no layer 'x'; it has: chengguan, zongzhi"):
        read_source(path, layer="x")
    assert read_source(path, layer="zongzhi").layer == "zongzhi"


def test_a_plain_table_in_a_geopackage_is_no_layer(grids: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "one.gpkg"
    pyogrio.write_dataframe(grids, path, layer="grids")
    pyogrio.write_dataframe(pd.DataFrame({"key": ["a"]}), path, layer="notes", append=True)
    assert read_source(path).layers == ("grids",)


def test_a_database_that_is_no_geopackage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "contacts.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE people (name TEXT)")
    database.close()
    with pytest.raises(FileError, match=r"no layer with geometry|does not fit|cannot be read"):
        read_source(path)


def test_kml_and_kmz_are_read_with_their_data(tmp_path: Path) -> None:
    marks = PLACEMARK.format(name=NAMES[0], code="001") + PLACEMARK.format(name=NAMES[1], code="002")
    text = KML.format(folders=marks)
    plain = tmp_path / "grids.kml"
    plain.write_text(text, encoding="utf-8")
    packed = tmp_path / "grids.kmz"
    with zipfile.ZipFile(packed, "w") as sink:
        sink.writestr("doc.kml", text)
        sink.writestr("files/icon.png", b"\x89PNG")
    for path in (plain, packed):
        source = read_source(path)
        assert source.format.startswith("KML")
        assert source.frame["Name"].tolist() == NAMES[:2]
        assert source.frame["code"].tolist() == ["001", "002"]
        assert source.crs is not None
        assert source.crs.to_epsg() == 4326
        assert "tessellate" not in source.fields


def test_folders_of_a_kml_are_layers(tmp_path: Path) -> None:
    folders = "".join(f"<Folder><name>{n}</name>{PLACEMARK.format(name=n, code=n)}</Folder>" for n in ("甲", "乙"))
    path = tmp_path / "two.kml"
    path.write_text(KML.format(folders=folders), encoding="utf-8")
    with pytest.raises(FileError, match="2 layers: 甲, 乙"):
        read_source(path)
    assert read_source(path, layer="乙").frame["code"].tolist() == ["乙"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (KML.format(folders=PLACEMARK.format(name="a", code="1"))[:-30], "ends in the middle"),
        (KML.format(folders="").replace("<kml", '<!DOCTYPE x [<!ENTITY a "b">]><kml'), "entities of its own"),
        (KML.format(folders=""), "no layer with geometry"),
        (KML.format(folders="<Placemark><name>a</Placemark>"), "cannot be read|does not fit"),
    ],
)
def test_kml_that_cannot_be_read(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "grids.kml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=told):
        read_source(path)


def test_topojson_is_read(tmp_path: Path) -> None:
    path = tmp_path / "grids.json"
    path.write_text(json.dumps(TOPOLOGY, ensure_ascii=False), encoding="utf-8")
    source = read_source(path)
    assert (source.format, source.layer) == ("TopoJSON", "grids")
    assert source.frame["name"].tolist() == ["甲", "乙"]
    assert source.frame.geometry[1].equals(shapely.box(113.51, 22.7, 113.52, 22.71))


@pytest.mark.parametrize("objects", [{}, None, []])
def test_topojson_without_objects_is_refused(tmp_path: Path, objects: object) -> None:
    path = tmp_path / "grids.topojson"
    path.write_text(json.dumps({**TOPOLOGY, "objects": objects}), encoding="utf-8")
    with pytest.raises(FileError, match="no objects"):
        read_source(path)


@pytest.mark.parametrize("arcs", [[[0, 7]], [["x"]], "x", [[[0]]]])
def test_topojson_with_false_arcs_is_refused_or_told(tmp_path: Path, arcs: object) -> None:
    document = json.loads(json.dumps(TOPOLOGY))
    document["objects"]["grids"]["geometries"][0]["arcs"] = arcs
    path = tmp_path / "grids.topojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        source = read_source(path)
    except OneGridError:
        return
    assert source.defects or source.notes


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"code,name,wkt\n1,a,POINT(1 1)\n", "format is not known .*text that begins with 'code,name,wkt"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"AC1032" + b"\x00" * 20, "an AutoCAD drawing"),
        (b"\x89PNG\r\n", "a picture"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel or Word file"),
        (bytes(range(256)), "binary data of another kind"),
    ],
)
def test_what_is_no_boundary_file_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "grids.dat"
    path.write_bytes(content)
    with pytest.raises(FileError, match=told) as raised:
        read_source(path)
    assert raised.value.members["remedy"]


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        read_source(tmp_path / "nothing.geojson")
    with pytest.raises(FileError, match="a folder"):
        read_source(tmp_path)


def test_limits_of_size_and_rows(grids: gpd.GeoDataFrame, tmp_path: Path) -> None:
    for suffix in ("gpkg", "fgb", "geojson", "parquet"):
        path = tmp_path / f"grids.{suffix}"
        grids.to_parquet(path) if suffix == "parquet" else pyogrio.write_dataframe(grids, path)
        with pytest.raises(TooLarge, match="features"):
            read_source(path, limits=Limits(max_features=2))
        with pytest.raises(TooLarge, match="bytes, more than 100"):
            read_source(path, limits=Limits(max_bytes=100))


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_binary_files_cut_off_are_refused(grids: gpd.GeoDataFrame, tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"grids.{suffix}"
    many = pd.concat([grids] * 200, ignore_index=True)
    many.to_parquet(path) if suffix == "parquet" else pyogrio.write_dataframe(many, path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(OneGridError):
        read_source(path)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet", "shp"])
def test_random_damage_ends_in_a_sentence_or_in_a_frame(grids: gpd.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    """No other exception than OneGridError, whatever bytes are changed (seeded)."""
    path = tmp_path / f"grids.{suffix}"
    grids.to_parquet(path) if suffix == "parquet" else pyogrio.write_dataframe(grids, path)
    sound = path.read_bytes()
    rng = np.random.default_rng(7)
    refused = 0
    for _ in range(40):
        damaged = bytearray(sound)
        for place in rng.integers(0, len(sound), 12):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            read_source(path)
        except OneGridError:
            refused += 1
    assert refused > 0
