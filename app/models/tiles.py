from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Outline(Base):
    """A grid as it is drawn at the zooms up to `level`: in EPSG:3857, simplified with its neighbours."""

    __tablename__ = "outlines"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grids.id", ondelete="CASCADE"), primary_key=True, index=True)
    geom: Mapped[Any] = mapped_column(Geometry("GEOMETRY", srid=3857, spatial_index=False))
    border: Mapped[Any] = mapped_column(Geometry("MULTILINESTRING", srid=3857, spatial_index=False))
    """What of its border is drawn with this grid: a line between two neighbours belongs to one of them."""

    __table_args__ = (Index("ix_outlines_ground", "edition_id", "level", "geom", postgresql_using="gist"),)


class Tile(Base):
    """A vector tile made when its edition was published, because too many grids are in it to draw it when asked."""

    __tablename__ = "tiles"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    z: Mapped[int] = mapped_column(primary_key=True)
    x: Mapped[int] = mapped_column(primary_key=True)
    y: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]
