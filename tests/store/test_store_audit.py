from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.store.accounts import audit as store
from app.store.accounts.audit import AuditFilter

CALLER = Caller("user:wang", frozenset({"admin"}), origin="10.1.2.3", request_id="r-1")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT INTO audit (id, actor, action, subject) SELECT id, actor, 'x', subject FROM audit"
        " ON CONFLICT (id) DO UPDATE SET action = 'x'",
    ],
)
def test_the_database_refuses_every_change_of_the_trail(session: Session, change: str) -> None:
    audit.record(session, CALLER, "publish", "plan/spring")
    session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change))
    session.rollback()
    assert [entry.actor for entry in store.page(session, AuditFilter(), limit=10, before=None)] == ["user:wang"]


def test_the_triggers_fire_also_for_a_session_that_plays_a_replica(session: Session) -> None:
    query = "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'audit'::regclass AND NOT tgisinternal"
    assert dict(session.execute(text(query)).all()) == {"audit_append_only": "A", "audit_no_truncate": "A"}


def test_a_page_follows_the_page_before_without_gap_or_repetition(session: Session) -> None:
    for number in range(7):
        audit.record(session, CALLER, "change", f"user/u{number}")
    seen: list[str] = []
    before = None
    while page := store.page(session, AuditFilter(), limit=3, before=before):
        seen += [entry.subject for entry in page]
        before = page[-1].id
    assert seen == [f"user/u{number}" for number in reversed(range(7))]


def test_filters(session: Session) -> None:
    other = Caller("key:app", frozenset())
    audit.record(session, CALLER, "add", "user/li")
    audit.record(session, CALLER, "change", "user/li")
    audit.record(session, other, "add", "users_of_old/li")
    audit.record(session, other, "add", "user/a%b")

    def found(**wanted: str) -> list[tuple[str, str]]:
        entries = store.page(session, AuditFilter(**wanted), limit=10, before=None)
        return [(entry.action, entry.subject) for entry in entries]

    assert found(actor="key:app") == [("add", "user/a%b"), ("add", "users_of_old/li")]
    assert found(action="change") == [("change", "user/li")]
    assert found(subject="user") == [("add", "user/a%b"), ("change", "user/li"), ("add", "user/li")]
    assert found(subject="user/li", action="add") == [("add", "user/li")]
    assert found(subject="user/a%") == []
