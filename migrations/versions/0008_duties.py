"""Code tables of matters with their crosswalk; duty lines in two times, exceptions, claims of ownerless objects.

Revision ID: 0008_duties
Revises: 0007_staff
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_duties"
down_revision = "0007_staff"
branch_labels = None
depends_on = None


def _json(default: str | None = "'[]'") -> dict[str, object]:
    return {"type_": postgresql.JSONB(), "server_default": sa.text(default) if default else None, "nullable": False}


def _text(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=nullable)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _range(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.TSTZRANGE(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "code_tables",
        _id(),
        _text("code"),
        _text("name"),
        sa.Column("local", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _range("valid"),
        sa.Column("extensions", **_json()),
        _text("source", ""),
        _text("note", ""),
        _text("created_by"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_tables")),
        sa.UniqueConstraint("code", name=op.f("uq_code_tables_code")),
    )
    op.create_table(
        "matters",
        _id(),
        sa.Column("table_id", sa.BigInteger(), nullable=False),
        _text("kind"),
        _text("code"),
        _text("name"),
        _text("category", ""),
        _text("certainty", "seen"),
        _text("origin", nullable=True),
        _range("valid"),
        sa.ForeignKeyConstraint(["table_id"], ["code_tables.id"], name=op.f("fk_matters_table_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
        postgresql.ExcludeConstraint(
            (sa.column("table_id"), "="),
            (sa.column("kind"), "="),
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="ex_matters_one_meaning_at_a_time",
        ),
    )
    op.create_index(op.f("ix_matters_table_id"), "matters", ["table_id"])
    op.create_table(
        "matter_crosswalk",
        _id(),
        *(_text(name) for name in ("kind", "old_table", "old", "new_table", "new", "certainty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_crosswalk")),
        sa.UniqueConstraint(
            "kind", "old_table", "old", "new_table", "new",
            name=op.f("uq_matter_crosswalk_kind_old_table_old_new_table_new"),
        ),
    )  # fmt: skip
    op.create_table(
        "duties",
        _id(),
        *(_text(name) for name in ("number", "list_name", "kind", "table_code", "code", "scope")),
        _text("hours", ""),
        _text("lead"),
        _text("role", ""),
        sa.Column("assistants", **_json()),
        sa.Column("limits", **_json()),
        _text("closing", ""),
        _text("basis", ""),
        sa.Column("replaces", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _range("valid"),
        _range("recorded"),
        _text("created_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
        postgresql.ExcludeConstraint(
            (sa.column("number"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("recorded"), "&&"),
            using="gist",
            name="ex_duties_one_version_at_a_time",
        ),
    )
    op.create_index(op.f("ix_duties_number"), "duties", ["number"])
    op.create_index("ix_duties_kind_code", "duties", ["kind", "code"])
    op.create_table(
        "duty_exceptions",
        _id(),
        *(_text(name) for name in ("problem", "kind", "code", "scope", "reason", "created_by")),
        _range("recorded"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_exceptions")),
    )
    op.create_table(
        "duty_claims",
        _id(),
        *(_text(name) for name in ("kind", "code", "object")),
        sa.Column("candidates", **_json(None)),
        *(_text(name) for name in ("department", "claimed_by")),
        _moment("claimed_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_claims")),
        sa.UniqueConstraint("kind", "code", "object", name=op.f("uq_duty_claims_kind_code_object")),
    )


def downgrade() -> None:
    for table in ("duty_claims", "duty_exceptions", "duties", "matter_crosswalk", "matters", "code_tables"):
        op.drop_table(table)
