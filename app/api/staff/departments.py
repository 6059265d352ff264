"""/api/v1/departments: offices in their tree, and the lines they work on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.dependencies import Admin, Now, Reader, SessionDep
from app.services.staff import departments
from app.services.staff.departments import DepartmentChange, NewDepartment
from app.store.staff import departments as store

router = APIRouter(prefix="/api/v1/departments", tags=["departments"])


class DepartmentBody(BaseModel):
    code: str = Field(description="Used once for ever.", examples=["cm"])
    name: str = Field(examples=["区城管局"])
    line: str | None = Field(None, description="Code or name of a line; told from the name when not given.")
    parent: str | None = Field(None, description="Code of the department above.")


class DepartmentPatch(BaseModel):
    name: str | None = None
    line: str | None = None
    parent: str | None = Field(None, description="An empty text makes it a root.")
    contact: str | None = Field(
        None, description="The office's telephone or address, shown to everybody on the public page.", max_length=200
    )


class Successor(BaseModel):
    successor: str | None = Field(None, description="Code of the department that takes over.")


class LineBody(BaseModel):
    code: str
    name: str = Field(examples=["河长"])
    valid_from: date | None = None
    valid_until: date | None = None


class LinkBody(BaseModel):
    network: str = Field(description="Code of a network.")


@router.get("")
def list_departments(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """All departments in the order of their codes, retired ones too."""
    return [departments.describe(session, department) for department in store.every(session)]


@router.post("", status_code=201)
def add_department(body: DepartmentBody, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Add a department."""
    wanted = NewDepartment(body.code, body.name, body.line, body.parent)
    return departments.describe(session, departments.add(session, caller, wanted, now.date()))


@router.get("/lines")
def list_lines(
    session: SessionDep, caller: Reader, on: Annotated[date | None, Query(description="Day; all without.")] = None
) -> list[dict[str, Any]]:
    """The dated code list of lines (党建, 综治, 城管 …)."""
    return [
        {"code": line.code, "name": line.name, "valid_from": line.valid_from, "valid_until": line.valid_until}
        for line in store.lines(session, on)
    ]


@router.post("/lines", status_code=201)
def add_line(body: LineBody, session: SessionDep, caller: Admin) -> LineBody:
    """Extend the code list of lines."""
    departments.add_line(session, caller, body.code, body.name, body.valid_from, body.valid_until)
    return body


@router.get("/{code}")
def get_department(code: str, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One department."""
    return departments.describe(session, store.get(session, code))


@router.patch("/{code}")
def change_department(code: str, body: DepartmentPatch, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Rename a department, move it in the tree, put it on another line, or say how everybody reaches it."""
    wanted = DepartmentChange(body.name, body.line, body.parent, body.contact)
    return departments.describe(session, departments.change(session, caller, code, wanted, now.date()))


@router.post("/{code}/retire")
def retire_department(code: str, body: Successor, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Retire a department; it is kept, and takes nothing new."""
    return departments.describe(session, departments.retire(session, caller, code, now, body.successor))


@router.post("/{code}/networks")
def link_network(code: str, body: LinkBody, session: SessionDep, caller: Admin) -> dict[str, Any]:
    """Say that a network's free text means this department."""
    return departments.describe(session, departments.link_network(session, caller, body.network, code))
