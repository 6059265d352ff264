"""Scores as rows of one chain, and what they are counted by. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, text
from sqlalchemy.orm import Session, aliased, undefer

from app.errors import NotFound
from app.models.audit import AuditEntry
from app.models.events import Event
from app.models.scores import Score, ScorePatrol, ScoreRules

CHAIN_LOCK = 7_301_120
CHUNK = 500


@dataclass(frozen=True)
class ScoreFilter:
    """Which scores. `revisions`: those before the latest as well."""

    period: str | None = None
    unit_type: str | None = None
    unit: str | None = None
    kind: str | None = None
    revisions: bool = False


def lock_chain(session: Session) -> None:
    """Keep others from adding rows until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})


def head(session: Session) -> tuple[int, str] | None:
    """Number and hash of the last row."""
    found = session.execute(select(Score.number, Score.hash).order_by(Score.number.desc()).limit(1)).first()
    return None if found is None else (found[0], found[1])


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(Score), list(rows))


def get(session: Session, number: int) -> Score:
    """With its cases. Raises NotFound."""
    found = session.get(Score, number, options=[undefer(Score.cases), undefer(Score.marks)])
    if found is None:
        raise NotFound(f"no score {number}")
    return found


def page(session: Session, wanted: ScoreFilter, *, with_cases: bool = False, besides: str = "") -> list[Score]:
    """Scores by period, type and unit, the latest revision last; without persons when `besides` is their type."""
    statement = select(Score)
    for column, value in (
        (Score.period, wanted.period), (Score.unit_type, wanted.unit_type), (Score.unit, wanted.unit),
        (Score.kind, wanted.kind),
    ):  # fmt: skip
        if value is not None:
            statement = statement.where(column == value)
    if besides:
        statement = statement.where(Score.unit_type != besides)
    if with_cases:
        statement = statement.options(undefer(Score.cases), undefer(Score.marks))
    if not wanted.revisions:
        statement = statement.where(_is_latest())
    order = (Score.starts, Score.kind, Score.unit_type, Score.unit.collate("C"), Score.revision)
    return list(session.scalars(statement.order_by(*order)))


def _is_latest() -> ColumnElement[bool]:
    """No later revision has taken the row's place."""
    later = aliased(Score)
    same = (later.period == Score.period, later.unit_type == Score.unit_type, later.unit == Score.unit)
    return ~select(later.number).where(*same, later.revision == Score.revision + 1).exists()


def chain(session: Session) -> Iterator[tuple[Score, ScoreRules]]:
    """Every row with its rules, from the first on, some hundred at a time."""
    last = 0
    rows = select(Score, ScoreRules).join(ScoreRules, ScoreRules.id == Score.rules_id)
    rows = rows.options(undefer(Score.cases), undefer(Score.marks)).order_by(Score.number).limit(CHUNK)
    rows = rows.execution_options(populate_existing=True)  # as it is stored, not as this session last saw it
    while found := session.execute(rows.where(Score.number > last)).all():
        for score, rules in found:
            yield score, rules
        last = found[-1][0].number
        for score, _ in found:
            session.expunge(score)


def latest_numbers(session: Session, period: str | None = None) -> frozenset[int]:
    """Rows that no later revision has taken the place of, of a period or of all."""
    statement = select(Score.number).where(_is_latest())
    if period is not None:
        statement = statement.where(Score.period == period)
    return frozenset(session.scalars(statement))


def of_case(session: Session, event: int) -> list[tuple[Score, int]]:
    """The latest score of the whole city for each period that ended after a case began, and the marks that it has of
    the case; 0 for none."""
    place = func.array_position(Score.cases, event)
    mark = func.coalesce(Score.marks[place], 0)
    began = select(Event.reported_at).where(Event.id == event).scalar_subquery()
    statement = select(Score, mark).where(Score.unit_type == "city", Score.ends > began)
    statement = statement.where(_is_latest()).order_by(Score.starts, Score.kind)
    return [(score, int(told)) for score, told in session.execute(statement)]


def recorded_heads(session: Session, action: str, subject: str) -> dict[int, str]:
    """Number → hash of the chain's end each time rows were added, as the audit trail has it."""
    statement = select(AuditEntry.after).where(AuditEntry.action == action, AuditEntry.subject.like(f"{subject}/%"))
    told = [after for after in session.scalars(statement) if after and "head" in after]
    return {int(after["head"]): str(after["hash"]) for after in told}


def periods_with(session: Session, kinds: Sequence[str] | None = None) -> list[str]:
    """Periods that have scores, the earliest first."""
    statement = select(Score.period, func.min(Score.starts)).group_by(Score.period).order_by(func.min(Score.starts))
    if kinds is not None:
        statement = statement.where(Score.kind.in_(kinds))
    return [period for period, _ in session.execute(statement)]


def add_rules(session: Session, rules: ScoreRules) -> ScoreRules:
    session.add(rules)
    session.flush()
    return rules


def get_rules(session: Session, rules_id: int) -> ScoreRules:
    found = session.get(ScoreRules, rules_id)
    if found is None:
        raise NotFound(f"no rulebook {rules_id}")
    return found


def rules_at(session: Session, moment: datetime, known_at: datetime) -> ScoreRules | None:
    """The rulebook that holds at a moment, as known at another."""
    statement = select(ScoreRules).where(ScoreRules.valid_from <= moment, ScoreRules.recorded_at <= known_at)
    return session.scalar(statement.order_by(ScoreRules.valid_from.desc(), ScoreRules.id.desc()).limit(1))


def rules(session: Session) -> list[ScoreRules]:
    """All, as they were recorded."""
    return list(session.scalars(select(ScoreRules).order_by(ScoreRules.id)))


def add_patrols(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(ScorePatrol), list(rows))


def patrols(session: Session, period: str, known_at: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    """Unit → households visited, of all; the last that was brought in by `known_at`."""
    statement = select(ScorePatrol).where(ScorePatrol.period == period, ScorePatrol.recorded_at <= known_at)
    rows = session.scalars(statement.order_by(ScorePatrol.id))
    return {(row.unit_type, row.unit): (row.visited, row.households) for row in rows}
