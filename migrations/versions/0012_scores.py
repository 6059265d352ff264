"""Scores as a chain that is only added to, with their rules, patrols, appeals and decisions.

Revision ID: 0012_scores
Revises: 0011_notices
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012_scores"
down_revision = "0011_notices"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text(), none_as_null=True)
MOMENT = sa.DateTime(timezone=True)
TABLES = ("score_rules", "scores", "score_patrols", "appeals", "appeal_decisions")
REFUSE = """
CREATE FUNCTION refuse_score_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$
"""
FOLLOW = """
CREATE FUNCTION follow_score_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT number, hash INTO last FROM scores ORDER BY number DESC LIMIT 1;
    IF NEW.number <> COALESCE(last.number, 0) + 1 OR NEW.previous_hash <> COALESCE(last.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'score % does not follow %', NEW.number, COALESCE(last.number, 0)
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    _rules()
    _scores()
    _appeals()
    op.create_index("ix_case_steps_at", "case_steps", ["at"], unique=False)
    op.execute(REFUSE)
    op.execute(FOLLOW)
    for table in TABLES:
        _trigger(table, f"{table}_append_only", "BEFORE UPDATE OR DELETE", "ROW", "refuse_score_change")
        _trigger(table, f"{table}_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "refuse_score_change")
    _trigger("scores", "scores_follow", "BEFORE INSERT", "ROW", "follow_score_chain")


def _trigger(table: str, name: str, when: str, each: str, function: str) -> None:
    """ALWAYS: the triggers also fire for a session that sets session_replication_role to replica."""
    op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _rules() -> None:
    op.create_table(
        "score_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_rules")),
    )
    op.create_table(
        "score_patrols",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("unit_type", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("visited", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_patrols")),
    )
    op.create_index(op.f("ix_score_patrols_period"), "score_patrols", ["period"], unique=False)


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit_type", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts", MOMENT, nullable=False),
        sa.Column("ends", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("rules_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("computed_by", sa.Text(), nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("deductions", JSONB, nullable=False),
        sa.Column("total", sa.Double(), nullable=True),
        sa.Column("grade", sa.Text(), server_default="", nullable=False),
        sa.Column("cases", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("marks", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rules_id"], ["score_rules.id"], name=op.f("fk_scores_rules_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_scores")),
        sa.UniqueConstraint(
            "period", "unit_type", "unit", "revision", name=op.f("uq_scores_period_unit_type_unit_revision")
        ),
    )
    op.create_index("ix_scores_unit_type_unit_kind_starts", "scores", ["unit_type", "unit", "kind", "starts"])


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("score_number", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["cases.event_id"], name=op.f("fk_appeals_event_id")),
        sa.ForeignKeyConstraint(["score_number"], ["scores.number"], name=op.f("fk_appeals_score_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    op.create_index(op.f("ix_appeals_event_id"), "appeals", ["event_id"], unique=False)
    op.create_index(op.f("ix_appeals_score_number"), "appeals", ["score_number"], unique=False)
    op.create_table(
        "appeal_decisions",
        sa.Column("appeal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exclude", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("step_number", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_decisions_appeal_id")),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal_decisions")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        if table != "score_rules":
            op.drop_table(table)
    op.drop_table("score_rules")
    op.execute("DROP FUNCTION follow_score_chain()")
    op.execute("DROP FUNCTION refuse_score_change()")
    op.drop_index("ix_case_steps_at", table_name="case_steps")
