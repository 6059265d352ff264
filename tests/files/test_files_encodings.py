"""Encodings of tables: told, claimed and detected. Expected texts come from Python's own codecs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.files.encodings import UnknownEncoding, codec_named, decode, detect, table_encoding
from app.files.shapefiles import read_table

SIMPLIFIED = ["南沙街道", "太平镇", "莘县", "联通", "铅山县", "龙穴街道", "双溪镇", "白云区永平街道集贤社区居委会"]
TRADITIONAL = ["中正區", "九龍城區", "灣仔區", "繁體國語", "鶯歌區", "三重區", "臺北市大安區"]


@pytest.mark.parametrize("text", SIMPLIFIED)
@pytest.mark.parametrize(("codec", "found"), [("gbk", "gb18030"), ("utf-8", "utf-8")])
def test_one_short_simplified_name_is_enough(text: str, codec: str, found: str) -> None:
    """'太平' and '联通' in GBK are the well-known ones that look like UTF-8."""
    assert detect([text.encode(codec)]).codec == found


@pytest.mark.parametrize("text", TRADITIONAL)
@pytest.mark.parametrize(("codec", "found"), [("big5", "big5"), ("utf-8", "utf-8")])
def test_one_short_traditional_name_is_enough(text: str, codec: str, found: str) -> None:
    assert detect([text.encode(codec)]).codec == found


def test_almost_every_street_of_china_is_told_by_its_name_alone(shared: Path) -> None:
    """41,352 names of streets and towns, one at a time, in GBK and in UTF-8."""
    with (shared / "data/china/codes/streets.csv").open(encoding="utf-8") as opened:
        names = [row["name"] for row in csv.DictReader(opened)]
    assert len(names) > 40_000
    wrong = [name for name in names if detect([name.encode("gb18030")]).codec != "gb18030"]
    assert len(wrong) <= 5
    assert all(detect([name.encode("utf-8")]).codec == "utf-8" for name in names[::10])


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("65001", "utf-8"),
        ("GBK", "gb18030"),
        ("936", "gb18030"),
        ("CP936", "gb18030"),
        ("GB18030", "gb18030"),
        ("Big-5", "big5"),
        ("ANSI 1252", "cp1252"),
        ("ISO 88591", "iso8859-1"),
        ("ISO-8859-15", "iso8859-15"),
        ("OEM 437", "cp437"),
        ("1251", "cp1251"),
        ("EUC-KR", "euc_kr"),
        ("koi8r", "koi8-r"),
        ("System Default", ""),
    ],
)
def test_spoken_names_of_encodings(name: str, codec: str) -> None:
    assert codec_named(name) == codec


@pytest.mark.parametrize("name", ["klingon", "", "hex", "rot13", "base64"])
def test_what_is_no_text_encoding_is_unknown(name: str) -> None:
    with pytest.raises(UnknownEncoding):
        codec_named(name)


GBK = [text.encode("gbk") for text in SIMPLIFIED]
UTF8 = [text.encode("utf-8") for text in SIMPLIFIED]


@pytest.mark.parametrize(
    ("texts", "cpg", "ldid", "codec", "said"),
    [
        (GBK, None, 0, "gb18030", "detected"),
        (GBK, None, 0x4D, "gb18030", "language byte 0x4D"),
        (GBK, "UTF-8", 0x4D, "gb18030", "cannot be read so"),
        (GBK, "ISO-8859-1", 0, "gb18030", "nonsense"),
        (GBK, None, 0x57, "gb18030", "nonsense"),
        (GBK, "nonsense", 0, "gb18030", "not an encoding"),
        (UTF8, None, 0, "utf-8", "valid UTF-8"),
        (UTF8, "UTF-8", 0x57, "utf-8", "the .cpg says UTF-8"),
        (UTF8, None, 0x4D, "utf-8", ""),
        ([b"440115001", b"ASCII"], None, 0, "utf-8", "plain ASCII"),
        (["Müller".encode("cp1252")], "1252", 0, "cp1252", "the .cpg says 1252"),
    ],
)
def test_what_a_file_claims_is_held_against_its_bytes(
    texts: list[bytes], cpg: str | None, ldid: int, codec: str, said: str
) -> None:
    made = table_encoding(texts, asked=None, cpg=cpg, ldid=ldid)
    assert made.codec == codec
    assert said in made.reason


def test_what_is_asked_for_is_done() -> None:
    assert table_encoding(UTF8, asked="GBK", cpg="UTF-8", ldid=0).codec == "gb18030"
    with pytest.raises(UnknownEncoding):
        table_encoding(UTF8, asked="klingon", cpg=None, ldid=0)


def test_half_a_character_at_the_end_of_a_field_is_left_out() -> None:
    assert decode("珠江街道".encode("gbk")[:-1], "gb18030") == ("珠江街", False)
    assert decode("珠江街道".encode()[:-2], "utf-8") == ("珠江街", False)
    assert decode("珠江街道".encode("gbk"), "gb18030") == ("珠江街道", True)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("gbk", "简体国语"),
        ("big5", "繁體國語"),
        ("ldid/chinese", "简体"),
        ("cpg/big5", "國語"),
        ("cpg/euckr", "한국말"),
        ("cpg/koi8r", "русский"),
        ("cpg/latin2", "čeština"),
        ("cpg/shiftjis", "カタカナひらがな"),
        ("cpg/win1251", "РУССКИЙ"),
        ("cpg/win874", "ภาษาไทย"),
    ],
)
def test_tables_made_by_others(shared: Path, table: str, text: str) -> None:
    """mapshaper's own test tables; the expected texts are those of its tests."""
    path = shared / f"data/dirty/mapshaper_issues/dbf/{table}.dbf"
    cpg = path.with_suffix(".cpg")
    read = read_table(path, path.name)
    claim = cpg.read_text(encoding="ascii") if cpg.exists() else None
    made = table_encoding(read.texts, asked=None, cpg=claim, ldid=read.ldid)
    assert text in [decode(value, made.codec)[0] for value in read.texts]
