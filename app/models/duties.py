from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded


class Duty(Base):
    """One version of a duty line: a matter or class × where and when it holds → who leads, who assists, by when.

    `number` is the line's identity over all its versions. `valid`: when it holds; `recorded`: when that was known.
    Rows are closed in recorded time, never changed. `lead` and `assistants` are names as they were when the line was
    taken in; `lead_code` and `assistant_codes` the departments they mean, where departments are kept.
    """

    __tablename__ = "duties"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(index=True)
    list_name: Mapped[str]
    kind: Mapped[str]
    table_code: Mapped[str]
    code: Mapped[str]
    scope: Mapped[str]
    hours: Mapped[str] = mapped_column(server_default="")
    lead: Mapped[str]
    lead_code: Mapped[str | None] = mapped_column(ForeignKey("departments.code"))
    role: Mapped[str] = mapped_column(server_default="")
    assistants: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    assistant_codes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    limits: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    closing: Mapped[str] = mapped_column(server_default="")
    basis: Mapped[str] = mapped_column(server_default="")
    replaces: Mapped[bool] = mapped_column(server_default=text("false"))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    created_by: Mapped[str]

    __table_args__ = (
        Index("ix_duties_kind_code", "kind", "code"),
        ExcludeConstraint(
            ("number", "="),
            ("valid", "&&"),
            ("recorded", "&&"),
            name="ex_duties_one_version_at_a_time",
            using="gist",
        ),
    )


class DutyException(Base):
    """A problem of the responsibility matrix that is let stand, with the reason. Closed in recorded time."""

    __tablename__ = "duty_exceptions"

    id: Mapped[Id]
    problem: Mapped[str]
    kind: Mapped[str]
    code: Mapped[str]
    scope: Mapped[str]
    reason: Mapped[str]
    created_by: Mapped[str]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class DutyClaim(Base):
    """An object without a known owner and the first of its candidates to claim it."""

    __tablename__ = "duty_claims"

    id: Mapped[Id]
    kind: Mapped[str]
    code: Mapped[str]
    object: Mapped[str]
    candidates: Mapped[list[Any]]
    department: Mapped[str]
    claimed_by: Mapped[str]
    claimed_at: Mapped[Recorded]

    __table_args__ = (UniqueConstraint("kind", "code", "object"),)


class RoutingVersion(Base):
    """One row that triggers count up with every change of duty lines, matters, calendars and owners of last resort:
    what keeps them in memory asks it. `changed_in` is the transaction, so that one that is rolled back leaves no number
    behind that another takes for its own."""

    __tablename__ = "routing_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)
    changed_in: Mapped[int] = mapped_column(BigInteger)
