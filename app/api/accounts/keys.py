"""/api/v1/keys: keys of machines."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app import db
from app.api.dependencies import Admin, Now, SessionDep
from app.rules.accounts.access import Scope
from app.services.accounts import keys

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])


class NewKey(BaseModel):
    name: str = Field(description="What the key is for; never used twice.", examples=["city-management-app"])
    scopes: list[Scope]
    expires_at: AwareDatetime | None = None


class KeyMade(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    key: str = Field(description="Shown now and never again.")
    scopes: list[str]
    expires_at: datetime | None


class KeyAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    prefix: str = Field(description="The key begins with og_ and this.")
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@router.get("")
def list_keys(session: SessionDep, caller: Admin) -> list[KeyAnswer]:
    """All keys, revoked ones too; the keys themselves are not kept."""
    return [KeyAnswer.model_validate(key) for key in keys.list_keys(session, caller)]


@router.post("", status_code=201)
def add_key(body: NewKey, session: SessionDep, caller: Admin, now: Now) -> KeyMade:
    """Make a key. It is in this answer and nowhere else."""
    made = keys.add(session, caller, body.name, list(body.scopes), now=now, expires_at=body.expires_at)
    return KeyMade.model_validate(made)


@router.delete("/{name}", status_code=204)
def revoke_key(name: str, request: Request, session: SessionDep, caller: Admin, now: Now) -> Response:
    """Revoke a key; it stops at once here, and within a second in other server processes."""
    keys.revoke(session, caller, name, now=now)
    db.after_commit(session, request.app.state.callers.forget)
    return Response(status_code=204)
