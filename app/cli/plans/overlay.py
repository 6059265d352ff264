"""`onegrid overlay`: networks in files cut into common pieces, with no database."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import emit, facts, out, table
from app.services.plans.overlay import (
    FileField,
    OverlayRequest,
    overlay_files,
    write_borders,
    write_moves,
    write_pieces,
)
from app.services.plans.overlay_in_strips import overlay_in_strips
from app.spatial.pieces.conflation import ConflationReport
from app.spatial.pieces.overlay import OverlayOptions
from app.spatial.pieces.overlay_report import OverlayReport
from app.spatial.pieces.quantities import QuantityReport

Strips = Annotated[
    int | None, typer.Option(min=1, help="Node in so many strips, for less memory; unset: as the size asks for.")
]
Memory = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="Read, overlay and write strip by strip, in about so many megabytes: .parquet .gpkg .fgb in, .parquet or "
        ".gpkg out, no quantities, borders or conflation.",
    ),
]


def overlay(
    networks: Annotated[list[str], typer.Argument(help="NAME=FILE:CODEFIELD, one per network.")],
    output: Annotated[Path, typer.Option("-o", "--output", help=".parquet .gpkg .fgb .geojson .shp.zip .csv .xlsx")],
    areas: Annotated[str | None, typer.Option(help="FILE:CODEFIELD of the administrative areas.")] = None,
    cut: Annotated[list[Path] | None, typer.Option(help="File that also cuts pieces: blocks, campuses, roads.")] = None,
    quantity: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FILE:FIELD to bring to the pieces; without :FIELD every feature counts one."),
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="Metric system to compute in, and of files that declare none.")
    ] = None,
    grid_size: Annotated[
        float | None, typer.Option(help="Precision grid in metres; the finest when not given.")
    ] = None,
    sliver_area: Annotated[float, typer.Option(help="A sliver is smaller than this, in m² …")] = 10.0,
    sliver_width: Annotated[float, typer.Option(help="… and narrower than this, in metres; 0 keeps all.")] = 0.5,
    strips: Strips = None,
    memory: Memory = None,
    borders: Annotated[
        Path | None, typer.Option(help="Also write the borders with who drew them to this file.")
    ] = None,
    conflate: Annotated[
        float, typer.Option(min=0, help="Bring borders together first that are no further apart than this, in metres.")
    ] = 0.0,
    authority: Annotated[
        str, typer.Option(help="A,B,…: who is drawn onto whom when conflating; the first one stays as it is.")
    ] = "",
    moves: Annotated[
        Path | None, typer.Option(help="Also write every corner that conflation moved to this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Cut the ground of several networks into pieces that know their grid in each of them. Nothing is stored."""
    started = time.perf_counter()
    request = OverlayRequest(
        networks=dict(_named(text) for text in _distinct(networks)),
        areas=_file_field(areas) if areas else None,
        cuts=cut or [],
        quantities=dict(_named(text) for text in _distinct(quantity or [])),
        crs=crs,
        options=OverlayOptions(
            grid_size, sliver_area, sliver_width, strips, conflate, [name for name in authority.split(",") if name]
        ),
    )
    if memory is not None:
        if borders or moves:
            raise typer.BadParameter("--memory goes without --borders and --moves, which ask for the whole at once")
        strip_by_strip = overlay_in_strips(request, output, memory)
        _tell(strip_by_strip.to_dict(), strip_by_strip.report, {}, output, started, as_json=as_json)
        return
    made = overlay_files(request)
    write_pieces(made, output)
    if borders:
        write_borders(made, borders)
    if moves:
        write_moves(made, moves)
    _tell(made.to_dict(), made.laid.report, made.quantities, output, started, as_json=as_json)


def _tell(
    whole: dict[str, Any],
    report: OverlayReport,
    quantities: Mapping[str, QuantityReport],
    output: Path,
    started: float,
    *,
    as_json: bool,
) -> None:
    seconds = round(time.perf_counter() - started, 2)
    if as_json:
        emit({"output": str(output), "seconds": seconds, **whole}, as_json=True)
    else:
        _show(report, quantities, output, seconds)


def _distinct(texts: list[str]) -> list[str]:
    names = [text.partition("=")[0] for text in texts]
    for name in names:
        if names.count(name) > 1:
            raise typer.BadParameter(f"{name!r} is given twice")
    return texts


def _named(text: str) -> tuple[str, FileField]:
    name, equals, rest = text.partition("=")
    if not (name and equals and rest):
        raise typer.BadParameter(f"{text!r} is not NAME=FILE:FIELD")
    return name, _file_field(rest)


def _file_field(text: str) -> FileField:
    """FILE:FIELD, taken apart at the last colon; a file that is there under the whole text has no field named."""
    path, colon, field = text.rpartition(":")
    if not colon or Path(text).exists():
        return FileField(Path(text))
    return FileField(Path(path), field)


def _show(report: OverlayReport, quantities: Mapping[str, QuantityReport], output: Path, seconds: float) -> None:
    columns = ("network", "grids", "made valid", "ground m²", "overlaps m²", "largest area error of a grid")
    rows = [
        (name, one.grids, one.repaired, f"{one.area_m2:,.2f}", f"{one.overlap_m2:,.2f}", f"{one.error_max:.1e}")
        for name, one in {**report.networks, **({"areas": report.areas} if report.areas else {})}.items()
    ]
    out.print(table("Networks", columns, rows))
    out.print(facts("Overlay", _facts(report, quantities, seconds)))
    out.print(f"{report.pieces} pieces written to {output}", markup=False)


def _facts(report: OverlayReport, quantities: Mapping[str, QuantityReport], seconds: float) -> dict[str, Any]:
    slivers = report.slivers
    totals = {
        name: f"{total.before:,.0f} before, {total.after:,.0f} after, {total.unplaced:,.0f} unplaced"
        for one in quantities.values()
        for name, total in one.quantities.items()
    }
    return {
        "pieces": report.pieces,
        "ground": f"{report.ground_m2:,.2f} m² in {report.crs}, precision grid {report.grid_size:g} m",
        **_area_error(report.area_error),
        "valid coverage": "yes" if report.valid else "NO",
        "slivers": f"{slivers.absorbed} absorbed ({slivers.moved_m2:,.1f} m²), {slivers.left} left",
        **_conflated(report.conflation),
        "holes": f"{report.holes} ({report.hole_m2:,.1f} m²) that nobody claims; {report.gaps_closed} gaps closed",
        **totals,
        "seconds": seconds,
    }


def _area_error(error: float | None) -> dict[str, str]:
    return {} if error is None else {"area error": f"{error:.1e} of the union of the inputs"}


def _conflated(report: ConflationReport | None) -> dict[str, str]:
    if report is None:
        return {}
    told = (
        f"{name}: {one.moved} of {one.corners} corners moved, {one.inserted} taken over, {one.largest_m:.2f} m at most"
        for name, one in report.networks.items()
    )
    return {f"conflated within {report.tolerance_m:g} m": "; ".join(told)}
