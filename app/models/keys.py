from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Key(Base):
    """A key of a machine. The key is shown once; only its hash is kept. `scopes`: lookup, events, plan, admin."""

    __tablename__ = "keys"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
