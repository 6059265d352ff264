from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Line(Base):
    """One line of work (党建, 综治, 城管 …) in a dated code list that a deployment extends."""

    __tablename__ = "lines"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class Department(Base):
    """An office in the tree of offices. Never deleted: retired, perhaps with a successor.

    `code` is its public name and never used twice; `name` is what lists of duties and staff call it. `contact`: the
    office's telephone or address for everybody, on the public page; nobody's own.
    """

    __tablename__ = "departments"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    line: Mapped[str | None] = mapped_column(ForeignKey("lines.code"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    contact: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Recorded]
    retired_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))

    __table_args__ = (CheckConstraint("parent_id <> id", name="not_its_own_parent"),)
