"""Lists in and out; formula injection against what openpyxl and the csv module read back."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import FileError, InputError
from app.files.tables import read_table, table_bytes, write_table

EVIL = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1")


def workbook(*rows: tuple[object, ...]) -> io.BytesIO:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    made = io.BytesIO()
    book.save(made)
    made.seek(0)
    return made


def test_a_sheet_as_somebody_reads_it() -> None:
    made = workbook(
        (), ("a", "b ", None), (1.0, date(2026, 1, 2), None), (None, None, None), (" x ", datetime(2026, 1, 2, 3, 4)),  # noqa: DTZ001
    )  # fmt: skip
    table = read_table(made, "x.xlsx")
    assert table.fields == ("a", "b")
    assert table.rows == ((3, ("1", "2026-01-02")), (5, ("x", "2026-01-02 03:04:00")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_in_the_encodings_of_offices(encoding: str, delimiter: str) -> None:
    content = f"姓名{delimiter}岗位\n张伟{delimiter}网格长\n\n李娜{delimiter}\n".encode(encoding)
    table = read_table(io.BytesIO(content), "x.csv")
    assert table.fields == ("姓名", "岗位")
    assert [cells for _, cells in table.rows] == [("张伟", "网格长"), ("李娜", "")]


def test_no_cell_of_an_export_runs_as_a_formula() -> None:
    content = table_bytes(".xlsx", EVIL, [EVIL])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert [cell.value for cell in sheet[2]] == list(EVIL)
    for row in csv.reader(io.StringIO(table_bytes(".csv", EVIL, [EVIL]).decode("utf-8-sig"))):
        assert [cell[0] for cell in row] == ["'"] * len(EVIL)


words = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=8
).filter(
    lambda word: not word.startswith("'")  # of these one cannot tell who wrote the sign: the office or the export
)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=5), st.sampled_from([".xlsx", ".csv"]))
def test_what_is_written_is_read_back(rows: list[tuple[str, str]], suffix: str) -> None:
    table = read_table(io.BytesIO(table_bytes(suffix, ["a", "b"], rows)), f"x{suffix}")
    assert [cells for _, cells in table.rows] == [row for row in rows if any(row)]


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_table(tmp_path / "x.json", ["a"], [[1], [None]])
    assert json.loads((tmp_path / "x.json").read_text()) == [{"a": 1}, {"a": None}]
    with pytest.raises(InputError, match="suffix"):
        write_table(tmp_path / "x.pdf", ["a"], [])
    with pytest.raises(FileError, match="cannot be written"):
        write_table(tmp_path / "no" / "x.csv", ["a"], [])
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a workbook", b"a,a\n1,2\n", b"\xff\xfea\x00"])
def test_what_is_no_table(content: bytes) -> None:
    with pytest.raises(FileError):
        read_table(io.BytesIO(content), "x")


def test_a_row_longer_than_the_header_is_refused() -> None:
    with pytest.raises(FileError, match="row 2"):
        read_table(workbook(("a",), (1, 2)), "x.xlsx")
