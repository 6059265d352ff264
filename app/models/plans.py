from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded, geometry


class Plan(Base):
    """Inputs + parameters + pieces + one assignment piece → grid: draft → consolidated → divided → published.

    `version` goes up with every change of pieces or grids. `content_hash` is null after an edit until somebody asks.
    """

    __tablename__ = "plans"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(server_default="draft")
    crs: Mapped[str]
    seed: Mapped[int]
    areas_layer_id: Mapped[int | None] = mapped_column(ForeignKey("layers.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    consolidation: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    division: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    score: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    content_hash: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("0"))
    created_by: Mapped[str]
    created_at: Mapped[Recorded]


class PlanEdition(Base):
    """An edition that a plan was made from."""

    __tablename__ = "plan_editions"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)


class PlanLayer(Base):
    """A layer that a plan uses: to cut pieces (`cut`), for its quantities (`quantity`)."""

    __tablename__ = "plan_layers"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True)
    layer_id: Mapped[int] = mapped_column(ForeignKey("layers.id"), primary_key=True)
    use: Mapped[str] = mapped_column(primary_key=True)


class Piece(Base):
    """Atom of the overlay. `sources`: network code → codes of the source grids, joined by `|`.

    A division that splits a piece adds `derived` rows (the parts, and neighbours with the new corners) and marks the
    rows they stand for as `superseded`: the next division starts from the overlay again.
    """

    __tablename__ = "pieces"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    piece: Mapped[int]
    area: Mapped[str] = mapped_column(server_default="")
    sources: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    kind: Mapped[str | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    grid: Mapped[str | None] = mapped_column(index=True)
    area_m2: Mapped[float]
    quantities: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    derived: Mapped[bool] = mapped_column(server_default=text("false"))
    superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    geom: Mapped[Any] = mapped_column(geometry("POLYGON"))

    __table_args__ = (UniqueConstraint("plan_id", "piece", "derived"),)


class PlanGrid(Base):
    """A grid of a plan, before it is published as a grid of an edition.

    `lock` and `decision` (a kind set by hand): reason, by, at. `breaches`: rules that an edit broke. A grid that hangs
    together is a Polygon; one that an edit tore has several parts.
    """

    __tablename__ = "plan_grids"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    area: Mapped[str]
    area_m2: Mapped[float]
    pieces: Mapped[int]
    quantities: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    scores: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    lock: Mapped[dict[str, Any] | None]
    decision: Mapped[dict[str, Any] | None]
    breaches: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    geom: Mapped[Any] = mapped_column(geometry("GEOMETRY"))

    __table_args__ = (UniqueConstraint("plan_id", "code"),)


class Lineage(Base):
    """Old grid → new grid of a plan, with the shares of the old grid that moved there."""

    __tablename__ = "lineage"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    network: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    share_area: Mapped[float]
    shares: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
