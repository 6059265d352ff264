"""Rows of a table as reports: which column is what, and what is wrong with a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import FileError, InputError, OneGridError
from app.files.lists import read_list
from app.files.rows import Chunk, Source
from app.files.tables import WORKBOOKS
from app.rules.duties.matters import MATTER
from app.rules.time.moments import parse_moment
from app.services.cases.events import Report
from app.services.lookup.route_files import open_source
from app.services.lookup.row_fields import LAT_NAMES, LON_NAMES

HEADINGS: dict[str, tuple[str, ...]] = {
    "lon": LON_NAMES,
    "lat": LAT_NAMES,
    "external_id": ("external_id", "event", "编号", "事件编号", "案件编号", "工单号", "工单编号"),
    "at": ("at", "time", "时间", "发生时间"),
    "reported_at": ("reported_at", "上报时间", "受理时间"),
    "matter": ("matter", "code", "事项编码", "事件编码", "编码"),
    "kind": ("kind", "类型"),
    "text": ("text", "description", "内容", "描述", "问题描述", "诉求内容"),
    "address": ("address", "地址", "位置描述"),
    "crs": ("crs", "坐标系"),
    "accuracy_m": ("accuracy_m", "accuracy", "精度"),
    "component": ("component", "部件"),
    "object": ("object", "对象", "监管对象"),
    "component_owner": ("component_owner", "权属单位"),
    "reporter_name": ("reporter_name", "reporter", "上报人", "姓名"),
    "reporter_phone": ("reporter_phone", "上报电话", "联系电话"),
    "seen": ("seen", "自采"),
}
NUMBERS = ("lon", "lat", "accuracy_m")
YES = frozenset({"1", "true", "yes", "是"})
Row = Mapping[str, Any]
EventTable = tuple[list[str], Iterator[list[tuple[int, Row]]], Callable[[], float]]


@dataclass(frozen=True)
class RowRules:
    """What holds for every row: source and system, where a row says none; zone of moments without one."""

    source: str
    crs: str
    zone: str
    fields: Mapping[str, str]


@contextmanager
def event_table(path: Path, name: str) -> Iterator[EventTable]:
    """Fields, batches of numbered rows and how much has been read, of a CSV, workbook, Parquet, Arrow or GeoJSON."""
    if Path(name).suffix.lower() in WORKBOOKS:
        rows = read_list(path, name)
        yield rows.fields, iter([list(rows.rows)]), lambda: 1.0
        return
    with path.open("rb") as handle:
        source = open_source(handle, path)
        yield [*source.fields, *(("lon", "lat") if source.has_geometry else ())], _batches(source), source.fraction


def choose_columns(fields: Sequence[str], named: Mapping[str, str], file: str) -> dict[str, str]:
    """What each column means, as named or by its heading: heading of the table by field. FileError where the point or
    the source's own number is missing, for without that number nothing could be taken in twice without doubling."""
    by_heading = {field.strip().lower(): field for field in reversed(fields)}
    chosen = dict(named)
    for field in named.values():
        if field not in fields:
            raise FileError(f"no such field; there are: {', '.join(fields)}", file=file, field=field)
    for meaning, headings in HEADINGS.items():
        found = next((by_heading[heading] for heading in headings if heading in by_heading), None)
        if found is not None and found not in chosen.values():
            chosen.setdefault(meaning, found)
    for needed in ("lon", "lat", "external_id"):
        if needed not in chosen:
            raise FileError("no column for it", file=file, field=needed, remedy=f"name it: --field {needed}=COLUMN")
    return chosen


def report_of(row: Row, rules: RowRules) -> Report:
    """One row as a report. Raises InputError for what cannot be read."""
    said = {meaning: row.get(field) for meaning, field in rules.fields.items()}
    text = {meaning: str(value).strip() for meaning, value in said.items() if value not in (None, "")}
    if not text.get("external_id"):
        raise InputError("it has no number of its own")
    numbers = {meaning: _number(meaning, text[meaning]) for meaning in NUMBERS if meaning in text}
    if "lon" not in numbers or "lat" not in numbers:
        raise InputError("it has no place")
    moments = {name: parse_moment(text[name], rules.zone) for name in ("at", "reported_at") if name in text}
    return Report(
        lon=numbers["lon"], lat=numbers["lat"], crs=text.get("crs", rules.crs), accuracy_m=numbers.get("accuracy_m"),
        at=moments.get("at") or moments.get("reported_at"), reported_at=moments.get("reported_at"),
        kind=text.get("kind", MATTER),
        matter=text.get("matter", ""), text=text.get("text", ""), address=text.get("address", ""), source=rules.source,
        external_id=text["external_id"], reporter_name=text.get("reporter_name"),
        reporter_phone=text.get("reporter_phone"), seen=text.get("seen", "").lower() in YES,
        component=text.get("component", ""), object=text.get("object", ""),
        component_owner=text.get("component_owner", ""),
    )  # fmt: skip


def reports_of(
    rows: Sequence[tuple[int, Row]], rules: RowRules
) -> tuple[list[tuple[int, Report]], list[dict[str, Any]]]:
    """The rows that can be read, and what is wrong with the others."""
    found, wrong = [], []
    for number, row in rows:
        try:
            found.append((number, report_of(row, rules)))
        except OneGridError as error:
            wrong.append({"row": number, "error": error.detail})
    return found, wrong


def _batches(source: Source) -> Iterator[list[tuple[int, Row]]]:
    """Rows count as a spreadsheet does: the headings are row 1."""
    number = 1
    for chunk in source.chunks():
        rows = _rows(chunk, source)
        yield [(number + at, row) for at, row in enumerate(rows, 1)]
        number += len(rows)


def _rows(chunk: Chunk, source: Source) -> list[dict[str, Any]]:
    columns = {field: chunk.column(field).to_pylist() for field in source.fields}
    points = chunk.points()
    if points is not None:
        columns |= {"lon": points.x.tolist(), "lat": points.y.tolist()}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _number(meaning: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{meaning} {text!r} is no number") from None
