"""/api/v1/duties: who leads on what, where, when and by when; lists in and out; claims and exceptions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response, UploadFile
from pydantic import BaseModel, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, SettingsDep, require
from app.api.moments import At, KnownAt, moment
from app.api.sentences.routes import SpokenRoute
from app.api.uploads import keep
from app.files.lists import ListFile
from app.rules.accounts.access import Caller
from app.rules.duties.duties import Place
from app.rules.duties.matters import kind_of
from app.services.duties import duties, duty_import
from app.services.duties.duty_rows import LIST, Order
from app.store.duties import duties as store

router = APIRouter(prefix="/api/v1/duties", tags=["duties"], route_class=SpokenRoute)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Operator = Annotated[Caller, require("events")]


class NewDuty(BaseModel):
    """One line, in the words of a list (docs/duties.md)."""

    kind: str = Field(description="matter or component.")
    code: str = Field(description="A matter's code, the first digits of a class, or *.")
    lead: str = Field("", description="The department; empty for a line of owners.")
    scope: str = Field("everywhere", examples=["440115001", "grid:governance/0304", "owner:水务集团"])
    number: str = Field("", description="Identity of the line; made from what it says when empty.")
    list_name: str = Field(LIST, alias="list")
    table: str = Field("", description="Code table; the city's, else the newest standard in force.")
    hours: str = Field("", examples=["周一-周五 22:00-06:00"])
    role: str = ""
    assistants: str = Field("", description="Departments, joined by commas.")
    limits: str = Field("", examples=["停工 4 工作时; 处罚 7 日"])
    closing: str = ""
    basis: str = ""
    replaces: bool = Field(False, description="It stands in place of wider lines, as meant.")
    valid_from: str | None = Field(None, description="Moment from which it holds; now when not given.")
    valid_to: str | None = None


class End(BaseModel):
    at: str | None = Field(None, description="Moment up to which it holds; now when not given.")


class Claim(BaseModel):
    kind: str
    code: str
    object: str = Field(description="Name or code of the object whose owner is not known.")
    department: str


@router.get("")
def list_duties(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    at: At = None,
    as_known_at: KnownAt = None,
    matter: Annotated[str | None, Query(description="Code of a matter: its own lines and those of its class.")] = None,
    lead: Annotated[str | None, Query(description="Department that leads.")] = None,
    list_name: Annotated[str | None, Query(alias="list", description="One list.")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:
    """Duty lines that hold at a moment, as known now or then."""
    known = moment(as_known_at, settings)
    held = moment(at, settings) or now
    found = duties.search(session, held, known, matter=matter, lead=lead, list_name=list_name)
    return {"total": len(found), "limit": limit, "offset": offset, "duties": found[offset : offset + limit]}


@router.post("")
def add_duty(body: NewDuty, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Add a line, or change the one with this number from a moment on; the old version stays on record."""
    told = body.model_dump(exclude={"list_name"}) | {"replaces": "yes" if body.replaces else ""}
    cells = {name: value or "" for name, value in told.items()}
    order = Order(moment(body.valid_from, settings) or now, settings.time_zone, body.list_name)
    return duty_import.import_rows(session, caller, order, ListFile("duty", [*cells], [(1, cells)]), now)


@router.post("/imports")
def import_duties(
    session: SessionDep,
    settings: SettingsDep,
    caller: Admin,
    now: Now,
    files: list[UploadFile],
    list_name: Annotated[str, Form(alias="list", description="The list that the file is.")] = LIST,
    valid_from: Annotated[str | None, Form(description="Moment from which changes hold; now when not given.")] = None,
    end_missing: Annotated[bool, Form(description="End lines of the list that the file lacks.")] = False,
    add_departments: Annotated[bool, Form(description="Add the departments that nobody knows yet.")] = False,
    dry_run: Annotated[bool, Form(description="Say what would change, store nothing.")] = False,
) -> dict[str, Any]:
    """Import a list (.xlsx or CSV): all or nothing; says what is added, changed, unchanged and missing."""
    caller.require("admin")
    order = Order(moment(valid_from, settings) or now, settings.time_zone, list_name, end_missing, add_departments)
    return duty_import.import_duties(session, caller, order, keep(settings, files), now, dry_run=dry_run)


@router.get(".xlsx")
def export_duties(session: SessionDep, settings: SettingsDep, caller: Reader, now: Now, at: At = None) -> Response:
    """The lines that hold at a moment as a workbook that can be imported again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "duties.xlsx"
        duty_import.export_duties(session, moment(at, settings) or now, path)
        return Response(path.read_bytes(), media_type=XLSX)


@router.get("/choice")
def choose(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    kind: Annotated[str, Query(description="matter or component.")],
    code: Annotated[str, Query(description="Code of the matter.")],
    at: At = None,
    as_known_at: KnownAt = None,
    area: Annotated[str, Query(description="Code of the area.")] = "",
    grid_kind: Annotated[str, Query(description="resident, business or institution.")] = "",
    grid: Annotated[list[str] | None, Query(description="NETWORK/CODE, one for each network.")] = None,
    owner: Annotated[str | None, Query(description="Owner of the object.")] = None,
    claimed: Annotated[str | None, Query(alias="object", description="The object, for one that was claimed.")] = None,
) -> dict[str, Any]:
    """Who leads on a matter at a place and moment, and why the other lines do not."""
    held = moment(at, settings) or now
    known = moment(as_known_at, settings)
    grids = dict(each.partition("/")[::2] for each in grid or [])
    place = Place(area=area, kind=grid_kind, grids=grids, owner=owner)
    matter = duties.find_matter(session, kind_of(kind), code, held)
    zone = settings.time_zone
    made = duties.choose_at(session, matter, place, held, zone, as_known_at=known, claimed=claimed)
    return {"at": held, **made.to_dict()}


@router.get("/claims")
def list_claims(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Objects without a known owner and who claimed them first."""
    names = ("kind", "code", "object", "candidates", "department", "claimed_by", "claimed_at")
    return [{name: getattr(row, name) for name in names} for row in store.claims(session)]


@router.post("/claims", status_code=201)
def claim(body: Claim, session: SessionDep, caller: Operator, now: Now) -> dict[str, Any]:
    """Claim an object whose owner is not known; the first of the candidates gets it."""
    matter = duties.find_matter(session, kind_of(body.kind), body.code, now)
    return dict(duties.claim(session, caller, matter, body.object, body.department, now))


@router.get("/{number}")
def get_duty(number: str, session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """All that was ever recorded of a line, in the order in which it was."""
    return duties.history(session, number)


@router.post("/{number}/end", status_code=204)
def end_duty(number: str, body: End, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now) -> None:
    """End a line; what was believed before stays on record."""
    duties.end(session, caller, number, moment(body.at, settings) or now, now)
