"""Subscriptions with their outbox of messages and deliveries; notices of changes with objections; whistles with a time
limit and a place; regulated objects with levels, their history and the rules that move them.

Revision ID: 0011_notices
Revises: 0010_routing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_notices"
down_revision = "0010_routing"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text(), none_as_null=True)
RULES = """
INSERT INTO object_rules (code, direction, counts, number, days, created_by, recorded)
VALUES ('cases', 'up', 'cases', 3, 30, 'system', tstzrange(NULL, NULL)),
       ('overdue', 'up', 'overdue', 2, 30, 'system', tstzrange(NULL, NULL)),
       ('reworks', 'up', 'reworks', 2, 90, 'system', tstzrange(NULL, NULL)),
       ('quiet', 'down', 'quiet', 0, 60, 'system', tstzrange(NULL, NULL))
"""


def upgrade() -> None:
    _webhooks()
    _notices()
    op.add_column("cases", sa.Column("dues", JSONB, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("case_whistles", sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_whistles", sa.Column("lon", sa.Double(), nullable=True))
    op.add_column("case_whistles", sa.Column("lat", sa.Double(), nullable=True))
    op.create_index(op.f("ix_case_whistles_called_at"), "case_whistles", ["called_at"], unique=False)
    _objects()


def _webhooks() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("departments", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("uid", name=op.f("uq_messages_uid")),
    )
    op.create_index(op.f("ix_messages_at"), "messages", ["at"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", JSONB, nullable=False),
        sa.Column("department", sa.Text(), server_default="", nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("replays", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_deliveries_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", "subscription_id", name=op.f("uq_deliveries_message_id_subscription_id")),
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["subscription_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("lists", JSONB, nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_notices_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_plan_id"), "notices", ["plan_id"], unique=False)
    op.create_table(
        "objections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'answered', 'withdrawn')", name=op.f("ck_objections_status")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_objections_notice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index(op.f("ix_objections_notice_id"), "objections", ["notice_id"], unique=False)


def _objects() -> None:
    op.create_table(
        "objects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("level BETWEEN 0 AND 2", name=op.f("ck_objects_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objects")),
        sa.UniqueConstraint("key", name=op.f("uq_objects_key")),
    )
    op.create_index(op.f("ix_objects_level"), "objects", ["level"], unique=False)
    op.create_table(
        "object_events",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_object_events_event_id")),
        sa.ForeignKeyConstraint(["object_id"], ["objects.id"], name=op.f("fk_object_events_object_id")),
        sa.PrimaryKeyConstraint("object_id", "event_id", name=op.f("pk_object_events")),
    )
    op.create_index(op.f("ix_object_events_event_id"), "object_events", ["event_id"], unique=False)
    op.create_table(
        "object_levels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cases", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["object_id"], ["objects.id"], name=op.f("fk_object_levels_object_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_object_levels")),
    )
    op.create_index(op.f("ix_object_levels_object_id"), "object_levels", ["object_id"], unique=False)
    op.create_table(
        "object_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("matter", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="), (sa.column("recorded"), "&&"), using="gist", name="ex_object_rules_one_at_a_time"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_object_rules")),
    )
    op.execute(RULES)


def downgrade() -> None:
    for table in ("object_rules", "object_levels", "object_events", "objects", "objections", "notices"):
        op.drop_table(table)
    op.drop_index(op.f("ix_case_whistles_called_at"), table_name="case_whistles")
    for column in ("lat", "lon", "answer_by"):
        op.drop_column("case_whistles", column)
    op.drop_column("cases", "dues")
    for table in ("deliveries", "subscriptions", "messages"):
        op.drop_table(table)
