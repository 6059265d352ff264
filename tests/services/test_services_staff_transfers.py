"""Staff of two networks brought into the grids of a plan, from lineage to a list that the import takes."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from staffed_plan import ADMIN, divide, make_plan

from app.errors import Conflict, Forbidden
from app.files.tables import read_table, table_bytes
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.plans import plan_publication as publication
from app.services.progress import silent
from app.services.staff.staff_import import StaffOrder, import_staff
from app.services.staff.staff_transfers import list_transfers, propose
from app.store.networks import networks as networks_store
from app.store.plans import plans as plans_store
from app.store.staff import posts as store
from app.store.staff.posts import PostFilter

VIEWER = Caller("user:li", frozenset({"lookup"}))
FROM = datetime(2026, 12, 1, tzinfo=UTC)
ZONE = "Asia/Shanghai"


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    return make_plan(session, tmp_path)


def test_every_post_has_a_proposal_with_a_reason_and_no_grid_two_chiefs(session: Session, plan: Plan) -> None:
    with pytest.raises(Conflict, match="no grids yet"):
        propose(session, ADMIN, plan, FROM)
    divide(session, plan)
    made = propose(session, ADMIN, plan, FROM)
    codes = set(plans_store.grids_frame(session, plan.id)["code"])
    assert made["posts"] == len(made["transfers"]) == 2 * (5 + 5)
    assert {line["to"] for line in made["transfers"]} <= codes
    assert all(line["reason"] for line in made["transfers"])
    assert made["figures"]["placed"] == 1.0
    assert made["figures"]["several_chiefs"] == 0
    assert made["figures"]["without_chief"] <= made["greedy"]["without_chief"]
    assert made["figures"]["spread"] <= made["greedy"]["spread"]
    assert made["unsure"] == sum(not line["sure"] for line in made["transfers"])
    assert propose(session, ADMIN, plan, FROM) == made, "the same question, the same proposals"


def test_names_are_masked_and_lists_refused_where_people_are_not_seen(session: Session, plan: Plan) -> None:
    divide(session, plan)
    assert {line["name"] for line in propose(session, VIEWER, plan, FROM)["transfers"]} == {"网**"}
    with pytest.raises(Forbidden):
        list_transfers(session, VIEWER, plan, FROM, ZONE)


def test_the_list_goes_in_and_holds_from_the_edition_s_moment(session: Session, plan: Plan) -> None:
    divide(session, plan)
    wanted = {line["post"]: (line["to"], line["to_role"]) for line in propose(session, ADMIN, plan, FROM)["transfers"]}
    fields, rows = list_transfers(session, ADMIN, plan, FROM, ZONE, ends_old=True)
    publish = {"plan": plan.name, "valid_from": FROM.isoformat(), "excuse": "a test"}
    publication.publish_step(session, ADMIN, publish, silent())
    listed = read_table(io.BytesIO(table_bytes(".xlsx", fields, rows)), "transfers.xlsx")
    report = import_staff(session, ADMIN, listed, StaffOrder(), FROM - timedelta(days=10))
    assert (report["errors"], report["posts"]["added"], report["posts"]["corrected"]) == ([], len(wanted), len(wanted))
    networks_store.get(session, "unified")
    day = timedelta(days=1)
    assert store.rows(session, PostFilter(network="unified", at=FROM - day)) == []
    after = store.rows(session, PostFilter(at=FROM))
    assert {row.network for row in after} == {"unified"}, "the old posts ended when the new ones began"
    assert sorted((row.post.grid, row.post.role) for row in after) == sorted(wanted.values())
