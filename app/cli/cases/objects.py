"""`onegrid objects …`: regulated objects and their levels (三色预警)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from app import worker
from app.cli import context
from app.cli.console import emit, facts, table
from app.rules.cases.objects import Rule
from app.services.cases import objects

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LISTED = ("id", "key", "name", "owner", "level", "level_name", "since")
OF_RULE = ("code", "direction", "counts", "number", "days", "matter", "since")
OF_HISTORY = ("at", "before", "level", "rule", "reason", "cases")


@app.command("list")
def list_objects(
    level: Annotated[str | None, typer.Option(help="green, yellow or red.")] = None,
    kind: Annotated[str | None, typer.Option(help="component, business, address or external.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List objects under watch with their levels."""
    with context.transaction() as session:
        rows = objects.page(session, context.caller(), level, kind, limit=limit)
    emit(rows, as_json=as_json, text=table("Objects", LISTED, [[row[name] for name in LISTED] for row in rows]))


@app.command()
def show(number: Annotated[int, typer.Argument(help="Number of the object.")], as_json: AsJson = False) -> None:
    """Show an object with the history of its level."""
    with context.transaction() as session:
        made = objects.get(session, context.caller(), number)
    shown = {name: value for name, value in made.items() if name != "history"}
    emit(made, as_json=as_json, text=facts(f"Object {number}", shown))
    if not as_json:
        rows = [[row[name] for name in OF_HISTORY] for row in made["history"]]
        emit(made, as_json=False, text=table("History", OF_HISTORY, rows))


@app.command()
def put(
    key: Annotated[str, typer.Argument(help="business:…, address:…, component:LAYER/CODE or external:….")],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    owner: Annotated[str, typer.Option(help="Whose it is: events about it go there.")] = "",
    event: Annotated[list[int] | None, typer.Option(help="An event that is about it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put an object under watch, rename it, say whose it is, or which events are about it."""
    with context.transaction() as session:
        made = objects.put(session, context.caller(), key, name, owner)
        for number in event or ():
            objects.name_by(session, context.caller(), number, key)
    emit(made, as_json=as_json, text=f"object {made['id']}: {made['key']}, {made['level']} {made['level_name']}")


@app.command()
def assess(as_json: AsJson = False) -> None:
    """Bring the levels up to now; a worker does every ten minutes."""
    changed = worker.assess(context.engine())
    emit({"changed": changed}, as_json=as_json, text=f"{changed} levels changed")


@app.command()
def rules(as_json: AsJson = False) -> None:
    """List the rules that move levels."""
    with context.transaction() as session:
        rows = objects.rules(session)
    emit(rows, as_json=as_json, text=table("Rules", OF_RULE, [[row[name] for name in OF_RULE] for row in rows]))


@app.command()
def rule(
    code: Annotated[str, typer.Argument(help="The rule's code.")],
    direction: Annotated[str, typer.Option(help="up or down.")] = "up",
    counts: Annotated[str, typer.Option(help="cases, overdue or reworks; quiet for down.")] = "cases",
    number: Annotated[int, typer.Option(help="So many of them …")] = 0,
    days: Annotated[int, typer.Option(help="… within so many days; or days of quiet.")] = 30,
    matter: Annotated[str, typer.Option(help="Leading digits of the matters that it counts.")] = "",
    end: Annotated[bool, typer.Option("--end", help="End the rule.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a rule in place of the one with this code, or end it; it speaks from now on."""
    now = datetime.now(UTC)
    with context.transaction() as session:
        if end:
            objects.end_rule(session, context.caller(), code, now)
        else:
            objects.put_rule(session, context.caller(), Rule(code, direction, counts, number, days, matter), now)
        rows = objects.rules(session)
    emit(rows, as_json=as_json, text=table("Rules", OF_RULE, [[row[name] for name in OF_RULE] for row in rows]))
