"""`onegrid staff …`: lists in and out, the audit, rosters, people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, facts, out, table
from app.cli.lookup.lookup import open_lookup
from app.errors import InputError
from app.files.tables import read_table, write_table
from app.rules.staff.staffing import MOST_LOAD
from app.services.staff import people
from app.services.staff.staff import FINDINGS, audit_staff, list_staff
from app.services.staff.staff_import import StaffOrder, import_staff
from app.services.staff.staff_index import View
from app.services.staff.staff_rules import NewRule, describe, set_rule
from app.settings import get_settings
from app.store.staff import posts as posts_store
from app.store.staff.people import PersonFilter

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AtOption = Annotated[str | None, typer.Option(help="Moment; now when not given.")]
NetworkOption = Annotated[str | None, typer.Option("--network", help="Code of a network; all when not given.")]
SHOWN = 20


@app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="A staff list, .xlsx or CSV, with headings in Chinese or English.")],
    network: Annotated[str | None, typer.Option("--network", help="Network of rows that name none.")] = None,
    any_grid: Annotated[bool, typer.Option("--any-grid", help="Take codes that no edition has, too.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="End the posts of its networks that the list does not name.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change and what is wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import people and posts: all or nothing, as versions; the same list again changes nothing."""
    order = StaffOrder(network, any_grid, complete, dry_run, get_settings().time_zone)
    with context.existing(file).open("rb") as source:
        listed = read_table(source, file.name)
    with context.transaction() as session:
        report = import_staff(session, context.caller(), listed, order, datetime.now(UTC))
    emit(report, as_json=as_json, text=facts(f"Import of {file.name}", _import_facts(report)))
    if not as_json:
        _tell_rows(report)
    if report["errors"]:
        raise InputError(f"{file.name}: {len(report['errors'])} rows are wrong; nothing would be stored")


@app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help=".xlsx .csv .json")],
    at: AtOption = None,
    network: NetworkOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Posts of the past and the future, too.")] = False,
    english: Annotated[bool, typer.Option("--english", help="English headings; JSON always has them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the posts held at a moment as a list that the import takes back."""
    held = None if everything else context.moment(at) or datetime.now(UTC)
    english = english or output.suffix.lower() == ".json"
    with context.transaction() as session:
        fields, rows = list_staff(
            session, context.caller(), held, get_settings().time_zone, network=network, english=english
        )
    write_table(output, fields, rows, "staff")
    made = {"file": str(output), "at": held, "network": network, "posts": len(rows)}
    emit(made, as_json=as_json, text=f"{len(rows)} posts written to {output}")


@app.command()
def audit(
    at: AtOption = None,
    network: NetworkOption = None,
    most_load: Annotated[float, typer.Option(help="Days' work that one person may have.", min=0.05)] = MOST_LOAD,
    as_json: AsJson = False,
) -> None:
    """What breaks the staffing rules at a moment: vacancies, surpluses, doubles, overloads, with proposals."""
    with context.transaction() as session:
        found = audit_staff(session, context.caller(), context.moment(at) or datetime.now(UTC), network, most_load)
    emit(found, as_json=as_json, text=facts("Audit of staff", _audit_facts(found)))
    if not as_json:
        for kind in FINDINGS:
            _tell_findings(kind, found[kind])


@app.command()
def roster(
    network: Annotated[str, typer.Argument(help="Code of the network.")],
    grid: Annotated[str, typer.Argument(help="Code of the grid.")],
    at: AtOption = None,
    as_known_at: Annotated[str | None, typer.Option(help="As it was known at this moment.")] = None,
    as_json: AsJson = False,
) -> None:
    """Who is on duty on a grid, who stands in, and why."""
    lookup = open_lookup((network,))
    lookup.asked([network])
    moment = context.moment(at) or datetime.now(UTC)
    view = View(moment, get_settings().time_zone, context.moment(as_known_at), plain=True)
    rows = lookup.snapshot.staff.shown(network, grid, view)
    columns = ("role_name", "name", "phone", "department", "on_duty", "reason")
    emit(rows, as_json=as_json, text=table(f"{network} {grid}", columns, [[row[c] for c in columns] for row in rows]))


@app.command("list")
def list_people(
    q: Annotated[str | None, typer.Option("--find", help="A whole name, staff number, telephone number.")] = None,
    department: Annotated[str | None, typer.Option(help="Code or name of a department.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 1000,
    after: Annotated[int, typer.Option(help="Id after which to go on.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """List people by id."""
    caller = context.caller()
    with context.transaction() as session:
        found = people.page(session, caller, PersonFilter(q, department), limit=limit, after=after)
        rows = [people.describe(session, caller, person) for person in found]
    columns = ("id", "code", "name", "phone", "email", "erased_at")
    emit(rows, as_json=as_json, text=table("People", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def erase(
    person: Annotated[int, typer.Argument(help="Id of the person.")],
    yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone: say that you mean it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person's name, staff number and contacts for ever; posts and the trail keep the internal id."""
    if not yes:
        raise InputError("what is erased cannot be brought back: say --yes")
    with context.transaction() as session:
        made = people.describe(
            session, context.caller(), people.erase(session, context.caller(), person, datetime.now(UTC))
        )
    emit(made, as_json=as_json, text=f"person {person} erased")


@app.command()
def rules(at: AtOption = None, as_json: AsJson = False) -> None:
    """List the staffing rules that hold at a moment."""
    with context.transaction() as session:
        rows = [describe(rule) for rule in posts_store.rules(session, context.moment(at) or datetime.now(UTC))]
    columns = ("role", "least", "most", "network", "kind", "valid_from")
    emit(rows, as_json=as_json, text=table("Staffing rules", columns, [[row[c] for c in columns] for row in rows]))


@app.command("set-rule")
def set_staffing_rule(
    role: Annotated[str, typer.Argument(help="A role's code or word.")],
    least: Annotated[int, typer.Argument(help="How many a grid needs.", min=0)],
    most: Annotated[int | None, typer.Option(help="How many it may have; any number when not given.")] = None,
    network: Annotated[str | None, typer.Option(help="Of this network only.")] = None,
    kind: Annotated[str | None, typer.Option(help="resident, business or institution; any when not given.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="Moment from which it holds; now when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many of a role a grid needs from a moment on; the rule before ends there."""
    now = datetime.now(UTC)
    wanted = NewRule(role, least, context.moment(valid_from) or now, most, network, kind)
    with context.transaction() as session:
        made = describe(set_rule(session, context.caller(), wanted, now))
    emit(made, as_json=as_json, text=f"{made['role']}: {least} to {'any number' if most is None else most}")


def _import_facts(report: dict[str, Any]) -> dict[str, Any]:
    counted = {f"posts {what}": number for what, number in report["posts"].items()}
    more = {name: ", ".join(report[name]) for name in ("departments_added", "roles_added") if report[name]}
    named = {name.replace("_", " "): text for name, text in more.items()}
    persons = {f"people {what}": number for what, number in report["people"].items()}
    return {"rows": report["rows"], **persons, **counted, **named, "stored": report["stored"]}


def _tell_rows(report: dict[str, Any]) -> None:
    for note in report["notes"]:
        out.print(f"note: {note}", markup=False)
    if report["dry_run"] and report["changes"]:
        rows = [(c["row"], c["change"], c["grid"], c["role"]) for c in report["changes"][:SHOWN]]
        out.print(table("Changes (the first)", ("row", "change", "grid", "role"), rows))
    if report["errors"]:
        wrong = [(e["row"], e["field"], e["detail"], e["remedy"]) for e in report["errors"]]
        out.print(table("Wrong rows", ("row", "field", "what", "remedy"), wrong))


def _audit_facts(found: dict[str, Any]) -> dict[str, Any]:
    counted = {kind: found[kind]["count"] for kind in FINDINGS}
    roles = ", ".join(f"{role} {count}" for role, count in found["vacant_roles"].items())
    empty = sum(len(codes) for codes in found["empty_grids"].values())
    return {"at": found["at"], "grids": found["grids"], "posts": found["posts"], "people": found["people"], **counted,
            "vacant roles": roles or "none", "grids without any post": empty}  # fmt: skip


def _tell_findings(kind: str, found: dict[str, Any]) -> None:
    if not found["rows"]:
        return
    columns = [name for name in found["rows"][0] if name != "proposal"]
    rows = [[*(row[name] for name in columns), _proposal(row.get("proposal"))] for row in found["rows"][:SHOWN]]
    title = f"{kind}: {found['count']}" + (f", the first {SHOWN}" if found["count"] > SHOWN else "")
    out.print(table(title, (*columns, "proposal"), rows))


def _proposal(made: dict[str, Any] | None) -> str:
    if made is None:
        return ""
    who = f" {made['name']}" if made["name"] else ""
    return f"{made['action']}{who}: {made['reason']}"
