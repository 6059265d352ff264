"""Tables in, the same rows out with the grids that own them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from app.errors import FileError
from app.files.rows import Chunk, Sink, Source, kind_of
from app.files.rows_arrow import ArrowSink, ArrowSource
from app.files.rows_csv import CsvSink, CsvSource
from app.files.rows_geojson import FeatureSink, FeatureSource
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route import Router, make_router
from app.services.lookup.route_places import RowPoints
from app.services.lookup.row_fields import RowFields, choose_fields, codes, moments, numbers
from app.services.progress import Progress, silent


@dataclass(frozen=True)
class RouteOptions:
    """What a caller may say about a table; None and () leave it to the file and to guessing."""

    lon_field: str | None = None
    lat_field: str | None = None
    at_field: str | None = None
    matter_field: str | None = None
    crs_field: str | None = None
    crs: str | None = None
    at: datetime | None = None
    as_known_at: datetime | None = None
    networks: tuple[str, ...] = ()
    zone: str = "Asia/Shanghai"
    shows_people: bool = False


@dataclass(frozen=True)
class RouteReport:
    """What was done with a table."""

    router: Router
    fields: RowFields
    renamed: dict[str, str]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        tally, rules = self.router.tally, self.router.rules
        named = {"lon": self.fields.lon, "lat": self.fields.lat} if not self.fields.is_geometry else {}
        return {
            "rows": tally.rows,
            "errors": tally.errors.total(),
            "error_kinds": dict(tally.errors),
            "first_errors": tally.first_errors,
            "outside": tally.outside,
            "networks": {
                code: {
                    "owned": tally.owned[code],
                    "on_boundary": tally.on_boundary[code],
                    "editions": sorted(tally.editions[code]),
                }
                for code in rules.networks
            },
            "fields": {**(named or {"geometry": True}), "at": self.fields.at or None, "guessed": self.fields.guessed},
            "crs": rules.crs,
            "renamed": self.renamed,
            "warnings": self.warnings(),
            "seconds": round(self.seconds, 3),
        }

    def warnings(self) -> list[str]:
        """What looks wrong with the table as a whole."""
        tally, crs = self.router.tally, self.router.rules.crs
        return [
            f"{rows} rows lie outside the ground as {crs}, but inside it if the coordinates are {name}: check the crs"
            for name, rows in tally.offset.items()
            if rows
        ]


def route_file(
    lookup: Lookup, path: Path, out: Path, options: RouteOptions, progress: Progress | None = None
) -> RouteReport:
    """Route the rows of `path` into `out`, which appears whole or not at all. Memory does not grow with the rows."""
    kind = kind_of(out)
    with path.open("rb") as handle:
        source = open_source(handle, path)
        with whole_file(out) as target:
            return route_rows(lookup, source, target, kind, options, progress or silent())


def route_body(lookup: Lookup, body: BinaryIO, target: BinaryIO, kind: str, options: RouteOptions) -> RouteReport:
    """Route a CSV text (`csv`) or an Arrow stream (`arrow_stream`) into `target`, which is of the same kind; chunk by
    chunk, record batch by record batch."""
    source: Source = CsvSource(body, "body") if kind == "csv" else ArrowSource(body, "body", kind)
    return route_rows(lookup, source, target, kind, options, silent())


def open_source(handle: BinaryIO, path: Path) -> Source:
    """The table in a file, by its name."""
    kind = kind_of(path)
    if kind == "csv":
        return CsvSource(handle, path.name)
    if kind == "geojson":
        return FeatureSource(path)
    return ArrowSource(handle, path.name, kind)


def open_sink(handle: BinaryIO, kind: str, source: Source, added: pa.Schema) -> Sink:
    """A table of `kind` for the rows of `source` and the columns `added`."""
    if kind == "geojson":
        if not isinstance(source, FeatureSource):
            raise FileError("only GeoJSON can be written as GeoJSON", file=source.name, remedy="choose another suffix")
        return FeatureSink(handle, source)
    if isinstance(source, FeatureSource):
        raise FileError("GeoJSON is written as GeoJSON only", file=source.name, remedy="name the output .geojson")
    return CsvSink(handle, source, added) if kind == "csv" else ArrowSink(handle, source, added, kind)


class Routing:
    """A table to be routed: its fields, its router and the columns that are added."""

    def __init__(self, lookup: Lookup, source: Source, options: RouteOptions) -> None:
        self.lookup, self.source, self.options = lookup, source, options
        self.fields = choose_fields(
            source, options.lon_field, options.lat_field, options.at_field, options.matter_field, options.crs_field
        )
        self.router = make_router(
            lookup,
            crs=options.crs or declared_crs(source, self.fields),
            at=options.at,
            as_known_at=options.as_known_at,
            networks=options.networks,
            zone=options.zone,
            shows_people=options.shows_people,
            own_systems=bool(self.fields.crs),
        )
        columns = self.router.columns
        self.renamed = free_names(columns.names, source.fields)
        self.added = pa.schema([(self.renamed.get(column.name, column.name), column.type) for column in columns])

    def route(self, chunk: Chunk) -> pa.Table:
        """The columns added to some rows, texts of grids as dictionaries."""
        points = row_points(chunk, self.fields, self.options.zone)
        return self.router.route_coded(points).rename_columns(self.added.names)


def route_rows(
    lookup: Lookup, source: Source, target: BinaryIO, kind: str, options: RouteOptions, progress: Progress
) -> RouteReport:
    """Read, route and write chunk by chunk."""
    started = time.perf_counter()
    routing = Routing(lookup, source, options)
    write_rows(routing, open_sink(target, kind, source, routing.added), source.chunks(), progress)
    return RouteReport(routing.router, routing.fields, routing.renamed, time.perf_counter() - started)


def write_rows(routing: Routing, sink: Sink, chunks: Iterable[Chunk], progress: Progress | None = None) -> None:
    """Route chunks and write them: one is written while the next is read and routed. The sink is closed."""
    try:
        _write_chunks(routing, sink, chunks, progress or silent())
    except BaseException:
        # a sink left open would write its end when it is forgotten, into a file that is closed by then
        with suppress(pa.ArrowException, OSError):
            sink.close()
        raise
    sink.close()


def _write_chunks(routing: Routing, sink: Sink, chunks: Iterable[Chunk], tell: Progress) -> None:
    with ThreadPoolExecutor(1) as writer:
        writing: Future[None] | None = None
        for chunk in chunks:
            added = routing.route(chunk)
            if writing is not None:
                writing.result()
            writing = writer.submit(sink.write, chunk, added)
            tell(routing.source.fraction(), f"{routing.router.tally.rows:,} rows routed")
        if writing is not None:
            writing.result()


def row_points(chunk: Chunk, fields: RowFields, zone: str) -> RowPoints:
    """The points, moments, matters and systems of some rows."""
    at, at_wrong = moments(chunk.column(fields.at), zone) if fields.at else (None, None)
    matter = codes(chunk.column(fields.matter)) if fields.matter else None
    crs = codes(chunk.column(fields.crs)) if fields.crs else None
    if not fields.is_geometry:
        x, y = numbers(chunk.column(fields.lon)), numbers(chunk.column(fields.lat))
        return RowPoints(x, y, at, at_wrong, matter, crs)
    points = chunk.points()
    nothing = np.full(chunk.rows, np.nan)
    x, y = (points.x, points.y) if points else (nothing, nothing)
    return RowPoints(x, y, at, at_wrong, matter, crs)


def declared_crs(source: Source, fields: RowFields) -> str:
    """The system of the points when the caller names none: the file's for geometry, WGS 84 for two fields."""
    if not fields.is_geometry:
        return "wgs84"
    if source.crs is None:
        raise FileError("its coordinate system is not known", file=source.name, remedy="name it with --crs")
    return source.crs


def free_names(names: list[str], taken: list[str]) -> dict[str, str]:
    """New names for added columns that the table has already."""
    renamed = {}
    for name in names:
        free = name
        while free in taken:
            free = f"onegrid_{free}"
        if free != name:
            renamed[name] = free
    return renamed


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its place under `path` when the block ends well, and leaves nothing behind when it does not."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        opened = part.open("wb")
    except OSError as error:
        raise FileError(f"cannot be written: {error.strerror}", file=str(path)) from None
    try:
        with opened as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
