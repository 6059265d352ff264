"""`onegrid divide PIECES -o FILE`: polygons of any file into connected grids of equal weight. No database needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import emit, facts, out
from app.cli.context import band as read_band
from app.cli.context import pairs, watching
from app.cli.plans import division_options
from app.cli.plans.summaries import candidates_table, proposals_table
from app.errors import InputError
from app.services.plans import division
from app.services.plans.division_requests import BridgeRequest
from app.spatial.division.terms import CANDIDATES_MAX, KINDS, Band, Load, Weights

FILE_LOAD = "A further field to share evenly, FIELD=WEIGHT or FIELD=WEIGHT,MIN,TARGET,MAX; may be repeated."
CANDIDATES = "Up to so many plans: columns grid, grid_2, …, and their scores."
FILE_BRIDGE = (
    "FROM/TO or FROM/TO/WHY: rows joined though they do not touch, by number from 0 or LON,LAT; may be repeated."
)


def divide(
    pieces: Annotated[Path, typer.Argument(help="Polygons that are kept whole: .geojson .gpkg .parquet .shp …")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The same rows with a column `grid`.")],
    weight: Annotated[str, typer.Option(help="Field with what the grids share evenly.")] = "households",
    grids: Annotated[int | None, typer.Option(min=1, help="Exactly this many grids.")] = None,
    band: Annotated[str | None, typer.Option(help="MIN,TARGET,MAX of the weight in a grid.")] = None,
    area_field: Annotated[str | None, typer.Option(help="Field with administrative areas: no grid over two.")] = None,
    keep: Annotated[str | None, typer.Option(help="Fields with the grids there are now, to be kept together.")] = None,
    compound_field: Annotated[str | None, typer.Option(help="Field with compounds: rows that stay together.")] = None,
    compound: Annotated[list[str] | None, typer.Option(help=division_options.COMPOUND)] = None,
    load: Annotated[list[str] | None, typer.Option(help=FILE_LOAD)] = None,
    bridge: Annotated[list[str] | None, typer.Option(help=FILE_BRIDGE)] = None,
    stations: Annotated[Path | None, typer.Option(help="File of stations, for the weight `station`.")] = None,
    strict: Annotated[bool, typer.Option(help="A wish that cannot be met is an error.")] = False,
    candidates: Annotated[int, typer.Option(min=1, max=CANDIDATES_MAX, help=CANDIDATES)] = 1,
    seconds: Annotated[float | None, typer.Option("--time", min=0.05, help="Seconds to search for.")] = None,
    effort: Annotated[float | None, typer.Option(help="Proposals per piece: repeats a timed run exactly.")] = None,
    seed: Annotated[int, typer.Option(help="Another number, another plan; the same, the same.")] = 1,
    weights: Annotated[str | None, typer.Option(help="balance=…,compact=…,stable=…,follow=…,station=…")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of a file that has several.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the attributes, such as GBK.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Divide polygons into connected, compact grids near one size; every polygon is kept whole."""
    numbers = read_band(band, "--band")
    asked = division.FileDivision(
        weight=weight,
        grids=grids,
        band=None if numbers is None else (numbers[0], numbers[1], numbers[2]),
        area_field=area_field,
        keep_fields=tuple(filter(None, (keep or "").split(","))),
        seed=seed,
        time_s=seconds,
        effort=effort,
        weights=read_weights(weights),
        compound_field=compound_field,
        compounds=division_options.compounds(compound or []),
        loads=read_loads(load or []),
        bridges=tuple(read_bridge(word) for word in division_options.bridges(bridge or [])),
        stations=stations,
        strict=strict,
        candidates=candidates,
        crs=crs,
        layer=layer,
        encoding=encoding,
    )
    with watching(quiet=as_json) as progress:
        divided = division.divide_file(pieces, output, asked, progress)
    emit(divided.to_dict() | {"output": str(output)}, as_json=as_json, text=facts("Division", _words(divided)))
    if not as_json:
        if divided.candidates:
            rows = [{**one, "chosen": False} for one in divided.to_dict()["candidates"]]
            out.print(candidates_table(rows, str(output)))
        if divided.division.report.proposals:
            out.print(proposals_table(divided.division.report.proposals))
        for note in divided.notes:
            out.print(f"note: {note}", markup=False)
        out.print(f"written to {output}", markup=False)


def read_loads(words: list[str]) -> tuple[Load, ...]:
    """`people=1` or `people=1,800,1000,1200` as loads of the one kind of a file."""
    found = []
    for load in division_options.loads(words).get(KINDS[0], []):
        quantity, band = load["quantity"], load["band"]
        found.append(Load(quantity, load["weight"], Band(quantity, *band) if band else None))
    return tuple(found)


def read_bridge(asked: dict[str, Any]) -> BridgeRequest:
    ends = [place if isinstance(place, int) else (place[0], place[1]) for place in (asked["from"], asked["to"])]
    return BridgeRequest(ends[0], ends[1], asked["why"])


def read_weights(text: str | None) -> Weights:
    """`balance=2,compact=1` over the default weights. Raises InputError."""
    given: dict[str, float] = {}
    for name, value in pairs(text or "", "--weights").items():
        if name not in Weights.__dataclass_fields__:
            raise InputError(f"no weight {name!r}; weights are {', '.join(Weights.__dataclass_fields__)}")
        try:
            given[name] = float(value)
        except ValueError:
            raise InputError(f"--weights: {value!r} is not a number") from None
    return Weights(**given)


def _words(divided: division.DividedFile) -> dict[str, Any]:
    summary = divided.to_dict()
    return {
        "grids": summary["grids"],
        "pieces": f"{summary['pieces']}" + (f", {summary['undivided']} not divided" if summary["undivided"] else ""),
        "deviation from the target": f"max {summary['deviation_max']:.3f}, p95 {summary['deviation_p95']:.3f}",
        "within ±25 % of the target": f"{summary['within_25_percent']:.1%}",
        "inside the band": f"{summary['inside_band']:.1%}",
        "contiguity violations": summary["broken"],
        "grids over two areas": summary["over_areas"],
        "grids with a hole in them": summary["holes"],
        "Polsby–Popper": f"mean {summary['polsby_popper_mean']:.3f}, p10 {summary['polsby_popper_p10']:.3f}",
        "border between grids": f"{summary['cut_km']:.1f} km",
        "below the band": summary["below_band"],
        **_rules_words(summary),
        "proposals per piece": f"{summary['effort']:.0f}",
        "seconds": f"{summary['seconds']:.1f}",
        **{f"{name} kept together": f"{share:.1%}" for name, share in summary["preserved"].items()},
    }


def _rules_words(summary: dict[str, Any]) -> dict[str, Any]:
    """What was asked beside the size, and what came of it."""
    words: dict[str, Any] = {
        f"{quantity}, deviation": f"max {figures['deviation_max']:.3f}, p95 {figures['deviation_p95']:.3f}"
        for quantity, figures in summary["loads"].items()
    }
    if summary["bridges"]:
        used = sum(bridge["grid"] >= 0 for bridge in summary["bridges"])
        words["declared bridges"] = f"{len(summary['bridges'])}, {used} hold a grid together"
    if summary["station_m"] is not None:
        words["mean distance to the grid's station"] = f"{summary['station_m']:.0f} m"
    return words
