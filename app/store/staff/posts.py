"""Posts with their terms, absences, roles and staffing rules. Terms are closed in recorded time, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.departments import Department
from app.models.networks import Network
from app.models.people import Person
from app.models.posts import Absence, Post, Role, StaffingRule, Term


@dataclass(frozen=True)
class PostFilter:
    """Which posts; `at` None: whenever held; `known_at` None: as believed now."""

    network: str | None = None
    grid: str | None = None
    person: int | None = None
    role: str | None = None
    at: datetime | None = None
    known_at: datetime | None = None
    post: int | None = None


@dataclass(frozen=True)
class PostRow:
    """A term with everything that it belongs to."""

    post: Post
    term: Term
    network: str
    person: Person
    department: Department | None


def add(session: Session, *, person_id: int, role: str, network_id: int, grid: str, created_by: str) -> Post:
    post = Post(person_id=person_id, role=role, network_id=network_id, grid=grid, created_by=created_by)
    session.add(post)
    session.flush()
    return post


def find(session: Session, person_id: int, role: str, network_id: int, grid: str) -> Post | None:
    return session.scalar(
        select(Post).where(
            Post.person_id == person_id, Post.role == role, Post.network_id == network_id, Post.grid == grid
        )
    )


def get(session: Session, post_id: int, *, lock: bool = False) -> Post:
    """`lock`: the post's terms change one transaction at a time. Raises NotFound."""
    post = session.get(Post, post_id, with_for_update=lock or None, populate_existing=lock)
    if post is None:
        raise NotFound(f"no post {post_id}")
    return post


def of_networks(session: Session, network_ids: Sequence[int]) -> Sequence[Post]:
    return session.scalars(select(Post).where(Post.network_id.in_(network_ids)).order_by(Post.id)).all()


def known_terms(session: Session, post_ids: Sequence[int]) -> dict[int, list[Term]]:
    """Post → its terms as believed now, earliest first."""
    found: dict[int, list[Term]] = {}
    query = select(Term).where(Term.post_id.in_(post_ids), func.upper_inf(Term.recorded))
    for term in session.scalars(query.order_by(func.lower(Term.valid))):
        found.setdefault(term.post_id, []).append(term)
    return found


def rows(session: Session, wanted: PostFilter, *, limit: int | None = None, after: int = 0) -> list[PostRow]:
    """Terms by id; `after` is the id of the last term of the page before."""
    query = (
        select(Post, Term, Network.code, Person, Department)
        .join(Term, Term.post_id == Post.id)
        .join(Network, Network.id == Post.network_id)
        .join(Person, Person.id == Post.person_id)
        .outerjoin(Department, Department.id == Term.department_id)
        .where(_known(Term.recorded, wanted.known_at), Term.id > after)
        .order_by(Term.id)
        .limit(limit)
    )
    return [PostRow(*row) for row in session.execute(_narrowed(query, wanted))]


def _narrowed(query: Any, wanted: PostFilter) -> Any:
    exact = {
        Network.code: wanted.network,
        Post.grid: wanted.grid,
        Post.person_id: wanted.person,
        Post.role: wanted.role,
        Post.id: wanted.post,
    }
    for column, value in exact.items():
        if value is not None:
            query = query.where(column == value)
    return query if wanted.at is None else query.where(Term.valid.contains(wanted.at))


def history(session: Session, post_id: int) -> Sequence[Term]:
    """Everything ever recorded of a post, in the order it was recorded."""
    return session.scalars(select(Term).where(Term.post_id == post_id).order_by(Term.id)).all()


def open_term(session: Session, term: Term) -> Term:
    session.add(term)
    session.flush()
    return term


def close(session: Session, row: Term | Absence | StaffingRule, now: datetime) -> datetime:
    """What was recorded ceases to be believed at `now`, or a microsecond after it began if that is later; returns
    when."""
    begun = row.recorded.lower
    ended = now if begun is None else max(now, begun + timedelta(microseconds=1))
    row.recorded = Range(begun, ended, bounds="[)")
    session.flush()
    return ended


def close_all(session: Session, terms: Sequence[Term], now: datetime) -> datetime:
    """As `close` for many terms at once; returns the one moment at which all of them cease to be believed."""
    begun = [term.recorded.lower + timedelta(microseconds=1) for term in terms if term.recorded.lower is not None]
    ended = max([now, *begun])
    for term in terms:
        term.recorded = Range(term.recorded.lower, ended, bounds="[)")
    session.flush()
    return ended


def terms_of_ids(session: Session, ids: Sequence[int]) -> dict[int, Term]:
    """Terms by their ids, believed or not."""
    return {term.id: term for term in session.scalars(select(Term).where(Term.id.in_(ids)))}


def add_absence(
    session: Session, *, person_id: int, substitute_id: int | None, valid: Range[datetime], now: datetime
) -> Absence:
    absence = Absence(
        person_id=person_id, substitute_id=substitute_id, valid=valid, recorded=Range(now, None, bounds="[)")
    )
    session.add(absence)
    session.flush()
    return absence


def get_absence(session: Session, absence_id: int) -> Absence:
    """One that is still believed; raises NotFound."""
    absence = session.scalar(
        select(Absence).where(Absence.id == absence_id, func.upper_inf(Absence.recorded)).with_for_update()
    )
    if absence is None:
        raise NotFound(f"no absence {absence_id}, or it was withdrawn")
    return absence


def absences(session: Session, known_at: datetime | None = None, person_id: int | None = None) -> Sequence[Absence]:
    query = select(Absence).where(_known(Absence.recorded, known_at)).order_by(func.lower(Absence.valid), Absence.id)
    return session.scalars(query if person_id is None else query.where(Absence.person_id == person_id)).all()


def roles(session: Session) -> Sequence[Role]:
    return session.scalars(select(Role).order_by(Role.code)).all()


def add_role(session: Session, code: str, name: str, load: float) -> Role:
    role = Role(code=code, name=name, load=load, local=True)
    session.add(role)
    session.flush()
    return role


def rules(session: Session, at: datetime, known_at: datetime | None = None) -> Sequence[StaffingRule]:
    """Staffing rules that hold at a moment."""
    query = select(StaffingRule).where(StaffingRule.valid.contains(at), _known(StaffingRule.recorded, known_at))
    return session.scalars(query.order_by(StaffingRule.id)).all()


def rules_of(session: Session, role: str, network: str | None, kind: str | None) -> Sequence[StaffingRule]:
    """What is believed now of one rule, whenever it holds."""
    same = (
        StaffingRule.role == role,
        StaffingRule.network.is_not_distinct_from(network),
        StaffingRule.kind.is_not_distinct_from(kind),
    )
    return session.scalars(select(StaffingRule).where(*same, func.upper_inf(StaffingRule.recorded))).all()


def add_rule(session: Session, rule: StaffingRule) -> StaffingRule:
    session.add(rule)
    session.flush()
    return rule


def _known(recorded: Any, known_at: datetime | None) -> Any:
    return func.upper_inf(recorded) if known_at is None else recorded.contains(known_at)
