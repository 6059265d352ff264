"""Runs the migrations. A module of its own, so that only an upgrade loads Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from app.settings import PROJECT_DIR


def run(connection: Connection) -> None:
    """Bring the tables to the newest revision, each migration in a transaction of its own."""
    config = Config(str(PROJECT_DIR / "alembic.ini"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
