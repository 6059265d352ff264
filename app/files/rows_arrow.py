"""Parquet files, Arrow files and Arrow streams in chunks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from app.errors import FileError
from app.files.rows import CHUNK_ROWS, Chunk, Points, schema_with, with_columns

BATCH_ROWS = 4 * CHUNK_ROWS
GEO_KEY = b"geo"
ARROW_KEY = b"ARROW:schema"
DICTIONARY_BYTES = 8 << 20  # of the codes of a province; a column with more is written as it is
LON_LAT_IDS = {("OGC", "CRS84"), ("EPSG", 4326)}


class ArrowChunk:
    """One record batch; `geometry` names a column of WKB points."""

    def __init__(self, batch: pa.RecordBatch, geometry: str | None) -> None:
        self._batch = batch
        self._geometry = geometry

    @property
    def rows(self) -> int:
        return int(self._batch.num_rows)

    def column(self, field: str) -> pa.Array:
        return self._batch.column(self._batch.schema.get_field_index(field))

    def points(self) -> Points | None:
        if self._geometry is None:
            return None
        shapes = shapely.from_wkb(np.array(self.column(self._geometry).to_pylist(), dtype=object), on_invalid="ignore")
        shapes = np.where(shapely.is_empty(shapes), None, shapes)
        return Points(np.asarray(shapely.get_x(shapes)), np.asarray(shapely.get_y(shapes)))

    def table(self) -> pa.Table:
        return pa.Table.from_batches([self._batch])

    def __getstate__(self) -> dict[str, Any]:
        """As a stream: pickled as such, a slice takes the whole of what it was sliced from with it."""
        target = pa.BufferOutputStream()
        with pa.ipc.new_stream(target, self._batch.schema) as stream:
            stream.write_batch(self._batch)
        return {"stream": target.getvalue(), "geometry": self._geometry}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._batch = pa.ipc.open_stream(state["stream"]).read_next_batch()
        self._geometry = state["geometry"]


class ArrowSource:
    """A Parquet file, an Arrow file or an Arrow stream."""

    def __init__(self, handle: BinaryIO, name: str, kind: str) -> None:
        self.name = name
        self._read = 0
        self._total = 0
        try:
            self._batches, self._schema = self._open(handle, kind)
        except (pa.ArrowException, OSError) as error:
            raise FileError(f"not readable as {kind}: {error}", file=name) from None
        self.fields = list(self._schema.names)
        if len(set(self.fields)) < len(self.fields):
            raise FileError("two fields have the same name", file=name)
        self._geometry, self.crs = _geometry(self._schema, name)
        self.has_geometry = self._geometry is not None

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    def __getstate__(self) -> dict[str, Any]:
        """What sinks ask; a copy reads nothing."""
        kept = ("name", "fields", "has_geometry", "crs", "_schema", "_geometry")
        return {"_read": 0, "_total": 0} | {name: getattr(self, name) for name in kept}

    def fraction(self) -> float:
        return min(self._read / self._total, 1.0) if self._total else 0.0

    def chunks(self) -> Iterator[Chunk]:
        empty = True
        try:
            for batch in self._batches:
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    part = batch.slice(start, BATCH_ROWS)
                    self._read += part.num_rows
                    empty = False
                    yield ArrowChunk(part, self._geometry)
        except (pa.ArrowException, OSError) as error:
            raise FileError(f"damaged after row {self._read}: {error}", file=self.name) from None
        if empty:
            yield ArrowChunk(pa.RecordBatch.from_pylist([], self._schema), self._geometry)

    def _open(self, handle: BinaryIO, kind: str) -> tuple[Iterator[pa.RecordBatch], pa.Schema]:
        if kind == "parquet":
            parquet = pq.ParquetFile(handle)
            self._total = parquet.metadata.num_rows
            return parquet.iter_batches(BATCH_ROWS), parquet.schema_arrow
        if kind == "arrow":
            file = pa.ipc.open_file(handle)
            return (file.get_batch(i) for i in range(file.num_record_batches)), file.schema
        stream = pa.ipc.open_stream(handle)
        return iter(stream), stream.schema


class ArrowSink:
    """Parquet or Arrow with the columns of any source and those added. Added dictionaries are written to Parquet as
    such, and read as the plain texts of the schema by whoever opens it."""

    def __init__(self, handle: BinaryIO, source: Any, added: pa.Schema, kind: str) -> None:
        self._schema = schema_with(source.schema, added)
        self._handle, self._kind = handle, kind
        self._written = self._schema
        self._writer: Any = None

    def write(self, chunk: Chunk, added: pa.Table) -> None:
        table = with_columns(chunk.table(), added)
        if self._writer is None:
            self._open(table.schema)
        self._writer.write_table(table.cast(self._written))

    def close(self) -> None:
        if self._writer is None:
            self._open(self._schema)
        if self._kind == "parquet":
            plain = base64.b64encode(self._schema.serialize())
            self._writer.add_key_value_metadata({**(self._schema.metadata or {}), ARROW_KEY: plain})
        self._writer.close()

    def _open(self, schema: pa.Schema) -> None:
        """`schema`: that of the first rows, which may have dictionaries where the table is to have texts."""
        if self._kind == "parquet":
            self._written = schema
            self._writer = _parquet_writer(self._handle, schema, self._schema)
        elif self._kind == "arrow":
            self._writer = pa.ipc.new_file(self._handle, self._schema)
        else:
            self._writer = pa.ipc.new_stream(self._handle, self._schema)


def _parquet_writer(handle: BinaryIO, schema: pa.Schema, plain: pa.Schema) -> pq.ParquetWriter:
    """For rows of `schema`. Numbers seldom repeat: looking for repeats in them costs as much as all else. Nor does
    the lowest and highest code of rows in any order tell anything, and finding it costs more than writing them. Places
    in a dictionary and flags are packed bits already: zstd takes a quarter of their time and makes nothing smaller."""
    texts = [each.name for each in schema if pa.types.is_string(each.type) or pa.types.is_dictionary(each.type)]
    coded = {each.name for each in schema if each.type != plain.field(each.name).type}
    packed = coded | {each.name for each in schema if pa.types.is_boolean(each.type)}
    own = [each.name for each in schema if each.name not in packed]
    return pq.ParquetWriter(
        handle, schema, compression={each.name: "none" if each.name in packed else "zstd" for each in schema},
        use_dictionary=texts, write_statistics=own, store_schema=False, dictionary_pagesize_limit=DICTIONARY_BYTES,
    )  # fmt: skip


def _geometry(schema: pa.Schema, name: str) -> tuple[str | None, str | None]:
    """The column of WKB geometry of a GeoParquet file and its coordinate system."""
    if not schema.metadata or GEO_KEY not in schema.metadata:
        return None, None
    try:
        geo = json.loads(schema.metadata[GEO_KEY])
        column = geo["primary_column"]
        described = geo["columns"][column]
    except (ValueError, KeyError, TypeError):
        raise FileError("its GeoParquet metadata cannot be read", file=name) from None
    if described.get("encoding") != "WKB" or column not in schema.names:
        return None, None
    return column, _crs(described)


def _crs(described: dict[str, Any]) -> str | None:
    """No `crs` means lon, lat of CRS84; a null one means unknown."""
    if "crs" not in described:
        return "wgs84"
    identity = (described["crs"] or {}).get("id") or {}
    pair = (identity.get("authority"), identity.get("code"))
    if pair in LON_LAT_IDS:
        return "wgs84"
    return f"EPSG:{pair[1]}" if pair[0] == "EPSG" else None
