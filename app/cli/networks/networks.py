"""`onegrid networks …`"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, facts, table
from app.cli.networks.import_options import (
    CodeField,
    CrsOption,
    DryRun,
    Encoding,
    File,
    KindField,
    LayerOption,
    NameField,
    file_parameters,
)
from app.services.networks import exports, networks
from app.store.networks import networks as store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="Short name in a–z, 0–9, _; columns of exports bear it.")],
    name: Annotated[str, typer.Option("--name", help="Name for people.")],
    department: Annotated[str | None, typer.Option("--department", help="Who runs the network.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add an empty network."""
    with context.transaction() as session:
        made = networks.describe(session, networks.add_network(session, context.caller(), code, name, department))
    emit(made, as_json=as_json, text=f"network {code} added")


@app.command("list")
def list_networks(as_json: AsJson = False) -> None:
    """List the networks."""
    with context.transaction() as session:
        rows = [networks.describe(session, network) for network in store.every(session)]
    columns = ("code", "name", "department", "editions", "newest_edition", "grids")
    emit(rows, as_json=as_json, text=table("Networks", columns, [[row[c] for c in columns] for row in rows]))


@app.command("import")
def import_network(
    code: Annotated[str, typer.Argument(help="Code of the network.")],
    file: File,
    code_field: CodeField = None,
    name_field: NameField = None,
    kind_field: KindField = None,
    crs: CrsOption = None,
    encoding: Encoding = None,
    layer: LayerOption = None,
    repair: Annotated[str, typer.Option(help="none, safe or full.")] = "none",
    valid_from: Annotated[str | None, typer.Option(help="Moment the edition holds from, with --publish.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish at once.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import boundaries as a new edition: read, check, repair, store — all or nothing."""
    starts = context.moment(valid_from)
    order = file_parameters(
        file, code_field=code_field, name_field=name_field, kind_field=kind_field, crs=crs, encoding=encoding,
        layer=layer, dry_run=dry_run,
    ) | {
        "network": code,
        "repair": repair,
        "valid_from": starts.isoformat() if starts else None,
        "publish": publish,
    }  # fmt: skip
    outcome = context.run("import_network", order, quiet=as_json)
    emit(outcome, as_json=as_json, text=facts(f"Import of {file.name} into {code}", _import_facts(outcome)))


def _import_facts(outcome: dict[str, Any]) -> dict[str, Any]:
    shown = {name: outcome.get(name) for name in ("edition", "status", "grids", "changes", "unchanged", "dry_run")}
    for when in ("found", "left"):
        shown[when] = ", ".join(f"{kind} {count}" for kind, count in outcome.get(when, {}).items()) or "nothing"
    return shown


@app.command()
def export(
    code: Annotated[str, typer.Argument(help="Code of the network.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help=".geojson .gpkg .fgb .parquet .shp.zip .csv .xlsx .pmtiles")
    ],
    at: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the grids in force at a moment to a file."""
    with context.transaction() as session:
        made = exports.export_network(session, code, context.moment(at) or datetime.now(UTC), output)
    emit(made, as_json=as_json, text=f"{made['grids']} grids of edition {made['edition']} written to {output}")
