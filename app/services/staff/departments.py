"""Departments in their tree: added, changed, retired; never deleted, because posts, duties and the trail name them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound, Refused
from app.models.departments import Department, Line
from app.rules.accounts.access import Caller
from app.rules.staff.lines import line_of
from app.services.accounts import audit
from app.store.networks import networks as networks_store
from app.store.staff import departments as store
from app.store.staff import staff as staff_store

LONGEST_CODE, LONGEST_NAME, LONGEST_CONTACT = 64, 200, 200


@dataclass(frozen=True)
class NewDepartment:
    """`line` None: told from the name where it says one; `parent` is a code."""

    code: str
    name: str
    line: str | None = None
    parent: str | None = None


@dataclass(frozen=True)
class DepartmentChange:
    """None leaves it as it is; an empty parent makes it a root. `contact`: the office's own, read by everybody."""

    name: str | None = None
    line: str | None = None
    parent: str | None = None
    contact: str | None = None


def add(session: Session, caller: Caller, wanted: NewDepartment, today: date) -> Department:
    """A new department. A code is used once for ever."""
    caller.require("admin")
    staff_store.lock(session)
    code, name = _word(wanted.code, "code", LONGEST_CODE), _word(wanted.name, "name", LONGEST_NAME)
    if store.find(session, code) is not None:
        raise Conflict(f"there is or was a department {code!r} already")
    line = _line(session, wanted.line, today) if wanted.line else line_of(name)
    parent = _open(session, wanted.parent) if wanted.parent else None
    made = store.add(session, code=code, name=name, line=line, parent_id=parent.id if parent else None)
    audit.record(session, caller, "add", f"department/{code}", after=describe(session, made))
    return made


def change(session: Session, caller: Caller, code: str, wanted: DepartmentChange, today: date) -> Department:
    """Rename, move in the tree, put on another line, or say how everybody reaches it."""
    caller.require("admin")
    staff_store.lock(session)
    department = _open(session, code)
    before = describe(session, department)
    if wanted.name is not None:
        department.name = _word(wanted.name, "name", LONGEST_NAME)
    if wanted.line is not None:
        department.line = _line(session, wanted.line, today) if wanted.line else None
    if wanted.parent is not None:
        department.parent_id = _below(session, department, wanted.parent) if wanted.parent else None
    if wanted.contact is not None:
        department.contact = _word(wanted.contact, "contact", LONGEST_CONTACT) if wanted.contact.strip() else ""
    session.flush()
    audit.record(session, caller, "change", f"department/{code}", before=before, after=describe(session, department))
    return department


def retire(session: Session, caller: Caller, code: str, now: datetime, successor: str | None = None) -> Department:
    """It is kept and takes nothing new. Refused while departments below it are open."""
    caller.require("admin")
    staff_store.lock(session)
    department = _open(session, code)
    heir = _open(session, successor) if successor else None
    if heir is department:
        raise InputError("a department cannot succeed itself")
    below = [d.code for d in store.every(session) if d.parent_id == department.id and d.retired_at is None]
    if below:
        raise Refused(f"{code!r} has departments below it", [f"{child} is open: move or retire it" for child in below])
    before = describe(session, department)
    department.retired_at, department.successor_id = now, heir.id if heir else None
    session.flush()
    audit.record(session, caller, "retire", f"department/{code}", before=before, after=describe(session, department))
    return department


def add_line(
    session: Session,
    caller: Caller,
    code: str,
    name: str,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Line:
    """Extend the code list of lines."""
    caller.require("admin")
    staff_store.lock(session)
    code, name = _word(code, "code", LONGEST_CODE), _word(name, "name", LONGEST_NAME)
    if store.find_line(session, code) is not None:
        raise Conflict(f"there is a line {code!r} already")
    if valid_from and valid_until and valid_until <= valid_from:
        raise InputError(f"the line would end on {valid_until}, before it begins")
    made = store.add_line(session, code, name, valid_from, valid_until)
    after = {"name": name, "valid_from": valid_from, "valid_until": valid_until}
    audit.record(session, caller, "add", f"line/{code}", after=after)
    return made


def link_network(session: Session, caller: Caller, network: str, code: str) -> Department:
    """Say which department a network's free text means; the text stays."""
    caller.require("admin")
    staff_store.lock(session)
    linked, department = networks_store.get(session, network), _open(session, code)
    before = {"department_id": linked.department_id}
    linked.department_id = department.id
    session.flush()
    audit.record(session, caller, "link", f"network/{network}", before=before, after={"department_id": department.id})
    return department


def named(session: Session, text: str) -> Department:
    """The department of that code or, where only one open one has it, that name. Raises NotFound or Conflict."""
    found = store.called(session, text.strip())
    if not found:
        raise NotFound(f"no department {text!r}; `onegrid departments list` names those there are")
    rivals = [other for other in found[1:] if other.retired_at is None]
    if found[0].code != text.strip() and rivals:
        codes = ", ".join(department.code for department in (found[0], *rivals))
        raise Conflict(f"several departments are called {text!r}: name one by its code ({codes})")
    return found[0]


def describe(session: Session, department: Department) -> dict[str, Any]:
    """The department as the API and the CLI show it."""
    parent, successor = (
        session.get_one(Department, other).code if other else None
        for other in (department.parent_id, department.successor_id)
    )
    return {
        "code": department.code,
        "name": department.name,
        "line": department.line,
        "parent": parent,
        "contact": department.contact or None,
        "retired_at": department.retired_at,
        "successor": successor,
        "networks": store.linked_networks(session, department.id),
    }


def _open(session: Session, code: str) -> Department:
    department = store.get(session, code)
    if department.retired_at is not None:
        raise Conflict(f"the department {code!r} is retired")
    return department


def _below(session: Session, department: Department, parent: str) -> int:
    """The parent's id, if that makes no circle."""
    above: Department | None = _open(session, parent)
    found = above.id if above else 0
    while above is not None:
        if above.id == department.id:
            raise InputError(f"{department.code!r} would stand below itself")
        above = session.get_one(Department, above.parent_id) if above.parent_id else None
    return found


def _line(session: Session, code: str, today: date) -> str:
    lines = store.lines(session, today)
    for line in lines:
        if code in (line.code, line.name):
            return line.code
    raise InputError(f"no line {code!r}; there are: {', '.join(f'{line.code} {line.name}' for line in lines)}")


def _word(text: str, what: str, longest: int) -> str:
    folded = unicodedata.normalize("NFC", " ".join(text.split()))
    if not 1 <= len(folded) <= longest or not folded.isprintable():
        raise InputError(f"a department's {what} has 1 to {longest} printable characters")
    return folded
