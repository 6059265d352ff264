"""Whistles as they are kept for figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.cases import Case, CaseWhistle


@dataclass(frozen=True)
class WhistleFilter:
    """Which calls: of a department, of a grid, called in [since, until)."""

    department: str | None = None
    grid: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def calls(session: Session, wanted: WhistleFilter, limit: int | None = None) -> list[tuple[CaseWhistle, str]]:
    """Calls with the grid of their case, newest first."""
    statement = (
        select(CaseWhistle, Case.grid)
        .join(Case, Case.event_id == CaseWhistle.event_id)
        .order_by(CaseWhistle.called_at.desc(), CaseWhistle.event_id, CaseWhistle.number)
        .limit(limit)
    )
    if wanted.department is not None:
        statement = statement.where(CaseWhistle.department == wanted.department)
    if wanted.grid is not None:
        statement = statement.where(Case.grid == wanted.grid)
    if wanted.since is not None:
        statement = statement.where(CaseWhistle.called_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(CaseWhistle.called_at < wanted.until)
    return [(whistle, grid) for whistle, grid in session.execute(statement)]
