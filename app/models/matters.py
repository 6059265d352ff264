from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class CodeTable(Base):
    """A dated table of matters: a national standard, or (`local`) what one city takes up from it and adds.

    `extensions`: ranges of codes that the city may give out itself, `[kind, first, last]` each.
    """

    __tablename__ = "code_tables"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    local: Mapped[bool] = mapped_column(server_default=text("false"))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    extensions: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    source: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str]
    created_at: Mapped[Recorded]


class Matter(Base):
    """A coded category of event or component. The same digits can name both: the kind is part of the key.

    `origin`: the national table that a city's row was taken up from. Rows are closed in time, never changed.
    """

    __tablename__ = "matters"

    id: Mapped[Id]
    table_id: Mapped[int] = mapped_column(ForeignKey("code_tables.id"), index=True)
    kind: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    category: Mapped[str] = mapped_column(server_default="")
    certainty: Mapped[str] = mapped_column(server_default="seen")
    origin: Mapped[str | None]
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        ExcludeConstraint(
            ("table_id", "="),
            ("kind", "="),
            ("code", "="),
            ("valid", "&&"),
            name="ex_matters_one_meaning_at_a_time",
            using="gist",
        ),
    )


class MatterCrosswalk(Base):
    """A code of an older table and what it became, with how certain that is: confirmed or inferred."""

    __tablename__ = "matter_crosswalk"

    id: Mapped[Id]
    kind: Mapped[str]
    old_table: Mapped[str]
    old: Mapped[str]
    new_table: Mapped[str]
    new: Mapped[str]
    certainty: Mapped[str]

    __table_args__ = (UniqueConstraint("kind", "old_table", "old", "new_table", "new"),)
