"""Scores stored as a chain on a real PostGIS: recomputed equals stored, nothing can be edited, appeals change cases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_trails import trail_of, walks
from scored import store_trail
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import db
from app.errors import Conflict, Forbidden, InputError, Refused
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.trail import Step
from app.services.progress import silent
from app.services.scores import appeals, rankings, score_checks, score_rules, scores
from app.services.scores.appeals import Decision
from app.services.scores.rankings import RankingOrder, StreakOrder
from app.services.scores.score_checks import CheckOptions
from app.services.scores.scores import Order
from app.store.scores import scores as store
from app.store.scores.scores import ScoreFilter

ZONE = "Asia/Shanghai"
ALL = Caller("cli:test", frozenset(SCOPES))
LI = Caller("user:li", frozenset({"lookup", "events"}))
READER = Caller("key:map", frozenset({"lookup"}))
NOVEMBER = datetime(2026, 11, 1, 0, 10, tzinfo=UTC)
NINE = datetime(2026, 10, 12, 1, tzinfo=UTC)
OCTOBER = Order("2026-10", ZONE)


def steps(*said: tuple[Any, ...]) -> list[Step]:
    """`(hours after nine on Monday the 12th of October, action, receiver)` as a trail by 王."""
    first = Step("collect", NINE, "user:li", "environment", detail={"grid": "J001", "verified": True})
    made = [first]
    for hours, action, *rest in said:
        detail = {"passed": True} if action == "check" else {}
        at, receiver = NINE + timedelta(hours=hours), rest[0] if rest else ""
        made.append(Step(action, at, "user:wang", receiver, "because", detail=detail))
    return made


DISPATCHED = ((0, "file"), (0, "dispatch", "environment"), (0, "accept"))
DONE = (*DISPATCHED, (1, "finish"), (1, "report"), (1, "check"), (2, "close"))
LATE = (*DISPATCHED, (24, "finish"), (24, "report"), (24, "check"), (25, "close"))


@pytest.fixture
def month(session: Session) -> dict[str, int]:
    """Three cases of October: done, late, never done."""
    return {
        name: store_trail(session, steps(*said))
        for name, said in (("done", DONE), ("late", LATE), ("never", DISPATCHED))
    }


def compute(session: Session, order: Order = OCTOBER, now: datetime = NOVEMBER) -> dict[str, Any]:
    return scores.compute(session, ALL, order, now)


def verify(session: Session, **options: Any) -> dict[str, Any]:
    return score_checks.verify(session, ALL, CheckOptions(**options), silent())


def only(session: Session, unit_type: str, unit: str, period: str = "2026-10") -> dict[str, Any]:
    (found,) = scores.page(session, ALL, ScoreFilter(period, unit_type, unit))
    return scores.get(session, ALL, found["number"])


def test_a_period_is_told_once_and_chained(session: Session, month: dict[str, int]) -> None:
    with pytest.raises(InputError, match="lasts until"):
        compute(session, now=NINE)
    made = compute(session)
    units = {(row["unit_type"], row["unit"]) for row in scores.page(session, ALL, ScoreFilter("2026-10"))}
    assert units == {
        ("area", "440115"), ("area", "440115001"), ("area", "440115001001"), ("city", ""),
        ("department", "environment"), ("grid", "J001"), ("person", "user:li"), ("person", "user:wang"),
    }  # fmt: skip
    assert (made["units"], made["added"], made["head"]) == (8, 8, 8)
    again = compute(session)
    assert (again["added"], again["unchanged"], again["hash"]) == (0, 8, made["hash"])
    grid = only(session, "grid", "J001")
    assert grid["figures"]["disposal"] | {"value": 0} == {
        "name": "处置率", "formula": "处置数/应处置数", "numerator": 2, "denominator": 3, "value": 0, "unit": "share",
    }  # fmt: skip
    assert {(line["rule"], line["event"]) for line in grid["deductions"]} == {
        ("K1", month["never"]), ("K2", month["late"]), ("K6", None),
    }  # fmt: skip
    assert (grid["total"], grid["grade"]) == (100 - 2 - 1 - 5, "优秀")
    told = scores.cases_of(session, ALL, grid["number"], "disposal")
    assert told["numerator"] == [month["done"], month["late"]]
    assert told["denominator"] == [month["done"], month["late"], month["never"]]
    assert scores.cases_of(session, ALL, grid["number"], "disposed_late")["cases"] == [month["late"]]
    checked = verify(session)
    assert (checked["whole"], checked["rows"], checked["told_again"], checked["faults"]) == (True, 8, 8, [])


def test_every_kind_of_period_is_made_up_for(session: Session, month: dict[str, int]) -> None:
    names = scores.due(session, NOVEMBER, ZONE)
    assert len(names) == 7 + 4 + 3 + 2 + 1
    assert {"2026-10-31", "2026-W43", "2026-10", "2026-Q3", "2025"} <= set(names)
    for name in names:
        compute(session, Order(name, ZONE))
    left = scores.due(session, NOVEMBER, ZONE)
    assert "2026-10" not in left
    assert only(session, "grid", "J001", "2026-W42")["figures"]["disposal"]["denominator"] == 3
    assert verify(session)["whole"]


@pytest.mark.parametrize("table", ["score_rules", "scores", "score_patrols", "appeals", "appeal_decisions"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_every_change(session: Session, month: dict[str, int], table: str, change: str) -> None:
    fill(session, month)
    column = {"scores": "total", "score_rules": "reason", "score_patrols": "source"}.get(table, "reason")
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change.format(table, column, column)))


def fill(session: Session, month: dict[str, int]) -> None:
    """A row in every table, and nothing held back."""
    compute(session)
    number = only(session, "grid", "J001")["number"]
    filed = appeals.file(session, LI, number, month["never"], "overdue_open", "a flood", NOVEMBER)
    appeals.decide(session, ALL, filed["id"], Decision("refused", "it did not rain"), NOVEMBER)
    patrol = "('2026-10', 'grid', 'J001', 9, 10, 'x', 'x', now())"
    columns = "period, unit_type, unit, visited, households, source, recorded_by, recorded_at"
    session.execute(text(f"INSERT INTO score_patrols ({columns}) VALUES {patrol}"))


def test_the_database_refuses_a_row_that_does_not_follow(session: Session, month: dict[str, int]) -> None:
    compute(session)
    copied = "INSERT INTO scores SELECT (jsonb_populate_record(s, '{}')).* FROM scores s WHERE number = 8"
    for changes in ('{"number": 10}', '{"number": 9, "revision": 2}'):
        with pytest.raises(DBAPIError, match="does not follow"), session.begin_nested():
            session.execute(text(copied.format(changes).replace(":", "\\:")))
    triggers = text("SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'scores'::regclass AND NOT tgisinternal")
    assert dict(session.execute(triggers).all()) == {
        "scores_append_only": "A", "scores_no_truncate": "A", "scores_follow": "A",
    }  # fmt: skip


TAMPERING = {
    "a total": "UPDATE scores SET total = 100 WHERE number = 3",
    "a figure": "UPDATE scores SET figures = jsonb_set(figures, '{disposal,value}', '1.0') WHERE number = 3",
    "a case": "UPDATE scores SET marks[1] = 0 WHERE number = 3",
    "a cause": "UPDATE scores SET cause = 'nothing' WHERE number = 3",
    "a row": "DELETE FROM scores WHERE number = 3",
    "the end": "DELETE FROM scores WHERE number = 8",
    "the rules": "UPDATE score_rules SET content = jsonb_set(content, '{dissatisfied_below}', '10')",
    "the rules until they are none": 'UPDATE score_rules SET content = \'{"basis": "x"}\'',
    "everything": "DELETE FROM scores",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_whoever_gets_past_the_triggers_is_found_out(session: Session, month: dict[str, int], what: str) -> None:
    compute(session)
    for table in ("scores", "score_rules"):
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
    session.execute(text(TAMPERING[what].replace(":", "\\:")))
    found = verify(session, recompute=False)
    assert not found["whole"]
    assert found["faults"]


def test_a_changed_case_is_found_out(session: Session, month: dict[str, int]) -> None:
    compute(session)
    session.execute(text("ALTER TABLE case_steps DISABLE TRIGGER case_steps_append_only"))
    moved = text("UPDATE case_steps SET at = at - interval '1 day' WHERE event_id = :event AND action = 'finish'")
    session.execute(moved, {"event": month["late"]})
    found = verify(session)
    assert found["faults"] == []
    assert not found["whole"]
    assert found["differs_count"] == 7, "all but whoever reported it"
    assert {tuple(each["cases"]) for each in found["differs"]} == {(month["late"],)}
    assert verify(session, recompute=False)["whole"]
    assert verify(session, period="2026-09")["whole"]


def test_a_head_that_was_noted_elsewhere_is_held_against_the_chain(session: Session, month: dict[str, int]) -> None:
    made = compute(session)
    assert verify(session, head=made["head"], hash=made["hash"])["whole"]
    assert not verify(session, head=made["head"], hash="0" * 64)["whole"]
    assert not verify(session, head=made["head"] + 1, hash=made["hash"])["whole"]


def test_an_appeal_changes_the_case_and_never_the_number(session: Session, month: dict[str, int]) -> None:
    compute(session)
    compute(session, Order("2026-W42", ZONE))
    compute(session, Order("2026-09", ZONE))
    before = only(session, "grid", "J001")
    filed = appeals.file(session, LI, before["number"], month["never"], "K1", "the street was flooded", NOVEMBER)
    assert (filed["state"], filed["against"]) == ("filed", "K1")
    later = NOVEMBER + timedelta(days=2)
    upheld = Decision("upheld", "the weather office says so", ["disposal", "closing"])
    made = appeals.decide(session, ALL, filed["id"], upheld, later)
    assert (made["state"], made["periods"]) == ("upheld", ["2026-10", "2026-W42"])
    assert only(session, "grid", "J001")["number"] == before["number"], "nothing is written over"
    for name in made["periods"]:
        told = compute(session, Order(name, ZONE, made["cause"]), later)
        assert told["revised"] == 7
    after = only(session, "grid", "J001")
    assert (after["revision"], after["total"]) == (2, 99)
    assert after["cause"] == f"appeal {filed['id']} upheld (cases {month['never']})"
    assert scores.get(session, ALL, before["number"])["total"] == before["total"]
    history = scores.page(session, ALL, ScoreFilter("2026-10", "grid", "J001", revisions=True))
    assert [row["revision"] for row in history] == [1, 2]
    checked = verify(session)
    assert (checked["whole"], checked["differs"]) == (True, []), "each row as it was known then"
    trail = session.execute(
        text("SELECT action, reason, detail FROM case_steps WHERE event_id = :e ORDER BY number DESC LIMIT 1"),
        {"e": month["never"]},
    ).one()
    assert trail == (
        "adjust",
        "the weather office says so",
        {"appeal": filed["id"], "exclude": ["closing", "disposal"]},
    )
    assert made["decision"]["step_number"] == 5


def test_a_corrected_deadline_moves_a_case_to_another_period(session: Session, month: dict[str, int]) -> None:
    compute(session)
    number = only(session, "city", "")["number"]
    filed = appeals.file(session, LI, number, month["late"], "disposed_late", "wrong limit", NOVEMBER)
    due = datetime(2026, 10, 20, 1, tzinfo=UTC)
    made = appeals.decide(session, ALL, filed["id"], Decision("upheld", "it was five days", due_at=due), NOVEMBER)
    compute(session, Order("2026-10", ZONE, made["cause"]))
    city = only(session, "city", "")
    assert (city["counts"]["disposed_late"], city["counts"]["disposed_on_time"]) == (0, 2)
    assert verify(session)["whole"]


def test_who_may_appeal_and_decide(session: Session, month: dict[str, int]) -> None:
    compute(session)
    grid = only(session, "grid", "J001")["number"]
    with pytest.raises(Forbidden):
        appeals.file(session, READER, grid, month["never"], "K1", "x", NOVEMBER)
    for event, against, reason, told in (
        (month["done"], "K1", "x", "took points"),
        (month["done"], "overdue_open", "x", "not in 超期未处置数"),
        (10**9, "K1", "x", "does not count"),
        (month["never"], "K1", " ", "a reason is needed"),
    ):
        with pytest.raises(Refused) as error:
            appeals.file(session, LI, grid, event, against, reason, NOVEMBER)
        assert told in error.value.reasons[0]
    filed = appeals.file(session, LI, grid, month["never"], "K1", "a flood", NOVEMBER)["id"]
    with pytest.raises(Refused, match="no appeal"):
        appeals.file(session, ALL, grid, month["never"], "K1", "again", NOVEMBER)
    for caller, decision, error in (
        (LI, Decision("upheld", "x", ["all"]), Forbidden),
        (Caller("user:li", frozenset(SCOPES)), Decision("upheld", "x", ["all"]), Forbidden),
        (ALL, Decision("withdrawn", "x"), Forbidden),
        (ALL, Decision("upheld", "x"), InputError),
        (ALL, Decision("refused", "x", ["all"]), InputError),
        (ALL, Decision("upheld", "x", ["luck"]), InputError),
        (ALL, Decision("upheld", "", ["all"]), InputError),
        (ALL, Decision("forgotten", "x"), InputError),
    ):
        with pytest.raises(error):
            appeals.decide(session, caller, filed, decision, NOVEMBER)
    assert appeals.decide(session, LI, filed, Decision("withdrawn", "a mistake"), NOVEMBER)["state"] == "withdrawn"
    with pytest.raises(Conflict, match="has ended"):
        appeals.decide(session, ALL, filed, Decision("refused", "x"), NOVEMBER)
    assert [each["state"] for each in appeals.page(session, LI, event=month["never"])] == ["withdrawn"]
    assert appeals.page(session, LI, is_open=True) == []


def test_scores_of_people_are_not_for_everybody(session: Session, month: dict[str, int]) -> None:
    compute(session)
    types = {row["unit_type"] for row in scores.page(session, READER, ScoreFilter("2026-10"))}
    assert types == {"city", "area", "department", "grid"}
    person = only(session, "person", "user:wang")["number"]
    order = RankingOrder("2026-10", "person", ZONE)
    for attempt in (
        lambda: scores.page(session, READER, ScoreFilter("2026-10", "person")),
        lambda: scores.get(session, READER, person),
        lambda: scores.cases_of(session, READER, person, "disposal"),
        lambda: rankings.ranking(session, READER, order),
        lambda: scores.preview(session, READER, OCTOBER, NOVEMBER, "person"),
    ):
        with pytest.raises(Forbidden):
            attempt()
    own = Caller("user:wang", frozenset({"lookup"}))
    assert scores.get(session, own, person)["unit"] == "user:wang"
    assert [place["unit"] for place in rankings.ranking(session, LI, order)] == ["user:li", "user:wang"]


def test_rankings_and_streaks_over_stored_periods(session: Session, month: dict[str, int]) -> None:
    for name in ("2026-10-12", "2026-10-13", "2026-10-14", "2026-10"):
        compute(session, Order(name, ZONE))
    (place,) = rankings.ranking(session, ALL, RankingOrder("2026-10", "department", ZONE, "disposal"))
    assert (place["rank"], place["unit"], place["numerator"], place["denominator"]) == (1, "environment", 2, 3)
    (unranked,) = rankings.ranking(session, ALL, RankingOrder("2026-10", "department", ZONE, "disposal", least=4))
    assert unranked["rank"] is None
    streets = rankings.ranking(session, ALL, RankingOrder("2026-10", "area", ZONE, level=9))
    assert [place["unit"] for place in streets] == ["440115001"]
    order = StreakOrder("2026-10-14", "grid", ZONE, 95, above=False, periods=5)
    assert rankings.streaks(session, ALL, order)[0]["unit"] == "J001"
    with pytest.raises(InputError):
        rankings.ranking(session, ALL, RankingOrder("2026-10", "planet", ZONE))
    with pytest.raises(InputError):
        rankings.ranking(session, ALL, RankingOrder("2026-10", "grid", ZONE, "luck"))


def test_rulebooks_have_dates_and_old_scores_keep_theirs(session: Session, month: dict[str, int]) -> None:
    compute(session)
    before = only(session, "grid", "J001")
    start = datetime(2026, 9, 30, 16, tzinfo=UTC)
    with pytest.raises(InputError, match="reason"):
        score_rules.put(session, ALL, {}, start, "", NOVEMBER)
    one = {"code": "Z1", "name": "超期", "points": 10, "cap": 40, "count": "overdue_open"}
    score_rules.put(session, ALL, {"deductions": [one]}, start, "市考评办〔2026〕8号", NOVEMBER)
    later = NOVEMBER + timedelta(hours=1)
    compute(session, now=later)
    after = only(session, "grid", "J001")
    assert (before["total"], after["total"], after["revision"]) == (92, 90, 2)
    assert len(score_rules.rulebooks(session)) == 2
    assert verify(session)["whole"]


def test_patrols_are_brought_in_and_corrected(session: Session, month: dict[str, int], tmp_path: Any) -> None:
    listed = tmp_path / "patrols.csv"
    listed.write_text("网格编码,实际巡查户数,网格内总户数\nJ001,94,100\nJ002,10,100\n", encoding="utf-8")
    score_rules.import_patrols(session, ALL, "2026-10", listed, "patrol app", NOVEMBER, ZONE)
    compute(session)
    assert only(session, "grid", "J001")["figures"]["patrol"]["points"] == 8
    assert only(session, "grid", "J002")["figures"]["patrol"]["value"] == 0.1
    listed.write_text("unit,visited,households\nJ001,96,100\n", encoding="utf-8")
    later = NOVEMBER + timedelta(hours=1)
    score_rules.import_patrols(session, ALL, "2026-10", listed, "patrol app, corrected", later, ZONE)
    assert compute(session, now=later)["revised"] == 1
    assert only(session, "grid", "J001")["figures"]["patrol"]["points"] == 10
    assert verify(session)["whole"]
    listed.write_text("unit,visited,households\nJ001,101,100\n,1,2\nJ3,a,b\n", encoding="utf-8")
    with pytest.raises(Refused) as error:
        score_rules.import_patrols(session, ALL, "2026-10", listed, "x", later, ZONE)
    assert len(error.value.reasons) == 3


def test_two_that_compute_at_once_add_one_row_each(database: str) -> None:
    """The second waits for the chain, then finds nothing new."""
    engine = db.make_engine(database)
    with db.transaction(engine) as session:
        store_trail(session, steps(*DONE))
    first = Session(engine)
    made = [compute(first)]

    def second() -> None:
        with db.transaction(engine) as session:
            made.append(compute(session))

    waiting = threading.Thread(target=second)
    waiting.start()
    waiting.join(timeout=0.2)
    assert waiting.is_alive(), "the chain is locked"
    first.commit()
    waiting.join()
    first.close()
    assert [told["added"] for told in made] == [8, 0]
    with db.transaction(engine) as session:
        assert verify(session)["whole"]
    engine.dispose()


@settings(max_examples=12)
@given(st.lists(walks, min_size=1, max_size=6), st.sampled_from(["2026-10", "2026-W42", "2026-10-09", "2026-Q4"]))
def test_recomputed_equals_stored(session: Session, drawn: Any, name: str) -> None:
    """Design rule 9, on random trails; then the cases go on, and what was stored stays true."""
    now = datetime(2027, 1, 1, tzinfo=UTC)
    with session.begin_nested() as savepoint:
        trails = [trail_of(walk) for walk in drawn]
        numbers = [store_trail(session, trail) for trail in trails]
        compute(session, Order(name, ZONE), now)
        assert verify(session)["whole"]
        assert compute(session, Order(name, ZONE), now + timedelta(minutes=1))["added"] == 0
        for number, trail in zip(numbers, trails, strict=True):
            note = Step("note", now, "user:li", reason="later")
            session.execute(
                text("INSERT INTO case_steps (event_id, number, action, at, actor) VALUES (:e, :n, :a, :at, 'x')"),
                {"e": number, "n": len(trail) + 1, "a": note.action, "at": now},
            )
        assert verify(session)["whole"]
        savepoint.rollback()
    assert store.head(session) is None
