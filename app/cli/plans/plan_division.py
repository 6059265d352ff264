"""`onegrid plans divide`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, out, table
from app.cli.plans import division_options
from app.cli.plans.summaries import candidates_table, division_rows, proposals_table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the plan.")]
Words = list[str] | None


def add_to(plans: typer.Typer) -> None:
    """Make this a command of `onegrid plans`."""
    plans.command()(divide)


def divide(
    name: Name,
    households: Annotated[str | None, typer.Option(help="MIN,TARGET,MAX of a resident grid.")] = None,
    businesses: Annotated[str | None, typer.Option(help="MIN,TARGET,MAX of a business grid.")] = None,
    institutions: Annotated[str | None, typer.Option(help="MIN,TARGET,MAX m² of an institution grid.")] = None,
    area_band: Annotated[Words, typer.Option(help=division_options.AREA_BAND)] = None,
    load: Annotated[Words, typer.Option(help=division_options.LOAD)] = None,
    weights: Annotated[
        str, typer.Option(help="balance, compact, stable, follow, barrier, station, slack: NAME=…")
    ] = "",
    stations: Annotated[str | None, typer.Option(help="Layer of stations for the weight `station`.")] = None,
    bridge: Annotated[Words, typer.Option(help=division_options.BRIDGE)] = None,
    compound: Annotated[Words, typer.Option(help=division_options.COMPOUND)] = None,
    keep: Annotated[str | None, typer.Option(help="Codes of grids that stay; unset: those with a lock.")] = None,
    refuse_split: Annotated[Words, typer.Option(help="Piece, or LON,LAT in it, that is not to be split.")] = None,
    strict: Annotated[bool, typer.Option(help="A wish that cannot be met is an error.")] = False,
    candidates: Annotated[int | None, typer.Option(min=1, max=5, help="So many plans to choose from.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the plan's when not given.")] = None,
    time: Annotated[float | None, typer.Option(help="Seconds to search; unset: a fixed number of steps.")] = None,
    effort: Annotated[float | None, typer.Option(help="Proposals per piece: repeats a timed run exactly.")] = None,
    as_json: AsJson = False,
) -> None:
    """Divide the pieces into resident, business and institution grids."""
    asked: dict[str, Any] = {
        "plan": name,
        "bands": {
            "resident": context.band(households, "--households"),
            "business": context.band(businesses, "--businesses"),
            "institution": context.band(institutions, "--institutions"),
        },
        "area_bands": None if area_band is None else division_options.area_bands(area_band),
        "loads": division_options.loads(load or []),
        "weights": {key: float(value) for key, value in context.pairs(weights, "--weights").items()},
        "stations": stations,
        "bridges": None if bridge is None else division_options.bridges(bridge),
        "compounds": None if compound is None else division_options.compounds(compound),
        "locked": None if keep is None else [code for code in keep.split(",") if code],
        "refused_splits": None if refuse_split is None else _places(refuse_split),
        "strict": strict,
        "candidates": candidates,
        "seed": seed,
        "time_s": time,
        "effort": effort,
    }
    _tell(name, context.run("divide", asked, quiet=as_json), as_json=as_json)


def _places(words: list[str]) -> list[int | list[float]]:
    return [division_options.place(word, "--refuse-split") for word in words]


def _tell(name: str, outcome: dict[str, Any], *, as_json: bool) -> None:
    emit(outcome, as_json=as_json, text=table(f"Division of {name}", ("", ""), division_rows(outcome)))
    if not as_json and outcome["proposals"]:
        out.print(proposals_table(outcome["proposals"]))
    if not as_json and outcome.get("candidates"):
        out.print(candidates_table(outcome["candidates"], name))
