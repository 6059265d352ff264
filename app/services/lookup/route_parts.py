"""Tables routed into a folder of parts: an interrupted run goes on after the last whole part.

`manifest.json` is written anew after each part: what was asked, the state of the networks that all parts are answered
from, the parts and the tally so far. The same call with the same file goes on; another one is refused.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from app.errors import InputError
from app.files.rows import Chunk, Source, kind_of
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route import Tally
from app.services.lookup.route_files import (
    RouteOptions,
    RouteReport,
    Routing,
    open_sink,
    open_source,
    whole_file,
    write_rows,
)
from app.services.progress import Progress, silent

PART_ROWS = 1 << 20
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Part:
    """Rows that are routed, or will be when they are written."""

    rows: int
    write: Callable[[BinaryIO], None]


Engine = Callable[[Routing, Iterator[list[Chunk]], str], Iterator[Part]]
"""Routes the chunks of parts, one part after another, into tables of a kind. When a part is written its rows, and no
later ones, are in the tally of the routing."""


def local_engine(routing: Routing, parts: Iterator[list[Chunk]], kind: str) -> Iterator[Part]:
    """In this process, while it is written."""
    for chunks in parts:

        def write(target: BinaryIO, chunks: list[Chunk] = chunks) -> None:
            write_rows(routing, open_sink(target, kind, routing.source, routing.added), chunks)

        yield Part(sum(chunk.rows for chunk in chunks), write)


@dataclass
class Manifest:
    """`asked`: file and options; `at` and `known_at`: the moments that rows without their own are answered for."""

    asked: dict[str, Any]
    at: str
    known_at: str
    parts: list[dict[str, Any]] = field(default_factory=list)
    tally: dict[str, Any] = field(default_factory=dict)
    done: bool = False

    @property
    def rows(self) -> int:
        return sum(part["rows"] for part in self.parts)


def is_folder(path: Path) -> bool:
    """Whether an output is a folder of parts: one that is there, or a name without a suffix."""
    return path.is_dir() or not path.suffix


def route_parts(
    lookup: Lookup,
    path: Path,
    folder: Path,
    options: RouteOptions,
    progress: Progress | None = None,
    engine: Engine = local_engine,
) -> RouteReport:
    """Route the rows of `path` into parts of the same kind in `folder`, going on where an earlier call stopped."""
    started, tell = time.perf_counter(), progress or silent()
    folder.mkdir(parents=True, exist_ok=True)
    manifest = _opened(lookup, path, folder, options)
    kind, suffix = kind_of(path), path.suffix.lower()
    with path.open("rb") as handle:
        source = open_source(handle, path)
        fixed = replace(options, at=_moment(manifest.at), as_known_at=_moment(manifest.known_at))
        routing = Routing(lookup, source, fixed)
        routing.router.tally = _tally(manifest.tally) if manifest.parts else routing.router.tally
        waiting = iter(()) if manifest.done else _waiting(source, manifest.rows)
        for part in engine(routing, waiting, kind):
            _write_part(routing, folder, manifest, part, suffix)
            tell(source.fraction(), f"{manifest.rows:,} rows routed, {len(manifest.parts)} parts")
        manifest.done = True
        _save(folder, manifest)
        return RouteReport(routing.router, routing.fields, routing.renamed, time.perf_counter() - started)


def _waiting(source: Source, done: int) -> Iterator[list[Chunk]]:
    """The chunks of each part after the first `done` rows; at least one part of a new table, which may be empty."""
    skipped, held = 0, list[Chunk]()
    for chunk in source.chunks():
        if skipped < done:
            skipped += chunk.rows
            continue
        held.append(chunk)
        if sum(each.rows for each in held) >= PART_ROWS:
            yield held
            held = []
    if held:
        yield held


def _write_part(routing: Routing, folder: Path, manifest: Manifest, part: Part, suffix: str) -> None:
    """One part, whole or not at all, and the manifest that knows it."""
    name = f"part-{len(manifest.parts):05d}{suffix}"
    with whole_file(folder / name) as target:
        part.write(target)
    manifest.parts.append({"name": name, "rows": part.rows})
    manifest.tally = _plain(routing.router.tally)
    _save(folder, manifest)


def _opened(lookup: Lookup, path: Path, folder: Path, options: RouteOptions) -> Manifest:
    """The manifest of the folder, or that of a new one."""
    asked = json.loads(json.dumps(_asked(path, options)))
    place = folder / MANIFEST
    if not place.exists():
        now = lookup.clock()
        at, known = options.at or now, options.as_known_at or now
        made = Manifest(asked, at.isoformat(), known.isoformat())
        _save(folder, made)
        return made
    try:
        found = Manifest(**json.loads(place.read_text("utf-8")))
    except (ValueError, TypeError):
        raise InputError(f"{place} cannot be read: remove the folder to begin anew") from None
    if not found.parts and not found.done:
        place.unlink()  # nothing was answered yet
        return _opened(lookup, path, folder, options)
    if found.asked != asked:
        changed = sorted(name for name in asked if found.asked.get(name) != asked[name])
        raise InputError(
            f"{folder} holds parts of another run ({', '.join(changed)} differ): choose another folder or remove it"
        )
    return found


def _asked(path: Path, options: RouteOptions) -> dict[str, Any]:
    state = path.stat()
    said = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(options).items()
    }
    return {"file": path.name, "bytes": state.st_size, "modified_ns": state.st_mtime_ns, **said}


def _save(folder: Path, manifest: Manifest) -> None:
    with whole_file(folder / MANIFEST) as target:
        target.write(json.dumps(vars(manifest), ensure_ascii=False, indent=1).encode())


def _plain(tally: Tally) -> dict[str, Any]:
    """For JSON. Not `asdict`: of a Counter that counts the pairs."""
    editions = {code: sorted(found) for code, found in tally.editions.items()}
    return {**vars(tally), "editions": editions}


def _tally(said: dict[str, Any]) -> Tally:
    counters = {name: Counter(said[name]) for name in ("errors", "owned", "on_boundary", "offset")}
    editions = {code: set(found) for code, found in said["editions"].items()}
    return Tally(
        rows=said["rows"], first_errors=said["first_errors"], outside=said["outside"], editions=editions, **counters
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
