from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class RegulatedObject(Base):
    """Something that events are about again and again: a component, a business, an address, an id of another system.

    `key`: `business:91440101MA5`, … `owner`: the department or company whose it is, '' where nobody said so;
    `level`: 0 放心 green, 1 一般重点 yellow, 2 重点 red, `since` when. `looked_at`: up to when its facts are judged;
    `next_look_at`: when quiet lets it down.
    """

    __tablename__ = "objects"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    owner: Mapped[str] = mapped_column(server_default="")
    level: Mapped[int] = mapped_column(server_default=text("0"), index=True)
    since: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[Recorded]

    __table_args__ = (CheckConstraint("level BETWEEN 0 AND 2", name="level"),)


class ObjectEvent(Base):
    """An event that names an object."""

    __tablename__ = "object_events"

    object_id: Mapped[int] = mapped_column(ForeignKey("objects.id"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True, index=True)


class ObjectLevel(Base):
    """A change of an object's level: when, by which rule, why, and the cases behind it. Added to, never changed."""

    __tablename__ = "object_levels"

    id: Mapped[Id]
    object_id: Mapped[int] = mapped_column(ForeignKey("objects.id"), index=True)
    at: Mapped[datetime]
    before: Mapped[int]
    level: Mapped[int]
    rule: Mapped[str]
    reason: Mapped[str]
    cases: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))


class ObjectRule(Base):
    """A rule that moves levels: `number` of cases, overdue cases or reworks within `days` lift it; `days` of quiet let
    it down. `matter`: leading digits, '' is all. Rows are closed in recorded time, never changed."""

    __tablename__ = "object_rules"

    id: Mapped[Id]
    code: Mapped[str]
    direction: Mapped[str]
    counts: Mapped[str]
    number: Mapped[int]
    days: Mapped[int]
    matter: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        ExcludeConstraint(("code", "="), ("recorded", "&&"), name="ex_object_rules_one_at_a_time", using="gist"),
    )
