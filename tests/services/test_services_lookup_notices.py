"""Notices of changes, on a real database: heard at the commit, and a cut connection is made up for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import psycopg
import pytest
import shapely
from published import publish
from sqlalchemy import Connection, Engine, text

from app import db
from app.services.lookup.lookup_index import Lookup
from app.store.lookup.notices import CHANNEL, ChangeNotices

SQUARE = np.array([shapely.box(113, 22, 113.01, 22.01)], dtype=object)
LONG_S = 300.0
PATIENCE_S = 60.0


@pytest.fixture
def own(database: str) -> Iterator[Engine]:
    made = db.make_engine(database)
    yield made
    made.dispose()


def add(engine: Engine, network: str) -> None:
    with db.transaction(engine) as session:
        publish(session, network, ["a"], SQUARE)


def becomes(state: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while not state() and time.monotonic() < end:
        time.sleep(0.01)
    return state()


def listeners(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        asked = text("SELECT pid FROM pg_stat_activity WHERE query = :query AND datname = current_database()")
        return list(connection.scalars(asked, {"query": f"LISTEN {CHANNEL}"}))


def test_a_publish_is_heard_long_before_the_next_round(own: Engine) -> None:
    lookup = Lookup(partial(db.transaction, own))
    with lookup.watching(ChangeNotices(own), interval_s=LONG_S):
        assert becomes(lambda: bool(listeners(own)))
        add(own, "first")
        assert becomes(lambda: lookup.is_ready and "first" in lookup.snapshot.timeline.networks)
        add(own, "second")
        assert becomes(lambda: "second" in lookup.snapshot.timeline.networks)
        add(own, "third")  # wakes the thread for its end
    assert becomes(lambda: not listeners(own)), "the server notices that the connection was closed"


def test_a_process_whose_connection_was_cut_notices_by_asking(own: Engine) -> None:
    lookup = Lookup(partial(db.transaction, own))
    with lookup.watching(ChangeNotices(own), interval_s=0.05):
        assert becomes(lambda: bool(listeners(own)))
        before = listeners(own)
        with own.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM unnest(:pids) AS pid"), {"pids": before})
        add(own, "first")
        assert becomes(lambda: lookup.is_ready and "first" in lookup.snapshot.timeline.networks)
        assert becomes(lambda: bool(set(listeners(own)) - set(before))), "and listens again"


def test_a_roll_back_sends_nothing_and_a_commit_one_notice(own: Engine) -> None:
    with own.connect().execution_options(isolation_level="AUTOCOMMIT") as ear, own.connect() as connection:
        ear.execute(text(f"LISTEN {CHANNEL}"))
        connection.execute(text("INSERT INTO networks (code, name) VALUES ('undone', 'x')"))
        connection.rollback()
        add(own, "kept")
        assert heard(ear, PATIENCE_S, stop_after=1) == [CHANNEL], "of the commit, or the roll-back sent one as well"
        assert heard(ear, 0.2) == []


def heard(ear: Connection, seconds: float, stop_after: int | None = None) -> list[str]:
    listening = ear.connection.driver_connection
    assert isinstance(listening, psycopg.Connection)
    return [notice.channel for notice in listening.notifies(timeout=seconds, stop_after=stop_after)]
