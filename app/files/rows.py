"""Rows of tables of any size, a chunk at a time, and the same rows out again with columns added.

A source keeps what a chunk was read from (the text of a CSV record, the members of a feature), so that a sink of the
same kind writes it back as it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.errors import FileError

Floats = npt.NDArray[np.float64]

CHUNK_ROWS = 65_536
SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".geoparquet": "parquet", ".pq": "parquet",
    ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow", ".arrows": "arrow_stream", ".geojson": "geojson",
    ".json": "geojson",
}  # fmt: skip


@dataclass(frozen=True)
class Points:
    """Coordinates that rows have as geometry; NaN where a row has no point."""

    x: Floats
    y: Floats


class Chunk(Protocol):
    """Some consecutive rows."""

    @property
    def rows(self) -> int: ...

    def column(self, field: str) -> pa.Array:
        """The values of a field."""

    def points(self) -> Points | None:
        """The rows' geometry, where the kind of table has one."""

    def table(self) -> pa.Table:
        """All fields."""


class Source(Protocol):
    """A table that is read once, from the front. `crs` is what it declares for its geometry, None when it is silent."""

    name: str
    fields: list[str]
    has_geometry: bool
    crs: str | None

    @property
    def schema(self) -> pa.Schema: ...

    def chunks(self) -> Iterator[Chunk]:
        """At least one, which may be empty."""

    def fraction(self) -> float:
        """How much of it has been read, 0 to 1."""


class Sink(Protocol):
    """A table being written."""

    def write(self, chunk: Chunk, added: pa.Table) -> None:
        """The rows of `chunk` with the columns of `added` after their own."""

    def close(self) -> None: ...


def kind_of(path: Path) -> str:
    """csv, parquet, arrow, arrow_stream or geojson, by the file's name."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        known = " ".join(SUFFIXES)
        raise FileError("not a kind of table that can be routed", file=path.name, remedy=f"one of {known}")
    return kind


def text_of(value: Any) -> str:
    """One added value as CSV text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def with_columns(table: pa.Table, added: pa.Table) -> pa.Table:
    """`table` and the columns of `added`; the metadata of `table` is kept."""
    for name in added.column_names:
        table = table.append_column(name, added.column(name))
    return table


def schema_with(schema: pa.Schema, added: Mapping[str, pa.DataType] | pa.Schema) -> pa.Schema:
    """The schema that `with_columns` makes."""
    pairs = added.items() if isinstance(added, Mapping) else ((field.name, field.type) for field in added)
    for name, kind in pairs:
        schema = schema.append(pa.field(name, kind))
    return schema
