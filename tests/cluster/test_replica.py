"""A real streaming replica of a private cluster: read while it keeps up, told how far behind, and what is left when the
primary is gone. The servers are processes of their own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import cluster, db
from app.cluster_place import SOCKET_NAME, Place, find_binaries, find_place
from app.main import create_app
from app.replica import REPLAYED, WRITTEN, Replica
from app.rules.accounts.access import SCOPES, Caller
from app.services import database
from app.services.networks import networks
from app.settings import Settings

PLANNER = Caller("user:planner", frozenset(SCOPES))
PATIENCE_S = 30.0


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Pair:
    """A primary with its replica, and how to open units of work on either."""

    settings: Settings
    place: Place
    copy: Path
    primary: Engine
    replica: Engine

    def opened(self, engine: Engine) -> Callable[[], AbstractContextManager[Session]]:
        return partial(db.transaction, engine)

    def control(self, *words: str) -> None:
        self.do("pg_ctl", "-w", "-D", str(self.copy / "data"), *words)

    def do(self, program: str, *words: str) -> None:
        done = self.place.run(find_binaries(self.place.major).path(program), *words)
        assert done.returncode == 0, done.stderr

    def tell_replica(self, statement: str) -> None:
        """As superuser."""
        self.do("psql", "-h", str(self.copy), "-U", cluster.SUPERUSER, "-d", "postgres", "-c", statement)


@pytest.fixture
def pair() -> Iterator[Pair]:
    root = Path("/tmp") / f"onegrid-replica-{time.monotonic_ns()}"
    root.mkdir(mode=0o755)
    settings = Settings(var_dir=root / "primary", database_url=None)
    url = cluster.start(settings)
    place = find_place(settings.var_dir)
    copy = place.home / "copy"
    place.run("mkdir", "-p", "-m", "700", str(copy))
    primary = db.make_engine(url)
    replica = db.make_engine(make_url(url).update_query_dict({"host": str(copy)}).render_as_string(hide_password=False))
    made = Pair(settings, place, copy, primary, replica)
    try:
        copy_of_primary(made)
        database.upgrade(primary)
        yield made
        made.control("stop", "-m", "immediate")
    finally:
        primary.dispose()
        replica.dispose()
        cluster.stop(settings)
        shutil.rmtree(root)


def copy_of_primary(pair: Pair) -> None:
    server = ["-h", str(pair.place.sockets), "-U", cluster.SUPERUSER, "-D", str(pair.copy / "data")]
    pair.do("pg_basebackup", "-R", "-X", "stream", "-c", "fast", *server)
    files = {name: pair.place.home / name for name in ("pg_hba.conf", "pg_ident.conf")}
    options = f"-c unix_socket_directories='{pair.copy}' -c listen_addresses='' -c hba_file='{files['pg_hba.conf']}' "
    options += f"-c ident_file='{files['pg_ident.conf']}' -c hot_standby=on"
    pair.control("start", "-l", str(pair.copy / "start.log"), "-o", options)
    assert (pair.copy / SOCKET_NAME).exists()


def count(session: Session) -> int:
    return session.scalar(text("SELECT count(*) FROM networks")) or 0


def is_replica(session: Session) -> bool:
    return bool(session.scalar(text("SELECT pg_is_in_recovery()")))


def caught_up(pair: Pair, clock: Clock) -> None:
    """Wait until the replica has all that the primary wrote, which takes real time; then a second check is due."""
    with db.transaction(pair.primary) as session:
        written = session.scalar(WRITTEN)
    deadline = time.monotonic() + PATIENCE_S
    with pair.replica.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(REPLAYED) < written:
            assert time.monotonic() < deadline
    clock.now += 1.5


def test_a_replica_is_read_while_it_keeps_up_and_outlives_its_primary(pair: Pair, kernels: None) -> None:
    clock = Clock()
    replica = Replica(pair.opened(pair.primary), pair.opened(pair.replica), lag_limit_s=5, clock=clock)
    caught_up(pair, clock)
    with db.transaction(pair.primary) as session:
        networks.add_network(session, PLANNER, "governance", "Governance")
    caught_up(pair, clock)
    with replica.reading() as session:
        assert (is_replica(session), count(session)) == (True, 1)
    with pytest.raises(DBAPIError, match="read-only"), replica.reading() as session:
        session.execute(text("DELETE FROM networks"))

    held_back(pair, replica, clock)

    pair.primary.dispose()
    assert cluster.stop(pair.settings)
    clock.now += 2
    with replica.reading() as session:
        assert (is_replica(session), count(session)) == (True, 2)
    with replica.surviving() as session:
        assert is_replica(session)
    served_without_primary(pair)


def held_back(pair: Pair, replica: Replica, clock: Clock) -> None:
    """A replica that does not replay is read for as long as it may lag, and no longer."""
    pair.tell_replica("SELECT pg_wal_replay_pause()")
    with db.transaction(pair.primary) as session:
        networks.add_network(session, PLANNER, "civilization", "Civilization")
    clock.now += 2
    began = clock.now
    assert replica.lag_s() == 0.0  # the first look at what is missing
    clock.now += 4
    assert replica.lag_s() == pytest.approx(clock.now - began)
    with replica.reading() as session:
        assert (is_replica(session), count(session)) == (True, 1)
    clock.now += 4
    with replica.reading() as session:
        assert (is_replica(session), count(session)) == (False, 2)
    pair.tell_replica("SELECT pg_wal_replay_resume()")
    caught_up(pair, clock)


def served_without_primary(pair: Pair) -> None:
    """The application says that it can only read, looks points up, and refuses what must be written."""
    url = pair.replica.url.render_as_string(hide_password=False)
    settings = Settings(
        database_url=pair.primary.url.render_as_string(hide_password=False), database_read_url=url, public_lookup=True,
        var_dir=pair.settings.var_dir,
    )  # fmt: skip
    with TestClient(create_app(settings, engine=pair.primary)) as client:
        deadline = time.monotonic() + PATIENCE_S
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
        said = client.get("/readyz").json()
        assert said["status"] == "reads only"
        assert client.get("/api/v1/lookup", params={"lon": 113, "lat": 22}).json()["outside"] is True
        assert client.get("/tiles/governance/3/1/1.mvt").status_code == 204
        assert client.post("/api/v1/sign-in", json={"name": "a", "password": "b"}).status_code == 503


def test_without_a_replica_everything_goes_to_the_primary(session: Session) -> None:
    replica = Replica(lambda: db.transaction(session.connection()), None, lag_limit_s=5)
    assert (replica.is_there, replica.lag_s()) == (False, None)
    with replica.reading() as one, replica.surviving() as other:
        assert not is_replica(one)
        assert not is_replica(other)
