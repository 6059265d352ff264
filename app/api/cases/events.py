"""/api/v1/events: what is reported, and its case step by step."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Admin, AnyCaller, Now, Planner, Reader, SessionDep, SettingsDep, require
from app.api.lookup.lookup import LookupDep
from app.api.moments import moment
from app.api.runs import accepted
from app.api.uploads import keep
from app.errors import InputError
from app.rules.accounts.access import Caller
from app.rules.cases.trail import Step
from app.services import runs
from app.services.cases import attachments, case_moves, cases, event_import, event_traces, events
from app.services.lookup.lookup import AnswerRules
from app.settings import Settings
from app.store.cases.events import EventFilter

router = APIRouter(prefix="/api/v1/events", tags=["events"])
Worker = Annotated[Caller, require("events")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", description="Names one report of this caller.")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReporterBody(Strict):
    name: str | None = Field(None, max_length=100)
    phone: str | None = Field(None, max_length=50)


class SightingBody(Strict):
    """Where, when and what: a point in any system, or a line or polygon."""

    lon: float | None = Field(None, allow_inf_nan=False, description="Longitude, or x in metres when `crs` has metres.")
    lat: float | None = Field(None, allow_inf_nan=False, description="Latitude, or y.")
    crs: str = Field("wgs84", description="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")
    accuracy_m: float | None = Field(None, ge=0, allow_inf_nan=False, description="How far off the position may be.")
    at: str | None = Field(None, description="Moment of the event; now when not given.")
    kind: str = Field("matter", description="matter or component.")
    matter: str = Field("", description="Code of the matter; without one the text may tell it.")
    text: str = Field("", description="What it is, in words.")
    component: str = Field("", max_length=300, description="LAYER/CODE of the object that it is about.")
    object: str = Field(
        "", max_length=300, description="Another object that it is about: business:…, external:…, address:…."
    )
    component_owner: str = Field("", max_length=200, description="Whose that object is, where it is known.")
    grids: list[str] = Field(default_factory=list, max_length=200, description="Codes of the grids that it is on.")
    shape: dict[str, Any] | None = Field(None, description="A GeoJSON line or polygon in `crs` instead of a point.")

    def report(self, settings: Settings, **more: Any) -> events.Report:
        """The report that these fields make, with others of it. InputError without a place."""
        if (self.lon is None or self.lat is None) and self.shape is None:
            raise InputError("where is it? give lon and lat, or a shape")
        told = {name: getattr(self, name) for name in SightingBody.model_fields if name not in ("at", "grids")}
        place = {"lon": self.lon or 0.0, "lat": self.lat or 0.0}
        return events.Report(**{**told, **place, **more}, grids=tuple(self.grids), at=moment(self.at, settings))


class EventBody(SightingBody):
    address: str = ""
    source: str = Field(events.OWN_SOURCE, min_length=1, max_length=100, description="The system that reports.")
    external_id: str | None = Field(None, max_length=200, description="The source's own number: one event each.")
    reporter: ReporterBody | None = None
    seen: bool = Field(False, description="Seen by the grid's own people: needs no check before it is filed.")


class StepBody(Strict):
    action: str = Field(description="verify, file, dispatch, accept, return, …: what `actions` of the event lists.")
    receiver: str = Field("", max_length=200, description="Department that it goes to.")
    reason: str = Field("", max_length=events.LONGEST_TEXT)
    until: str | None = Field(None, description="Moment, of request_delay.")
    score: float | None = Field(None, ge=0, le=100, description="0 to 100, of evaluate and score_whistle.")
    passed: bool | None = Field(None, description="Of verify (before) and check (after the work).")
    into: int | None = Field(None, description="The event that this one is merged into.")
    condition: str | None = Field(None, max_length=200, description="Of meet: the time limit that is met.")
    attachments: list[int] = Field(default_factory=list, description="Numbers of attachments of the event.")


class MovesBody(Strict):
    reason: str
    events: list[int] | None = Field(None, description="Only these; all whose move is not unclear when not given.")
    besides: list[int] = Field(default_factory=list, description="Not these.")


class LastResortBody(Strict):
    area: str = Field("", description="Code of an area or its leading digits; empty is everywhere.")
    department: str


@router.post("", status_code=201)
def post_event(
    body: EventBody, response: Response, session: SessionDep, settings: SettingsDep, caller: Worker, now: Now,
    lookup: LookupDep, key: Key = None,
) -> dict[str, Any]:  # fmt: skip
    """Report something: 201 with its route, deadline and what may be the same; 200 for one that is known already."""
    person = body.reporter or ReporterBody(name=None, phone=None)
    more = {name: getattr(body, name) for name in ("address", "source", "external_id", "seen")}
    report = body.report(settings, **more, reporter_name=person.name, reporter_phone=person.phone)
    made, is_new = events.post(session, caller, lookup, report, _rules(settings), now, key)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/v1/events/{made['id']}"
    return made


@router.post("/imports", status_code=202)
def import_events(
    response: Response, session: SessionDep, settings: SettingsDep, caller: Worker,
    files: Annotated[list[UploadFile], File(description="CSV, .xlsx, Parquet, Arrow or GeoJSON.")],
    source: Annotated[str, Form(description="The system that the events' numbers are of.")],
    crs: Annotated[str, Form(description="EPSG:n, wgs84, cgcs2000, gcj02 or bd09, for rows that say none.")] = "wgs84",
    fields: Annotated[str, Form(description='JSON object, meaning → column: {"at": "受理时间"}')] = "{}",
    dry_run: Annotated[bool, Form(description="Check and route, store nothing.")] = False,
) -> dict[str, Any]:  # fmt: skip
    """Take a table of events in, as a run: each event once by its source and number, routed, with a case."""
    file = keep(settings, files)
    order = event_import.ImportOrder(
        file=str(file), file_name=file.name, source=source, crs=crs, fields=_fields(fields), zone=settings.time_zone,
        nearest_limit_m=settings.nearest_limit_m, dry_run=dry_run,
    )  # fmt: skip
    return accepted(response, session, runs.request(session, caller, "import_events", asdict(order)))


@router.get("")
def list_events(
    session: SessionDep, settings: SettingsDep, caller: AnyCaller, now: Now,
    bbox: Annotated[str | None, Query(description="west,south,east,north in WGS 84.")] = None,
    kind: Annotated[str | None, Query(description="matter or component.")] = None,
    matter: Annotated[str | None, Query(description="Code of a matter, or its leading digits.")] = None,
    status: Annotated[str | None, Query(description="A stage, open, closed, unrouted or unowned.")] = None,
    holder: Annotated[str | None, Query(description="Department that has the case now.")] = None,
    grid: Annotated[str | None, Query(description="Code of a grid.")] = None,
    since: Annotated[str | None, Query(alias="from", description="Events from this moment on.")] = None,
    until: Annotated[str | None, Query(alias="to", description="Events before this moment.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(description="Only events with a lower number: the next page.")] = None,
) -> dict[str, Any]:  # fmt: skip
    """Events with their cases, newest first, without trails; `next` is what `before` takes for the next page."""
    wanted = EventFilter(
        _box(bbox), kind, matter, status, holder, grid, moment(since, settings), moment(until, settings)
    )
    found = events.page(session, caller, wanted, now, limit=limit, before=before)
    return {"events": found, "next": found[-1]["id"] if len(found) == limit else None}


@router.get("/moves")
def list_moves(
    session: SessionDep, settings: SettingsDep, caller: Planner, now: Now, lookup: LookupDep
) -> list[dict[str, Any]]:
    """Where open cases would go after a re-division, with the reason and how certain it is."""
    return case_moves.proposals(session, lookup, _rules(settings), now)


@router.post("/moves")
def move_cases(
    body: MovesBody, session: SessionDep, settings: SettingsDep, caller: Planner, now: Now, lookup: LookupDep
) -> dict[str, Any]:
    """Move open cases to the owners of the new edition; each move is a step of its trail."""
    return case_moves.move(
        session, caller, lookup, _rules(settings), now, events=body.events, besides=body.besides, reason=body.reason
    )


@router.get("/last-resorts")
def list_last_resorts(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Who answers in which area where nobody else does (属地兜底)."""
    return events.last_resorts(session)


@router.put("/last-resorts")
def put_last_resort(body: LastResortBody, session: SessionDep, caller: Admin, now: Now) -> list[dict[str, Any]]:
    """Name the department that answers in an area where nobody else does."""
    events.put_last_resort(session, caller, body.area, body.department, now)
    return events.last_resorts(session)


@router.get("/{event_id}")
def get_event(event_id: int, session: SessionDep, caller: AnyCaller, now: Now) -> dict[str, Any]:
    """One event with its case, route, trail, whistles and attachments."""
    return events.get(session, caller, event_id, now)


@router.get("/{event_id}/trace")
def get_trace(
    event_id: int, session: SessionDep, settings: SettingsDep, caller: AnyCaller, now: Now, lookup: LookupDep
) -> dict[str, Any]:
    """How an event came to its owner, in words and as kept; and told again as known then, as known now and as if it
    happened today, each with what is different and why."""
    return event_traces.trace(session, caller, lookup, event_id, _rules(settings), now)


@router.get("/{event_id}/duplicates")
def list_duplicates(event_id: int, session: SessionDep, caller: Worker) -> list[dict[str, Any]]:
    """Events that may be the same thing: near in place, matter and time, the likest first."""
    return events.duplicates(session, event_id)


@router.post("/{event_id}/steps")
def take_step(
    event_id: int, body: StepBody, session: SessionDep, settings: SettingsDep, caller: Worker, now: Now
) -> dict[str, Any]:
    """Take a step of a case; refused with every reason where it is not possible (409)."""
    detail = {name: value for name in ("passed", "into", "condition") if (value := getattr(body, name)) is not None}
    until = moment(body.until, settings)
    wanted = Step(
        body.action, now, caller.name, body.receiver.strip(), body.reason, until, body.score, detail,
        tuple(body.attachments),
    )  # fmt: skip
    return {"id": event_id, **cases.step(session, caller, event_id, wanted)}


@router.post("/{event_id}/attachments", status_code=201)
def attach(
    event_id: int, session: SessionDep, settings: SettingsDep, caller: Worker,
    file: Annotated[UploadFile, File(description="A picture or document.")],
    of: Annotated[Literal["before", "after", "other"], Form(description="Before or after the work.")] = "other",
) -> dict[str, Any]:  # fmt: skip
    """Keep a file of an event; a step then names it by its number."""
    return attachments.add(
        session, caller, event_id, file.file, settings.var_dir, name=file.filename or "",
        media_type=file.content_type or "", moment=of,
    )  # fmt: skip


@router.get("/{event_id}/attachments/{attachment_id}", response_class=FileResponse)
def get_attachment(
    event_id: int, attachment_id: int, session: SessionDep, settings: SettingsDep, caller: Worker
) -> FileResponse:
    """The bytes of an attachment, always as a download: a page sent in as a picture must not run here."""
    found, path = attachments.find(session, caller, event_id, attachment_id, settings.var_dir)
    return FileResponse(path, media_type="application/octet-stream", filename=found.name)


@router.delete("/{event_id}/reporter", status_code=204)
def erase_reporter(event_id: int, session: SessionDep, caller: Admin, now: Now) -> None:
    """Erase who reported an event; the event and its trail stay."""
    events.erase_reporter(session, caller, event_id, now)


def _rules(settings: Settings) -> AnswerRules:
    return AnswerRules(settings.time_zone, settings.nearest_limit_m)


def _fields(text: str) -> dict[str, str]:
    try:
        made = json.loads(text)
    except ValueError:
        made = None
    if not isinstance(made, dict) or not all(isinstance(value, str) for value in made.values()):
        raise InputError("fields: not a JSON object of meaning → column")
    return made


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"bbox: {text!r} is not west,south,east,north") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(f"bbox: {text!r} is no box of degrees")
    return west, south, east, north
