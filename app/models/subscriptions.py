from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Subscription(Base):
    """Somebody's address that messages go to. `types`: `case.overdue`, `case.*` or `*`; `department` '' is all.

    `secret` signs what is sent, so it is kept as it is; no answer but that to its making shows it. `old_secret` signs
    beside it until `old_secret_until`. `held_until`: the receiver asked to be left alone until then.
    """

    __tablename__ = "subscriptions"

    id: Mapped[Id]
    url: Mapped[str]
    types: Mapped[list[Any]]
    department: Mapped[str] = mapped_column(server_default="")
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(server_default="")


class Message(Base):
    """The outbox: what happened, written with it in one transaction. `uid` is told from what happened, so that one
    thing is one message; `departments`: whom it concerns."""

    __tablename__ = "messages"

    id: Mapped[Id]
    uid: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    departments: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    data: Mapped[dict[str, Any]]


class Delivery(Base):
    """A message on its way to a subscription: waiting, delivered or dead. `answer`: the last HTTP status."""

    __tablename__ = "deliveries"

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    status: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    replays: Mapped[int] = mapped_column(server_default=text("0"))
    next_at: Mapped[datetime | None]
    answer: Mapped[int | None]
    problem: Mapped[str] = mapped_column(server_default="")
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("message_id", "subscription_id"),
        Index("ix_deliveries_waiting", "subscription_id", "next_at", postgresql_where=text("status = 'waiting'")),
    )
