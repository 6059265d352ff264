"""Lists that offices keep: one table of an .xlsx or a CSV as texts with the numbers of their rows, and back."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.errors import FileError, InputError, TooLarge
from app.files.cells import FORMULA_STARTS, harmless
from app.files.rows_csv import CsvSource

MAX_ROWS = 200_000
MAX_FIELDS = 200
EXCEL_ROWS = 1_048_576
MAX_UNPACKED = 512 << 20
SUFFIXES = (".xlsx", ".csv")  # that are written
WORKBOOKS, TEXTS = (".xlsx", ".xlsm"), (".csv", ".tsv", ".txt")  # that are read


@dataclass(frozen=True)
class Table:
    """`rows`: number of the row in the file, as a spreadsheet counts, and its cells as trimmed texts."""

    file: str
    fields: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(source: BinaryIO, name: str) -> Table:
    """The first sheet of an .xlsx, or a CSV in any encoding and with any delimiter; told by the content, which must
    not belie the name.

    The first row that is not empty names the fields; empty rows are left out. A `'` that an export put before a text
    to keep it from running as a formula is taken away. Raises FileError, TooLarge.
    """
    packed = source.read(4) == b"PK\x03\x04"
    source.seek(0)
    suffix = Path(name).suffix.lower()
    if suffix not in ("", *(WORKBOOKS if packed else TEXTS)):
        what = "a workbook" if suffix in WORKBOOKS else "a list"
        raise FileError(f"not {what}", file=name, remedy="save it as .xlsx or as CSV UTF-8")
    rows = _xlsx_rows(source, name) if packed else _csv_rows(source, name)
    header = next(rows, None)
    if header is None:
        raise FileError("it holds no rows", file=name, remedy="the first row must name the fields")
    fields = _fields(header, name)
    found: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in rows:
        padded = [*cells[: len(fields)], *[""] * (len(fields) - len(cells))]
        if any(cells[len(fields) :]):
            raise FileError(
                "more cells than fields", file=name, row=number, remedy="name every column in the first row"
            )
        if len(found) >= MAX_ROWS:
            raise TooLarge(f"{name}: more than {MAX_ROWS:,} rows", limit=MAX_ROWS)
        found.append((number, tuple(padded)))
    return Table(name, fields, tuple(found))


@dataclass(frozen=True)
class Sheet:
    """A sheet to be written: names of its fields, and rows of as many cells."""

    fields: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def write_table(path: Path, fields: Sequence[str], rows: Sequence[Sequence[Any]], sheet: str = "onegrid") -> None:
    """An .xlsx whose texts are texts, never formulas; a CSV in UTF-8 with a mark and harmless cells; or .json, a list
    of objects. The file appears whole or not at all. InputError for another suffix."""
    suffix = path.suffix.lower()
    if suffix not in (*SUFFIXES, ".json"):
        raise InputError(f"{path.name}: the format is told by the suffix, one of .xlsx, .csv, .json")
    _write(path, table_bytes(suffix, fields, rows, sheet))


def write_book(path: Path, sheets: Mapping[str, Sheet]) -> None:
    """An .xlsx of several sheets, whose texts are texts. The file appears whole or not at all. InputError for another
    suffix, and where a sheet has more rows than a sheet may have."""
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path.name}: only .xlsx holds several sheets")
    for name, sheet in sheets.items():
        if len(sheet.rows) >= EXCEL_ROWS:
            raise InputError(f"{name}: {len(sheet.rows):,} rows are more than a sheet holds")
    _write(path, _xlsx({name: [sheet.fields, *_blanks(sheet.rows)] for name, sheet in sheets.items()}))


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise FileError(f"cannot be written: {error.strerror}", file=str(path)) from None
    finally:
        part.unlink(missing_ok=True)


def table_bytes(suffix: str, fields: Sequence[str], rows: Sequence[Sequence[Any]], sheet: str = "onegrid") -> bytes:
    """The content of such a file."""
    if suffix == ".json":
        listed = [dict(zip(fields, row, strict=True)) for row in rows]
        return (json.dumps(listed, ensure_ascii=False, indent=1, default=str) + "\n").encode()
    texts = _blanks(rows)
    return _xlsx({sheet: [fields, *texts]}) if suffix == ".xlsx" else _csv(fields, texts)


def _blanks(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [["" if cell is None else cell for cell in row] for row in rows]


def _csv_rows(source: BinaryIO, name: str) -> Iterator[tuple[int, list[str]]]:
    """Row numbers count the records of the file; lines inside quotes and blank lines do not."""
    opened = CsvSource(source, name)
    yield 1, opened.fields
    number = 1
    for chunk in opened.chunks():
        columns = [chunk.column(field).to_pylist() for field in opened.fields]
        for cells in zip(*columns, strict=True):
            number += 1
            texts = [_bare((cell or "").strip()) for cell in cells]
            if any(texts):
                yield number, texts


def _xlsx_rows(source: BinaryIO, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(source) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED:
                raise TooLarge(f"{name}: the workbook is larger than {MAX_UNPACKED >> 20} MiB unpacked")
        source.seek(0)
        book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise FileError(f"not a workbook: {error}", file=name, remedy="save it as .xlsx or as CSV UTF-8") from None
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # some programs declare a sheet smaller than it is
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if len(cells) > MAX_FIELDS and any(cell is not None for cell in cells[MAX_FIELDS:]):
            raise TooLarge(f"{name}: more than {MAX_FIELDS} columns")
        texts = [_bare(_text(cell)) for cell in cells[:MAX_FIELDS]]
        if any(texts):
            yield number, texts
    book.close()


def _fields(header: tuple[int, list[str]], name: str) -> tuple[str, ...]:
    number, cells = header
    while cells and not cells[-1]:
        cells = cells[:-1]
    twice = sorted({cell for cell in cells if cell and cells.count(cell) > 1})
    if twice:
        raise FileError(f"the field {twice[0]!r} is there twice", file=name, row=number)
    return tuple(cells)


def _text(cell: Any) -> str:
    """A cell as somebody reads it: whole numbers without a point, midnight as a date."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _csv(fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\n")
    out.writerow([harmless(field) for field in fields])
    out.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def _xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Title → rows, the headings first."""
    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title[:31])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """Texts are marked as such: openpyxl takes one that begins with `=` for a formula."""
    if not isinstance(value, str):
        return value
    made = openpyxl.cell.WriteOnlyCell(sheet, value=openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value))
    made.data_type = "s"
    return made
