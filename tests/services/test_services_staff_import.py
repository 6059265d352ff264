"""Staff lists: as offices write them, in English, wrong ones; imported twice; corrected; previewed."""

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
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import FileError, Forbidden
from app.files.tables import Table, read_table
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks.samples import make_sample_town
from app.services.staff import people
from app.services.staff.staff_import import StaffOrder, import_staff
from app.store.networks import networks
from app.store.staff import people as people_store
from app.store.staff import posts as store
from app.store.staff.people import PersonFilter
from app.store.staff.posts import PostFilter

ADMIN = Caller("cli:root", frozenset(SCOPES))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SQUARE = np.array([shapely.box(113, 22, 113.01, 22.01)], dtype=object)
HEADER = "人员编号,姓名,电话,单位,网格体系,网格编号,岗位,任职日期,离任日期,班次,替补"
LIST = f"""{HEADER}
A1,张伟,13812341234,区城管局,city,J1,网格长,2024-01-05,,周一至周五 8:00-18:00,A2
A2,李娜,13912341234,区城管局,city,J1,网格员,2024/1/5,2026-12-31,,
A3,王芳,13712341234,环卫所,city,J2,楼长,,,,
"""


def table(content: str, name: str = "staff.csv") -> Table:
    return read_table(io.BytesIO(content.encode()), name)


def take(session: Session, content: str, now: datetime = NOW, **order: Any) -> dict[str, Any]:
    return import_staff(session, ADMIN, table(content), StaffOrder(**order), now)


@pytest.fixture
def city(session: Session) -> None:
    networks.add(session, "city", "城管网格", None)


def terms(session: Session) -> list[tuple[str | None, str, str, str]]:
    return sorted(
        (row.person.code, row.post.role, row.post.grid, row.term.shift) for row in store.rows(session, PostFilter())
    )


@pytest.mark.usefixtures("city")
def test_a_list_becomes_departments_people_roles_and_posts(session: Session) -> None:
    report = take(session, LIST)
    assert report["stored"]
    assert (report["people"], report["posts"]["added"]) == ({"added": 3, "changed": 0}, 3)
    assert report["departments_added"] == ["区城管局", "环卫所"]
    assert report["roles_added"] == ["楼长"]
    assert report["notes"] == ["network city has no grids yet: its codes could not be checked"]
    assert terms(session) == [
        ("A1", "grid_chief", "J1", "Mon-Fri 08:00-18:00"), ("A2", "grid_member", "J1", ""), ("A3", "楼长", "J2", ""),
    ]  # fmt: skip
    (chief,) = store.rows(session, PostFilter(role="grid_chief"))
    lina = people_store.by_code(session, "A2")
    assert lina is not None
    assert chief.term.substitutes == [lina.id]
    assert chief.term.valid.lower == datetime(2024, 1, 4, 16, tzinfo=UTC), "midnight of the place, not of UTC"


@pytest.mark.usefixtures("city")
def test_the_same_list_again_changes_nothing(session: Session) -> None:
    take(session, LIST)
    before = session.scalar(text("SELECT count(*) FROM audit"))
    again = take(session, LIST, NOW + DAY)
    assert again["posts"] == {"added": 0, "corrected": 0, "ended": 0, "unchanged": 3}
    assert again["people"] == {"added": 0, "changed": 0}
    assert session.scalar(text("SELECT count(*) FROM audit")) == before


@pytest.mark.usefixtures("city")
def test_what_differs_is_corrected_as_a_new_version(session: Session) -> None:
    take(session, LIST)
    changed = LIST.replace("2026-12-31", "2026-11-30").replace("13712341234", "13712340000")
    report = take(session, changed, NOW + DAY)
    assert (report["posts"]["corrected"], report["posts"]["unchanged"], report["people"]["changed"]) == (1, 2, 1)
    (change,) = report["changes"]
    assert (change["row"], change["change"], change["grid"]) == (3, "corrected", "J1")
    (post,) = {row.post.id for row in store.rows(session, PostFilter(role="grid_member"))}
    assert len(store.history(session, post)) == 2
    (then,) = store.rows(session, PostFilter(role="grid_member", known_at=NOW + DAY / 2))
    assert then.term.valid.upper == datetime(2026, 12, 30, 16, tzinfo=UTC)


@pytest.mark.usefixtures("city")
def test_a_second_term_of_a_post_is_added_beside_the_first(session: Session) -> None:
    take(session, LIST)
    back = f"{HEADER}\nA2,李娜,,,city,J1,网格员,2027-02-01,,,\n"
    assert take(session, back, NOW + DAY)["posts"]["added"] == 1
    assert len(store.rows(session, PostFilter(role="grid_member"))) == 2


@pytest.mark.usefixtures("city")
def test_a_preview_says_what_would_happen_and_does_nothing(session: Session) -> None:
    preview = take(session, LIST, dry_run=True)
    assert (preview["stored"], preview["people"]["added"]) == (False, 3)
    tables = ("people", "posts", "post_terms", "departments", "audit")
    assert [session.scalar(text(f"SELECT count(*) FROM {name}")) for name in tables] == [0] * 5
    real = take(session, LIST)
    assert {name: real[name] for name in ("people", "posts", "departments_added", "roles_added")} == {
        name: preview[name] for name in ("people", "posts", "departments_added", "roles_added")
    }


@pytest.mark.usefixtures("city")
def test_nothing_in_a_report_or_the_trail_tells_who_anybody_is(session: Session) -> None:
    told = str(take(session, LIST)) + str(session.scalar(text("SELECT json_agg(a)::text FROM audit a")))
    assert not [secret for secret in ("张伟", "李娜", "王芳", "13812341234", "A1'") if secret in told]


WRONG = f"""{HEADER}
A1,张伟,13812341234,,city,J1,网格长,2024-01-05,,,
,,,,city,J1,网格员,,,,
A2,李娜,call me,,nowhere,J1,网格员,5 January,,nine to five,
A1,张威,,,city,J2,网格员,,,,
A4,赵敏,,,city,,网格员,2026-01-02,2026-01-01,,
A1,张伟,,,city,J1,网格长,2025-01-05,,,
"""


@pytest.mark.usefixtures("city")
def test_every_wrong_row_is_named_with_field_and_remedy_and_nothing_is_stored(session: Session) -> None:
    preview = take(session, WRONG, dry_run=True)
    found = [(error["row"], error["field"]) for error in preview["errors"]]
    assert found == [
        (3, "姓名"), (4, "任职日期"), (4, "电话"), (4, "班次"), (5, "姓名"), (6, "离任日期"), (6, "网格编号"),
    ]  # fmt: skip
    with pytest.raises(FileError) as error:
        take(session, WRONG)
    assert (error.value.members["row"], error.value.members["field"]) == (3, "姓名")
    assert error.value.members["errors"] == preview["errors"]
    assert session.scalar(text("SELECT count(*) FROM people")) == 0


@pytest.mark.usefixtures("city")
def test_two_rows_that_give_one_post_twice(session: Session) -> None:
    twice = f"{HEADER}\nA1,张伟,,,city,J1,网格长,2024-01-05,,,\nA1,张伟,,,city,J1,网格长,2025-01-05,,,\n"
    (error,) = take(session, twice, dry_run=True)["errors"]
    assert (error["row"], error["field"], error["detail"]) == (
        3, "任职日期", "row 2 gives the same post at some of the same time",
    )  # fmt: skip
    same = f"{HEADER}\nA1,张伟,,,city,J1,网格长,2024-01-05,,,\nA1,张伟,,,city,J1,网格长,2024-01-05,,,\n"
    assert "row 3 says the same as row 2" in take(session, same)["notes"]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("word", ["A1", "张伟", "nobody"])
def test_a_substitute_is_somebody_else_who_is_known(session: Session, word: str) -> None:
    wrong = f"{HEADER}\nA1,张伟,,,city,J1,网格长,,,,{word}\n"
    (error,) = take(session, wrong, dry_run=True)["errors"]
    assert error["field"] == "替补"


def test_an_unknown_network_or_grid_is_an_error_with_a_remedy(session: Session) -> None:
    (error,) = take(session, f"{HEADER}\nA1,张伟,,,city,J1,网格长,,,,\n", dry_run=True)["errors"]
    assert (error["field"], error["detail"]) == ("网格体系", "no network 'city'")
    publish(session, "city", ["J1"], SQUARE)
    wrong = f"{HEADER}\nA1,张伟,,,city,J9,网格长,,,,\n"
    (error,) = take(session, wrong, dry_run=True)["errors"]
    assert (error["field"], error["detail"]) == ("网格编号", "network city has no grid 'J9'")
    assert take(session, wrong, any_grid=True)["stored"]


@pytest.mark.usefixtures("city")
def test_english_headings_and_people_without_numbers(session: Session) -> None:
    content = "Name;Phone;Department;Grid;Role;Valid from\nWang Fang;020 1234567;Works;J1;grid chief;2024-01-05\n"
    assert take(session, content, network="city")["people"]["added"] == 1
    again = take(session, content.replace("J1", "J2"), NOW + DAY, network="city")
    assert (again["people"]["added"], again["posts"]["added"]) == (0, 1)


@pytest.mark.usefixtures("city")
def test_a_complete_list_ends_what_it_does_not_name(session: Session) -> None:
    take(session, LIST)
    without = "\n".join(line for line in LIST.splitlines() if not line.startswith("A3"))
    report = take(session, without, NOW + DAY, complete=True)
    assert (report["posts"]["ended"], report["posts"]["unchanged"]) == (1, 2)
    assert store.rows(session, PostFilter(grid="J2", at=NOW + DAY)) == []
    assert len(store.rows(session, PostFilter(grid="J2", at=NOW))) == 1


@pytest.mark.usefixtures("city")
def test_an_erased_person_does_not_come_back_with_the_next_list(session: Session) -> None:
    take(session, LIST)
    (wang,) = people.page(session, ADMIN, PersonFilter(text="A3"), limit=2)
    people.erase(session, ADMIN, wang.id, NOW)
    (error,) = take(session, LIST, NOW + DAY, dry_run=True)["errors"]
    assert (error["row"], error["detail"]) == (4, "this person was erased on request")


def test_only_administrators_import(session: Session) -> None:
    planner = Caller("user:li", frozenset({"plan", "lookup", "events"}))
    with pytest.raises(Forbidden):
        import_staff(session, planner, table(LIST), StaffOrder(), NOW)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("a,b\n1,2\n", "no column 姓名"),
        ("姓名,姓名\n1,2\n", "there twice"),
        ("姓名,name,岗位,网格编号,网格体系\n1,2,3,4,5\n", "both say name"),
        ("", "."),
    ],
)
def test_what_is_no_staff_list(session: Session, content: str, match: str) -> None:
    with pytest.raises(FileError, match=match):
        take(session, content)


def test_the_synthetic_town_s_list_goes_in_as_it_is(session: Session, tmp_path: Path) -> None:
    manifest = make_sample_town(tmp_path / "town", "small", 1)
    for code in manifest["networks"]:
        networks.add(session, code, code, None)
    with (tmp_path / "town" / "staff.xlsx").open("rb") as file:
        listed = read_table(file, "staff.xlsx")
    report = import_staff(session, ADMIN, listed, StaffOrder(), NOW)
    assert report["rows"] == report["posts"]["added"] == manifest["staff"]["posts"]
    sheet = openpyxl.load_workbook(tmp_path / "town" / "staff.xlsx", read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True, min_row=2))
    assert report["people"]["added"] == len({row[0] for row in rows})
    ended = {row[0] for row in rows if row[8]}
    assert ended == set(manifest["staff"]["ended"])
    now = {row.person.code for row in store.rows(session, PostFilter(at=NOW))}
    assert now == {row[0] for row in rows} - ended
    assert import_staff(session, ADMIN, listed, StaffOrder(), NOW + DAY)["posts"]["unchanged"] == len(rows)
