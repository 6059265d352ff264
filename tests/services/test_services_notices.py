"""Prior notice of a real plan: who gains and loses what, objections, and publication that waits for their answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import planned_city
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, Refused
from app.files.lists import ListFile
from app.files.writing import write_frames
from app.models.networks import Network
from app.models.plans import Plan
from app.models.subscriptions import Message
from app.rules.accounts.access import SCOPES, Caller
from app.services.cases import notices, objections
from app.services.duties import duties, matters
from app.services.duties.duty_import import import_rows
from app.services.duties.duty_rows import Order
from app.services.plans import plan_publication
from app.services.progress import silent
from app.store.cases import notices as store
from app.store.plans import plans as plans_store

ROOT = Caller("cli:test", frozenset(SCOPES))
WATER = Caller("key:water", frozenset({"events"}))
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
THEN = datetime(2026, 12, 1, tzinfo=UTC)
LINES = (
    "matter 06010 grid:governance/{old} 环卫所",
    "matter 06010 kind:resident 街道办 replaces",
    "component 01001 全域 供水公司",
)


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Plan:
    """A divided plan. Sanitation leads on waste in one old grid until the plan is to hold; kinds of grids are new, and
    with them the street's office leads on residential ground. Water pipes stay where they are."""
    planned_city.build(session, tmp_path)
    matters.load(session, ROOT)
    codes = tmp_path / "codes.csv"
    codes.write_text("类型,编码,名称\n事件,06010,暴露垃圾\n部件,01001,供水井盖\n", encoding="utf-8")
    matters.import_table(session, ROOT, matters.TableImport("city", "", SINCE), codes)
    plan = planned_city.divided(session, "spring")
    rows = []
    for number, line in enumerate(LINES, 2):
        kind, code, scope, lead, *flag = line.format(old=old_grid(session, plan)).split()
        rows.append(
            (number, {"kind": kind, "code": code, "scope": scope, "lead": lead, "replaces": "是" if flag else ""})
        )
    listed = ListFile("lines", ["kind", "code", "scope", "lead", "replaces"], rows)
    import_rows(session, ROOT, Order(SINCE, "UTC", "city"), listed, NOW)
    (line,) = duties.search(session, NOW, lead="环卫所")
    duties.end(session, ROOT, line["number"], THEN, NOW)
    session.execute(update(Network).where(Network.code == "civilization").values(department="文明办"))
    return plan


def old_grid(session: Session, plan: Plan) -> str:
    return str(plans_store.lineage_frame(session, plan.id).query("network == 'governance'")["old"].iloc[0])


def report(session: Session, plan: Plan, owner: str, matter: str = "06010") -> int:
    """An open case on ground of a residential grid, in the middle of one of its pieces."""
    lon, lat = session.execute(
        text("""
        SELECT ST_X(ST_PointOnSurface(p.geom)), ST_Y(ST_PointOnSurface(p.geom))
        FROM plan_grids g JOIN pieces p ON p.plan_id = g.plan_id AND p.grid = g.code AND NOT p.superseded
        WHERE g.plan_id = :plan AND g.kind = 'resident' ORDER BY g.code, p.piece LIMIT 1"""),
        {"plan": plan.id},
    ).one()
    event = session.execute(
        text("""
        INSERT INTO events (source, sent_by, request_hash, matter, at, given, uncertainty_m, geom)
        VALUES ('x', 'test', 'x', :matter, :at, '{}', 0, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) RETURNING id"""),
        {"at": NOW, "lon": lon, "lat": lat, "matter": matter},
    ).scalar_one()
    session.execute(
        text("""INSERT INTO cases (event_id, stage, routing, owner, grid, route)
                VALUES (:event, 'handling', 'routed', :owner, 'old', '{}')"""),
        {"event": event, "owner": owner},
    )
    return int(event)


def give(session: Session, plan: Plan) -> dict[str, dict[str, Any]]:
    made = notices.give(session, ROOT, plan, THEN, NOW, answer_by=NOW + timedelta(days=14))
    return {notice["department"]: notices.get(session, notice["id"]) for notice in made}


def publish(session: Session, excuse: str = "") -> dict[str, Any]:
    parameters = {"plan": "spring", "valid_from": THEN.isoformat(), "excuse": excuse}
    return plan_publication.publish_step(session, ROOT, parameters, silent())


def test_each_department_is_told_what_it_gains_and_loses(session: Session, city: Plan) -> None:
    event = report(session, city, "环卫所")
    same = report(session, city, "街道办")
    found = give(session, city)
    assert list(found) == ["文明办", "环卫所", "街道办"], "water pipes stay with who has them: no notice"
    grids = plans_store.grids_frame(session, city.id).set_index("code")
    resident = set(grids.index[grids["kind"] == "resident"])
    street, waste, civil = (found[name]["lists"] for name in ("街道办", "环卫所", "文明办"))
    assert {row["code"] for row in street["grids_gained"]} == resident
    (gained,) = street["duties_gained"]
    assert (gained["code"], gained["name"], set(gained["grids"])) == ("06010", "暴露垃圾", resident)
    assert street["duties_lost"] == street["grids_lost"] == []
    pieces = plans_store.pieces_frame(session, city)
    mine = pieces[[old_grid(session, city) in codes.split("|") for codes in pieces["governance"]]]
    assert {row["code"] for row in waste["grids_lost"]} == set(mine["grid"])
    assert street["cases_gained"] == [
        {"event": event, "kind": "matter", "matter": "06010", "grid": "old", "from": "环卫所", "to": "街道办"}
    ]
    assert waste["cases_lost"] == street["cases_gained"]
    assert same not in [row["event"] for lists in (street, waste) for row in lists["cases_gained"]]
    shares: dict[str, float] = {}
    for row in civil["own_grids"]:
        shares[row["old"]] = shares.get(row["old"], 0.0) + row["share"]
    assert "" not in shares
    assert all(share == pytest.approx(1, abs=1e-4) for share in shares.values())
    assert found["街道办"]["counts"]["duties_gained"] == len(resident)


def test_a_notice_is_a_workbook_and_a_message_to_its_department(session: Session, city: Plan, tmp_path: Path) -> None:
    found = give(session, city)
    told = [row for row in session.scalars(select(Message)) if row.type == "notice.given"]
    assert {tuple(row.departments) for row in told} == {(name,) for name in found}
    notice = store.get(session, found["街道办"]["id"])
    assert [row.data["counts"] for row in told if row.departments == ["街道办"]] == [notice.counts]
    write_frames(notices.frames(notice), tmp_path / "notice.xlsx", metadata=notices.metadata(notice))
    book = openpyxl.load_workbook(tmp_path / "notice.xlsx", read_only=True)
    assert book.sheetnames == ["增加的网格", "增加的职责", "onegrid"]
    heading, first, *_ = book["增加的职责"].iter_rows(values_only=True)
    assert (heading, first[:3]) == (("类别", "编码", "名称", "网格"), ("事件", "06010", "暴露垃圾"))
    assert len(list(book["增加的网格"].rows)) == len(notice.lists["grids_gained"]) + 1


def test_publication_waits_for_objections_to_be_answered(session: Session, city: Plan) -> None:
    found = give(session, city)
    first = objections.make(session, WATER, found["环卫所"]["id"], "our depot is there", NOW, about="J001")
    second = objections.make(session, WATER, found["街道办"]["id"], "too much", NOW)
    with pytest.raises(Refused) as told:
        publish(session)
    assert [reason for reason in told.value.reasons if "objection" in reason] == [
        f"objection {first['id']} of 环卫所 is not answered: our depot is there",
        f"objection {second['id']} of 街道办 is not answered: too much",
    ]
    with pytest.raises(InputError):
        objections.answer(session, ROOT, first["id"], False, " ", NOW)
    answered = objections.answer(session, ROOT, first["id"], False, "the depot moves in May", NOW)
    assert (answered["status"], answered["accepted"], answered["ended_by"]) == ("answered", False, ROOT.name)
    with pytest.raises(Forbidden):
        objections.withdraw(session, ROOT, second["id"], "settled", NOW)
    assert objections.withdraw(session, WATER, second["id"], "settled", NOW)["status"] == "withdrawn"
    for again in (first["id"], second["id"]):
        with pytest.raises(Conflict):
            objections.answer(session, ROOT, again, True, "twice", NOW)
    assert objections.breaches(session, plans_store.get(session, "spring")) == []
    types = [row.type for row in session.scalars(select(Message).order_by(Message.id))]
    assert types[-4:] == ["notice.objected", "notice.objected", "notice.answered", "notice.withdrawn"]
    assert [row["id"] for row in objections.every(session, plan_id=city.id, status="answered")] == [first["id"]]


def test_an_open_objection_is_overridden_with_a_reason_that_is_kept(session: Session, city: Plan) -> None:
    made = objections.make(session, WATER, give(session, city)["环卫所"]["id"], "our depot is there", NOW)
    outcome = publish(session, "decided by the district on 1 November")
    assert any(f"objection {made['id']}" in breach for breach in outcome["breaches"])
    report = session.scalar(text("SELECT report FROM editions WHERE id = :id"), {"id": outcome["edition"]})
    assert report["excuse"] == "decided by the district on 1 November"
    assert session.scalar(select(Message).where(Message.type == "edition.published")) is not None
    with pytest.raises(Conflict):
        objections.make(session, WATER, made["notice"], "too late", NOW)
    with pytest.raises(Conflict):
        notices.give(session, ROOT, city, THEN, NOW)


def test_a_plan_that_changed_after_notice_needs_notice_again(session: Session, city: Plan) -> None:
    give(session, city)
    city.version += 1
    session.flush()
    assert objections.breaches(session, city) == [
        "plan 'spring' has changed since notice of it was given: give notice again"
    ]
    give(session, city)
    assert objections.breaches(session, city) == []
    assert [row["is_current"] for row in notices.of_plan(session, city)] == [False] * 3 + [True] * 3
    with pytest.raises(InputError):
        notices.give(session, ROOT, city, THEN, NOW, answer_by=NOW)


def add_lines(session: Session, *lines: str, hours: str = "", name: str = "more") -> None:
    rows = []
    for number, line in enumerate(lines, 2):
        kind, code, scope, lead = line.split()
        rows.append((number, {"kind": kind, "code": code, "scope": scope, "lead": lead, "hours": hours}))
    listed = ListFile(name, ["kind", "code", "scope", "lead", "hours"], rows)
    import_rows(session, ROOT, Order(THEN, "UTC", name), listed, NOW)


def test_who_begins_to_lead_at_night_only_is_told_and_nobody_loses_the_day(session: Session, city: Plan) -> None:
    add_lines(session, "component 01001 kind:resident 夜班队", hours="22:00-06:00")
    found = give(session, city)
    assert list(found) == ["夜班队", "文明办", "环卫所", "街道办"], "the water company leads by day as before"
    grids = plans_store.grids_frame(session, city.id).set_index("code")
    (gained,) = found["夜班队"]["lists"]["duties_gained"]
    assert (gained["code"], set(gained["grids"])) == ("01001", set(grids.index[grids["kind"] == "resident"]))


def test_an_open_case_goes_to_all_who_lead_by_turns(session: Session, city: Plan) -> None:
    event = report(session, city, "旧单位", "01001")
    mine = report(session, city, "夜班队", "01001")
    add_lines(session, "component 01001 kind:resident 夜班队", hours="22:00-06:00")
    session.execute(text("UPDATE events SET kind = 'component'"))
    found = give(session, city)
    cases = [row for notice in found.values() for row in notice["lists"]["cases_gained"]]
    assert [(row["event"], row["to"]) for row in cases] == [(event, "供水公司、夜班队")] * 2
    assert mine not in [row["event"] for row in cases], "who has it leads on it at night"


def test_who_leads_by_kinds_of_the_old_grids_loses_them(session: Session, city: Plan) -> None:
    """The old network has kinds: all of its grids are business. A line for that kind holds now and loses the resident
    ground; it keeps what stays business."""
    session.execute(
        text("""UPDATE grids SET kind = 'business' WHERE edition_id IN (
                    SELECT e.id FROM editions e JOIN networks n ON n.id = e.network_id
                    WHERE n.code = 'civilization')""")
    )
    listed = ListFile("kinds", ["kind", "code", "scope", "lead"], [
        (2, {"kind": "component", "code": "01001", "scope": "kind:business", "lead": "商圈办"})
    ])  # fmt: skip
    import_rows(session, ROOT, Order(SINCE, "UTC", "kinds"), listed, NOW)
    grids = plans_store.grids_frame(session, city.id).set_index("code")
    elsewhere = set(grids.index[grids["kind"] != "business"])
    (lost,) = give(session, city)["商圈办"]["lists"]["duties_lost"]
    assert (lost["code"], set(lost["grids"])) == ("01001", elsewhere)


def test_who_leads_on_a_matter_that_ends_with_its_table_is_told(session: Session, city: Plan) -> None:
    session.execute(
        text("UPDATE matters SET valid = tstzrange(lower(valid), :then) WHERE code = '01001' AND kind = 'component'"),
        {"then": THEN},
    )
    (lost,) = give(session, city)["供水公司"]["lists"]["duties_lost"]
    assert (lost["kind"], lost["code"], lost["name"]) == ("component", "01001", "供水井盖")
