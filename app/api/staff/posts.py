"""/api/v1/posts: who holds which role where, over which time; corrected and ended by new rows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, SettingsDep
from app.api.moments import moment
from app.api.staff.staff import PAGE
from app.rules.accounts.access import Caller
from app.rules.time.moments import parse_moment
from app.services.staff import posts
from app.services.staff.posts import NewPost, PostChange
from app.store.staff import posts as store
from app.store.staff.posts import PostFilter

router = APIRouter(prefix="/api/v1/posts", tags=["posts"])
SHIFT = "Weekly pattern: `Mon-Fri 08:00-12:00,14:00-18:00`, 周一至周五 8:00-18:00, or `rota 2 from …`; empty: always."


class PostBody(BaseModel):
    person: int = Field(description="Id of a person.")
    role: str = Field(description="A role's code or word; a new word becomes a local role.", examples=["网格长"])
    network: str
    grid: str = Field(description="Code of a grid, through editions.")
    valid_from: str | None = Field(None, description="Now when not given.", examples=["2026-12-01"])
    valid_until: str | None = None
    department: str | None = Field(None, description="Code or name; the person's when not given.")
    shift: str = Field("", description=SHIFT)
    load: float | None = Field(None, description="Share of a full day's work; the role's when not given.")
    substitutes: list[int] = Field([], description="People who stand in, the first first.")


class PostPatch(BaseModel):
    at: str | None = Field(None, description="Moment in the term that is corrected; the last term when not given.")
    valid_from: str | None = None
    valid_until: str | None = None
    forever: bool = Field(False, description="Take the end away.")
    department: str | None = None
    shift: str | None = Field(None, description=SHIFT)
    load: float | None = None
    substitutes: list[int] | None = None


class Until(BaseModel):
    at: str = Field(description="Moment at which the post ends.", examples=["2026-12-31"])


@router.get("")
def list_posts(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    network: Annotated[str | None, Query(description="Code of a network.")] = None,
    grid: Annotated[str | None, Query(description="Code of a grid.")] = None,
    person: Annotated[int | None, Query(description="Id of a person.")] = None,
    role: Annotated[str | None, Query(description="Code of a role.")] = None,
    at: Annotated[str | None, Query(description="Held at this moment; whenever when not given.")] = None,
    as_known_at: Annotated[str | None, Query(description="As it was known at this moment.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 1000,
    after: Annotated[int, Query(ge=0, description="`next` of the page before.")] = 0,
) -> dict[str, Any]:
    """Terms of posts. Names are masked without the scope `events` or `admin`."""
    wanted = PostFilter(network, grid, person, role, moment(at, settings), moment(as_known_at, settings))
    found = store.rows(session, wanted, limit=limit, after=after)
    return {"posts": posts.describe(caller, found), "next": found[-1].term.id if len(found) == limit else None}


@router.post("", status_code=201)
def appoint(body: PostBody, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Give somebody a post; the same person, role and grid is the same post with a further term."""
    wanted = NewPost(
        body.person,
        body.role,
        body.network,
        body.grid,
        moment(body.valid_from, settings) or now,
        moment(body.valid_until, settings),
        body.department,
        body.shift,
        body.load,
        tuple(body.substitutes),
    )
    return _shown(session, caller, posts.appoint(session, caller, wanted, now).id)


@router.get("/{post_id}")
def get_post(post_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One post: its terms as known now, and everything that was ever recorded of it."""
    store.get(session, post_id)
    return _shown(session, caller, post_id)


@router.patch("/{post_id}")
def correct(
    post_id: int, body: PostPatch, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now
) -> dict[str, Any]:
    """Correct what is known of a term: the old row stays for questions about the past."""
    wanted = PostChange(
        moment(body.valid_from, settings),
        moment(body.valid_until, settings),
        body.forever,
        body.department,
        body.shift,
        body.load,
        None if body.substitutes is None else tuple(body.substitutes),
    )
    posts.correct(session, caller, post_id, wanted, now, moment(body.at, settings))
    return _shown(session, caller, post_id)


@router.post("/{post_id}/end")
def end(
    post_id: int, body: Until, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now
) -> dict[str, Any]:
    """Let a post end; what was to begin later is withdrawn."""
    posts.end(session, caller, post_id, parse_moment(body.at, settings.time_zone), now)
    return _shown(session, caller, post_id)


def _shown(session: SessionDep, caller: Caller, post_id: int) -> dict[str, Any]:
    return posts.describe_post(session, caller, post_id)
