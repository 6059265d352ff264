"""Reads on a copy of the database that PostgreSQL's streaming replication keeps, and life without the primary.

Two kinds of unit of work are opened here. `reading`: browsing and tiles, which may be a little old; on the replica
while it keeps up, else on the primary. `surviving`: what look-ups need (keys, the editions in memory); on the primary,
and on the replica while the primary does not answer.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import structlog
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

CHECKED_S = 1.0
"""How often the two servers are compared, at most."""
KEPT = 600
"""Positions of the primary that are remembered: a lag is measured up to as many seconds."""
WRITTEN = text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
REPLAYED = text("SELECT pg_wal_lsn_diff(coalesce(pg_last_wal_replay_lsn(), '0/0'), '0/0')::bigint")
READ_ONLY = text("SET TRANSACTION READ ONLY")
GONE = (OperationalError, InterfaceError)

Open = Callable[[], AbstractContextManager[Session]]
log = structlog.get_logger("onegrid.replica")


class Replica:
    """Chooses between `primary` and `replica` (None: there is no replica, and everything goes to the primary).

    `lag_limit_s`: a replica further behind is not read. `clock`: seconds that only grow. Safe in threads.
    """

    def __init__(
        self, primary: Open, replica: Open | None, lag_limit_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._primary, self._replica = primary, replica
        self._lag_limit_s, self._clock = lag_limit_s, clock
        self._positions: deque[tuple[float, int]] = deque(maxlen=KEPT)
        self._checked_at, self._usable, self._lag_s = float("-inf"), False, float("inf")
        self._lock = threading.Lock()

    @property
    def is_there(self) -> bool:
        return self._replica is not None

    def lag_s(self) -> float | None:
        """Seconds since a check found changes that the replica has not replayed; None where none answers.

        0 while it has all, and at the check that finds something missing. Without the primary nothing new is found.
        """
        self._check()
        return self._lag_s if self._replica is not None and self._lag_s != float("inf") else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A unit of work that only reads, and may see what held up to `lag_limit_s` ago."""
        self._check()
        if self._replica is None or not self._usable:
            with self._primary() as session:
                yield session
            return
        with self._replica() as session:
            session.execute(READ_ONLY)
            yield session

    @contextmanager
    def surviving(self) -> Iterator[Session]:
        """A unit of work on the primary; one that only reads, on the replica, where the primary does not answer."""
        if self._replica is not None and not self._answers(self._primary):
            with self._replica() as session:
                session.execute(READ_ONLY)
                yield session
            return
        with self._primary() as session:
            yield session

    def _answers(self, open_: Open) -> bool:
        try:
            with open_() as session:
                session.connection()
        except GONE:
            return False
        return True

    def _check(self) -> None:
        """Compare the servers, once in a while, in one thread at a time; the others go by what is known."""
        now = self._clock()
        if self._replica is None or now - self._checked_at < CHECKED_S or not self._lock.acquire(blocking=False):
            return
        try:
            self._checked_at = now
            written, replayed = _position(self._primary, WRITTEN), _position(self._replica, REPLAYED)
            self._judge(now, written, replayed)
        finally:
            self._lock.release()

    def _judge(self, now: float, written: int | None, replayed: int | None) -> None:
        was = self._usable
        if written is not None:
            self._positions.append((now, written))
        if replayed is None:
            self._usable, self._lag_s = False, float("inf")
        else:
            self._lag_s = _lag(self._positions, now, replayed)
            self._usable = written is None or self._lag_s <= self._lag_limit_s
        if was != self._usable:
            log.info("replica is read" if self._usable else "replica is not read", lag_s=self._lag_s)


def _lag(positions: deque[tuple[float, int]], now: float, replayed: int) -> float:
    """Time since the primary was first seen beyond what the replica has replayed; 0 where it has replayed all."""
    missing = next((at for at, written in positions if written > replayed), None)
    return 0.0 if missing is None else now - missing


def _position(open_: Open, question: object) -> int | None:
    """A server's position in the log of changes, in bytes; None when it does not answer."""
    try:
        with open_() as session:
            return int(session.scalar(question))  # type: ignore[call-overload]
    except GONE:
        return None
