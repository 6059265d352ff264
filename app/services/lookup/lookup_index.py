"""The look-up's memory: the timeline of all networks, an index of every edition that holds now or will, and staff.

A snapshot never changes; a refresh builds the next one and switches with one assignment, so a request sees one or
the other and never half of each. An edition that is valid from a future moment is in the snapshot already and
takes force at that moment without anything happening.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Protocol

import pyarrow as pa
import shapely
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.errors import NotFound, Unavailable
from app.rules.time.timeline import Holding, Timeline
from app.services.cases.routing_index import RoutingMemory
from app.services.lookup.spare_memory import give_back
from app.services.staff.staff_index import StaffIndex, load_staff
from app.spatial.location.locate import GridIndex
from app.spatial.location.warming import warm
from app.store.lookup import lookup as store
from app.store.lookup.lookup import EditionRows

OpenSession = Callable[[], AbstractContextManager[Session]]
Clock = Callable[[], datetime]

UNIFIED = "unified"
POLL_S = 0.5
TURN_S = 0.0005
"""How long a thread that answers without a pause lets another one wait. A refresh gives its turn away at every question
to the database; Python's own 5 ms, times a hundred, made a second."""
PAST_EDITIONS, PAST_BYTES = 16, 256 << 20
"""How many past editions stay in memory, and how large they may be together; the last one stays however large."""
DRAFTS, DRAFT_AGE = 4, timedelta(days=1)
"""How many drafts are loaded ahead, and how old they may be: what is imported is often published next."""
BUILDERS = 2
"""Indexes built at the same time."""
REMEMBERED = 256
CORNER_BYTES = 16
_log = structlog.get_logger("onegrid.lookup")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class EditionIndex:
    """The grids of one edition with their index; positions in `index` are positions in the arrays of `rows`."""

    edition: int
    rows: EditionRows
    index: GridIndex

    @cached_property
    def nbytes(self) -> int:
        """Of the index and the corners of the polygons."""
        return self.index.nbytes + CORNER_BYTES * int(shapely.get_num_coordinates(self.rows.polygons).sum())

    @cached_property
    def texts(self) -> tuple[pa.DictionaryArray, pa.DictionaryArray, pa.DictionaryArray]:
        """Codes, kinds and areas, for columns."""
        columns = (self.rows.codes, self.rows.kinds, self.rows.areas)
        return tuple(pa.array(each, pa.string()).dictionary_encode() for each in columns)


@dataclass(frozen=True)
class Holdings:
    """Network → edition, the same from `since` until before `until`."""

    since: datetime
    until: datetime
    editions: Mapping[str, int]


@dataclass(frozen=True)
class Snapshot:
    """What was known at one state of the database; `editions` are those that held then or were to.

    `only` limits it to some networks. A request takes one snapshot and asks nothing but that.
    """

    version: store.Version | None = None
    timeline: Timeline = field(default_factory=Timeline)
    editions: Mapping[int, EditionIndex] = field(default_factory=dict)
    staff: StaffIndex = field(default_factory=StaffIndex)
    only: frozenset[str] | None = None
    _held: dict[tuple[str, ...], Holdings] = field(default_factory=dict)

    def asked(self, networks: Collection[str] = ()) -> tuple[str, ...]:
        """The networks a question is about, in the order of answers: `unified` first, then by code. NotFound for a
        network that there is not."""
        known = self.timeline.networks
        missing = [code for code in networks if code not in known]
        if missing:
            raise NotFound(f"no network {missing[0]!r}; there are: {', '.join(known) or 'none yet'}")
        if networks:
            return tuple(code for code in known if code in networks)
        return known if self.only is None else tuple(code for code in known if code in self.only)

    def in_force(self, at: datetime, as_known_at: datetime | None, networks: Collection[str]) -> Mapping[str, int]:
        """Network → edition at a moment. What holds now is remembered until something begins or ends."""
        if as_known_at is not None:
            return self.timeline.in_force(at, as_known_at, networks)
        key = tuple(networks)
        known = self._held.get(key)
        if known is None or not known.since <= at < known.until:
            since, until = self.timeline.steady(at)
            known = Holdings(since, until, self.timeline.in_force(at, None, networks))
            if len(self._held) >= REMEMBERED:
                self._held.clear()
            self._held[key] = known
        return known.editions


class Lookup:
    """Holds the current snapshot, keeps it fresh, and loads past editions that are asked for (the last few stay).

    `networks` limits it to some networks (a command that asks about one need not load the others). `routing`: what
    events are routed by, beside the grids and staff.
    """

    def __init__(
        self, open_session: OpenSession, networks: Collection[str] | None = None, clock: Clock = utc_now
    ) -> None:
        self.clock = clock
        self.routing = RoutingMemory()
        self._open = open_session
        self._only = None if networks is None else frozenset(networks)
        self._snapshot = Snapshot()
        self._past: OrderedDict[int, EditionIndex] = OrderedDict()
        self._ahead: Mapping[int, EditionIndex] = {}
        self._refreshing = threading.Lock()
        self._loading = threading.Lock()

    @classmethod
    def holding(cls, snapshot: Snapshot) -> Lookup:
        """A look-up of one state for good, without a database: it loads no other edition."""
        made = cls(_no_database)
        made._snapshot = snapshot
        return made

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot; Unavailable before the first refresh."""
        if self._snapshot.version is None:
            raise Unavailable("the look-up is still loading the networks")
        return self._snapshot

    def opened(self) -> AbstractContextManager[Session]:
        """A session on the look-up's database, for what is not in memory."""
        return self._open()

    @property
    def is_ready(self) -> bool:
        return self._snapshot.version is not None

    def refresh(self) -> bool:
        """Bring the snapshot up to the database if it changed; True when it did. Cheap when it did not."""
        with self._refreshing:
            with self._open() as session:
                version = store.version(session)
                if version == self._snapshot.version:
                    return False
                fresh = self._next(session, version)
            # First: a request that still works with the old snapshot must find them in memory.
            self._keep({id_: held for id_, held in self._snapshot.editions.items() if id_ not in fresh.editions})
            self._snapshot = fresh
        return True

    def _next(self, session: Session, version: store.Version) -> Snapshot:
        """Rows committed after `version` was read may be in it already; the next refresh then finds a new version."""
        codes = store.network_codes(session)
        holdings = tuple(Holding(**vars(row)) for row in store.validities(session) if self._wanted(row.network))
        timeline = Timeline(holdings, tuple(sorted(codes, key=lambda code: (code != UNIFIED, code))))
        old = self._snapshot
        wanted = sorted(timeline.from_now_on(self.clock()))
        editions = _loaded(session, {id_: old.editions.get(id_) or self._at_hand(id_) for id_ in wanted})
        same_staff = old.version is not None and old.version[-1] == version[-1]
        staff = old.staff if same_staff else load_staff(session)
        return Snapshot(version, timeline, editions, staff, self._only)

    def prepare(self) -> bool:
        """Load the latest drafts, whose grids never change, so that a publish of one is a switch and nothing else. True
        when these are others than before."""
        before = self._ahead.keys()
        with self._open() as session:
            drafts = store.drafts(session, self.clock() - DRAFT_AGE, DRAFTS)
            self._ahead = _loaded(session, {id_: self._at_hand(id_) for id_ in drafts})
        return self._ahead.keys() != before

    def _at_hand(self, edition: int) -> EditionIndex | None:
        return self._ahead.get(edition) or self._recent(edition)

    def _wanted(self, network: str) -> bool:
        return self._only is None or network in self._only

    def asked(self, networks: Collection[str] = ()) -> tuple[str, ...]:
        """As `Snapshot.asked`, of the current one."""
        return self.snapshot.asked(networks)

    def in_force(self, at: datetime, as_known_at: datetime | None, networks: Collection[str]) -> Mapping[str, int]:
        """As `Snapshot.in_force`, of the current one."""
        return self.snapshot.in_force(at, as_known_at, networks)

    def is_loaded(self, editions: Collection[int]) -> bool:
        """Whether answering from `editions` needs no database."""
        return all(edition in self._snapshot.editions or edition in self._past for edition in editions)

    def edition(self, edition: int) -> EditionIndex:
        """The index of an edition: from the snapshot, from the last few past ones, else loaded."""
        return self._snapshot.editions.get(edition) or self._recent(edition) or self._load_past(edition)

    def _recent(self, edition: int) -> EditionIndex | None:
        with self._loading:
            found = self._past.get(edition)
            if found is not None:
                self._past.move_to_end(edition)
            return found

    def _load_past(self, edition: int) -> EditionIndex:
        with self._open() as session:
            loaded = _loaded(session, {edition: None})
        self._keep(loaded)
        return loaded[edition]

    def _keep(self, editions: Mapping[int, EditionIndex]) -> None:
        with self._loading:
            self._past.update(editions)
            while len(self._past) > 1 and self._is_full():
                self._past.popitem(last=False)

    def _is_full(self) -> bool:
        return len(self._past) > PAST_EDITIONS or sum(held.nbytes for held in self._past.values()) > PAST_BYTES

    @contextmanager
    def watching(self, notices: Notices | None = None, interval_s: float = POLL_S) -> Iterator[None]:
        """Keep the snapshot fresh from a thread while inside: at every notice of the database, and every `interval_s`
        for notices that did not arrive. A database that is away leaves the last snapshot in force. Kernels are made
        ready meanwhile."""
        done = threading.Event()
        wait = notices or Silence(done)
        turns = sys.getswitchinterval()
        sys.setswitchinterval(TURN_S)
        thread = threading.Thread(target=self._watch, args=(done, wait, interval_s), daemon=True, name="lookup-refresh")
        thread.start()
        threading.Thread(target=warm, daemon=True, name="lookup-warming").start()
        try:
            yield
        finally:
            done.set()
            thread.join(timeout=10)
            wait.close()
            sys.setswitchinterval(turns)

    def _watch(self, done: threading.Event, notices: Notices, interval_s: float) -> None:
        failing = False
        while not done.is_set():
            try:
                switched = self.refresh()
                if switched:
                    _log.info("look-up switched", editions=sorted(self._snapshot.editions))
                if self.prepare() or switched:
                    give_back()
                failing = False
            except SQLAlchemyError as error:
                if not failing:
                    _log.warning("look-up keeps its last snapshot", error=type(error).__name__)
                failing = True
            except Exception:  # noqa: BLE001  the edge of a thread: whatever it is, the next round tries again
                _log.exception("look-up could not refresh")
            if not done.is_set() and not notices.wait(interval_s):
                done.wait(interval_s)


class Notices(Protocol):
    """Tells that something has changed."""

    def wait(self, seconds: float) -> bool:
        """Until a notice, or for so long. False at once when none can come: the connection is cut."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Silence:
    """No notices at all; `done` ends the wait."""

    done: threading.Event

    def wait(self, seconds: float) -> bool:
        self.done.wait(seconds)
        return True

    def close(self) -> None:
        pass


def _no_database() -> AbstractContextManager[Session]:
    raise Unavailable("this look-up holds one state of the networks and asks no database")


def _loaded(session: Session, known: Mapping[int, EditionIndex | None]) -> dict[int, EditionIndex]:
    """Editions, those loaded that are None: one is read while the index of the one before is built."""
    with ThreadPoolExecutor(BUILDERS, "lookup-building") as pool:
        built = {
            edition: pool.submit(_indexed, edition, store.edition_rows(session, edition))
            for edition, found in known.items()
            if found is None
        }
        return {edition: found or built[edition].result() for edition, found in known.items()}


def _indexed(edition: int, rows: EditionRows) -> EditionIndex:
    return EditionIndex(edition, rows, GridIndex(list(rows.codes), rows.polygons))
