"""The database as a whole: brought to this version's tables, backed up into a file, restored from one."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import cluster
from app.db import database_url, make_engine
from app.errors import Conflict, FileError, Unavailable
from app.services import backup_files
from app.settings import PROJECT_DIR, Settings
from app.store import schema

UPGRADE_LOCK = 7_301_115
SUPERUSERS = re.compile(r" EXTENSION | TABLE DATA \S+ spatial_ref_sys ")  # lines of a table of contents
REVISION = re.compile(r'^(revision|down_revision)(?:: [\w |]+)? = "(\w+)"', re.MULTILINE)  # None for the first one
ARCHIVE_MAGIC = b"PGDMP"  # how a file of pg_dump's custom format begins


@dataclass(frozen=True)
class Upgrade:
    """Revisions of the tables before (None: there were none) and after."""

    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"changed": self.changed}


@dataclass(frozen=True)
class Backup:
    """A file that `restore` takes. `files`: attachments in it, None when they were not asked for."""

    file: str
    size: int
    revision: str | None
    files: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def upgrade(engine: Engine) -> Upgrade:
    """Bring the tables to this version. Safe to call at every start, also from several processes at once."""
    head = _head()
    before = _revision(engine)
    if before == head:
        return Upgrade(before, head)
    with _held(engine, UPGRADE_LOCK):
        before = _revision(engine)
        _refuse_newer(before)
        with engine.connect() as connection:
            importlib.import_module("app.services.migrations").run(connection)  # Alembic is slow to load
    return Upgrade(before, head)


def back_up(settings: Settings, file: Path, *, replace: bool = False, with_files: bool = False) -> Backup:
    """Dump the whole database into `file`, which is there complete or not at all; `with_files`: with the attachments of
    events, which are kept beside the database.

    One snapshot: what is written meanwhile is in the next backup. Files waiting in the uploads folder are not in it.
    """
    if file.exists() and not replace:
        raise Conflict(f"{file} exists — name another file, or say --yes to replace it")
    if not file.parent.is_dir():
        raise Conflict(f"{file.parent} is no folder — make it first")
    url = make_url(database_url(settings))
    engine = make_engine(database_url(settings))
    revision = _revision(engine)
    engine.dispose()
    half = file.with_name(f".{file.name}.{uuid4().hex[:8]}")
    dump, files = half.with_name(f"{half.name}.dump") if with_files else half, None
    try:
        _run(settings, url, "pg_dump", "--format=custom", f"--file={dump}")
        if with_files:
            files = backup_files.pack(dump, settings.var_dir, half)
        with half.open("rb") as written:
            os.fsync(written.fileno())
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
        dump.unlink(missing_ok=True)
    return Backup(str(file), file.stat().st_size, revision, files)


def restore(settings: Settings, file: Path, *, replace: bool = False) -> Upgrade:
    """Put the database of a backup in the place of the present one, brought to this version's tables.

    It is restored beside the present one, which stays as it is until the very end, when their names are exchanged in
    one transaction. Refused while anybody else is connected, and without `replace` while there is anything to lose.
    Attachments that the backup has are put back first; those that are there stay.
    """
    with backup_files.unpacked(file, settings.var_dir) as dump:
        return _restore(settings, dump, replace=replace)


def _restore(settings: Settings, file: Path, *, replace: bool) -> Upgrade:
    present = make_url(database_url(settings))
    beside = present.set(database=f"{present.database}_restore_{uuid4().hex[:8]}")
    contents = _contents(settings, file)
    if not replace and _has_tables(present):
        raise Conflict(f"the database {present.database} is not empty — say --yes to replace it by the backup")
    with _server(present) as server:
        _refuse_company(server, present)
        server.execute(text(f'CREATE DATABASE "{beside.database}"'))
        try:
            _fill(settings, beside, file, contents)
            engine = make_engine(beside.render_as_string(hide_password=False))
            try:
                outcome = upgrade(engine)
            finally:
                engine.dispose()
            _swap(server, present, beside)
        except BaseException:
            _drop(server, str(beside.database))
            raise
    return outcome


def _head() -> str:
    """The newest revision that this version knows: the one that none goes on from.

    Read from the files as texts: every command asks, and loading Alembic takes longer than most commands' work.
    """
    parents = _known_revisions()
    heads = sorted(parents.keys() - parents.values())
    if len(heads) != 1:
        raise Conflict(f"the migrations end in {', '.join(heads)} — this checkout is not whole: update it")
    return heads[0]


def _known_revisions() -> dict[str, str | None]:
    """Revision → the one before it."""
    known: dict[str, str | None] = {}
    for file in (PROJECT_DIR / "migrations" / "versions").glob("*.py"):
        said = dict(REVISION.findall(file.read_text(encoding="utf-8")))
        known[said["revision"]] = said.get("down_revision")
    return known


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in _known_revisions():
        raise Conflict(
            f"the tables are at revision {revision}, which this version of OneGrid does not know — "
            "they were made by a newer one: update this checkout"
        )


def _revision(engine: Engine) -> str | None:
    with Session(engine) as session:
        return schema.revision(session)


@contextmanager
def _held(engine: Engine, key: int) -> Iterator[None]:
    """Wait for a lock of the server's, which frees it when its holder dies."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


@contextmanager
def _server(url: URL) -> Iterator[Connection]:
    """Connection to the server's own database, from which others can be made, renamed and dropped."""
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _has_tables(url: URL) -> bool:
    engine = create_engine(url)
    try:
        return _revision(engine) is not None
    finally:
        engine.dispose()


def _refuse_company(server: Connection, url: URL) -> None:
    others = server.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name"), {"name": url.database})
    if others:
        raise Conflict(f"{others} connections are open to {url.database} — stop `onegrid serve` and the workers first")


def _contents(settings: Settings, file: Path) -> str:
    """Table of contents of a backup, less the extensions and their data, which take a superuser and exist by then."""
    if not file.is_file():
        raise FileError("there is no such file", file=str(file))
    with file.open("rb") as stream:
        if stream.read(len(ARCHIVE_MAGIC)) != ARCHIVE_MAGIC:
            raise FileError("is not a backup", file=str(file), remedy="take one that `onegrid db backup` made")
    try:
        listed = _run(settings, None, "pg_restore", "--list", str(file))
    except Unavailable as error:  # cut off inside its table of contents
        raise FileError(error.detail, file=str(file), remedy="the present database stays as it was") from error
    if not re.search(r" TABLE DATA \S+ alembic_version ", listed):
        raise FileError("is not a backup of OneGrid", file=str(file), remedy="take one that `onegrid db backup` made")
    return "".join(line for line in listed.splitlines(keepends=True) if not SUPERUSERS.search(line))


def _fill(settings: Settings, url: URL, file: Path, contents: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for extension in cluster.EXTENSIONS:
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
    engine.dispose()
    with tempfile.NamedTemporaryFile("w", suffix=".list") as listed:
        listed.write(contents)
        listed.flush()
        options = ["--no-owner", "--single-transaction", "--exit-on-error", f"--use-list={listed.name}"]
        try:
            _run(settings, url, "pg_restore", *options, str(file))
        except Unavailable as error:
            raise FileError(error.detail, file=str(file), remedy="the present database stays as it was") from error


def _swap(server: Connection, present: URL, beside: URL) -> None:
    """Both names change in one transaction, or neither; the old database is dropped after that."""
    old = f"{beside.database}_old"
    try:
        server.execute(
            text(
                f'DO $$ BEGIN ALTER DATABASE "{present.database}" RENAME TO "{old}"; '
                f'ALTER DATABASE "{beside.database}" RENAME TO "{present.database}"; END $$'
            )
        )
    except DBAPIError as error:
        raise Conflict(f"the restored database could not take its place: {str(error.orig).strip()}") from error
    _drop(server, old)


def _drop(server: Connection, name: str) -> None:
    """Ends this role's own connections and drops. FORCE would not do: it fails where autovacuum, whose processes
    belong to nobody else's role, is at work in the database; a plain DROP sends that away by itself."""
    server.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = :name AND usename = current_user AND pid <> pg_backend_pid()"
        ),
        {"name": name},
    )
    server.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))


def _run(settings: Settings, url: URL | None, program: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs on a database; a password goes by the environment, where `ps` shows none."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}
    target: list[str] = []
    if url is not None:
        _, facts = url.get_dialect()().create_connect_args(url)
        environment |= {"PGPASSWORD": facts.pop("password")} if "password" in facts else {}
        target = ["--no-password", f"--dbname={make_conninfo(**{k: v for k, v in facts.items() if k != 'context'})}"]
    done = subprocess.run(
        [cluster.program(settings, program), *target, *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Unavailable(f"{program} failed: {done.stderr.strip() or 'it does not say why'}")
    return done.stdout
