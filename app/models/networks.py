from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Network(Base):
    """One system of grids, run by a department; `unified` is the one that OneGrid produces.

    `department` is what somebody wrote; `department_id` is the office in the tree, where it was linked to one.
    """

    __tablename__ = "networks"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    department: Mapped[str | None]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    created_at: Mapped[Recorded]
