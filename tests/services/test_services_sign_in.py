from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import db
from app.errors import Conflict, TooManyAttempts, Unauthenticated
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import audit, keys, sign_in, users
from app.services.accounts.sign_in import Door, Link
from app.services.accounts.users import Change
from app.store.accounts import keys as keys_store
from app.store.accounts.audit import AuditFilter

ADMIN = Caller("cli:root", frozenset(SCOPES))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DOOR = Door(NOW, 12 * HOUR, "10.0.0.7", "r-1")
GOOD = "copper lantern drifting"


@pytest.fixture
def wang(session: Session) -> str:
    users.add(session, ADMIN, "wang", "planner", GOOD)
    return "wang"


def make_link(session: Session, name: str) -> tuple[Link, str]:
    link = sign_in.make_link(session, ADMIN, name, address="https://grid.example", lifetime=HOUR, now=NOW)
    return link, link.url.removeprefix("https://grid.example/sign-in?token=")


def test_what_ended_is_forgotten_after_a_month_and_no_sooner(session: Session, wang: str) -> None:
    _, token = make_link(session, wang)
    sign_in.with_link(session, token, DOOR)
    for name, until in (("old", NOW + HOUR), ("open", None)):
        keys.add(session, ADMIN, name, ["lookup"], now=NOW, expires_at=until)
    hashes = {key.name: key.key_hash for key in keys_store.list_all(session)}
    later = NOW + sign_in.KEPT_ENDED
    assert sign_in.prune(session, later - HOUR) == {"sign_ins": 0, "links": 0, "keys": 0}
    assert sign_in.prune(session, later + HOUR) == {"sign_ins": 0, "links": 1, "keys": 1}
    assert sign_in.prune(session, later + 13 * HOUR) == {"sign_ins": 1, "links": 0, "keys": 0}
    session.expire_all()
    kept = {key.name: key.key_hash for key in keys_store.list_all(session)}
    assert kept["open"] == hashes["open"]
    assert hashes["old"] not in kept.values()
    with pytest.raises(Conflict):
        keys.add(session, ADMIN, "old", ["lookup"], now=later)


def test_a_link_signs_in_once(session: Session, wang: str) -> None:
    _, token = make_link(session, wang)
    made = sign_in.with_link(session, token, DOOR)
    assert (made.user, made.role, made.scopes) == ("wang", "planner", frozenset({"lookup", "plan"}))
    assert sign_in.holder(session, made.token, now=NOW) == ("user:wang", made.scopes)
    with pytest.raises(Unauthenticated):
        sign_in.with_link(session, token, DOOR)


def test_of_many_who_use_a_link_at_once_one_gets_in(database: str) -> None:
    engine, crowd = db.make_engine(database), 8
    start = Barrier(crowd)
    with db.transaction(engine) as session:
        users.add(session, ADMIN, "wang", "planner")
        _, token = make_link(session, "wang")

    def use(_: int) -> bool:
        start.wait(timeout=30)
        try:
            with db.transaction(engine) as session:
                sign_in.with_link(session, token, DOOR)
        except Unauthenticated:
            return False
        return True

    with ThreadPoolExecutor(crowd) as pool:
        assert sum(pool.map(use, range(crowd))) == 1
    with db.transaction(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM sign_ins")) == 1
    engine.dispose()


def test_a_link_ends_with_its_time_and_with_its_user(session: Session, wang: str) -> None:
    link, token = make_link(session, wang)
    assert link.expires_at == NOW + HOUR
    with pytest.raises(Unauthenticated):
        sign_in.with_link(session, token, Door(NOW + HOUR, HOUR))
    users.change(session, ADMIN, wang, Change(active=False), now=NOW)
    with pytest.raises(Unauthenticated):
        sign_in.with_link(session, token, DOOR)
    with pytest.raises(Conflict):
        make_link(session, wang)


def test_tokens_are_kept_as_hashes_only(session: Session, wang: str) -> None:
    _, token = make_link(session, wang)
    made = sign_in.with_link(session, token, DOOR)
    tables = ("sign_in_links", "sign_ins", "audit", "users")
    kept = "".join(session.scalar(text(f"SELECT json_agg(t)::text FROM {table} t")) for table in tables)
    assert token not in kept
    assert made.token not in kept


def test_password_and_name_fit_together(session: Session, wang: str) -> None:
    users.add(session, ADMIN, "li", "viewer")
    assert sign_in.with_password(session, "WANG", GOOD, DOOR).user == "wang"
    said = set()
    for name, password in (("wang", "wrong"), ("li", ""), ("li", GOOD), ("nobody", GOOD), ("not a name!", GOOD)):
        with pytest.raises(Unauthenticated) as refused:
            sign_in.with_password(session, name, password, DOOR)
        said.add(str(refused.value))
    assert len(said) == 1, "the answer must not tell who exists"


def test_an_inactive_user_stays_out(session: Session, wang: str) -> None:
    inside = sign_in.with_password(session, wang, GOOD, DOOR)
    session.execute(text("UPDATE users SET active = false"))
    session.expire_all()
    assert sign_in.holder(session, inside.token, now=NOW) is None
    with pytest.raises(Unauthenticated):
        sign_in.with_password(session, wang, GOOD, DOOR)


def test_a_sign_in_ends_with_its_time_or_when_signed_out(session: Session, wang: str) -> None:
    made = sign_in.with_password(session, wang, GOOD, DOOR)
    end = made.expires_at
    assert end == NOW + 12 * HOUR
    assert sign_in.holder(session, made.token, now=end - timedelta(microseconds=1)) is not None
    assert sign_in.holder(session, made.token, now=end) is None
    me = Caller("user:wang", made.scopes)
    sign_in.sign_out(session, me, made.token, now=NOW)
    sign_in.sign_out(session, me, made.token, now=NOW)
    assert sign_in.holder(session, made.token, now=NOW) is None
    actions = [entry.action for entry in audit.entries(session, ADMIN, AuditFilter(subject="user/wang"))]
    assert actions == ["sign out", "sign in", "add"]


def test_a_hash_with_old_parameters_is_made_anew(session: Session, wang: str) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    users.get(session, wang).password_hash = old
    sign_in.with_password(session, wang, GOOD, DOOR)
    renewed = users.get(session, wang).password_hash
    assert renewed != old
    assert sign_in.with_password(session, wang, GOOD, DOOR).user == wang


def test_the_sixth_try_at_a_name_from_one_address_must_wait(session: Session) -> None:
    for number in range(sign_in.TRIES_AT_A_NAME):
        sign_in.count_attempt(session, "wang", origin="10.0.0.7", now=NOW + timedelta(minutes=number))
    with pytest.raises(TooManyAttempts) as refused:
        sign_in.count_attempt(session, "Wang", origin="10.0.0.7", now=NOW + timedelta(minutes=5))
    assert refused.value.retry_after == 10 * 60
    sign_in.count_attempt(session, "wang", origin="10.0.0.8", now=NOW + timedelta(minutes=5))
    sign_in.count_attempt(session, "li", origin="10.0.0.7", now=NOW + timedelta(minutes=5))
    sign_in.count_attempt(session, "wang", origin="10.0.0.7", now=NOW + sign_in.WINDOW)


def test_one_address_cannot_try_many_names(session: Session) -> None:
    for number in range(sign_in.TRIES_FROM_AN_ADDRESS):
        sign_in.count_attempt(session, f"user{number}", origin="10.0.0.7", now=NOW)
    with pytest.raises(TooManyAttempts):
        sign_in.count_attempt(session, "one more", origin="10.0.0.7", now=NOW)


def test_many_addresses_cannot_try_one_name_without_end(session: Session) -> None:
    for number in range(sign_in.TRIES_AT_A_NAME_FROM_ANYWHERE):
        sign_in.count_attempt(session, "wang", origin=f"10.0.{number}.1", now=NOW)
    with pytest.raises(TooManyAttempts):
        sign_in.count_attempt(session, "wang", origin="10.1.0.1", now=NOW)


def test_getting_in_clears_the_names_count(session: Session, wang: str) -> None:
    for _ in range(3):
        for _ in range(sign_in.TRIES_AT_A_NAME - 1):
            sign_in.count_attempt(session, wang, origin=DOOR.origin, now=NOW)
        sign_in.with_password(session, wang, GOOD, DOOR)


def test_a_crowd_of_tries_at_one_moment_is_counted_one_by_one(database: str) -> None:
    engine, crowd = db.make_engine(database), 12
    start = Barrier(crowd)

    def attempt(_: int) -> bool:
        start.wait(timeout=30)
        try:
            with db.transaction(engine) as session:
                sign_in.count_attempt(session, "wang", origin="10.0.0.7", now=NOW)
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(crowd) as pool:
        assert sum(pool.map(attempt, range(crowd))) == sign_in.TRIES_AT_A_NAME
    engine.dispose()


def test_names_are_not_readable_in_the_count(session: Session) -> None:
    """People type their password where the name belongs."""
    sign_in.count_attempt(session, GOOD, origin="10.0.0.7", now=NOW)
    sign_in.count_attempt(session, "hunter2-secret", origin="10.0.0.7", now=NOW)
    kept = session.scalar(text("SELECT json_agg(t)::text FROM sign_in_attempts t"))
    assert GOOD not in kept
    assert "hunter2" not in kept


def test_the_first_link_is_for_an_administrator_until_one_has_been_in(session: Session) -> None:
    first = sign_in.first_link(session, ADMIN, address="http://x", lifetime=HOUR, now=NOW)
    again = sign_in.first_link(session, ADMIN, address="http://x", lifetime=HOUR, now=NOW)
    assert first is not None
    assert again is not None
    assert (first.user, again.user) == ("admin", "admin")
    assert first.url != again.url
    sign_in.with_link(session, again.url.partition("token=")[2], DOOR)
    assert sign_in.first_link(session, ADMIN, address="http://x", lifetime=HOUR, now=NOW) is None


def test_no_first_link_where_an_administrator_has_a_password(session: Session) -> None:
    users.add(session, ADMIN, "wang", "admin", GOOD)
    assert sign_in.first_link(session, ADMIN, address="http://x", lifetime=HOUR, now=NOW) is None
