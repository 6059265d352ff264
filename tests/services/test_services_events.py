"""Events taken in, once and never refused for our gaps; cases led to their end; on a real PostGIS."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from published import close, publish
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app import db
from app.errors import Conflict, Forbidden, InputError, NotFound, Refused
from app.models.matters import CodeTable
from app.models.matters import Matter as MatterRow
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.cases import replay
from app.rules.cases.trail import Step
from app.services.cases import calendars, case_moves, cases, events
from app.services.cases.events import Report
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.cases import cases as cases_store
from app.store.cases import events as store
from app.store.cases import whistles as whistles_store
from app.store.cases.events import EventFilter
from app.store.cases.whistles import WhistleFilter
from app.store.duties import duties as duties_store
from app.store.networks import editions as editions_store

RULES = AnswerRules("Asia/Shanghai", 2000.0)
FRIDAY = datetime(2026, 11, 20, 3, tzinfo=UTC)  # 11:00 in Shanghai
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ALL = Caller("cli:test", frozenset(SCOPES))
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)
INSIDE = Report(lon=113.004, lat=22.005, at=FRIDAY, matter="06010", source="12345")
AREA = ["440115001001", "440115001002"]


@pytest.fixture
def town(session: Session) -> Session:
    """Two grids, one matter whose duty sanitation leads with four working hours, a last resort for the street."""
    publish(session, "unified", ["J001", "S001"], PAIR, kinds=["resident", "business"], area=AREA)
    table = CodeTable(
        code="city", name="City", local=True, valid=Range(LONG_AGO, None, bounds="[)"), created_by="test", extensions=[]
    )
    session.add(table)
    session.flush()
    for code in ("06010", "07001"):
        session.add(MatterRow(table_id=table.id, kind="matter", code=code, name="垃圾", valid=Range(LONG_AGO, None)))
    duties_store.add(session, [_duty("1", "06010", "sanitation")])
    events.put_last_resort(session, ALL, "440115001", "street-office", LONG_AGO)
    session.flush()
    return session


def _duty(number: str, code: str, lead: str, **more: Any) -> dict[str, Any]:
    return {
        "number": number, "list_name": "x", "kind": "matter", "table_code": "city", "code": code, "scope": "everywhere",
        "lead": lead, "limits": [{"amount": 4, "unit": "working_hours", "condition": ""}], "created_by": "test",
        "valid": Range(LONG_AGO, None, bounds="[)"), "recorded": Range(LONG_AGO, None, bounds="[)"), **more,
    }  # fmt: skip


def look(session: Session) -> Lookup:
    lookup = Lookup(lambda: nullcontext(session), clock=lambda: FRIDAY)
    lookup.refresh()
    return lookup


def post(session: Session, report: Report = INSIDE, now: datetime = FRIDAY, key: str | None = None) -> dict[str, Any]:
    return events.post(session, ALL, look(session), report, RULES, now, key)[0]


def do(session: Session, event: int, action: str, minutes: int = 0, actor: Caller = ALL, **more: Any) -> dict[str, Any]:
    wanted = Step(action, FRIDAY + timedelta(minutes=minutes), actor.name, **more)
    return cases.step(session, actor, event, wanted)


def test_an_event_is_routed_and_due_in_working_time(town: Session) -> None:
    made = post(town)
    assert (made["routing"], made["owner"], made["grid"], made["area"]) == ("routed", "sanitation", "J001", AREA[0])
    assert made["due_at"] == datetime(2026, 11, 20, 9, tzinfo=UTC), "four working hours from 11:00 end at 17:00"
    assert (made["status"], made["light"], made["limit"]) == ("collection", "green", "4 工作时")
    assert [step["action"] for step in made["trail"]] == ["collect"]
    assert made["route"]["duty"]["duty"]["number"] == "1"


@pytest.mark.parametrize(
    ("report", "routing", "owner"),
    [
        (replace(INSIDE, matter="07001"), "unowned", "street-office"),
        (replace(INSIDE, matter=""), "unowned", "street-office"),
        (replace(INSIDE, matter="99999"), "unowned", "street-office"),
        (replace(INSIDE, lon=113.5, lat=22.5), "unrouted", "属地兜底"),
    ],
)
def test_what_nobody_owns_is_kept_and_given_to_the_last_resort(
    town: Session, report: Report, routing: str, owner: str
) -> None:
    made = post(town, report)
    assert (made["routing"], made["owner"]) == (routing, owner)
    assert made["id"] in [each["id"] for each in events.page(town, ALL, EventFilter(status=routing), FRIDAY)]


def test_outside_every_grid_the_areas_say_whose_street_it_is(town: Session) -> None:
    town.execute(text("INSERT INTO layers (name, kind, content_hash, created_by) VALUES ('a', 'areas', 'x', 'test')"))
    town.execute(
        text("""
        INSERT INTO features (layer_id, code, geom)
        SELECT id, '440115001009', ST_SetSRID(ST_MakeEnvelope(113.4, 22.4, 113.6, 22.6), 4326) FROM layers""")
    )
    made = post(town, replace(INSIDE, lon=113.5, lat=22.5))
    assert (made["routing"], made["area"], made["owner"]) == ("unrouted", "440115001009", "street-office")


def test_the_same_report_twice_is_one_event(town: Session) -> None:
    first = events.post(town, ALL, look(town), INSIDE, RULES, FRIDAY, "k1")
    again = events.post(town, ALL, look(town), INSIDE, RULES, FRIDAY + timedelta(hours=1), "k1")
    assert (first[1], again[1], again[0]["id"]) == (True, False, first[0]["id"])
    with pytest.raises(Conflict, match="another report"):
        post(town, replace(INSIDE, text="else"), key="k1")
    named = replace(INSIDE, external_id="A-1")
    one, two = post(town, named), post(town, replace(named, text="more words"))
    assert one["id"] == two["id"]
    assert two["differs"] is True
    assert post(town, replace(named, source="camera"))["id"] != one["id"]
    with pytest.raises(InputError):
        post(town, key="two words")


def test_two_posts_at_once_make_one_event(database: str) -> None:
    """Both transactions are open when the second asks: it waits for the first, then finds its event."""
    engine = db.make_engine(database)
    made: list[tuple[int, bool]] = []
    first = Session(engine)
    publish(first, "unified", ["J001", "S001"], PAIR)
    lookup = Lookup(partial(db.transaction, engine))
    lookup.refresh()
    told, new = events.post(first, ALL, lookup, replace(INSIDE, external_id="A-1"), RULES, FRIDAY, "k")

    def second() -> None:
        with db.transaction(engine) as session:
            answer, is_new = events.post(session, ALL, lookup, replace(INSIDE, external_id="A-1"), RULES, FRIDAY, "k")
            made.append((answer["id"], is_new))

    thread = threading.Thread(target=second)
    thread.start()
    _wait_until_blocked(engine)
    first.commit()
    first.close()
    thread.join(timeout=60)
    assert (new, made) == (True, [(told["id"], False)])
    engine.dispose()


def _wait_until_blocked(engine: Any) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(20_000):
        with engine.connect() as connection:
            if connection.scalar(waiting):
                return
    raise AssertionError("nobody waits")


def test_duplicates_are_offered_not_merged(town: Session) -> None:
    first = post(town)
    near = post(town, replace(INSIDE, lon=113.0045, at=FRIDAY + timedelta(hours=2)))
    (offer,) = near["duplicates"]
    assert (offer["event"], offer["minutes"]) == (first["id"], 120)
    assert offer["distance_m"] == pytest.approx(51.6, abs=1)  # 0.0005° of longitude at 22° N, by pyproj's geodesic
    assert near["status"] == "collection"
    assert post(town, replace(INSIDE, matter="07001"))["duplicates"] == []
    merged = do(town, near["id"], "merge", reason="one heap", detail={"into": first["id"]})
    assert (merged["status"], merged["merged_into"]) == ("merged", first["id"])
    with pytest.raises(InputError):
        do(town, first["id"], "merge", reason="one heap", detail={"into": near["id"]})


def test_from_collection_to_evaluation_with_the_trail_as_the_truth(town: Session) -> None:
    event = post(town, replace(INSIDE, seen=True))["id"]
    boss = replace(ALL, name="cli:boss")
    do(town, event, "file", 10)
    dispatched = do(town, event, "dispatch", 60, receiver="sanitation")
    assert dispatched["due_at"] == datetime(2026, 11, 20, 10, tzinfo=UTC), "12:00 + 4 h of 14-18"
    do(town, event, "accept", 61)
    with pytest.raises(Refused):
        do(town, event, "close", 62)
    do(town, event, "request_suspension", 180, reason="no permit")
    assert do(town, event, "approve_suspension", 180, boss)["due_at"] is None
    assert do(town, event, "resume", 240)["due_at"] == datetime(2026, 11, 23, 1, tzinfo=UTC), (
        "an hour later: Monday 9:00"
    )
    do(town, event, "whistle", 241, receiver="police")
    do(town, event, "arrive", 250, receiver="police")
    do(town, event, "score_whistle", 251, receiver="police", score=90)
    do(town, event, "finish", 260)
    do(town, event, "report", 261)
    do(town, event, "check", 262, detail={"passed": True})
    closed = do(town, event, "close", 263)
    assert (closed["status"], closed["light"]) == ("evaluation", "green")
    assert do(town, event, "evaluate", 264, score=95)["status"] == "evaluated"
    case, state = cases_store.get(town, event), cases.state_of(town, event)
    assert replay(cases.trail(town, event)) == state
    assert (
        (case.stage, case.steps, case.holder)
        == (state.stage, state.steps, state.holder)
        == ("evaluated", 15, "sanitation")
    )
    ((call, _),) = whistles_store.calls(town, WhistleFilter(department="police"))
    assert (call.arrived_at, call.score) == (FRIDAY + timedelta(minutes=250), 90)


def test_the_trail_cannot_be_changed(town: Session) -> None:
    post(town)
    for statement in ("UPDATE case_steps SET actor = 'x'", "DELETE FROM case_steps", "TRUNCATE case_steps"):
        with pytest.raises(ProgrammingError, match="append-only"), town.begin_nested():
            town.execute(text(statement))


def test_the_clock_says_each_thing_once_and_climbs(town: Session) -> None:
    event = post(town, replace(INSIDE, seen=True))["id"]
    quiet = cases.tick(town, FRIDAY + timedelta(hours=1))
    assert quiet == {"warn": 0, "overdue": 0, "escalate": 0}
    assert cases.tick(town, FRIDAY + timedelta(hours=6))["warn"] == 1
    assert events.get(town, ALL, event, FRIDAY + timedelta(hours=5, minutes=59))["light"] == "yellow"
    late = FRIDAY + timedelta(days=3)
    assert cases.tick(town, late) == {"warn": 0, "overdue": 1, "escalate": 2}, "Monday 11:00"
    assert cases.tick(town, late) == {"warn": 0, "overdue": 0, "escalate": 0}


def test_overdue_climbs_from_community_to_district(town: Session) -> None:
    event = post(town, replace(INSIDE, seen=True))["id"]
    told = cases.tick(town, FRIDAY + timedelta(days=7))
    assert told == {"warn": 1, "overdue": 1, "escalate": 3}
    made = events.get(town, ALL, event, FRIDAY + timedelta(days=7))
    assert (made["light"], made["level"]) == ("red", "district")
    climbs = [step for step in made["trail"] if step["action"] == "escalate"]
    assert [step["receiver"] for step in climbs] == ["street-office", "street-office", "district 440115"]
    assert [step["detail"]["area"] for step in climbs] == [AREA[0], "440115001", "440115"]
    assert cases.tick(town, FRIDAY + timedelta(days=8))["escalate"] == 0


def test_a_year_that_nobody_knows_is_said_and_counted_once_it_is_known(town: Session) -> None:
    eve = datetime(2026, 12, 31, 9, tzinfo=UTC)  # 17:00
    made = post(town, replace(INSIDE, at=eve), eve)
    assert made["due_at"] is None
    assert "2027" in made["clock_problem"]
    day = calendars.DayOrder(datetime(2027, 1, 1).date(), False, "元旦")  # noqa: DTZ001
    calendars.add_year(town, ALL, 2027, [day], "国务院办公厅", eve)
    cases.tick(town, eve)
    told = events.get(town, ALL, made["id"], eve)
    assert (told["due_at"], told["clock_problem"]) == (datetime(2027, 1, 4, 3, tzinfo=UTC), None)


def test_a_department_has_hours_of_its_own(town: Session) -> None:
    order = calendars.CalendarOrder("sanitation", ("00:00-24:00",), tuple(range(7)), keeps_holidays=False)
    calendars.put(town, ALL, order, FRIDAY)
    assert post(town)["due_at"] == FRIDAY + timedelta(hours=4)
    assert calendars.due(town, "elsewhere", FRIDAY, "4 工作时")["due_at"] == datetime(2026, 11, 20, 9, tzinfo=UTC)
    with pytest.raises(InputError):
        calendars.put(town, ALL, calendars.CalendarOrder("x", ("25-26",)), FRIDAY)


def test_reporters_are_masked_and_erased(town: Session) -> None:
    report = replace(INSIDE, reporter_name="张大伟", reporter_phone="13812345678", text="在张家门口")
    event = post(town, report)["id"]
    reader = Caller("key:map", frozenset({"lookup"}))
    seen = events.get(town, reader, event, FRIDAY)
    assert seen["reporter"] == {"name": "张**", "phone": "138****5678"}
    assert (seen["text"], seen["address"]) == (None, None)
    assert "13812345678" not in str(seen)
    with pytest.raises(Forbidden):
        events.get(town, Caller("key:plan", frozenset({"plan"})), event, FRIDAY)
    with pytest.raises(Forbidden):
        events.post(town, reader, look(town), INSIDE, RULES, FRIDAY)
    events.erase_reporter(town, ALL, event, FRIDAY)
    assert events.get(town, ALL, event, FRIDAY)["reporter"] == {"name": None, "phone": None}


def test_a_division_anew_moves_what_is_moved_and_nothing_else(town: Session) -> None:
    """Design rule 7: the owner of an open case changes only with a move, and the move is in its trail."""
    kept, moved, closed = (post(town, replace(INSIDE, seen=True, text=word))["id"] for word in ("a", "b", "c"))
    do(town, kept, "keep_owner", reason="promised")
    do(town, closed, "file")
    do(town, closed, "reject", reason="nothing there")
    monday = FRIDAY + timedelta(days=3)
    old = town.execute(text("SELECT max(id) FROM editions")).scalar_one()
    close(town, editions_store.get(town, old), monday, FRIDAY)
    publish(town, "unified", ["J007", "S007"], PAIR, valid_from=monday, known_from=FRIDAY, area=AREA)
    now = monday + timedelta(hours=1)
    before = events.get(town, ALL, moved, now)
    assert (before["grid"], before["owner"]) == ("J001", "sanitation")
    (proposed,) = case_moves.proposals(town, look(town), RULES, now)
    assert (proposed["event"], proposed["old_grid"], proposed["new_grid"]) == (moved, "J001", "J007")
    assert proposed["certainty"] == "likely"
    with pytest.raises(InputError):
        case_moves.move(town, ALL, look(town), RULES, now, reason=" ")
    with pytest.raises(NotFound):
        case_moves.move(town, ALL, look(town), RULES, now, events=[kept], reason="decision 7")
    assert case_moves.move(town, ALL, look(town), RULES, now, besides=[moved], reason="d")["left"] == [moved]
    assert case_moves.move(town, ALL, look(town), RULES, now, reason="decision 7")["moved"] == [moved]
    after = events.get(town, ALL, moved, now)
    assert (after["grid"], after["trail"][-1]["action"], after["trail"][-1]["detail"]["from"]) == (
        "J007",
        "move",
        "J001",
    )
    assert events.get(town, ALL, kept, now)["grid"] == "J001"
    assert case_moves.proposals(town, look(town), RULES, now) == []


def test_events_are_found_and_replayed(town: Session) -> None:
    east = post(town, replace(INSIDE, lon=113.015))["id"]
    west = post(town, replace(INSIDE, at=FRIDAY - timedelta(days=2), matter="07001"))["id"]

    def found(**wanted: Any) -> list[int]:
        return [each["id"] for each in events.page(town, ALL, EventFilter(**wanted), FRIDAY)]

    assert found() == [west, east]
    assert found(bbox=(113.011, 22, 113.02, 22.01)) == [east]
    assert found(matter="07") == found(until=FRIDAY) == found(grid="J001") == [west]
    assert found(since=FRIDAY, status="open") == [east]
    assert found(status="closed") == []
    with pytest.raises(InputError):
        found(status="lost")
    frames = list(store.replayable(town, None, None, chunk=1))
    assert [list(frame["event"]) for frame in frames] == [[east], [west]]
    (frame,) = store.replayable(town, FRIDAY, None)
    assert isinstance(frame, gpd.GeoDataFrame)
    assert (frame["matter"][0], frame.geometry[0].x, frame["at"][0]) == ("06010", 113.015, FRIDAY)


def test_wrong_reports_are_refused_with_nothing_stored(town: Session) -> None:
    for wrong in (
        replace(INSIDE, lon=22.005, lat=113.004), replace(INSIDE, lon=0, lat=0), replace(INSIDE, kind="dream"),
        replace(INSIDE, matter="no such code!"), replace(INSIDE, external_id=" "), replace(INSIDE, text="x" * 10_001),
        replace(INSIDE, crs="mars"),
    ):  # fmt: skip
        with pytest.raises(InputError):
            post(town, wrong)
    assert events.page(town, ALL, EventFilter(), FRIDAY) == []
    with pytest.raises(NotFound):
        events.get(town, ALL, 1, FRIDAY)
    with pytest.raises(NotFound):
        do(town, 1, "file")
    event = post(town)["id"]
    for action in ("dance", "warn", "move", "collect"):
        with pytest.raises(InputError):
            do(town, event, action)
    with pytest.raises(NotFound):
        do(town, event, "note", reason="see", attachments=(7,))
