"""What a command works with: the database (started if it is ours), the caller, the watcher of a run, moments."""

from __future__ import annotations

import getpass
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import cluster, db
from app.cli.console import err
from app.errors import InputError
from app.rules.accounts.access import SCOPES, Caller
from app.rules.time.moments import parse_moment
from app.services import database
from app.services.progress import Progress as Watcher
from app.settings import get_settings


def caller() -> Caller:
    """Whoever has a shell on the machine may do everything; the audit trail names the account."""
    return Caller(f"cli:{getpass.getuser()}", frozenset(SCOPES), origin="cli")


@cache
def engine() -> Engine:
    """The deployment's database. The private one is started and upgraded here; another's only by `db upgrade`."""
    settings = get_settings()
    made = db.get_engine()
    if settings.database_url is None:
        cluster.start(settings)
        database.upgrade(made)
    return made


@contextmanager
def transaction() -> Iterator[Session]:
    with db.transaction(engine()) as session:
        yield session


def moment(text: str | None) -> datetime | None:
    """A moment as the command line takes it, in the deployment's zone when it names none."""
    return None if text is None else parse_moment(text, get_settings().time_zone)


def existing(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"{path}: no such file")
    return path.resolve()


def run(kind: str, parameters: dict[str, Any], *, quiet: bool = False) -> dict[str, Any]:
    """Record a run, execute it in this process, show its progress; returns its outcome.

    The worker is imported here, not above: with it come the queue and the cases, of no use to most commands.
    """
    worker = importlib.import_module("app.worker")
    with watching(quiet=quiet) as watch:
        outcome: dict[str, Any] = worker.run_now(engine(), caller(), kind, parameters, watch)
    return outcome


@contextmanager
def watching(*, quiet: bool = False) -> Iterator[Watcher]:
    """A progress bar on a terminal, plain lines otherwise, on stderr; nothing when quiet."""
    if quiet:
        yield Watcher(lambda fraction, message: None)
    elif not sys.stderr.isatty():
        yield Watcher(_plain_lines())
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("", total=1.0)
            yield Watcher(lambda fraction, message: bar.update(task, completed=fraction, description=message))


def _plain_lines() -> Any:
    said = ""

    def line(fraction: float, message: str) -> None:
        nonlocal said
        if message != said:
            said = message
            err.print(f"{fraction:4.0%} {message}", markup=False)

    return line


def pairs(text: str, what: str) -> dict[str, str]:
    """`a=x,b=y` as a mapping."""
    made: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(f"{what}: {part!r} is not NAME=VALUE")
        made[name.strip()] = value.strip()
    return made


def band(text: str | None, what: str) -> list[float] | None:
    """`MIN,TARGET,MAX` as three rising numbers."""
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not 0 <= numbers[0] <= numbers[1] <= numbers[2]:
        raise InputError(f"{what}: {text!r} is not MIN,TARGET,MAX with MIN ≤ TARGET ≤ MAX")
    return numbers
