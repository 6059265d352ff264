from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound, Refused
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import audit
from app.services.staff import departments
from app.services.staff.departments import DepartmentChange, NewDepartment
from app.store.accounts.audit import AuditFilter
from app.store.networks import networks
from app.store.staff import departments as store

ADMIN = Caller("cli:root", frozenset(SCOPES))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def add(session: Session, code: str, name: str = "", **more: str) -> None:
    departments.add(session, ADMIN, NewDepartment(code, name or code, **more), TODAY)


def test_a_tree_with_lines(session: Session) -> None:
    add(session, "district", "南沙区")
    add(session, "cm", "区城管局", parent="district")
    add(session, "env", "环卫所", parent="cm", line="环卫")
    shown = {d.code: departments.describe(session, d) for d in store.every(session)}
    assert [(shown[c]["line"], shown[c]["parent"]) for c in ("district", "cm", "env")] == [
        (None, None), ("city_management", "district"), ("sanitation", "cm"),
    ]  # fmt: skip


def test_nothing_stands_below_itself(session: Session) -> None:
    add(session, "a")
    add(session, "b", parent="a")
    add(session, "c", parent="b")
    for parent in ("a", "c"):
        with pytest.raises(InputError, match="below itself"):
            departments.change(session, ADMIN, "a", DepartmentChange(parent=parent), TODAY)
    moved = departments.change(session, ADMIN, "c", DepartmentChange(parent=""), TODAY)
    assert moved.parent_id is None


def test_retired_is_kept_and_takes_nothing_new(session: Session) -> None:
    add(session, "a")
    add(session, "b", parent="a")
    add(session, "heir")
    with pytest.raises(Refused) as refused:
        departments.retire(session, ADMIN, "a", NOW)
    assert refused.value.reasons == ["b is open: move or retire it"]
    departments.retire(session, ADMIN, "b", NOW, successor="heir")
    retired = departments.retire(session, ADMIN, "a", NOW)
    assert departments.describe(session, retired)["retired_at"] == NOW
    with pytest.raises(Conflict, match="is or was"):
        add(session, "a")
    with pytest.raises(Conflict, match="retired"):
        add(session, "c", parent="a")
    (entry,) = audit.entries(session, ADMIN, AuditFilter(subject="department/b", action="retire"))
    assert entry.after is not None
    assert entry.after["successor"] == "heir"


def test_a_name_finds_its_department_unless_two_have_it(session: Session) -> None:
    add(session, "one", "环卫所")
    assert departments.named(session, "环卫所").code == "one"
    add(session, "two", "环卫所")
    with pytest.raises(Conflict, match="one, two"):
        departments.named(session, "环卫所")
    assert departments.named(session, "two").code == "two"
    departments.retire(session, ADMIN, "one", NOW)
    assert departments.named(session, "环卫所").code == "two"
    with pytest.raises(NotFound):
        departments.named(session, "nobody")


def test_the_list_of_lines_is_dated_and_can_be_extended(session: Session) -> None:
    departments.add_line(session, ADMIN, "rivers", "河长", date(2026, 1, 1), date(2026, 6, 1))
    assert "rivers" in {line.code for line in store.lines(session, date(2026, 5, 31))}
    assert "rivers" not in {line.code for line in store.lines(session, date(2026, 6, 1))}
    with pytest.raises(InputError, match="no line 'rivers'"):
        add(session, "x", line="rivers")
    with pytest.raises(Conflict):
        departments.add_line(session, ADMIN, "party", "党建")
    names = {line.name for line in store.lines(session)}
    assert {"党建", "综治", "城管", "文明", "环卫", "市政", "执法", "应急"} <= names


def test_a_network_is_linked_and_its_text_stays(session: Session) -> None:
    networks.add(session, "civilization", "文明", "区文明办（旧）")
    add(session, "wm", "区文明办")
    linked = departments.link_network(session, ADMIN, "civilization", "wm")
    network = networks.get(session, "civilization")
    assert (network.department, network.department_id) == ("区文明办（旧）", linked.id)


def test_only_administrators_change_departments(session: Session) -> None:
    planner = Caller("user:li", frozenset({"plan", "lookup", "events"}))
    for attempt in (
        lambda: departments.add(session, planner, NewDepartment("x", "x"), TODAY),
        lambda: departments.change(session, planner, "x", DepartmentChange(name="y"), TODAY),
        lambda: departments.retire(session, planner, "x", NOW),
        lambda: departments.add_line(session, planner, "x", "x"),
        lambda: departments.link_network(session, planner, "x", "x"),
    ):
        with pytest.raises(Forbidden):
            attempt()


@pytest.mark.parametrize(("code", "name"), [("", "x"), ("x", " "), ("x" * 65, "x"), ("a\0b", "x")])
def test_names_are_words(session: Session, code: str, name: str) -> None:
    with pytest.raises(InputError):
        departments.add(session, ADMIN, NewDepartment(code, name), TODAY)
