"""Frames to files: .geojson .gpkg .fgb .parquet .shp.zip .csv .xlsx, each with its metadata inside where the format
can hold it.

| format | where the metadata is |
|---|---|
| GeoJSON | top-level member `onegrid` |
| GeoPackage | table `onegrid_metadata` (key, value) and the description of each layer; styles in `layer_styles` |
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
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet
import shapely

from app.errors import InputError
from app.files.cells import cell, flat, harmless, plain, shapefile_names, table
from app.files.gdal import write_layer
from app.files.styles import Style, write_styles

Metadata = Mapping[str, Any]
Frames = Mapping[str, gpd.GeoDataFrame]
EXCEL_ROWS = 1_048_576
EXCEL_CELL = 32_767
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""A fixed date inside zips, so that the same content gives the same bytes."""


class Writer(NamedTuple):
    """`many`: holds several frames; `placed`: needs to know the coordinate system."""

    suffix: str
    many: bool
    placed: bool
    write: Callable[[Frames, Path, Metadata], None]


def write_frames(
    frames: gpd.GeoDataFrame | Frames,
    path: Path,
    *,
    metadata: Metadata | None = None,
    styles: Mapping[str, Style] | None = None,
) -> list[Path]:
    """Write one frame, or several by name (layers, sheets, or files of a zip), in the format of the suffix of `path`.
    `styles`: how these layers look in QGIS; only a GeoPackage keeps them.

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
    if writer.placed and any(frame.crs is None for frame in named.values()):
        raise InputError("the frame has no coordinate system, so it cannot be written")
    if isinstance(frames, pd.DataFrame):
        named = {_stem(path, writer.suffix): frames}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".onegrid-", dir=path.parent) as scratch:
        made = Path(scratch) / path.name
        writer.write(named, made, dict(metadata or {}))
        if styles and writer.suffix == ".gpkg":
            write_styles(made, styles)
        extras = sorted(extra for extra in Path(scratch).iterdir() if extra != made)
        for extra in extras:
            os.replace(extra, path.parent / extra.name)
        os.replace(made, path)
    return [path, *(path.parent / extra.name for extra in extras)]


def write_bytes(content: bytes, path: Path) -> None:
    """Write a whole file or none. Raises InputError where it cannot be written."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".onegrid-", dir=path.parent) as scratch:
            made = Path(scratch) / path.name
            made.write_bytes(content)
            os.replace(made, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


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
    frame = flat(frame if frame.crs.to_epsg() == 4326 else frame.to_crs(4326), nested=True)
    fields = [column for column in frame.columns if column != frame.geometry.name]
    columns = [frame[field].tolist() for field in fields]
    shapes = shapely.to_geojson(shapely.orient_polygons(frame.geometry.to_numpy()))
    with path.open("w", encoding="utf-8", newline="\n") as sink:
        head = {"type": "FeatureCollection", "name": name, "onegrid": plain(metadata)}
        sink.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        for row, shape in enumerate(shapes):
            properties = {str(field): plain(column[row]) for field, column in zip(fields, columns, strict=True)}
            text = json.dumps(properties, ensure_ascii=False, allow_nan=False)
            sink.write(",\n" if row else "\n")
            sink.write(f'{{"type": "Feature", "properties": {text}, "geometry": {shape or "null"}}}')
        sink.write("\n]}\n")


def _write_gpkg(frames: Frames, path: Path, metadata: Metadata) -> None:
    told = json.dumps(plain(metadata), ensure_ascii=False)
    for name, frame in frames.items():
        _gdal(flat(frame), path, "GPKG", layer=name, layer_options={"IDENTIFIER": name, "DESCRIPTION": told})
    values = [str(cell(plain(value))) for value in metadata.values()]
    facts = pd.DataFrame({"key": list(metadata), "value": values}, dtype=str)
    write_layer(facts, path, "GPKG", layer="onegrid_metadata", append=True)


def _write_fgb(frames: Frames, path: Path, metadata: Metadata) -> None:
    """With the index by place, unless a shape is missing: the index cannot hold that."""
    ((name, frame),) = frames.items()
    told = json.dumps(plain(metadata), ensure_ascii=False)
    index = "NO" if frame.geometry.isna().any() else "YES"
    options = {"TITLE": name, "DESCRIPTION": told, "SPATIAL_INDEX": index}
    _gdal(flat(frame), path, "FlatGeobuf", layer=name, layer_options=options)


def _write_parquet(frames: Frames, path: Path, metadata: Metadata) -> None:
    ((_, frame),) = frames.items()
    loose = path.with_name("loose.parquet")
    flat(frame).to_parquet(loose, index=False, compression="zstd", schema_version="1.1.0")
    rows = pyarrow.parquet.read_table(loose)
    loose.unlink()
    told = json.dumps(plain(metadata), ensure_ascii=False).encode()
    rows = rows.replace_schema_metadata({**(rows.schema.metadata or {}), b"onegrid": told})
    pyarrow.parquet.write_table(rows, path, compression="zstd")


def _write_shapefiles(frames: Frames, path: Path, metadata: Metadata) -> None:
    """Each frame as a shapefile in the zip. Names of fields are cut to 10 characters and kept apart; the README
    tells which."""
    with tempfile.TemporaryDirectory() as scratch:
        cut: dict[str, dict[str, str]] = {}
        for name, frame in frames.items():
            made = flat(frame)
            names = shapefile_names([str(column) for column in made.columns if column != made.geometry.name])
            cut[name] = {long: short for long, short in names.items() if long != short}
            place = Path(scratch) / f"{name}.shp"
            _gdal(made.rename(columns=names), place, "ESRI Shapefile", encoding="UTF-8")
            place.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
            dbf = place.with_suffix(".dbf")
            dbf.write_bytes(_undated(dbf.read_bytes()))
        whole = {**plain(metadata), "field_names_cut": cut}
        texts = {"onegrid.json": json.dumps(whole, ensure_ascii=False, indent=1), "README.txt": _readme(whole, cut)}
        for name, text in texts.items():
            (Path(scratch) / name).write_text(text, encoding="utf-8")
        _zip(Path(scratch), path)


def _write_csv(frames: Frames, path: Path, metadata: Metadata) -> None:
    """UTF-8 with a mark (Excel needs it), geometry as WKT in `wkt`, texts that would run as formulas kept from it
    by a `'`."""
    ((_, frame),) = frames.items()
    columns, rows = table(frame)
    with path.open("w", encoding="utf-8-sig", newline="") as sink:
        out = csv.writer(sink, lineterminator="\n")
        out.writerow([harmless(column) for column in columns])
        out.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    beside = path.with_name(path.name + ".json")
    beside.write_text(json.dumps(plain(metadata), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_xlsx(frames: Frames, path: Path, metadata: Metadata) -> None:
    """A sheet per frame and the sheet `onegrid`; texts are stored as texts, never as formulas. Shapes are left out."""
    book = openpyxl.Workbook(write_only=True)
    for name, frame in frames.items():
        if len(frame) >= EXCEL_ROWS:
            raise InputError(f"{name}: {len(frame):,} rows are more than a sheet holds; use .csv or .parquet")
        columns, rows = table(frame, with_shapes=False)
        _sheet(book, name, [columns, *rows])
    _sheet(book, "onegrid", [["key", "value"], *([key, cell(plain(value))] for key, value in metadata.items())])
    loose = path.with_name("book.xlsx")
    book.save(loose)
    _again(loose, path)


def _sheet(book: openpyxl.Workbook, name: str, rows: list[list[Any]]) -> None:
    sheet = book.create_sheet(name[:31])
    for row in rows:
        cells = []
        for value in row:
            made = openpyxl.cell.WriteOnlyCell(sheet, value=_excel(value))
            if isinstance(value, str):
                made.data_type = "s"
            cells.append(made)
        sheet.append(cells)


def _excel(value: Any) -> Any:
    if isinstance(value, str):
        return openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)[:EXCEL_CELL]
    return value


def _gdal(frame: gpd.GeoDataFrame, path: Path, driver: str, **options: Any) -> None:
    write_layer(frame, path, driver, append=path.exists() and driver == "GPKG", **options)


def _readme(metadata: Metadata, cut: Mapping[str, Mapping[str, str]]) -> str:
    lines = ["Written by OneGrid. Texts are UTF-8.", ""]
    lines += [f"{key}: {cell(value)}" for key, value in metadata.items() if key != "field_names_cut"]
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
    Writer(".geojson", False, True, _write_geojson),
    Writer(".gpkg", True, True, _write_gpkg),
    Writer(".fgb", False, True, _write_fgb),
    Writer(".parquet", False, True, _write_parquet),
    Writer(".shp.zip", True, True, _write_shapefiles),
    Writer(".csv", False, False, _write_csv),
    Writer(".xlsx", True, False, _write_xlsx),
)
