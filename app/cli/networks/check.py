"""`onegrid check FILE`: what is wrong with a boundary file, and what a repair would do to it. No database needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import emit, facts, out, table
from app.services.networks.checks import CheckedFile, check_file, write_repaired
from app.spatial.quality.changes import Action, Change
from app.spatial.quality.checks import CheckReport
from app.spatial.quality.problems import problems_geojson

SHOWN = 20


def check(
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage, shapefile (zipped or loose), FlatGeobuf, …")],
    crs: Annotated[str | None, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the attributes, such as GBK.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of a file that has several.")] = None,
    code_field: Annotated[str | None, typer.Option(help="Field with the grid codes; guessed when not given.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Field with the grid names.")] = None,
    repair: Annotated[str, typer.Option(help="none, safe or full; nothing is stored.")] = "none",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the problems found as GeoJSON.")] = None,
    repaired: Annotated[Path | None, typer.Option(help="Write the repaired network: .geojson .gpkg .fgb …")] = None,
    limit: Annotated[int, typer.Option(help="How many problems and changes to list.")] = SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a boundary file: what is wrong, where, and what a repair would change. Nothing is stored."""
    checked = check_file(
        file, crs=crs, encoding=encoding, layer=layer, code_field=code_field, name_field=name_field, mode=repair
    )
    if output is not None:
        output.write_text(json.dumps(problems_geojson(checked.found.problems), ensure_ascii=False), encoding="utf-8")
    if repaired is not None:
        write_repaired(checked, repaired)
    if as_json:
        emit(checked.to_dict(), as_json=True)
        return
    _show(checked, limit)
    for path, what in ((output, "problems"), (repaired, "repaired network")):
        if path is not None:
            out.print(f"{what} written to {path}", markup=False)


def _show(checked: CheckedFile, limit: int) -> None:
    out.print(facts("File", _preview(checked)))
    for note in checked.notes:
        out.print(f"note: {note}", markup=False)
    _show_problems("Problems", checked.found, limit)
    if checked.repaired is not None and checked.repaired.mode != "none":
        _show_repair(checked, limit)
    left = checked.left
    if left.errors:
        count = len(left.errors)
        out.print(f"{count} errors stand in the way of storing it; see the remedies above", markup=False)
    else:
        out.print("it can be imported", markup=False)


def _preview(checked: CheckedFile) -> dict[str, Any]:
    source = checked.intake.source
    samples = {f"  {name}": ", ".join(values[:3]) for name, values in source.samples.items()}
    return {
        "file": source.file,
        "format": source.format,
        "layer": source.layer,
        "features": len(checked.intake.frame),
        "encoding": f"{source.encoding} ({source.encoding_reason})",
        "coordinates": f"{checked.intake.crs_name} ({checked.intake.crs_reason})",
        "measured in": checked.found.crs,
        "code field": checked.picked.code_field or "none",
        **samples,
    }


def _show_problems(title: str, report: CheckReport, limit: int) -> None:
    if not report.problems:
        out.print(f"{title.lower()}: none", markup=False)
        return
    summary = report.summary()
    kinds = [(row["kind"], row["severity"], row["count"], _square_metres(row["area_m2"])) for row in summary]
    out.print(table(title, ("kind", "severity", "count", "area m²"), kinds))
    for row in summary:
        out.print(f"{row['kind']}: {row['meaning']} — {row['remedy']}", markup=False)
    rows = [(p.row, p.kind.value, _place(p.lon, p.lat), p.message) for p in report.problems[:limit]]
    shown = f"first {limit} of {len(report.problems)}" if len(report.problems) > limit else "one by one"
    out.print(table(f"{title}, {shown}", ("row", "kind", "lon, lat", "what"), rows))


def _show_repair(checked: CheckedFile, limit: int) -> None:
    repaired = checked.repaired
    assert repaired is not None
    kinds = [(row["action"], row["count"], _square_metres(row["area_m2"])) for row in repaired.summary()]
    out.print(table(f"Repair {repaired.mode}", ("change", "count", "area m²"), kinds))
    rows = [
        (c.row, c.code, c.action.value, _place(c.lon, c.lat), c.message) for c in _telling(repaired.changes)[:limit]
    ]
    shown = "one by one" if len(repaired.changes) <= limit else f"{limit} of {len(repaired.changes)} that matter most"
    out.print(table(f"Changes, {shown}", ("row", "code", "change", "lon, lat", "what"), rows))
    out.print(facts("Ground, m²", repaired.accounts.to_dict()))
    _show_problems("Problems left", repaired.after, limit)


def _telling(changes: Sequence[Change]) -> list[Change]:
    """Features that vanished, were renamed or merged first, then by the ground moved."""
    first = (Action.LEFT_OUT, Action.CODE_GIVEN, Action.MERGED)
    return sorted(changes, key=lambda one: (one.action not in first, -one.area_m2))


def _square_metres(area: float) -> str:
    return f"{area:,.2f}" if area else ""


def _place(lon: float | None, lat: float | None) -> str:
    return "" if lon is None or lat is None else f"{lon:.6f}, {lat:.6f}"
