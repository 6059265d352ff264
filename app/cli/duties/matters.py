"""`onegrid matters …`"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli import context
from app.cli.console import emit, table
from app.rules.duties.matter_text import is_clear
from app.rules.duties.matters import parse_extension
from app.services.cases import routing_index
from app.services.duties import matter_words, matters

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def load(as_json: AsJson = False) -> None:
    """Load the national tables of 2013 and 2026 and their crosswalk, once."""
    with context.transaction() as session:
        made = matters.load(session, context.caller())
    loaded = ", ".join(f"{code}: {rows} codes" for code, rows in made["loaded"].items())
    emit(made, as_json=as_json, text=f"loaded {loaded}" if loaded else "the national tables are loaded already")


@app.command("import")
def import_table(
    file: Annotated[Path, typer.Argument(help="CSV or .xlsx: kind 类型, code 编码, name 名称, category 大类.")],
    table_code: Annotated[str, typer.Option("--table", help="Code of the city's own table.")],
    name: Annotated[str, typer.Option(help="Name for people.")] = "",
    valid_from: Annotated[str | None, typer.Option(help="Day from which the rows hold; now when not given.")] = None,
    extension: Annotated[
        str, typer.Option(help="Ranges of codes the city gives out itself: matter:06900-06999,component:…")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a city's own table: the matters it takes up, and its own codes — all or nothing."""
    spans = tuple(parse_extension(part) for part in extension.split(",") if part.strip())
    order = matters.TableImport(table_code, name, context.moment(valid_from) or datetime.now(UTC), spans, file.name)
    with context.transaction() as session:
        path = context.existing(file)
        made = matters.import_table(session, context.caller(), order, path, file_name=file.name, dry_run=dry_run)
    said = f"code table {table_code}: {made['rows']} rows, {made['added']} new, {made['renamed']} renamed"
    emit(made, as_json=as_json, text=said + (" (nothing stored)" if dry_run else ""))


@app.command("list")
def list_matters(
    words: Annotated[str, typer.Argument(help="Words, or the first digits of a code.")] = "",
    at: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    table_code: Annotated[str | None, typer.Option("--table", help="A code table; all in force.")] = None,
    kind: Annotated[str | None, typer.Option(help="matter or component.")] = None,
    as_json: AsJson = False,
) -> None:
    """List matters at a moment, or those that words find."""
    with context.transaction() as session:
        moment = context.moment(at) or datetime.now(UTC)
        rows = matters.search(session, moment, table=table_code, kind=kind, words=words)
    columns = ("kind", "code", "name", "category", "table", "certainty", "score")
    emit(rows, as_json=as_json, text=table("Matters", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def suggest(
    text: Annotated[str, typer.Argument(help="What somebody says, in words.")],
    at: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="So many.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Matters that a text may mean, the likest first, with the fragments that matched."""
    with context.transaction() as session:
        known = routing_index.RoutingMemory().current(session)
        found = known.suggest(text, context.moment(at) or datetime.now(UTC), limit)
    rows = [matter_words.describe(each) for each in found]
    cells = [(row["score"], row["code"], row["name"], row["category"], " ".join(row["fragments"])) for row in rows]
    title = "Matters" if is_clear(found) else "Matters (none stands out)"
    emit({"clear": is_clear(found), "matters": rows}, as_json=as_json,
         text=table(title, ("score", "code", "name", "category", "fragments"), cells))  # fmt: skip


@app.command("tables")
def list_tables(as_json: AsJson = False) -> None:
    """List the code tables, with what was not checked about them."""
    with context.transaction() as session:
        rows = matters.describe_tables(session)
    columns = ("table", "name", "local", "valid_from", "matters", "note")
    emit(rows, as_json=as_json, text=table("Code tables", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def crosswalk(
    code: Annotated[str | None, typer.Argument(help="An old or new code; all without.")] = None, as_json: AsJson = False
) -> None:
    """Show what became of codes of 2013 in 2026, and how certain that is."""
    with context.transaction() as session:
        rows = matters.crosswalk(session, code)
    columns = ("kind", "old_table", "old", "new_table", "new", "certainty")
    emit(rows, as_json=as_json, text=table("Crosswalk", columns, [[row[c] for c in columns] for row in rows]))
