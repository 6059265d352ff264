"""Engine, session, transaction: the only file that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session

from app import cluster
from app.settings import Settings, get_settings

AfterCommit = Callable[[], None]
_AFTER_COMMIT = "after_commit"


def database_url(settings: Settings) -> str:
    """SQLAlchemy URL (psycopg 3) of the deployment's database, or of the private cluster."""
    return cluster.url(settings) if settings.database_url is None else with_driver(settings.database_url)


def with_driver(url: str) -> str:
    """`url` as SQLAlchemy takes it: over psycopg 3."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def make_engine(url: str, pool_size: int = 10) -> Engine:
    """Sessions run in UTC, so that a date without a zone never takes the server's."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=True,
        json_serializer=_to_json,
        connect_args={"options": "-c timezone=UTC"},
    )


def _to_json(value: Any) -> str:
    """Moments as ISO 8601, numbers of numpy as numbers; NaN and infinity, which JSON lacks, as null."""
    return to_json(value, inf_nan_mode="null", fallback=_scalar).decode()


def _scalar(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


@cache
def get_engine() -> Engine:
    """Engine of this process."""
    return make_engine(database_url(get_settings()))


@contextmanager
def transaction(engine: Engine | Connection | None = None) -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back on any error, then runs what `after_commit` was given.

    On a connection that is inside a transaction already, it is a savepoint of that.
    """
    bind = get_engine() if engine is None else engine
    with Session(bind, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        for call in session.info.pop(_AFTER_COMMIT, []):
            call()


def after_commit(session: Session, call: AfterCommit) -> None:
    """Have `call` run once the transaction is durable; never if it is rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(call)


@contextmanager
def advisory_lock(key: int, engine: Engine | None = None) -> Iterator[bool]:
    """Hold a session-level lock on `key` (a 63-bit number) while inside; False if another process holds it.

    PostgreSQL lets go of it the moment the holder's connection dies, which is how a killed worker is noticed.
    """
    with (engine or get_engine()).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}))
        try:
            yield got
        finally:
            if got:
                _unlock(connection, key)


def _unlock(connection: Connection, key: int) -> None:
    if not connection.closed and not connection.invalidated:
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
