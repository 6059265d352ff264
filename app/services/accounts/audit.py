"""Who changed what: every service that writes says so here, in the transaction of its change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

from app.models.audit import AuditEntry
from app.rules.accounts.access import Caller
from app.store.accounts import audit as store
from app.store.accounts.audit import AuditFilter

SECRETS = frozenset({"password", "password_hash", "key", "key_hash", "token", "token_hash", "secret"})
LARGEST_PAGE = 1000


def record(
    session: Session,
    caller: Caller,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry. `action` is a verb (`publish`, `sign in`), `subject` noun/name (`plan/spring`).

    Dates, numbers of numpy and dataclasses become JSON; fields that hold secrets are left out, however deep they lie.
    """
    entry = {
        "actor": caller.name,
        "action": action,
        "subject": subject,
        "before": _plain(before),
        "after": _plain(after),
        "origin": caller.origin,
        "request_id": caller.request_id,
    }
    store.add(session, entry)


def entries(
    session: Session, caller: Caller, wanted: AuditFilter, *, limit: int = 100, before: int | None = None
) -> Sequence[AuditEntry]:
    """A page of the trail, newest first, for administrators."""
    caller.require("admin")
    return store.page(session, wanted, limit=min(limit, LARGEST_PAGE), before=before)


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else _without_secrets(to_jsonable_python(dict(values), fallback=_scalar))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(inner) for name, inner in value.items() if name not in SECRETS}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value


def _scalar(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
