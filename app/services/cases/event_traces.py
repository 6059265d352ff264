"""What an event would get, without storing it; and the route of one that is kept, told again: as it was known then,
as it is known now, and as it would be today, each with what is different and why."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import sees_people
from app.rules.cases.route_changes import differences
from app.rules.cases.route_traces import words
from app.services.cases.event_places import Sighting
from app.services.cases.event_routing import Routing, route_event
from app.services.cases.events import Report, check_reader, checked, heard_matter, sighting_of
from app.services.cases.route_answers import People, answer_of
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.cases import cases as cases_store


def preview(
    session: Session, caller: Caller, lookup: Lookup, report: Report, rules: AnswerRules, now: datetime,
    known_at: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What a report would get, as known now or at `known_at`. A matter that the text tells is gone by when it is the
    likest at all: nothing is stored, and `suggestions` says how sure it is."""
    check_reader(caller)
    index = lookup.routing.current(session)
    wanted, heard = heard_matter(index, checked(report, now), sure=False)
    assert wanted.at is not None
    sighting = replace(sighting_of(wanted, now), since=wanted.at)
    routing = route_event(session, lookup, sighting, rules, known_at=known_at, index=index)
    people = People(lookup.snapshot.staff, sees_people(caller.scopes))
    return {"routing": routing.kind, "level": routing.level, "suggestions": heard, **answer_of(routing.trace, people),
            "trace": routing.trace}  # fmt: skip


def trace(
    session: Session, caller: Caller, lookup: Lookup, event_id: int, rules: AnswerRules, now: datetime
) -> dict[str, Any]:
    """The trace that is kept of an event, in words, and the route told again.

    `then`: as known when the event was recorded, which is the same for ever; `now`: of the same moment as known today;
    `today`: as if it happened at `now`. Raises Conflict for events recorded before traces could be told again.
    """
    check_reader(caller)
    case = cases_store.get(session, event_id)
    kept = first_route(case.route)
    if "asked" not in kept:
        raise Conflict(f"event {event_id} was recorded before traces were kept whole; `route` of the event has what is")
    sighting = Sighting.from_dict(kept["asked"])
    made = {
        "then": route_event(session, lookup, sighting, rules, known_at=sighting.recorded_at, kept=kept),
        "now": route_event(session, lookup, sighting, rules),
        "today": route_event(session, lookup, replace(sighting, at=now, since=now, recorded_at=now), rules),
    }
    people = People(lookup.snapshot.staff, sees_people(caller.scopes))
    return {
        "event": event_id,
        "recorded_at": sighting.recorded_at,
        "kept": kept,
        "words": words(kept),
        "answer": answer_of(kept, people),
        "same": _as_much(as_kept(made["then"]), kept) == kept,
        "moved": "before" in case.route,
        "differences": {name: _changes(kept, routing) for name, routing in made.items()},
        "owners": {name: routing.owner for name, routing in made.items()},
    }


def first_route(route: dict[str, Any]) -> dict[str, Any]:
    """The route that a case began with: each move keeps the one before it."""
    while "before" in route:
        route = route["before"]
    return route


def as_kept(routing: Routing) -> dict[str, Any]:
    """A trace as the database gives it back."""
    made: dict[str, Any] = json.loads(json.dumps(routing.trace))
    return made


def _as_much(again: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """Without the codes of reasons, which traces that were kept before there were codes do not have."""
    return {name: value for name, value in again.items() if name in kept or name != "said"}


def _changes(kept: dict[str, Any], routing: Routing) -> list[dict[str, Any]]:
    return [asdict(each) for each in differences(kept, as_kept(routing))]
