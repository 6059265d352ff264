"""Duty lines: what holds at a moment, one line added or ended, who leads at a spot, claims of ownerless objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.duties import Duty as Row
from app.rules.accounts.access import Caller
from app.rules.duties.duties import ROAD, ROAD_M, ZONE, Duty, Place, parse_scope
from app.rules.duties.duty_choice import Choice, choose
from app.rules.duties.duty_hours import Instant, parse_hours
from app.rules.duties.matters import Matter
from app.rules.duties.time_limits import Limit, write_limits
from app.services.accounts import audit
from app.services.duties import matters
from app.store.duties import duties as store
from app.store.duties import matters as matters_store

CONTENT = (
    "list_name", "kind", "table_code", "code", "scope", "hours", "lead", "lead_code", "role", "assistants",
    "assistant_codes", "limits", "closing", "basis", "replaces",
)  # fmt: skip
"""What makes two versions of a line the same; the rest is number and time."""


def in_force(session: Session, at: datetime, as_known_at: datetime | None = None) -> list[Duty]:
    """Duties that hold at `at`, as known now or then, for the rules."""
    return [as_rule(row) for row in store.in_force(session, at, as_known_at)]


def as_rule(row: Row) -> Duty:
    return Duty(
        number=row.number,
        kind=row.kind,
        table=row.table_code,
        code=row.code,
        lead=row.lead,
        scope=parse_scope(row.scope),
        hours=parse_hours(row.hours),
        role=row.role,
        assistants=tuple(row.assistants),
        limits=tuple(Limit(**limit) for limit in row.limits),
        closing=row.closing,
        basis=row.basis,
        replaces=row.replaces,
        list_name=row.list_name,
        valid_from=row.valid.lower,
        lead_code=row.lead_code,
    )


def describe(row: Row) -> dict[str, Any]:
    """One version of a duty line as the API and the CLI show it."""
    return {
        "number": row.number,
        "list": row.list_name,
        "kind": row.kind,
        "table": row.table_code,
        "code": row.code,
        "scope": row.scope,
        "hours": row.hours,
        "lead": row.lead,
        "lead_code": row.lead_code,
        "role": row.role,
        "assistants": row.assistants,
        "assistant_codes": row.assistant_codes,
        "limits": write_limits([Limit(**limit) for limit in row.limits]),
        "closing": row.closing,
        "basis": row.basis,
        "replaces": row.replaces,
        "valid_from": row.valid.lower,
        "valid_to": row.valid.upper,
        "recorded_from": row.recorded.lower,
        "recorded_to": row.recorded.upper,
    }


def begins(row: Row) -> datetime:
    """A version always begins at a moment."""
    assert row.valid.lower is not None
    return row.valid.lower


def content_of(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CONTENT}


def search(
    session: Session, at: datetime, as_known_at: datetime | None = None, *, matter: str | None = None,
    lead: str | None = None, list_name: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Duties in force, of a matter's code or class, a lead, a list."""
    rows = store.in_force(session, at, as_known_at, list_name)
    wanted = [
        row for row in rows if lead in (None, row.lead, row.lead_code) and (matter is None or _speaks(row, matter))
    ]
    return [describe(row) for row in wanted]


def history(session: Session, number: str) -> list[dict[str, Any]]:
    """All that was ever recorded of a line. Raises NotFound."""
    rows = store.versions(session, number)
    if not rows:
        raise NotFound(f"no duty {number!r}")
    return [describe(row) for row in rows]


def end(session: Session, caller: Caller, number: str, at: datetime, now: datetime) -> None:
    """The line holds up to `at` and no longer; what was believed before stays on record. Raises NotFound, Conflict."""
    caller.require("admin")
    rows = store.believed(session, numbers=[number])
    if not rows:
        raise NotFound(f"no duty {number!r}")
    touched = [row for row in rows if row.valid.upper is None or row.valid.upper > at]
    if not touched:
        raise Conflict(f"duty {number!r} has ended by {at.isoformat()} already")
    rest = [version(row, begins(row), at, now) for row in touched if begins(row) < at]
    store.close(session, [row.id for row in touched], now)
    store.add(session, rest)
    audit.record(session, caller, "end duty", f"duty/{number}", after={"at": at})


def version(row: Row, starts: datetime, ends: datetime | None, now: datetime) -> dict[str, Any]:
    """The columns of the same content over other valid time, recorded from `now` on."""
    return {
        **content_of(row),
        "number": row.number,
        "valid": Range(starts, ends, bounds="[)"),
        "recorded": Range(now, None, bounds="[)"),
        "created_by": row.created_by,
    }


def find_matter(session: Session, kind: str, code: str, at: datetime) -> Matter:
    """The matter that the city works by at a moment; one of any table in force if its own tables lack it."""
    for row, table in matters_store.rows(session, at=at, kind=kind, code=code):
        return matters.as_rule(row, table)
    raise NotFound(f"no {kind} {code!r} in force at {at.isoformat()}; `onegrid matters list` shows those there are")


def choose_at(
    session: Session, matter: Matter, place: Place, at: datetime, zone: str, *, as_known_at: datetime | None = None,
    claimed: str | None = None, point: tuple[float, float] | None = None,
) -> Choice:  # fmt: skip
    """Who leads on a matter at a place and moment, with the duties that lost and why.

    `claimed`: the object's name; the department that claimed it stands for an owner that is not known. `point` (lon,
    lat in EPSG:4326): the roads and zones that lines of the matter speak of are looked up there.
    """
    if claimed is not None and place.owner is None:
        claim = store.claim_of(session, matter.kind, matter.code, claimed)
        owner = claim.department if claim else None
        place = replace(place, owner=owner)
    instant = Instant.of(at.astimezone(ZoneInfo(zone)))
    named = [as_rule(row) for row in store.in_force(session, at, as_known_at, matter=matter.key)]
    if point is not None:
        place = _with_features(session, place, named, point)
    return choose(named, matter, place, instant)


def claim(
    session: Session, caller: Caller, matter: Matter, name: str, department: str, now: datetime
) -> Mapping[str, Any]:
    """Record that a department claims an object whose owner is not known: the first of the candidates gets it.

    The same department may claim again; another one meets Conflict with who was first.
    """
    caller.require("events")
    if not name.strip():
        raise InputError("an object needs a name or code to be claimed by")
    named = [as_rule(row) for row in store.in_force(session, now, matter=matter.key)]
    choice = choose(named, matter, Place(), Instant((1, 1), 0, 0))
    if department not in choice.candidates:
        known = ", ".join(choice.candidates) or "none: no duty of this matter is an owner's"
        raise InputError(f"{department!r} is no candidate for {matter.kind} {matter.code}; there are: {known}")
    row = {
        "kind": matter.kind, "code": matter.code, "object": name.strip(), "candidates": list(choice.candidates),
        "department": department, "claimed_by": caller.name,
    }  # fmt: skip
    if store.add_claim(session, row):
        audit.record(session, caller, "claim object", f"object/{name}", after=row)
        return row
    first = store.claim_of(session, matter.kind, matter.code, name.strip())
    if first is None or first.department != department:
        raise Conflict(f"{name!r} was claimed by {first.department if first else 'another'} first")
    return row


def _with_features(session: Session, place: Place, named: Sequence[Duty], point: tuple[float, float]) -> Place:
    """The place with the roads and zones of these duties that the point is on."""
    reach = {ROAD: ROAD_M, ZONE: 0.0}
    wanted = {duty.scope: reach[duty.scope.kind] for duty in named if duty.scope.kind in reach}
    found = store.features_at(session, *point, {(scope.network, scope.code): m for scope, m in wanted.items()})
    here = [scope for scope in wanted if (scope.network, scope.code) in found]
    roads, zones = (frozenset(scope.value for scope in here if scope.kind == kind) for kind in (ROAD, ZONE))
    return replace(place, roads=place.roads | roads, zones=place.zones | zones)


def _speaks(row: Row, code: str) -> bool:
    return row.code == "*" or code.startswith(row.code)
