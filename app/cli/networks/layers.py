"""`onegrid layers …`"""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import context
from app.cli.console import emit, table
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
from app.services.networks import layers
from app.store.networks import layers as store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("import")
def import_layer(
    kind: Annotated[str, typer.Argument(help=", ".join(layers.KINDS))],
    file: File,
    name: Annotated[str | None, typer.Option(help="Name of the layer; its kind when not given.")] = None,
    quantity: Annotated[str, typer.Option(help="households=FIELD,people=FIELD,…")] = "",
    code_field: CodeField = None,
    name_field: NameField = None,
    kind_field: KindField = None,
    crs: CrsOption = None,
    encoding: Encoding = None,
    layer: LayerOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import a layer with its quantities — all or nothing."""
    order = file_parameters(
        file, code_field=code_field, name_field=name_field, kind_field=kind_field, crs=crs, encoding=encoding,
        layer=layer, dry_run=dry_run,
    ) | {"kind": kind, "name": name, "quantities": context.pairs(quantity, "--quantity")}  # fmt: skip
    outcome = context.run("import_layer", order, quiet=as_json)
    again = " (was there already)" if outcome.get("unchanged") else ""
    emit(outcome, as_json=as_json, text=f"layer {outcome['layer']}: {outcome['features']} features{again}")


@app.command("list")
def list_layers(as_json: AsJson = False) -> None:
    """List the layers."""
    with context.transaction() as session:
        rows = [layers.describe(session, layer) for layer in store.every(session)]
    columns = ("name", "kind", "features", "quantities")
    emit(rows, as_json=as_json, text=table("Layers", columns, [[row[c] for c in columns] for row in rows]))
