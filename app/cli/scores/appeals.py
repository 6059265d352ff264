"""`onegrid scores appeal | appeals | decide`: objections to what a score counts of a case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.cli import context
from app.cli.console import emit, facts, table
from app.services.scores import appeals as service
from app.settings import get_settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
COLUMNS = ("id", "state", "period", "unit_type", "unit", "event", "against", "reason", "filed_by")


def add_to(scores: typer.Typer) -> None:
    """Make these commands of `onegrid scores`."""
    for command in (appeal, appeals, decide):
        scores.command()(command)


def appeal(
    score: Annotated[int, typer.Argument(help="Number of the score.")],
    event: Annotated[int, typer.Argument(help="Number of the case.")],
    against: Annotated[str, typer.Argument(help="A count that the case is in, or a rule that took points for it.")],
    reason: Annotated[str, typer.Option(help="Why it should not count.")],
    as_json: AsJson = False,
) -> None:
    """File an appeal against what a score counts of a case."""
    with context.transaction() as session:
        made = service.file(session, context.caller(), score, event, against, reason, datetime.now(UTC))
    emit(made, as_json=as_json, text=f"appeal {made['id']} against {against} of case {event} in score {score}")


def appeals(
    event: Annotated[int | None, typer.Option(help="Of one case.")] = None,
    is_open: Annotated[bool | None, typer.Option("--open/--decided", help="Not decided yet, or decided.")] = None,
    as_json: AsJson = False,
) -> None:
    """List appeals with how they ended, newest first."""
    with context.transaction() as session:
        rows = service.page(session, context.caller(), event=event, is_open=is_open)
    emit(rows, as_json=as_json, text=table("Appeals", COLUMNS, [[row[name] for name in COLUMNS] for row in rows]))


def decide(
    number: Annotated[int, typer.Argument(metavar="APPEAL", help="Number of the appeal.")],
    outcome: Annotated[str, typer.Argument(help=", ".join(service.OUTCOMES))],
    reason: Annotated[str, typer.Option(help="Why; kept in the trail of the case when it is upheld.")],
    exclude: Annotated[list[str] | None, typer.Option(help="Group of counts that the case is taken out of.")] = None,
    due: Annotated[str | None, typer.Option(help="Corrected deadline of the case.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide an appeal; one that is upheld changes the case, and its periods are told again."""
    decision = service.Decision(outcome, reason, tuple(exclude or ()), context.moment(due))
    with context.transaction() as session:
        made = service.decide(session, context.caller(), number, decision, datetime.now(UTC))
    zone = get_settings().time_zone
    runs = [
        context.run("compute_scores", {"period": name, "zone": zone, "cause": made["cause"]}, quiet=as_json)
        for name in made["periods"]
    ]
    shown = {name: made[name] for name in ("id", "state", "event", "against", "periods")}
    emit({**made, "runs": runs}, as_json=as_json, text=facts(f"Appeal {number}", shown))
