"""`onegrid users` and `onegrid keys`, on the test's own transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from app import db
from app.cli import app, context
from app.errors import Conflict, InputError, Refused
from app.rules.accounts.access import Caller
from app.services.accounts import audit, keys, sign_in
from app.services.accounts.sign_in import Door
from app.store.accounts.audit import AuditFilter

Run = Callable[..., Result]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def onegrid(session: Session, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`onegrid("users", "list")`; a domain error is raised, as `main` would see it."""
    monkeypatch.setattr(context, "transaction", partial(db.transaction, session.connection()))

    def run(*arguments: str, stdin: str = "") -> Result:
        result = CliRunner().invoke(app, list(arguments), input=stdin, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    return run


def test_a_user_is_added_listed_and_disabled(onegrid: Run) -> None:
    made = json.loads(onegrid("users", "add", "Wang", "--role", "planner", "--json").stdout)
    assert (made["name"], made["role"], made["has_password"]) == ("wang", "planner", False)
    assert "wang" in onegrid("users", "list").stdout
    disabled = json.loads(onegrid("users", "disable", "wang", "--json").stdout)
    assert disabled["active"] is False
    assert onegrid("users", "set", "wang", "--active", "--role", "viewer").stdout.strip() == "user wang: viewer, active"


def test_a_password_comes_from_stdin_and_goes_nowhere_else(onegrid: Run, session: Session) -> None:
    secret = "copper lantern drifting"
    added = onegrid("users", "add", "wang", "--role", "planner", "--password-stdin", stdin=secret + "\n")
    assert secret not in added.output
    door = Door(NOW, timedelta(hours=1))
    assert sign_in.with_password(session, "wang", secret, door).user == "wang"
    with pytest.raises(InputError, match="no password"):
        onegrid("users", "set", "wang", "--password-stdin", stdin="")


def test_a_link_signs_in_once(onegrid: Run, session: Session) -> None:
    onegrid("users", "add", "wang", "--role", "planner")
    url = json.loads(onegrid("users", "link", "wang", "--json").stdout)["url"]
    made = sign_in.with_link(session, url.partition("token=")[2], Door(datetime.now(UTC), timedelta(hours=1)))
    assert made.user == "wang"


def test_errors_are_domain_errors(onegrid: Run) -> None:
    onegrid("users", "add", "wang", "--role", "admin")
    with pytest.raises(Conflict):
        onegrid("users", "add", "wang", "--role", "admin")
    with pytest.raises(Refused):
        onegrid("users", "disable", "wang")
    with pytest.raises(InputError):
        onegrid("users", "add", "li", "--role", "emperor")
    with pytest.raises(InputError, match="nothing to change"):
        onegrid("users", "set", "wang")


def test_a_key_is_printed_once_and_works_until_revoked(onegrid: Run, session: Session) -> None:
    added = onegrid("keys", "add", "app", "--scope", "lookup", "--scope", "plan", "--json")
    made = json.loads(added.stdout)
    assert keys.holder(session, made["key"], now=NOW) == ("key:app", frozenset({"lookup", "plan"}))
    listed = onegrid("keys", "list", "--json").stdout
    assert made["key"] not in listed
    assert json.loads(listed)[0]["scopes"] == ["lookup", "plan"]
    assert onegrid("keys", "revoke", "app").stdout.strip() == "key app revoked"
    assert keys.holder(session, made["key"], now=NOW) is None


def test_a_key_for_scripts_is_alone_on_stdout(onegrid: Run, session: Session) -> None:
    key = onegrid("keys", "add", "app", "--scope", "lookup", "--expires", "2999-01-01").stdout.strip()
    assert keys.holder(session, key, now=NOW) == ("key:app", frozenset({"lookup"}))


def test_the_trail_names_the_account_of_the_shell(onegrid: Run, session: Session) -> None:
    onegrid("keys", "add", "app", "--scope", "lookup")
    (entry,) = audit.entries(session, Caller("x", frozenset({"admin"})), AuditFilter(subject="key/app"))
    assert entry.actor.startswith("cli:")
    assert entry.origin == "cli"
