"""Regulated objects (三色预警): named by events, judged by rules that are kept as data, with a dated history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.cases import Case
from app.models.events import Event
from app.models.objects import ObjectRule, RegulatedObject
from app.rules.accounts.access import Caller
from app.rules.cases.objects import (
    KINDS,
    LEVELS,
    NAMES,
    Change,
    Fact,
    Rule,
    check_key,
    check_rule,
    next_look,
)
from app.rules.cases.objects import (
    assess as judge,
)
from app.services.accounts import audit
from app.services.cases import messages
from app.store.cases import events as events_store
from app.store.cases import objects as store

PLACED = ("id", "key", "name", "level", "level_name", "since", "events", "lon", "lat")


def put(session: Session, caller: Caller, key: str, name: str = "", owner: str = "") -> dict[str, Any]:
    """Put an object under watch, rename it, or say whose it is: `business:91440101MA5`, `address:…`,
    `component:LAYER/CODE`. Events about it are routed by its owner from then on, so that takes an administrator."""
    caller.require("admin" if owner.strip() else "events")
    before = store.find(session, check_key(key))
    told = None if before is None else {"owner": before.owner}
    found = store.put(session, check_key(key), name.strip(), caller.name, owner.strip())
    if owner.strip():
        audit.record(session, caller, "put owner", f"object/{found.id}", before=told, after={"owner": found.owner})
    return describe(found)


def withdraw_owner(session: Session, caller: Caller, object_id: int) -> None:
    """The object has no owner from now on; NotFound for one that there is not, Conflict where nobody owns it."""
    caller.require("admin")
    found = store.get(session, object_id)
    if not found.owner:
        raise Conflict(f"{found.key} has no owner")
    before, found.owner = found.owner, ""
    session.flush()
    audit.record(session, caller, "withdraw owner", f"object/{found.id}", before={"owner": before})


def name_by(session: Session, caller: Caller, event_id: int, key: str) -> dict[str, Any]:
    """Say that an event is about an object; it is judged with the next look."""
    caller.require("events")
    events_store.get(session, event_id)
    found = store.put(session, check_key(key), "", caller.name)
    store.link(session, found, event_id)
    audit.record(session, caller, "name object", f"event/{event_id}", after={"object": found.key})
    return describe(found)


def of_new_event(session: Session, event: Event, case: Case) -> None:
    """What a new event names by itself: the component or other object that it is about, and its address where that is
    under watch."""
    asked = case.route.get("asked") or {}
    component, named = str(asked.get("component") or ""), str(asked.get("object") or "")
    for key in filter(None, (component and f"component:{component}", named)):
        store.link(session, store.put(session, check_key(key), "", event.sent_by), event.id)
    if event.address.strip() and len(event.address) <= 200:
        found = store.find(session, check_key(f"address:{event.address}"))
        if found is not None:
            store.link(session, found, event.id)


def assess(session: Session, now: datetime) -> tuple[int, int]:
    """Bring the levels of objects up to `now`, at most `store.AT_ONCE` of them; how many were looked at and how many
    levels moved. Says each change once."""
    rules = [_as_rule(row) for row in store.rules(session, ever=True)]
    found, moved = store.to_look_at(session, now), 0
    for each in found:
        facts = [Fact(**vars(row)) for row in store.facts(session, each.id, each.since, now)]
        for change in judge(each.level, each.since, facts, rules, now):
            _record(session, each, change)
            moved += 1
        held = [fact for fact in facts if each.since is None or fact.at > each.since]
        each.looked_at, each.next_look_at = now, next_look(each.level, each.since, held, rules)
    session.flush()
    return len(found), moved


def page(
    session: Session, caller: Caller, level: str | None = None, kind: str | None = None, *, limit: int = 100,
    after: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Objects by number; of one level (green, yellow, red) or kind."""
    caller.require("lookup")
    if level is not None and level not in LEVELS:
        raise InputError(f"no level {level!r}: {', '.join(LEVELS)}")
    if kind is not None and kind not in KINDS:
        raise InputError(f"no kind {kind!r}: {', '.join(KINDS)}")
    number = None if level is None else LEVELS.index(level)
    return [describe(row) for row in store.page(session, number, kind, limit=limit, after=after)]


def on_map(session: Session, caller: Caller) -> list[dict[str, Any]]:
    """Objects that events name, with where that was last (`lon`, `lat` in WGS 84) and how many events there are. Places
    of reports are for whoever works on them."""
    caller.require("events")
    placed = store.places(session)
    known = store.every(session, [place.id for place in placed])
    return [
        {**describe(known[place.id]), "events": place.events, "lon": place.lon, "lat": place.lat} for place in placed
    ]


def get(session: Session, caller: Caller, object_id: int) -> dict[str, Any]:
    """An object with its events and the history of its level."""
    caller.require("lookup")
    history = [
        {"at": row.at, "before": LEVELS[row.before], "level": LEVELS[row.level], "rule": row.rule,
         "reason": row.reason, "cases": row.cases}
        for row in store.levels(session, object_id)
    ]  # fmt: skip
    return {**describe(store.get(session, object_id)), "events": store.events(session, object_id), "history": history}


def rules(session: Session) -> list[dict[str, Any]]:
    return [_describe_rule(row) for row in store.rules(session)]


def put_rule(session: Session, caller: Caller, rule: Rule, now: datetime) -> list[dict[str, Any]]:
    """A rule that speaks from now on, in place of the one with its code; what was said before stays said."""
    caller.require("admin")
    if not rule.code.strip():
        raise InputError("a rule needs a code")
    check_rule(rule)
    names = ("code", "direction", "counts", "number", "days", "matter")
    columns = {name: getattr(rule, name) for name in names}
    store.put_rule(session, {**columns, "created_by": caller.name}, now)
    audit.record(session, caller, "put rule", f"object rule/{rule.code}", after=columns)
    return rules(session)


def end_rule(session: Session, caller: Caller, code: str, now: datetime) -> None:
    caller.require("admin")
    if not store.end_rule(session, code, now):
        raise NotFound(f"no rule {code!r} of objects")
    audit.record(session, caller, "end rule", f"object rule/{code}")


def describe(row: RegulatedObject) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "owner": row.owner,
        "level": LEVELS[row.level],
        "level_name": NAMES[row.level],
        "since": row.since,
    }


def _record(session: Session, found: RegulatedObject, change: Change) -> None:
    told = {
        "at": change.at, "before": change.before, "level": change.level, "rule": change.rule, "reason": change.reason,
        "cases": list(change.cases),
    }  # fmt: skip
    number = store.add_level(session, {"object_id": found.id, **told})
    found.level, found.since = change.level, change.at
    data = {"object": found.id, "key": found.key, **told}
    data |= {"before": LEVELS[change.before], "level": LEVELS[change.level]}
    messages.tell(session, "object.level", f"object-{number}", f"objects/{found.id}", change.at, data)


def _as_rule(row: ObjectRule) -> Rule:
    return Rule(
        row.code, row.direction, row.counts, row.number, row.days, row.matter, row.recorded.lower, row.recorded.upper
    )


def _describe_rule(row: ObjectRule) -> dict[str, Any]:
    names = ("code", "direction", "counts", "number", "days", "matter")
    return {**{name: getattr(row, name) for name in names}, "since": row.recorded.lower}
