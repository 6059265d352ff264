"""/api/v1/staff/transfers/…: where the posts of a plan's networks go, decided by people."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, SettingsDep
from app.api.moments import At, moment
from app.api.runs import accepted
from app.api.sentences.routes import SpokenRoute
from app.api.staff.staff_lists import MEDIA
from app.files.tables import table_bytes
from app.services import runs
from app.services.staff import transfer_decisions, transfer_effects
from app.services.staff.staff_transfers import list_transfers, propose
from app.services.staff.transfer_decisions import PAGE, Decision
from app.store.plans import plans as plans_store
from app.store.staff import staff_transfers as store
from app.store.staff.staff_transfers import TransferFilter

router = APIRouter(prefix="/api/v1/staff/transfers/{plan_id}", tags=["staff"], route_class=SpokenRoute)
State = Literal["open", "accepted", "leaves"]


class WeightsBody(BaseModel):
    at: str | None = Field(None, description="Moment from which the plan's grids hold; now when not given.")
    continuity: float | None = Field(None, ge=0, description="Price of ground left behind.")
    distance: float | None = Field(None, ge=0, description="Price of a kilometre.")
    balance: float | None = Field(None, ge=0, description="Price of uneven load.")


class DecisionBody(BaseModel):
    state: State = Field(description="`open` takes a decision back.")
    posts: list[int] = Field(default_factory=list, description="Numbers of posts; or `all`.")
    all: bool = Field(False, description="All that are not decided yet; with `open`, all.")
    sure: bool | None = Field(None, description="With `all`: only those that are sure, or not.")
    network: str | None = Field(None, description="With `all`: only posts of this network.")
    grid: str | None = Field(None, description="Another grid of the plan, for one post.")
    role: str | None = Field(None, description="Another role, for one post.")
    why: str = Field("", description="Needed for what differs from the proposal or is not sure.")


class EffectBody(BaseModel):
    valid_from: str | None = Field(None, description="When; the day of the plan's edition when not given.")


@router.get("")
def get_transfers(
    plan_id: int, session: SessionDep, settings: SettingsDep, caller: Reader, now: Now, at: At = None
) -> dict[str, Any]:
    """Where a plan's lineage sends every post of its networks, each with its reason; figures beside a baseline.

    Nothing is kept.
    """
    return propose(session, caller, plans_store.by_id(session, plan_id), moment(at, settings) or now)


@router.get("/list", response_class=Response)
def list_of_transfers(
    plan_id: int,
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    at: At = None,
    end_old: Annotated[bool, Query(description="Let the list end the old posts, too.")] = False,
) -> Response:
    """The proposals as a staff list (.xlsx) to edit and import. Needs the scope `events` or `admin`, too."""
    plan, held = plans_store.by_id(session, plan_id), moment(at, settings) or now
    fields, rows = list_transfers(session, caller, plan, held, settings.time_zone, ends_old=end_old)
    headers = {"Content-Disposition": 'attachment; filename="transfers.xlsx"'}
    return Response(table_bytes(".xlsx", fields, rows), media_type=MEDIA["xlsx"], headers=headers)


@router.post("/proposals", status_code=202)
def keep_proposals(
    plan_id: int, body: WeightsBody, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Make proposals and keep them with the plan (a run); earlier ones and their decisions are replaced."""
    plan = plans_store.by_id(session, plan_id)
    asked = body.model_dump(exclude={"at"}, exclude_none=True)
    parameters = {"plan": plan.name, "at": (moment(body.at, settings) or now).isoformat(), **asked}
    return accepted(response, session, runs.request(session, caller, "propose_transfers", parameters))


@router.get("/proposals")
def list_proposals(
    plan_id: int,
    session: SessionDep,
    caller: Reader,
    state: Annotated[State | None, Query(description="Only these.")] = None,
    sure: Annotated[bool | None, Query(description="Only those that are sure, or not.")] = None,
    edited: Annotated[
        bool | None, Query(description="Only accepted ones that differ from the proposal, or not.")
    ] = None,
    network: Annotated[str | None, Query(description="Only posts of this network.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 1000,
    after: Annotated[int, Query(ge=0, description="`next` of the page before.")] = 0,
) -> dict[str, Any]:
    """The proposals kept, with what was decided on each, by whom and why; their figures; what stands in the way.

    `totals`: where posts and loads would be if an open set took effect as it is decided now.
    """
    plan = plans_store.by_id(session, plan_id)
    held = store.newest(session, plan)
    wanted = TransferFilter(state=state, sure=sure, network=network, edited=edited)
    rows = transfer_decisions.page(session, caller, held, wanted, limit=limit, after=after)
    made = transfer_decisions.describe(session, plan, held)
    problems = transfer_effects.breaches(session, plan, held.valid_from or held.at)
    more = {"problems": problems, "totals": transfer_effects.totals(session, plan)}
    return {**made, **more, "transfers": rows, "next": rows[-1]["post"] if len(rows) == limit else None}


@router.post("/decisions")
def decide(plan_id: int, body: DecisionBody, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Accept proposals, send one elsewhere, let posts leave, or take decisions back; each with who and why."""
    wanted = Decision(body.state, tuple(body.posts), body.all, body.sure, body.network, body.grid, body.role, body.why)
    return transfer_decisions.decide(session, caller, plans_store.by_id(session, plan_id), wanted, now)


@router.post("/effect")
def apply_decided(
    plan_id: int, body: EffectBody, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now
) -> dict[str, Any]:
    """Let what was decided on a published plan take effect; with a publication it does so by itself."""
    plan = plans_store.by_id(session, plan_id)
    return transfer_effects.apply(session, caller, plan, moment(body.valid_from, settings), now)


@router.delete("/effect")
def undo_effect(plan_id: int, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Take back what took effect, before the moment from which it holds."""
    return transfer_effects.undo(session, caller, plans_store.by_id(session, plan_id), now)
