"""People who may sign in: added, changed, listed; never deleted, because the audit trail names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound
from app.models.users import User
from app.rules.accounts.access import Caller, check_admin_stays, check_name, check_role
from app.rules.accounts.passwords import check_password
from app.services.accounts import audit
from app.services.accounts.passwords import hash_password, password_fits
from app.store.accounts import sign_in as sign_in_store
from app.store.accounts import users as store

PERSON = "user:"


@dataclass(frozen=True)
class Change:
    """What to change of a user; None leaves it as it is."""

    role: str | None = None
    active: bool | None = None
    password: str | None = None


def add(session: Session, caller: Caller, name: str, role: str, password: str | None = None) -> User:
    """A new user; without a password, a one-time link lets them in (services.sign_in.make_link)."""
    caller.require("admin")
    name, role = check_name(name), check_role(role)
    made = store.add(session, name=name, role=role, password_hash=_checked_hash(password, name))
    if made is None:
        raise Conflict(f"there is a user {name!r} already")
    audit.record(session, caller, "add", f"user/{name}", after=_facts(made))
    return made


def list_users(session: Session, caller: Caller) -> Sequence[User]:
    caller.require("admin")
    return store.list_all(session)


def get(session: Session, name: str, *, lock: bool = False) -> User:
    """Raises NotFound."""
    user = store.by_name(session, check_name(name), lock=lock)
    if user is None:
        raise NotFound(f"no user {name!r}")
    return user


def change(session: Session, caller: Caller, name: str, wanted: Change, *, now: datetime) -> User:
    """Change role, state or password. A change that takes something away ends the user's sign-ins and open links.

    Raises Refused for the last active administrator.
    """
    caller.require("admin")
    admins = store.lock_admins(session)
    user = get(session, name, lock=True)
    role = check_role(wanted.role) if wanted.role is not None else user.role
    active = user.active if wanted.active is None else wanted.active
    check_admin_stays(user.name, admins, stays_admin=active and role == "admin")
    before = _facts(user)
    user.role, user.active = role, active
    if wanted.password is not None:
        user.password_hash = _checked_hash(wanted.password, user.name)
    if before["role"] != role or not active or wanted.password is not None:
        sign_in_store.end_all(session, user.id, now)
    session.flush()
    after = _facts(user) | ({"password_changed": True} if wanted.password is not None else {})
    audit.record(session, caller, "change", f"user/{user.name}", before=before, after=after)
    return user


def change_own_password(session: Session, caller: Caller, current: str | None, new: str, *, now: datetime) -> None:
    """For the signed-in person; `current` is asked for where there is one. Ends all of their sign-ins."""
    if not caller.name.startswith(PERSON):
        raise Forbidden("only a person has a password")
    user = get(session, caller.name.removeprefix(PERSON), lock=True)
    if user.password_hash is not None and not password_fits(current or "", user.password_hash):
        raise InputError("the current password is wrong")
    user.password_hash = _checked_hash(new, user.name)
    sign_in_store.end_all(session, user.id, now)
    session.flush()
    audit.record(session, caller, "change", f"user/{user.name}", after={"password_changed": True})


def _checked_hash(password: str | None, name: str) -> str | None:
    if password is None:
        return None
    check_password(password, name)
    return hash_password(password)


def _facts(user: User) -> dict[str, object]:
    return {"role": user.role, "active": user.active, "has_password": user.password_hash is not None}
