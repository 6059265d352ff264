"""Networks published in a database of the bench's own, a key, and servers on it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app import db
from app.models.editions import Edition
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import keys
from app.store.networks import editions as store
from app.store.networks import networks

PROJECT = Path(__file__).resolve().parent.parent
ROOT = Caller("cli:bench", frozenset(SCOPES))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
START_S = 120.0
ONEGRID = "app.main:create_app"
SERVE = ("-c", "from app.cli import main; main()", "serve", "--no-worker")
AS_SERVED = (
    "--no-access-log", "--log-level", "error", "--no-proxy-headers", "--no-server-header", "--loop", "uvloop",
    "--http", "httptools",
)  # fmt: skip


def publish(engine: Engine, frames: Mapping[str, gpd.GeoDataFrame], valid_from: datetime = LONG_AGO) -> None:
    """Each frame (`code`, EPSG:4326) as the edition in force of a network of its name, from a moment on; all in one
    transaction, as a plan is published."""
    with db.transaction(engine) as session:
        _publish(session, _add(session, frames), valid_from)


def add_drafts(engine: Engine, frames: Mapping[str, gpd.GeoDataFrame]) -> list[int]:
    """Drafts, as files are imported."""
    with db.transaction(engine) as session:
        return [edition.id for edition in _add(session, frames)]


def publish_drafts(engine: Engine, drafts: Sequence[int], valid_from: datetime) -> None:
    with db.transaction(engine) as session:
        _publish(session, [store.get(session, draft) for draft in drafts], valid_from)


def _add(session: Session, frames: Mapping[str, gpd.GeoDataFrame]) -> list[Edition]:
    made = []
    for code, frame in frames.items():
        owner = networks.find(session, code) or networks.add(session, code, code.title(), None)
        edition = store.add(
            session, network_id=owner.id, content_hash=f"{code}-{datetime.now(UTC)}", created_by="bench",
            provenance={}, report={},
        )  # fmt: skip
        facts = {"name": "网格 " + frame["code"], "kind": "resident", "area": "310115001001", "area_m2": 1.0}
        store.add_grids(session, edition.id, frame[["code", "geometry"]].assign(**facts))
        made.append(edition)
    return made


def _publish(session: Session, editions: Sequence[Edition], valid_from: datetime) -> None:
    for edition in editions:
        now = datetime.now(UTC)
        _end(session, store.in_force(session, edition.network_id, now), valid_from, now)
        store.open_validity(session, edition, Range(valid_from, None, bounds="[)"), now)
        edition.status = store.PUBLISHED


def _end(session: Session, edition: Edition | None, at: datetime, now: datetime) -> None:
    held = store.validity_of(session, edition.id) if edition else None
    if edition and held:
        store.close_validity(session, held, now)
        store.open_validity(session, edition, Range(held.valid.lower, at, bounds="[)"), now)


def add_key(engine: Engine) -> str:
    """A key with the scope of look-ups."""
    with db.transaction(engine) as session:
        return keys.add(session, ROOT, "bench", ["lookup"], now=datetime.now(UTC)).key


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")


@contextmanager
def serving(
    app: str, settings: Mapping[str, str], *, workers: int = 1, factory: bool = False
) -> Iterator[tuple[int, int]]:
    """Port and process of uvicorn with `app`, once it answers; OneGrid as `onegrid serve` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    if app == ONEGRID:
        command = [
            "-c",
            "from app.cli import main; main()",
            "serve",
            "--no-worker",
            "--port",
            str(port),
            "--workers",
            str(workers),
        ]
    else:
        command = ["-m", "uvicorn", app, "--port", str(port), *AS_SERVED, *(["--factory"] if factory else [])]
    environment = {**os.environ, **settings}
    process = subprocess.Popen([sys.executable, *command], cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(process, port, workers)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, workers: int) -> None:
    """Until many connections in a row are answered at once: every process is up."""
    end, answered = time.monotonic() + START_S, 0
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.settimeout(2)
                connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answered = 0 if connection.recv(100)[9:12] == b"503" else answered + 1
        except OSError:
            answered = 0
            time.sleep(0.1)
        if answered > 8 * (workers - 1):
            return
    raise RuntimeError("the server did not start")
