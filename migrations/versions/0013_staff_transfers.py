"""Sets of transfer proposals with the decisions on them; the departments that duty lines name, by their codes.

Revision ID: 0013_staff_transfers
Revises: 0012_scores
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_staff_transfers"
down_revision = "0012_scores"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text(), none_as_null=True)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "transfer_sets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("parameters", JSONB, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=True),
        sa.Column("applied_by", sa.Text(), nullable=True),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.CheckConstraint("status IN ('open', 'applied', 'undone', 'replaced')", name=op.f("ck_transfer_sets_status")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_transfer_sets_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_sets")),
    )
    op.create_index(op.f("ix_transfer_sets_plan_id"), "transfer_sets", ["plan_id"], unique=False)
    op.create_index(
        "uq_transfer_sets_open", "transfer_sets", ["plan_id"], unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )  # fmt: skip
    _transfers()
    op.add_column("duties", sa.Column("lead_code", sa.Text(), nullable=True))
    op.add_column("duties", sa.Column("assistant_codes", JSONB, server_default=sa.text("'[]'"), nullable=False))
    op.create_foreign_key(op.f("fk_duties_lead_code"), "duties", "departments", ["lead_code"], ["code"])


def _transfers() -> None:
    terms = ("old_term", "ended_term", "new_term")
    op.create_table(
        "staff_transfers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_grid", sa.Text(), nullable=True),
        sa.Column("proposed_role", sa.Text(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("distance_m", sa.Float(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in terms),
        sa.CheckConstraint("state IN ('open', 'accepted', 'leaves')", name=op.f("ck_staff_transfers_state")),
        sa.CheckConstraint(
            "state = 'open' OR decided_by IS NOT NULL", name=op.f("ck_staff_transfers_decided_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["transfer_sets.id"], name=op.f("fk_staff_transfers_set_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_staff_transfers_post_id")),
        *(
            sa.ForeignKeyConstraint([name], ["post_terms.id"], name=op.f(f"fk_staff_transfers_{name}"))
            for name in terms
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_transfers")),
        sa.UniqueConstraint("set_id", "post_id", name=op.f("uq_staff_transfers_set_id_post_id")),
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_duties_lead_code"), "duties", type_="foreignkey")
    op.drop_column("duties", "assistant_codes")
    op.drop_column("duties", "lead_code")
    op.drop_table("staff_transfers")
    op.drop_table("transfer_sets")
