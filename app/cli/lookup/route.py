"""`onegrid route FILE -o FILE`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, out, table
from app.cli.lookup.lookup import names, open_lookup
from app.errors import InputError
from app.services.lookup import route_parts
from app.services.lookup.route_dask import dask_engine
from app.services.lookup.route_files import RouteOptions, RouteReport, route_file
from app.services.progress import Progress
from app.settings import get_settings


class EngineName(StrEnum):
    local = "local"
    dask = "dask"


def route(
    file: Annotated[Path, typer.Argument(help="CSV, Parquet, Arrow or GeoJSON.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The same rows with the grids that own them; a folder: in parts.")
    ],
    lon_field: Annotated[str | None, typer.Option(help="Field of the longitude (x); guessed without.")] = None,
    lat_field: Annotated[str | None, typer.Option(help="Field of the latitude (y); guessed without.")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = None,
    at_field: Annotated[str | None, typer.Option(help="Field of each row's moment.")] = None,
    matter_field: Annotated[str | None, typer.Option(help="Field of the matter code.")] = None,
    crs_field: Annotated[str | None, typer.Option(help="Field of each row's coordinate system.")] = None,
    network: Annotated[str | None, typer.Option(help="Networks, joined by commas; all without.")] = None,
    at: Annotated[str | None, typer.Option(help="Moment for rows without one of their own; now without.")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="As it was known at this moment.")] = None,
    engine: Annotated[EngineName, typer.Option(help="dask: parts go through the workers of a Dask cluster.")] = (
        EngineName.local
    ),
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Of the Dask cluster, tcp://HOST:8786; without, one on this machine."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """The grids that own the points of a table: the same rows, with columns added.

    Into a folder the rows go in parts, and the same command goes on after the last whole part when it was interrupted.
    """
    if scheduler and engine is EngineName.local:
        raise typer.BadParameter("--scheduler goes with --engine dask")
    networks = names(network)
    options = RouteOptions(
        lon_field=lon_field,
        lat_field=lat_field,
        at_field=at_field,
        matter_field=matter_field,
        crs_field=crs_field,
        crs=crs,
        at=context.moment(at),
        as_known_at=context.moment(as_known_at),
        networks=networks,
        zone=get_settings().time_zone,
        shows_people=True,
    )
    context.existing(file)
    with context.watching(quiet=as_json) as watch:
        report = _routed(file, output, options, watch, engine, scheduler)
    said = report.to_dict()
    emit(said, as_json=as_json)
    if not as_json:
        _show(said, output)


def _routed(
    file: Path, output: Path, options: RouteOptions, watch: Progress, engine: EngineName, scheduler: str | None
) -> RouteReport:
    lookup = open_lookup(options.networks)
    if engine is EngineName.local:
        write = route_parts.route_parts if route_parts.is_folder(output) else route_file
        return write(lookup, file, output, options, watch)
    if not route_parts.is_folder(output):
        raise InputError(f"the engine dask writes a folder of parts: name one without a suffix, {output.stem}")
    return route_parts.route_parts(lookup, file, output, options, watch, dask_engine(scheduler))


def _show(said: dict[str, Any], output: Path) -> None:
    fields = said["fields"]
    point = "the geometry" if "geometry" in fields else f"fields {fields['lon']} and {fields['lat']}"
    guessed = " (guessed)" if fields["guessed"] else ""
    rows = [
        (code, net["owned"], net["on_boundary"], ", ".join(map(str, net["editions"])))
        for code, net in said["networks"].items()
    ]
    title = f"{said['rows']:,} rows from {point}{guessed}, {said['crs']}, in {said['seconds']:.1f} s → {output}"
    out.print(table(title, ("network", "rows with a grid", "on a border", "editions"), rows))
    out.print(f"{said['outside']:,} rows outside every grid, {said['errors']:,} with an error", markup=False)
    for error in said["first_errors"]:
        out.print(f"row {error['row']}: {error['error']}", markup=False)
    for name, new in said["renamed"].items():
        out.print(f"column {name} is called {new}: the table has a {name} of its own", markup=False)
    for warning in said["warnings"]:
        out.print(f"warning: {warning}", markup=False)
