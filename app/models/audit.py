from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class AuditEntry(Base):
    """Who changed what, from what to what, from where. A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "audit"

    id: Mapped[Id]
    at: Mapped[Recorded]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    origin: Mapped[str] = mapped_column(server_default="")
    request_id: Mapped[str] = mapped_column(server_default="")
