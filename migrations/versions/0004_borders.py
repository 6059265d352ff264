"""Borders of a plan's pieces, with who drew them.

Revision ID: 0004_borders
Revises: 0008_duties
"""

from __future__ import annotations

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_borders"
down_revision = "0008_duties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "borders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("left_piece", sa.Integer(), nullable=False),
        sa.Column("right_piece", sa.Integer(), nullable=False),
        sa.Column("drawn_by", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("length_m", sa.Float(), nullable=False),
        sa.Column("geom", geoalchemy2.Geometry("MULTILINESTRING", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_borders_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_borders")),
    )
    op.create_index(op.f("ix_borders_plan_id"), "borders", ["plan_id"], unique=False)
    op.create_index("idx_borders_geom", "borders", ["geom"], unique=False, postgresql_using="gist")


def downgrade() -> None:
    op.drop_table("borders")
