"""A database of a benchmark's own, on the deployment's server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from app import cluster, db
from app.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent


@contextmanager
def database() -> Iterator[Engine]:
    """A database of its own on the deployment's server, gone afterwards."""
    settings = Settings()
    if settings.database_url is None:
        cluster.start(settings)
    url, name = make_url(db.database_url(settings)), f"onegrid_bench_{uuid4().hex[:8]}"
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine = db.make_engine(url.set(database=name).render_as_string(hide_password=False))
    try:
        with engine.connect() as connection:
            config = Config(str(PROJECT / "alembic.ini"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        yield engine
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}"'))
        server.dispose()
