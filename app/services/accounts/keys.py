"""Keys of machines: made, shown once, looked up by their hash, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.keys import Key
from app.rules.accounts.access import Caller, check_name, check_scopes
from app.services.accounts import audit
from app.services.accounts.passwords import digest, new_key
from app.store.accounts import keys as store


@dataclass(frozen=True)
class NewKey:
    """A key just made. `key` is shown now and never again."""

    name: str
    key: str
    scopes: list[str]
    expires_at: datetime | None


def add(
    session: Session,
    caller: Caller,
    name: str,
    scopes: list[str],
    *,
    now: datetime,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key. A name is never used twice, not even after its key was revoked: the audit trail rests on it."""
    caller.require("admin")
    name, scopes = check_name(name), check_scopes(scopes)
    if expires_at is not None and expires_at <= now:
        raise InputError(f"the key would have expired at {expires_at.isoformat()}, before it was made")
    key, prefix = new_key()
    made = store.add(
        session,
        name=name,
        prefix=prefix,
        key_hash=digest(key),
        scopes=scopes,
        created_by=caller.name,
        expires_at=expires_at,
    )
    if made is None:
        raise Conflict(f"there is or was a key {name!r} already: choose another name")
    audit.record(session, caller, "add", f"key/{name}", after=_facts(made))
    return NewKey(name, key, scopes, expires_at)


def list_keys(session: Session, caller: Caller) -> Sequence[Key]:
    caller.require("admin")
    return store.list_all(session)


def revoke(session: Session, caller: Caller, name: str, *, now: datetime) -> None:
    caller.require("admin")
    name = check_name(name)
    known = store.by_name(session, name)
    if known is None:
        raise NotFound(f"no key {name!r}")
    before = _facts(known)
    if not store.revoke(session, name, now):
        raise Conflict(f"the key {name!r} is revoked already")
    audit.record(session, caller, "revoke", f"key/{name}", before=before, after=before | {"revoked_at": now})


def holder(session: Session, key: str, *, now: datetime) -> tuple[str, frozenset[str]] | None:
    """`key:name` and scopes of a usable key; None when it is unknown, revoked or expired.

    Compared by looking up its hash: the time that takes says nothing about a key that is nearly right.
    """
    found = store.usable(session, digest(key), now)
    return None if found is None else (f"key:{found.name}", frozenset(found.scopes))


def _facts(key: Key) -> dict[str, object]:
    return {"prefix": key.prefix, "scopes": key.scopes, "expires_at": key.expires_at, "revoked_at": key.revoked_at}
