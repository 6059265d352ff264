"""Edits of plans: versions, the history, locks and decisions of grids, rules that an edit broke.

Revision ID: 0005_plan_edits
Revises: 0003_lookup_function
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_plan_edits"
down_revision = "0003_lookup_function"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text(), none_as_null=True)
# A grid that an edit tore apart has several parts; publishing refuses it, drawing does not.
SHAPES = "ALTER TABLE plan_grids ALTER COLUMN geom TYPE geometry({kind}, 4326) USING {value}"


def upgrade() -> None:
    op.add_column("plans", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("plan_grids", sa.Column("lock", JSONB, nullable=True))
    op.add_column("plan_grids", sa.Column("decision", JSONB, nullable=True))
    op.add_column("plan_grids", sa.Column("breaches", JSONB, server_default=sa.text("'[]'"), nullable=False))
    op.execute(SHAPES.format(kind="Geometry", value="geom"))
    op.create_table(
        "plan_edits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("of", sa.BigInteger(), nullable=True),
        sa.Column("wish", JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("grids", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("before", JSONB, nullable=True),
        sa.Column("after", JSONB, nullable=True),
        sa.Column("undone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["of"], ["plan_edits.id"], name=op.f("fk_plan_edits_of"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_edits_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_edits")),
        sa.UniqueConstraint("plan_id", "version", name=op.f("uq_plan_edits_plan_id_version")),
    )


def downgrade() -> None:
    op.drop_table("plan_edits")
    # A torn grid keeps its largest part: the plan must be divided again.
    largest = "(SELECT d.geom FROM ST_Dump(plan_grids.geom) AS d ORDER BY ST_Area(d.geom) DESC LIMIT 1)"
    op.execute(f"UPDATE plan_grids SET geom = {largest} WHERE GeometryType(geom) <> 'POLYGON'")
    op.execute(SHAPES.format(kind="Polygon", value="geom"))
    op.drop_column("plan_grids", "breaches")
    op.drop_column("plan_grids", "decision")
    op.drop_column("plan_grids", "lock")
    op.drop_column("plans", "version")
