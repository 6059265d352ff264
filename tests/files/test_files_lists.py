"""Lists as offices send them: workbooks and CSV, blank rows, numbers and dates as cells, wrong headings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from app.errors import FileError
from app.files.lists import read_list, rename

HEADINGS = {"编码": "code", "code": "code", "名称": "name"}


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_cells_are_read_as_people_see_them(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "码.xlsx", (), ("编码", "名称", "时限", "日期"), ("01001", " 井盖 ", 4.0, date(2026, 1, 2)),
        (None, None, None, None), ("01002", "雨水", 2.5, None),
    )  # fmt: skip
    read = read_list(file)
    assert read.fields == ["编码", "名称", "时限", "日期"]
    assert read.rows == [
        (3, {"编码": "01001", "名称": "井盖", "时限": "4", "日期": "2026-01-02"}),
        (5, {"编码": "01002", "名称": "雨水", "时限": "2.5", "日期": ""}),
    ]


def test_csv_in_gbk_reads_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("编码,名称\n01001,供水井盖的名称\n\n01002,雨水井盖的名称\n".encode("gbk"))
    assert [row["名称"] for _, row in read_list(file).rows] == ["供水井盖的名称", "雨水井盖的名称"]


def test_columns_are_named_by_their_headings(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", ("CODE", "名称", "备注"), ("1", "x", "y"))
    assert rename(read_list(file), HEADINGS, ["code"]).rows == [(2, {"code": "1", "name": "x"})]


@pytest.mark.parametrize(
    ("headings", "said"),
    [(("名称",), "row 1, field code: no column"), (("code", "编码"), "mean the same"), (("a", "a"), "there twice")],
)
def test_wrong_headings_are_refused(tmp_path: Path, headings: tuple[str, ...], said: str) -> None:
    file = workbook(tmp_path / "a.xlsx", headings, ("1", "2")[: len(headings)])
    with pytest.raises(FileError, match=said):
        rename(read_list(file), HEADINGS, ["code"])


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"no workbook"), ("a.pdf", b"%PDF"), ("a.csv", b"")])
def test_what_is_no_list_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError):
        read_list(tmp_path / name)
