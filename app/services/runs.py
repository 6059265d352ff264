"""Runs: what was asked is recorded first; then whoever holds the run's lock executes it (see app/worker.py)."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.runs import Run
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.progress import Progress
from app.store import runs as store


class Step(Protocol):
    """One kind of run: does all its work in the session it is given, so that it happens whole or not at all."""

    def __call__(
        self, session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress
    ) -> dict[str, Any]: ...


STEPS: dict[str, str] = {  # kind → MODULE:FUNCTION below app.services, imported when a run of the kind begins
    "import_network": "networks.editions:import_network_step",
    "import_layer": "networks.layers:import_layer_step",
    "consolidate": "plans.plan_consolidation:consolidate_step",
    "divide": "plans.plan_division:divide_step",
    "optimise_plan": "plans.plan_edits:optimise_rest_step",
    "choose_candidate": "plans.plan_candidates:choose_step",
    "publish_plan": "plans.plan_publication:publish_step",
    "import_events": "cases.event_import:import_events_step",
    "replay_plan": "plans.plan_replay:replay_step",
    "propose_transfers": "staff.transfer_decisions:keep_step",
    "compute_scores": "scores.scores:compute_step",
    "publish_edition": "networks.editions:publish_step",
}


def step(kind: str) -> Step:
    """What does the work of a run of this kind; a kind that is not in `STEPS` is a KeyError."""
    module, _, name = STEPS[kind].partition(":")
    found: Step = getattr(importlib.import_module(f"app.services.{module}"), name)
    return found


def request(session: Session, caller: Caller, kind: str, parameters: dict[str, Any]) -> Run:
    """Record a run; it begins once the transaction is durable and a worker takes it."""
    if kind not in STEPS:
        raise InputError(f"no kind of run {kind!r}; there are: {', '.join(sorted(STEPS))}")
    run = store.add(session, kind=kind, parameters=parameters, requested_by=caller.name, scopes=sorted(caller.scopes))
    audit.record(session, caller, f"request {kind}", f"run/{run.id}", after=parameters)
    return run


def cancel(session: Session, caller: Caller, run_id: int) -> Run:
    """Ask a run to stop; what it did so far is undone."""
    run = store.get(session, run_id)
    if run.status in store.ENDED:
        raise Conflict(f"run {run_id} has ended: {run.status}")
    store.ask_cancel(session, run)
    audit.record(session, caller, "cancel", f"run/{run_id}")
    return run


def owner(run: Run) -> Caller:
    """The caller on whose behalf the run acts."""
    return Caller(name=run.requested_by, scopes=frozenset(run.scopes), origin=f"run/{run.id}")


def describe(run: Run) -> dict[str, Any]:
    """The run as the API and the CLI show it."""
    return {
        "id": run.id,
        "kind": run.kind,
        "status": run.status,
        "progress": run.progress,
        "message": run.message,
        "requested_by": run.requested_by,
        "parameters": run.parameters,
        "outcome": run.outcome,
        "error": run.error,
        "attempts": run.attempts,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
