"""/api/v1/appeals: objections to what a score counts of a case."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app import db, worker
from app.api.dependencies import Now, SessionDep, SettingsDep, require
from app.api.moments import moment
from app.rules.accounts.access import Caller
from app.services import runs
from app.services.scores import appeals

router = APIRouter(prefix="/api/v1/appeals", tags=["appeals"])
Worker = Annotated[Caller, require("events")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AppealBody(Strict):
    score: int = Field(description="Number of the score.")
    event: int = Field(description="Number of the case.")
    against: str = Field(max_length=100, description="A count that the case is in, or a rule that took points for it.")
    reason: str = Field(max_length=appeals.LONGEST)


class DecisionBody(Strict):
    outcome: Literal["upheld", "refused", "withdrawn"]
    reason: str = Field(max_length=appeals.LONGEST)
    exclude: list[str] = Field(default_factory=list, description="Groups of counts that the case is taken out of.")
    due_at: str | None = Field(None, description="Corrected deadline of the case.")


@router.post("", status_code=201)
def file_appeal(body: AppealBody, response: Response, session: SessionDep, caller: Worker, now: Now) -> dict[str, Any]:
    """Object to what a score counts of a case; refused with every reason where that is not possible (409)."""
    made = appeals.file(session, caller, body.score, body.event, body.against, body.reason, now)
    response.headers["Location"] = f"/api/v1/appeals/{made['id']}"
    return made


@router.get("")
def list_appeals(
    session: SessionDep, caller: Worker,
    event: Annotated[int | None, Query(description="Of one case.")] = None,
    is_open: Annotated[bool | None, Query(alias="open", description="Not decided yet, or decided.")] = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Appeals with their decisions, newest first."""
    return appeals.page(session, caller, event=event, is_open=is_open)


@router.get("/{appeal_id}")
def get_appeal(appeal_id: int, session: SessionDep, caller: Worker) -> dict[str, Any]:
    """One appeal with its decision."""
    return appeals.get(session, caller, appeal_id)


@router.post("/{appeal_id}/decision")
def decide_appeal(
    appeal_id: int, body: DecisionBody, session: SessionDep, settings: SettingsDep, caller: Worker, now: Now
) -> dict[str, Any]:
    """Uphold or refuse an appeal (`admin`, not one's own), or withdraw one's own. An upheld one is a step of the case;
    `runs` are those that tell the scores of its periods again."""
    due = moment(body.due_at, settings)
    decision = appeals.Decision(body.outcome, body.reason, tuple(body.exclude), due)
    made = appeals.decide(session, caller, appeal_id, decision, now)
    return {**made, "runs": _tell_again(session, caller, made, settings.time_zone)}


def _tell_again(session: Session, caller: Caller, made: dict[str, Any], zone: str) -> list[int]:
    """Runs that compute the periods anew, once the decision is durable."""
    wanted = [{"period": name, "zone": zone, "cause": made["cause"]} for name in made["periods"]]
    requested = [runs.request(session, caller, "compute_scores", each).id for each in wanted]
    if requested:
        url = session.get_bind().engine.url.render_as_string(hide_password=False)
        db.after_commit(session, lambda: worker.enqueue(url, requested))
    return requested
