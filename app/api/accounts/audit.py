"""/api/v1/audit: who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict

from app.api.dependencies import Admin, SessionDep
from app.services.accounts import audit
from app.store.accounts.audit import AuditFilter

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class Entry(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    origin: str
    request_id: str


class Page(BaseModel):
    entries: list[Entry]
    next: int | None


@router.get("")
def list_entries(
    session: SessionDep,
    caller: Admin,
    actor: Annotated[str | None, Query(examples=["user:wang.fang"])] = None,
    action: Annotated[str | None, Query(examples=["sign in"])] = None,
    subject: Annotated[str | None, Query(description="One (`user/wang.fang`) or all of a noun (`user`).")] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=audit.LARGEST_PAGE)] = 100,
    before: Annotated[int | None, Query(description="`next` of the page before.")] = None,
) -> Page:
    """The audit trail, newest first."""
    wanted = AuditFilter(actor, action, subject, since, until)
    found = audit.entries(session, caller, wanted, limit=limit, before=before)
    last = found[-1].id if len(found) == limit else None
    return Page(entries=[Entry.model_validate(entry) for entry in found], next=last)
