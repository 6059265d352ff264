"""Tables routed by the workers of a Dask cluster: the same parts, to the byte, as in one process.

Each edition is sent to every worker once. Rows stream from here to the workers a part at a time and come back as the
bytes of their part, so that workers need no database and see no files. A part that is lost with its worker is sent
to another one.
"""

from __future__ import annotations

import copy
import importlib
import logging
from collections import OrderedDict, deque
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from app.errors import InputError, Unavailable
from app.files.rows import Chunk
from app.services.lookup.lookup_index import UNIFIED, EditionIndex
from app.services.lookup.route import THREADS
from app.services.lookup.route_files import Routing
from app.services.lookup.route_parts import Engine, Part
from app.services.lookup.route_worker import Job, RoutedRows, Rows, route_rows_here, versions, without_shapes
from app.services.lookup.row_fields import moments
from app.services.staff.staff_index import StaffIndex

CONNECT_S = 10.0
WORKERS_S = 60.0
ATTEMPTS = 4
KEPT = 32
JOB = -1


def dask_engine(scheduler: str | None = None) -> Engine:
    """An engine of `route_parts`. Without a scheduler's address it makes a cluster of its own, a process for each core
    of this machine. Unavailable where Dask, the scheduler or its workers are not to be had."""
    distributed = _installed()

    def routed(routing: Routing, parts: Iterator[list[Chunk]], kind: str) -> Iterator[Part]:
        if routing.fields.matter and UNIFIED in routing.router.rules.networks:
            raise InputError(
                "what rows are about is looked up in the database, which workers do not see: "
                "leave out --matter-field, or use --engine local"
            )
        with _client(distributed, scheduler) as client:
            _check_workers(client)
            lost = (CancelledError, distributed.KilledWorker)
            yield from _Stream(client, routing, kind, lost).routed(parts)

    return routed


def _installed() -> Any:
    """Imported when asked for: it takes a second, and is there only with the extra."""
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise Unavailable("the engine dask is not installed — pip install 'onegrid[dask]', or --engine local") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # its own import set it; what matters is raised here
    return distributed


@contextmanager
def _client(distributed: Any, scheduler: str | None) -> Iterator[Any]:
    if scheduler is None:
        own = distributed.LocalCluster(
            n_workers=THREADS, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )  # fmt: skip
        with own as cluster, distributed.Client(cluster) as client:
            yield client
        return
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise Unavailable(f"no Dask scheduler answers at {scheduler}: {error} — start one: dask scheduler") from None
    with client:
        yield client


def _await_workers(client: Any) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except (OSError, CancelledError):
        address = client.scheduler.address if client.scheduler else "an address of before"
        raise Unavailable(f"no worker has joined {address} — start one: dask worker {address}") from None


def _check_workers(client: Any) -> None:
    """Refuse workers that cannot route, or would write other bytes."""
    _await_workers(client)
    here = versions()
    for worker, there in client.run(versions, on_error="return").items():
        if not isinstance(there, dict):
            raise Unavailable(f"worker {worker} cannot route ({there}) — install onegrid {here['OneGrid']} there")
        other = [
            f"{name} {there.get(name)}, here {version}" for name, version in here.items() if there[name] != version
        ]
        if other:
            raise Unavailable(f"worker {worker} has {'; '.join(other)} — install the same versions there")


class _Broadcast:
    """Things of which every worker holds a copy. What was lost with the last worker that held it is sent again."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._sent: OrderedDict[int, Any] = OrderedDict()

    def send(self, key: int, value: Any) -> Any:
        future = self._sent.get(key)
        if future is None or future.status != "finished":
            (future,) = self._client.scatter([value], broadcast=True, hash=False)
            self._sent[key] = future
        self._sent.move_to_end(key)
        while len(self._sent) > KEPT:
            self._sent.popitem(last=False)
        return future


@dataclass
class _Asked:
    """A part under way, kept whole until it is back."""

    rows: Rows
    count: int
    editions: list[EditionIndex]
    answer: Any = None


class _Stream:
    """Parts of one table: a few ahead at the workers, given back in their order."""

    def __init__(self, client: Any, routing: Routing, kind: str, lost: tuple[type[Exception], ...]) -> None:
        self._client, self._routing, self._lost = client, routing, lost
        self._broadcast = _Broadcast(client)
        self._before = routing.router.tally.rows
        snapshot = routing.lookup.snapshot
        # People are sent only where a column asks for them.
        staff = snapshot.staff if UNIFIED in routing.router.rules.networks else StaffIndex()
        fixed = replace(routing.options, at=routing.router.rules.at)
        self._job = Job(replace(snapshot, editions={}, staff=staff), fixed, kind)

    def routed(self, parts: Iterator[list[Chunk]]) -> Iterator[Part]:
        under_way: deque[_Asked] = deque()
        for chunks in parts:
            under_way.append(self._send(self._asked(chunks)))
            if len(under_way) > self._ahead():
                yield self._part(under_way.popleft())
        while under_way:
            yield self._part(under_way.popleft())

    def _ahead(self) -> int:
        """Half as many parts again as can be routed at once: a worker that is done finds the next one there."""
        threads = sum(self._client.nthreads().values())
        return int(threads + threads // 2)

    def _asked(self, chunks: list[Chunk]) -> _Asked:
        rows = Rows(chunks, self._before, copy.copy(self._routing.source))
        count = sum(chunk.rows for chunk in chunks)
        self._before += count
        return _Asked(rows, count, self._editions(chunks))

    def _editions(self, chunks: list[Chunk]) -> list[EditionIndex]:
        routing, found = self._routing, dict[int, EditionIndex]()
        for chunk in chunks if routing.fields.at else chunks[:1]:
            at = moments(chunk.column(routing.fields.at), routing.options.zone)[0] if routing.fields.at else None
            found |= {edition.edition: edition for edition in routing.router.editions(at)}
        return [without_shapes(edition) for edition in found.values()]

    def _send(self, asked: _Asked) -> _Asked:
        _await_workers(self._client)
        job = self._broadcast.send(JOB, self._job)
        editions = [self._broadcast.send(edition.edition, edition) for edition in asked.editions]
        (rows,) = self._client.scatter([asked.rows], hash=False)
        asked.answer = self._client.submit(route_rows_here, rows, job, editions, pure=False)
        return asked

    def _part(self, asked: _Asked) -> Part:
        routed = self._answer(asked)
        self._routing.router.tally.add(routed.tally)

        def write(target: BinaryIO) -> None:
            target.write(routed.data)

        return Part(asked.count, write)

    def _answer(self, asked: _Asked) -> RoutedRows:
        """Rows that were lost with their worker are sent again."""
        for _ in range(ATTEMPTS):
            try:
                return asked.answer.result()
            except self._lost:
                self._send(asked)
        rows = f"the part from row {asked.rows.before + 1:,} on"
        raise Unavailable(f"{rows} was lost with {ATTEMPTS} workers one after another — give workers more memory")
