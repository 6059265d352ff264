from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class PlanCandidate(Base):
    """One of several plans that a division found, to be chosen from.

    `assignment`: number of the grid per piece (-1: none), in the order of the division's pieces, which `ground` is the
    hash of. `grids` and `report` are those of the division. `request`: what was asked, with this candidate's weights.
    `chosen`: it is the one that the plan has.
    """

    __tablename__ = "plan_candidates"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str]
    request: Mapped[dict[str, Any]]
    measures: Mapped[dict[str, Any]]
    score: Mapped[dict[str, Any]]
    assignment: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    grids: Mapped[list[Any]]
    report: Mapped[dict[str, Any]]
    ground: Mapped[str]
    chosen: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Recorded]

    __table_args__ = (UniqueConstraint("plan_id", "number"),)
