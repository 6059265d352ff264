"""The application on the test's own transaction: what a request commits is a savepoint and rolled back at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app import db
from app.main import create_app
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import keys, users
from app.settings import Settings

ROOT = Caller("cli:test", frozenset(SCOPES))
PASSWORD = "copper lantern drifting"
MakeClient = Callable[..., TestClient]


@pytest.fixture
def make_client(session: Session, settings: Settings, kernels: None) -> Iterator[MakeClient]:
    """Clients of the application with settings of one's own: `make_client(public_lookup=True)`."""
    opened: list[TestClient] = []

    def make(prepare: Callable[[FastAPI], None] | None = None, **changes: object) -> TestClient:
        app = create_app(settings.model_copy(update=changes), transaction=partial(db.transaction, session.connection()))
        if prepare is not None:
            prepare(app)
        client = TestClient(app, raise_server_exceptions=False, client=("10.0.0.7", 50000), follow_redirects=False)
        opened.append(client.__enter__())
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    """A client without key or cookie."""
    return make_client()


@pytest.fixture
def make_key(session: Session) -> Callable[..., dict[str, str]]:
    """Headers with a new key of these scopes: `make_key("lookup", "plan")`."""

    def make(*scopes: str) -> dict[str, str]:
        name = "test-" + "-".join(scopes)
        made = keys.add(session, ROOT, name, list(scopes), now=datetime.now(UTC))
        session.commit()
        return {"Authorization": f"Bearer {made.key}"}

    return make


@pytest.fixture
def admin(make_key: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Headers of a key with every scope."""
    return make_key(*SCOPES)


@pytest.fixture
def wang(session: Session) -> str:
    """The name of a planner whose password is PASSWORD."""
    users.add(session, ROOT, "wang", "planner", PASSWORD)
    session.commit()
    return "wang"
