from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import audit, keys
from app.store.accounts.audit import AuditFilter

ADMIN = Caller("user:wang", frozenset(SCOPES))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_a_key_opens_what_its_scopes_say(session: Session) -> None:
    made = keys.add(session, ADMIN, "city-app", ["plan", "lookup"], now=NOW)
    assert re.fullmatch(r"og_[a-z0-9]{8}_[A-Za-z0-9]{43}", made.key)
    assert keys.holder(session, made.key, now=NOW) == ("key:city-app", frozenset({"plan", "lookup"}))


def test_nothing_but_the_key_itself_opens(session: Session) -> None:
    made = keys.add(session, ADMIN, "city-app", ["lookup"], now=NOW)
    stored = session.execute(text("SELECT key_hash, prefix FROM keys")).one()
    for wrong in ("", "og_", made.key[:-1], made.key + "a", made.key.swapcase(), *stored):
        assert keys.holder(session, wrong, now=NOW) is None


def test_the_key_is_nowhere_in_the_database(session: Session) -> None:
    made = keys.add(session, ADMIN, "city-app", ["lookup"], now=NOW)
    keys.revoke(session, ADMIN, "city-app", now=NOW)
    secret = made.key.rsplit("_", 1)[1]
    kept = session.scalar(
        text("SELECT (SELECT json_agg(k)::text FROM keys k) || (SELECT json_agg(a)::text FROM audit a)")
    )
    assert made.key not in kept
    assert secret not in kept
    hashed = session.scalar(text("SELECT key_hash FROM keys"))
    assert hashed not in session.scalar(text("SELECT json_agg(a)::text FROM audit a"))


def test_a_revoked_key_opens_nothing_and_its_name_stays_taken(session: Session) -> None:
    made = keys.add(session, ADMIN, "city-app", ["lookup"], now=NOW)
    keys.revoke(session, ADMIN, "City-App", now=NOW)
    assert keys.holder(session, made.key, now=NOW) is None
    with pytest.raises(Conflict):
        keys.revoke(session, ADMIN, "city-app", now=NOW)
    with pytest.raises(Conflict):
        keys.add(session, ADMIN, "city-app", ["lookup"], now=NOW)
    with pytest.raises(NotFound):
        keys.revoke(session, ADMIN, "other", now=NOW)


def test_a_key_opens_until_the_moment_it_expires(session: Session) -> None:
    end = NOW + timedelta(hours=1)
    made = keys.add(session, ADMIN, "city-app", ["lookup"], now=NOW, expires_at=end)
    assert keys.holder(session, made.key, now=end - timedelta(microseconds=1)) is not None
    assert keys.holder(session, made.key, now=end) is None
    with pytest.raises(InputError):
        keys.add(session, ADMIN, "late", ["lookup"], now=NOW, expires_at=NOW)


def test_only_administrators_make_list_and_revoke(session: Session) -> None:
    planner = Caller("user:li", frozenset({"lookup", "plan", "events"}))
    with pytest.raises(Forbidden):
        keys.add(session, planner, "mine", ["admin"], now=NOW)
    with pytest.raises(Forbidden):
        keys.list_keys(session, planner)
    with pytest.raises(Forbidden):
        keys.revoke(session, planner, "mine", now=NOW)


def test_making_and_revoking_are_in_the_trail(session: Session) -> None:
    keys.add(session, ADMIN, "city-app", ["lookup"], now=NOW)
    keys.revoke(session, ADMIN, "city-app", now=NOW)
    revoked, added = audit.entries(session, ADMIN, AuditFilter(subject="key"))
    assert (added.action, added.after["scopes"]) == ("add", ["lookup"])
    assert (revoked.action, revoked.before["revoked_at"]) == ("revoke", None)
    assert revoked.after["revoked_at"] is not None
