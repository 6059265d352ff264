from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Role(Base):
    """What a post is for: the standard roles (网格长, 网格员 …) and those of the place. `load`: its share of a full
    day's work, unless a term says otherwise."""

    __tablename__ = "post_roles"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    load: Mapped[float]
    local: Mapped[bool] = mapped_column(server_default=text("true"))


class Post(Base):
    """A person in a role on a grid. `grid` is a code of `network`, through editions: when it holds is said by its
    terms, and which polygon that is by the edition in force then."""

    __tablename__ = "posts"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(ForeignKey("post_roles.code"))
    network_id: Mapped[int] = mapped_column(ForeignKey("networks.id"))
    grid: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]

    __table_args__ = (
        UniqueConstraint("person_id", "role", "network_id", "grid"),
        Index("ix_posts_network_id_grid", "network_id", "grid"),
    )


class Term(Base):
    """When and how a post is held (`valid`), as known over `recorded`. Rows are closed in recorded time, never
    changed: the exclusion constraint makes two terms of one post at one moment impossible.

    `shift`: the weekly pattern as app.rules.staff.shifts writes it, '' for always; `substitutes`: ids of people, A
    before B.
    """

    __tablename__ = "post_terms"

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    shift: Mapped[str] = mapped_column(server_default="")
    load: Mapped[float]
    substitutes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        ExcludeConstraint(
            ("post_id", "="),
            ("valid", "&&"),
            ("recorded", "&&"),
            name="ex_post_terms_one_at_a_time",
            using="gist",
        ),
        CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name="times"),
    )


class Absence(Base):
    """A person is away over `valid`, as known over `recorded`; why is nobody's business and not kept."""

    __tablename__ = "absences"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name="times"),)


class StaffingRule(Base):
    """How many of a role a grid needs: `least` to `most` (None: no limit), for a network and a kind or for all, over
    `valid`, as known over `recorded`."""

    __tablename__ = "staffing_rules"

    id: Mapped[Id]
    network: Mapped[str | None]
    kind: Mapped[str | None]
    role: Mapped[str] = mapped_column(ForeignKey("post_roles.code"))
    least: Mapped[int]
    most: Mapped[int | None]
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        CheckConstraint("least >= 0 AND (most IS NULL OR most >= least)", name="band"),
        CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name="times"),
    )


class StaffVersion(Base):
    """One row that triggers count up with every change of departments, people, posts, terms and absences: what keeps
    staff in memory asks it. Writers wait for each other there, so a number seen is a number committed."""

    __tablename__ = "staff_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)
