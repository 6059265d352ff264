from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, defer

from app.errors import NotFound
from app.models.plan_candidates import PlanCandidate


def replace(session: Session, plan_id: int, candidates: Sequence[PlanCandidate]) -> None:
    """Put these candidates in place of the plan's, whatever these were."""
    session.execute(delete(PlanCandidate).where(PlanCandidate.plan_id == plan_id))
    session.add_all(candidates)
    session.flush()


def every(session: Session, plan_id: int) -> list[PlanCandidate]:
    """The plan's candidates by number, without the assignments of their pieces."""
    statement = select(PlanCandidate).where(PlanCandidate.plan_id == plan_id).order_by(PlanCandidate.number)
    return list(session.scalars(statement.options(defer(PlanCandidate.assignment), defer(PlanCandidate.grids))))


def get(session: Session, plan_id: int, number: int) -> PlanCandidate:
    """NotFound names how many there are."""
    found = session.scalar(
        select(PlanCandidate).where(PlanCandidate.plan_id == plan_id, PlanCandidate.number == number)
    )
    if found is None:
        known = len(every(session, plan_id))
        raise NotFound(f"no candidate {number}; there are {known or 'none'}: divide with candidates first")
    return found


def choose(session: Session, candidate: PlanCandidate) -> None:
    session.execute(
        update(PlanCandidate)
        .where(PlanCandidate.plan_id == candidate.plan_id)
        .values(chosen=PlanCandidate.number == candidate.number)
    )
