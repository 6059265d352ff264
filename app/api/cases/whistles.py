"""Whistles (吹哨报到) over HTTP: departments called to a case, their answers, arrivals and scores, and the figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Now, Reader, SessionDep, SettingsDep, require
from app.api.moments import moment
from app.errors import InputError
from app.rules.accounts.access import Caller
from app.rules.cases.whistles import STARS, score_of_stars
from app.services.cases import whistles
from app.services.cases.events import LONGEST_TEXT
from app.store.cases.whistles import WhistleFilter

router = APIRouter(prefix="/api/v1", tags=["whistles"])
Worker = Annotated[Caller, require("events")]
Since = Annotated[str | None, Query(alias="from", description="Called from this moment on.")]
Until = Annotated[str | None, Query(alias="to", description="Called before this moment.")]
DepartmentText = Annotated[str | None, Query(description="One that was called.")]
GridText = Annotated[str | None, Query(description="Code of the grid that whistled.")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewWhistle(Strict):
    departments: list[str] = Field(min_length=1, max_length=50, description="All are called, or none.")
    within_minutes: float | None = Field(None, gt=0, le=525_600, description="Time limit for their arrival.")
    reason: str = Field("", max_length=LONGEST_TEXT)


class AnswerBody(Strict):
    department: str = Field(max_length=200)
    reason: str = Field("", max_length=LONGEST_TEXT)


class ArrivalBody(AnswerBody):
    lon: float | None = Field(None, ge=-180, le=180, description="Where it arrived, in WGS 84.")
    lat: float | None = Field(None, ge=-90, le=90)


class ScoreBody(AnswerBody):
    score: float | None = Field(None, ge=0, le=100, description="0 to 100 …")
    stars: float | None = Field(None, ge=1, le=STARS, description="… or 1 to 5.")


@router.get("/whistles")
def list_whistles(
    session: SessionDep, settings: SettingsDep, caller: Worker, now: Now, department: DepartmentText = None,
    grid: GridText = None, since: Since = None, until: Until = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[dict[str, Any]]:  # fmt: skip
    """Whistles of all cases, newest first: when called, answered and arrived, whether late, score."""
    wanted = WhistleFilter(department, grid, moment(since, settings), moment(until, settings))
    return whistles.page(session, caller, wanted, now, limit)


@router.get("/whistles/figures")
def get_figures(
    session: SessionDep, settings: SettingsDep, caller: Reader, now: Now,
    by: Annotated[Literal["department", "grid"], Query(description="Who was called, or the grid that called.")] = (
        "department"
    ),
    department: DepartmentText = None, grid: GridText = None, since: Since = None, until: Until = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Calls, shares answered and arrived, late ones, median minutes to arrival and mean score."""
    wanted = WhistleFilter(department, grid, moment(since, settings), moment(until, settings))
    return whistles.measured(session, caller, wanted, now, by)


@router.get("/events/{event_id}/whistles")
def whistles_of(event_id: int, session: SessionDep, caller: Worker, now: Now) -> list[dict[str, Any]]:
    """The whistles of a case."""
    return whistles.of_case(session, event_id, now)


@router.post("/events/{event_id}/whistles", status_code=201)
def whistle(event_id: int, body: NewWhistle, session: SessionDep, caller: Worker, now: Now) -> list[dict[str, Any]]:
    """Whistle for one or several departments."""
    until = None if body.within_minutes is None else now + timedelta(minutes=body.within_minutes)
    return whistles.call(session, caller, event_id, body.departments, now, until=until, reason=body.reason)


@router.post("/events/{event_id}/whistles/answer")
def answer(event_id: int, body: AnswerBody, session: SessionDep, caller: Worker, now: Now) -> list[dict[str, Any]]:
    """A department answers (应哨)."""
    return whistles.respond(session, caller, event_id, whistles.ANSWER, body.department, now, reason=body.reason)


@router.post("/events/{event_id}/whistles/arrive")
def arrive(event_id: int, body: ArrivalBody, session: SessionDep, caller: Worker, now: Now) -> list[dict[str, Any]]:
    """A department has arrived (报到)."""
    if (body.lon is None) != (body.lat is None):
        raise InputError("a point has `lon` and `lat`")
    point = None if body.lon is None or body.lat is None else (body.lon, body.lat)
    return whistles.respond(
        session, caller, event_id, whistles.ARRIVE, body.department, now, reason=body.reason, point=point
    )


@router.post("/events/{event_id}/whistles/score")
def score(event_id: int, body: ScoreBody, session: SessionDep, caller: Worker, now: Now) -> list[dict[str, Any]]:
    """Who whistled scores a department that arrived."""
    if (body.score is None) == (body.stars is None):
        raise InputError("give `score` or `stars`, one of them")
    points = body.score if body.stars is None else score_of_stars(body.stars)
    return whistles.respond(
        session, caller, event_id, whistles.SCORE, body.department, now, reason=body.reason, score=points
    )
