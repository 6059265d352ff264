"""The outbox: messages written with what they tell, and their deliveries to the subscriptions that want them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.subscriptions import Delivery, Message

WANTS = """
    s.ended_at IS NULL AND m.type <> 'subscription.test'
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
# What waits for a receiver stays, however old; not so what waits for one whose subscription has ended.
PRUNE_DELIVERIES = text("""
    DELETE FROM deliveries WHERE id IN (
        SELECT d.id FROM deliveries d JOIN messages m ON m.id = d.message_id
             JOIN subscriptions s ON s.id = d.subscription_id
        WHERE m.at < :before AND (d.status <> 'waiting' OR s.ended_at IS NOT NULL)
        ORDER BY d.id LIMIT :limit FOR UPDATE OF d SKIP LOCKED)
    RETURNING id
""")
PRUNE_MESSAGES = text("""
    DELETE FROM messages WHERE id IN (
        SELECT m.id FROM messages m
        WHERE m.at < :before AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id)
        ORDER BY m.id LIMIT :limit FOR UPDATE OF m SKIP LOCKED)
    RETURNING id
""")
AT_ONCE = 5_000


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store messages (uid, type, subject, at, departments, data) and one delivery for each subscription that wants
    them."""
    if rows:
        ids = list(session.scalars(insert(Message).returning(Message.id), list(rows)))
        session.execute(SEND, {"ids": ids})


def add_to_one(session: Session, row: dict[str, Any], subscription: int) -> None:
    """Store a message for one subscription, whatever types that one wants."""
    made = session.scalars(insert(Message).returning(Message.id), [row]).one()
    session.execute(insert(Delivery).values(message_id=made, subscription_id=subscription, next_at=row["at"]))


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


def prune(session: Session, before: datetime, limit: int = AT_ONCE) -> dict[str, int]:
    """Delete messages from before a moment and their deliveries, at most so many of each; how many were."""
    values = {"before": before, "limit": limit}
    deliveries = len(session.execute(PRUNE_DELIVERIES, values).all())
    return {"deliveries": deliveries, "messages": len(session.execute(PRUNE_MESSAGES, values).all())}
