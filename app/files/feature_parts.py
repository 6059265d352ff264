"""Features of a file read part by part, for files that do not fit in memory: GeoParquet, GeoPackage, FlatGeobuf."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet
import shapely
from pyproj import CRS

from app.errors import FileError, InputError
from app.files.gdal import DAMAGE, layer_facts, read_rows, shapes_of
from app.files.source import plain_crs

SUFFIXES = (".parquet", ".geoparquet", ".gpkg", ".fgb")
FEATURES = 4_000
"""Features in a part: of a hundred corners each they take some fifty megabytes on the way."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class FeatureFile:
    """`crs`: what the file declares, None for nothing; `fields`: without the geometry; `bounds` in the file's own
    coordinates, None where there is no feature."""

    path: Path
    crs: CRS | None
    fields: list[str]
    features: int
    bounds: Box | None

    def parts(self, field: str | None = None, features: int = FEATURES) -> Iterator[gpd.GeoDataFrame]:
        """Frames of geometry and one field, in the file's order; broken geometries are None. Raises FileError."""
        columns = [field] if field else []
        if self.path.suffix.lower() in SUFFIXES[:2]:
            return _parquet_parts(self.path, columns, features)
        return (
            _frame(*read_rows(self.path, self.path.name, columns, first, features))
            for first in range(0, self.features, features)
        )


def open_features(path: Path) -> FeatureFile:
    """What the head of the file says. Raises InputError for another format, FileError for a broken file."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path.name} cannot be read part by part; write it as {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FileError("there is no such file", file=path.name, remedy="check the path")
    if suffix in SUFFIXES[:2]:
        return _parquet_file(path)
    facts = layer_facts(path, path.name)
    box = facts["total_bounds"]
    return FeatureFile(path, facts["crs"], facts["fields"], facts["features"], _box(box) if box is not None else None)


def _parquet_file(path: Path) -> FeatureFile:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            head, names, rows = file.metadata.metadata or {}, file.schema_arrow.names, file.metadata.num_rows
    except DAMAGE as error:
        detail = f"the Parquet file cannot be read ({' '.join(str(error).split())[:150]})"
        raise FileError(detail, file=path.name, remedy="export it again") from None
    geometry = _geometry(head, path)
    declared = geometry.get("crs", "OGC:CRS84")
    crs = None if declared is None else plain_crs(CRS.from_user_input(declared))
    fields = [name for name in names if name not in (geometry["name"], "bbox")]
    return FeatureFile(path, crs, fields, rows, _parquet_bounds(path, geometry))


def _geometry(head: dict[bytes, bytes], path: Path) -> dict[str, Any]:
    """The facts of the geometry column, with its `name`."""
    told = json.loads(head.get(b"geo", b"{}"))
    name = told.get("primary_column")
    if not name:
        detail = "the Parquet file is not GeoParquet: it holds a table without shapes"
        raise FileError(detail, file=path.name, remedy="write it with geopandas or GDAL, with a geometry column")
    if told["columns"][name].get("encoding") != "WKB":
        raise FileError("its shapes are not stored as WKB", file=path.name, remedy="write it with geopandas or GDAL")
    return {**told["columns"][name], "name": name}


def _parquet_bounds(path: Path, geometry: dict[str, Any]) -> Box | None:
    """What the head says, else read from the shapes."""
    if len(geometry.get("bbox", ())) == 4:
        return _box(geometry["bbox"])
    boxes = [part.total_bounds for part in _parquet_parts(path, [], FEATURES)]
    boxes = [box for box in boxes if np.isfinite(box).all()]
    if not boxes:
        return None
    return _box([*np.min(boxes, axis=0)[:2], *np.max(boxes, axis=0)[2:]])


def _parquet_parts(path: Path, columns: list[str], features: int) -> Iterator[gpd.GeoDataFrame]:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            name = _geometry(file.metadata.metadata or {}, path)["name"]
            for batch in file.iter_batches(features, columns=[*columns, name]):
                yield _frame(pyarrow.Table.from_batches([batch]), name)
    except DAMAGE as error:
        detail = f"the Parquet file cannot be read ({' '.join(str(error).split())[:150]})"
        raise FileError(detail, file=path.name, remedy="export it again") from None


def _frame(rows: pyarrow.Table, geometry: str) -> gpd.GeoDataFrame:
    shapes = shapes_of(rows.column(geometry).to_numpy(zero_copy_only=False))[0]
    made = rows.drop_columns([geometry]).to_pandas(integer_object_nulls=True)
    return gpd.GeoDataFrame(made, geometry=gpd.GeoSeries(shapely.force_2d(shapes), index=made.index))


def _box(values: Any) -> Box:
    west, south, east, north = (float(value) for value in values)
    return west, south, east, north
