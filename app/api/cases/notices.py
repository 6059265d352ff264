"""Prior notice of plans to departments, and objections to it, over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import AnyCaller, Now, Planner, Reader, SessionDep, SettingsDep
from app.api.moments import moment
from app.files.writing import write_frames
from app.rules.time.moments import parse_moment
from app.services.cases import notices, objections
from app.store.cases import notices as store
from app.store.plans import plans as plans_store

router = APIRouter(prefix="/api/v1", tags=["notices"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewNotice(Strict):
    valid_from: str = Field(description="Moment from which the plan is to hold.", examples=["2026-12-01"])
    answer_by: str | None = Field(None, description="Until when objections are wanted.")


class NewObjection(Strict):
    reason: str
    about: str = Field("", max_length=200, description="A grid, matter or case of the notice; all of it when empty.")


class AnswerBody(Strict):
    accepted: bool = Field(description="True: the plan is to be changed.")
    reason: str


class WithdrawalBody(Strict):
    reason: str


@router.get("/plans/{plan_id}/notices")
def list_notices(plan_id: int, session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Notices of a plan that were given, with the length of each list; `is_current`: of the plan as it is now."""
    return notices.of_plan(session, plans_store.by_id(session, plan_id))


@router.post("/plans/{plan_id}/notices/preview")
def preview(
    plan_id: int, body: NewNotice, session: SessionDep, settings: SettingsDep, caller: Planner, now: Now
) -> list[dict[str, Any]]:
    """What each affected department would be told; nothing is kept."""
    plan = plans_store.by_id(session, plan_id)
    return notices.preview(session, caller, plan, parse_moment(body.valid_from, settings.time_zone), now)


@router.post("/plans/{plan_id}/notices", status_code=201)
def give_notice(
    plan_id: int, body: NewNotice, session: SessionDep, settings: SettingsDep, caller: Planner, now: Now
) -> list[dict[str, Any]]:
    """Give notice of a plan to each department that it concerns; sent by webhook (`notice.given`) and kept."""
    plan = plans_store.by_id(session, plan_id)
    starts = parse_moment(body.valid_from, settings.time_zone)
    return notices.give(session, caller, plan, starts, now, answer_by=moment(body.answer_by, settings))


@router.get("/notices")
def list_all_notices(
    session: SessionDep, caller: Reader,
    department: Annotated[str | None, Query(description="Those to one department.")] = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Notices of all plans, the newest first, with the number of objections that nobody answered."""
    return notices.every(session, department)


@router.get("/notices/{notice_id}.xlsx")
def get_workbook(notice_id: int, session: SessionDep, caller: Reader) -> Response:
    """The lists of a notice as a workbook."""
    notice = store.get(session, notice_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notice.xlsx"
        write_frames(notices.frames(notice), path, metadata=notices.metadata(notice))
        headers = {"Content-Disposition": f'attachment; filename="notice-{notice_id}.xlsx"'}
        return Response(path.read_bytes(), media_type=XLSX, headers=headers)


@router.get("/notices/{notice_id}")
def get_notice(notice_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """A notice with its lists of grids, duties and cases gained and lost, and the objections to it."""
    return notices.get(session, notice_id)


@router.get("/objections")
def list_objections(
    session: SessionDep,
    caller: Reader,
    plan: Annotated[int | None, Query(description="Number of a plan.")] = None,
    status: Annotated[Literal["open", "answered", "withdrawn"] | None, Query(description="Of one status.")] = None,
) -> list[dict[str, Any]]:
    """Objections to notices, oldest first."""
    return objections.every(session, plan_id=plan, status=status)


@router.post("/notices/{notice_id}/objections", status_code=201)
def make_objection(
    notice_id: int, body: NewObjection, session: SessionDep, caller: AnyCaller, now: Now
) -> dict[str, Any]:
    """Object to a notice, with the reason. Needs the scope `events` or `plan`."""
    return objections.make(session, caller, notice_id, body.reason, now, about=body.about)


@router.post("/objections/{objection_id}/answer")
def answer(objection_id: int, body: AnswerBody, session: SessionDep, caller: Planner, now: Now) -> dict[str, Any]:
    """Answer an objection: accepted or not, with the reason."""
    return objections.answer(session, caller, objection_id, body.accepted, body.reason, now)


@router.post("/objections/{objection_id}/withdraw")
def withdraw(
    objection_id: int, body: WithdrawalBody, session: SessionDep, caller: AnyCaller, now: Now
) -> dict[str, Any]:
    """Withdraw an objection, with the reason; only whoever made it may."""
    return objections.withdraw(session, caller, objection_id, body.reason, now)
