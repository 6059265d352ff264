"""The events that a plan is tried on: a table that somebody hands in, or those that are stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
from sqlalchemy.orm import Session

from app.files.rows import Chunk, Points, Source
from app.services.lookup.route_files import open_source
from app.store.cases import events as store

SCHEMA = pa.schema(
    [("event", pa.int64()), ("at", pa.timestamp("us", "UTC")), ("kind", pa.string()), ("matter", pa.string())]
)


@contextmanager
def table_events(path: Path) -> Iterator[Source]:
    """The rows of a file, read once."""
    with path.open("rb") as handle:
        yield open_source(handle, path)


class StoredEvents:
    """Stored events of a half-open period as a table: number, moment, kind, matter, and the point; no person."""

    name = "stored events"
    has_geometry = True
    crs: str | None = "wgs84"

    def __init__(self, session: Session, since: datetime | None, until: datetime | None) -> None:
        self._session, self._since, self._until = session, since, until
        self._read, self._total = 0, store.count_between(session, since, until)
        self.fields = list(SCHEMA.names)

    @property
    def schema(self) -> pa.Schema:
        return SCHEMA

    def chunks(self) -> Iterator[Chunk]:
        for frame in store.replayable(self._session, self._since, self._until):
            self._read += len(frame)
            yield _FrameChunk(frame)
        if not self._read:
            yield _FrameChunk(gpd.GeoDataFrame({name: [] for name in SCHEMA.names}, geometry=[], crs=4326))

    def fraction(self) -> float:
        return self._read / self._total if self._total else 1.0


class _FrameChunk:
    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        self._frame = frame

    @property
    def rows(self) -> int:
        return len(self._frame)

    def column(self, field: str) -> pa.Array:
        return self.table().column(field).combine_chunks()

    def points(self) -> Points:
        shapes = self._frame.geometry
        return Points(np.asarray(shapes.x, dtype=np.float64), np.asarray(shapes.y, dtype=np.float64))

    def table(self) -> pa.Table:
        arrays = [pa.array(self._frame[field.name].tolist(), field.type) for field in SCHEMA]
        return pa.table(arrays, schema=SCHEMA)
