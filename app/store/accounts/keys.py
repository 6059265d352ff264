from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models.keys import Key

FORGOTTEN = "forgotten-"


def add(
    session: Session,
    *,
    name: str,
    prefix: str,
    key_hash: str,
    scopes: list[str],
    created_by: str,
    expires_at: datetime | None,
) -> Key | None:
    """The new key, or None when the name is taken (also by a revoked key)."""
    statement = insert(Key).values(
        name=name, prefix=prefix, key_hash=key_hash, scopes=scopes, created_by=created_by, expires_at=expires_at
    )
    return session.scalar(statement.on_conflict_do_nothing(index_elements=["name"]).returning(Key))


def usable(session: Session, key_hash: str, now: datetime) -> Key | None:
    """The key with this hash, unless it is revoked or has expired."""
    alive = Key.revoked_at.is_(None) & (Key.expires_at.is_(None) | (Key.expires_at > now))
    return session.scalar(select(Key).where(Key.key_hash == key_hash, alive))


def list_all(session: Session) -> Sequence[Key]:
    return session.scalars(select(Key).order_by(Key.name)).all()


def by_name(session: Session, name: str) -> Key | None:
    return session.scalar(select(Key).where(Key.name == name))


def revoke(session: Session, name: str, now: datetime) -> bool:
    """False when there is no such key or it is revoked already."""
    statement = update(Key).where(Key.name == name, Key.revoked_at.is_(None)).values(revoked_at=now)
    return session.scalar(statement.returning(Key.id)) is not None


def forget_hashes(session: Session, before: datetime) -> int:
    """Take away the hash of keys that were revoked or expired by then; returns of how many. Their names stay."""
    ended = (Key.revoked_at <= before) | (Key.expires_at <= before)
    gone = func.concat(FORGOTTEN, Key.id)  # unique, and the hash of nothing
    statement = update(Key).where(ended, Key.key_hash.not_like(f"{FORGOTTEN}%")).values(key_hash=gone)
    return len(session.scalars(statement.returning(Key.id)).all())
