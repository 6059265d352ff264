from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded, geometry


class Consultation(Base):
    """A draft plan open for comment from `opens_at` until `closes_at`, or until a planner ended it. `words`: what
    residents read above it."""

    __tablename__ = "consultations"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    words: Mapped[str] = mapped_column(server_default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]
    ended_by: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),
        Index("uq_consultations_going", "plan_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )


class PlanComment(Base):
    """What a resident says about a draft plan as it was at `plan_version`; about a grid, at a place, or the whole.

    Everybody sees those that a planner answered, unless they are hidden, for a reason; nothing is deleted.
    """

    __tablename__ = "plan_comments"

    id: Mapped[Id]
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultations.id", ondelete="CASCADE"))
    plan_version: Mapped[int]
    text: Mapped[str]
    grid: Mapped[str] = mapped_column(server_default="")
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str]
    made_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(server_default="")
    answered_by: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[datetime | None]
    hidden_why: Mapped[str] = mapped_column(server_default="")
    hidden_by: Mapped[str] = mapped_column(server_default="")
    hidden_at: Mapped[datetime | None]
    geom: Mapped[Any | None] = mapped_column(geometry("POINT"))

    __table_args__ = (UniqueConstraint("consultation_id", "idempotency_key"),)
