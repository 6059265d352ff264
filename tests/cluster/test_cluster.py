"""The private cluster, for real: made, started, killed and recovered, by processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app import cluster, cluster_place
from app.errors import Conflict, Unavailable
from app.settings import Settings

Maker = Callable[[str], Settings]
START = "import sys; from pathlib import Path; from app import cluster; from app.settings import Settings; "
START += "print(cluster.start(Settings(var_dir=Path(sys.argv[1]), database_url=None)))"


@pytest.fixture
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    """Settings of clusters that are stopped and removed after the test, in a folder that other users can enter."""
    root = Path("/tmp") / f"onegrid-test-{os.getpid()}-{time.monotonic_ns()}"
    root.mkdir(mode=0o755)
    made: list[Settings] = []

    def settings(name: str) -> Settings:
        made.append(Settings(var_dir=root / name, database_url=None))
        return made[-1]

    yield settings
    for each in made:
        if each.var_dir.exists():
            cluster.stop(each)
    shutil.rmtree(root)


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    parts = make_url(url)
    host = str(parts.query["host"])
    return psycopg.connect(host=host, port=5432, user=parts.username, dbname=parts.database, autocommit=True)


def start_in_process(settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, str(settings.var_dir)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_life(make: Maker) -> None:
    """absent → running → stopped → running, and what was stored is there; a second start changes nothing."""
    settings = make("one")
    assert cluster.status(settings).state == "absent"
    url = cluster.start(settings)
    with connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT ST_Point(1, 2, 4326) AS place")
    first = cluster.status(settings)
    assert (first.state, first.url) == ("running", url)
    assert cluster.start(settings) == url
    assert cluster.status(settings) == first
    assert cluster.stop(settings)
    assert not cluster.stop(settings)
    assert cluster.status(settings).state == "stopped"
    cluster.start(settings)
    with connect(url) as connection:
        assert connection.execute("SELECT ST_AsText(place) FROM kept").fetchall() == [("POINT(1 2)",)]


def test_recovers_after_kill(make: Maker) -> None:
    """kill -9 of the server under an open transaction: the next start has what was committed, and only that."""
    settings = make("killed")
    url = cluster.start(settings)
    with connect(url) as connection:
        connection.execute("CREATE TABLE events (n int)")
        connection.execute("INSERT INTO events SELECT generate_series(1, 1000)")
    half = connect(url)
    half.execute("BEGIN")
    half.execute("INSERT INTO events SELECT generate_series(1, 5000)")
    pid = cluster.status(settings).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert cluster.start(settings) == url
    assert cluster.status(settings).pid != pid
    with pytest.raises(psycopg.OperationalError):
        half.execute("COMMIT")
    with connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (1000,)


def test_pid_of_another_process(make: Maker) -> None:
    """A crash left the pid file, and its number now belongs to another living process of the same user."""
    settings = make("reused")
    cluster.start(settings)
    pid_file = cluster_place.find_place(settings.var_dir).data / "postmaster.pid"
    content = pid_file.read_text().splitlines()
    cluster.stop(settings)
    account = pid_file.parent.stat()
    sleeper = subprocess.Popen(
        ["sleep", "60"], **({"user": account.st_uid, "group": account.st_gid} if os.geteuid() == 0 else {})
    )
    try:
        pid_file.write_text("\n".join([str(sleeper.pid), *content[1:]]) + "\n")
        os.chown(pid_file, account.st_uid, account.st_gid)
        assert cluster.status(settings).state == "stopped"
        cluster.start(settings)
        assert cluster.status(settings).state == "running"
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_two_side_by_side(make: Maker) -> None:
    """Two checkouts, four processes that start them at once: two servers, each with its own data."""
    both = [make("left"), make("right")]
    processes = [start_in_process(settings) for settings in both for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, answers
    left, _, right, _ = (out.strip() for out, _ in answers)
    with connect(left) as connection:
        connection.execute("CREATE TABLE only_left (n int)")
    with connect(right) as connection:
        assert connection.execute("SELECT to_regclass('only_left')").fetchone() == (None,)
    assert len({cluster.status(settings).pid for settings in both}) == 2


def test_no_network_durable_and_unprivileged(make: Maker) -> None:
    settings = make("safe")
    with connect(cluster.start(settings)) as connection:
        shown = {
            name: (connection.execute("SELECT current_setting(%s)", [name]).fetchone() or ("",))[0]
            for name in ("listen_addresses", "fsync", "synchronous_commit", "full_page_writes", "data_checksums")
        }
        superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        listening = connection.execute("SELECT inet_server_addr()").fetchone()
    assert shown == {"listen_addresses": ""} | dict.fromkeys(shown.keys() - {"listen_addresses"}, "on")
    assert (superuser, listening) == ((False,), (None,))
    place = cluster_place.find_place(settings.var_dir)
    assert place.owner != "root"
    assert place.sockets.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_others_cannot_connect(make: Maker) -> None:
    """Even with the folder open, peer authentication turns away whoever does not run OneGrid."""
    settings = make("peers")
    cluster.start(settings)
    place = cluster_place.find_place(settings.var_dir)
    for folder in (place.home, place.sockets):
        folder.chmod(0o755)
    psql = cluster.program(settings, "psql")
    answer = subprocess.run(
        [psql, "-h", str(place.sockets), "-U", "onegrid", "-c", "SELECT 1"],
        user="nobody", capture_output=True, text=True, cwd="/", check=False,
    )  # fmt: skip
    for folder in (place.home, place.sockets):
        folder.chmod(0o700)
    assert answer.returncode != 0
    assert "Peer authentication failed" in answer.stderr


def test_data_of_another_release(make: Maker) -> None:
    """Data of a release that is not installed: the message says which, and what to do; the data stay."""
    settings = make("old")
    cluster.start(settings)
    cluster.stop(settings)
    version = cluster_place.find_place(settings.var_dir).data / "PG_VERSION"
    true = version.read_text()
    version.write_text("9\n")
    with pytest.raises(Unavailable, match=r"made by PostgreSQL 9.*apt-get install postgresql-9-postgis-3"):
        cluster.start(settings)
    version.write_text(true)
    cluster.start(settings)
    assert cluster.status(settings).state == "running"


def test_long_or_odd_paths(make: Maker) -> None:
    """A checkout under a path too long for a socket, or with signs that a connection string cannot hold."""
    for name in ("x" * 90, "市, 网格's", "a b"):
        settings = make(name)
        with connect(cluster.start(settings)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        place = cluster_place.find_place(settings.var_dir)
        assert len(bytes(place.socket)) <= 103
        assert place.data.is_relative_to(settings.var_dir)


def test_interrupted_making(make: Maker) -> None:
    """What an interrupted initdb left behind is thrown away, not taken for a cluster."""
    settings = make("half")
    place = cluster_place.find_place(settings.var_dir)
    place.make_folders()
    place.run("mkdir", str(place.home / "data.new"))
    (place.home / "data.new" / "PG_VERSION").write_text("15\n")
    assert cluster.status(settings).state == "absent"
    cluster.start(settings)
    assert cluster.status(settings).state == "running"


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's server can enter the user's own folders")
def test_checkout_that_the_server_cannot_enter(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a folder of root's alone the data go elsewhere, recorded in var/; a copy of the checkout gets its own."""
    settings, copied = make("closed/var"), make("copied/var")
    system_home = settings.var_dir.parent.parent / "system"
    monkeypatch.setattr(cluster_place, "SYSTEM_HOME", system_home)
    settings.var_dir.mkdir(parents=True)
    settings.var_dir.parent.chmod(0o700)
    cluster.start(settings)
    place = cluster_place.find_place(settings.var_dir)
    assert place.home.parent == system_home
    assert (settings.var_dir / "postgres-home").read_text() == f"{place.home}\n"
    shutil.copytree(settings.var_dir, copied.var_dir)
    with pytest.raises(Conflict, match="copy of that one"):
        cluster.start(copied)
    (copied.var_dir / "postgres-home").unlink()
    cluster.start(copied)
    assert cluster.status(copied).pid != cluster.status(settings).pid


def test_external(tmp_path: Path) -> None:
    """With a server of the deployment's own nothing is made or started."""
    url = "postgresql://planner:secret@db.invalid/onegrid"
    settings = Settings(database_url=url, var_dir=tmp_path)
    assert cluster.start(settings) == url
    status = cluster.status(settings)
    assert (status.state, status.url) == ("external", "postgresql://planner:***@db.invalid/onegrid")
    assert list(tmp_path.iterdir()) == []
