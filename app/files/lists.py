"""Lists that offices keep (staff, duties, codes): the first sheet of an .xlsx, or a CSV, as rows of text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.errors import FileError
from app.files.rows_csv import CsvSource

MOST_ROWS = 200_000


@dataclass(frozen=True)
class ListFile:
    """`rows`: number of the row as a spreadsheet shows it (the headings are 1), heading → text without outer blanks."""

    name: str
    fields: list[str]
    rows: list[tuple[int, dict[str, str]]]


def read_list(path: Path, name: str | None = None) -> ListFile:
    """The rows of a list, blank ones left out. Raises FileError for what is not a list with one line of headings."""
    name = name or path.name
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _gather(name, _sheet_rows(path, name))
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return _gather(name, _csv_rows(path, name))
    raise FileError("not a list", file=name, remedy="send .xlsx or .csv")


def rename(rows: ListFile, headings: dict[str, str], needed: Sequence[str]) -> ListFile:
    """The list with its fields named as `headings` (heading, in small letters → field) says; others are left out.

    Raises FileError when a field of `needed` has no heading, or two headings mean the same field.
    """
    meant = {field: headings[field.strip().lower()] for field in rows.fields if field.strip().lower() in headings}
    for field in needed:
        if field not in meant.values():
            known = ", ".join(heading for heading, named in headings.items() if named == field)
            raise FileError("no column for it", file=rows.name, row=1, field=field, remedy=f"add one of: {known}")
    twice = [field for field in meant.values() if list(meant.values()).count(field) > 1]
    if twice:
        both = ", ".join(heading for heading, named in meant.items() if named == twice[0])
        raise FileError(f"{both} mean the same", file=rows.name, row=1, field=twice[0], remedy="keep one of them")
    named = [(number, {meant[f]: text for f, text in row.items() if f in meant}) for number, row in rows.rows]
    return ListFile(rows.name, list(meant.values()), named)


def _gather(name: str, lines: Iterable[tuple[int, list[str]]]) -> ListFile:
    fields: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    for number, cells in lines:
        if not any(cells):
            continue
        if not fields:
            fields = _headings(name, cells)
            continue
        if len(rows) == MOST_ROWS:
            raise FileError(f"more than {MOST_ROWS:,} rows", file=name, row=number)
        rows.append((number, dict(zip(fields, [*cells, *[""] * len(fields)], strict=False))))
    if not fields:
        raise FileError("the list is empty", file=name, remedy="the first line must name the columns")
    return ListFile(name, [field for field in fields if field], rows)


def _headings(name: str, cells: list[str]) -> list[str]:
    named = [cell for cell in cells if cell]
    if twice := sorted({cell for cell in named if named.count(cell) > 1}):
        raise FileError(f"the heading {twice[0]!r} is there twice", file=name, row=1)
    return cells


def _sheet_rows(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise FileError(f"cannot be opened as a workbook: {error}", file=name, remedy="save it as .xlsx") from None
    try:
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            yield number, [_text(value) for value in row]
    finally:
        book.close()


def _csv_rows(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    with path.open("rb") as handle:
        source = CsvSource(handle, name)
        yield 1, list(source.fields)
        number = 1
        for chunk in source.chunks():
            for row in chunk.table().to_pylist():
                number += 1
                yield number, [(row[field] or "").strip() for field in source.fields]


def _text(value: Any) -> str:
    """A cell as a person reads it: whole numbers without a point, midnight as a date."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ") if isinstance(value, datetime) else _plain(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value).strip()
