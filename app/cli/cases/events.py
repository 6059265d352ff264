"""`onegrid events …`: what is reported, and its case step by step."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from app import worker
from app.cli import context
from app.cli.console import emit, facts, table
from app.cli.lookup.lookup import open_lookup
from app.rules.cases.trail import Step
from app.services.cases import attachments, case_moves, cases, events
from app.services.lookup import lookup as answers
from app.settings import get_settings
from app.store.cases.events import EventFilter

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(help="Number of the event.")]
NEGATIVE = {"ignore_unknown_options": True}  # a coordinate west of Greenwich starts with a minus, as options do
LISTED = ("id", "at", "matter", "status", "routing", "grid", "owner", "holder", "light", "due_at")


@app.command(context_settings=NEGATIVE)
def report(
    lon: Annotated[float, typer.Argument(help="Longitude, or x.")],
    lat: Annotated[float, typer.Argument(help="Latitude, or y.")],
    matter: Annotated[str, typer.Option(help="Code of the matter.")] = "",
    kind: Annotated[str, typer.Option(help="matter or component.")] = "matter",
    crs: Annotated[str, typer.Option(help="EPSG:n, wgs84, cgcs2000, gcj02 or bd09.")] = "wgs84",
    at: Annotated[str | None, typer.Option(help="Moment; now when not given.")] = None,
    accuracy: Annotated[float | None, typer.Option(min=0, help="Metres that the position may be off.")] = None,
    text: Annotated[str, typer.Option(help="What it is, in words.")] = "",
    source: Annotated[str, typer.Option(help="The system that reports.")] = events.OWN_SOURCE,
    external_id: Annotated[str | None, typer.Option(help="The source's own number: one event each.")] = None,
    about: Annotated[str, typer.Option("--object", help="What it is about: business:…, component:LAYER/CODE, …")] = "",
    seen: Annotated[bool, typer.Option("--seen", help="Seen by the grid's own people.")] = False,
    as_json: AsJson = False,
) -> None:
    """Report something: who has to see to it, by when, and what may be the same."""
    wanted = events.Report(
        lon=lon, lat=lat, crs=crs, accuracy_m=accuracy, at=context.moment(at), kind=kind, matter=matter, text=text,
        source=source, external_id=external_id, seen=seen, object=about,
    )  # fmt: skip
    lookup = open_lookup(())
    with context.transaction() as session:
        made, is_new = events.post(session, context.caller(), lookup, wanted, _rules(), datetime.now(UTC))
    said = f"event {made['id']}{'' if is_new else ' (known already)'}: {made['owner']}, due {made['due_at'] or '—'}"
    emit(made, as_json=as_json, text=said)


@app.command("list")
def list_events(
    status: Annotated[str | None, typer.Option(help="A stage, open, closed, unrouted or unowned.")] = None,
    matter: Annotated[str | None, typer.Option(help="Code of a matter, or its leading digits.")] = None,
    holder: Annotated[str | None, typer.Option(help="Department that has the case now.")] = None,
    grid: Annotated[str | None, typer.Option(help="Code of a grid.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Events from this moment on.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Events before this moment.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List events with their cases, newest first."""
    wanted = EventFilter(None, None, matter, status, holder, grid, context.moment(since), context.moment(until))
    with context.transaction() as session:
        rows = events.page(session, context.caller(), wanted, datetime.now(UTC), limit=limit)
    emit(rows, as_json=as_json, text=table("Events", LISTED, [[row[name] for name in LISTED] for row in rows]))


@app.command()
def show(event: Number, as_json: AsJson = False) -> None:
    """Show an event, its case and its trail."""
    with context.transaction() as session:
        made = events.get(session, context.caller(), event, datetime.now(UTC))
    emit(made, as_json=as_json, text=_case(made))
    if not as_json:
        columns = ("number", "action", "at", "actor", "receiver", "reason")
        emit(made, as_json=False, text=table("Trail", columns, [[s[c] for c in columns] for s in made["trail"]]))


@app.command()
def step(
    event: Number,
    action: Annotated[str, typer.Argument(help="verify, file, dispatch, accept, return, …: see `events show`.")],
    receiver: Annotated[str, typer.Option(help="Department that it goes to.")] = "",
    reason: Annotated[str, typer.Option(help="Why; a return needs one.")] = "",
    until: Annotated[str | None, typer.Option(help="Moment, of request_delay.")] = None,
    score: Annotated[float | None, typer.Option(help="0 to 100, of evaluate and score_whistle.")] = None,
    passed: Annotated[bool | None, typer.Option("--passed/--failed", help="Of verify and check.")] = None,
    into: Annotated[int | None, typer.Option(help="The event that this one is merged into.")] = None,
    condition: Annotated[str | None, typer.Option(help="Of meet: the time limit that is met.")] = None,
    attachment: Annotated[list[int] | None, typer.Option(help="Number of an attachment of the event.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take a step of a case."""
    given = (("passed", passed), ("into", into), ("condition", condition))
    detail = {name: value for name, value in given if value is not None}
    who = context.caller()
    wanted = Step(
        action, datetime.now(UTC), who.name, receiver, reason, context.moment(until), score, detail,
        tuple(attachment or ()),
    )  # fmt: skip
    with context.transaction() as session:
        made = {"id": event, **cases.step(session, who, event, wanted)}
    emit(made, as_json=as_json, text=_case(made))


@app.command()
def attach(
    event: Number,
    file: Annotated[Path, typer.Argument(help="A picture or document.")],
    of: Annotated[str, typer.Option(help="before or after the work, or other.")] = "other",
    as_json: AsJson = False,
) -> None:
    """Keep a file of an event."""
    media = mimetypes.guess_type(file.name)[0] or ""
    with context.existing(file).open("rb") as stream, context.transaction() as session:
        made = attachments.add(
            session, context.caller(), event, stream, get_settings().var_dir, name=file.name, media_type=media,
            moment=of,
        )  # fmt: skip
    emit(made, as_json=as_json, text=f"attachment {made['id']}: {made['name']}, {made['size']:,} bytes")


@app.command()
def moves(
    take: Annotated[bool, typer.Option("--take", help="Move them; else only show where they would go.")] = False,
    reason: Annotated[str, typer.Option(help="Why they are moved; kept in each trail.")] = "",
    only: Annotated[list[int] | None, typer.Option(help="Only this event.")] = None,
    besides: Annotated[list[int] | None, typer.Option(help="Not this event.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show where open cases go after a re-division, or move them."""
    lookup, now = open_lookup(()), datetime.now(UTC)
    with context.transaction() as session:
        if take:
            made: Any = case_moves.move(
                session, context.caller(), lookup, _rules(), now, events=only, besides=besides or (), reason=reason
            )
            emit(made, as_json=as_json, text=f"{len(made['moved'])} cases moved, {len(made['left'])} left")
            return
        rows = case_moves.proposals(session, lookup, _rules(), now, only)
    columns = ("event", "old_grid", "new_grid", "old_owner", "new_owner", "certainty", "reason")
    emit(rows, as_json=as_json, text=table("Moves", columns, [[row[name] for name in columns] for row in rows]))


@app.command()
def tick(as_json: AsJson = False) -> None:
    """Let the clock say now what is due: warnings, overdue cases, steps up the ladder; a worker does each minute."""
    said = worker.clock(context.engine())
    emit(said, as_json=as_json, text=", ".join(f"{name}: {count}" for name, count in said.items()) or "nothing is due")


@app.command("last-resort")
def last_resort(
    department: Annotated[str | None, typer.Argument(help="Department; without one the list is shown.")] = None,
    area: Annotated[str, typer.Option(help="Code of an area or its leading digits; everywhere when not given.")] = "",
    as_json: AsJson = False,
) -> None:
    """Name or list who answers where nobody else does (属地兜底)."""
    with context.transaction() as session:
        if department is not None:
            events.put_last_resort(session, context.caller(), area, department, datetime.now(UTC))
        rows = events.last_resorts(session)
    cells = [[row["area"] or "everywhere", row["department"]] for row in rows]
    emit(rows, as_json=as_json, text=table("Owners of last resort", ("area", "department"), cells))


def _rules() -> answers.AnswerRules:
    settings = get_settings()
    return answers.AnswerRules(settings.time_zone, settings.nearest_limit_m)


def _case(made: dict[str, Any]) -> Table:
    names = ("status", "status_name", "routing", "owner", "holder", "grid", "limit", "due_at", "light", "clock_problem")
    shown = {name: made[name] for name in names if made[name]}
    return facts(f"Event {made['id']}", {**shown, "next": ", ".join(made["actions"])})
