"""Two secrets of a subscription while one is replaced by the other, and how long its receiver wants to be left alone.

Revision ID: 0016_webhook_secrets
Revises: 0015_tiles
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_webhook_secrets"
down_revision = "0015_tiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("old_secret", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscriptions", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("held_until", "old_secret_until", "old_secret"):
        op.drop_column("subscriptions", name)
