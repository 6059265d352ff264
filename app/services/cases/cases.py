"""Cases: opened with their event, led on by steps, watched by the clock. A step is stored with what it leads to and
with what subscribers are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError, NotFound
from app.models.cases import Case, CaseStep
from app.models.events import Event
from app.rules.accounts.access import Caller
from app.rules.cases.actions import BY_PEOPLE, STAGES
from app.rules.cases.cases import allowed, apply, replay
from app.rules.cases.clocks import LADDER, light
from app.rules.cases.trail import State, Step, condition_of
from app.rules.duties.time_limits import Limit
from app.services.cases import case_clocks, messages, objects
from app.services.cases.calendars import Calendars
from app.services.cases.calendars import load as load_calendars
from app.services.cases.case_clocks import Answerers
from app.services.cases.event_routing import Routing
from app.store.cases import cases as store
from app.store.cases import events as events_store


@dataclass(frozen=True)
class _Known:
    """What a case has come to before a step is added."""

    event: Event
    state: State
    steps: int


def open_case(
    session: Session, event: Event, routing: Routing, actor: str, now: datetime, *, verified: bool
) -> tuple[Case, State]:
    """The case of a new event, with the first step of its trail."""
    case, state, row = begin(event, routing, actor, now, load_calendars(session), verified=verified)
    store.add(session, case)
    store.add_steps(session, [row])
    opened(session, [(event, case, row)])
    return case, state


def opened(session: Session, made: Sequence[tuple[Event, Case, dict[str, Any]]]) -> None:
    """What follows from new cases and their first steps once they are stored: subscribers are told, and the objects
    that the events name know of them."""
    messages.tell_steps(session, [(event, case, [row]) for event, case, row in made])
    for event, case, _ in made:
        objects.of_new_event(session, event, case)


def begin(
    event: Event, routing: Routing, actor: str, now: datetime, calendars: Calendars, *, verified: bool
) -> tuple[Case, State, dict[str, Any]]:
    """The case of a new event, its state and the columns of its first step; nothing is stored yet. Whoever stores them
    goes on with `opened`."""
    limit = routing.limit
    case = Case(
        event_id=event.id, stage="", routing=routing.kind, owner=routing.owner, area=routing.area, route=routing.trace,
        limit_amount=limit.amount if limit else None, limit_unit=limit.unit if limit else None,
        limits=[asdict(each) for each in routing.limits],
    )  # fmt: skip
    detail = {"grid": routing.grid, "edition": routing.edition, "verified": verified, "routing": routing.kind}
    if routing.level:
        detail["level"] = routing.level
    step = Step("collect", now, actor, routing.owner, detail=detail)
    state = apply(State(), step)
    _show(case, state)
    case_clocks.show(case, state, event, calendars)
    return case, state, _row(event.id, 1, step)


def step(session: Session, caller: Caller, event_id: int, wanted: Step) -> dict[str, Any]:
    """Take one step of a case: stored whole or refused with the reasons. Raises NotFound, Refused, InputError."""
    caller.require("events")
    if wanted.action not in BY_PEOPLE:
        raise InputError(f"no action {wanted.action!r} to take: {', '.join(sorted(BY_PEOPLE))}")
    case = store.lock(session, event_id)
    _check_references(session, event_id, wanted)
    _check_condition(case, wanted)
    return describe(case, take(session, case, [wanted], load_calendars(session)), wanted.at)


def take(session: Session, case: Case, steps: Sequence[Step], calendars: Calendars) -> State:
    """Add steps to a locked case: the trail, the state kept beside it, its clock, its whistles."""
    return take_many(session, [(case, steps)], calendars)[0]


def take_many(session: Session, wanted: Sequence[tuple[Case, Sequence[Step]]], calendars: Calendars) -> list[State]:
    """Add steps to many locked cases, each named once, in a handful of statements; the states that they come to. One
    step that is refused refuses all."""
    return _take(session, wanted, _known(session, [case.event_id for case, _ in wanted]), calendars)


def _known(session: Session, events: Sequence[int]) -> dict[int, _Known]:
    """What is known of cases, in two statements."""
    held, found = events_store.get_many(session, events), store.trails(session, events)
    return {
        event: _Known(held[event], replay(_as_step(row) for row in rows), len(rows)) for event, rows in found.items()
    }


def _take(
    session: Session, wanted: Sequence[tuple[Case, Sequence[Step]]], known: Mapping[int, _Known], calendars: Calendars
) -> list[State]:
    made, told = [], []
    for case, steps in wanted:
        before = known[case.event_id]
        state = before.state
        for each in steps:
            state = apply(state, each)
        made.append(state)
        rows = [_row(case.event_id, before.steps + number, each) for number, each in enumerate(steps, 1)]
        told.append((before.event, case, rows))
        if any(each.action == "move" for each in steps):
            case.owner, case.routing = state.owner, "routed" if state.grid else case.routing
        _show(case, state)
        case_clocks.show(case, state, before.event, calendars)
    store.add_steps(session, [row for _, _, rows in told for row in rows])
    messages.tell_steps(session, told)
    for (case, steps), state in zip(wanted, made, strict=True):
        if any("whistle" in each.action or each.action in ("answer", "arrive") for each in steps):
            _put_whistles(session, case, state)
    session.flush()
    return made


def _put_whistles(session: Session, case: Case, state: State) -> None:
    called = [{"event_id": case.event_id, "number": n, **asdict(call)} for n, call in enumerate(state.whistles, 1)]
    store.put_whistles(session, case.event_id, called)


def tick(session: Session, now: datetime) -> dict[str, int]:
    """Let the clock say what is due by `now`: warnings, overdue cases, steps up the ladder. Says each thing once.

    Also counts again where a year was not known. At most `store.TICK` cases at a time; those that somebody is working
    on this moment come with the next look.
    """
    calendars, answerers = load_calendars(session), Answerers(session)
    said = {"warn": 0, "overdue": 0, "escalate": 0}
    for event_id in store.with_clock_problem(session):
        case = store.lock(session, event_id)
        case_clocks.show(case, replay(trail(session, event_id)), events_store.get(session, event_id), calendars)
    session.flush()
    marked = store.take_marked(session, now)
    known = _known(session, [case.event_id for case in marked])
    wanted = []
    for case in marked:
        held = known[case.event_id]
        clocks, _ = case_clocks.read(case, held.state, held.event, calendars)
        steps = case_clocks.steps_due(case, held.state, clocks, answerers, now, calendars.of("").zone)
        wanted.append((case, steps))
        for each in steps:
            said[each.action] += 1
    _take(session, wanted, known, calendars)
    return said


def trail(session: Session, event_id: int) -> list[Step]:
    """The steps of a case as rules know them."""
    return [_as_step(row) for row in store.steps(session, event_id)]


def state_of(session: Session, event_id: int) -> State:
    return replay(trail(session, event_id))


def describe(case: Case, state: State, now: datetime) -> dict[str, Any]:
    """The case as the API and the CLI show it."""
    return {
        "status": case.stage,
        "status_name": STAGES.get(case.stage, ""),
        "routing": case.routing,
        "owner": case.owner,
        "holder": case.holder,
        "grid": case.grid or None,
        "edition": case.edition_id,
        "area": case.area or None,
        "limit": str(Limit(case.limit_amount, case.limit_unit)) if case.limit_amount and case.limit_unit else None,
        "warn_at": case.warn_at,
        "due_at": case.due_at,
        "dues": case.dues,
        "light": light(state, case.warn_at, case.due_at, now),
        "clock_problem": case.clock_problem or None,
        "suspended": case.suspended,
        "level": LADDER[min(case.level, len(LADDER) - 1)],
        "reworks": case.reworks,
        "keeps_owner": case.keeps_owner,
        "merged_into": case.merged_into,
        "closed_at": case.closed_at,
        "steps": case.steps,
        "actions": sorted(set(allowed(state)) & BY_PEOPLE),
    }


def describe_step(row: CaseStep) -> dict[str, Any]:
    return {
        "number": row.number,
        "action": row.action,
        "at": row.at,
        "actor": row.actor,
        "receiver": row.receiver,
        "reason": row.reason,
        "until": row.until,
        "score": row.score,
        "detail": row.detail,
        "attachments": row.attachments,
    }


def shown_state(case: Case) -> State:
    """As much of the state as the columns tell; for lists, which do not replay trails."""
    return State(stage=case.stage, finished_at=case.finished_at, closed_at=case.closed_at)


def _check_references(session: Session, event_id: int, wanted: Step) -> None:
    known = {attachment.id for attachment in events_store.attachments(session, event_id)}
    missing = sorted(set(wanted.attachments) - known)
    if missing:
        raise NotFound(f"event {event_id} has no attachment {missing[0]}")
    into = wanted.detail.get("into")
    if wanted.action == "merge" and isinstance(into, int):
        if into == event_id:
            raise InputError("a case is not merged into itself")
        if not store.get(session, into).stage or store.get(session, into).merged_into is not None:
            raise InputError(f"event {into} was merged itself: name the one that it went into")


def _check_condition(case: Case, wanted: Step) -> None:
    conditions = [limit.condition for limit in case_clocks.limits_of(case) if limit.condition]
    if wanted.action == "meet" and condition_of(wanted) not in conditions:
        known = ", ".join(conditions) or "none: its only time limit is met by finishing"
        raise InputError(f"no condition {condition_of(wanted)!r} of this case; there are: {known}")


def _show(case: Case, state: State) -> None:
    """What the trail says, in the columns that lists read."""
    case.stage, case.holder, case.grid = state.stage, state.holder, state.grid
    case.edition_id, case.level, case.reworks = state.edition, state.level, state.reworks
    case.suspended, case.keeps_owner = state.is_suspended, state.keeps_owner
    case.merged_into, case.finished_at, case.closed_at = state.merged_into, state.finished_at, state.closed_at
    case.steps = state.steps


def _as_step(row: CaseStep) -> Step:
    return Step(
        row.action, row.at, row.actor, row.receiver, row.reason, row.until, row.score, row.detail,
        tuple(row.attachments),
    )  # fmt: skip


def _row(event_id: int, number: int, each: Step) -> dict[str, Any]:
    values = {name: getattr(each, name) for name in ("action", "at", "actor", "receiver", "reason", "until", "score")}
    return {
        "event_id": event_id,
        "number": number,
        **values,
        "detail": dict(each.detail),
        "attachments": list(each.attachments),
    }
