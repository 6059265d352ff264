"""Shapefiles with what is usually wrong with them. The sound ones are written by GDAL."""

from __future__ import annotations

import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.errors import FileError
from app.files.gdal import shapes_of
from app.files.reading import read_source
from tests.files.conftest import NAMES, Shapefile


@pytest.mark.parametrize(("encoding", "found"), [("GBK", "gb18030"), ("UTF-8", "utf-8"), ("GB18030", "gb18030")])
def test_chinese_names_without_a_cpg_are_detected(shapefile: Shapefile, encoding: str, found: str) -> None:
    source = read_source(shapefile(encoding=encoding))
    assert source.frame["name"].tolist() == NAMES
    assert source.encoding == found
    assert source.samples["name"] == NAMES
    assert source.frame["households"].tolist() == [310, 420, 505]


@pytest.mark.parametrize(("cpg", "ldid"), [("UTF-8", 0), ("ISO-8859-1", 0x57), ("UTF-8", 0x57), ("nonsense", 0)])
def test_a_false_claim_about_the_encoding_is_seen_through(shapefile: Shapefile, cpg: str, ldid: int) -> None:
    source = read_source(shapefile(encoding="GBK", cpg=cpg, ldid=ldid))
    assert source.frame["name"].tolist() == NAMES
    assert source.encoding_reason.startswith("the .cpg says")


def test_the_language_byte_is_believed(shapefile: Shapefile) -> None:
    source = read_source(shapefile(encoding="GBK", ldid=0x4D))
    assert source.frame["name"].tolist() == NAMES
    assert "0x4D" in source.encoding_reason


def test_an_encoding_told_overrides_everything(shapefile: Shapefile) -> None:
    source = read_source(shapefile(encoding="UTF-8", cpg="UTF-8"), encoding="GBK")
    assert source.frame["name"].tolist() != NAMES
    assert source.encoding_reason == "as told with --encoding"
    with pytest.raises(FileError, match="encoding 'klingon' is not known"):
        read_source(shapefile(), encoding="klingon")


def test_chinese_field_names_are_decoded(shapefile: Shapefile, grids: gpd.GeoDataFrame) -> None:
    frame = grids.rename(columns={"code": "网格编码", "name": "网格名称"})
    assert read_source(shapefile(frame=frame)).fields == ["网格编码", "网格名称", "households"]


def test_a_text_cut_in_the_middle_of_a_character_is_told(shapefile: Shapefile) -> None:
    """The last byte of the longest name is cut off in the table, as field widths do."""
    path = shapefile(encoding="GBK")
    table = path.with_suffix(".dbf")
    data = table.read_bytes()
    name = NAMES[1].encode("gbk")
    table.write_bytes(data.replace(name, name[:-1] + b" "))
    source = read_source(path)
    assert source.frame["name"].tolist() == [NAMES[0], NAMES[1][:-1], NAMES[2]]
    assert any("row 2" in note and "half a character" in note for note in source.notes)


def test_a_lost_index_is_made_again_and_nothing_is_written_beside(shapefile: Shapefile) -> None:
    path = shapefile()
    path.with_suffix(".shx").unlink()
    before = sorted(path.parent.iterdir())
    source = read_source(path)
    assert len(source.frame) == 3
    assert source.frame["name"].tolist() == NAMES
    assert any("no index (.shx)" in note for note in source.notes)
    assert sorted(path.parent.iterdir()) == before


@pytest.mark.parametrize("damage", ["empty", "short", "shifted", "junk"])
def test_a_false_index_is_made_again(shapefile: Shapefile, damage: str) -> None:
    path = shapefile()
    index = path.with_suffix(".shx")
    data = bytearray(index.read_bytes())
    if damage == "shifted":
        struct.pack_into(">i", data, 108, struct.unpack_from(">i", data, 108)[0] + 2)
    index.write_bytes({"empty": b"", "short": data[:104], "shifted": data, "junk": b"x" * len(data)}[damage])
    source = read_source(path)
    assert source.frame.geometry.is_valid.all()
    assert len(source.frame) == 3
    assert any("did not fit" in note for note in source.notes)


def test_a_lost_table_leaves_shapes_without_fields(shapefile: Shapefile) -> None:
    path = shapefile()
    path.with_suffix(".dbf").unlink()
    source = read_source(path)
    assert (len(source.frame), source.fields) == (3, [])
    assert any("no .dbf" in note for note in source.notes)


def test_a_lost_prj_leaves_the_system_open(shapefile: Shapefile) -> None:
    path = shapefile()
    path.with_suffix(".prj").unlink()
    source = read_source(path)
    assert source.crs is None
    assert source.crs_reason == "there is no .prj beside the .shp"


def test_a_prj_that_nobody_understands_is_told(shapefile: Shapefile) -> None:
    path = shapefile()
    path.with_suffix(".prj").write_text("南沙地方坐标系", encoding="utf-8")
    source = read_source(path)
    assert source.crs is None
    assert any(".prj is not a coordinate system" in note for note in source.notes)


def test_a_prj_with_a_chinese_name_is_understood(shapefile: Shapefile) -> None:
    path = shapefile()
    prj = path.with_suffix(".prj")
    prj.write_bytes(prj.read_text(encoding="ascii").replace("GCS_WGS_1984", "大地坐标").encode("gbk"))
    source = read_source(path)
    assert source.crs is not None
    assert source.crs.is_geographic


def test_fields_of_the_same_name_are_kept_apart(shapefile: Shapefile) -> None:
    path = shapefile()
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"code\x00", b"name\x00", 1))
    source = read_source(path)
    assert source.fields == ["name", "name_2", "households"]
    assert source.frame["name_2"].tolist() == NAMES


def test_a_table_alone_is_refused(shapefile: Shapefile) -> None:
    path = shapefile()
    path.unlink()
    with pytest.raises(FileError, match="no shapes"):
        read_source(path.with_suffix(".dbf"))


def test_any_part_names_the_whole(shapefile: Shapefile) -> None:
    path = shapefile()
    assert read_source(path.with_suffix(".dbf")).sha256 == read_source(path).sha256
    assert read_source(path.with_suffix(".shx")).size == read_source(path).size


def test_the_hash_covers_every_part(shapefile: Shapefile) -> None:
    path = shapefile()
    before = read_source(path).sha256
    path.with_suffix(".cpg").write_text("GBK", encoding="ascii")
    assert read_source(path).sha256 != before


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.99])
@pytest.mark.parametrize("suffix", [".shp", ".dbf"])
@pytest.mark.parametrize("with_index", [True, False])
def test_a_part_cut_off_is_refused(shapefile: Shapefile, suffix: str, share: float, with_index: bool) -> None:
    path = shapefile()
    part = path.with_suffix(suffix)
    data = part.read_bytes()
    part.write_bytes(data[: int(len(data) * share)])
    if not with_index:
        path.with_suffix(".shx").unlink()
    with pytest.raises(FileError, match=r"cut off|damaged|not a shapefile"):
        read_source(path)


def test_parts_of_different_files_are_refused(shapefile: Shapefile, grids: gpd.GeoDataFrame) -> None:
    path, other = shapefile("one"), shapefile("two", frame=grids.iloc[:2])
    path.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    with pytest.raises(FileError, match=r"3 shapes, the \.dbf 2 rows: they do not belong together"):
        read_source(path)


def test_rows_marked_as_deleted_are_left_out_and_told(shapefile: Shapefile) -> None:
    path = shapefile()
    table = path.with_suffix(".dbf")
    data = bytearray(table.read_bytes())
    head, width = struct.unpack_from("<HH", data, 8)
    data[head + width] = ord("*")
    table.write_bytes(data)
    source = read_source(path)
    assert source.frame["name"].tolist() == [NAMES[0], NAMES[2]]
    assert any("1 rows are marked as deleted" in note for note in source.notes)


def test_an_unclosed_ring_is_closed_and_told(shapefile: Shapefile) -> None:
    """The last point of the second polygon is moved in the file: 8 + 44 + 4 + 5 × 16 bytes a record."""
    path = shapefile()
    data = bytearray(path.read_bytes())
    record = 8 + 44 + 4 + 5 * 16
    x = 100 + 2 * record - 16
    assert struct.unpack_from("<d", data, x)[0] == pytest.approx(113.52, abs=0.02)
    struct.pack_into("<d", data, x, 113.515)
    path.write_bytes(data)
    source = read_source(path)
    (defect,) = source.defects
    assert (defect.kind, defect.row) == ("unclosed_ring", 2)
    assert isinstance(source.frame.geometry[1], shapely.Polygon)


def test_coordinates_of_no_place_are_left_out_and_told(shapefile: Shapefile) -> None:
    """±1.8e308 is what some programs write for 'no data'; only one number is changed here."""
    path = shapefile()
    data = bytearray(path.read_bytes())
    struct.pack_into("<d", data, 100 + 8 + 44 + 4, -1.7976931348623157e308)
    path.write_bytes(data)
    source = read_source(path)
    assert source.frame.geometry[0] is None
    assert source.frame.geometry[1] is not None
    assert [(d.kind, d.row) for d in source.defects] == [("broken_geometry", 1)]


def test_curves_are_named_row_by_row() -> None:
    """WKB type 10 is a curve polygon, which some GeoPackages hold; the rows beside it are read."""
    curve = struct.pack("<bII", 1, 10, 0)
    shapes, defects = shapes_of(np.array([shapely.Point(1, 2).wkb, curve, None], dtype=object))
    assert [shapely.Point(1, 2), None, None] == shapes.tolist()
    assert [(d.row, d.detail) for d in defects] == [(2, "it has curves (arcs); export it with straight lines")]


def test_measures_are_left_out_and_told(shared: Path) -> None:
    source = read_source(shared / "data/dirty/mapshaper_issues/issues/518_519_shp_reading/data_corruption_error.shp")
    assert "measures (M) of the coordinates were left out" in source.notes


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"code,name\n1,a\n", "named .shp, but it is not a shapefile: it is text that begins with 'code,name 1,a'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary data of another kind"),
        (b"\x00\x00\x27\x0a", "empty or not a shapefile"),
        (b"\x00\x00\x27\x0a" + b"\x00" * 96, "shapes cannot be read"),
        (b"\x00\x00\x27\x0a" + b"\xff" * 400, "damaged|cut off|cannot be read"),
    ],
)
def test_what_is_only_named_shp_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "grids.shp"
    path.write_bytes(content)
    with pytest.raises(FileError, match=told):
        read_source(path)


def test_the_districts_of_shanghai_and_chongqing_have_their_names(shared: Path) -> None:
    """GBK tables without a .cpg; the names of the districts are common knowledge."""
    shanghai = read_source(shared / "data/china/shanghai_districts_shp_GBK_no_cpg/区县界_area.shp")
    assert {"浦东新区", "黄浦区", "徐汇区", "闸北区", "崇明县"} <= set(shanghai.frame["NAME"])
    chongqing = read_source(shared / "data/china/chongqing_districts_shp_GBK_no_cpg/区县界_area.shp")
    assert {"渝中区", "奉节县", "石柱土家族自治县"} <= set(chongqing.frame["NAME"])
