"""Departments in a tree, people, posts with their terms, absences, staffing rules; and a counter of their changes.

Revision ID: 0007_staff
Revises: 0005_plan_edits
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_staff"
down_revision = "0005_plan_edits"
branch_labels = None
depends_on = None

LINES = (
    ("party", "党建"),
    ("governance", "综治"),
    ("city_management", "城管"),
    ("civilization", "文明"),
    ("sanitation", "环卫"),
    ("municipal", "市政"),
    ("enforcement", "执法"),
    ("emergency", "应急"),
    ("gardens", "园林"),
    ("environment", "生态环境"),
    ("water", "水务"),
    ("market", "市场监管"),
    ("traffic", "交通"),
    ("building", "建设"),
    ("police", "公安"),
    ("fire", "消防"),
)
ROLES = (
    ("grid_chief", "网格长", 1.0),
    ("grid_member", "网格员", 1.0),
    ("municipal_worker", "市政", 1.0),
    ("sanitation_worker", "环卫", 1.0),
    ("law_enforcer", "执法", 1.0),
    ("supervisor", "监督员", 0.5),
    ("party_member", "党员", 0.1),
    ("social_worker", "社工", 0.5),
    ("volunteer", "志愿者", 0.1),
)
RULES = (
    (None, "grid_chief", 1, 1),
    ("resident", "grid_member", 1, None),
    ("resident", "party_member", 1, None),
    ("resident", "social_worker", 1, None),
    ("resident", "volunteer", 1, None),
    ("business", "grid_member", 1, None),
    ("business", "law_enforcer", 1, None),
    ("institution", "grid_member", 1, None),
)
COUNTED = ("departments", "people", "posts", "post_terms", "post_roles", "absences")
BUMP = """
CREATE FUNCTION count_staff_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE staff_version SET version = version + 1;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    _departments()
    _people()
    _posts()
    _absences_and_rules()
    op.create_table(
        "staff_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_version")),
    )
    _seed()
    op.execute(BUMP)
    for table in COUNTED:
        op.execute(
            f"CREATE TRIGGER {table}_counted AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION count_staff_change()"
        )


def _departments() -> None:
    op.create_table(
        "lines",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_lines")),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_departments_not_its_own_parent")),
        sa.ForeignKeyConstraint(["line"], ["lines.code"], name=op.f("fk_departments_line")),
        sa.ForeignKeyConstraint(["parent_id"], ["departments.id"], name=op.f("fk_departments_parent_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["departments.id"], name=op.f("fk_departments_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("code", name=op.f("uq_departments_code")),
    )
    op.create_index(op.f("ix_departments_name"), "departments", ["name"])
    op.create_index(op.f("ix_departments_parent_id"), "departments", ["parent_id"])
    op.add_column("networks", sa.Column("department_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_networks_department_id"), "networks", "departments", ["department_id"], ["id"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_digest", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "erased_at IS NULL OR (code IS NULL AND name IS NULL AND phone IS NULL AND email IS NULL)",
            name=op.f("ck_people_nothing_left_of_the_erased"),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_people_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("code", name=op.f("uq_people_code")),
    )
    for column in ("name", "phone", "department_id"):
        op.create_index(op.f(f"ix_people_{column}"), "people", [column])


def _posts() -> None:
    op.create_table(
        "post_roles",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("load", sa.Double(), nullable=False),
        sa.Column("local", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_post_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_post_roles_name")),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["networks.id"], name=op.f("fk_posts_network_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_posts_person_id")),
        sa.ForeignKeyConstraint(["role"], ["post_roles.code"], name=op.f("fk_posts_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint(
            "person_id", "role", "network_id", "grid", name=op.f("uq_posts_person_id_role_network_id_grid")
        ),
    )
    op.create_index("ix_posts_network_id_grid", "posts", ["network_id", "grid"])
    op.create_table(
        "post_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("shift", sa.Text(), server_default="", nullable=False),
        sa.Column("load", sa.Double(), nullable=False),
        sa.Column(
            "substitutes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("post_id"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("recorded"), "&&"),
            using="gist",
            name="ex_post_terms_one_at_a_time",
        ),
        sa.CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name=op.f("ck_post_terms_times")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_post_terms_department_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_terms_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_terms")),
    )
    for column in ("post_id", "department_id"):
        op.create_index(op.f(f"ix_post_terms_{column}"), "post_terms", [column])


def _absences_and_rules() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("substitute_id", sa.BigInteger(), nullable=True),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name=op.f("ck_absences_times")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_absences_person_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["people.id"], name=op.f("fk_absences_substitute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_person_id"), "absences", ["person_id"])
    op.create_table(
        "staffing_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint("least >= 0 AND (most IS NULL OR most >= least)", name=op.f("ck_staffing_rules_band")),
        sa.CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name=op.f("ck_staffing_rules_times")),
        sa.ForeignKeyConstraint(["role"], ["post_roles.code"], name=op.f("fk_staffing_rules_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffing_rules")),
    )


def _seed() -> None:
    run = op.get_bind().execute
    for code, name in LINES:
        run(sa.text("INSERT INTO lines (code, name) VALUES (:code, :name)"), {"code": code, "name": name})
    for code, name, load in ROLES:
        add = sa.text("INSERT INTO post_roles (code, name, load, local) VALUES (:code, :name, :load, false)")
        run(add, {"code": code, "name": name, "load": load})
    for kind, role, least, most in RULES:
        add = sa.text(
            "INSERT INTO staffing_rules (kind, role, least, most, valid, recorded) "
            "VALUES (:kind, :role, :least, :most, '(,)', '(,)')"
        )
        run(add, {"kind": kind, "role": role, "least": least, "most": most})
    run(sa.text("INSERT INTO staff_version (id, version) VALUES (1, 0)"))


def downgrade() -> None:
    for table in ("staff_version", "staffing_rules", "absences", "post_terms", "posts", "post_roles", "people"):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_networks_department_id"), "networks", type_="foreignkey")
    op.drop_column("networks", "department_id")
    for table in ("departments", "lines"):
        op.drop_table(table)
    op.execute("DROP FUNCTION count_staff_change()")
