"""Outlines that tiles are drawn from, and tiles kept because too much is in them.

Revision ID: 0015_tiles
Revises: 0014_lookup_notices
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0015_tiles"
down_revision = "0014_lookup_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outlines",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=3857, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_outlines_edition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_outlines_grid_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("edition_id", "level", "grid_id", name=op.f("pk_outlines")),
    )
    op.create_index("ix_outlines_ground", "outlines", ["edition_id", "level", "geom"], postgresql_using="gist")
    op.create_index(op.f("ix_outlines_grid_id"), "outlines", ["grid_id"])
    op.create_table(
        "tiles",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("z", sa.Integer(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_tiles_edition_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("edition_id", "z", "x", "y", name=op.f("pk_tiles")),
    )


def downgrade() -> None:
    op.drop_table("tiles")
    op.drop_table("outlines")
