"""Files as offices send them, the same bytes every time: no moment of writing inside, no row order of their own.

Used for samples. What people export from OneGrid is written by `app.files.writing`.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from openpyxl import Workbook

MOMENT = "2025-01-01T00:00:00Z"
ZIP_DATE = (2025, 1, 1, 0, 0, 0)
DRIVERS = {".geojson": "GeoJSON", ".gpkg": "GPKG", ".fgb": "FlatGeobuf"}
OPTIONS: dict[str, dict[str, str]] = {
    ".geojson": {"COORDINATE_PRECISION": "9", "RFC7946": "NO"},
    ".gpkg": {},
    ".fgb": {"SPATIAL_INDEX": "NO"},  # the index would reorder the rows
}


def write_layer(frame: gpd.GeoDataFrame, path: Path, crs: str | None = None, prefix: str = "") -> None:
    """GeoJSON, GeoPackage, FlatGeobuf or GeoParquet by the path's ending, in `crs` when given.

    The layer inside is called `prefix` + the file's stem (GeoParquet has no name inside).
    """
    placed = frame if crs is None else frame.to_crs(crs)
    if path.suffix == ".parquet":
        placed.to_parquet(path, compression="zstd", index=False)
        return
    path.unlink(missing_ok=True)
    # GeoPackage keeps the moment of its last change; GDAL takes it from this option
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": MOMENT})
    try:
        options = {"layer": prefix + path.stem, **OPTIONS[path.suffix]}
        placed.to_file(path, driver=DRIVERS[path.suffix], engine="pyogrio", **options)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_bare_shapefile(frame: gpd.GeoDataFrame, path: Path, crs: str) -> None:
    """A zipped shapefile in `crs` with a GBK table, without .prj and .cpg: it tells neither system nor encoding."""
    with tempfile.TemporaryDirectory() as folder:
        stem = path.name.removesuffix(".shp.zip")
        shp = Path(folder) / f"{stem}.shp"
        frame.to_crs(crs).to_file(
            shp, driver="ESRI Shapefile", engine="pyogrio", encoding="GBK", DBF_DATE_LAST_UPDATE=MOMENT[:10]
        )
        pack({f"{stem}{end}": shp.with_suffix(end).read_bytes() for end in (".shp", ".shx", ".dbf")}, path)


def write_workbook(sheets: Mapping[str, pd.DataFrame], path: Path, title: str) -> None:
    """An .xlsx with one sheet per frame, columns as headings."""
    book = Workbook(write_only=True)
    book.properties.creator, book.properties.title = "onegrid sample", title
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(list(frame.columns))
        for row in _plain(frame):
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    core = parts["docProps/core.xml"]
    parts["docProps/core.xml"] = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", MOMENT.encode(), core)
    pack(parts, path)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n")


def pack(parts: Mapping[str, bytes], path: Path) -> None:
    """A zip of these parts in their order, all of one date."""
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)


def _plain(frame: pd.DataFrame) -> Sequence[Sequence[object]]:
    return [tuple(row) for row in frame.astype(object).itertuples(index=False, name=None)]
