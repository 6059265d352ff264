"""/api/v1/plans/{id}/replay: a plan tried on a file of events, as a run; its files once it has ended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from app.api.dependencies import Planner, Reader, SessionDep, SettingsDep
from app.api.runs import accepted
from app.api.uploads import keep
from app.errors import Conflict, NotFound
from app.files.rows import kind_of
from app.models.runs import Run
from app.rules.time.moments import parse_moment
from app.services import runs
from app.services.plans.plan_judgement import with_grids
from app.services.plans.plan_replay import CELL_M_LEAST
from app.settings import Settings
from app.spatial.judging.replay import CELL_M
from app.store import runs as runs_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as store

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])
FOLDER = "replays"
Part = Literal["rows", "grids", "cells"]
MEDIA = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".json": "application/geo+json",
    ".parquet": "application/vnd.apache.parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".arrows": "application/vnd.apache.arrow.stream",
}


@router.post("/{plan_id}/replay", status_code=202)
def replay(
    plan_id: int,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
    caller: Planner,
    files: Annotated[
        list[UploadFile] | None, File(description="The events: CSV, Parquet, Arrow or GeoJSON; those stored without.")
    ] = None,
    stored_from: Annotated[str | None, Form(description="Stored events from this moment on.")] = None,
    stored_to: Annotated[str | None, Form(description="Stored events before this moment.")] = None,
    lon_field: Annotated[str | None, Form(description="Field of the longitude; guessed without.")] = None,
    lat_field: Annotated[str | None, Form(description="Field of the latitude; guessed without.")] = None,
    at_field: Annotated[str | None, Form(description="Field of each event's moment.")] = None,
    matter_field: Annotated[str | None, Form(description="Field of the matter code.")] = None,
    crs: Annotated[str | None, Form(description="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = None,
    network: Annotated[str | None, Form(description="Network to compare owners with; the unified one.")] = None,
    at: Annotated[str | None, Form(description="Moment for events without one of their own; now without.")] = None,
    cell_m: Annotated[float, Form(ge=CELL_M_LEAST, description="Width of a heat map's cell in metres.")] = CELL_M,
) -> dict[str, Any]:
    """Try a plan on a file of events or on those stored, as a run: who would own them, whose owner changes, how even
    the load is."""
    plan = with_grids(store.by_id(session, plan_id))
    if network:
        networks_store.get(session, network)
    file = keep(settings, files) if files else None
    if file is not None:
        kind_of(file)
    suffix = file.suffix.lower() if file else ".parquet"
    since, until = (
        parse_moment(text, settings.time_zone).isoformat() if text else None for text in (stored_from, stored_to)
    )
    folder = settings.var_dir / FOLDER / uuid4().hex
    folder.mkdir(parents=True)
    order = {
        "plan": plan.name,
        "file": str(file) if file else "",
        "file_name": file.name if file else "",
        "stored_from": since,
        "stored_to": until,
        "lon_field": lon_field,
        "lat_field": lat_field,
        "at_field": at_field,
        "matter_field": matter_field,
        "crs": crs,
        "network": network,
        "at": parse_moment(at, settings.time_zone).isoformat() if at else None,
        "zone": settings.time_zone,
        "cell_m": cell_m,
        "rows": str(folder / f"rows{suffix}"),
        "grids": str(folder / "grids.geojson"),
        "cells": str(folder / "cells.geojson"),
    }
    return accepted(response, session, runs.request(session, caller, "replay_plan", order))


@router.get("/{plan_id}/replay/{run_id}")
def get_replay(plan_id: int, run_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """The figures of a replay."""
    return _ended(session, plan_id, run_id).outcome


@router.get("/{plan_id}/replay/{run_id}/{part}", response_class=FileResponse)
def get_replay_file(
    plan_id: int, run_id: int, part: Part, session: SessionDep, settings: SettingsDep, caller: Reader
) -> FileResponse:
    """What a replay wrote: the events with their owners, the grids with their load, or cells for a heat map."""
    run = _ended(session, plan_id, run_id)
    path = _file(run, part, settings)
    media = MEDIA.get(path.suffix.lower(), "application/octet-stream")
    return FileResponse(path, media_type=media, filename=f"replay_{run_id}_{part}{path.suffix}")


def _ended(session: Session, plan_id: int, run_id: int) -> Run:
    """A replay of this plan that succeeded. Raises NotFound and Conflict."""
    plan, run = store.by_id(session, plan_id), runs_store.get(session, run_id)
    if run.kind != "replay_plan" or run.parameters.get("plan") != plan.name:
        raise NotFound(f"run {run_id} is no replay of plan {plan_id}")
    if run.status != runs_store.SUCCEEDED:
        raise Conflict(f"run {run_id} has nothing to show: it is {run.status}")
    return run


def _file(run: Run, part: str, settings: Settings) -> Path:
    """Only what a request over HTTP had written: a command's files are where its user wanted them."""
    home = (settings.var_dir / FOLDER).resolve()
    path = Path(run.parameters.get(part) or "").resolve()
    if not path.is_relative_to(home) or not path.is_file():
        raise NotFound(f"replay {run.id} has no {part} to fetch")
    return path
