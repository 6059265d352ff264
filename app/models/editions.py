from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Edition(Base):
    """The boundaries of one network: draft → published → retired. When it holds is said by its validities."""

    __tablename__ = "editions"

    id: Mapped[Id]
    network_id: Mapped[int] = mapped_column(ForeignKey("networks.id"), index=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"), index=True)
    status: Mapped[str] = mapped_column(server_default="draft")
    content_hash: Mapped[str] = mapped_column(index=True)
    provenance: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    report: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_by: Mapped[str]
    created_at: Mapped[Recorded]


class Validity(Base):
    """When an edition holds (`valid`), as known over `recorded`. Rows are closed in recorded time, never changed.

    The exclusion constraint makes two editions of one network at one moment impossible, now and for any past
    state of knowledge.
    """

    __tablename__ = "validities"

    id: Mapped[Id]
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), index=True)
    network_id: Mapped[int] = mapped_column(ForeignKey("networks.id"))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        ExcludeConstraint(
            ("network_id", "="),
            ("valid", "&&"),
            ("recorded", "&&"),
            name="ex_validities_one_edition_at_a_time",
            using="gist",
        ),
    )
