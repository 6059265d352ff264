"""`onegrid posts …`: posts one by one, and the absences of who holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, table
from app.errors import InputError
from app.services.staff import posts
from app.services.staff.posts import NewPost, PostChange
from app.store.staff import posts as store
from app.store.staff.posts import PostFilter

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Post = Annotated[int, typer.Argument(help="Id of the post.")]
Person = Annotated[int, typer.Argument(help="Id of the person.")]
From = Annotated[str | None, typer.Option("--from", help="Moment from which it holds.")]
Until = Annotated[str | None, typer.Option("--until", help="Moment at which it ends.")]
Shift = Annotated[str | None, typer.Option("--shift", help="Mon-Fri 08:00-18:00, 周一至周五 8:00-18:00; '' is always.")]
Load = Annotated[float | None, typer.Option("--load", help="Share of a full day's work; the role's when not given.")]
Department = Annotated[str | None, typer.Option("--department", help="Code or name.")]
Substitutes = Annotated[str | None, typer.Option("--substitutes", help="Ids of people, joined by commas, A before B.")]
COLUMNS = ("post", "name", "role", "network", "grid", "department", "valid_from", "valid_until", "shift", "load")


@app.command("list")
def list_posts(
    network: Annotated[str | None, typer.Option(help="Code of a network.")] = None,
    grid: Annotated[str | None, typer.Option(help="Code of a grid.")] = None,
    person: Annotated[int | None, typer.Option(help="Id of a person.")] = None,
    role: Annotated[str | None, typer.Option(help="Code of a role.")] = None,
    at: Annotated[str | None, typer.Option(help="Held at this moment; whenever when not given.")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="As it was known at this moment.")] = None,
    as_json: AsJson = False,
) -> None:
    """List terms of posts."""
    wanted = PostFilter(network, grid, person, role, context.moment(at), context.moment(as_known_at))
    with context.transaction() as session:
        rows = posts.describe(context.caller(), store.rows(session, wanted))
    emit(rows, as_json=as_json, text=table("Posts", COLUMNS, [[row[c] for c in COLUMNS] for row in rows]))


@app.command()
def appoint(
    person: Person,
    role: Annotated[str, typer.Argument(help="A role's code or word; a new word becomes a local role.")],
    network: Annotated[str, typer.Argument(help="Code of the network.")],
    grid: Annotated[str, typer.Argument(help="Code of the grid.")],
    valid_from: From = None,
    valid_until: Until = None,
    department: Department = None,
    shift: Shift = None,
    load: Load = None,
    substitutes: Substitutes = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a post, from now on unless --from says otherwise."""
    now = datetime.now(UTC)
    starts, ends = context.moment(valid_from) or now, context.moment(valid_until)
    wanted = NewPost(person, role, network, grid, starts, ends, department, shift or "", load, _ids(substitutes) or ())
    with context.transaction() as session:
        post = posts.appoint(session, context.caller(), wanted, now)
        made = posts.describe_post(session, context.caller(), post.id)
    emit(made, as_json=as_json, text=f"post {post.id}: {post.role} on grid {grid}")


@app.command()
def correct(
    post: Post,
    at: Annotated[str | None, typer.Option(help="Moment in the term; the last term when not given.")] = None,
    valid_from: From = None,
    valid_until: Until = None,
    forever: Annotated[bool, typer.Option("--forever", help="Take the end away.")] = False,
    department: Department = None,
    shift: Shift = None,
    load: Load = None,
    substitutes: Substitutes = None,
    as_json: AsJson = False,
) -> None:
    """Correct what is known of a term: the old row stays for questions about the past."""
    times = context.moment(valid_from), context.moment(valid_until)
    wanted = PostChange(*times, forever, department, shift, load, _ids(substitutes))
    with context.transaction() as session:
        posts.correct(session, context.caller(), post, wanted, datetime.now(UTC), context.moment(at))
        made = posts.describe_post(session, context.caller(), post)
    emit(made, as_json=as_json, text=f"post {post} corrected")


@app.command()
def end(
    post: Post,
    at: Annotated[str | None, typer.Option(help="Moment at which it ends; now when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a post end; what was to begin later is withdrawn."""
    now = datetime.now(UTC)
    with context.transaction() as session:
        posts.end(session, context.caller(), post, context.moment(at) or now, now)
        made = posts.describe_post(session, context.caller(), post)
    emit(made, as_json=as_json, text=f"post {post} ended")


@app.command()
def leave(
    person: Person,
    valid_from: Annotated[str, typer.Option("--from", help="Moment from which the person is away.")],
    valid_until: Until = None,
    substitute: Annotated[int | None, typer.Option(help="Person who stands in before all others.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record that a person is away; why is not kept."""
    starts = context.moment(valid_from)
    if starts is None:
        raise InputError("say from when")
    span = (starts, context.moment(valid_until))
    with context.transaction() as session:
        absence = posts.take_leave(session, context.caller(), person, span, datetime.now(UTC), substitute)
        made: dict[str, Any] = {"id": absence.id, "person": person, "valid_from": span[0], "valid_until": span[1]}
    emit(made, as_json=as_json, text=f"absence {made['id']} of person {person} recorded")


@app.command("withdraw-leave")
def withdraw_leave(absence: Annotated[int, typer.Argument(help="Id of the absence.")], as_json: AsJson = False) -> None:
    """It is no longer believed that the person is away."""
    with context.transaction() as session:
        person = posts.withdraw_leave(session, context.caller(), absence, datetime.now(UTC)).person_id
    emit({"id": absence, "person": person}, as_json=as_json, text=f"absence {absence} withdrawn")


def _ids(text: str | None) -> tuple[int, ...] | None:
    try:
        return None if text is None else tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise InputError(f"{text!r} is no list of ids: 12,34") from None
