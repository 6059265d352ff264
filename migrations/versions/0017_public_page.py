"""The public page: codes that residents follow their reports by, plans open for comment, public contacts.

Revision ID: 0017_public_page
Revises: 0016_webhook_secrets
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0017_public_page"
down_revision = "0016_webhook_secrets"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("departments", sa.Column("contact", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "follow_codes",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_follow_codes_event_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_follow_codes")),
    )
    op.create_index(op.f("ix_follow_codes_event_id"), "follow_codes", ["event_id"], unique=False)
    op.create_table(
        "consultations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_consultations_closes_after_it_opens")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_consultations_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
    )
    op.create_index(op.f("ix_consultations_plan_id"), "consultations", ["plan_id"], unique=False)
    op.create_index(
        "uq_consultations_going", "consultations", ["plan_id"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    _comments()


def _comments() -> None:
    op.create_table(
        "plan_comments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("consultation_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("grid", sa.Text(), server_default="", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_plan_comments_consultation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comments")),
        sa.UniqueConstraint(
            "consultation_id", "idempotency_key", name=op.f("uq_plan_comments_consultation_id_idempotency_key")
        ),
    )
    op.create_geospatial_index(
        "idx_plan_comments_geom", "plan_comments", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )


def downgrade() -> None:
    op.drop_table("plan_comments")
    op.drop_table("consultations")
    op.drop_table("follow_codes")
    op.drop_column("departments", "contact")
