"""`onegrid staff transfers …`: where the posts of a plan's networks go, decided by people, in force with its grids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from app.cli import context
from app.cli.console import emit, facts, out, table
from app.files import tables
from app.models.plans import Plan
from app.rules.staff.transfer_effects import ACCEPTED, LEAVES, OPEN
from app.services.staff import staff_transfers, transfer_decisions, transfer_effects
from app.settings import get_settings
from app.store.plans import plans as plans_store
from app.store.staff import staff_transfers as store
from app.store.staff.staff_transfers import TransferFilter

transfers = typer.Typer(no_args_is_help=True, help="Proposals kept with a plan: decided, then in force with it.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PlanName = Annotated[str, typer.Argument(metavar="PLAN", help="Name of a divided plan.")]
Posts = Annotated[list[int] | None, typer.Argument(metavar="[POST]...", help="Numbers of posts.")]
Everything = Annotated[bool, typer.Option("--all", help="All that are not decided yet.")]
NetworkOption = Annotated[str | None, typer.Option("--network", help="Only posts of this network.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stays with the decision.")]
At = Annotated[str | None, typer.Option(help="Moment from which its grids hold; now when not given.")]
COLUMNS = ("post", "name", "network", "old_grid", "old_role", "to", "to_role", "share", "sure", "state", "reason")


def add_to(staff: typer.Typer) -> None:
    """Make these commands of `onegrid staff`."""
    staff.command()(transfer)
    staff.add_typer(transfers, name="transfers")


def transfer(
    plan: PlanName,
    at: At = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Staff list to import: .xlsx .csv")] = None,
    end_old: Annotated[bool, typer.Option("--end-old", help="Let the list end the old posts, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Propose where the posts of a plan's networks go and keep nothing; with a list to edit and import."""
    caller, moment = context.caller(), context.moment(at) or datetime.now(UTC)
    with context.transaction() as session:
        held = plans_store.get(session, plan)
        made = staff_transfers.propose(session, caller, held, moment)
        if output is not None:
            fields, rows = staff_transfers.list_transfers(
                session, caller, held, moment, get_settings().time_zone, ends_old=end_old
            )
            tables.write_table(output, fields, rows, "staff")
    told = {"posts": made["posts"], "for a person to decide": made["unsure"], **staff_transfers.summary(made)}
    emit(made, as_json=as_json, text=facts(f"Staff of {plan} (greedy baseline in brackets)", told))


@transfers.command("propose")
def keep(
    plan: PlanName,
    at: At = None,
    continuity: Annotated[float | None, typer.Option(help="Price of ground left behind.", min=0)] = None,
    distance: Annotated[float | None, typer.Option(help="Price of a kilometre.", min=0)] = None,
    balance: Annotated[float | None, typer.Option(help="Price of uneven load.", min=0)] = None,
    as_json: AsJson = False,
) -> None:
    """Propose where every post goes and keep it with the plan; earlier proposals and decisions are replaced."""
    weights = {"continuity": continuity, "distance": distance, "balance": balance}
    asked = {name: value for name, value in weights.items() if value is not None}
    moment = context.moment(at) or datetime.now(UTC)
    made = context.run("propose_transfers", {"plan": plan, "at": moment.isoformat(), **asked}, quiet=as_json)
    _tell_set(made, as_json)


@transfers.command("list")
def list_kept(
    plan: PlanName,
    state: Annotated[str | None, typer.Option(help="open, accepted or leaves.")] = None,
    sure: Annotated[bool | None, typer.Option("--sure/--unsure", help="Only those that are sure, or not.")] = None,
    edited: Annotated[bool | None, typer.Option("--edited/--as-proposed", help="Only accepted ones of these.")] = None,
    network: NetworkOption = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 1000,
    after: Annotated[int, typer.Option(help="Post after which to go on.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """List the proposals kept, with what was decided on each, by whom and why."""
    wanted = TransferFilter(state=state, sure=sure, network=network, edited=edited)
    with context.transaction() as session:
        held = store.newest(session, plans_store.get(session, plan))
        rows = transfer_decisions.page(session, context.caller(), held, wanted, limit=limit, after=after)
    emit(
        rows, as_json=as_json, text=table(f"Transfers of {plan}", COLUMNS, [[row[c] for c in COLUMNS] for row in rows])
    )


@transfers.command()
def show(plan: PlanName, as_json: AsJson = False) -> None:
    """Figures of the proposals beside the greedy baseline's, how far they are decided, what stands in the way."""
    with _opened(plan) as (session, held):
        made = transfer_decisions.describe(session, held, store.newest(session, held))
        at = context.moment(None) or made["valid_from"] or made["at"]
        made["problems"] = transfer_effects.breaches(session, held, at)
    _tell_set(made, as_json)


@transfers.command()
def accept(
    plan: PlanName,
    posts: Posts = None,
    everything: Everything = False,
    sure: Annotated[bool, typer.Option("--sure", help="With --all: only those that are sure.")] = False,
    network: NetworkOption = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Accept proposals as they are; those that are not sure need a reason."""
    _decide(
        plan,
        transfer_decisions.Decision(ACCEPTED, tuple(posts or ()), everything, sure or None, network, why=why),
        as_json,
    )


@transfers.command()
def edit(
    plan: PlanName,
    post: Annotated[int, typer.Argument(help="Number of the post.")],
    why: Annotated[str, typer.Option("--why", help="The reason; it stays with the decision.")],
    to: Annotated[str | None, typer.Option(help="Code of another grid of the plan.")] = None,
    role: Annotated[str | None, typer.Option(help="Another role, by code or word.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a post to another grid, or into another role, than is proposed."""
    _decide(plan, transfer_decisions.Decision(ACCEPTED, (post,), grid=to, role=role, why=why), as_json)


@transfers.command()
def leave(
    plan: PlanName,
    posts: Annotated[list[int], typer.Argument(metavar="POST...", help="Numbers of posts.")],
    why: Annotated[str, typer.Option("--why", help="The reason; it stays with the decision.")],
    as_json: AsJson = False,
) -> None:
    """Let posts end with their old grids: nobody takes them over."""
    _decide(plan, transfer_decisions.Decision(LEAVES, tuple(posts), why=why), as_json)


@transfers.command()
def reset(plan: PlanName, posts: Posts = None, everything: Everything = False, as_json: AsJson = False) -> None:
    """Take decisions back: these proposals are open again."""
    _decide(plan, transfer_decisions.Decision(OPEN, tuple(posts or ()), everything), as_json)


@transfers.command("apply")
def apply_decided(
    plan: PlanName,
    valid_from: Annotated[str | None, typer.Option(help="When; the day of its edition when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let what was decided on a plan that is published already take effect; with a publication it does so by itself."""
    with _opened(plan) as (session, held):
        made = transfer_effects.apply(session, context.caller(), held, context.moment(valid_from), datetime.now(UTC))
    emit(made, as_json=as_json, text=facts(f"Staff of {plan}", made))


@transfers.command()
def undo(plan: PlanName, as_json: AsJson = False) -> None:
    """Take back what took effect, before the moment from which it holds."""
    with _opened(plan) as (session, held):
        made = transfer_effects.undo(session, context.caller(), held, datetime.now(UTC))
    emit(made, as_json=as_json, text=f"{made['posts']} posts go on as they were")


@contextmanager
def _opened(name: str) -> Iterator[tuple[Session, Plan]]:
    with context.transaction() as session:
        yield session, plans_store.get(session, name)


def _decide(plan: str, wanted: transfer_decisions.Decision, as_json: bool) -> None:
    with _opened(plan) as (session, held):
        made = transfer_decisions.decide(session, context.caller(), held, wanted, datetime.now(UTC))
    states = f"{made[ACCEPTED]} accepted, {made[LEAVES]} leave, {made[OPEN]} open"
    emit(made, as_json=as_json, text=f"{made['decided']} decided; of {made['posts']}: {states}")
    if made["passed"] and not as_json:
        out.print(f"no grid is proposed for {len(made['passed'])} posts: edit them, or let them leave", markup=False)


def _tell_set(made: dict[str, Any], as_json: bool) -> None:
    names = ("set", "status", "posts", OPEN, ACCEPTED, LEAVES, "unsure", "valid_from")
    told = {name: made[name] for name in names} | staff_transfers.summary(made)
    for number, problem in enumerate(made.get("problems", []), 1):
        told[f"problem {number}"] = problem
    emit(made, as_json=as_json, text=facts(f"Staff of {made['plan']} (greedy baseline in brackets)", told))
