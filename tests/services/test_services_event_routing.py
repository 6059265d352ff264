"""Routes that explain themselves: who leads, answers and stands in, ladder, limits, owners of objects, tables of
events; and the same trace for ever, with the cause of every difference. On a real PostGIS."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import close, publish
from routed_town import (
    ALL,
    AREAS,
    EVER,
    FRIDAY,
    INSIDE,
    MASKED,
    MIDDLE,
    RULES,
    add_component,
    build,
    duty,
    grids,
    hold,
    look,
)
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import FileError, Forbidden, InputError
from app.models.duties import DutyClaim
from app.models.posts import Absence
from app.rules.accounts.access import Caller
from app.services.cases import calendars, event_traces, events, objects
from app.services.cases.event_import import ImportOrder, import_events
from app.services.cases.events import Report
from app.services.duties import duties
from app.services.progress import silent
from app.store.duties import duties as duties_store


@pytest.fixture
def town(session: Session) -> Session:
    build(session)
    return session


def preview(session: Session, report: Report = INSIDE, caller: Caller = ALL, **more: Any) -> dict[str, Any]:
    return event_traces.preview(session, caller, look(session), report, RULES, FRIDAY, **more)


def post(session: Session, report: Report = INSIDE, now: datetime = FRIDAY) -> dict[str, Any]:
    return events.post(session, ALL, look(session), report, RULES, now)[0]


def traced(session: Session, event: int, now: datetime) -> dict[str, Any]:
    return event_traces.trace(session, ALL, look(session), event, RULES, now)


def test_a_preview_says_who_answers_by_when_and_stores_nothing(town: Session) -> None:
    second = hold(town, "李四", "sanitation_worker", "S001")
    first = hold(town, "张三", "sanitation_worker", "J001", substitutes=[second])
    hold(town, "王五", "grid_chief", "J001")
    made = preview(town)
    assert (made["routing"], made["owner"], made["lead"], made["duty"]) == ("routed", "环卫所", "环卫所", "1")
    assert (made["person"]["person"], made["person"]["name"], made["person"]["on_duty"]) == (first, "张三", True)
    assert made["substitute"]["number"] == second
    assert made["assistants"] == ["市政所"]
    assert [limit["due_at"] for limit in made["deadlines"]["limits"]] == ["2026-11-20T17:00:00+08:00"]
    assert [step["level"] for step in made["ladder"]["steps"]] == ["grid", "community", "street", "district"]
    assert [step["department"] for step in made["ladder"]["steps"]] == [None, "居委会", "街道办", None]
    assert "张三" not in json.dumps(made["trace"], ensure_ascii=False), "a trace names posts, not people"
    assert preview(town, caller=MASKED)["person"]["name"] == "张**"
    assert any("leads on matter 06010" in sentence for sentence in made["words"])
    assert town.execute(text("SELECT count(*) FROM events")).scalar() == 0


def test_leave_shift_and_vacancy_pass_the_event_on(town: Session) -> None:
    """In this order: the substitute, the chief, and where nobody is on duty the owner of last resort."""
    assert preview(town)["person"] is None
    assert preview(town)["fallback"]["department"] == "居委会", "nobody holds a post: 属地兜底"
    stand_in = hold(town, "李四", "sanitation_worker", "S001")
    away = hold(town, "张三", "sanitation_worker", "J001", substitutes=[stand_in])
    week = Range(FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=6), bounds="[)")
    town.add(Absence(person_id=away, valid=week, recorded=EVER))
    town.flush()
    assert (preview(town)["person"]["person"], preview(town)["person"]["stands_in"]) == (stand_in, True)
    town.add(Absence(person_id=stand_in, valid=week, recorded=EVER))
    chief = hold(town, "王五", "grid_chief", "J001", shift="Mon-Fri 08:00-18:00")
    made = preview(town)
    assert (made["person"]["person"], made["fallback"]) == (chief, None)
    night = preview(town, replace(INSIDE, at=FRIDAY + timedelta(hours=12)))
    assert night["person"]["on_duty"] is False
    assert night["fallback"]["department"] == "居委会"
    assert night["owner"] == "环卫所", "the department leads at night, too"


def test_an_event_on_several_grids_begins_at_what_they_have_in_common(town: Session) -> None:
    near = replace(INSIDE, lon=MIDDLE - 0.00005, accuracy_m=30.0)
    assert preview(town, replace(near, accuracy_m=None))["ladder"]["begins"] == "grid"
    made = preview(town, near)
    assert (made["ladder"]["begins"], made["ladder"]["among"]) == ("street", ["J001", "S001"])
    assert made["owner"] == "环卫所", "both grids have the same lead"
    duties_store.add(town, [duty("2", "06010", "物业", scope="grid:unified/S001", replaces=True)])
    made = preview(town, near)
    assert made["owner"] == "街道办", "two leads: the street that they have in common decides"
    assert "物业 on S001" in made["why"]
    assert preview(town, replace(INSIDE, grids=("J001", "S001")))["ladder"]["begins"] == "street"
    with pytest.raises(InputError, match="no grid 'X9'"):
        preview(town, replace(INSIDE, grids=("X9",)))
    line = {"type": "LineString", "coordinates": [[113.002, 22.005], [113.018, 22.005]]}
    stored = post(town, replace(INSIDE, shape=line))
    assert (stored["level"], stored["grid"]) == ("street", "J001")
    assert traced(town, stored["id"], FRIDAY)["same"] is True


def test_every_limit_of_a_duty_has_its_own_moment(town: Session) -> None:
    limits = [
        {"amount": 30, "unit": "minutes", "condition": "到场"},
        {"amount": 4, "unit": "urgent_hours", "condition": "处置"},
        {"amount": 3, "unit": "days", "condition": "修复"},
    ]
    duties_store.add(town, [duty("9", "06013", "市政所", limits=limits)])
    made = preview(town, replace(INSIDE, matter="06013"))
    assert {limit["condition"]: limit["due_at"] for limit in made["deadlines"]["limits"]} == {
        "到场": "2026-11-20T11:30:00+08:00",
        "处置": "2026-11-20T15:00:00+08:00",
        "修复": "2026-11-23T18:00:00+08:00",
    }


def test_the_owner_of_the_object_beats_the_area(town: Session) -> None:
    duties_store.add(town, [duty("w", "01001", "", scope="owner:*"), duty("a", "01001", "街道办", scope="area:440115")])
    report = replace(INSIDE, matter="01001")
    assert preview(town, report)["owner"] == "街道办"
    add_component(town, "L1", "水务集团")
    made = preview(town, report)
    assert (made["owner"], made["component"]["name"]) == ("水务集团", "lids/L1"), "the nearest lid within 5 m"
    assert preview(town, replace(report, lon=113.0042))["owner"] == "街道办", "no lid within 5 m"
    assert preview(town, replace(report, lon=113.0042, component="lids/L1"))["owner"] == "水务集团"
    assert preview(town, replace(report, component_owner="电力公司"))["owner"] == "电力公司"


def test_an_object_without_owner_fans_out_and_the_first_claim_holds(town: Session) -> None:
    lines = [duty("w", "01001", "水务集团", scope="owner:水务集团"), duty("t", "01001", "电信", scope="owner:电信")]
    duties_store.add(town, lines)
    add_component(town, "L1", None)
    report = replace(INSIDE, matter="01001")
    made = preview(town, report)
    assert (made["routing"], made["candidates"]) == ("unowned", ["水务集团", "电信"])
    matter = duties.find_matter(town, "matter", "01001", FRIDAY)
    duties.claim(town, ALL, matter, "lids/L1", "电信", FRIDAY)
    assert preview(town, report)["owner"] == "电信"
    town.query(DutyClaim).delete()
    assert preview(town, report)["owner"] == "居委会"


def test_the_owner_of_a_business_or_of_another_systems_object_beats_the_area(town: Session) -> None:
    duties_store.add(town, [duty("w", "07001", "", scope="owner:*"), duty("a", "07001", "街道办", scope="area:440115")])
    report = replace(INSIDE, matter="07001", object="business:91440101MA5")
    assert preview(town, report)["owner"] == "街道办", "nobody said whose it is"
    town.execute(
        text("INSERT INTO layers (name, kind, content_hash, created_by) VALUES ('shops', 'businesses', 'x', 'test')")
    )
    town.execute(
        text("""INSERT INTO features (layer_id, code, name, properties, geom)
                SELECT id, '91440101MA5', '旧货行', '{"owner": "商务局"}', ST_SetSRID(ST_MakePoint(113, 22), 4326)
                FROM layers WHERE name = 'shops'""")
    )
    made = preview(town, report)
    assert (made["owner"], made["object"]) == (
        "商务局",
        {"name": "business:91440101MA5", "title": "旧货行", "owner": "商务局"},
    )
    assert "It is about business:91440101MA5 (旧货行), owner 商务局." in made["words"]
    objects.put(town, ALL, "business:91440101MA5", owner="市场监管局")
    assert preview(town, report)["owner"] == "市场监管局", "what an administrator put goes before the layer"
    objects.put(town, ALL, "external:lift/7", "电梯", "特检院")
    assert preview(town, replace(report, object=" External:lift/7"))["owner"] == "特检院"
    with pytest.raises(InputError):
        preview(town, replace(report, object="lift 7"))
    with pytest.raises(Forbidden):
        objects.put(town, Caller("key:x", frozenset({"events"})), "external:lift/7", owner="我局")


def test_a_component_may_be_named_as_an_object_and_its_owner_put_there(town: Session) -> None:
    duties_store.add(town, [duty("w", "01001", "", scope="owner:*"), duty("a", "01001", "街道办", scope="area:440115")])
    add_component(town, "L1", None)
    report = replace(INSIDE, matter="01001", lon=113.0042, object="component:lids/L1")
    assert preview(town, report)["owner"] == "街道办"
    objects.put(town, ALL, "component:lids/L1", owner="水务集团")
    made = preview(town, report)
    assert (made["owner"], made["component"]["name"], made["object"]) == ("水务集团", "lids/L1", None)
    with pytest.raises(InputError):
        preview(town, replace(report, component="lids/L2"))


def test_an_event_about_an_object_keeps_its_trace_when_the_owner_changes(town: Session) -> None:
    duties_store.add(town, [duty("w", "07001", "", scope="owner:*")])
    objects.put(town, ALL, "external:lift/7", owner="特检院")
    lookup, report = look(town), replace(INSIDE, matter="07001", object="external:lift/7")
    made, _ = events.post(town, ALL, lookup, report, RULES, FRIDAY)
    assert made["owner"] == "特检院"
    (found,) = objects.page(town, ALL, kind="external")
    assert objects.get(town, ALL, found["id"])["events"] == [made["id"]], "an event watches what it names"
    objects.put(town, ALL, "external:lift/7", owner="住建局")
    told = event_traces.trace(town, ALL, lookup, made["id"], RULES, FRIDAY)
    assert told["same"]
    assert told["owners"] == {"then": "特检院", "now": "住建局", "today": "住建局"}
    assert {each["cause"] for each in told["differences"]["now"]} == {"layers"}


def test_words_tell_the_matter_where_none_is_named(town: Session) -> None:
    said = replace(INSIDE, matter="", text="楼下生活垃圾成堆，垃圾没人清，臭得很")
    made = preview(town, said)
    assert (made["matter"]["code"], made["suggestions"][0]["code"], made["owner"]) == ("06010", "06010", "环卫所")
    assert any("垃圾" in fragment for fragment in made["suggestions"][0]["fragments"])
    stored = post(town, said)
    assert (stored["matter"], stored["owner"]) == ("06010", "环卫所")
    unclear = post(town, replace(said, text="你好，我想反映一件事"))
    assert (unclear["matter"], unclear["routing"], unclear["suggestions"]) == (None, "unowned", [])


def test_the_index_follows_what_changes(town: Session) -> None:
    lookup = look(town)
    first = lookup.routing.current(town)
    assert lookup.routing.current(town) is first, "nothing changed: nothing is loaded"
    duties_store.add(town, [duty("2", "07001", "城管")])
    second = lookup.routing.current(town)
    assert second is not first
    matter = second.matters.find("matter", "07001", FRIDAY)
    assert matter is not None
    assert [version.duty.number for version in second.duties.speaking(matter, FRIDAY)] == ["2"]
    with town.begin_nested() as undone:
        duties_store.add(town, [duty("3", "07001", "城管")])
        lookup.routing.current(town)
        undone.rollback()
    assert [v.duty.number for v in lookup.routing.current(town).duties.speaking(matter, FRIDAY)] == ["2"]


CHANGES = ("publish", "duty", "new duty", "post", "leave", "calendar", "last resort")


def change(session: Session, what: str, now: datetime, state: dict[str, Any]) -> None:
    """One later change, recorded at `now` and valid from long before, so that only what was known keeps it out."""
    recorded = Range(now, None, bounds="[)")
    if what == "publish":
        close(session, state["edition"], FRIDAY - timedelta(days=30), now)
        state["middle"] -= 0.001
        state["edition"] = publish(
            session, "unified", ["J001", "S001"], grids(state["middle"]), kinds=["resident", "business"], area=AREAS,
            valid_from=FRIDAY - timedelta(days=30), known_from=now,
        )  # fmt: skip
    elif what == "duty":
        rows = duties_store.believed(session, numbers=["1"])
        duties_store.close(session, [row.id for row in rows], now)
        limits = [{"amount": 1 + state["n"], "unit": "days", "condition": ""}]
        duties_store.add(session, [duty("1", "06010", f"单位{state['n']}", recorded=recorded, limits=limits)])
    elif what == "new duty":
        scope = "grid:unified/J001"
        duties_store.add(session, [duty(f"n{state['n']}", "06010", "新单位", recorded=recorded, scope=scope)])
    elif what == "post":
        hold(session, f"新人{state['n']}", "grid_chief", "J001", recorded=recorded)
    elif what == "leave":
        session.add(Absence(person_id=state["person"], valid=EVER, recorded=recorded))
        session.flush()
    elif what == "calendar":
        calendars.put(session, ALL, calendars.CalendarOrder(hours=(f"0{state['n']}:00-12:00",)), now)
    else:
        events.put_last_resort(session, ALL, "440115001001", f"居委会{state['n']}", now)


@settings(max_examples=8)
@given(plan=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=5))
def test_the_same_event_has_the_same_trace_for_ever(plan: list[str], engine: Any) -> None:
    """Design rule 5: whatever is published or changed later, the route as it was known then is the trace that was
    kept, letter by letter; and what is different as known now has a cause."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            filled = fill(session)
            state = {"edition": filled[0], "person": filled[1], "middle": MIDDLE, "n": 0}
            made = [post(session, replace(INSIDE, lon=lon)) for lon in (113.004, 113.0095, 113.5)]
            kept = [traced(session, each["id"], FRIDAY)["kept"] for each in made]
            for step, what in enumerate(plan, 1):
                state["n"] = step
                change(session, what, FRIDAY + timedelta(hours=step), state)
            later = FRIDAY + timedelta(days=2)
            for each, before in zip(made, kept, strict=True):
                again = traced(session, each["id"], later)
                assert again["kept"] == before
                assert again["same"] is True
                assert again["differences"]["then"] == []
                assert all(found["cause"] for found in again["differences"]["now"])
        outer.rollback()


def fill(session: Session) -> tuple[Any, int]:
    """The town of the other tests; its edition and its sanitation worker."""
    return build(session), hold(session, "张三", "sanitation_worker", "J001")


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("publish", {("edition", "edition"), ("grid", "edition")}),
        ("duty", {("lead", "duty"), ("owner", "duty"), ("deadlines", "duty"), ("duty", "duty")}),
        ("post", {("person", "roster")}),
        ("leave", {("person", "roster")}),
        ("calendar", {("deadlines", "calendar")}),
    ],
)
def test_a_difference_has_its_cause(session: Session, what: str, found: set[tuple[str, str]]) -> None:
    edition, worker = fill(session)
    event = post(session, replace(INSIDE, lon=MIDDLE - 0.0005, matter="06010"))["id"]
    state = {"edition": edition, "person": worker, "middle": MIDDLE, "n": 6}
    if what == "post":
        end = Absence(person_id=worker, valid=EVER, recorded=Range(FRIDAY + timedelta(minutes=1), None, bounds="[)"))
        session.add(end)
    change(session, what, FRIDAY + timedelta(hours=1), state)
    made = traced(session, event, FRIDAY + timedelta(days=1))
    assert made["same"] is True
    causes = {(each["what"], each["cause"]) for each in made["differences"]["now"]}
    assert causes & found
    assert {cause for _, cause in causes} == {cause for _, cause in found}


ROWS = [
    {"编号": "A1", "经度": "113.004", "纬度": "22.005", "时间": "2026-11-20 11:00", "编码": "06010", "内容": ""},
    {"编号": "A2", "经度": "113.014", "纬度": "22.005", "时间": "2026-11-20 12:00", "编码": "", "内容": "生活垃圾成堆"},
    {"编号": "A3", "经度": "22.005", "纬度": "113.004", "时间": "2026-11-20 12:00", "编码": "06010", "内容": ""},
    {"编号": "A4", "经度": "x", "纬度": "22.005", "时间": "2026-11-20 12:00", "编码": "06010", "内容": ""},
    {"编号": "", "经度": "113.004", "纬度": "22.005", "时间": "2026-11-20 12:00", "编码": "06010", "内容": ""},
    {"编号": "A1", "经度": "113.004", "纬度": "22.005", "时间": "2026-11-20 11:00", "编码": "06010", "内容": ""},
    {"编号": "A6", "经度": "114", "纬度": "23", "时间": "wann", "编码": "06010", "内容": ""},
]


def write_rows(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(ROWS[0]))
    for row in ROWS:
        sheet.append(list(row.values()))
    book.save(path)
    lines = [",".join(row) for row in (ROWS[0].keys(), *(row.values() for row in ROWS))]
    path.with_suffix(".csv").write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_of_events_is_taken_in_once(town: Session, tmp_path: Path, suffix: str) -> None:
    path = write_rows(tmp_path / "events.xlsx").with_suffix(suffix)
    order = ImportOrder(file=str(path), source="12345")
    dry = import_events(town, ALL, look(town), replace(order, dry_run=True), FRIDAY, silent())
    assert (dry["taken"], town.execute(text("SELECT count(*) FROM events")).scalar()) == (2, 0)
    made = import_events(town, ALL, look(town), order, FRIDAY, silent())
    assert {name: made[name] for name in ("rows", "taken", "known", "heard", "errors")} == {
        "rows": 7, "taken": 2, "known": 1, "heard": 1, "errors": 4,
    }  # fmt: skip
    assert [error["row"] for error in made["first_errors"]] == [5, 6, 8, 4]
    assert made["routing"] == {"routed": 2}
    again = import_events(town, ALL, look(town), order, FRIDAY + timedelta(hours=1), silent())
    assert (again["taken"], again["known"], again["differing"]) == (0, 3, 0)
    page = events.page(town, ALL, events.EventFilter(), FRIDAY)
    assert {row["external_id"]: (row["owner"], row["grid"]) for row in page} == {
        "A1": ("环卫所", "J001"), "A2": ("环卫所", "S001"),
    }  # fmt: skip
    for row in page:
        single = post(town, replace(INSIDE, lon=row["lon"], lat=row["lat"], at=row["at"], matter=row["matter"]))
        assert single["due_at"] == row["due_at"], "by the hundred as one by one"
        assert traced(town, row["id"], FRIDAY)["same"] is True


def test_a_table_without_numbers_of_its_own_is_refused(town: Session, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("lon,lat,matter\n113,22,06010\n")
    with pytest.raises(FileError, match="external_id"):
        import_events(town, ALL, look(town), ImportOrder(file=str(path), source="x"), FRIDAY, silent())
