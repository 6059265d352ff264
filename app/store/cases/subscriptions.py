"""Subscriptions and the state of their deliveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.subscriptions import Delivery, Message, Subscription

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
STATUSES = (WAITING, DELIVERED, DEAD)


def add(session: Session, subscription: Subscription) -> Subscription:
    session.add(subscription)
    session.flush()
    return subscription


def get(session: Session, subscription_id: int) -> Subscription:
    found = session.get(Subscription, subscription_id)
    if found is None:
        raise NotFound(f"no subscription {subscription_id}")
    return found


def every(session: Session) -> list[Subscription]:
    """Those that ended too, oldest first."""
    return list(session.scalars(select(Subscription).order_by(Subscription.id)))


def counts(session: Session) -> dict[int, dict[str, int]]:
    """Subscription → how many deliveries it has in each status."""
    found: dict[int, dict[str, int]] = {}
    statement = select(Delivery.subscription_id, Delivery.status, func.count()).group_by(
        Delivery.subscription_id, Delivery.status
    )
    for subscription, status, count in session.execute(statement):
        found.setdefault(subscription, {})[status] = count
    return found


def deliveries(
    session: Session, subscription_id: int, status: str | None = None, *, limit: int = 100, before: int | None = None
) -> list[tuple[Delivery, Message]]:
    """The newest messages first; `before` is the number of the last delivery of the page before."""
    statement = (
        select(Delivery, Message)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.subscription_id == subscription_id)
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if status is not None:
        statement = statement.where(Delivery.status == status)
    if before is not None:
        statement = statement.where(Delivery.id < before)
    return [(delivery, message) for delivery, message in session.execute(statement)]


def due(session: Session, now: datetime) -> list[int]:
    """Subscriptions that have something to be sent now."""
    statement = (
        select(Delivery.subscription_id)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(Delivery.status == WAITING, Delivery.next_at <= now, _takes(now))
        .distinct()
        .order_by(Delivery.subscription_id)
    )
    return list(session.scalars(statement))


def take_next(session: Session, subscription_id: int, now: datetime) -> tuple[Delivery, Message, Subscription] | None:
    """The first message that is due for a subscription, its delivery locked; what another process sends is passed
    over."""
    statement = (
        select(Delivery, Message, Subscription)
        .join(Message, Message.id == Delivery.message_id)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(
            Delivery.subscription_id == subscription_id,
            Delivery.status == WAITING,
            Delivery.next_at <= now,
            _takes(now),
        )
        .order_by(Delivery.message_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Delivery)
        .execution_options(populate_existing=True)
    )
    row = session.execute(statement).first()
    return None if row is None else (row[0], row[1], row[2])


def forget_old_secrets(session: Session, now: datetime) -> int:
    """Secrets that were replaced and hold no more; returns how many."""
    statement = update(Subscription).where(Subscription.old_secret_until <= now).returning(Subscription.id)
    return len(session.execute(statement.values(old_secret=None, old_secret_until=None)).all())


def _takes(now: datetime) -> ColumnElement[bool]:
    """Subscriptions that have not ended and whose receivers did not ask to be left alone."""
    free = or_(Subscription.held_until.is_(None), Subscription.held_until <= now)
    return Subscription.ended_at.is_(None) & free
