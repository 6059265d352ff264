"""The division of a plan's pieces into grids: kinds, grids near their target, scores, codes, lineage."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict
from app.rules.accounts.access import Caller
from app.services.plans import plan_candidates, plan_grids, plans
from app.services.plans.division_requests import read_request
from app.services.plans.plan_ground import prepare
from app.services.progress import Progress
from app.spatial.division.division import divide
from app.store.plans import plans as store


def divide_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Parameters: `plan` (name) and what `DivisionRequest` has. With `candidates` the best of several plans is taken,
    and the others are kept to choose from."""
    caller.require("plan")
    plan = plans.unpublished(store.get(session, parameters["plan"]))
    store.lock(session, plan)
    if plan.status == store.DRAFT:
        raise Conflict(f"plan {plan.name!r} has no pieces yet: consolidate it first")
    request = read_request(plan, parameters)
    progress(0.05, "reading pieces")
    ground = prepare(session, plan, request, progress)
    say = progress.within(0.15, 0.75)
    if request.candidates is not None:
        found = plan_candidates.find(session, plan, ground, say)
    else:
        plan_candidates.forget(session, plan)
        found = divide(
            ground.pieces, bands=request.bands, weights=request.weights, rules=ground.rules, seed=request.seed,
            adjacency=ground.adjacency, time_s=request.time_s, effort=request.effort, progress=say,
        )  # fmt: skip
    progress(0.8, "scoring")
    made = plan_grids.keep(session, caller, plan, ground, found)
    return made | {"candidates": plan_candidates.describe(session, plan)}
