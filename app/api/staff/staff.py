"""/api/v1/staff: people who hold posts, shown as far as the caller may see them; their absences."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep, SettingsDep
from app.api.moments import moment
from app.api.sentences.routes import SpokenRoute
from app.rules.time.moments import parse_moment
from app.services.staff import people, posts
from app.services.staff.people import NewPerson, PersonChange
from app.store.staff import people as store
from app.store.staff import posts as posts_store
from app.store.staff.people import PersonFilter
from app.store.staff.posts import PostFilter

router = APIRouter(prefix="/api/v1/staff", tags=["staff"], route_class=SpokenRoute)
PAGE = 10_000


class PersonBody(BaseModel):
    name: str = Field(examples=["张伟"])
    code: str | None = Field(None, description="Staff number.")
    phone: str | None = None
    email: str | None = None
    department: str | None = Field(None, description="Code or name of a department.")


class PersonPatch(BaseModel):
    name: str | None = None
    phone: str | None = Field(None, description="An empty text takes it away.")
    email: str | None = None
    department: str | None = None


class AbsenceBody(BaseModel):
    valid_from: str = Field(examples=["2026-12-01"])
    valid_until: str | None = Field(None, description="Until further notice when not given.")
    substitute: int | None = Field(None, description="Person who stands in before those that the posts name.")


@router.get("")
def list_people(
    session: SessionDep,
    caller: Reader,
    q: Annotated[str | None, Query(description="A whole name, staff number, telephone number or address.")] = None,
    department: Annotated[str | None, Query(description="Code or name of a department.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 1000,
    after: Annotated[int, Query(ge=0, description="`next` of the page before.")] = 0,
) -> dict[str, Any]:
    """People by id. Names and contacts are masked without the scope `events` or `admin`."""
    found = people.page(session, caller, PersonFilter(q, department), limit=limit, after=after)
    shown = [people.describe(session, caller, person) for person in found]
    return {"people": shown, "next": found[-1].id if len(found) == limit else None}


@router.post("", status_code=201)
def add_person(body: PersonBody, session: SessionDep, caller: Admin) -> dict[str, Any]:
    """Add a person."""
    wanted = NewPerson(body.name, body.code, body.phone, body.email, body.department)
    return people.describe(session, caller, people.add(session, caller, wanted))


@router.get("/{person_id}")
def get_person(person_id: int, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One person with the posts and absences known now."""
    held = posts.describe(caller, posts_store.rows(session, PostFilter(person=person_id)))
    away = [
        {"id": row.id, "valid_from": row.valid.lower, "valid_until": row.valid.upper, "substitute": row.substitute_id}
        for row in posts_store.absences(session, person_id=person_id)
    ]
    return people.describe(session, caller, store.get(session, person_id)) | {"posts": held, "absences": away}


@router.patch("/{person_id}")
def change_person(person_id: int, body: PersonPatch, session: SessionDep, caller: Admin) -> dict[str, Any]:
    """Change name, contacts or department; what was before is not kept."""
    wanted = PersonChange(body.name, body.phone, body.email, body.department)
    return people.describe(session, caller, people.change(session, caller, person_id, wanted))


@router.post("/{person_id}/erase")
def erase_person(person_id: int, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Erase name, staff number and contacts for ever; posts and the trail keep the internal id."""
    return people.describe(session, caller, people.erase(session, caller, person_id, now))


@router.post("/{person_id}/absences", status_code=201)
def take_leave(
    person_id: int, body: AbsenceBody, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now
) -> dict[str, Any]:
    """Record that a person is away; substitutes stand in meanwhile."""
    valid = (parse_moment(body.valid_from, settings.time_zone), moment(body.valid_until, settings))
    made = posts.take_leave(session, caller, person_id, valid, now, body.substitute)
    return {"id": made.id, "person": person_id, "valid_from": valid[0], "valid_until": valid[1]}


@router.delete("/{person_id}/absences/{absence_id}", status_code=204)
def withdraw_leave(person_id: int, absence_id: int, session: SessionDep, caller: Admin, now: Now) -> Response:
    """Withdraw an absence: it is no longer believed that the person is away."""
    posts.withdraw_leave(session, caller, absence_id, now, person_id)
    return Response(status_code=204)
