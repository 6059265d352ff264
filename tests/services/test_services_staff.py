"""The audit of a synthetic town against what its maker put wrong on purpose; lists that come back unchanged."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely
from published import publish
from sqlalchemy.orm import Session

from app.errors import Forbidden, InputError, NotFound
from app.files.tables import read_table, table_bytes
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks.samples import make_sample_town
from app.services.staff import people, posts
from app.services.staff.people import NewPerson
from app.services.staff.posts import NewPost
from app.services.staff.staff import audit_staff, list_staff
from app.services.staff.staff_import import StaffOrder, import_staff
from app.services.staff.staff_rules import NewRule, set_rule
from app.store.staff import posts as store
from app.store.staff.posts import PostFilter

ADMIN = Caller("cli:root", frozenset(SCOPES))
VIEWER = Caller("user:li", frozenset({"lookup"}))
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ZONE = "Asia/Shanghai"


def squares(many: int) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.array([shapely.box(113 + n / 100, 22, 113.01 + n / 100, 22.01) for n in range(many)], dtype=object)


@pytest.fixture
def town(session: Session, tmp_path: Path) -> tuple[dict[str, Any], Path]:
    """The small town's manifest and staff list; its networks in force with the codes of its grids."""
    folder = tmp_path / "town"
    manifest = make_sample_town(folder, "small", 1)
    rows = list(openpyxl.load_workbook(folder / "staff.xlsx").worksheets[0].iter_rows(values_only=True, min_row=2))
    for network in manifest["networks"]:
        codes = sorted({str(row[5]) for row in rows if row[4] == network} | set(manifest["staff"]["vacant"][network]))
        publish(session, network, codes, squares(len(codes)))
    with (folder / "staff.xlsx").open("rb") as file:
        import_staff(session, ADMIN, read_table(file, "staff.xlsx"), StaffOrder(), START)
    return manifest, folder / "staff.xlsx"


def test_the_audit_finds_what_is_wrong_on_purpose_and_no_more(
    session: Session, town: tuple[dict[str, Any], Path]
) -> None:
    staff = town[0]["staff"]
    found = audit_staff(session, ADMIN, NOW)
    assert found["empty_grids"] == staff["vacant"]
    vacant = {(network, grid) for network, grids in staff["vacant"].items() for grid in grids}
    assert {(v["network"], v["grid"]) for v in found["vacancies"]["rows"]} == vacant
    assert found["vacant_roles"] == {"grid_chief": len(vacant)}, (
        "source networks have no kinds: only the chief is asked for"
    )
    codes = {row.person.id: row.person.code for row in store.rows(session, PostFilter(at=NOW))}
    assert sorted(str(codes[d["person"]]) for d in found["doubles"]["rows"]) == staff["two_posts"]
    assert {o["person"] for o in found["overloads"]["rows"]} == {d["person"] for d in found["doubles"]["rows"]}
    assert (found["surpluses"]["count"], found["strays"]["count"]) == (0, 0)
    assert found["posts"] == staff["posts"] - len(staff["ended"])


def test_the_audit_of_one_network_keeps_the_loads_of_all(session: Session, town: tuple[dict[str, Any], Path]) -> None:
    whole = audit_staff(session, ADMIN, NOW)
    one = audit_staff(session, ADMIN, NOW, "governance")
    assert one["overloads"]["count"] == whole["overloads"]["count"] == len(town[0]["staff"]["two_posts"])
    assert {v["network"] for v in one["vacancies"]["rows"]} == {"governance"}
    assert list(one["empty_grids"]) == ["governance"]
    assert one["grids"] == town[0]["networks"]["governance"]["grids"]
    with pytest.raises(NotFound):
        audit_staff(session, ADMIN, NOW, "nowhere")


def test_names_in_an_audit_are_masked_for_those_who_only_look_up(session: Session) -> None:
    publish(session, "unified", ["J1", "J2"], squares(2))
    wei = people.add(session, ADMIN, NewPerson("张伟", "A1")).id
    for grid in ("J1", "J2"):
        posts.appoint(session, ADMIN, NewPost(wei, "网格长", "unified", grid, START), NOW)
    plain, masked = (audit_staff(session, caller, NOW) for caller in (ADMIN, VIEWER))
    assert [found["doubles"]["rows"][0]["name"] for found in (plain, masked)] == ["张伟", "张**"]
    assert "张伟" not in str(masked)


def test_rules_are_asked_of_the_kind_and_moment(session: Session) -> None:
    publish(session, "unified", ["J1", "S1"], squares(2), kinds=["resident", "business"])
    asked = audit_staff(session, ADMIN, NOW)["vacancies"]["rows"]
    assert {v["role"] for v in asked if v["grid"] == "J1"} == {
        "grid_chief", "grid_member", "party_member", "social_worker", "volunteer",
    }  # fmt: skip
    assert {v["role"] for v in asked if v["grid"] == "S1"} == {"grid_chief", "grid_member", "law_enforcer"}
    set_rule(session, ADMIN, NewRule("志愿者", 0, NOW + DAY, kind="resident"), NOW)
    set_rule(session, ADMIN, NewRule("楼长", 2, NOW + DAY, 3, network="unified", kind="resident"), NOW)
    before, after = (audit_staff(session, ADMIN, at)["vacant_roles"] for at in (NOW, NOW + DAY))
    assert ("volunteer" in before, "volunteer" in after) == (True, False)
    assert ("楼长" in before, after["楼长"]) == (False, 1)
    for wrong in (NewRule("志愿者", 2, NOW, 1), NewRule("志愿者", -1, NOW), NewRule("志愿者", 1, NOW, kind="park")):
        with pytest.raises(InputError):
            set_rule(session, ADMIN, wrong, NOW)


def test_a_post_whose_grid_ended_is_a_stray(session: Session) -> None:
    publish(session, "unified", ["J1"], squares(1), valid_to=NOW)
    wei = people.add(session, ADMIN, NewPerson("张伟")).id
    posts.appoint(session, ADMIN, NewPost(wei, "网格长", "unified", "J1", START), START)
    assert audit_staff(session, ADMIN, NOW - DAY)["strays"]["count"] == 0
    (stray,) = audit_staff(session, ADMIN, NOW)["strays"]["rows"]
    (row,) = store.rows(session, PostFilter(person=wei))
    assert stray == {"post": row.post.id, "network": "unified", "grid": "J1"}


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_an_exported_list_comes_back_unchanged(
    session: Session, town: tuple[dict[str, Any], Path], suffix: str, english: bool
) -> None:
    fields, rows = list_staff(session, ADMIN, None, ZONE, english=english)
    assert len(rows) == town[0]["staff"]["posts"]
    content = table_bytes(suffix, fields, rows)
    again = import_staff(session, ADMIN, read_table(io.BytesIO(content), f"staff{suffix}"), StaffOrder(), NOW)
    assert again["posts"] == {"added": 0, "corrected": 0, "ended": 0, "unchanged": len(rows)}
    assert again["people"] == {"added": 0, "changed": 0}
    assert (again["departments_added"], again["notes"]) == ([], [])


def test_a_list_is_for_those_who_may_see_people(session: Session) -> None:
    with pytest.raises(Forbidden):
        list_staff(session, VIEWER, NOW, ZONE)


def test_the_erased_are_in_no_list(session: Session) -> None:
    publish(session, "unified", ["J1"], squares(1))
    wei = people.add(session, ADMIN, NewPerson("张伟", "A1")).id
    li = people.add(session, ADMIN, NewPerson("李娜", "A2")).id
    for person in (wei, li):
        posts.appoint(
            session, ADMIN, NewPost(person, "网格员", "unified", "J1", START, substitutes=(li + wei - person,)), NOW
        )
    people.erase(session, ADMIN, wei, NOW)
    _, rows = list_staff(session, ADMIN, NOW, ZONE)
    assert [(row[0], row[-1]) for row in rows] == [("A2", "")]
