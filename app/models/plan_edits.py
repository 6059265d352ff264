from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class PlanEdit(Base):
    """One step in the history of a plan; `version` is the plan's after it.

    action: edit, or undo and redo of the edit `of`, which has the wish and both sides of the change. `closed`: the
    plan was divided anew since, so it can be neither undone nor redone.
    """

    __tablename__ = "plan_edits"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    version: Mapped[int]
    action: Mapped[str]
    of: Mapped[int | None] = mapped_column(ForeignKey("plan_edits.id", ondelete="CASCADE"))
    wish: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    grids: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    undone: Mapped[bool] = mapped_column(server_default=text("false"))
    closed: Mapped[bool] = mapped_column(server_default=text("false"))
    made_by: Mapped[str]
    made_at: Mapped[Recorded]

    __table_args__ = (UniqueConstraint("plan_id", "version"),)
