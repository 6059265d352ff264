"""A counter of changes of what events are routed by; every time limit of the duty with the case.

Revision ID: 0010_routing
Revises: 0009_cases
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_routing"
down_revision = "0009_cases"
branch_labels = None
depends_on = None

COUNTED = ("duties", "code_tables", "matters", "calendars", "calendar_days", "calendar_years", "last_resorts")
BUMP = """
CREATE FUNCTION count_routing_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE routing_version SET version = version + 1, changed_in = pg_current_xact_id()::text::bigint;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "routing_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_in", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_version")),
    )
    op.execute("INSERT INTO routing_version (id, version, changed_in) VALUES (1, 0, 0)")
    op.execute(BUMP)
    for table in COUNTED:
        op.execute(
            f"CREATE TRIGGER {table}_routing_counted AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION count_routing_change()"
        )
    op.add_column("cases", sa.Column("limits", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column("cases", "limits")
    for table in COUNTED:
        op.execute(f"DROP TRIGGER {table}_routing_counted ON {table}")
    op.execute("DROP FUNCTION count_routing_change()")
    op.drop_table("routing_version")
