"""The door: one-time links, passwords, signed-in browsers, and the count of attempts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, TooManyAttempts, Unauthenticated
from app.models.users import User
from app.rules.accounts.access import ROLE_SCOPES, Caller, check_name
from app.services.accounts import audit, users
from app.services.accounts.passwords import digest, hash_password, is_outdated, new_token, password_fits
from app.store.accounts import keys as keys_store
from app.store.accounts import sign_in as store
from app.store.accounts import users as users_store

WINDOW = timedelta(minutes=15)
KEPT_ENDED = timedelta(days=30)
TRIES_AT_A_NAME = 5  # from one address
TRIES_FROM_AN_ADDRESS = 30
TRIES_AT_A_NAME_FROM_ANYWHERE = 100  # an attacker with many addresses is slowed; the owner is seldom locked out
FIRST_ADMIN = "admin"


@dataclass(frozen=True)
class Link:
    """A one-time link just made. `url` is shown now and never again."""

    user: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class SignedIn:
    """A browser just signed in. `token` is for its cookie and nowhere else."""

    user: str
    role: str
    scopes: frozenset[str]
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Door:
    """Where and when somebody asks to come in, and for how long a sign-in lasts."""

    now: datetime
    lifetime: timedelta
    origin: str = ""
    request_id: str = ""


def make_link(session: Session, caller: Caller, name: str, *, address: str, lifetime: timedelta, now: datetime) -> Link:
    """A link that signs `name` in once; `address` is where people reach the deployment."""
    caller.require("admin")
    user = users.get(session, name)
    if not user.active:
        raise Conflict(f"the user {user.name!r} is not active")
    token, expires_at = new_token(), now + lifetime
    store.add_link(session, user_id=user.id, token_hash=digest(token), expires_at=expires_at)
    audit.record(session, caller, "make link", f"user/{user.name}", after={"expires_at": expires_at})
    return Link(user.name, f"{address}/sign-in?token={token}", expires_at)


def first_link(session: Session, caller: Caller, *, address: str, lifetime: timedelta, now: datetime) -> Link | None:
    """A link for the first administrator, who is made when there is none; None once one has come in."""
    if users_store.admin_has_been_in(session):
        return None
    admins = users_store.lock_admins(session)
    name = admins[0] if admins else users.add(session, caller, FIRST_ADMIN, "admin").name
    return make_link(session, caller, name, address=address, lifetime=lifetime, now=now)


def prune(session: Session, now: datetime) -> dict[str, int]:
    """Forget what ended longer ago than `KEPT_ENDED`: sign-ins and links whole, of keys the hash. The trail keeps who
    signed in and which keys there were."""
    before = now - KEPT_ENDED
    sign_ins, links = store.forget_ended(session, before)
    store.forget_attempts_before(session, now - WINDOW)
    return {"sign_ins": sign_ins, "links": links, "keys": keys_store.forget_hashes(session, before)}


def count_attempt(session: Session, name: str, *, origin: str, now: datetime) -> None:
    """Count one try at a password before it is checked. Raises TooManyAttempts.

    To be committed on its own: so a failing sign-in, which rolls back, has still been counted, and a crowd of
    tries at one moment counts as many. Attempts are rows in the database and hold for all server processes.
    """
    limits = _limits(name, origin)
    store.lock_buckets(session, list(limits))
    store.forget_attempts_before(session, now - WINDOW)
    for bucket, limit in limits.items():
        count, oldest = store.attempts(session, bucket, now - WINDOW)
        if oldest is not None and count >= limit:
            wait = math.ceil((oldest + WINDOW - now).total_seconds())
            raise TooManyAttempts(f"too many attempts to sign in: try again in {wait} s", retry_after=wait)
    for bucket in limits:
        store.add_attempt(session, bucket, now)


def with_password(session: Session, name: str, password: str, door: Door) -> SignedIn:
    """Raises Unauthenticated, in the same words and time for a wrong name as for a wrong password."""
    user = _user_of(session, name)
    if not password_fits(password, user.password_hash if user else None) or user is None or not user.active:
        raise Unauthenticated("name or password is wrong")
    if user.password_hash is not None and is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    for bucket in _limits(name, door.origin):
        if bucket.startswith("name"):
            store.forget_attempts(session, bucket)
    return _enter(session, user, door, "password")


def with_link(session: Session, token: str, door: Door) -> SignedIn:
    """Use up a one-time link. Raises Unauthenticated when it is unknown, used or too old."""
    user = store.use_link(session, digest(token), door.now)
    if user is None:
        raise Unauthenticated("this link is unknown, was used already, or is too old: ask for a new one")
    return _enter(session, user, door, "link")


def holder(session: Session, token: str, *, now: datetime) -> tuple[str, frozenset[str]] | None:
    """`user:name` and scopes of the browser with this cookie; None when it is not (or no longer) signed in."""
    user = store.signed_in_user(session, digest(token), now)
    return None if user is None else (f"{users.PERSON}{user.name}", ROLE_SCOPES[user.role])


def sign_out(session: Session, caller: Caller, token: str, *, now: datetime) -> None:
    """End this browser's sign-in; nothing happens when it has ended already."""
    if store.end_sign_in(session, digest(token), now):
        audit.record(session, caller, "sign out", caller.name.replace(":", "/", 1))


def _enter(session: Session, user: User, door: Door, means: str) -> SignedIn:
    token, expires_at, scopes = new_token(), door.now + door.lifetime, ROLE_SCOPES[user.role]
    store.add_sign_in(session, user_id=user.id, token_hash=digest(token), expires_at=expires_at)
    caller = Caller(f"{users.PERSON}{user.name}", scopes, door.origin, door.request_id)
    audit.record(session, caller, "sign in", f"user/{user.name}", after={"by": means, "expires_at": expires_at})
    return SignedIn(user.name, user.role, scopes, token, expires_at)


def _user_of(session: Session, name: str) -> User | None:
    """None for a name that cannot be one: the answer must not tell it from a name that nobody has."""
    try:
        return users_store.by_name(session, check_name(name))
    except InputError:
        return None


def _limits(name: str, origin: str) -> dict[str, int]:
    """Bucket → tries in the window. Names are hashed: people type passwords into the wrong field."""
    try:
        who = digest(check_name(name))
    except InputError:
        who = "none"
    return {
        f"name {who} from {origin}": TRIES_AT_A_NAME,
        f"address {origin}": TRIES_FROM_AN_ADDRESS,
        f"name {who}": TRIES_AT_A_NAME_FROM_ANYWHERE,
    }
