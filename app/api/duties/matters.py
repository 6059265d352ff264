"""/api/v1/matters: dated code tables of components and matters, their crosswalk, a city's own codes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.dependencies import Admin, Now, Reader, ReadingSession, SessionDep, SettingsDep
from app.api.lookup.lookup import LookupDep
from app.api.moments import At, moment
from app.rules.duties.matter_text import is_clear
from app.rules.duties.matters import Matter, check_code, kind_of
from app.services.duties import matter_words, matters

router = APIRouter(prefix="/api/v1/matters", tags=["matters"])


class NewMatter(BaseModel):
    table: str = Field(description="A city's own code table.")
    kind: str = Field(description="matter or component.")
    code: str
    name: str
    category: str = ""
    valid_from: str | None = Field(None, description="Moment from which it holds; now when not given.")


@router.get("")
def list_matters(
    session: SessionDep,
    settings: SettingsDep,
    caller: Reader,
    now: Now,
    at: At = None,
    table: Annotated[str | None, Query(description="A code table; all in force when not given.")] = None,
    kind: Annotated[str | None, Query(description="matter or component.")] = None,
    q: Annotated[str, Query(description="Words, or the first digits of a code.")] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:
    """Matters at a moment, or those that words find, best first. The kind is part of a matter's key."""
    found = matters.search(session, moment(at, settings) or now, table=table, kind=kind, words=q)
    return {"total": len(found), "limit": limit, "offset": offset, "matters": found[offset : offset + limit]}


@router.post("", status_code=201)
def add_matter(body: NewMatter, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Add a matter to a city's own table: taken up from a standard, or new within the table's extensions."""
    matter = Matter(kind_of(body.kind), check_code(body.code), body.name.strip(), body.category)
    return matters.add(session, caller, body.table, matter, moment(body.valid_from, settings) or now)


@router.get("/suggest")
def suggest_matters(
    session: ReadingSession, settings: SettingsDep, caller: Reader, now: Now, lookup: LookupDep,
    text: Annotated[str, Query(min_length=1, max_length=500, description="What somebody says, in words.")],
    at: At = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> dict[str, Any]:  # fmt: skip
    """Matters that a text may mean, the likest first, with the fragments that matched; `clear` when the first stands
    out."""
    found = lookup.routing.current(session).suggest(text, moment(at, settings) or now, limit)
    return {"clear": is_clear(found), "matters": [matter_words.describe(each) for each in found]}


@router.get("/tables")
def list_tables(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """Code tables with the time they hold, their source, and what was not checked."""
    return matters.describe_tables(session)


@router.post("/load")
def load_tables(session: SessionDep, caller: Admin) -> dict[str, Any]:
    """Load the national tables that are not there yet."""
    return matters.load(session, caller)


@router.get("/crosswalk")
def list_crosswalk(
    session: SessionDep, caller: Reader, code: Annotated[str | None, Query(description="An old or new code.")] = None
) -> list[dict[str, Any]]:
    """What became of codes of 2013 in 2026, with how certain that is."""
    return matters.crosswalk(session, code)
