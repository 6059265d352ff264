from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import db
from app.errors import Conflict, Forbidden, InputError, NotFound, Refused
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import audit, sign_in, users
from app.services.accounts.sign_in import Door
from app.services.accounts.users import Change
from app.store.accounts.audit import AuditFilter

ADMIN = Caller("cli:root", frozenset(SCOPES))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DOOR = Door(NOW, timedelta(hours=12), "10.0.0.7")
GOOD = "copper lantern drifting"


def test_a_user_is_added_once(session: Session) -> None:
    made = users.add(session, ADMIN, "Wang.Fang", "planner")
    assert (made.name, made.role, made.active, made.password_hash) == ("wang.fang", "planner", True, None)
    with pytest.raises(Conflict):
        users.add(session, ADMIN, "WANG.FANG", "viewer")


def test_passwords_are_kept_as_argon2id_and_nowhere_else(session: Session) -> None:
    made = users.add(session, ADMIN, "wang", "planner", GOOD)
    assert made.password_hash is not None
    assert made.password_hash.startswith("$argon2id$")
    users.change(session, ADMIN, "wang", Change(password="seven quiet harbours"), now=NOW)
    trail = session.scalar(text("SELECT json_agg(a)::text FROM audit a"))
    for secret in (GOOD, "seven quiet harbours", "$argon2"):
        assert secret not in trail


def test_a_weak_password_stores_nothing(session: Session) -> None:
    with pytest.raises(InputError):
        users.add(session, ADMIN, "wang", "planner", "password123")
    with pytest.raises(NotFound):
        users.get(session, "wang")


def test_the_last_administrator_can_neither_leave_nor_be_demoted(session: Session) -> None:
    users.add(session, ADMIN, "wang", "admin")
    for wanted in (Change(role="viewer"), Change(active=False)):
        with pytest.raises(Refused):
            users.change(session, ADMIN, "wang", wanted, now=NOW)
    users.add(session, ADMIN, "li", "admin")
    users.change(session, ADMIN, "wang", Change(role="viewer"), now=NOW)
    with pytest.raises(Refused):
        users.change(session, ADMIN, "li", Change(active=False), now=NOW)


def test_an_inactive_administrator_does_not_count(session: Session) -> None:
    users.add(session, ADMIN, "wang", "admin")
    users.add(session, ADMIN, "li", "admin")
    users.change(session, ADMIN, "li", Change(active=False), now=NOW)
    with pytest.raises(Refused):
        users.change(session, ADMIN, "wang", Change(active=False), now=NOW)


def test_two_administrators_who_demote_each_other_at_once_leave_one(database: str) -> None:
    engine, start = db.make_engine(database), Barrier(2)
    with db.transaction(engine) as session:
        users.add(session, ADMIN, "wang", "admin")
        users.add(session, ADMIN, "li", "admin")

    def demote(name: str) -> bool:
        start.wait(timeout=30)
        try:
            with db.transaction(engine) as session:
                users.change(session, ADMIN, name, Change(role="viewer"), now=NOW)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, ["wang", "li"])) == [False, True]
    with db.transaction(engine) as session:
        assert len([user for user in users.list_users(session, ADMIN) if user.role == "admin"]) == 1
    engine.dispose()


@pytest.mark.parametrize("wanted", [Change(active=False), Change(role="viewer"), Change(password=GOOD)])
def test_what_takes_something_away_ends_sign_ins_and_open_links(session: Session, wanted: Change) -> None:
    users.add(session, ADMIN, "wang", "planner")
    token = _link_token(session)
    inside = sign_in.with_link(session, token, DOOR)
    open_link = _link_token(session)
    users.change(session, ADMIN, "wang", wanted, now=NOW)
    assert sign_in.holder(session, inside.token, now=NOW) is None
    with pytest.raises(sign_in.Unauthenticated):
        sign_in.with_link(session, open_link, DOOR)


def test_a_change_shows_before_and_after(session: Session) -> None:
    users.add(session, ADMIN, "wang", "planner")
    users.change(session, ADMIN, "wang", Change(role="operator"), now=NOW)
    entry = audit.entries(session, ADMIN, AuditFilter(subject="user/wang", action="change"))[0]
    assert entry.before == {"role": "planner", "active": True, "has_password": False}
    assert entry.after == {"role": "operator", "active": True, "has_password": False}


def test_ones_own_password_needs_the_current_one_where_there_is_one(session: Session) -> None:
    users.add(session, ADMIN, "wang", "planner")
    me = Caller("user:wang", frozenset({"plan"}))
    users.change_own_password(session, me, None, GOOD, now=NOW)
    with pytest.raises(InputError, match="current password"):
        users.change_own_password(session, me, "wrong", "seven quiet harbours", now=NOW)
    users.change_own_password(session, me, GOOD, "seven quiet harbours", now=NOW)
    assert sign_in.with_password(session, "wang", "seven quiet harbours", DOOR).user == "wang"
    with pytest.raises(Forbidden):
        users.change_own_password(session, Caller("key:app", frozenset(SCOPES)), None, GOOD, now=NOW)


def test_only_administrators_manage_users(session: Session) -> None:
    planner = Caller("user:li", frozenset({"plan", "lookup", "events"}))
    for attempt in (
        lambda: users.add(session, planner, "x", "admin"),
        lambda: users.list_users(session, planner),
        lambda: users.change(session, planner, "li", Change(role="admin"), now=NOW),
    ):
        with pytest.raises(Forbidden):
            attempt()


def _link_token(session: Session) -> str:
    link = sign_in.make_link(session, ADMIN, "wang", address="http://x", lifetime=timedelta(hours=1), now=NOW)
    return link.url.partition("token=")[2]
