"""Alembic on OneGrid's own engine; a caller may hand in a connection through `config.attributes`."""

from __future__ import annotations

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection

from app.db import database_url, make_engine
from app.models import Base
from app.settings import get_settings

NOT_OURS = ("procrastinate_", "spatial_ref_sys")


def ours(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave the queue's tables and PostGIS's own alone."""
    if kind == "table" and name is not None and name.startswith(NOT_OURS):
        return False
    return bool(alembic_helpers.include_object(item, name, kind, reflected, compare_to))


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=ours,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if (handed := context.config.attributes.get("connection")) is not None:
    migrate(handed)
else:
    with make_engine(database_url(get_settings())).connect() as own:
        migrate(own)
