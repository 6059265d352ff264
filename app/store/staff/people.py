"""People who hold posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.departments import Department
from app.models.people import Person


@dataclass(frozen=True)
class PersonFilter:
    """Which people; `text` is a whole name, code, number or address."""

    text: str | None = None
    department: str | None = None


def add(
    session: Session,
    *,
    code: str | None,
    name: str,
    phone: str | None = None,
    email: str | None = None,
    department_id: int | None = None,
) -> Person:
    person = Person(code=code, name=name, phone=phone, email=email, department_id=department_id)
    session.add(person)
    session.flush()
    return person


def get(session: Session, person_id: int, *, lock: bool = False) -> Person:
    """`lock` holds the row until the transaction ends and reads it afresh. Raises NotFound."""
    person = session.get(Person, person_id, with_for_update=lock or None, populate_existing=lock)
    if person is None:
        raise NotFound(f"no person {person_id}")
    return person


def by_code(session: Session, code: str) -> Person | None:
    return session.scalar(select(Person).where(Person.code == code))


def page(session: Session, wanted: PersonFilter, *, limit: int, after: int = 0) -> Sequence[Person]:
    """By id; `after` is the id of the last person of the page before."""
    query = select(Person).where(Person.id > after).order_by(Person.id).limit(limit)
    if wanted.text:
        known = (Person.name, Person.code, Person.phone, Person.email)
        query = query.where(or_(*(field == wanted.text for field in known)))
    if wanted.department:
        query = query.join(Department, Department.id == Person.department_id).where(
            (Department.code == wanted.department) | (Department.name == wanted.department)
        )
    return session.scalars(query).all()


def of_ids(session: Session, ids: Iterable[int]) -> dict[int, Person]:
    found = session.scalars(select(Person).where(Person.id.in_(set(ids))))
    return {person.id: person for person in found}


def every(session: Session) -> Sequence[Person]:
    """Everybody, the erased too."""
    return session.scalars(select(Person).order_by(Person.id)).all()


def erase(session: Session, person: Person, digest: str | None, now: datetime) -> None:
    """Take away everything that tells who it is; the row stays."""
    person.code = person.name = person.phone = person.email = None
    person.erased_at, person.erased_digest = now, digest
    session.flush()
