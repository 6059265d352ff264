from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id


class Notice(Base):
    """What a department is told of a plan before it is published: `lists` of grids, duties and cases that it would gain
    and lose when the plan, as it was at `plan_version`, held from `valid_from` on."""

    __tablename__ = "notices"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    plan_version: Mapped[int]
    department: Mapped[str]
    valid_from: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]
    lists: Mapped[dict[str, Any]]
    given_by: Mapped[str]
    given_at: Mapped[datetime]


class Objection(Base):
    """What somebody has against a notice: open, answered (accepted or not) or withdrawn; each with its words."""

    __tablename__ = "objections"

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    about: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default=text("'open'"))
    accepted: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(server_default="")
    ended_by: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("status IN ('open', 'answered', 'withdrawn')", name="status"),)
