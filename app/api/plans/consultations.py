"""/api/v1/plans/{id}/consultation and comments for planners; /api/v1/public/plans for everybody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Now, Planner, Reader, SessionDep, SettingsDep
from app.api.frames import feature_collection
from app.api.moments import moment
from app.api.public import PREFIX, Everybody, OnceKey, counted
from app.rules.time.moments import parse_moment
from app.services.plans import consultations
from app.services.plans.consultations import Comment
from app.store.plans import plans as plans_store

router = APIRouter(tags=["plans"])
public = APIRouter(prefix=f"{PREFIX}/plans", tags=["public"])


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ConsultationBody(Strict):
    until: str = Field(description="Moment from which no more comments are taken.")
    since: str | None = Field(None, description="Moment from which they are; now when not given.")
    words: str = Field("", max_length=consultations.LONGEST_TEXT, description="What residents read above the plan.")


class CommentBody(Strict):
    text: str = Field(max_length=consultations.LONGEST_TEXT)
    grid: str = Field("", max_length=100, description="Code of the grid that it is about.")
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None


class AnswerBody(Strict):
    text: str = Field(max_length=consultations.LONGEST_TEXT, description="What everybody reads below the comment.")


class HideBody(Strict):
    why: str = Field(max_length=consultations.LONGEST_TEXT, description="Kept in the trail.")


@router.get("/api/v1/plans/{plan_id}/consultation")
def get_consultation(plan_id: int, session: SessionDep, caller: Reader, now: Now) -> dict[str, Any] | None:
    """Whether a plan is open for comment, until when, how many came; null for a plan that never was."""
    return consultations.of_plan(session, plans_store.by_id(session, plan_id), now)


@router.put("/api/v1/plans/{plan_id}/consultation")
def put_consultation(
    plan_id: int, body: ConsultationBody, session: SessionDep, settings: SettingsDep, caller: Planner, now: Now
) -> dict[str, Any]:
    """Open a divided plan for comment by everybody, or change until when and the words."""
    until, since = parse_moment(body.until, settings.time_zone), moment(body.since, settings)
    plan = plans_store.by_id(session, plan_id)
    return consultations.consult(session, caller, plan, until, now, since=since, words=body.words)


@router.delete("/api/v1/plans/{plan_id}/consultation")
def end_consultation(plan_id: int, session: SessionDep, caller: Planner, now: Now) -> dict[str, Any]:
    """Take no more comments from now on; those that came stay."""
    return consultations.end(session, caller, plans_store.by_id(session, plan_id), now)


@router.get("/api/v1/plans/{plan_id}/comments")
def list_comments(plan_id: int, session: SessionDep, caller: Planner) -> list[dict[str, Any]]:
    """What people said of a plan, newest first, with the grid and place that it is about."""
    return consultations.comments(session, caller, plans_store.by_id(session, plan_id))


@router.put("/api/v1/plans/{plan_id}/comments/{comment_id}/answer")
def answer_comment(
    plan_id: int, comment_id: int, body: AnswerBody, session: SessionDep, caller: Planner, now: Now
) -> dict[str, Any]:
    """Answer a comment, or answer it anew: everybody sees both from then on."""
    return consultations.answer(session, caller, plans_store.by_id(session, plan_id), comment_id, body.text, now)


@router.put("/api/v1/plans/{plan_id}/comments/{comment_id}/hidden")
def hide_comment(
    plan_id: int, comment_id: int, body: HideBody, session: SessionDep, caller: Planner, now: Now
) -> dict[str, Any]:
    """Hide a comment from everybody but planners, for a reason; it stays on record."""
    return consultations.hide(session, caller, plans_store.by_id(session, plan_id), comment_id, body.why, now)


@router.delete("/api/v1/plans/{plan_id}/comments/{comment_id}/hidden")
def show_comment(plan_id: int, comment_id: int, session: SessionDep, caller: Planner) -> dict[str, Any]:
    """Hide a comment no longer."""
    return consultations.show(session, caller, plans_store.by_id(session, plan_id), comment_id)


@public.get("/{plan_id}/comments", dependencies=[counted("look")])
def list_answered(plan_id: int, session: SessionDep, caller: Everybody, now: Now) -> list[dict[str, Any]]:
    """Comments on an open plan that were answered, with their answers."""
    return consultations.answered(session, plan_id, now)


@public.get("", dependencies=[counted("look")])
def list_open_plans(session: SessionDep, caller: Everybody, now: Now) -> list[dict[str, Any]]:
    """Draft plans that everybody may comment on, the first to close first."""
    return consultations.open_plans(session, now)


@public.get("/{plan_id}/grids.geojson", dependencies=[counted("look")])
def get_open_grids(plan_id: int, session: SessionDep, caller: Everybody, now: Now) -> Response:
    """Grids of a draft plan as GeoJSON, without their figures."""
    told, grids = consultations.open_grids(session, plan_id, now)
    return feature_collection(grids, **told)


@public.post("/{plan_id}/comments", status_code=201, dependencies=[counted("comment")])
def post_comment(
    plan_id: int, body: CommentBody, response: Response, session: SessionDep, caller: Everybody, now: Now, key: OnceKey
) -> dict[str, Any]:
    """Comment on a draft plan: 201 for a new comment, 200 for one that is known."""
    made, is_new = consultations.comment(session, caller, plan_id, Comment(**body.model_dump()), now, key)
    response.status_code = 201 if is_new else 200
    return made
