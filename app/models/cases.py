from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class Case(Base):
    """The handling of an event: what its trail says, kept beside it so that lists need not replay trails.

    `routing`: routed (a grid and a lead), unowned (a grid, no lead), unrouted (no grid); the last two are with the
    owner of last resort. `route`: how owner and grid were found. `due_at` etc. are null without a limit, while the case
    is suspended, and when `clock_problem` says why. `next_mark_at`: when the clock has to look at the case again.
    `limits`: every time limit of the duty (amount, unit, condition); `dues`: when each is due and whether it is met.
    """

    __tablename__ = "cases"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True, autoincrement=False)
    stage: Mapped[str]
    routing: Mapped[str]
    owner: Mapped[str]
    holder: Mapped[str] = mapped_column(server_default="")
    grid: Mapped[str] = mapped_column(server_default="")
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id"))
    area: Mapped[str] = mapped_column(server_default="")
    route: Mapped[dict[str, Any]]
    limit_amount: Mapped[float | None]
    limit_unit: Mapped[str | None]
    limits: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    dues: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    warn_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    next_mark_at: Mapped[datetime | None]
    clock_problem: Mapped[str] = mapped_column(server_default="")
    level: Mapped[int] = mapped_column(server_default=text("0"))
    reworks: Mapped[int] = mapped_column(server_default=text("0"))
    suspended: Mapped[bool] = mapped_column(server_default=text("false"))
    keeps_owner: Mapped[bool] = mapped_column(server_default=text("false"))
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    finished_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    steps: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        Index("ix_cases_stage", "stage"),
        Index("ix_cases_edition_id_grid", "edition_id", "grid"),
        Index("ix_cases_next_mark_at", "next_mark_at", postgresql_where=text("next_mark_at IS NOT NULL")),
    )


class CaseStep(Base):
    """One entry of a case's trail. Triggers refuse UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "case_steps"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("cases.event_id"))
    number: Mapped[int]
    action: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    receiver: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")
    until: Mapped[datetime | None]
    score: Mapped[float | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    attachments: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))

    __table_args__ = (UniqueConstraint("event_id", "number"),)


class CaseWhistle(Base):
    """A department that was whistled for on a case (吹哨报到): told from the trail, kept for figures.

    `answer_by`: until when it had to arrive; `lon`, `lat`: where it arrived.
    """

    __tablename__ = "case_whistles"

    event_id: Mapped[int] = mapped_column(ForeignKey("cases.event_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    department: Mapped[str] = mapped_column(index=True)
    called_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    score: Mapped[float | None]
    answer_by: Mapped[datetime | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
