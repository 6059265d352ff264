"""What every import of a boundary file can be told on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context

File = Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage, shapefile (zipped or loose), FlatGeobuf, …")]
CodeField = Annotated[
    str | None, typer.Option(help="Field with the codes; told from headings and values when not given.")
]
NameField = Annotated[str | None, typer.Option(help="Field with the names.")]
KindField = Annotated[
    str | None, typer.Option(help="Field with the kind; of grids: resident, business or institution.")
]
CrsOption = Annotated[str | None, typer.Option("--crs", help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of the attributes, such as GBK.")]
LayerOption = Annotated[str | None, typer.Option("--layer", help="Layer of a file that has several.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and repair, store nothing.")]


def file_parameters(file: Path, **choices: Any) -> dict[str, Any]:
    """Parameters of an import's run: where the file is, what it is called, and the choices as they are."""
    return {"file": str(context.existing(file)), "file_name": file.name, **choices}
