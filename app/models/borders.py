from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, geometry


class Border(Base):
    """A run of border between two pieces of a plan, or a piece and the outside (`right_piece` −1), as the overlay left
    it. `drawn_by`: names of the networks, `areas`, names of cut layers."""

    __tablename__ = "borders"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    left_piece: Mapped[int]
    right_piece: Mapped[int]
    drawn_by: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    length_m: Mapped[float]
    geom: Mapped[Any] = mapped_column(geometry("MULTILINESTRING"))
