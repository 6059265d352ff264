"""`onegrid lookup LON LAT`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, out, table
from app.services.lookup import lookup as answers
from app.services.lookup import lookup_index
from app.settings import get_settings

COLUMNS = ("network", "grid", "name", "kind", "area", "border", "runner-up", "")


def open_lookup(networks: tuple[str, ...]) -> lookup_index.Lookup:
    """The look-up of this command, with the networks it is about."""
    made = lookup_index.Lookup(context.transaction, networks or None)
    made.refresh()
    return made


def names(text: str | None) -> tuple[str, ...]:
    """`A,B,C` as networks; all without."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def lookup(
    lon: Annotated[float, typer.Argument(help="Longitude, or x.")],
    lat: Annotated[float, typer.Argument(help="Latitude, or y.")],
    crs: Annotated[str, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = "wgs84",
    at: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="As it was known at this moment.")] = None,
    accuracy: Annotated[float | None, typer.Option(min=0, help="Metres that the position may be off.")] = None,
    network: Annotated[str | None, typer.Option(help="Networks, joined by commas; all without.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer of the API.")] = False,
) -> None:
    """Who owns this point: its grid in every network."""
    settings = get_settings()
    networks = names(network)
    query = answers.PointQuery(lon, lat, crs, context.moment(at), context.moment(as_known_at), accuracy, networks)
    rules = answers.AnswerRules(settings.time_zone, settings.nearest_limit_m, shows_people=True)
    answer = answers.lookup_point(open_lookup(networks), query, rules)
    emit(answer, as_json=as_json)
    if not as_json:
        _show(answer)


def _show(answer: dict[str, Any]) -> None:
    rows = [
        (
            grid["network"], grid["code"], grid["name"], grid["kind"], grid["area"], f"{grid['border_m']:.1f} m",
            _runner_up(grid["runner_up"]), _remarks(grid),
        )
        for grid in answer["grids"]
    ]  # fmt: skip
    if rows:
        said = [i for i in range(len(COLUMNS)) if any(row[i] for row in rows)]  # most networks have no kind or area
        shown = [[row[i] for i in said] for row in rows]
        title = f"{answer['point']['lon']}, {answer['point']['lat']} at {answer['at']}"
        out.print(table(title, [COLUMNS[i] for i in said], shown))
    else:
        near = answer["nearest"]
        beside = f"; nearest: {near['network']} {near['code']}, {near['distance_m']:.1f} m away" if near else ""
        out.print(f"outside every grid{beside}", markup=False)
    staff = [(grid["network"], grid["code"], *_who(entry)) for grid in answer["grids"] for entry in grid["staff"]]
    if staff:
        out.print(table("Staff", ("network", "grid", "role", "name", "telephone", "department", "now"), staff))
    for warning in answer["warnings"]:
        out.print(f"warning: {warning}", markup=False)


def _who(entry: dict[str, Any]) -> tuple[str, ...]:
    return (entry["role_name"], entry["name"], entry["phone"], entry["department"], entry["reason"])


def _runner_up(other: dict[str, Any] | None) -> str:
    return f"{other['code']}, {other['distance_m']:.1f} m" if other else ""


def _remarks(grid: dict[str, Any]) -> str:
    said = [word for word, member in (("on the border", "on_boundary"), ("ambiguous", "ambiguous")) if grid[member]]
    return ", ".join(said)
