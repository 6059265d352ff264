"""Whose a regulated object is, by which events about it are routed; reasons of transfers as codes with values.

Revision ID: 0018_object_owners
Revises: 0017_public_page
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018_object_owners"
down_revision = "0017_public_page"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text(), none_as_null=True)


def upgrade() -> None:
    op.add_column("staff_transfers", sa.Column("said", JSONB, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("objects", sa.Column("owner", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("objects", "owner")
    op.drop_column("staff_transfers", "said")
