from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class TransferSet(Base):
    """Proposals where the posts of a plan's networks go, made for one version of the plan: `open` until they take
    effect (`applied`), are taken back (`undone`) or give way to newer ones (`replaced`).

    `at`: whose posts; `parameters`: weights and seed; `figures`: of the proposals and of the greedy baseline; `origin`:
    the run that made it; `valid_from`: since when the accepted ones hold.
    """

    __tablename__ = "transfer_sets"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    plan_version: Mapped[int]
    at: Mapped[datetime]
    parameters: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(server_default="open")
    origin: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]
    valid_from: Mapped[datetime | None]
    applied_by: Mapped[str | None]
    applied_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("status IN ('open', 'applied', 'undone', 'replaced')", name="status"),
        Index("uq_transfer_sets_open", "plan_id", unique=True, postgresql_where=text("status = 'open'")),
    )


class StaffTransfer(Base):
    """One proposal of a set and what was decided on it: `grid` and `role` are where the post goes, beside the
    `proposed_` ones.

    `said`: the reason as codes with values, `reason` in words.

    `old_term`, `ended_term`, `new_term`: the rows that taking effect closed and opened, so that it can be taken back.
    """

    __tablename__ = "staff_transfers"

    id: Mapped[Id]
    set_id: Mapped[int] = mapped_column(ForeignKey("transfer_sets.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    proposed_grid: Mapped[str | None]
    proposed_role: Mapped[str]
    share: Mapped[float]
    distance_m: Mapped[float]
    sure: Mapped[bool]
    reason: Mapped[str]
    said: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    state: Mapped[str] = mapped_column(server_default="open")
    grid: Mapped[str | None]
    role: Mapped[str]
    why: Mapped[str] = mapped_column(server_default="")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    old_term: Mapped[int | None] = mapped_column(ForeignKey("post_terms.id"))
    ended_term: Mapped[int | None] = mapped_column(ForeignKey("post_terms.id"))
    new_term: Mapped[int | None] = mapped_column(ForeignKey("post_terms.id"))

    __table_args__ = (
        UniqueConstraint("set_id", "post_id"),
        CheckConstraint("state IN ('open', 'accepted', 'leaves')", name="state"),
        CheckConstraint("state = 'open' OR decided_by IS NOT NULL", name="decided_by_somebody"),
    )
