"""Zips made by enemies and by careless friends."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from app.errors import FileError, OneGridError, TooLarge
from app.files.reading import Limits, read_source
from tests.files.conftest import NAMES, Shapefile

POINT = b'{"type":"Point","coordinates":[113.5,22.7]}'


def zipped(path: Path, files: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", **options) as sink:
        for name, data in files.items():
            sink.writestr(name, data)
    return path


def parts(shp: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in shp.parent.iterdir() if p.stem == shp.stem and p.suffix != ".zip"}


def test_a_zipped_shapefile_is_read(shapefile: Shapefile, tmp_path: Path) -> None:
    source = read_source(zipped(tmp_path / "all.zip", parts(shapefile())))
    assert source.format == "Shapefile in zip"
    assert source.frame["name"].tolist() == NAMES
    assert source.layer == "wangge"


def test_chinese_names_packed_without_the_utf8_flag_are_understood(shapefile: Shapefile, tmp_path: Path) -> None:
    """As Windows packs them: GBK bytes, no flag. Made by patching a zip with placeholders of the same length."""
    placeholder = "XXXX"  # four bytes, like 网格 in GBK
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as sink:
        for name, content in parts(shapefile(placeholder)).items():
            sink.writestr(f"{placeholder}/{name}", content)
    path = tmp_path / "gbk.zip"
    path.write_bytes(data.getvalue().replace(placeholder.encode(), "网格".encode("gbk")))
    source = read_source(path)
    assert source.layer == "网格"
    assert source.frame["name"].tolist() == NAMES


def test_capital_suffixes_are_fine(shapefile: Shapefile, tmp_path: Path) -> None:
    files = {Path(name).stem + Path(name).suffix.upper(): data for name, data in parts(shapefile()).items()}
    assert len(read_source(zipped(tmp_path / "caps.zip", files)).frame) == 3


def test_several_shapefiles_are_listed_and_one_can_be_chosen(shapefile: Shapefile, tmp_path: Path) -> None:
    files = {f"a/{name}": data for name, data in parts(shapefile("chengguan")).items()}
    files |= {f"b/{name}": data for name, data in parts(shapefile("zongzhi")).items()}
    path = zipped(tmp_path / "two.zip", files)
    with pytest.raises(FileError, match=r"2 boundary files in the zip: a/chengguan.shp, b/zongzhi.shp .*--layer"):
        read_source(path)
    with pytest.raises(FileError, match="no layer 'nothing' in the zip"):
        read_source(path, layer="nothing")
    chosen = read_source(path, layer="zongzhi")
    assert (chosen.layer, chosen.layers) == ("zongzhi", ("chengguan", "zongzhi"))
    assert read_source(path, layer="a/chengguan.shp").layer == "chengguan"


@pytest.mark.parametrize(
    "name", ["../evil.geojson", "/etc/evil.geojson", "a/../../evil.geojson", "..\\evil.geojson", "C:\\evil.geojson"]
)
def test_a_path_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "slip.zip", {"grids.geojson": POINT, name: POINT})
    with pytest.raises(FileError, match="leads out of it"):
        read_source(path)
    assert not list(tmp_path.parent.glob("evil*"))


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    entry = zipfile.ZipInfo("grids.geojson")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as sink:
        sink.writestr(entry, "/etc/passwd")
    with pytest.raises(FileError, match="is a link"):
        read_source(path)


def test_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"grids.geojson": POINT})
    path = zipped(tmp_path / "outer.zip", {"inner.zip": inner.read_bytes()})
    with pytest.raises(FileError, match="archive in the archive"):
        read_source(path)


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", {"grids.geojson": b" " * 60_000_000}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(FileError, match="zip bomb"):
        read_source(path)


def test_a_bomb_that_lies_about_its_size_is_stopped_too(tmp_path: Path) -> None:
    """The sizes in the directory are patched to 1,000 bytes; zipfile then stops at them, and the check sum fails."""
    path = zipped(tmp_path / "liar.zip", {"grids.geojson": b" " * 60_000_000}, compression=zipfile.ZIP_DEFLATED)
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 60_000_000), struct.pack("<I", 1_000)))
    with pytest.raises(FileError):
        read_source(path)


def test_many_small_files_are_too_many(tmp_path: Path) -> None:
    path = zipped(tmp_path / "many.zip", {f"{n}.geojson": POINT for n in range(30)})
    with pytest.raises(TooLarge, match="30 files"):
        read_source(path, limits=Limits(max_entries=20))


def test_all_of_it_together_is_limited(tmp_path: Path) -> None:
    path = zipped(tmp_path / "big.zip", {f"{n}.geojson": POINT * 100 for n in range(10)})
    with pytest.raises(TooLarge, match="unpacks to more than 20,000"):
        read_source(path, limits=Limits(max_unpacked=20_000))


@pytest.mark.parametrize("cut", [0.2, 0.6, 0.95])
def test_a_zip_cut_off_is_refused(shapefile: Shapefile, tmp_path: Path, cut: float) -> None:
    path = zipped(tmp_path / "all.zip", parts(shapefile()))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(FileError, match="zip is damaged"):
        read_source(path)


def test_a_password_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "secret.zip", {"grids.geojson": POINT})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(FileError, match="password"):
        read_source(path)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "the zip is empty"),
        ({"readme.txt": b"hello"}, "no boundary file in the zip"),
        ({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}, "an Excel or Word file"),
        ({"grids.dbf": b"x" * 100}, "no shapes"),
        ({"grids.geojson": b""}, "the file is empty"),
    ],
)
def test_zips_with_nothing_to_read(tmp_path: Path, files: dict[str, bytes], told: str) -> None:
    with pytest.raises(OneGridError, match=told):
        read_source(zipped(tmp_path / "odd.zip", files))


def test_litter_of_a_mac_is_passed_over(tmp_path: Path) -> None:
    files = {"grids.geojson": POINT, "__MACOSX/._grids.geojson": b"junk", ".DS_Store": b"junk"}
    assert len(read_source(zipped(tmp_path / "mac.zip", files)).frame) == 1


def test_a_json_beside_a_shapefile_is_not_taken_for_the_data(shapefile: Shapefile, tmp_path: Path) -> None:
    files = parts(shapefile()) | {"onegrid.json": b'{"plan": 7}'}
    assert len(read_source(zipped(tmp_path / "export.zip", files)).frame) == 3
