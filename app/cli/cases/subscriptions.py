"""`onegrid subscriptions …`: who is told of what happens, by webhook."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app import worker
from app.cli import context
from app.cli.console import emit, facts, table
from app.services.cases import subscriptions
from app.settings import get_settings

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(help="Number of the subscription.")]
LISTED = ("id", "url", "types", "department", "ended_why", "deliveries")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="http or https.")],
    types: Annotated[str, typer.Option(help="Comma-separated: case.overdue, case.*, notice.*, …")] = "*",
    department: Annotated[str, typer.Option(help="Only what concerns this department.")] = "",
    as_json: AsJson = False,
) -> None:
    """Subscribe an address; prints the secret that signs what is sent, this once."""
    with context.transaction() as session:
        made = subscriptions.add(
            session, context.caller(), url, types.split(","), department, local=get_settings().webhook_local
        )
    emit(made, as_json=as_json, text=f"subscription {made['id']}; its secret, shown this once: {made['secret']}")


@app.command("list")
def list_subscriptions(as_json: AsJson = False) -> None:
    """List subscriptions with how many messages wait, were delivered, are dead."""
    with context.transaction() as session:
        rows = subscriptions.every(session, context.caller())
    emit(rows, as_json=as_json, text=table("Subscriptions", LISTED, [[row[name] for name in LISTED] for row in rows]))


@app.command()
def show(
    subscription: Number,
    status: Annotated[str | None, typer.Option(help="waiting, delivered or dead.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many messages, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show a subscription and its last messages."""
    with context.transaction() as session:
        made = subscriptions.get(session, context.caller(), subscription)
        rows = subscriptions.page(session, context.caller(), subscription, status, limit=limit)
    emit({**made, "messages": rows}, as_json=as_json, text=facts(f"Subscription {subscription}", made))
    if not as_json:
        columns = ("id", "type", "status", "attempts", "answer", "problem", "next_at")
        emit(rows, as_json=False, text=table("Messages", columns, [[row[c] for c in columns] for row in rows]))


@app.command()
def rotate(
    subscription: Number,
    overlap: Annotated[float, typer.Option(min=0, help="Hours for which the old secret signs beside the new.")] = 24.0,
    as_json: AsJson = False,
) -> None:
    """Give a subscription a new secret; prints it, this once."""
    with context.transaction() as session:
        made = subscriptions.rotate(
            session, context.caller(), subscription, datetime.now(UTC), timedelta(hours=overlap)
        )
    until = f"; the old one holds until {made['old_secret_until']:%Y-%m-%d %H:%M %Z}" if overlap else ""
    emit(made, as_json=as_json, text=f"its new secret, shown this once: {made['secret']}{until}")


@app.command()
def end(subscription: Number, as_json: AsJson = False) -> None:
    """End a subscription: nothing is sent to it any more."""
    with context.transaction() as session:
        subscriptions.end(session, context.caller(), subscription, datetime.now(UTC))
    emit({"ended": subscription}, as_json=as_json, text=f"subscription {subscription} has ended")


@app.command()
def replay(
    subscription: Number,
    since: Annotated[str | None, typer.Option("--from", help="Messages from this moment on.")] = None,
    from_id: Annotated[str | None, typer.Option(help="Messages from this one on, by its id.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Messages that were given up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send messages again, with the ids that they had."""
    with context.transaction() as session:
        sent = subscriptions.replay(
            session, context.caller(), subscription, datetime.now(UTC), since=context.moment(since), from_id=from_id,
            dead=dead,
        )  # fmt: skip
    emit({"messages": sent}, as_json=as_json, text=f"{sent} messages wait to be sent again")


@app.command()
def deliver(as_json: AsJson = False) -> None:
    """Send now what waits; a worker does every five seconds."""
    told: Counter[str] = Counter(delivered=0, failed=0)
    for number in worker.waiting(context.engine()):
        told.update(worker.deliver(context.engine(), number, worker.sender(get_settings())))
    emit(dict(told), as_json=as_json, text=f"{told['delivered']} delivered, {told['failed']} failed")
