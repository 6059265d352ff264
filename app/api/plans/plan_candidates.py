"""/api/v1/plans/{plan_id}/candidates: several plans of one division, and the choice among them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from app.api.dependencies import Planner, Reader, SessionDep
from app.api.runs import accepted
from app.services import runs
from app.services.plans import plan_candidates, plans
from app.store.plans import plan_candidates as candidates_store
from app.store.plans import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])


@router.get("/{plan_id}/candidates")
def list_candidates(plan_id: int, session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """The plans that the last division found: weights, measures, score, what each is good at."""
    return plan_candidates.describe(session, store.by_id(session, plan_id))


@router.post("/{plan_id}/candidates/{number}/choose", status_code=202)
def choose_candidate(
    plan_id: int, number: int, response: Response, session: SessionDep, caller: Planner
) -> dict[str, Any]:
    """Make a candidate the plan's division, as a run; edits made since are gone."""
    plan = plans.unpublished(store.by_id(session, plan_id))
    candidates_store.get(session, plan.id, number)
    parameters = {"plan": plan.name, "number": number}
    return accepted(response, session, runs.request(session, caller, "choose_candidate", parameters))
