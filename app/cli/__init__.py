"""`onegrid …`: a command parses, makes one service call, and prints a table or JSON."""

from __future__ import annotations

import importlib
import logging
import sys

import typer

from app import logs
from app.cli import lazy_imports
from app.cli.commands import LazyGroup
from app.cli.console import fail

INTERRUPTED = 130

app = typer.Typer(
    name="onegrid",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def onegrid() -> None:
    """Many grid networks over one city: check, overlay, divide, publish, look up (多网合一)."""


def main() -> None:
    """Entry point: a domain error is one line on stderr and exit 1; bad usage is Typer's exit 2."""
    logs.configure("text", logging.WARNING)
    lazy_imports.install()
    try:
        app()
    except KeyboardInterrupt:
        fail("interrupted; nothing of the command's work was kept")
        sys.exit(INTERRUPTED)
    except Exception as error:
        # What can be told apart takes SQLAlchemy and its driver, which a command without a database never loads.
        told = importlib.import_module("app.cli.failures").told(error)
        if told is None:
            raise
        fail(told)
        sys.exit(1)
