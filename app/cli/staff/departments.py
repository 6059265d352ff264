"""`onegrid departments …`"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, table
from app.errors import InputError
from app.services.staff import departments
from app.services.staff.departments import DepartmentChange, NewDepartment
from app.store.staff import departments as store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Code = Annotated[str, typer.Argument(help="Code of the department.")]
LineOption = Annotated[str | None, typer.Option("--line", help="Code or name of a line, such as 环卫.")]
ParentOption = Annotated[str | None, typer.Option("--parent", help="Code of the department above; '' for none.")]
DayOption = Annotated[str | None, typer.Option(help="Day, such as 2026-12-01.")]


@app.command()
def add(
    code: Code,
    name: Annotated[str, typer.Option("--name", help="Name, as lists of staff and duties call it.")],
    line: LineOption = None,
    parent: ParentOption = None,
    as_json: AsJson = False,
) -> None:
    """Add a department; without --line its line is told from the name."""
    with context.transaction() as session:
        wanted = NewDepartment(code, name, line, parent)
        made = departments.describe(session, departments.add(session, context.caller(), wanted, _today()))
    emit(made, as_json=as_json, text=f"department {made['code']} added")


@app.command("list")
def list_departments(as_json: AsJson = False) -> None:
    """List the departments, retired ones too."""
    with context.transaction() as session:
        rows = [departments.describe(session, department) for department in store.every(session)]
    columns = ("code", "name", "line", "parent", "contact", "retired_at", "successor")
    emit(rows, as_json=as_json, text=table("Departments", columns, [[row[c] for c in columns] for row in rows]))


@app.command("set")
def change(
    code: Code,
    name: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    line: LineOption = None,
    parent: ParentOption = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="How everybody reaches it; on the public page.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rename a department, move it in the tree, put it on another line, or say how everybody reaches it."""
    wanted = DepartmentChange(name, line, parent, contact)
    with context.transaction() as session:
        made = departments.describe(session, departments.change(session, context.caller(), code, wanted, _today()))
    emit(made, as_json=as_json, text=f"department {code}: {made['name']}, line {made['line'] or 'none'}")


@app.command()
def retire(
    code: Code,
    successor: Annotated[str | None, typer.Option("--successor", help="Code of who takes over.")] = None,
    as_json: AsJson = False,
) -> None:
    """Retire a department; it is kept, and takes nothing new."""
    with context.transaction() as session:
        retired = departments.retire(session, context.caller(), code, datetime.now(UTC), successor)
        made = departments.describe(session, retired)
    emit(made, as_json=as_json, text=f"department {code} retired")


@app.command()
def link(
    code: Code,
    network: Annotated[str, typer.Argument(help="Code of the network whose free text means this department.")],
    as_json: AsJson = False,
) -> None:
    """Say which department a network belongs to; the text it has stays."""
    with context.transaction() as session:
        linked = departments.link_network(session, context.caller(), network, code)
        made = departments.describe(session, linked) | {"network": network}
    emit(made, as_json=as_json, text=f"network {network} belongs to department {code}")


@app.command()
def lines(on: DayOption = None, as_json: AsJson = False) -> None:
    """List the lines (党建, 综治, 城管 …), those of a day or all."""
    with context.transaction() as session:
        rows: list[dict[str, Any]] = [
            {"code": line.code, "name": line.name, "valid_from": line.valid_from, "valid_until": line.valid_until}
            for line in store.lines(session, _day(on))
        ]
    emit(
        rows,
        as_json=as_json,
        text=table("Lines", ("code", "name", "from", "until"), [list(row.values()) for row in rows]),
    )


@app.command("add-line")
def add_line(
    code: Annotated[str, typer.Argument(help="Code of the line.")],
    name: Annotated[str, typer.Option("--name", help="Name of the line.")],
    valid_from: DayOption = None,
    valid_until: DayOption = None,
    as_json: AsJson = False,
) -> None:
    """Extend the code list of lines."""
    span = (_day(valid_from), _day(valid_until))
    with context.transaction() as session:
        departments.add_line(session, context.caller(), code, name, *span)
    made = {"code": code, "name": name, "valid_from": span[0], "valid_until": span[1]}
    emit(made, as_json=as_json, text=f"line {code} added")


def _today() -> date:
    return datetime.now(UTC).date()


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"{text!r} is no day: write 2026-12-01") from None
