"""Frames of one kind written on end into one file, for outcomes that do not fit in memory: GeoParquet, GeoPackage."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet

from app.errors import InputError
from app.files.cells import cell, flat, plain
from app.files.gdal import write_layer

SUFFIXES = (".parquet", ".gpkg")


class AppendedFile:
    """A file that appears whole when it is closed with its metadata, or not at all.

    GeoParquet: a row group per frame, WKB, the bounds in the head. GeoPackage: one layer named as the file.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in SUFFIXES:
            raise InputError(f"{path.name} cannot be written part by part; take {' or '.join(SUFFIXES)}")
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=".onegrid-", dir=path.parent))
        self._made = self._folder / path.name
        self._sink: pyarrow.parquet.ParquetWriter | None = None
        self._head: dict[str, Any] = {}
        self._boxes: list[Any] = []
        self._last: gpd.GeoDataFrame | None = None

    def __enter__(self) -> AppendedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sink is not None:
            self._sink.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, frame: gpd.GeoDataFrame) -> None:
        """Frames have equal columns and one coordinate system; those without rows are left out."""
        self._last = frame
        if len(frame):
            self._write(frame)

    def _write(self, frame: gpd.GeoDataFrame) -> None:
        if self._path.suffix.lower() == ".gpkg":
            write_layer(flat(frame), self._made, "GPKG", append=self._made.exists(), layer=self._path.stem)
            return
        rows = pyarrow.table(flat(frame).to_arrow(index=False, geometry_encoding="WKB"))
        if self._sink is None:
            self._head = _geo(frame)
            bare = pyarrow.schema([one.with_metadata(None) for one in rows.schema])
            self._sink = pyarrow.parquet.ParquetWriter(self._made, bare, compression="zstd")
        self._sink.write_table(rows.cast(self._sink.schema))
        self._boxes.append(frame.total_bounds)

    def close(self, metadata: Mapping[str, Any]) -> None:
        """Write the metadata and move the file to its place. InputError where no frame was added."""
        if self._last is None:
            raise InputError("there is nothing to write")
        if not self._made.exists():
            self._write(self._last)
        if self._path.suffix.lower() == ".gpkg":
            values = [str(cell(plain(value))) for value in metadata.values()]
            facts = pd.DataFrame({"key": list(metadata), "value": values}, dtype=str)
            write_layer(facts, self._made, "GPKG", layer="onegrid_metadata", append=True)
        elif self._sink is not None:
            boxes = np.array([box for box in self._boxes if np.isfinite(box).all()]).reshape(-1, 4)
            if len(boxes):
                whole = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
                self._head["columns"]["geometry"]["bbox"] = [float(value) for value in whole]
            told = {"geo": json.dumps(self._head), "onegrid": json.dumps(plain(metadata), ensure_ascii=False)}
            self._sink.add_key_value_metadata(told)
            self._sink.close()
            self._sink = None
        os.replace(self._made, self._path)


def _geo(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """The head of GeoParquet 1.1."""
    crs = None if frame.crs is None else frame.crs.to_json_dict()
    column: dict[str, Any] = {"encoding": "WKB", "crs": crs, "geometry_types": []}  # not known before the last frame
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
