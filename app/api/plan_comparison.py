"""/api/v1/plans/{id}/compare: plans side by side, and where two of them disagree."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.dependencies import Reader, SessionDep
from app.api.frames import feature_collection
from app.errors import InputError
from app.services import plan_comparison
from app.store import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])
More = Annotated[
    list[str] | None,
    Query(alias="with", description="Ids of further plans, repeated or joined by commas."),
]


@router.get("/{plan_id}/compare/{other_id}")
def compare(plan_id: int, other_id: int, session: SessionDep, caller: Reader, more: More = None) -> dict[str, Any]:
    """Two or more plans side by side: principles, sizes, shapes, what they cut, who changes grid, loads."""
    ids = [plan_id, other_id, *_ids(more)]
    return plan_comparison.compare(session, [store.by_id(session, each) for each in ids])


@router.get("/{plan_id}/compare/{other_id}/differences")
def differences(plan_id: int, other_id: int, session: SessionDep, caller: Reader) -> Response:
    """Where two plans disagree, as GeoJSON: ground whose grid is not the one that stands for its grid in the other."""
    plan, other = store.by_id(session, plan_id), store.by_id(session, other_id)
    apart = plan_comparison.disagreements(session, plan, other)
    return feature_collection(apart, plan=plan.id, other=other.id)


def _ids(more: list[str] | None) -> list[int]:
    texts = [text.strip() for listed in more or () for text in listed.split(",") if text.strip()]
    wrong = [text for text in texts if not (text.isascii() and text.isdigit() and len(text) < 10)]
    if wrong:
        raise InputError(f"`with` takes ids of plans, not {wrong[0]!r}")
    return [int(text) for text in texts]
