"""`onegrid layers …`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli import context
from app.cli.console import emit, table
from app.services.networks import layers
from app.store.networks import layers as store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("import")
def import_layer(
    kind: Annotated[str, typer.Argument(help=", ".join(layers.KINDS))],
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage, shapefile (zipped or loose), FlatGeobuf, …")],
    name: Annotated[str | None, typer.Option(help="Name of the layer; its kind when not given.")] = None,
    quantity: Annotated[str, typer.Option(help="households=FIELD,people=FIELD,…")] = "",
    code_field: Annotated[str | None, typer.Option(help="Field with the codes.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Field with the names.")] = None,
    kind_field: Annotated[str | None, typer.Option(help="Field with the kind of each feature.")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the attributes, such as GBK.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of a file that has several.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a layer with its quantities — all or nothing."""
    outcome = context.run(
        "import_layer",
        {
            "kind": kind,
            "file": str(context.existing(file)),
            "file_name": file.name,
            "name": name,
            "quantities": context.pairs(quantity, "--quantity"),
            "code_field": code_field,
            "name_field": name_field,
            "kind_field": kind_field,
            "crs": crs,
            "encoding": encoding,
            "layer": layer,
            "dry_run": dry_run,
        },
        quiet=as_json,
    )
    again = " (was there already)" if outcome.get("unchanged") else ""
    emit(outcome, as_json=as_json, text=f"layer {outcome['layer']}: {outcome['features']} features{again}")


@app.command("list")
def list_layers(as_json: AsJson = False) -> None:
    """List the layers."""
    with context.transaction() as session:
        rows = [layers.describe(session, layer) for layer in store.every(session)]
    columns = ("name", "kind", "features", "quantities")
    emit(rows, as_json=as_json, text=table("Layers", columns, [[row[c] for c in columns] for row in rows]))
