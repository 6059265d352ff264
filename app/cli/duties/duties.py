"""`onegrid duties …`"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, out, table
from app.rules.duties.duties import Place
from app.rules.duties.matters import kind_of
from app.services.duties import duties, duty_import
from app.services.duties.duty_rows import LIST, Order
from app.settings import get_settings

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
At = Annotated[str | None, typer.Option(help="Moment; now when not given.")]
KnownAt = Annotated[str | None, typer.Option(help="As it was known at this moment; now when not given.")]
COLUMNS = ("number", "list", "kind", "code", "scope", "hours", "lead", "role", "limits")
SHOWN = 50


@app.command("import")
def import_duties(
    file: Annotated[Path, typer.Argument(help=".xlsx or CSV; the headings are in docs/duties.md.")],
    list_name: Annotated[str, typer.Option("--list", help="The list that the file is.")] = LIST,
    valid_from: Annotated[str | None, typer.Option(help="Moment from which changes hold; now when not given.")] = None,
    end_missing: Annotated[bool, typer.Option("--end-missing", help="End lines of the list that it lacks.")] = False,
    add_departments: Annotated[
        bool, typer.Option("--add-departments", help="Add the departments that nobody knows yet.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a duty list as versions — all or nothing; the same file again changes nothing."""
    now = datetime.now(UTC)
    starts = context.moment(valid_from) or now
    order = Order(starts, get_settings().time_zone, list_name, end_missing, add_departments)
    with context.transaction() as session:
        path = context.existing(file)
        made = duty_import.import_duties(
            session, context.caller(), order, path, now, file_name=file.name, dry_run=dry_run
        )
    emit(made, as_json=as_json)
    if not as_json:
        _tell_import(made)


@app.command("export")
def export_duties(
    output: Annotated[Path, typer.Option("-o", "--output", help=".xlsx or .csv; can be imported again.")],
    at: At = None,
    list_name: Annotated[str | None, typer.Option("--list", help="One list; all when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the duty lines that hold at a moment."""
    with context.transaction() as session:
        made = duty_import.export_duties(session, context.moment(at) or datetime.now(UTC), output, list_name)
    emit(made, as_json=as_json, text=f"{made['rows']} duty lines written to {output}")


@app.command("list")
def list_duties(
    at: At = None,
    as_known_at: KnownAt = None,
    matter: Annotated[str | None, typer.Option(help="Code of a matter: its lines and those of its class.")] = None,
    lead: Annotated[str | None, typer.Option(help="Department that leads.")] = None,
    list_name: Annotated[str | None, typer.Option("--list", help="One list; all when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the duty lines that hold at a moment, as known now or then."""
    moment, known = context.moment(at) or datetime.now(UTC), context.moment(as_known_at)
    with context.transaction() as session:
        rows = duties.search(session, moment, known, matter=matter, lead=lead, list_name=list_name)
    emit(rows, as_json=as_json, text=table("Duties", COLUMNS, [[row[c] for c in COLUMNS] for row in rows]))


@app.command()
def history(number: Annotated[str, typer.Argument(help="Number of a line.")], as_json: AsJson = False) -> None:
    """Show all that was ever recorded of a line."""
    with context.transaction() as session:
        rows = duties.history(session, number)
    columns = ("valid_from", "valid_to", "recorded_from", "recorded_to", "lead", "scope", "limits")
    emit(rows, as_json=as_json, text=table(f"Duty {number}", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def end(
    number: Annotated[str, typer.Argument(help="Number of a line.")],
    at: Annotated[str | None, typer.Option(help="Moment up to which it holds; now when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """End a line; what was believed before stays on record."""
    now = datetime.now(UTC)
    moment = context.moment(at) or now
    with context.transaction() as session:
        duties.end(session, context.caller(), number, moment, now)
    emit({"number": number, "valid_to": moment}, as_json=as_json, text=f"duty {number} ends at {moment.isoformat()}")


@app.command()
def choose(
    kind: Annotated[str, typer.Argument(help="matter (事件) or component (部件).")],
    code: Annotated[str, typer.Argument(help="Code of the matter.")],
    at: At = None,
    as_known_at: KnownAt = None,
    area: Annotated[str, typer.Option(help="Code of the area.")] = "",
    grid_kind: Annotated[str, typer.Option(help="resident, business or institution.")] = "",
    grid: Annotated[str, typer.Option(help="NETWORK/CODE,… the grids of the place.")] = "",
    owner: Annotated[str | None, typer.Option(help="Owner of the object.")] = None,
    claimed: Annotated[str | None, typer.Option("--object", help="The object, for one that was claimed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who leads on a matter at a place and moment, and why the other lines do not."""
    moment, known = context.moment(at) or datetime.now(UTC), context.moment(as_known_at)
    grids = dict(part.strip().partition("/")[::2] for part in grid.split(",") if part.strip())
    place = Place(area=area, kind=grid_kind, grids=grids, owner=owner)
    zone = get_settings().time_zone
    with context.transaction() as session:
        matter = duties.find_matter(session, kind_of(kind), code, moment)
        made = duties.choose_at(session, matter, place, moment, zone, as_known_at=known, claimed=claimed).to_dict()
    rows = [(row["number"], row["lead"], row["scope"], row["why"]) for row in made["losers"]]
    chosen = made["duty"] and f"{made['lead']} by {made['duty']['number']} ({made['duty']['scope']})"
    title = f"{kind} {code} {matter.name}: {chosen or 'nobody leads'}"
    emit(made, as_json=as_json, text=table(title, ("lost", "lead", "scope", "why"), rows))


def _tell_import(made: dict[str, Any]) -> None:
    counts = ", ".join(f"{made[name]} {name}" for name in ("added", "changed", "unchanged", "missing", "ended"))
    stored = " (nothing stored)" if made["dry_run"] else ""
    out.print(f"list {made['list']}: {made['rows']} lines: {counts}{stored}", markup=False)
    if made["departments_added"]:
        out.print(f"departments added: {', '.join(made['departments_added'])}", markup=False)
    changed = made["changes"]["changed"][:SHOWN]
    if changed:
        rows = [(row["row"], row["number"], row["before"], row["after"]) for row in changed]
        out.print(table("Changed", ("row", "number", "before", "after"), rows))
    for said in made["warnings"][:SHOWN]:
        out.print(f"! {said}", markup=False)
