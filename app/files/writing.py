"""Frames to files: .geojson .gpkg .fgb .parquet .shp.zip .csv .xlsx, each with its metadata inside where the format
can hold it.

| format | where the metadata is |
|---|---|
| GeoJSON | top-level member `onegrid` |
| GeoPackage | table `onegrid_metadata` (key, value) and the description of each layer |
| FlatGeobuf | title and description of the file's head |
| GeoParquet | key `onegrid` of the schema's metadata |
| zipped shapefile | `onegrid.json` and `README.txt` in the zip, with the field names that were cut |
| CSV | a second file `NAME.csv.json` beside it, since comment lines break readers |
| xlsx | sheet `onegrid` |

A file appears whole or not at all: it is written beside its place and renamed. The same frames and metadata give the
same bytes. FlatGeobuf orders its features by place, for its index; all other formats keep the order of the rows.
"""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet
import shapely

from app.errors import InputError
from app.files.gdal import write_layer

Metadata = Mapping[str, Any]
Frames = Mapping[str, gpd.GeoDataFrame]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run as a formula by Excel and others (OWASP: CSV injection)."""
SHP_NAME_CHARS = 10
EXCEL_ROWS = 1_048_576
EXCEL_CELL = 32_767
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""A fixed date inside zips, so that the same content gives the same bytes."""


class Writer(NamedTuple):
    suffix: str
    many: bool
    write: Callable[[Frames, Path, Metadata], None]


def write_frames(frames: gpd.GeoDataFrame | Frames, path: Path, *, metadata: Metadata | None = None) -> list[Path]:
    """Write one frame, or several by name (layers, sheets, or files of a zip), in the format of the suffix of `path`.

    Coordinates are written in the frame's CRS, but GeoJSON always in EPSG:4326; dict and list values as JSON text.
    Returns the files made (a CSV has its metadata beside it). Raises InputError for a suffix that is not known, or
    several frames in a format for one. Nothing is left behind when writing fails.
    """
    path = Path(path)
    named = {"onegrid": frames} if isinstance(frames, pd.DataFrame) else dict(frames)
    writer = _writer(path)
    if not named:
        raise InputError("there is nothing to write")
    if len(named) > 1 and not writer.many:
        raise InputError(
            f"{writer.suffix} holds one table, not {len(named)} ({', '.join(named)}); use .gpkg, .shp.zip or .xlsx"
        )
    if isinstance(frames, pd.DataFrame):
        named = {_stem(path, writer.suffix): frames}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".onegrid-", dir=path.parent) as scratch:
        made = Path(scratch) / path.name
        writer.write(named, made, dict(metadata or {}))
        extras = sorted(extra for extra in Path(scratch).iterdir() if extra != made)
        for extra in extras:
            os.replace(extra, path.parent / extra.name)
        os.replace(made, path)
    return [path, *(path.parent / extra.name for extra in extras)]


def _writer(path: Path) -> Writer:
    name = path.name.lower()
    for writer in WRITERS:
        if name.endswith(writer.suffix):
            return writer
    known = ", ".join(writer.suffix for writer in WRITERS)
    raise InputError(f"{path.name}: the format is told by the suffix, one of {known}")


def _stem(path: Path, suffix: str) -> str:
    return path.name[: -len(suffix)] or "onegrid"


def _write_geojson(frames: Frames, path: Path, metadata: Metadata) -> None:
    """Feature by feature, with the figures that Python prints: shortest that read back the same."""
    ((name, frame),) = frames.items()
    frame = _flat(_in_wgs84(frame), nested=True)
    fields = [column for column in frame.columns if column != frame.geometry.name]
    columns = [frame[field].tolist() for field in fields]
    shapes = shapely.to_geojson(frame.geometry.to_numpy())
    with path.open("w", encoding="utf-8", newline="\n") as sink:
        head = {"type": "FeatureCollection", "name": name, "onegrid": _plain(metadata)}
        sink.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        for row, shape in enumerate(shapes):
            properties = {str(field): _plain(column[row]) for field, column in zip(fields, columns, strict=True)}
            text = json.dumps(properties, ensure_ascii=False, allow_nan=False)
            sink.write(",\n" if row else "\n")
            sink.write(f'{{"type": "Feature", "properties": {text}, "geometry": {shape or "null"}}}')
        sink.write("\n]}\n")


def _write_gpkg(frames: Frames, path: Path, metadata: Metadata) -> None:
    told = json.dumps(_plain(metadata), ensure_ascii=False)
    for name, frame in frames.items():
        _gdal(_flat(frame), path, "GPKG", layer=name, layer_options={"IDENTIFIER": name, "DESCRIPTION": told})
    values = [str(_cell(_plain(value))) for value in metadata.values()]
    table = pd.DataFrame({"key": list(metadata), "value": values}, dtype=str)
    write_layer(table, path, "GPKG", layer="onegrid_metadata", append=True)


def _write_fgb(frames: Frames, path: Path, metadata: Metadata) -> None:
    ((name, frame),) = frames.items()
    told = json.dumps(_plain(metadata), ensure_ascii=False)
    _gdal(_flat(frame), path, "FlatGeobuf", layer=name, layer_options={"TITLE": name, "DESCRIPTION": told})


def _write_parquet(frames: Frames, path: Path, metadata: Metadata) -> None:
    ((_, frame),) = frames.items()
    plain = path.with_name("plain.parquet")
    _flat(frame).to_parquet(plain, index=False, compression="zstd", schema_version="1.1.0")
    table = pyarrow.parquet.read_table(plain)
    plain.unlink()
    told = json.dumps(_plain(metadata), ensure_ascii=False).encode()
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"onegrid": told})
    pyarrow.parquet.write_table(table, path, compression="zstd")


def _write_shapefiles(frames: Frames, path: Path, metadata: Metadata) -> None:
    """Each frame as a shapefile in the zip. Names of fields are cut to 10 characters and kept apart; the README
    tells which."""
    with tempfile.TemporaryDirectory() as scratch:
        cut: dict[str, dict[str, str]] = {}
        for name, frame in frames.items():
            flat = _flat(frame)
            names = shapefile_names([str(column) for column in flat.columns if column != flat.geometry.name])
            cut[name] = {long: short for long, short in names.items() if long != short}
            place = Path(scratch) / f"{name}.shp"
            _gdal(flat.rename(columns=names), place, "ESRI Shapefile", encoding="UTF-8")
            place.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
            dbf = place.with_suffix(".dbf")
            dbf.write_bytes(_undated(dbf.read_bytes()))
        whole = {**_plain(metadata), "field_names_cut": cut}
        texts = {"onegrid.json": json.dumps(whole, ensure_ascii=False, indent=1), "README.txt": _readme(whole, cut)}
        for name, text in texts.items():
            (Path(scratch) / name).write_text(text, encoding="utf-8")
        _zip(Path(scratch), path)


def _write_csv(frames: Frames, path: Path, metadata: Metadata) -> None:
    """UTF-8 with a mark (Excel needs it), geometry as WKT in `wkt`, texts that would run as formulas kept from it
    by a `'`."""
    ((_, frame),) = frames.items()
    columns, rows = _table(frame)
    with path.open("w", encoding="utf-8-sig", newline="") as sink:
        out = csv.writer(sink, lineterminator="\n")
        out.writerow([harmless(column) for column in columns])
        out.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    beside = path.with_name(path.name + ".json")
    beside.write_text(json.dumps(_plain(metadata), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_xlsx(frames: Frames, path: Path, metadata: Metadata) -> None:
    """A sheet per frame and the sheet `onegrid`; texts are stored as texts, never as formulas. Shapes are left out."""
    book = openpyxl.Workbook(write_only=True)
    for name, frame in frames.items():
        if len(frame) >= EXCEL_ROWS:
            raise InputError(f"{name}: {len(frame):,} rows are more than a sheet holds; use .csv or .parquet")
        columns, rows = _table(frame, with_shapes=False)
        _sheet(book, name, [columns, *rows])
    _sheet(book, "onegrid", [["key", "value"], *([key, _cell(_plain(value))] for key, value in metadata.items())])
    loose = path.with_name("book.xlsx")
    book.save(loose)
    _again(loose, path)


def _sheet(book: openpyxl.Workbook, name: str, rows: list[list[Any]]) -> None:
    sheet = book.create_sheet(name[:31])
    for row in rows:
        cells = []
        for value in row:
            cell = openpyxl.cell.WriteOnlyCell(sheet, value=_excel(value))
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)


def _excel(value: Any) -> Any:
    if isinstance(value, str):
        return openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)[:EXCEL_CELL]
    return value


def shapefile_names(names: list[str]) -> dict[str, str]:
    """Field name → at most 10 bytes of UTF-8 that no other field has (capitals do not tell them apart), in the
    given order."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short, number = _cut(name, SHP_NAME_CHARS), 1
        while short.lower() in taken:
            number += 1
            short = _cut(name, SHP_NAME_CHARS - 1 - len(str(number))) + f"_{number}"
        taken.add(short.lower())
        made[name] = short
    return made


def harmless(text: str) -> str:
    """`text`, with a leading `'` where a spreadsheet would take it for a formula. Numbers with a sign stay as they
    are."""
    if not text.startswith(FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8")[:size].decode("utf-8", errors="ignore")


def _in_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise InputError("the frame has no coordinate system, so it cannot be written")
    return frame if frame.crs.to_epsg() == 4326 else frame.to_crs(4326)


def _flat(frame: gpd.GeoDataFrame, *, nested: bool = False) -> gpd.GeoDataFrame:
    """A copy with the geometry last under its own name and, unless `nested`, dict and list values as JSON text."""
    made = frame.reset_index(drop=True)
    made.attrs = {}
    for name in made.columns:
        if name == made.geometry.name or made[name].dtype != object or nested:
            continue
        made[name] = _column([_cell(_plain(value)) for value in made[name]])
    return made


def _column(values: list[Any]) -> pd.Series:
    """Values of one kind as pandas keeps them; of several kinds as text, since files have one kind a column."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1 and kinds != {int, float}:
        return pd.Series([None if value is None else str(value) for value in values], dtype=object)
    return pd.Series(values, dtype=object).infer_objects()


def _table(frame: gpd.GeoDataFrame, *, with_shapes: bool = True) -> tuple[list[str], list[list[Any]]]:
    flat = _flat(frame)
    shape = flat.geometry.name
    names = [str(name) for name in flat.columns if name != shape]
    columns = [[_cell(_plain(value)) for value in flat[name]] for name in names]
    if with_shapes:
        names.append("wkt")
        columns.append(
            ["" if s is None else s for s in shapely.to_wkt(flat.geometry.to_numpy(), rounding_precision=-1)]
        )
    return names, [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; NaN and the like are None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [_plain(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _cell(value: Any) -> Any:
    """A plain value as one cell: lists and dicts become JSON text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _gdal(frame: gpd.GeoDataFrame, path: Path, driver: str, **options: Any) -> None:
    if frame.crs is None:
        raise InputError("the frame has no coordinate system, so it cannot be written")
    write_layer(frame, path, driver, append=path.exists() and driver == "GPKG", **options)


def _readme(metadata: Metadata, cut: Mapping[str, Mapping[str, str]]) -> str:
    lines = ["Written by OneGrid. Texts are UTF-8.", ""]
    lines += [f"{key}: {_cell(value)}" for key, value in metadata.items() if key != "field_names_cut"]
    renamed = [f"{layer}: {short} = {long}" for layer, names in cut.items() for long, short in names.items()]
    if renamed:
        lines += ["", "Shapefiles hold field names of ten bytes; these were cut:", *renamed]
    return "\n".join(lines) + "\n"


def _undated(dbf: bytes) -> bytes:
    """The .dbf with a fixed date of last change, so that the same content gives the same bytes."""
    return dbf[:1] + bytes((80, 1, 1)) + dbf[4:]


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
        for file in sorted(folder.iterdir()):
            sink.writestr(_entry(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)


def _again(source: Path, path: Path) -> None:
    """The same workbook with fixed dates, in the zip and in the document's properties."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", data)
            new.writestr(_entry(entry.filename), data, zipfile.ZIP_DEFLATED)
    source.unlink()


def _entry(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, ZIP_DATE)
    made.external_attr = 0o644 << 16
    return made


WRITERS = (
    Writer(".geojson", False, _write_geojson),
    Writer(".gpkg", True, _write_gpkg),
    Writer(".fgb", False, _write_fgb),
    Writer(".parquet", False, _write_parquet),
    Writer(".shp.zip", True, _write_shapefiles),
    Writer(".csv", False, _write_csv),
    Writer(".xlsx", True, _write_xlsx),
)
