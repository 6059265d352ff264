"""Notices to whoever keeps look-ups in memory: something that they answer from has changed.

Revision ID: 0014_lookup_notices
Revises: 0013_staff_transfers
"""

from __future__ import annotations

from alembic import op

revision = "0014_lookup_notices"
down_revision = "0013_staff_transfers"
branch_labels = None
depends_on = None

# Sent at the commit, once for a transaction; who hears one compares the state (store/lookup/lookup.py: version).
TABLES = ("networks", "validities", "staff_version")
FUNCTION = """
CREATE FUNCTION onegrid_lookup_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('onegrid_lookup', '');
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER lookup_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION onegrid_lookup_changed()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER lookup_changed ON {table}")
    op.execute("DROP FUNCTION onegrid_lookup_changed()")
