"""/api/v1/staff/…: lists in and out, the audit, rosters, staffing rules."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from pydantic import BaseModel, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, SettingsDep
from app.api.frames import feature_collection
from app.api.lookup.lookup import LookupDep
from app.api.moments import At, moment
from app.api.sentences.routes import SpokenRoute
from app.errors import InputError
from app.files.tables import read_table, table_bytes
from app.rules.accounts.personal_data import sees_people
from app.rules.staff.staffing import MOST_LOAD
from app.services.staff import staff_map
from app.services.staff.staff import audit_staff, list_staff
from app.services.staff.staff_import import StaffOrder, import_staff
from app.services.staff.staff_index import View
from app.services.staff.staff_rules import NewRule, describe, set_rule
from app.store.staff import posts as store

router = APIRouter(prefix="/api/v1/staff", tags=["staff"], route_class=SpokenRoute)
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
NetworkText = Annotated[str | None, Query(description="Code of a network; all without.")]


class RuleBody(BaseModel):
    role: str = Field(examples=["网格员"])
    least: int = Field(ge=0)
    most: int | None = Field(None, description="Any number when not given.")
    network: str | None = Field(None, description="Any network when not given.")
    kind: str | None = Field(None, description="resident, business or institution; any when not given.")
    valid_from: str | None = Field(None, description="Moment from which it holds; now when not given.")


@router.post("/imports")
def import_list(
    session: SessionDep,
    settings: SettingsDep,
    caller: Admin,
    now: Now,
    file: Annotated[UploadFile, File(description="A staff list, .xlsx or CSV. It is read and not kept.")],
    network: Annotated[str | None, Form(description="Network of rows that name none.")] = None,
    any_grid: Annotated[bool, Form(description="Take codes that no edition has, too.")] = False,
    complete: Annotated[bool, Form(description="End the posts of its networks that the list does not name.")] = False,
    dry_run: Annotated[bool, Form(description="Say what would change and what is wrong; store nothing.")] = False,
) -> dict[str, Any]:
    """Import a staff list at once: all or nothing, as versions; the same list again changes nothing."""
    order = StaffOrder(network, any_grid, complete, dry_run, settings.time_zone)
    return import_staff(session, caller, read_table(file.file, file.filename or "upload"), order, now)


@router.get("/export", response_class=Response)
def export_list(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    at: At = None,
    network: NetworkText = None,
    format: Annotated[str, Query(description="xlsx, csv or json.")] = "xlsx",
    english: Annotated[bool, Query(description="English headings.")] = False,
) -> Response:
    """The posts held at a moment as a list that the import takes back. Needs the scope `events` or `admin`, too."""
    if format not in MEDIA:
        raise InputError(f"no format {format!r}: choose one of {', '.join(MEDIA)}")
    held = moment(at, settings) or now
    fields, rows = list_staff(
        session, caller, held, settings.time_zone, network=network, english=english or format == "json"
    )
    headers = {"Content-Disposition": f'attachment; filename="staff.{format}"'}
    return Response(table_bytes(f".{format}", fields, rows), media_type=MEDIA[format], headers=headers)


@router.get("/audit")
def get_audit(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    at: At = None,
    network: NetworkText = None,
    most_load: Annotated[float, Query(gt=0, description="Days' work that one person may have.")] = MOST_LOAD,
) -> dict[str, Any]:
    """Vacancies, surpluses, double posts, overloads and posts on grids that are no more, each with a proposal."""
    return audit_staff(session, caller, moment(at, settings) or now, network, most_load)


@router.get("/audit.geojson")
def get_audit_map(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    network: Annotated[str, Query(description="Code of a network.")],
    at: At = None,
) -> Response:
    """The grids in force with the number of their posts, of vacant roles and of surpluses, as GeoJSON."""
    held = moment(at, settings) or now
    return feature_collection(staff_map.staffed_grids(session, caller, network, held), network=network)


@router.get("/roster")
def get_roster(
    lookup: LookupDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    network: Annotated[str, Query(description="Code of the network.")],
    grid: Annotated[str, Query(description="Code of the grid.")],
    at: At = None,
    as_known_at: Annotated[str | None, Query(description="As it was known at this moment.")] = None,
) -> dict[str, Any]:
    """Who is on duty on a grid at a moment, who stands in, and why."""
    lookup.asked([network])
    known = moment(as_known_at, settings)
    view = View(moment(at, settings) or now, settings.time_zone, known, sees_people(caller.scopes))
    return {"network": network, "grid": grid, "at": view.at, "staff": lookup.snapshot.staff.shown(network, grid, view)}


@router.get("/roles")
def list_roles(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Roles of posts: the standard ones and those of the place, each with its share of a full day's work."""
    return [
        {"code": role.code, "name": role.name, "load": role.load, "local": role.local} for role in store.roles(session)
    ]


@router.get("/rules")
def list_rules(
    session: SessionDep, settings: SettingsDep, caller: Reader, now: Now, at: At = None
) -> list[dict[str, Any]]:
    """The staffing rules that hold at a moment."""
    return [describe(rule) for rule in store.rules(session, moment(at, settings) or now)]


@router.post("/rules", status_code=201)
def add_rule(body: RuleBody, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Say how many of a role a grid needs from a moment on; the rule before ends there."""
    starts = moment(body.valid_from, settings) or now
    wanted = NewRule(body.role, body.least, starts, body.most, body.network, body.kind)
    return describe(set_rule(session, caller, wanted, now))
