from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, geometry


class Grid(Base):
    """One polygon of an edition. `id` never changes; the public key is code + validity."""

    __tablename__ = "grids"

    id: Mapped[Id]
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str | None]
    area: Mapped[str | None]
    area_m2: Mapped[float]
    quantities: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    scores: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    properties: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    geom: Mapped[Any] = mapped_column(geometry("MULTIPOLYGON"))

    __table_args__ = (UniqueConstraint("edition_id", "code"), Index("ix_grids_code", "code"))


class CodePool(Base):
    """Last serial given out under a prefix (area code + kind letter): a withdrawn code is never issued again."""

    __tablename__ = "code_pools"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    last_serial: Mapped[int]
