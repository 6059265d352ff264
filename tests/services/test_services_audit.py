from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.store.accounts.audit import AuditFilter

ADMIN = Caller("user:wang", frozenset({"admin"}), origin="10.1.2.3", request_id="r-1")


@dataclass(frozen=True)
class Report:
    moved_m2: float


def test_who_what_before_after_from_where(session: Session) -> None:
    audit.record(session, ADMIN, "change", "user/li", before={"role": "viewer"}, after={"role": "planner"})
    (entry,) = audit.entries(session, ADMIN, AuditFilter())
    assert (entry.actor, entry.action, entry.subject) == ("user:wang", "change", "user/li")
    assert (entry.before, entry.after) == ({"role": "viewer"}, {"role": "planner"})
    assert (entry.origin, entry.request_id) == ("10.1.2.3", "r-1")
    assert entry.at.tzinfo is not None


def test_secrets_never_enter_the_trail_however_deep(session: Session) -> None:
    after = {"name": "li", "password": "p", "nested": [{"key_hash": "h", "token": "t", "content_hash": "kept"}]}
    audit.record(session, ADMIN, "add", "user/li", after=after)
    (entry,) = audit.entries(session, ADMIN, AuditFilter())
    assert entry.after == {"name": "li", "nested": [{"content_hash": "kept"}]}


def test_values_of_all_kinds_become_json(session: Session) -> None:
    after = {
        "when": datetime(2026, 11, 21, tzinfo=UTC),
        "n": np.int64(3),
        "share": np.float64(0.5),
        "report": Report(2.5),
    }
    audit.record(session, ADMIN, "publish", "plan/spring", after=after)
    (entry,) = audit.entries(session, ADMIN, AuditFilter())
    assert entry.after == {"when": "2026-11-21T00:00:00Z", "n": 3, "share": 0.5, "report": {"moved_m2": 2.5}}


def test_only_administrators_read_the_trail(session: Session) -> None:
    with pytest.raises(Forbidden):
        audit.entries(session, Caller("user:li", frozenset({"plan", "lookup"})), AuditFilter())
