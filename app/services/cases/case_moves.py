"""Open cases at a re-division: where each would go, told from its point and the lineage of its old grid; moved only by
a person, with the move in the trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError, NotFound
from app.models.cases import Case
from app.models.events import Event
from app.rules.accounts.access import Caller
from app.rules.cases.actions import OPEN
from app.rules.cases.moves import UNCLEAR, Move, NewPlace, OldCase, propose
from app.rules.cases.trail import Step
from app.services.accounts import audit
from app.services.cases import cases
from app.services.cases.calendars import load as load_calendars
from app.services.cases.event_places import Sighting
from app.services.cases.event_routing import Routing, route_event
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import UNIFIED, Lookup
from app.store.cases import cases as store
from app.store.networks import editions as editions_store
from app.store.plans import plans as plans_store

Shares = dict[str, dict[str, float]]


def proposals(
    session: Session, lookup: Lookup, rules: AnswerRules, now: datetime, events: Sequence[int] | None = None
) -> list[dict[str, Any]]:
    """Where open cases would go that were routed with another edition than the one in force at `now`. Cases that were
    opted out are not among them; what stays as it is neither."""
    return [asdict(move) for move, _ in _proposed(session, lookup, rules, now, events)]


def move(
    session: Session, caller: Caller, lookup: Lookup, rules: AnswerRules, now: datetime, *,
    events: Sequence[int] | None = None, besides: Sequence[int] = (), reason: str,
) -> dict[str, Any]:  # fmt: skip
    """Move the cases named, or all whose move is not unclear, but those `besides`. Each move is a step of its trail.

    Raises InputError without a reason, NotFound for a case that has no move.
    """
    caller.require("plan")
    if not reason.strip():
        raise InputError("say why the cases are moved, such as the decision on the re-division")
    found = {made.event: (made, routing) for made, routing in _proposed(session, lookup, rules, now, events)}
    missing = sorted(set(events or ()) - found.keys())
    if missing:
        raise NotFound(f"event {missing[0]} has no move: it is closed, keeps its owner, or stays where it is")
    chosen = [
        event_id
        for event_id, (made, _) in sorted(found.items())
        if event_id not in besides and (events is not None or made.certainty != UNCLEAR)
    ]
    wanted = []
    for case in store.lock_many(session, chosen):
        made, routing = found[case.event_id]
        detail = {"grid": made.new_grid, "edition": made.edition, "from": made.old_grid, "why": made.reason}
        detail["from_owner"] = made.old_owner
        step = Step("move", now, caller.name, made.new_owner, reason, detail=detail)
        case.area, case.route = routing.area, {**routing.trace, "before": case.route}
        wanted.append((case, [step]))
    cases.take_many(session, wanted, load_calendars(session))
    left = sorted(found.keys() - set(chosen))
    audit.record(session, caller, "move cases", "cases/moves", after={"moved": chosen, "left": left, "reason": reason})
    return {"moved": chosen, "left": left}


def _proposed(
    session: Session, lookup: Lookup, rules: AnswerRules, now: datetime, events: Sequence[int] | None
) -> Iterator[tuple[Move, Routing]]:
    current = lookup.in_force(now, None, [UNIFIED] if UNIFIED in lookup.asked() else lookup.asked()[:1])
    edition = next(iter(current.values()), None)
    shares, index = _lineage(session, edition), lookup.routing.current(session)
    for case, event, lon, lat in store.open_elsewhere(session, sorted(OPEN), edition, events):
        sighting = _sighting(case, event, (lon, lat), now)
        routing = route_event(session, lookup, sighting, rules, index=index)
        made = _move(case, event, routing, shares)
        if made is not None:
            yield made, routing


def _sighting(case: Case, event: Event, place: tuple[float, float], now: datetime) -> Sighting:
    """The event as it would be sighted now: with its object, on the grids of today."""
    asked = case.route.get("asked", {})
    return Sighting(
        lon=place[0], lat=place[1], accuracy_m=event.uncertainty_m, at=now, since=event.reported_at,
        recorded_at=now, kind=event.kind, matter=event.matter, component=asked.get("component", ""),
        object=asked.get("object", ""), owner=asked.get("owner", ""),
        shape=asked.get("shape") if asked.get("crs") == "wgs84" else None,
    )  # fmt: skip


def _move(case: Case, event: Event, routing: Routing, shares: Shares) -> Move | None:
    old = OldCase(event.id, case.grid, case.edition_id, case.owner)
    new = NewPlace(routing.grid, routing.edition, routing.owner, routing.ambiguous)
    return propose(old, new, shares.get(case.grid, {}))


def _lineage(session: Session, edition_id: int | None) -> Shares:
    """Old grid → new grid → share of its ground, where the edition came from a plan."""
    plan_id = editions_store.get(session, edition_id).plan_id if edition_id is not None else None
    if plan_id is None:
        return {}
    found: Shares = {}
    for row in plans_store.lineage_frame(session, plan_id).itertuples(index=False):
        found.setdefault(str(row.old), {})[str(row.new)] = float(row.share_area)
    return found
