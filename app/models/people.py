from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Person(Base):
    """Somebody who holds posts. `id` stays for ever; everything that tells who it is can be erased.

    An erased person keeps the row, so that posts and the trail still lead somewhere; `erased_digest` recognises the
    old code, should a list bring it again.
    """

    __tablename__ = "people"

    id: Mapped[Id]
    code: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None] = mapped_column(index=True)
    email: Mapped[str | None]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    created_at: Mapped[Recorded]
    erased_at: Mapped[datetime | None]
    erased_digest: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "erased_at IS NULL OR (code IS NULL AND name IS NULL AND phone IS NULL AND email IS NULL)",
            name="nothing_left_of_the_erased",
        ),
    )
