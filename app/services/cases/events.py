"""Events: taken in once, routed, given a case; nothing that is reported is refused for gaps of ours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError
from app.models.cases import Case
from app.models.events import Event
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import mask_name, mask_phone, sees_people
from app.rules.cases.actions import OPEN, STAGES
from app.rules.cases.duplicates import Candidate, Window, offered
from app.rules.cases.objects import check_key
from app.rules.duties.matter_text import is_clear
from app.rules.duties.matters import MATTER, check_code, kind_of
from app.services.accounts import audit
from app.services.cases import attachments, cases
from app.services.cases.event_places import Sighting, on_shape
from app.services.cases.event_routing import Routing, route_event
from app.services.cases.route_answers import People, answer_of
from app.services.cases.routing_index import RoutingIndex
from app.services.duties import matter_words
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.cases import cases as cases_store
from app.store.cases import events as store
from app.store.cases.events import EventFilter

DUPLICATES = Window()
STATUSES = (*STAGES, "open", "closed", "unrouted", "unowned")
OWN_SOURCE = "onegrid"
COMPONENT = "component"
LONGEST_TEXT = 10_000
LATER = ("object", "component", "component_owner", "grids", "shape", "reported_at")
KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody reports: a place in any coordinate system, a moment, what it is, from whom.

    `seen`: by the grid's own people or a sensor of theirs, so that it needs no check before it is filed. `component`,
    `object`, `component_owner`, `grids`, `shape`: see `event_places.Sighting`. Without a matter the text may tell it.
    `reported_at`: to the source, which may have kept it for a while; limits count from then.
    """

    lon: float
    lat: float
    crs: str = "wgs84"
    accuracy_m: float | None = None
    at: datetime | None = None
    kind: str = MATTER
    matter: str = ""
    text: str = ""
    address: str = ""
    source: str = OWN_SOURCE
    external_id: str | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None
    seen: bool = False
    component: str = ""
    object: str = ""
    component_owner: str = ""
    grids: tuple[str, ...] = ()
    shape: Mapping[str, Any] | None = None
    reported_at: datetime | None = None

    def digest(self) -> str:
        """The same for the same report; tells whether a repeated request is one."""
        said = asdict(self)
        for name in LATER:  # digests made before there were these hold
            if not said[name]:
                del said[name]
        told = json.dumps(said, default=str, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def post(
    session: Session, caller: Caller, lookup: Lookup, report: Report, rules: AnswerRules, now: datetime,
    key: str | None = None,
) -> tuple[dict[str, Any], bool]:  # fmt: skip
    """Take a report in, once: the event as `get` answers it with `duplicates` that may be the same, and whether it is
    new. A key of the caller, or the source's own number, names one event; two at once make one.

    Raises InputError for coordinates that are no place, Conflict for a key that was used for another report.
    """
    caller.require("events")
    wanted, digest = checked(report, now), report.digest()
    if key is not None and not KEY.fullmatch(key):
        raise InputError("an idempotency key has 1 to 255 printable ASCII characters")
    known = _known(session, caller, wanted, digest, key)
    if known is not None:
        return known, False
    assert wanted.at is not None
    lookup.refresh()
    index = lookup.routing.current(session)
    wanted, heard = heard_matter(index, wanted)
    routing = route_event(session, lookup, sighting_of(wanted, now), rules, index=index)
    event_id = store.add(session, columns_of(wanted, caller, routing, now, digest, key), routing.lon, routing.lat)
    if event_id is None:  # somebody else was faster, and has committed
        known = _known(session, caller, wanted, digest, key)
        assert known is not None
        return known, False
    event = store.get(session, event_id)
    cases.open_case(session, event, routing, caller.name, now, verified=wanted.seen)
    people = People(lookup.snapshot.staff, sees_people(caller.scopes))
    audit.record(
        session, caller, "report", f"event/{event_id}", after={"routing": routing.kind, "owner": routing.owner}
    )
    made = get(session, caller, event_id, now)
    more = {"answer": answer_of(routing.trace, people), "duplicates": duplicates(session, event_id)}
    return {**made, **more, "suggestions": heard}, True


def sighting_of(report: Report, now: datetime) -> Sighting:
    """What is routed of a report; a point on the shape where it has one."""
    assert report.at is not None
    made = Sighting(
        lon=report.lon, lat=report.lat, crs=report.crs, accuracy_m=report.accuracy_m, at=report.at,
        since=report.reported_at or now, recorded_at=now,
        kind=report.kind, matter=report.matter, component=report.component, object=report.object,
        owner=report.component_owner,
        grids=report.grids, shape=report.shape,
    )  # fmt: skip
    return made if report.shape is None else on_shape(made)


def heard_matter(index: RoutingIndex, report: Report, *, sure: bool = True) -> tuple[Report, list[dict[str, Any]]]:
    """The report with the matter that its text tells, where it names none: the likest, if it is clear or need not be
    `sure`; and what the text may mean, the likest first."""
    if report.matter or not report.text.strip() or report.at is None:
        return report, []
    found = index.suggest(report.text, report.at)
    told = [matter_words.describe(each) for each in found]
    if not found or (sure and not is_clear(found)):
        return report, told
    return replace(report, kind=found[0].matter.kind, matter=found[0].matter.code), told


def get(session: Session, caller: Caller, event_id: int, now: datetime) -> dict[str, Any]:
    """One event with its case, its trail, its whistles and attachments. Raises NotFound."""
    check_reader(caller)
    event, case = store.get(session, event_id), cases_store.get(session, event_id)
    state = cases.state_of(session, event_id)
    return {
        **_event(event, store.place(session, event_id), caller),
        **cases.describe(case, state, now),
        "route": case.route,
        "whistles": [asdict(call) for call in state.whistles],
        "trail": [cases.describe_step(row) for row in cases_store.steps(session, event_id)],
        "attachments": [attachments.describe(each) for each in store.attachments(session, event_id)],
    }


def page(
    session: Session, caller: Caller, wanted: EventFilter, now: datetime, *, limit: int = 100, before: int | None = None
) -> list[dict[str, Any]]:
    """Events with their cases, newest first; without trails."""
    check_reader(caller)
    if wanted.status is not None and wanted.status not in STATUSES:
        raise InputError(f"no status {wanted.status!r}: {', '.join(STATUSES)}")
    return [
        {**_event(event, (lon, lat), caller), **_brief(case, now)}
        for event, case, lon, lat in store.page(session, wanted, sorted(OPEN), limit=limit, before=before)
    ]


def duplicates(session: Session, event_id: int) -> list[dict[str, Any]]:
    """Events that may be the same thing, the likest first: offered, never merged by themselves."""
    event = store.get(session, event_id)
    lon, lat = store.place(session, event_id)
    reach = DUPLICATES.distance_m + event.uncertainty_m
    found = [
        Candidate(near.event, near.kind, near.matter, near.distance_m, near.apart)
        for near in store.near(session, lon, lat, event.at, reach, DUPLICATES.time, event_id)
    ]
    return [
        {"event": like.event, "score": like.score, "distance_m": round(like.distance_m, 1),
         "minutes": round(like.apart.total_seconds() / 60)}
        for like in offered(event.kind, event.matter, found, DUPLICATES, event.uncertainty_m)
    ]  # fmt: skip


def erase_reporter(session: Session, caller: Caller, event_id: int, now: datetime) -> None:
    """Nothing is left of who reported it; the event and its trail stay."""
    caller.require("admin")
    event = store.get(session, event_id)
    event.reporter_name = event.reporter_phone = None
    event.reporter_erased_at = event.reporter_erased_at or now
    session.flush()
    audit.record(session, caller, "erase reporter", f"event/{event_id}")


def put_last_resort(session: Session, caller: Caller, area: str, department: str, now: datetime) -> None:
    """Who answers in an area where nobody else does; '' is everywhere."""
    caller.require("admin")
    if (area and not area.isascii()) or len(area) > 20:
        raise InputError(f"{area!r} is no code of an area, nor its leading digits")
    if not department.strip():
        raise InputError("name a department")
    store.put_last_resort(session, area, department.strip(), caller.name, now)
    audit.record(session, caller, "put last resort", f"area/{area or '*'}", after={"department": department.strip()})


def last_resorts(session: Session) -> list[dict[str, Any]]:
    return [{"area": row.area, "department": row.department} for row in store.last_resorts(session)]


def check_reader(caller: Caller) -> None:
    """Events are read by whoever reports them or looks owners up; who reported is masked for all but the former."""
    if caller.scopes.isdisjoint({"events", "lookup"}):
        raise Forbidden(
            f"this needs the scope 'events' or 'lookup'; {caller.name} has {sorted(caller.scopes) or 'none'}"
        )


def checked(report: Report, now: datetime) -> Report:
    """The report with its codes as they are stored and its moment. Raises InputError for what is none."""
    if max(len(report.text), len(report.address)) > LONGEST_TEXT:
        raise InputError(f"a text has at most {LONGEST_TEXT:,} characters")
    if report.external_id is not None and not report.external_id.strip():
        raise InputError("an external id is not empty")
    if report.reported_at is not None and report.reported_at > now:
        raise InputError(f"reported at {report.reported_at.isoformat()}, which is still to come")
    code = check_code(report.matter) if report.matter.strip() else ""
    return _about(replace(report, kind=kind_of(report.kind), matter=code, at=report.at or now))


def _about(report: Report) -> Report:
    """The report with its object as it is stored: a component by its layer and code, whichever way it was named."""
    if not report.object.strip():
        return report
    kind, _, name = check_key(report.object).partition(":")
    if kind != COMPONENT:
        return replace(report, object=f"{kind}:{name}")
    if report.component not in ("", name):
        raise InputError(f"it is about {report.component!r} or about {name!r}: name one")
    return replace(report, object="", component=name)


def _known(session: Session, caller: Caller, report: Report, digest: str, key: str | None) -> dict[str, Any] | None:
    """The event that this report made before."""
    event = store.by_key(session, caller.name, key) if key is not None else None
    if event is not None and event.request_hash != digest:
        raise Conflict(f"the idempotency key was used for another report, event {event.id}", event=event.id)
    if event is None and report.external_id is not None:
        event = store.by_external_id(session, report.source, report.external_id)
    if event is None:
        return None
    told = get(session, caller, event.id, report.at or event.reported_at)
    return {**told, "differs": event.request_hash != digest, "duplicates": duplicates(session, event.id)}


def columns_of(
    report: Report, caller: Caller, routing: Routing, now: datetime, digest: str, key: str | None
) -> dict[str, Any]:
    """The columns of a new event, but for its place."""
    names = ("lon", "lat", "crs", "accuracy_m", "component", "object", "component_owner", "grids", "shape")
    given = {name: getattr(report, name) for name in names if name in names[:4] or getattr(report, name)}
    return {
        "source": report.source, "external_id": report.external_id, "sent_by": caller.name, "idempotency_key": key,
        "request_hash": digest, "kind": report.kind, "matter": report.matter, "text": report.text,
        "address": report.address, "at": report.at, "reported_at": report.reported_at or now, "given": given,
        "uncertainty_m": routing.uncertainty_m, "reporter_name": report.reporter_name,
        "reporter_phone": report.reporter_phone,
    }  # fmt: skip


def _event(event: Event, place: tuple[float, float], caller: Caller) -> dict[str, Any]:
    plain = sees_people(caller.scopes)
    name, phone = event.reporter_name, event.reporter_phone
    return {
        "id": event.id,
        "source": event.source,
        "external_id": event.external_id,
        "kind": event.kind,
        "matter": event.matter or None,
        "text": event.text if plain else None,
        "address": event.address if plain else None,
        "at": event.at,
        "reported_at": event.reported_at,
        "lon": place[0],
        "lat": place[1],
        "given": event.given,
        "uncertainty_m": event.uncertainty_m,
        "reporter": {"name": name if plain else mask_name(name), "phone": phone if plain else mask_phone(phone)},
    }


def _brief(case: Case, now: datetime) -> dict[str, Any]:
    """What a list shows; the light from the columns alone."""
    told = cases.describe(case, cases.shown_state(case), now)
    return {name: told[name] for name in told if name not in ("actions", "steps", "warn_at", "status_name")}
