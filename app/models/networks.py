from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Network(Base):
    """One system of grids, run by a department; `unified` is the one that OneGrid produces."""

    __tablename__ = "networks"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    department: Mapped[str | None]
    created_at: Mapped[Recorded]
