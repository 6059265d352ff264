"""People who hold posts: added, changed, shown as far as the caller may see, erased on request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError
from app.models.departments import Department
from app.models.people import Person
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import erased_digest, mask_email, mask_name, mask_phone, sees_people
from app.services.accounts import audit
from app.services.staff import departments
from app.store.staff import people as store
from app.store.staff import staff as staff_store
from app.store.staff.people import PersonFilter

LONGEST = 100
PHONE = re.compile(r"\+?[\d][\d ()-]{1,29}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@dataclass(frozen=True)
class NewPerson:
    """`code` is the staff number, `department` a code or a name."""

    name: str
    code: str | None = None
    phone: str | None = None
    email: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class PersonChange:
    """None leaves it as it is, an empty text takes it away."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    department: str | None = None


def add(session: Session, caller: Caller, wanted: NewPerson) -> Person:
    caller.require("admin")
    staff_store.lock(session)
    code = check_code(wanted.code)
    if code and store.by_code(session, code) is not None:
        raise Conflict("there is somebody with this staff number already")
    department = departments.named(session, wanted.department) if wanted.department else None
    made = store.add(
        session,
        code=code,
        name=check_name(wanted.name),
        phone=check_phone(wanted.phone),
        email=check_email(wanted.email),
        department_id=department.id if department else None,
    )
    audit.record(session, caller, "add", f"person/{made.id}", after={"department_id": made.department_id})
    return made


def change(session: Session, caller: Caller, person_id: int, wanted: PersonChange) -> Person:
    """What is known of a person is replaced, not kept as versions: what is gone must be gone. The trail tells which
    fields changed, never their values."""
    caller.require("admin")
    staff_store.lock(session)
    person = store.get(session, person_id, lock=True)
    if person.erased_at is not None:
        raise Conflict(f"person {person_id} was erased")
    before = (person.name, person.phone, person.email, person.department_id)
    if wanted.name is not None:
        person.name = check_name(wanted.name)
    if wanted.phone is not None:
        person.phone = check_phone(wanted.phone)
    if wanted.email is not None:
        person.email = check_email(wanted.email)
    if wanted.department is not None:
        named = departments.named(session, wanted.department) if wanted.department else None
        person.department_id = named.id if named else None
    session.flush()
    after = (person.name, person.phone, person.email, person.department_id)
    names = ("name", "phone", "email", "department")
    changed = [name for name, old, new in zip(names, before, after, strict=True) if old != new]
    audit.record(session, caller, "change", f"person/{person_id}", after={"fields": changed})
    return person


def erase(session: Session, caller: Caller, person_id: int, now: datetime) -> Person:
    """Take away name, staff number and contacts for ever; posts and the trail keep the internal id."""
    caller.require("admin")
    staff_store.lock(session)
    person = store.get(session, person_id, lock=True)
    if person.erased_at is not None:
        raise Conflict(f"person {person_id} was erased already")
    store.erase(session, person, erased_digest(person.id, person.code) if person.code else None, now)
    audit.record(session, caller, "erase", f"person/{person_id}")
    return person


def page(session: Session, caller: Caller, wanted: PersonFilter, *, limit: int, after: int = 0) -> Sequence[Person]:
    """Raises Forbidden where a caller who sees masks only would learn by asking who hides behind one."""
    caller.require("lookup")
    if wanted.text and not sees_people(caller.scopes):
        raise Forbidden("finding people by name, number or address needs the scope 'events' or 'admin'")
    return store.page(session, wanted, limit=limit, after=after)


def describe(session: Session, caller: Caller, person: Person) -> dict[str, Any]:
    """The person as this caller may see them: plain, or name and contacts masked and the staff number left out."""
    department = session.get_one(Department, person.department_id).code if person.department_id else None
    facts = {"id": person.id, "department": department, "erased_at": person.erased_at}
    if sees_people(caller.scopes):
        return facts | {"code": person.code, "name": person.name, "phone": person.phone, "email": person.email}
    masked = (mask_name(person.name), mask_phone(person.phone), mask_email(person.email))
    return facts | dict(zip(("code", "name", "phone", "email"), (None, *masked), strict=True))


def check_name(name: str) -> str:
    folded = " ".join(name.split())
    if not 1 <= len(folded) <= LONGEST or not folded.isprintable():
        raise InputError(f"a person's name has 1 to {LONGEST} printable characters")
    return folded


def check_code(code: str | None) -> str | None:
    folded = (code or "").strip()
    if len(folded) > LONGEST or not folded.isprintable():
        raise InputError(f"a staff number has at most {LONGEST} printable characters")
    return folded or None


def check_phone(phone: str | None) -> str | None:
    folded = (phone or "").strip()
    if folded and not PHONE.fullmatch(folded):
        raise InputError("a telephone number has digits, blanks, ( ) - and perhaps a + in front")
    return folded or None


def check_email(email: str | None) -> str | None:
    folded = (email or "").strip()
    if folded and not EMAIL.fullmatch(folded):
        raise InputError("that is no address of electronic mail")
    return folded or None
