"""Working calendars; events as reported, their cases with an append-only trail, attachments, whistles, last resorts.

Revision ID: 0009_cases
Revises: 0006_candidates
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0009_cases"
down_revision = "0006_candidates"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text(), none_as_null=True)
OFFICE = """
INSERT INTO calendars (code, zone, hours, weekdays, keeps_holidays, created_by, recorded)
VALUES ('', 'Asia/Shanghai', '["08:00-12:00,14:00-18:00"]', '[0, 1, 2, 3, 4]', true, 'system', tstzrange(NULL, NULL))
"""
REFUSE = """
CREATE FUNCTION refuse_case_step_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail of a case is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$
"""
TRIGGERS = {
    "case_steps_append_only": "BEFORE UPDATE OR DELETE ON case_steps FOR EACH ROW",
    "case_steps_no_truncate": "BEFORE TRUNCATE ON case_steps FOR EACH STATEMENT",
}


def upgrade() -> None:
    _calendars()
    _events()
    _cases()
    _trail()


def _calendars() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("day"), "="), (sa.column("recorded"), "&&"), using="gist", name="ex_calendar_days_one_at_a_time"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("year BETWEEN 1949 AND 2200", name=op.f("ck_calendar_years_year")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_years")),
    )
    op.create_table(
        "calendars",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("hours", JSONB, nullable=False),
        sa.Column("weekdays", JSONB, nullable=False),
        sa.Column("keeps_holidays", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="), (sa.column("recorded"), "&&"), using="gist", name="ex_calendars_one_at_a_time"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )
    op.execute(OFFICE)


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="matter", nullable=False),
        sa.Column("matter", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("given", JSONB, nullable=False),
        sa.Column("uncertainty_m", sa.Double(), nullable=False),
        sa.Column("reporter_name", sa.Text(), nullable=True),
        sa.Column("reporter_phone", sa.Text(), nullable=True),
        sa.Column("reporter_erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("sent_by", "idempotency_key", name=op.f("uq_events_sent_by_idempotency_key")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_events_source_external_id")),
    )
    op.create_index("idx_events_geom", "events", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_events_at", "events", ["at"], unique=False)
    op.create_index("ix_events_kind_matter", "events", ["kind", "matter"], unique=False)
    op.create_table(
        "last_resorts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("area"), "="), (sa.column("recorded"), "&&"), using="gist", name="ex_last_resorts_one_at_a_time"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_resorts")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("moment", sa.Text(), server_default=sa.text("'other'"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_attachments_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_event_id"), "attachments", ["event_id"], unique=False)


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("routing", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("grid", sa.Text(), server_default="", nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=True),
        sa.Column("area", sa.Text(), server_default="", nullable=False),
        sa.Column("route", JSONB, nullable=False),
        sa.Column("limit_amount", sa.Double(), nullable=True),
        sa.Column("limit_unit", sa.Text(), nullable=True),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_mark_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_problem", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reworks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("suspended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("keeps_owner", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_cases_edition_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_cases_event_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["events.id"], name=op.f("fk_cases_merged_into")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_edition_id_grid", "cases", ["edition_id", "grid"], unique=False)
    op.create_index(
        "ix_cases_next_mark_at",
        "cases",
        ["next_mark_at"],
        unique=False,
        postgresql_where=sa.text("next_mark_at IS NOT NULL"),
    )
    op.create_index("ix_cases_stage", "cases", ["stage"], unique=False)


def _trail() -> None:
    op.create_table(
        "case_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("detail", JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("attachments", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["cases.event_id"], name=op.f("fk_case_steps_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_steps")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_case_steps_event_id_number")),
    )
    op.create_table(
        "case_whistles",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["cases.event_id"], name=op.f("fk_case_whistles_event_id")),
        sa.PrimaryKeyConstraint("event_id", "number", name=op.f("pk_case_whistles")),
    )
    op.create_index(op.f("ix_case_whistles_department"), "case_whistles", ["department"], unique=False)
    op.execute(REFUSE)
    for name, when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_case_step_change()")
        op.execute(f"ALTER TABLE case_steps ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    for table in ("case_whistles", "case_steps"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_case_step_change()")
    for table in ("cases", "attachments", "last_resorts", "events", "calendars", "calendar_years", "calendar_days"):
        op.drop_table(table)
