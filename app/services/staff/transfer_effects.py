"""Decided transfers take effect: new posts begin with the edition, old ones end there; and all of it taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, Refused
from app.models.plans import Plan
from app.models.posts import Post, Term
from app.models.staff_transfers import StaffTransfer, TransferSet
from app.rules.accounts.access import Caller
from app.rules.staff.transfer_effects import ACCEPTED, LEAVES, OPEN, Move, Seat, Tally, problems, seats, tally
from app.services.accounts import audit
from app.services.networks import networks
from app.services.staff.post_terms import facts_of, overlap, term_of
from app.services.staff.transfer_decisions import require_current
from app.store.networks import editions as editions_store
from app.store.plans import plans as plans_store
from app.store.staff import posts as posts_store
from app.store.staff import staff as staff_store
from app.store.staff import staff_transfers as store
from app.store.staff.posts import PostFilter, PostRow

Held = list[tuple[StaffTransfer, PostRow]]


def breaches(session: Session, plan: Plan, at: datetime) -> list[str]:
    """What keeps a plan's decided transfers from taking effect at `at`, as sentences."""
    made = store.find_open(session, plan.id)
    if made is None or not _is_decided(session, made):
        return []
    if made.plan_version != plan.version:
        return ["staff transfers were decided for an earlier version of the plan: propose and decide them again"]
    return problems(_moves(_held(session, made, at)))


def totals(session: Session, plan: Plan) -> dict[str, Any] | None:
    """Where the posts of an open set and their loads would be if it took effect as it is decided now, and whether
    none is lost (`conserved`); None for a set that is not open, and where hours cannot be joined (`breaches` says so).
    """
    made = store.find_open(session, plan.id)
    if made is None:
        return None
    moves = _moves(_held(session, made, made.at))
    try:
        told = tally(moves, seats(moves))
    except InputError:
        return None
    return {**asdict(told), "conserved": told.conserved}


def take_effect_with(
    session: Session, caller: Caller, plan: Plan, valid_from: datetime, now: datetime
) -> dict[str, Any] | None:
    """The decided transfers of a plan that is being published; None where nothing is decided.

    What stands in their way was told before and excused: then they are kept back (`kept_back`), all of them.
    """
    made = store.find_open(session, plan.id, lock=True)
    if made is None or not _is_decided(session, made):
        return None
    wrong = breaches(session, plan, valid_from)
    if wrong:
        return {"set": made.id, "kept_back": wrong}
    return _take_effect(session, caller, plan, made, valid_from, now)


def apply(session: Session, caller: Caller, plan: Plan, valid_from: datetime | None, now: datetime) -> dict[str, Any]:
    """Let decisions take effect on a plan that is published already: from its edition's day, or a later one."""
    caller.require("admin")
    made = store.get_open(session, plan, lock=True)
    edition = editions_store.of_plan(session, plan.id)
    validity = editions_store.validity_of(session, edition.id) if edition is not None else None
    if plan.status != plans_store.PUBLISHED or validity is None:
        raise Conflict(f"plan {plan.name!r} is not published: its transfers take effect when it is")
    starts = valid_from or validity.valid.lower or now
    if validity.valid.lower is not None and starts < validity.valid.lower:
        raise Conflict(f"the grids of {plan.name!r} hold from {validity.valid.lower.isoformat()} on, not before")
    if not _is_decided(session, made):
        raise Conflict(f"nothing is accepted of the transfers of {plan.name!r}: `onegrid staff transfers accept` first")
    return _take_effect(session, caller, plan, made, starts, now)


def undo(session: Session, caller: Caller, plan: Plan, now: datetime) -> dict[str, Any]:
    """Take the effect back, up to the moment from which it holds: the old posts go on as they were.

    Conflict where it holds already, or where a post was corrected since.
    """
    caller.require("admin")
    staff_store.lock(session)
    made = store.newest(session, plan, lock=True)
    if made.status != store.APPLIED or made.valid_from is None:
        raise Conflict(f"the transfers of {plan.name!r} are {made.status}: nothing of them holds")
    if now >= made.valid_from:
        raise Conflict(f"they hold since {made.valid_from.isoformat()}: correct or end the posts one by one")
    rows = [row.transfer for row in store.rows(session, made.id) if row.transfer.old_term is not None]
    fresh = {number for held in rows for number in (held.ended_term, held.new_term) if number is not None}
    terms = posts_store.terms_of_ids(session, [*fresh, *(held.old_term for held in rows if held.old_term)])
    touched = sorted(terms[number].post_id for number in fresh if terms[number].recorded.upper is not None)
    if touched:
        raise Conflict(f"posts {', '.join(map(str, touched))} were changed since: correct them one by one")
    closed = posts_store.close_all(session, [terms[number] for number in sorted(fresh)], now)
    for held in rows:
        old = terms[held.old_term or 0]
        session.add(term_of(old.post_id, facts_of(old), closed))
    made.status = store.UNDONE
    session.flush()
    audit.record(session, caller, "undo transfers", f"plan/{plan.id}", after={"set": made.id, "posts": len(rows)})
    return {"plan": plan.name, "set": made.id, "status": made.status, "posts": len(rows)}


def _take_effect(
    session: Session, caller: Caller, plan: Plan, made: TransferSet, starts: datetime, now: datetime
) -> dict[str, Any]:
    require_current(plan, made)
    staff_store.lock(session)
    held = _held(session, made, starts)
    moves = _moves(held)
    wrong = problems(moves)
    if wrong:
        raise Refused(f"the transfers of plan {plan.name!r} cannot take effect as they were decided", wrong)
    wanted = seats(moves)
    told = tally(moves, wanted)
    if not told.conserved:
        raise Refused(f"the transfers of plan {plan.name!r} would lose posts or their work", [str(asdict(told))])
    going = {transfer.post_id: (transfer, row) for transfer, row in held if transfer.state != OPEN}
    _begin(session, caller, going, wanted, starts, _end(session, going, starts, now))
    made.status, made.valid_from, made.applied_by, made.applied_at = store.APPLIED, starts, caller.name, now
    session.flush()
    outcome = _outcome(session, made, told)
    moved = [
        {"posts": list(seat.posts), "person": seat.person, "grid": seat.grid, "role": seat.role} for seat in wanted
    ]
    left = [post for post, (transfer, _) in going.items() if transfer.state == LEAVES]
    after = outcome | {"moved_to": moved, "left_posts": left}
    audit.record(session, caller, "apply transfers", f"plan/{plan.id}", after=after)
    return outcome


def _outcome(session: Session, made: TransferSet, told: Tally) -> dict[str, Any]:
    """`gone`: proposals whose post had ended by then."""
    listed = sum(store.counts(session, made.id).values())
    return {"set": made.id, "valid_from": made.valid_from, **asdict(told), "gone": listed - told.posts}


def _is_decided(session: Session, made: TransferSet) -> bool:
    states = store.counts(session, made.id)
    return bool(states.get(ACCEPTED, 0) or states.get(LEAVES, 0))


def _held(session: Session, made: TransferSet, at: datetime) -> Held:
    """The set's proposals whose post is held at `at`, with the term that says so."""
    known = {row.post.id: row for row in posts_store.rows(session, PostFilter(at=at))}
    return [(row.transfer, known[row.post.id]) for row in store.rows(session, made.id) if row.post.id in known]


def _moves(held: Held) -> list[Move]:
    """Somebody erased since leaves, whatever was decided."""
    return [
        Move(
            row.post.id, row.person.id,
            LEAVES if row.person.erased_at is not None and transfer.state == ACCEPTED else transfer.state,
            transfer.grid, transfer.role, row.term.load, row.term.shift, row.term.valid.upper,
        )
        for transfer, row in held
    ]  # fmt: skip


def _end(
    session: Session, going: dict[int, tuple[StaffTransfer, PostRow]], starts: datetime, now: datetime
) -> datetime:
    """The old posts end at `starts`: their terms are closed in recorded time, shorter ones opened; returns when."""
    moment = posts_store.close_all(session, [row.term for _, row in going.values()], now)
    shorter: dict[int, Term] = {}
    for post, (transfer, row) in going.items():
        transfer.old_term = row.term.id
        facts = facts_of(row.term)
        if facts.valid_from is None or facts.valid_from < starts:
            shorter[post] = term_of(post, replace(facts, valid_until=starts), moment)
    session.add_all(shorter.values())
    session.flush()
    for post, term in shorter.items():
        going[post][0].ended_term = term.id
    return moment


def _begin(
    session: Session,
    caller: Caller,
    going: dict[int, tuple[StaffTransfer, PostRow]],
    wanted: Sequence[Seat],
    starts: datetime,
    now: datetime,
) -> None:
    network = networks.unified(session, caller)
    posts = _posts(session, caller, wanted, network.id)
    fresh: list[tuple[Seat, Term]] = []
    known = posts_store.known_terms(session, [post.id for post in posts])
    for seat, post in zip(wanted, posts, strict=True):
        first = facts_of(going[seat.posts[0]][1].term)
        facts = replace(first, valid_from=starts, valid_until=seat.until, shift=seat.shift, load=seat.load)
        if any(overlap(facts_of(term), facts) for term in known.get(post.id, [])):
            raise Conflict(
                f"post {post.id} on grid {seat.grid} is held at that time already: end it, or send elsewhere"
            )
        fresh.append((seat, term_of(post.id, facts, now)))
    session.add_all(term for _, term in fresh)
    session.flush()
    for seat, term in fresh:
        for number in seat.posts:
            going[number][0].new_term = term.id


def _posts(session: Session, caller: Caller, wanted: Sequence[Seat], network_id: int) -> list[Post]:
    """The post of each seat: the one that person, role and grid have had already, or a new one."""
    known = {(post.person_id, post.role, post.grid): post for post in posts_store.of_networks(session, [network_id])}
    made = [
        known.get((seat.person, seat.role, seat.grid))
        or Post(person_id=seat.person, role=seat.role, network_id=network_id, grid=seat.grid, created_by=caller.name)
        for seat in wanted
    ]
    session.add_all(made)
    session.flush()
    return made
