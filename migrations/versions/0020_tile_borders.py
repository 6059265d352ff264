"""Borders in a map's tiles are lines of their own. Outlines and tiles of before them go: they are made again of grids.

Revision ID: 0020_tile_borders
Revises: 0019_comment_answers
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0020_tile_borders"
down_revision = "0019_comment_answers"
branch_labels = None
depends_on = None

BORDER = Geometry("MULTILINESTRING", srid=3857, spatial_index=False)


def upgrade() -> None:
    op.execute("DELETE FROM outlines")
    op.execute("DELETE FROM tiles")
    op.add_column("outlines", sa.Column("border", BORDER, nullable=False))


def downgrade() -> None:
    op.drop_column("outlines", "border")
