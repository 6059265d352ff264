"""Part of a table routed in another process: what is sent there, and what comes back. No database, no files."""

from __future__ import annotations

import io
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyproj

from app import __version__
from app.files.rows import Chunk, Source
from app.services.lookup.lookup_index import EditionIndex, Lookup, Snapshot
from app.services.lookup.route import Tally
from app.services.lookup.route_files import RouteOptions, Routing, open_sink, write_rows


@dataclass(frozen=True)
class Job:
    """What all parts of a table have in common: the state of the networks without their grids, what the caller said
    with all moments fixed, the kind of the parts."""

    snapshot: Snapshot
    options: RouteOptions
    kind: str


@dataclass(frozen=True)
class Rows:
    """Consecutive chunks of a table, `before` rows after its beginning; `source` is a copy that sinks may ask."""

    chunks: list[Chunk]
    before: int
    source: Source


@dataclass(frozen=True)
class RoutedRows:
    """A part as the bytes of its file, and a tally that begins at its first row."""

    data: bytes
    tally: Tally


def route_rows_here(rows: Rows, job: Job, editions: Sequence[EditionIndex]) -> RoutedRows:
    """`editions` are all that the rows' moments ask for. The bytes are those that any other process makes of the same
    rows with the same versions of the libraries."""
    held = {edition.edition: edition for edition in editions}
    routing = Routing(Lookup.holding(replace(job.snapshot, editions=held)), rows.source, job.options)
    routing.router.tally.rows = rows.before
    target = io.BytesIO()
    write_rows(routing, open_sink(target, job.kind, rows.source, routing.added), rows.chunks)
    return RoutedRows(target.getvalue(), routing.router.tally)


def versions() -> dict[str, str]:
    """What decides on the bytes of a part, in this process."""
    return {
        "OneGrid": __version__,
        "Python": platform.python_version().rpartition(".")[0],
        "pyarrow": pa.__version__,
        "numpy": np.__version__,
        "pyproj": pyproj.__version__,
    }


def without_shapes(edition: EditionIndex) -> EditionIndex:
    """The edition as it is sent: an index needs no polygons to answer for points."""
    return replace(edition, rows=replace(edition.rows, polygons=np.empty(0, dtype=object)))
