"""`onegrid keys …`"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, table
from app.models.keys import Key
from app.services.accounts import keys

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the key.")]
COLUMNS = ("name", "prefix", "scopes", "created_by", "created_at", "expires_at", "revoked_at")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What the key is for; never used twice.")],
    scope: Annotated[list[str], typer.Option("--scope", help="lookup, events, plan or admin; may be repeated.")],
    expires: Annotated[str | None, typer.Option("--expires", help="Moment from which the key no longer works.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown now and never again."""
    with context.transaction() as session:
        made = keys.add(
            session, context.caller(), name, scope, now=datetime.now(UTC), expires_at=context.moment(expires)
        )
    shown = {"name": made.name, "key": made.key, "scopes": made.scopes, "expires_at": made.expires_at}
    emit(shown, as_json=as_json, text=made.key)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys, revoked ones too; the keys themselves are not kept."""
    with context.transaction() as session:
        rows = [_shown(key) for key in keys.list_keys(session, context.caller())]
    emit(rows, as_json=as_json, text=table("Keys", COLUMNS, [_cells(row) for row in rows]))


@app.command()
def revoke(name: Name, as_json: AsJson = False) -> None:
    """Revoke a key; it stops within a second everywhere."""
    now = datetime.now(UTC)
    with context.transaction() as session:
        keys.revoke(session, context.caller(), name, now=now)
    emit({"name": name, "revoked_at": now}, as_json=as_json, text=f"key {name} revoked")


def _shown(key: Key) -> dict[str, Any]:
    return {column: getattr(key, column) for column in COLUMNS}


def _cells(row: dict[str, Any]) -> list[Any]:
    return [", ".join(row[column]) if column == "scopes" else row[column] for column in COLUMNS]
