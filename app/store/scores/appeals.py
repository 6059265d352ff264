"""Appeals and how they ended."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.cases import CaseStep
from app.models.scores import Appeal, AppealDecision, Score

Row = tuple[Appeal, AppealDecision | None, Score]


def add(session: Session, appeal: Appeal) -> Appeal:
    session.add(appeal)
    session.flush()
    return appeal


def decide(session: Session, decision: AppealDecision) -> AppealDecision:
    session.add(decision)
    session.flush()
    return decision


def get(session: Session, appeal_id: int) -> Row:
    """Raises NotFound."""
    found = page(session, appeal_id=appeal_id)
    if not found:
        raise NotFound(f"no appeal {appeal_id}")
    return found[0]


def page(
    session: Session, *, appeal_id: int | None = None, event_id: int | None = None, against: str | None = None,
    is_open: bool | None = None, limit: int = 1000,
) -> list[Row]:  # fmt: skip
    """Newest first, each with its decision and the score that it was filed against."""
    statement = (
        select(Appeal, AppealDecision, Score)
        .outerjoin(AppealDecision, AppealDecision.appeal_id == Appeal.id)
        .join(Score, Score.number == Appeal.score_number)
        .order_by(Appeal.id.desc())
        .limit(limit)
    )
    for column, value in ((Appeal.id, appeal_id), (Appeal.event_id, event_id), (Appeal.against, against)):
        if value is not None:
            statement = statement.where(column == value)
    if is_open is not None:
        decided = AppealDecision.appeal_id
        statement = statement.where(decided.is_(None) if is_open else decided.is_not(None))
    return [(appeal, decision, score) for appeal, decision, score in session.execute(statement)]


def last_step(session: Session, event_id: int) -> int:
    """Number of the last step of a case."""
    return session.scalar(select(func.max(CaseStep.number)).where(CaseStep.event_id == event_id)) or 0
