"""What state the database itself is in."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session


def revision(session: Session) -> str | None:
    """The migration that the database is at; None when it was never migrated."""
    if session.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    return session.scalar(text("SELECT version_num FROM alembic_version"))


def is_replica(session: Session) -> bool:
    return bool(session.scalar(text("SELECT pg_is_in_recovery()")))


def postgis_version(session: Session) -> str | None:
    """None when the extension is not there."""
    return session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
