"""/api/v1/users: people who may sign in, their links; /api/v1/me: oneself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from app import db
from app.api.dependencies import Admin, AnyCaller, Now, SessionDep, SettingsDep, Transactions
from app.models.users import User
from app.rules.accounts.access import Role
from app.services.accounts import sign_in, users
from app.services.accounts.users import Change

router = APIRouter(prefix="/api/v1", tags=["users"])


class NewUser(BaseModel):
    name: str = Field(description="Letters of any script, digits and . _ @ -", examples=["wang.fang"])
    role: Role
    password: SecretStr | None = Field(None, description="Without one, a link lets the user in.")


class UserChange(BaseModel):
    role: Role | None = None
    active: bool | None = None
    password: SecretStr | None = None


class NewPassword(BaseModel):
    current: SecretStr | None = Field(None, description="Needed where there is one.")
    new: SecretStr


class UserAnswer(BaseModel):
    name: str
    role: str
    active: bool
    has_password: bool
    created_at: datetime


class LinkAnswer(BaseModel):
    user: str
    url: str = Field(description="Shown now and never again.")
    expires_at: datetime


@router.get("/users")
def list_users(session: SessionDep, caller: Admin) -> list[UserAnswer]:
    """Everybody who may sign in or could once."""
    return [_shown(user) for user in users.list_users(session, caller)]


@router.post("/users", status_code=201)
def add_user(body: NewUser, session: SessionDep, caller: Admin) -> UserAnswer:
    """Add a user."""
    return _shown(users.add(session, caller, body.name, body.role, _plain(body.password)))


@router.patch("/users/{name}")
def change_user(
    name: str, body: UserChange, request: Request, session: SessionDep, caller: Admin, now: Now
) -> UserAnswer:
    """Change role, state or password; the user's sign-ins end when something is taken away."""
    wanted = Change(body.role, body.active, _plain(body.password))
    changed = users.change(session, caller, name, wanted, now=now)
    db.after_commit(session, request.app.state.callers.forget)
    return _shown(changed)


@router.post("/users/{name}/links", status_code=201)
def make_link(name: str, session: SessionDep, caller: Admin, settings: SettingsDep, now: Now) -> LinkAnswer:
    """Make a link that signs the user in once."""
    lifetime = timedelta(minutes=settings.sign_in_link_minutes)
    link = sign_in.make_link(session, caller, name, address=settings.address, lifetime=lifetime, now=now)
    return LinkAnswer(user=link.user, url=link.url, expires_at=link.expires_at)


@router.get("/me")
def me(caller: AnyCaller) -> dict[str, Any]:
    """Who the key or the cookie says I am, and what I may do."""
    kind, _, name = caller.name.partition(":")
    return {"kind": kind, "name": name, "scopes": sorted(caller.scopes)}


@router.put("/me/password", status_code=204)
def change_own_password(
    body: NewPassword, request: Request, caller: AnyCaller, transaction: Transactions, now: Now
) -> Response:
    """Change one's own password; all of one's sign-ins end."""
    with transaction() as session:
        sign_in.count_attempt(session, caller.name.partition(":")[2], origin=caller.origin, now=now)
    with transaction() as session:
        users.change_own_password(session, caller, _plain(body.current), body.new.get_secret_value(), now=now)
    request.app.state.callers.forget()
    return Response(status_code=204)


def _shown(user: User) -> UserAnswer:
    return UserAnswer(
        name=user.name,
        role=user.role,
        active=user.active,
        has_password=user.password_hash is not None,
        created_at=user.created_at,
    )


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
