"""Transfers kept with a plan, decided, in force with its publication, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from staffed_plan import ADMIN, divide, make_plan

from app.errors import Conflict, Forbidden, InputError, NotFound, Refused
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.rules.staff.transfer_effects import ACCEPTED, LEAVES, OPEN
from app.services.plans import plan_publication
from app.services.progress import silent
from app.services.staff import posts as posts_service
from app.services.staff import transfer_decisions as decisions
from app.services.staff import transfer_effects as effects
from app.services.staff.posts import PostChange
from app.services.staff.transfer_decisions import Decision
from app.store.accounts import audit as audit_store
from app.store.accounts.audit import AuditFilter
from app.store.plans import plans as plans_store
from app.store.staff import posts as store
from app.store.staff import staff_transfers as kept
from app.store.staff.posts import PostFilter
from app.store.staff.staff_transfers import TransferFilter

VIEWER = Caller("user:li", frozenset({"lookup"}))
NOW = datetime(2026, 11, 21, tzinfo=UTC)
FROM = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = Decision(ACCEPTED, everything=True, why="as proposed")


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    made = make_plan(session, tmp_path)
    divide(session, made)
    return made


def keep(session: Session, plan: Plan, **more: Any) -> dict[str, Any]:
    return decisions.keep_step(session, ADMIN, {"plan": plan.name, "at": FROM.isoformat(), **more}, silent())


def publish(session: Session, plan: Plan) -> dict[str, Any]:
    order = {"plan": plan.name, "valid_from": FROM.isoformat(), "excuse": "a test"}
    return plan_publication.publish_step(session, ADMIN, order, silent())


def decide(session: Session, plan: Plan, wanted: Decision) -> dict[str, Any]:
    return decisions.decide(session, ADMIN, plan, wanted, NOW)


def listed(session: Session, plan: Plan, **wanted: Any) -> list[dict[str, Any]]:
    return decisions.page(session, ADMIN, kept.newest(session, plan), TransferFilter(**wanted))


def held(session: Session, at: datetime) -> list[tuple[str, str, str]]:
    return sorted((row.network, row.post.grid, row.post.role) for row in store.rows(session, PostFilter(at=at)))


def test_proposals_are_kept_with_their_figures_and_replaced_whole(session: Session, plan: Plan) -> None:
    with pytest.raises(NotFound, match="no proposals are kept"):
        decide(session, plan, ALL)
    first = keep(session, plan)
    assert (first["posts"], first["open"], first["status"], first["current"]) == (20, 20, "open", True)
    assert first["parameters"] == {"continuity": 1.0, "distance": 0.3, "balance": 0.3, "seed": plan.seed}
    assert first["figures"]["several_chiefs"] == 0
    assert set(first["greedy"]) == set(first["figures"])
    second = keep(session, plan, balance=0)
    assert second["set"] != first["set"]
    assert second["parameters"]["balance"] == 0
    assert kept.get_open(session, plan).id == second["set"]
    with pytest.raises(Forbidden):
        decisions.keep_step(session, VIEWER, {"plan": plan.name, "at": FROM.isoformat()}, silent())


def test_each_decision_has_who_and_why(session: Session, plan: Plan) -> None:
    keep(session, plan)
    rows = listed(session, plan)
    doubtful, certain = (next(row for row in rows if row["sure"] is sure) for sure in (False, True))
    with pytest.raises(InputError, match="accepting it needs a reason"):
        decide(session, plan, Decision(ACCEPTED, (doubtful["post"],)))
    with pytest.raises(InputError, match="needs a reason"):
        decide(session, plan, Decision(LEAVES, (certain["post"],)))
    with pytest.raises(InputError, match="say which posts"):
        decide(session, plan, Decision(ACCEPTED))
    with pytest.raises(NotFound, match="999999"):
        decide(session, plan, Decision(ACCEPTED, (certain["post"], 999_999)))
    made = decide(session, plan, Decision(ACCEPTED, everything=True, sure=True))
    assert made["decided"] == sum(row["sure"] for row in rows) == made["accepted"]
    decide(session, plan, Decision(ACCEPTED, (doubtful["post"],), why="knows the ground"))
    (shown,) = [row for row in listed(session, plan, state=ACCEPTED) if row["post"] == doubtful["post"]]
    assert (shown["why"], shown["decided_by"], shown["decided_at"]) == ("knows the ground", "cli:root", NOW)
    (entry, *_) = audit_store.page(session, AuditFilter(action="decide transfers"), limit=5, before=None)
    assert entry.after["why"] == "knows the ground"
    assert entry.before["decisions"][0]["state"] == OPEN
    assert decide(session, plan, Decision(OPEN, everything=True))["open"] == len(rows)
    assert {row["decided_by"] for row in listed(session, plan)} == {None}


def test_a_post_sent_elsewhere_is_an_edit(session: Session, plan: Plan) -> None:
    keep(session, plan)
    row = next(row for row in listed(session, plan) if row["old_role"] == "grid_member")
    other = next(code for code in plans_store.grids_frame(session, plan.id)["code"] if code != row["proposed"])
    with pytest.raises(NotFound, match="no grid 'nowhere'"):
        decide(session, plan, Decision(ACCEPTED, (row["post"],), grid="nowhere", why="x"))
    with pytest.raises(InputError, match="differs from the proposal"):
        decide(session, plan, Decision(ACCEPTED, (row["post"],), grid=other))
    decide(session, plan, Decision(ACCEPTED, (row["post"],), grid=other, role="楼长", why="asked for it"))
    (edited,) = listed(session, plan, edited=True)
    assert (edited["post"], edited["to"], edited["to_role"]) == (row["post"], other, "楼长")
    assert (edited["proposed"], edited["proposed_role"]) == (row["proposed"], "grid_member")


def test_decided_ones_hold_from_the_publication_and_the_rest_stay(session: Session, plan: Plan) -> None:
    keep(session, plan)
    rows = listed(session, plan)
    stays, leaves, *_ = [row for row in rows if row["old_role"] == "grid_member"]
    decide(session, plan, ALL)
    decide(session, plan, Decision(LEAVES, (leaves["post"],), why="retires"))
    decide(session, plan, Decision(OPEN, (stays["post"],)))
    before = held(session, FROM - DAY)
    outcome = publish(session, plan)["staff"]
    assert outcome == {
        "set": kept.newest(session, plan).id, "valid_from": FROM, "posts": 20, "moved": 18, "merged": 0, "left": 1,
        "stayed": 1, "load_before": 20.0, "load_after": 20.0, "gone": 0,
    }  # fmt: skip
    gone = {leaves["post"], stays["post"]}
    moved = [("unified", row["proposed"], row["proposed_role"]) for row in rows if row["post"] not in gone]
    assert held(session, FROM) == sorted([*moved, (stays["network"], stays["old_grid"], "grid_member")])
    assert held(session, FROM - DAY) == before, "until then nothing changes"
    with pytest.raises(NotFound):
        decide(session, plan, ALL)


def test_effect_is_taken_back_before_it_holds_and_not_after(session: Session, plan: Plan) -> None:
    keep(session, plan)
    decide(session, plan, ALL)
    before = held(session, FROM)
    publish(session, plan)
    assert {network for network, _, _ in held(session, FROM)} == {"unified"}
    with pytest.raises(Conflict, match="they hold since"):
        effects.undo(session, ADMIN, plan, FROM)
    assert effects.undo(session, ADMIN, plan, FROM - DAY)["posts"] == 20
    assert held(session, FROM) == before
    with pytest.raises(Conflict, match="undone"):
        effects.undo(session, ADMIN, plan, FROM - DAY)
    keep(session, plan)
    decide(session, plan, ALL)
    with pytest.raises(Conflict, match="not before"):
        effects.apply(session, ADMIN, plan, FROM - DAY, FROM - DAY)
    assert effects.apply(session, ADMIN, plan, FROM + DAY, FROM - DAY)["moved"] == 20
    assert held(session, FROM) == before
    assert {network for network, _, _ in held(session, FROM + DAY)} == {"unified"}
    fresh = next(row for row in store.rows(session, PostFilter(network="unified", at=FROM + DAY)))
    posts_service.correct(session, ADMIN, fresh.post.id, PostChange(load=0.5), FROM - DAY)
    with pytest.raises(Conflict, match=f"posts {fresh.post.id} were changed since"):
        effects.undo(session, ADMIN, plan, FROM - DAY)


def test_what_cannot_be_stands_in_the_way_of_publishing(session: Session, plan: Plan) -> None:
    keep(session, plan)
    one, other, *_ = [row for row in listed(session, plan) if row["to_role"] == "grid_chief"]
    decide(session, plan, ALL)
    decide(session, plan, Decision(ACCEPTED, (one["post"],), grid=other["proposed"], why="a mistake"))
    (problem,) = effects.breaches(session, plan, FROM)
    assert "would have 2 chiefs" in problem
    with pytest.raises(Refused) as refused:
        plan_publication.publish_step(session, ADMIN, {"plan": plan.name, "valid_from": FROM.isoformat()}, silent())
    assert problem in refused.value.reasons
    assert publish(session, plan)["staff"] == {"set": kept.newest(session, plan).id, "kept_back": [problem]}
    with pytest.raises(Refused, match="cannot take effect"):
        effects.apply(session, ADMIN, plan, None, NOW)


def test_decisions_are_of_one_version_of_the_plan(session: Session, plan: Plan) -> None:
    keep(session, plan)
    decide(session, plan, ALL)
    divide(session, plan)
    assert "earlier version" in effects.breaches(session, plan, FROM)[0]
    with pytest.raises(Conflict, match="was changed since"):
        decide(session, plan, ALL)


def test_a_post_that_ended_meanwhile_is_gone_and_not_brought_back(session: Session, plan: Plan) -> None:
    keep(session, plan)
    decide(session, plan, ALL)
    post = listed(session, plan)[0]["post"]
    posts_service.end(session, ADMIN, post, FROM - DAY, NOW)
    outcome = publish(session, plan)["staff"]
    assert (outcome["posts"], outcome["moved"], outcome["gone"]) == (19, 19, 1)
