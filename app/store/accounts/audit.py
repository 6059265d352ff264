"""The audit trail: added to and read, never changed (triggers refuse it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.audit import AuditEntry


@dataclass(frozen=True)
class AuditFilter:
    """Which entries: actor and action exactly, a subject or all of a noun (`user` finds `user/wang`), a time range."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def add(session: Session, entry: dict[str, Any]) -> None:
    session.add(AuditEntry(**entry))
    session.flush()


def page(session: Session, wanted: AuditFilter, *, limit: int, before: int | None) -> Sequence[AuditEntry]:
    """Newest first; `before` is the id of the last entry of the page before."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if wanted.actor:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.subject:
        of_noun = AuditEntry.subject.startswith(wanted.subject + "/", autoescape=True)
        query = query.where((AuditEntry.subject == wanted.subject) | of_noun)
    if wanted.since:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditEntry.at < wanted.until)
    return session.scalars(query).all()
