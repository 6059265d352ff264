"""Codes that residents follow their reports by; only hashes are kept."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.public_reports import FollowCode


def add_code(session: Session, event_id: int, code_hash: str) -> None:
    session.add(FollowCode(event_id=event_id, code_hash=code_hash))
    session.flush()


def event_of(session: Session, code_hash: str) -> int | None:
    """The event that a code is of; None for a code that nobody was given."""
    return session.scalar(select(FollowCode.event_id).where(FollowCode.code_hash == code_hash))
