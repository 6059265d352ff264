"""/api/v1/plans/{id}/edits: a divided plan changed by hand, one edit at a time, each on the version it was made on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from pydantic_core import to_json

from app.api.dependencies import Now, Planner, Reader, SessionDep
from app.api.plans.plans import Strict
from app.api.runs import accepted
from app.api.sentences.routes import SpokenRoute
from app.services import runs
from app.services.plans import division_requests, plan_edits, plans
from app.services.plans.plan_workspaces import Workspaces
from app.spatial.editing import edits
from app.spatial.editing.optimising import Optimise
from app.store.plans import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"], route_class=SpokenRoute)
LonLat = Annotated[list[float], Field(min_length=2, max_length=2, description="[longitude, latitude]")]
Kind = Literal["resident", "business", "institution"]


class AssignBody(Strict):
    do: Literal["assign"]
    pieces: list[int] = Field(min_length=1, description="Numbers of the pieces.")
    grid: str | None = Field(None, description="Code of the grid that gets them; without one they become a new grid.")

    def edit(self) -> edits.Assign:
        return edits.Assign(tuple(self.pieces), self.grid)


class SplitBody(Strict):
    do: Literal["split"]
    grid: str
    line: list[LonLat] = Field(min_length=2, description="A line right across the grid.")
    cut: bool = Field(False, description="Cut pieces along the line; else it snaps to their borders.")

    def edit(self) -> edits.Split:
        return edits.Split(self.grid, _places(self.line), self.cut)


class DrawBody(Strict):
    do: Literal["draw"]
    ring: list[LonLat] = Field(min_length=3, description="Corners of the area that becomes a grid.")
    cut: bool = Field(False, description="Cut pieces along its border; else those mostly inside are taken.")
    kind: Kind | None = Field(None, description="Kind of the new grid; that of most of its ground.")
    name: str = Field("", max_length=edits.NAME_LENGTH_MAX)

    def edit(self) -> edits.Draw:
        return edits.Draw(_places(self.ring), self.cut, self.kind, self.name)


class MergeBody(Strict):
    do: Literal["merge"]
    grids: list[str] = Field(min_length=2, description="The largest keeps its code.")

    def edit(self) -> edits.Merge:
        return edits.Merge(tuple(self.grids))


class OptimiseBody(Strict):
    do: Literal["optimise"]
    grid: str
    into: int = Field(ge=2, le=50, description="Into so many connected, even grids.")
    seed: int = 1
    weights: dict[str, float] = Field(default_factory=dict, description="balance, compact, stable, follow, …")

    def edit(self) -> Optimise:
        return Optimise(self.grid, self.into, self.seed, division_requests.read_weights(self.weights))


class LockBody(Strict):
    do: Literal["lock"]
    grid: str
    reason: str

    def edit(self) -> edits.Lock:
        return edits.Lock(self.grid, self.reason)


class UnlockBody(Strict):
    do: Literal["unlock"]
    grid: str

    def edit(self) -> edits.Unlock:
        return edits.Unlock(self.grid)


class KindBody(Strict):
    do: Literal["kind"]
    grid: str
    kind: Kind
    reason: str

    def edit(self) -> edits.SetKind:
        return edits.SetKind(self.grid, self.kind, self.reason)


class RenameBody(Strict):
    do: Literal["rename"]
    grid: str
    name: str = Field(max_length=edits.NAME_LENGTH_MAX)

    def edit(self) -> edits.Rename:
        return edits.Rename(self.grid, self.name)


class UndoBody(Strict):
    do: Literal["undo"]


class RedoBody(Strict):
    do: Literal["redo"]


Wish = Annotated[
    AssignBody | SplitBody | DrawBody | MergeBody | OptimiseBody | LockBody | UnlockBody | KindBody | RenameBody
    | UndoBody | RedoBody,
    Field(discriminator="do"),
]  # fmt: skip


class EditBody(Strict):
    version: int = Field(description="The plan's version that the edit was made on; a stale one is refused (409).")
    edit: Wish


class RestBody(Strict):
    version: int | None = Field(None, description="The plan's version; unset: whatever it is when the run begins.")
    weights: dict[str, float] = Field(default_factory=dict, description="balance, compact, stable, follow, …")
    seed: int | None = None
    time_s: float | None = Field(None, gt=0, le=3600, description="Seconds to search; unset: a fixed number of steps.")


async def workspaces(request: Request) -> Workspaces:
    return request.app.state.workspaces


InMemory = Annotated[Workspaces, Depends(workspaces)]


@router.post("/{plan_id}/edits", response_model=None)
def edit_plan(
    plan_id: int, body: EditBody, session: SessionDep, caller: Planner, known: InMemory, now: Now
) -> Response:
    """One edit of a plan; answers the changed grids with new scores and broken rules."""
    plan = store.by_id(session, plan_id)
    on: dict[str, Any] = {"version": body.version, "now": now}
    if isinstance(body.edit, UndoBody):
        made = plan_edits.undo(session, caller, plan, known, **on)
    elif isinstance(body.edit, RedoBody):
        made = plan_edits.redo(session, caller, plan, known, **on)
    else:
        made = plan_edits.make(session, caller, plan, body.edit.edit(), known, **on)
    return Response(to_json(made, inf_nan_mode="null"), media_type="application/json")


@router.post("/{plan_id}/edits/open", status_code=204)
def open_plan(plan_id: int, session: SessionDep, caller: Planner, known: InMemory) -> None:
    """Read a divided plan into memory, so that its first edit is answered as soon as those after it."""
    plan_edits.open_for_edits(session, caller, store.by_id(session, plan_id), known)


@router.get("/{plan_id}/edits")
def list_edits(
    plan_id: int,
    session: SessionDep,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=plan_edits.PAGE)] = plan_edits.PAGE,
    before: Annotated[int | None, Query(description="Only versions below this one.")] = None,
) -> list[dict[str, Any]]:
    """The history of a plan, newest first: who, when, what, and whether it is undone."""
    return plan_edits.history(session, store.by_id(session, plan_id), limit=limit, before=before)


@router.post("/{plan_id}/optimise", status_code=202)
def optimise_rest(
    plan_id: int, body: RestBody, response: Response, session: SessionDep, caller: Planner
) -> dict[str, Any]:
    """Divide all grids but the locked ones anew, as one edit and as a run."""
    plan = plans.unpublished(store.by_id(session, plan_id))
    parameters = {"plan": plan.name, **body.model_dump()}
    return accepted(response, session, runs.request(session, caller, "optimise_plan", parameters))


def _places(places: list[list[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((lon, lat) for lon, lat in places)
