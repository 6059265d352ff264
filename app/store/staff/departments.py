"""Departments in their tree, and the lines they work on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.departments import Department, Line
from app.models.networks import Network


def add(session: Session, *, code: str, name: str, line: str | None = None, parent_id: int | None = None) -> Department:
    department = Department(code=code, name=name, line=line, parent_id=parent_id)
    session.add(department)
    session.flush()
    return department


def find(session: Session, code: str) -> Department | None:
    return session.scalar(select(Department).where(Department.code == code))


def get(session: Session, code: str) -> Department:
    """Raises NotFound."""
    department = find(session, code)
    if department is None:
        raise NotFound(f"no department {code!r}; `onegrid departments list` names those there are")
    return department


def called(session: Session, text: str) -> list[Department]:
    """Departments of that code or name: the code's own first, then those in use before those retired, the oldest
    first."""
    found = session.scalars(
        select(Department)
        .where(or_(Department.code == text, Department.name == text))
        .order_by(Department.retired_at.is_not(None), Department.id)
    )
    return sorted(found, key=lambda department: department.code != text)


def every(session: Session) -> Sequence[Department]:
    """All departments in the order of their codes, retired ones too."""
    return session.scalars(select(Department).order_by(Department.code)).all()


def linked_networks(session: Session, department_id: int) -> list[str]:
    """Codes of the networks that belong to a department."""
    return list(
        session.scalars(select(Network.code).where(Network.department_id == department_id).order_by(Network.code))
    )


def lines(session: Session, on: date | None = None) -> Sequence[Line]:
    """The code list of lines; those in force on a day, or all."""
    query = select(Line).order_by(Line.code)
    if on is not None:
        query = query.where(
            or_(Line.valid_from.is_(None), Line.valid_from <= on),
            or_(Line.valid_until.is_(None), Line.valid_until > on),
        )
    return session.scalars(query).all()


def add_line(session: Session, code: str, name: str, valid_from: date | None, valid_until: date | None) -> Line:
    line = Line(code=code, name=name, valid_from=valid_from, valid_until=valid_until)
    session.add(line)
    session.flush()
    return line


def find_line(session: Session, code: str) -> Line | None:
    return session.get(Line, code)
