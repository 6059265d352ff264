from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Key(Base):
    """A key of a machine, `og_<prefix>_<secret>`. Shown once; only its prefix and its hash are kept.

    `scopes`: lookup, events, plan, admin. A revoked key keeps its row and its name: answers once rested on it.
    """

    __tablename__ = "keys"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    prefix: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
