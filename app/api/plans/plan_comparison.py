"""/api/v1/plans/{id}/compare: plans side by side, and where two of them disagree."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.dependencies import Reader, SessionDep
from app.api.frames import feature_collection
from app.errors import InputError
from app.services.plans import plan_comparison, plan_replay
from app.store import runs as runs_store
from app.store.plans import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])
More = Annotated[
    list[str] | None,
    Query(alias="with", description="Ids of further plans, repeated or joined by commas."),
]

Replays = Annotated[
    list[str] | None,
    Query(description="Runs of replays of these plans, one each: how even their events are comes along."),
]


@router.get("/{plan_id}/compare/{other_id}")
def compare(
    plan_id: int, other_id: int, session: SessionDep, caller: Reader, more: More = None, replay: Replays = None
) -> dict[str, Any]:
    """Two or more plans side by side: principles, sizes, shapes, what they cut, who changes grid, loads."""
    plans = [store.by_id(session, each) for each in (plan_id, other_id, *_ids(more, "with"))]
    named = {plan.name: plan for plan in plans}
    events = {}
    for run_id in _ids(replay, "replay"):
        name = str(runs_store.get(session, run_id).parameters.get("plan"))
        if name not in named:
            raise InputError(f"run {run_id} is no replay of a plan that is compared")
        events[name] = plan_replay.summary_of(session, named[name], run_id)
    return plan_comparison.compare(session, plans, events)


@router.get("/{plan_id}/compare/{other_id}/differences")
def differences(plan_id: int, other_id: int, session: SessionDep, caller: Reader) -> Response:
    """Where two plans disagree, as GeoJSON: ground whose grid is not the one that stands for its grid in the other."""
    plan, other = store.by_id(session, plan_id), store.by_id(session, other_id)
    apart = plan_comparison.disagreements(session, plan, other)
    return feature_collection(apart, plan=plan.id, other=other.id)


def _ids(ids: list[str] | None, name: str) -> list[int]:
    texts = [text.strip() for listed in ids or () for text in listed.split(",") if text.strip()]
    wrong = [text for text in texts if not (text.isascii() and text.isdigit() and len(text) < 10)]
    if wrong:
        raise InputError(f"`{name}` takes ids, not {wrong[0]!r}")
    return [int(text) for text in texts]
