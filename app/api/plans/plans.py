"""/api/v1/plans: made, consolidated, divided, scored, compared, published."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Planner, Reader, SessionDep, SettingsDep
from app.api.frames import boxed_collection, feature_collection, rows
from app.api.runs import accepted
from app.api.sentences.routes import SpokenRoute
from app.rules.time.moments import parse_moment
from app.services import runs
from app.services.networks import exports
from app.services.plans import plan_comparison, plans
from app.store.plans import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"], route_class=SpokenRoute)
WithGeometry = Annotated[
    bool, Query(description="False: shapes are left out, each feature has its `bbox`; for who draws tiles of the plan.")
]
BandBody = Annotated[list[float], Field(min_length=3, max_length=3, description="[minimum, target, maximum]")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPlan(Strict):
    name: str
    networks: list[str] = Field(description="Codes of the networks; their newest editions are taken.")
    areas: str | None = Field(None, description="Layer of administrative areas that grids nest in.")
    cuts: list[str] = Field(default_factory=list, description="Layers that also cut pieces.")
    crs: str | None = Field(None, description="Metric system to compute in; chosen by the place.")
    seed: int = 1


class Consolidation(Strict):
    grid_size: float | None = Field(None, description="Precision grid in metres.")
    sliver_area: float | None = Field(None, description="A sliver is smaller than this, in m² …")
    sliver_width: float | None = Field(None, description="… and narrower than this, in metres.")
    conflate: float | None = Field(
        None, ge=0, description="First bring borders together that are no further apart than this, in metres."
    )
    authority: list[str] | None = Field(
        None, description="Networks (and `areas`, cut layers): each is drawn onto those before it when conflating."
    )
    quantities: list[str] = Field(
        default_factory=list, description="Layers to take quantities from; all that have any."
    )


class Bands(Strict):
    resident: BandBody | None = None
    business: BandBody | None = None
    institution: BandBody | None = None


class LoadBody(Strict):
    quantity: str
    weight: float = Field(1.0, ge=0, description="How dear a deviation is against that of the kind's own quantity.")
    band: BandBody | None = Field(None, description="None: an even share, whatever it comes to.")


Place = int | Annotated[list[float], Field(min_length=2, max_length=2)]


class BridgeBody(Strict):
    start: Place = Field(alias="from", description="Number of a piece, or [longitude, latitude].")
    end: Place = Field(alias="to", description="Number of a piece, or [longitude, latitude].")
    why: str = ""


class DivisionBody(Strict):
    """What is null or left out among `area_bands`, `bridges`, `compounds` and `refused_splits` stays as it was asked
    last for the plan."""

    bands: Bands = Bands()
    weights: dict[str, float] = Field(
        default_factory=dict, description="balance, compact, stable, follow, barrier, station; slack"
    )
    area_bands: dict[str, dict[str, BandBody]] | None = Field(None, description="Area → kind → its band there.")
    loads: dict[str, list[LoadBody]] = Field(default_factory=dict, description="Kind → further quantities to share.")
    stations: str | None = Field(None, description="Layer of stations for the weight `station`; all when not named.")
    bridges: list[BridgeBody] | None = Field(None, description="Places joined though they do not touch.")
    compounds: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        None, description="Compound or campus → into how many grids; 1: a grid of its own."
    )
    locked: list[str] | None = Field(None, description="Codes of grids that stay; null: those that bear a lock.")
    refused_splits: list[Place] | None = Field(None, description="Pieces that are not to be split.")
    strict: bool = Field(False, description="A wish that cannot be met is an error.")
    candidates: int | None = Field(None, ge=1, le=5, description="So many plans to choose from.")
    seed: int | None = None
    time_s: float | None = Field(None, gt=0, le=3600, description="Seconds to search; unset: a fixed number of steps.")
    effort: float | None = Field(None, gt=0, description="Proposals per piece: repeats a timed run exactly.")


class Publication(Strict):
    valid_from: str = Field(description="Moment from which the new grids hold.", examples=["2026-12-01"])
    excuse: str = Field("", description="Reason to publish despite breaches; kept with the edition.")


@router.get("")
def list_plans(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """All plans, oldest first."""
    return [plans.describe(session, plan) for plan in store.every(session)]


@router.post("", status_code=201)
def create_plan(body: NewPlan, response: Response, session: SessionDep, caller: Planner) -> dict[str, Any]:
    """Make a plan from the newest editions of some networks."""
    plan = plans.create(
        session, caller, body.name, body.networks, areas=body.areas, cuts=body.cuts, crs=body.crs, seed=body.seed
    )
    response.headers["Location"] = f"/api/v1/plans/{plan.id}"
    return plans.describe(session, plan)


@router.get("/{plan_id}")
def get_plan(plan_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One plan with the figures of its consolidation, division and score."""
    return plans.describe(session, store.by_id(session, plan_id))


@router.post("/{plan_id}/consolidate", status_code=202)
def consolidate(
    plan_id: int, body: Consolidation, response: Response, session: SessionDep, caller: Planner
) -> dict[str, Any]:
    """Overlay the networks, areas and cuts into pieces, as a run."""
    options = body.model_dump(exclude={"quantities"}, exclude_none=True)
    plan = plans.unpublished(store.by_id(session, plan_id))
    parameters = {"plan": plan.name, "options": options, "quantities": body.quantities}
    return accepted(response, session, runs.request(session, caller, "consolidate", parameters))


@router.post("/{plan_id}/divide", status_code=202)
def divide(
    plan_id: int, body: DivisionBody, response: Response, session: SessionDep, caller: Planner
) -> dict[str, Any]:
    """Divide the pieces into resident, business and institution grids, as a run."""
    plan = plans.unpublished(store.by_id(session, plan_id))
    parameters = {"plan": plan.name, **body.model_dump(by_alias=True)}
    return accepted(response, session, runs.request(session, caller, "divide", parameters))


@router.post("/{plan_id}/publish", status_code=202)
def publish(
    plan_id: int, body: Publication, response: Response, session: SessionDep, settings: SettingsDep, caller: Planner
) -> dict[str, Any]:
    """Check the plan and publish its grids in the unified network, as a run; refused with the list of breaches."""
    plan = plans.unpublished(store.by_id(session, plan_id))
    starts = parse_moment(body.valid_from, settings.time_zone).isoformat()
    parameters = {"plan": plan.name, "valid_from": starts, "excuse": body.excuse}
    return accepted(response, session, runs.request(session, caller, "publish_plan", parameters))


@router.get("/{plan_id}/pieces")
def get_pieces(plan_id: int, session: SessionDep, caller: Reader, *, geometry: WithGeometry = True) -> Response:
    """Pieces of a plan as GeoJSON, with source grids, kind, grid and quantities."""
    return _geojson(session, plan_id, "pieces", geometry=geometry)


@router.get("/{plan_id}/grids")
def get_grids(plan_id: int, session: SessionDep, caller: Reader, *, geometry: WithGeometry = True) -> Response:
    """Grids of a plan as GeoJSON, with quantities and scores."""
    return _geojson(session, plan_id, "grids", geometry=geometry)


@router.get("/{plan_id}/lineage")
def get_lineage(plan_id: int, session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Old grid → new grid, with shares of ground and quantities."""
    return rows(exports.plan_frame(session, store.by_id(session, plan_id), "lineage"))


@router.get("/{plan_id}/score")
def get_score(plan_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """Scores of a plan by the four principles."""
    return plans.score(session, store.by_id(session, plan_id))


@router.get("/{plan_id}/crosswalk")
def get_crosswalk(
    plan_id: int,
    session: SessionDep,
    caller: Reader,
    a: Annotated[str, Query(description="A network of the plan.")],
    b: Annotated[str, Query(description="Another network of the plan.")],
) -> list[dict[str, Any]]:
    """Which grids of two networks share ground and households."""
    return plan_comparison.crosswalk_rows(session, store.by_id(session, plan_id), a, b)


def _geojson(session: SessionDep, plan_id: int, what: str, *, geometry: bool) -> Response:
    plan = store.by_id(session, plan_id)
    told = {"plan": plan.id, "name": plan.name, "version": plan.version, "content_hash": plan.content_hash}
    frame = exports.plan_frame(session, plan, what, boxes=not geometry)
    return feature_collection(frame, **told) if geometry else boxed_collection(frame, **told)
