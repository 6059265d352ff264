"""Rows of JSON as they come in, kept as columns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from app.errors import TooLarge
from app.files.source import Defect, text_column

MAX_DEFECTS = 10_000
MAX_FIELDS = 2_000
"""As many as a GeoPackage can hold. Each field is a column as long as the file, so without a limit a small file
could fill the memory."""


@dataclass
class Rows:
    """Columns as they grow; a property first met in row n is None in the rows before it."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    ids: list[Any] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    nested: set[str] = field(default_factory=set)
    remarks: dict[str, list[int]] = field(default_factory=dict)

    def add(self, properties: dict[str, Any], identity: Any, shape: Any) -> None:
        n = len(self.shapes)
        for name, value in properties.items():
            if isinstance(value, dict | list):
                self.nested.add(name)
                value = json.dumps(value, ensure_ascii=False)
            column = self.columns.get(name)
            if column is None:
                if len(self.columns) >= MAX_FIELDS:
                    raise TooLarge(f"more than {MAX_FIELDS:,} different fields")
                column = self.columns[name] = []
            if len(column) < n:
                column.extend([None] * (n - len(column)))
            column.append(value)
        self.ids.append(identity)
        self.shapes.append(shape)

    def remark(self, words: str, row: int) -> None:
        """Something left aside that does not touch the shape; counted, and told once with its first row."""
        self.remarks.setdefault(words, []).append(row)

    def notes(self) -> list[str]:
        made = [f"field {name} holds lists or objects, taken as JSON text" for name in sorted(self.nested)]
        return made + [f"{words} (features: {len(rows)}, first: row {rows[0]})" for words, rows in self.remarks.items()]

    def report(self, kind: str, detail: str, row: int, x: float | None = None, y: float | None = None) -> None:
        if len(self.defects) < MAX_DEFECTS:
            self.defects.append(Defect(kind, detail, row, x, y))


def frame_of(rows: Rows, crs: CRS | None) -> gpd.GeoDataFrame:
    """The rows as a frame, fields first; uses up `rows.columns` to save memory."""
    n = len(rows.shapes)
    columns: dict[str, pd.Series] = {}
    if any(identity is not None for identity in rows.ids) and "id" not in rows.columns:
        columns["id"] = text_column(rows.ids)
    for name in list(rows.columns):
        values = rows.columns.pop(name)
        while name == "geometry" or name in columns:
            name += "_"
        columns[name] = text_column(values + [None] * (n - len(values)))
    shapes = np.empty(n, dtype=object)
    shapes[:] = rows.shapes
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, index=range(n)), index=range(n), crs=crs)
