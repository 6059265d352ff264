"""Comments on draft plans are answered, and hidden with a reason.

Revision ID: 0019_comment_answers
Revises: 0018_object_owners
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_comment_answers"
down_revision = "0018_object_owners"
branch_labels = None
depends_on = None

TEXTS = ("answer", "answered_by", "hidden_why", "hidden_by")
MOMENTS = ("answered_at", "hidden_at")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("plan_comments", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in MOMENTS:
        op.add_column("plan_comments", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in (*TEXTS, *MOMENTS):
        op.drop_column("plan_comments", name)
