"""`onegrid users …`"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, table
from app.errors import InputError
from app.models.users import User
from app.services.accounts import sign_in, users
from app.services.accounts.users import Change
from app.settings import get_settings

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the user.")]
RoleOption = Annotated[str, typer.Option("--role", help="planner, admin, operator or viewer.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")]
COLUMNS = ("name", "role", "active", "has_password", "created_at")


@app.command()
def add(name: Name, role: RoleOption, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Add a user. Without a password, `users link` makes a one-time link to sign in with."""
    password = _read_password() if password_stdin else None
    with context.transaction() as session:
        made = _shown(users.add(session, context.caller(), name, role, password))
    emit(made, as_json=as_json, text=f"user {made['name']} added with the role {role}")


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users."""
    with context.transaction() as session:
        rows = [_shown(user) for user in users.list_users(session, context.caller())]
    emit(rows, as_json=as_json, text=table("Users", COLUMNS, [[row[c] for c in COLUMNS] for row in rows]))


@app.command("set")
def change(
    name: Name,
    role: Annotated[str | None, typer.Option("--role", help="planner, admin, operator or viewer.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether the user may sign in.")] = None,
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Change role, state or password; the user's sign-ins end when something is taken away."""
    wanted = Change(role, active, _read_password() if password_stdin else None)
    if wanted == Change():
        raise InputError("nothing to change: give --role, --active, --inactive or --password-stdin")
    _change(name, wanted, as_json)


@app.command()
def disable(name: Name, as_json: AsJson = False) -> None:
    """Sign a user out everywhere and let them in no more; `users set NAME --active` undoes it."""
    _change(name, Change(active=False), as_json)


@app.command()
def link(name: Name, as_json: AsJson = False) -> None:
    """Make a link that signs the user in once."""
    settings = get_settings()
    lifetime = timedelta(minutes=settings.sign_in_link_minutes)
    with context.transaction() as session:
        made = sign_in.make_link(
            session, context.caller(), name, address=settings.address, lifetime=lifetime, now=datetime.now(UTC)
        )
    emit({"user": made.user, "url": made.url, "expires_at": made.expires_at}, as_json=as_json, text=made.url)


def _change(name: str, wanted: Change, as_json: bool) -> None:
    with context.transaction() as session:
        made = _shown(users.change(session, context.caller(), name, wanted, now=datetime.now(UTC)))
    state = "active" if made["active"] else "not active"
    emit(made, as_json=as_json, text=f"user {made['name']}: {made['role']}, {state}")


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InputError("no password on stdin")
    return password


def _shown(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role,
        "active": user.active,
        "has_password": user.password_hash is not None,
        "created_at": user.created_at,
    }
