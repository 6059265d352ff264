from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Recorded


class FollowCode(Base):
    """What a resident follows a report by: the hash of the code alone. A report that is sent again gets one more."""

    __tablename__ = "follow_codes"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    created_at: Mapped[Recorded]
