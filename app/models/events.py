from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded, geometry


class Event(Base):
    """What was reported, as it was reported; its handling is the case with the same number.

    `given`: coordinates, system and accuracy as sent; `geom` is WGS 84. Written once, but for the reporter, who may be
    erased. A source's own number, and a caller's idempotency key, name one event each.
    """

    __tablename__ = "events"

    id: Mapped[Id]
    source: Mapped[str]
    external_id: Mapped[str | None]
    sent_by: Mapped[str]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="matter")
    matter: Mapped[str] = mapped_column(server_default="")
    text: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]
    reported_at: Mapped[Recorded]
    given: Mapped[dict[str, Any]]
    uncertainty_m: Mapped[float]
    reporter_name: Mapped[str | None]
    reporter_phone: Mapped[str | None]
    reporter_erased_at: Mapped[datetime | None]
    geom: Mapped[Any] = mapped_column(geometry("POINT"))

    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        UniqueConstraint("sent_by", "idempotency_key"),
        Index("ix_events_at", "at"),
        Index("ix_events_kind_matter", "kind", "matter"),
    )


class LastResort(Base):
    """Who answers for events in an area that nobody else owns (属地兜底). `area`: a code or its leading digits, '' is
    everywhere; the longest that fits answers. Rows are closed in recorded time, never changed."""

    __tablename__ = "last_resorts"

    id: Mapped[Id]
    area: Mapped[str]
    department: Mapped[str]
    created_by: Mapped[str]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        ExcludeConstraint(("area", "="), ("recorded", "&&"), name="ex_last_resorts_one_at_a_time", using="gist"),
    )


class Attachment(Base):
    """A file of an event. Kept by the hash of its bytes under the deployment's var folder; `moment`: before or after
    the work, or other."""

    __tablename__ = "attachments"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    sha256: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    moment: Mapped[str] = mapped_column(server_default=text("'other'"))
    created_by: Mapped[str]
    created_at: Mapped[Recorded]
