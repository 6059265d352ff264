from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Recorded
from app.models.cases import CaseStep

Index("ix_case_steps_at", CaseStep.at)  # a period's cases are those that had a step in it or after it


class ScoreRules(Base):
    """A rulebook that holds from `valid_from` until that of a later one; of two from one moment the later recorded.
    As every table here it is only ever added to: triggers refuse UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "score_rules"

    id: Mapped[Id]
    valid_from: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str]
    recorded_at: Mapped[datetime]


class Score(Base):
    """The score of one unit in one period, as known at a moment: a link of the chain.

    `number` counts 1, 2, 3 … without gaps; `previous_hash` is the hash of the row before; triggers refuse a row that
    does not follow. `cases` with `marks`: the counts (bits) that each case is in. A changed case makes a row with the
    next `revision` and its `cause`; the old one stays.
    """

    __tablename__ = "scores"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    unit_type: Mapped[str]
    unit: Mapped[str]
    kind: Mapped[str]
    period: Mapped[str]
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    revision: Mapped[int]
    known_at: Mapped[datetime]
    rules_id: Mapped[int] = mapped_column(ForeignKey("score_rules.id"))
    cause: Mapped[str]
    computed_by: Mapped[str]
    counts: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    deductions: Mapped[list[Any]]
    total: Mapped[float | None]
    grade: Mapped[str] = mapped_column(server_default="")
    cases: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), deferred=True)
    marks: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), deferred=True)
    previous_hash: Mapped[str]
    hash: Mapped[str]

    __table_args__ = (
        UniqueConstraint("period", "unit_type", "unit", "revision"),
        Index("ix_scores_unit_type_unit_kind_starts", "unit_type", "unit", "kind", "starts"),
    )


class ScorePatrol(Base):
    """Households visited of all, which no case tells: brought in for a unit and a period, corrected by a later row."""

    __tablename__ = "score_patrols"

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(index=True)
    unit_type: Mapped[str]
    unit: Mapped[str]
    visited: Mapped[int]
    households: Mapped[int]
    source: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class Appeal(Base):
    """An objection to what a score counts of one case. `against`: a count or a rule of the deduction sheet."""

    __tablename__ = "appeals"

    id: Mapped[Id]
    score_number: Mapped[int] = mapped_column(ForeignKey("scores.number"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("cases.event_id"), index=True)
    against: Mapped[str]
    reason: Mapped[str]
    filed_by: Mapped[str]
    filed_at: Mapped[Recorded]


class AppealDecision(Base):
    """How an appeal ended: upheld, refused or withdrawn. `step_number`: the step of the case that an upheld one made,
    with what it takes the case out of (`exclude`) and its corrected deadline."""

    __tablename__ = "appeal_decisions"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), primary_key=True, autoincrement=False)
    outcome: Mapped[str]
    reason: Mapped[str]
    exclude: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    due_at: Mapped[datetime | None]
    step_number: Mapped[int | None]
    decided_by: Mapped[str]
    decided_at: Mapped[Recorded]
