"""The outbox: messages written with what they tell, and their deliveries to the subscriptions that want them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.subscriptions import Message

WANTS = """
    s.ended_at IS NULL
    AND jsonb_exists_any(s.types, ARRAY[m.type, split_part(m.type, '.', 1) || '.*', '*'])
    AND (s.department = '' OR jsonb_exists(m.departments, s.department))
"""
SEND = text(f"""
    INSERT INTO deliveries (message_id, subscription_id, next_at)
    SELECT m.id, s.id, m.at FROM messages m JOIN subscriptions s ON {WANTS}
    WHERE m.id = ANY(:ids) ORDER BY m.id, s.id
""")
SEND_AGAIN = text(f"""
    INSERT INTO deliveries (message_id, subscription_id, next_at)
    SELECT m.id, s.id, :now FROM messages m JOIN subscriptions s ON {WANTS}
    WHERE s.id = :subscription AND m.id >= :first AND m.at >= :since
    ON CONFLICT (message_id, subscription_id) DO UPDATE SET
        status = 'waiting', attempts = 0, next_at = :now, replays = deliveries.replays + 1, problem = ''
    RETURNING id
""")
SEND_DEAD_AGAIN = text("""
    UPDATE deliveries SET status = 'waiting', attempts = 0, next_at = :now, replays = replays + 1
    WHERE subscription_id = :subscription AND status = 'dead' RETURNING id
""")


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store messages (uid, type, subject, at, departments, data) and one delivery for each subscription that wants
    them."""
    if rows:
        ids = list(session.scalars(insert(Message).returning(Message.id), list(rows)))
        session.execute(SEND, {"ids": ids})


def by_uid(session: Session, uid: str) -> Message:
    found = session.scalar(select(Message).where(Message.uid == uid))
    if found is None:
        raise NotFound(f"no message {uid!r}")
    return found


def send_again(session: Session, subscription: int, now: datetime, *, since: datetime, first: int = 0) -> int:
    """All messages that a subscription wants from a moment and a number on, as new; returns how many."""
    values = {"subscription": subscription, "now": now, "since": since, "first": first}
    return len(session.execute(SEND_AGAIN, values).all())


def send_dead_again(session: Session, subscription: int, now: datetime) -> int:
    return len(session.execute(SEND_DEAD_AGAIN, {"subscription": subscription, "now": now}).all())
