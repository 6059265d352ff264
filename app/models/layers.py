from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded, geometry


class Layer(Base):
    """Context data: areas, blocks, buildings, households, businesses, campuses, compounds, barriers, stations, …"""

    __tablename__ = "layers"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    content_hash: Mapped[str] = mapped_column(index=True)
    quantities: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    provenance: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_by: Mapped[str]
    created_at: Mapped[Recorded]


class Feature(Base):
    """One polygon, line or point of a layer, with its quantities."""

    __tablename__ = "features"

    id: Mapped[Id]
    layer_id: Mapped[int] = mapped_column(ForeignKey("layers.id", ondelete="CASCADE"), index=True)
    code: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str | None]
    quantities: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    properties: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    geom: Mapped[Any] = mapped_column(geometry("GEOMETRY"))
