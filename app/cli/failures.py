"""Errors that a command may end with, in one line each."""

from __future__ import annotations

from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from app.errors import OneGridError, Refused

REASONS_SHOWN = 10


def told(error: Exception) -> str | None:
    """What a person is told; None for an error that is a fault of the program."""
    if isinstance(error, Refused):
        return f"{error}: {'; '.join(error.reasons[:REASONS_SHOWN])}"
    if isinstance(error, OneGridError):
        return str(error)
    if isinstance(error, OperationalError | InterfaceError):
        return f"the database does not answer: {str(error.orig).strip()} — `onegrid db status` tells more"
    if isinstance(error, ProgrammingError) and isinstance(error.orig, UndefinedTable | UndefinedColumn):
        return "the database lacks tables of this version — `onegrid db upgrade` makes them"
    return None
