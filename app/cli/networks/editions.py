"""`onegrid editions …`"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.cli import context
from app.cli.console import emit, table
from app.services.networks import editions
from app.settings import get_settings
from app.store.networks import editions as store
from app.store.networks import networks as networks_store

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
COLUMNS = ("id", "network", "status", "valid_from", "valid_until", "grids")


@app.command("list")
def list_editions(
    network: Annotated[str, typer.Argument(help="Code of the network.")], as_json: AsJson = False
) -> None:
    """List the editions of a network."""
    with context.transaction() as session:
        found = store.of_network(session, networks_store.get(session, network).id)
        rows = [editions.describe(session, edition) for edition in found]
    _show(rows, as_json=as_json)


@app.command()
def publish(
    edition: Annotated[int, typer.Argument(help="Number of the edition.")],
    valid_from: Annotated[str, typer.Option(help="Moment from which it holds.")],
    as_json: AsJson = False,
) -> None:
    """Let a draft hold from a moment on; whatever held then ends there."""
    starts = context.moment(valid_from) or datetime.now(UTC)
    context.run("publish_edition", {"edition": edition, "valid_from": starts.isoformat()}, quiet=as_json)
    _show_one(edition, as_json=as_json)


@app.command()
def retire(
    edition: Annotated[int, typer.Argument(help="Number of the edition.")],
    at: Annotated[str, typer.Option(help="Moment at which it ends.")],
    as_json: AsJson = False,
) -> None:
    """End an edition without a successor."""
    with context.transaction() as session:
        ends = context.moment(at) or datetime.now(UTC)
        editions.retire(session, context.caller(), store.get(session, edition), ends, datetime.now(UTC))
    _show_one(edition, as_json=as_json)


@app.command("roll-back")
def roll_back(edition: Annotated[int, typer.Argument(help="Number of the edition.")], as_json: AsJson = False) -> None:
    """Undo the newest publish of a network; its predecessor holds on."""
    with context.transaction() as session:
        editions.roll_back(session, context.caller(), store.get(session, edition), datetime.now(UTC))
    _show_one(edition, as_json=as_json)


def _show_one(edition: int, *, as_json: bool) -> None:
    with context.transaction() as session:
        _show([editions.describe(session, store.get(session, edition))], as_json=as_json)


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    shown = [[_local(row[name]) for name in COLUMNS] for row in rows]
    emit(rows, as_json=as_json, text=table("Editions", COLUMNS, shown))


def _local(value: Any) -> Any:
    """A moment in the deployment's zone, to the minute."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(get_settings().time_zone)).isoformat(" ", "minutes")
    return value
