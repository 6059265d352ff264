"""The embedded default: a private PostgreSQL + PostGIS, made, started and stopped by OneGrid.

It lives in `var/postgres` (cluster_place.py says when it does not), listens on a Unix socket in a folder of its own
and on no network, and keeps running when the process that started it ends; `onegrid db stop` stops it. Who may
connect is decided by the kernel (peer authentication): the user who runs OneGrid, and the user who runs the server.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from app.cluster_place import SOCKET_NAME, Binaries, Place, find_binaries, find_client, find_place
from app.errors import Unavailable
from app.settings import Settings

ROLE = "onegrid"
DATABASE = "onegrid"
SUPERUSER = "postgres"
EXTENSIONS = ("postgis", "btree_gist")
PORT = 5432  # only part of the socket's name: each cluster has a folder of its own for it
START_TIMEOUT_S = 300  # recovery after a crash replays at most max_wal_size
ORPHANS_TIMEOUT_S = 60  # a killed server's processes end when they next look at it
ANSWER_TIMEOUT_S = 60
LOCK_TIMEOUT_S = START_TIMEOUT_S + ORPHANS_TIMEOUT_S

HBA = "local all all peer map=onegrid\nlocal replication all peer map=onegrid\n"
CONFIG = """\
# Written by OneGrid at every start. Your own settings: ALTER SYSTEM, or a file local.conf beside this one.
include '{home}/data/postgresql.conf'
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0777  # the folder is 0700, and peer authentication decides
hba_file = '{home}/pg_hba.conf'
ident_file = '{home}/pg_ident.conf'

# Durable: a commit that was acknowledged survives a crash.
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = {durable}

# Modest: about 400 MB in all for a handful of connections.
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 32MB
maintenance_work_mem = 128MB
max_connections = 100
max_wal_size = 1GB
jit = off  # compiling costs more than it saves on short spatial queries

timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = '{home}/log'
log_filename = 'postgresql-%a.log'  # one a weekday, overwritten after a week
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
include_if_exists '{home}/local.conf'
"""


@dataclass(frozen=True)
class ClusterStatus:
    """What `onegrid db status` tells. `external`: ONEGRID_DATABASE_URL names a server that OneGrid does not run."""

    state: Literal["absent", "stopped", "running", "external"]
    url: str
    data_dir: str | None = None
    socket_dir: str | None = None
    owner: str | None = None
    major: int | None = None
    pid: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def url(settings: Settings, database: str = DATABASE, role: str = ROLE) -> str:
    """SQLAlchemy URL (psycopg 3) of a database of the private cluster, running or not."""
    return _url(find_place(settings.var_dir), database, role)


def start(settings: Settings, *, durable: bool = True) -> str:
    """Make the cluster if there is none, start it if it does not run, and return the URL of the `onegrid` database.

    Safe to call at any time and from several processes at once. `durable=False` is for tests: a crash may lose data.
    With an external database there is nothing to start.
    """
    if settings.database_url is not None:
        return settings.database_url
    place = find_place(settings.var_dir)
    with _lock(settings.var_dir):
        place.make_folders()
        binaries = find_binaries(place.major)
        if place.major is None:
            _initialise(place, binaries)
        _configure(place, durable)
        _serve(place, binaries)
    return _url(place, DATABASE, ROLE)


def stop(settings: Settings) -> bool:
    """Stop the private cluster; open transactions are rolled back. False when it was not running."""
    place = find_place(settings.var_dir)
    with _lock(settings.var_dir):
        if place.major is None or _pid(place) is None:
            return False
        binaries = find_binaries(place.major)
        _do(place, binaries.path("pg_ctl"), "stop", "-w", "-m", "fast", "-D", str(place.data))
        place.run("rmdir", str(place.sockets))  # it may be one in /tmp; start makes it again
    return True


def status(settings: Settings) -> ClusterStatus:
    """State of the database that OneGrid uses."""
    if settings.database_url is not None:
        return ClusterStatus("external", make_url(settings.database_url).render_as_string(hide_password=True))
    place = find_place(settings.var_dir)
    pid = _pid(place)
    return ClusterStatus(
        state="absent" if place.major is None else "stopped" if pid is None else "running",
        url=_url(place, DATABASE, ROLE),
        data_dir=str(place.data),
        socket_dir=str(place.sockets),
        owner=place.owner,
        major=place.major,
        pid=pid,
    )


def program(settings: Settings, name: str) -> str:
    """Path of one of PostgreSQL's programs (pg_dump, psql …) that fits the database that OneGrid uses."""
    if settings.database_url is not None:
        return find_client(name)
    return find_binaries(find_place(settings.var_dir).major).path(name)


def _url(place: Place, database: str, role: str) -> str:
    made = URL.create(
        "postgresql+psycopg", role, None, None, None, database, {"host": str(place.sockets), "port": str(PORT)}
    )
    return made.render_as_string(hide_password=False)


def _initialise(place: Place, binaries: Binaries) -> None:
    """`initdb` into a folder beside, then rename: an interrupted one leaves nothing that looks like a cluster."""
    half = place.home / "data.new"
    locale = ["--locale=C.UTF-8"] if os.uname().sysname == "Linux" else ["--locale=C", "--lc-ctype=UTF-8"]
    initdb = [binaries.path("initdb"), "-D", str(half), "-U", SUPERUSER, "--auth=peer", "--encoding=UTF8"]
    _do(place, "rm", "-rf", str(half))
    _do(place, *initdb, "--data-checksums", *locale)
    half.rename(place.data)


def _configure(place: Place, durable: bool) -> None:
    """Write what OneGrid decides; a running server takes new people in pg_ident.conf after a reload."""
    people = {place.owner, pwd.getpwuid(os.geteuid()).pw_name}
    files = {
        "onegrid.conf": CONFIG.format(
            home=_quoted(place.home), sockets=_quoted(place.sockets), durable="on" if durable else "off"
        ),
        "pg_hba.conf": HBA,
        "pg_ident.conf": "".join(
            f'onegrid "{person}" {role}\n' for person in sorted(people) for role in (ROLE, SUPERUSER)
        ),
    }
    changed = [_write(place, place.home / name, text) for name, text in files.items()]
    if any(changed) and (pid := _pid(place)) is not None:
        os.kill(pid, signal.SIGHUP)


def _write(place: Place, file: Path, text: str) -> bool:
    """True if that changed it. A new file takes its place: root must not follow a link laid in the owner's folder."""
    if file.is_file() and file.read_text() == text:
        return False
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        if os.geteuid() == 0:
            account = pwd.getpwnam(place.owner)
            os.fchown(stream.fileno(), account.pw_uid, account.pw_gid)
        stream.write(text)
    new.replace(file)
    return True


def _serve(place: Place, binaries: Binaries) -> None:
    """Have a server that answers: one that was just killed, or just told of a new person, may need a moment."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while True:
        if _pid(place) is None or not place.socket.exists():
            _launch(place, binaries)
        try:
            _prepare(place)
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"PostgreSQL runs but does not answer: {error} — its logs are in {place.logs}"
                ) from error
        time.sleep(0.1)


def _launch(place: Place, binaries: Binaries) -> None:
    """Start the server, after a crash too: it recovers by itself once the last process of the old one is gone."""
    pg_ctl = [binaries.path("pg_ctl"), "-w", "-t", str(START_TIMEOUT_S), "-D", str(place.data)]
    if _pid(place) is not None:  # its socket was swept away
        _do(place, *pg_ctl, "stop", "-m", "fast")
    start = [*pg_ctl, "start", "-l", str(place.logs / "start.log")]
    config = f"-c config_file={shlex.quote(str(place.home / 'onegrid.conf'))}"
    deadline = time.monotonic() + ORPHANS_TIMEOUT_S
    while True:
        done = place.run(*start, "-o", config)
        if done.returncode == 0:
            return
        reason = _last_complaint(place) or done.stderr.strip() or done.stdout.strip()
        if time.monotonic() > deadline or not ("shared memory" in reason or "lock file" in reason):
            raise Unavailable(f"PostgreSQL did not start: {reason} — its logs are in {place.logs}")
        if (
            "lock file" in reason and _pid(place) is None
        ):  # its number now belongs to an unrelated process, or to a zombie
            for left in (place.data / "postmaster.pid", place.sockets / f"{SOCKET_NAME}.lock"):
                left.unlink(missing_ok=True)
        time.sleep(0.2)


def _pid(place: Place) -> int | None:
    """Process id of the server that runs on `place.data`, which is its working folder.

    The file may be left from a crash, and its number given to another process since: in a container that is likely.
    """
    try:
        pid = abs(int((place.data / "postmaster.pid").read_text().splitlines()[0]))
        if Path("/proc/self/cwd").exists():
            return pid if Path(f"/proc/{pid}/cwd").readlink() == place.data.resolve() else None
    except (OSError, ValueError, IndexError):
        return None
    return pid if "postgres" in place.run("ps", "-o", "command=", "-p", str(pid)).stdout else None


def _prepare(place: Place) -> None:
    """Role, extensions and, last of all, the database: where it is, the rest was done.

    The extensions go into template1, because making them takes a superuser and OneGrid's role is none; it may make
    databases (restore and the tests do).
    """
    with _superuser(place, "postgres") as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
    with _superuser(place, "template1") as connection:
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    with _superuser(place, "postgres") as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
        )


def _superuser(place: Place, database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(host=str(place.sockets), port=PORT, user=SUPERUSER, dbname=database, autocommit=True)


def _do(place: Place, *command: str) -> None:
    done = place.run(*command)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or _last_complaint(place)).splitlines()
        raise Unavailable(f"{Path(command[0]).name} failed: {words[-1] if words else 'it does not say why'}")


def _last_complaint(place: Place) -> str:
    """The last FATAL line in the newest logs."""
    logs = sorted(place.logs.glob("*.log"), key=lambda log: log.stat().st_mtime)
    lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), "")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def _lock(var_dir: Path) -> Iterator[None]:
    """One process at a time makes, starts or stops the cluster; the kernel frees the lock of one that dies."""
    file = os.open(var_dir / "postgres.lock", os.O_RDONLY | os.O_CREAT, 0o644)
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise Unavailable(f"another process holds {var_dir}/postgres.lock — end it, then retry") from error
                time.sleep(0.1)
        yield
    finally:
        os.close(file)
