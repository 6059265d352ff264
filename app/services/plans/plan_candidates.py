"""Several plans from one division, kept side by side; one of them is the plan, until another is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models.plan_candidates import PlanCandidate
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.plans import plan_grids, plans
from app.services.plans.division_requests import DivisionRequest, read_request
from app.services.plans.plan_ground import Ground, prepare
from app.services.progress import Progress
from app.spatial.division.division import Division, divide
from app.spatial.division.report import DivisionReport
from app.spatial.division.terms import Weights
from app.spatial.proposals.candidates import SPREAD, Candidate, find_candidates
from app.store.plans import plan_candidates as store
from app.store.plans import plans as plans_store


def find(session: Session, plan: Plan, ground: Ground, progress: Progress) -> Division:
    """Divide with a spread of weights, keep the good and different plans, return the first of them.

    `time_s` is shared by all plans that are tried.
    """
    request, pieces = ground.request, ground.pieces
    each = None if request.time_s is None else request.time_s / len(SPREAD)

    def run(weights: Weights, effort: float | None, say: Any) -> Division:
        effort = effort or request.effort
        return divide(
            pieces, bands=request.bands, weights=weights, rules=ground.rules, seed=request.seed,
            adjacency=ground.adjacency, effort=effort, time_s=None if effort else each, progress=say,
        )  # fmt: skip

    households = pieces["households"].to_numpy(dtype=float)
    mass = households if households.any() else pieces.geometry.area.to_numpy(dtype=float)
    found = find_candidates(
        run, lambda division: plan_grids.measure(ground, division)[1], mass, request.weights,
        count=request.candidates or 1, known=bool(pieces.attrs["networks"]), say=progress,
    )  # fmt: skip
    store.replace(session, plan.id, [_row(plan, ground, at, one) for at, one in enumerate(found, 1)])
    return found[0].division


def forget(session: Session, plan: Plan) -> None:
    """Candidates of an earlier division are none of this one."""
    store.replace(session, plan.id, [])


def describe(session: Session, plan: Plan) -> list[dict[str, Any]]:
    """The plan's candidates as the API and the CLI show them."""
    return [
        {
            "number": one.number,
            "name": one.name,
            "chosen": one.chosen,
            "weights": one.request["weights"],
            "effort": one.report["effort"],
            "grids": one.report["grids"],
            "measures": one.measures,
            "score": one.score,
            "proposals": one.report["proposals"],
            "created_at": one.created_at,
        }
        for one in store.every(session, plan.id)
    ]


def choose_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make a candidate the plan's division. Parameters: `plan` (name), `number`. Edits made since are gone with the
    grids that they were made on."""
    caller.require("plan")
    plan = plans.unpublished(plans_store.get(session, parameters["plan"]))
    plans_store.lock(session, plan)
    candidate = store.get(session, plan.id, int(parameters["number"]))
    progress(0.1, "reading pieces")
    ground = prepare(session, plan, _request(plan, candidate), progress)
    if ground.fingerprint() != candidate.ground:
        raise Conflict(f"the pieces of plan {plan.name!r} are others than when its candidates were found: divide again")
    grids = pd.DataFrame(candidate.grids)
    assignment = np.array(candidate.assignment, dtype=np.int64)
    progress(0.5, "scoring")
    store.choose(session, candidate)
    made = plan_grids.keep(
        session, caller, plan, ground, Division(assignment, grids, DivisionReport(**candidate.report))
    )
    return {"candidate": candidate.number, "name": candidate.name, **made}


def _request(plan: Plan, candidate: PlanCandidate) -> DivisionRequest:
    return read_request(plan, candidate.request)


def _row(plan: Plan, ground: Ground, number: int, found: Candidate) -> PlanCandidate:
    request = replace(ground.request, weights=found.weights, effort=found.division.report.effort)
    return PlanCandidate(
        plan_id=plan.id,
        number=number,
        name=found.name,
        request=request.to_dict(),
        measures=dict(found.measures),
        score=found.score.to_dict(),
        assignment=found.division.assignment.tolist(),
        grids=found.division.grids.to_dict("records"),
        report=found.division.report.to_dict(),
        ground=ground.fingerprint(),
        chosen=number == 1,
    )
