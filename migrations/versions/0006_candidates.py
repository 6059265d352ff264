"""Candidates: several plans that one division found, to be chosen from.

Revision ID: 0006_candidates
Revises: 0004_borders
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_candidates"
down_revision = "0004_borders"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text(), none_as_null=True)


def upgrade() -> None:
    op.create_table(
        "plan_candidates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("request", JSONB, nullable=False),
        sa.Column("measures", JSONB, nullable=False),
        sa.Column("score", JSONB, nullable=False),
        sa.Column("assignment", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("grids", JSONB, nullable=False),
        sa.Column("report", JSONB, nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_candidates_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_candidates")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_candidates_plan_id_number")),
    )


def downgrade() -> None:
    op.drop_table("plan_candidates")
