"""What the look-up keeps of staff in memory, and what an audit of staff looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models.departments import Department
from app.models.editions import Validity
from app.models.grids import Grid
from app.models.networks import Network
from app.models.people import Person
from app.models.posts import Absence, Post, Role, Term

LOCK = text("SELECT version FROM staff_version FOR UPDATE")
Moments = tuple[datetime | None, datetime | None, datetime | None, datetime | None]


@dataclass(frozen=True)
class TermRow:
    """A term of a post; `times` are valid from and to, known from and to."""

    post: int
    person: int
    role: str
    network: str
    grid: str
    department: int | None
    shift: str
    substitutes: tuple[int, ...]
    times: Moments


@dataclass(frozen=True)
class AbsenceRow:
    person: int
    substitute: int | None
    times: Moments


@dataclass(frozen=True)
class GridRow:
    """A grid in force."""

    network: str
    code: str
    kind: str | None
    area: str | None


def version(session: Session) -> int:
    """Grows with every committed change of departments, people, posts, terms and absences."""
    return int(session.scalar(text("SELECT version FROM staff_version")) or 0)


def lock(session: Session) -> None:
    """Let no other change of staff begin before this transaction ends."""
    session.execute(LOCK)


def terms(session: Session) -> list[TermRow]:
    """Every term ever recorded."""
    query = (
        select(Term, Post, Network.code)
        .join(Post, Post.id == Term.post_id)
        .join(Network, Network.id == Post.network_id)
        .order_by(Term.id)
        .execution_options(yield_per=5_000)
    )
    return [
        TermRow(
            post.id, post.person_id, post.role, network, post.grid, term.department_id, term.shift,
            tuple(term.substitutes), _times(term),
        )
        for term, post, network in session.execute(query)
    ]  # fmt: skip


def absences(session: Session) -> list[AbsenceRow]:
    """Every absence ever recorded."""
    query = select(Absence).order_by(Absence.id)
    return [AbsenceRow(row.person_id, row.substitute_id, _times(row)) for row in session.scalars(query)]


def contacts(session: Session) -> dict[int, tuple[str | None, str | None]]:
    """Person → name and telephone number of those who hold a post or may stand in."""
    rows = session.execute(select(Person.id, Person.name, Person.phone))
    return {person: (name, phone) for person, name, phone in rows}


def person_codes(session: Session) -> dict[int, str]:
    """Person → staff number, the name for those without one."""
    rows = session.execute(select(Person.id, Person.code, Person.name).where(Person.erased_at.is_(None)))
    return {person: code or name or "" for person, code, name in rows}


def department_names(session: Session) -> dict[int, str]:
    return {row.id: row.name for row in session.execute(select(Department.id, Department.name))}


def role_names(session: Session) -> dict[str, str]:
    return {row.code: row.name for row in session.execute(select(Role.code, Role.name))}


def grids_in_force(session: Session, at: datetime, network: str | None = None) -> list[GridRow]:
    """Grids of every network, or of one, that hold at `at` as known now."""
    query = (
        select(Network.code, Grid.code, Grid.kind, Grid.area)
        .join(Validity, Validity.network_id == Network.id)
        .join(Grid, Grid.edition_id == Validity.edition_id)
        .where(Validity.valid.contains(at), func.upper_inf(Validity.recorded))
        .order_by(Network.code, Grid.code.collate("C"))
    )
    found = session.execute(query if network is None else query.where(Network.code == network))
    return [GridRow(*row) for row in found]


def grid_codes(session: Session, network_id: int) -> frozenset[str]:
    """Every code that any edition of a network ever had, drafts too."""
    query = text("SELECT DISTINCT g.code FROM grids g JOIN editions e ON e.id = g.edition_id WHERE e.network_id = :id")
    return frozenset(session.scalars(query, {"id": network_id}))


def _times(row: Term | Absence) -> Moments:
    return row.valid.lower, row.valid.upper, row.recorded.lower, row.recorded.upper
