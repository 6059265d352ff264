"""Cases as residents see them at the ends that a journey does not reach: declined, joined, moved to another office."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from routed_town import FRIDAY, INSIDE, RULES, build, hold, look
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.rules.accounts.access import Caller
from app.rules.cases.trail import Step
from app.services.cases import cases, events, public_reports
from app.services.lookup.lookup_index import Lookup

RESIDENT = Caller("public", frozenset(), "10.0.0.7")
WORKER = Caller("user:zhao", frozenset({"events"}))
KEY = "0123456789abcdef"


@pytest.fixture
def lookup(session: Session) -> Lookup:
    build(session)
    hold(session, "张三", "sanitation_worker", "J001")
    return look(session)


def filed(session: Session, lookup: Lookup, key: str = KEY, **more: Any) -> dict[str, Any]:
    report = events.Report(lon=INSIDE.lon, lat=INSIDE.lat, at=FRIDAY, **{"matter": "06010", "text": "垃圾"} | more)
    return public_reports.take(session, RESIDENT, lookup, report, RULES, FRIDAY, key)[0]


def taken(session: Session, event: int, *steps: tuple[str, dict[str, Any]]) -> None:
    for minutes, (action, fields) in enumerate(steps, 1):
        at = FRIDAY + timedelta(minutes=minutes)
        cases.step(session, WORKER, event, Step(action, at, WORKER.name, **fields))


def test_it_comes_from_the_public_and_shows_no_reporter(session: Session, lookup: Lookup) -> None:
    made = filed(session, lookup, reporter_name="王芳", reporter_phone="13800002222")
    assert "王芳" not in str(made)
    event = events.get(session, WORKER, made["number"], FRIDAY)
    assert (event["source"], event["reporter"]) == ("public", {"name": "王芳", "phone": "13800002222"})
    assert (made["department"], made["late"], made["may"]) == ("环卫所", False, ["note", "photo"])


def test_what_is_declined_says_why_and_takes_no_more_photographs(session: Session, lookup: Lookup) -> None:
    made = filed(session, lookup)
    taken(session, made["number"], ("verify", {"detail": {"passed": False}}), ("reject", {"reason": "现场没有垃圾"}))
    told = public_reports.follow(session, made["code"], FRIDAY)
    assert (told["step"], told["closing_words"], told["may"]) == ("declined", "现场没有垃圾", ["note"])


def test_what_is_joined_is_followed_in_the_other_one(session: Session, lookup: Lookup) -> None:
    first, second = filed(session, lookup), filed(session, lookup, KEY + "2")
    assert (first["alike"], second["alike"]) == (0, 1)
    taken(session, second["number"], ("merge", {"reason": "同一处", "detail": {"into": first["number"]}}))
    taken(session, first["number"], ("verify", {"detail": {"passed": True}}), ("file", {}))
    told = public_reports.follow(session, second["code"], FRIDAY)
    assert (told["step"], told["joined"]["step"]) == ("joined", "accepted")
    assert first["text"] not in str(told["joined"])


def test_an_office_is_told_and_what_passes_between_offices_is_not(session: Session, lookup: Lookup) -> None:
    made = filed(session, lookup)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("verify", {"detail": {"passed": True}}), ("file", {}), ("dispatch", {"receiver": "环卫所"}),
        ("return", {"reason": "老李休假"}), ("review", {"reason": "不成立"}),
        ("dispatch", {"receiver": "市政所", "reason": "改派"}),
    ]  # fmt: skip
    taken(session, made["number"], *steps)
    told = public_reports.follow(session, made["code"], FRIDAY)
    assert [(each["what"], each["department"]) for each in told["trail"]] == [
        ("received", ""), ("accepted", ""), ("passed_on", "环卫所"), ("passed_on", "市政所"),
    ]  # fmt: skip
    assert told["department"] == "市政所"
    assert "老李" not in str(told)


def test_late_is_told_while_it_is_open(session: Session, lookup: Lookup) -> None:
    made = filed(session, lookup)
    assert made["due_at"] is not None
    assert public_reports.follow(session, made["code"], made["due_at"] + timedelta(minutes=1))["late"]


def test_remarks_have_an_end(session: Session, lookup: Lookup) -> None:
    code = filed(session, lookup)["code"]
    for number in range(public_reports.NOTES_MOST):
        public_reports.add_words(session, RESIDENT, code, f"remark {number}", FRIDAY)
    with pytest.raises(Conflict, match="remarks"):
        public_reports.add_words(session, RESIDENT, code, "one more", FRIDAY)
    with pytest.raises(InputError, match="say something"):
        public_reports.add_words(session, RESIDENT, code, " ", FRIDAY)


def test_a_place_beside_the_ground_is_taken_and_one_far_off_is_not(session: Session, lookup: Lookup) -> None:
    beside = events.Report(lon=112.995, lat=22.005, at=FRIDAY, text="垃圾")
    made, _ = public_reports.take(session, RESIDENT, lookup, beside, RULES, FRIDAY, KEY)
    assert made["grid"] is None
    far = events.Report(lon=112.5, lat=22.005, at=FRIDAY, text="垃圾")
    with pytest.raises(InputError, match="not on the ground"):
        public_reports.take(session, RESIDENT, lookup, far, RULES, FRIDAY, KEY + "2")


def test_no_code_is_any_case(session: Session, lookup: Lookup) -> None:
    filed(session, lookup)
    with pytest.raises(NotFound):
        public_reports.follow(session, "0" * 20, FRIDAY)
