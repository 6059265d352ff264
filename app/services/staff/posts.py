"""Posts: somebody in a role on a grid, over a time, with a shift and substitutes. Corrections are new rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.posts import Absence, Post, Role, Term
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import mask_name, sees_people
from app.rules.staff.roles import LOCAL_LOAD, role_of
from app.rules.staff.shifts import parse_shift
from app.services.accounts import audit
from app.services.staff import departments
from app.services.staff.post_terms import TermFacts, check_load, check_times, facts_of, holds, open_term, overlap, said
from app.store.networks import networks as networks_store
from app.store.staff import people as people_store
from app.store.staff import posts as store
from app.store.staff import staff as staff_store
from app.store.staff.posts import PostFilter, PostRow


@dataclass(frozen=True)
class NewPost:
    """A post and its first term: who, in which role (a code or a word), where, from when on."""

    person: int
    role: str
    network: str
    grid: str
    valid_from: datetime
    valid_until: datetime | None = None
    department: str | None = None
    shift: str = ""
    load: float | None = None
    substitutes: tuple[int, ...] = ()


@dataclass(frozen=True)
class PostChange:
    """What is now known of a term; None leaves it as it was believed. `forever` takes the end away."""

    valid_from: datetime | None = None
    valid_until: datetime | None = None
    forever: bool = False
    department: str | None = None
    shift: str | None = None
    load: float | None = None
    substitutes: tuple[int, ...] | None = None


def appoint(session: Session, caller: Caller, wanted: NewPost, now: datetime) -> Post:
    """Give somebody a post. The same person, role and grid is the same post again, with a further term.

    Conflict where a term of it holds at some of that time: correct or end that one instead.
    """
    caller.require("admin")
    staff_store.lock(session)
    network = networks_store.get(session, wanted.network)
    person = people_store.get(session, wanted.person)
    if person.erased_at is not None:
        raise Conflict(f"person {person.id} was erased")
    if not wanted.grid.strip():
        raise InputError("a post needs the code of a grid")
    role = ensure_role(session, caller, wanted.role)
    facts = TermFacts(
        wanted.valid_from,
        wanted.valid_until,
        departments.named(session, wanted.department).id if wanted.department else person.department_id,
        str(parse_shift(wanted.shift)),
        check_load(role.load if wanted.load is None else wanted.load),
        _substitutes(session, wanted.substitutes, person.id),
    )
    check_times(facts)
    key = (person.id, role.code, network.id, wanted.grid.strip())
    post = store.find(session, *key)
    if post is not None:
        for term in store.known_terms(session, [store.get(session, post.id, lock=True).id]).get(post.id, []):
            if overlap(facts_of(term), facts):
                raise Conflict(f"post {post.id} is held at some of that time already: correct or end that term")
    else:
        post = store.add(session, person_id=key[0], role=key[1], network_id=key[2], grid=key[3], created_by=caller.name)
    open_term(session, post.id, facts, now)
    after = {"person": person.id, "role": role.code, "network": network.code, "grid": post.grid, **said(facts)}
    audit.record(session, caller, "appoint", f"post/{post.id}", after=after)
    return post


def correct(
    session: Session, caller: Caller, post_id: int, wanted: PostChange, now: datetime, at: datetime | None = None
) -> Post:
    """Say what is now known of the term that holds at `at` (the last one without): the old row is closed in recorded
    time, a new one opened."""
    caller.require("admin")
    staff_store.lock(session)
    post = store.get(session, post_id, lock=True)
    term = _term(session, post, at)
    before = facts_of(term)
    until = None if wanted.forever else wanted.valid_until or before.valid_until
    facts = replace(before, valid_from=wanted.valid_from or before.valid_from, valid_until=until)
    if wanted.department is not None:
        named = departments.named(session, wanted.department) if wanted.department else None
        facts = replace(facts, department_id=named.id if named else None)
    if wanted.shift is not None:
        facts = replace(facts, shift=str(parse_shift(wanted.shift)))
    if wanted.load is not None:
        facts = replace(facts, load=check_load(wanted.load))
    if wanted.substitutes is not None:
        facts = replace(facts, substitutes=_substitutes(session, wanted.substitutes, post.person_id))
    if facts == before:
        raise InputError("nothing would change")
    check_times(facts)
    open_term(session, post.id, facts, store.close(session, term, now))
    audit.record(session, caller, "correct", f"post/{post.id}", before=said(before), after=said(facts))
    return post


def end(session: Session, caller: Caller, post_id: int, at: datetime, now: datetime) -> Post:
    """Let a post end at `at`; what was to begin later is withdrawn."""
    caller.require("admin")
    staff_store.lock(session)
    post = store.get(session, post_id, lock=True)
    touched = [
        term
        for term in store.known_terms(session, [post.id]).get(post.id, [])
        if term.valid.upper is None or term.valid.upper > at
    ]
    if not touched:
        raise Conflict(f"post {post.id} ended before {at.isoformat()}")
    for term in touched:
        facts, moment = facts_of(term), store.close(session, term, now)
        if facts.valid_from is None or facts.valid_from < at:
            open_term(session, post.id, replace(facts, valid_until=at), moment)
    audit.record(session, caller, "end", f"post/{post.id}", after={"valid_until": at})
    return post


def take_leave(
    session: Session,
    caller: Caller,
    person_id: int,
    valid: tuple[datetime, datetime | None],
    now: datetime,
    substitute: int | None = None,
) -> Absence:
    """Record that a person is away; `substitute` stands in before those that the posts name."""
    caller.require("admin")
    staff_store.lock(session)
    people_store.get(session, person_id)
    if substitute is not None:
        _substitutes(session, (substitute,), person_id)
    if valid[1] is not None and valid[1] <= valid[0]:
        raise InputError("the absence would end before it begins")
    made = store.add_absence(
        session, person_id=person_id, substitute_id=substitute, valid=Range(*valid, bounds="[)"), now=now
    )
    after = {"absence": made.id, "from": valid[0], "until": valid[1], "substitute": substitute}
    audit.record(session, caller, "take leave", f"person/{person_id}", after=after)
    return made


def withdraw_leave(
    session: Session, caller: Caller, absence_id: int, now: datetime, person_id: int | None = None
) -> Absence:
    """It is no longer believed that the person is away. NotFound where the absence is another person's."""
    caller.require("admin")
    staff_store.lock(session)
    absence = store.get_absence(session, absence_id)
    if person_id not in (None, absence.person_id):
        raise NotFound(f"no absence {absence_id} of person {person_id}")
    store.close(session, absence, now)
    audit.record(session, caller, "withdraw leave", f"person/{absence.person_id}", after={"absence": absence.id})
    return absence


def ensure_role(session: Session, caller: Caller, word: str) -> Role:
    """The role of that code or word; a word that nobody knows becomes a role of the place."""
    code = role_of(word)
    for role in store.roles(session):
        if code in (role.code, role.name):
            return role
    made = store.add_role(session, code, code, LOCAL_LOAD)
    audit.record(session, caller, "add", f"role/{code}", after={"name": code, "load": LOCAL_LOAD})
    return made


def describe(caller: Caller, rows: Iterable[PostRow]) -> list[dict[str, Any]]:
    """Terms of posts as this caller may see them."""
    plain = sees_people(caller.scopes)
    return [
        {
            "post": row.post.id,
            "term": row.term.id,
            "person": row.person.id,
            "name": row.person.name if plain else mask_name(row.person.name),
            "role": row.post.role,
            "network": row.network,
            "grid": row.post.grid,
            "department": row.department.code if row.department else None,
            **_shown(facts_of(row.term)),
            "recorded_from": row.term.recorded.lower,
            "recorded_until": row.term.recorded.upper,
        }
        for row in rows
    ]


def _shown(facts: TermFacts) -> dict[str, Any]:
    return {name: value for name, value in said(facts).items() if name != "department_id"}


def describe_post(session: Session, caller: Caller, post_id: int) -> dict[str, Any]:
    """One post with its terms as known now, and all that was ever recorded of them, oldest first."""
    terms = describe(caller, store.rows(session, PostFilter(post=post_id)))
    every = [
        _shown(facts_of(term)) | {"recorded_from": term.recorded.lower, "recorded_until": term.recorded.upper}
        for term in store.history(session, post_id)
    ]
    return {"post": post_id, "terms": terms, "history": every}


def _substitutes(session: Session, ids: Sequence[int], holder: int) -> tuple[int, ...]:
    wanted = tuple(dict.fromkeys(ids))
    if holder in wanted:
        raise InputError("nobody can be their own substitute")
    known = people_store.of_ids(session, wanted)
    missing = [str(person) for person in wanted if person not in known or known[person].erased_at is not None]
    if missing:
        raise InputError(f"no person {', '.join(missing)} to stand in")
    return wanted


def _term(session: Session, post: Post, at: datetime | None) -> Term:
    known = store.known_terms(session, [post.id]).get(post.id, [])
    if at is not None:
        known = [term for term in known if holds(facts_of(term), at)]
    if not known:
        raise Conflict(f"nothing is known of post {post.id} at that moment")
    return known[-1]
