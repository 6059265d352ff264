"""The responsibility matrix over HTTP: of a plan, and of the published grids; exceptions with their reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from app.api.dependencies import Now, Planner, Reader, SessionDep, SettingsDep
from app.api.frames import feature_collection
from app.api.moments import At, moment
from app.api.sentences.routes import SpokenRoute
from app.rules.duties.matters import kind_of
from app.services.duties import duty_audit, plan_matrix
from app.services.duties.duty_audit import Audit
from app.services.networks.networks import UNIFIED
from app.store.duties import duties as store
from app.store.plans import plans as plans_store

router = APIRouter(prefix="/api/v1", tags=["duties"], route_class=SpokenRoute)
Problem = Annotated[
    Literal["unowned", "duplicate", "crossed"] | None, Query(description="Cells with this problem only.")
]
Table = Annotated[str | None, Query(description="Code table; the city's, else the newest standard.")]
Grid = Annotated[str | None, Query(description="All cells of this grid.")]
Code = Annotated[str | None, Query(description="All cells of this matter.")]
Limit = Annotated[int, Query(ge=0, le=10_000)]
Offset = Annotated[int, Query(ge=0)]


class NewException(BaseModel):
    problem: Literal["unowned", "duplicate", "crossed"]
    kind: str = Field(description="matter or component.")
    code: str
    reason: str
    scope: str = Field("", examples=["440115001002", "grid:unified/440115001002J001"])


def of_plan(
    plan_id: int, session: SessionDep, settings: SettingsDep, caller: Reader, now: Now, at: At = None,
    table: Table = None,
) -> Audit:  # fmt: skip
    """The judged matrix of a plan's grids."""
    plan = plans_store.by_id(session, plan_id)
    return duty_audit.audit_plan(session, plan, moment(at, settings) or now, table=table)


def of_network(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    at: At = None,
    network: Annotated[str, Query(description="The network whose grids are judged.")] = UNIFIED,
    table: Table = None,
) -> Audit:
    """The judged matrix of the grids in force at a moment."""
    return duty_audit.audit_network(session, moment(at, settings) or now, network=network, table=table)


OfPlan = Annotated[Audit, Depends(of_plan)]
OfNetwork = Annotated[Audit, Depends(of_network)]


@dataclass(frozen=True)
class Page:
    """Which cells of a matrix are shown."""

    problem: Problem = None
    grid: Grid = None
    code: Code = None
    limit: Limit = 1000
    offset: Offset = 0

    def of(self, made: Audit) -> dict[str, Any]:
        return {**made.to_dict(), "page": plan_matrix.cells(made, **asdict(self))}


PageDep = Annotated[Page, Depends()]


@router.get("/plans/{plan_id}/matrix")
def plan_matrix_of(made: OfPlan, page: PageDep) -> dict[str, Any]:
    """Who leads on each matter on each grid of a plan: the problems with proposals, and cells with their lines."""
    return page.of(made)


@router.get("/plans/{plan_id}/matrix.geojson")
def plan_matrix_map(made: OfPlan) -> Response:
    """The grids of a plan with the number of problems of each kind and their matters, as GeoJSON."""
    return feature_collection(plan_matrix.on_map(made), plan=made.subject["plan"])


@router.get("/duties/audit")
def audit(made: OfNetwork, page: PageDep) -> dict[str, Any]:
    """The same for the grids in force at a moment."""
    return page.of(made)


@router.get("/duties/audit.geojson")
def audit_map(made: OfNetwork) -> Response:
    """The grids in force with the number of problems of each kind and their matters, as GeoJSON."""
    return feature_collection(plan_matrix.on_map(made), network=made.subject["network"])


@router.get("/duties/exceptions")
def list_exceptions(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Problems of the matrix that are let stand, with the reasons."""
    return [duty_audit.describe(row) for row in store.exceptions(session)]


@router.post("/duties/exceptions", status_code=201)
def excuse(body: NewException, session: SessionDep, caller: Planner, now: Now) -> dict[str, Any]:
    """Let a problem of a matter stand, everywhere or on some grids, with its reason."""
    made = duty_audit.excuse(
        session, caller, body.problem, kind_of(body.kind), body.code, body.reason, now, scope=body.scope
    )  # fmt: skip
    return duty_audit.describe(made)


@router.delete("/duties/exceptions/{exception_id}", status_code=204)
def withdraw(exception_id: int, session: SessionDep, caller: Planner, now: Now) -> None:
    """Withdraw an exception; that it was made stays on record."""
    duty_audit.withdraw(session, caller, exception_id, now)
