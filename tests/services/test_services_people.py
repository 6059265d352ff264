"""Personal data: who sees what, and that what is erased is gone everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound
from app.rules.accounts.access import SCOPES, Caller
from app.services.staff import people
from app.services.staff.people import NewPerson, PersonChange
from app.store.staff.people import PersonFilter

ADMIN = Caller("cli:root", frozenset(SCOPES))
VIEWER = Caller("user:li", frozenset({"lookup"}))
OPERATOR = Caller("user:zhao", frozenset({"lookup", "events"}))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
WEI = NewPerson("张伟", "A0007", "13812341234", "wei@city.example")
SECRETS = ("张伟", "13812341234", "wei@city.example", "A0007")


def everything(session: Session) -> str:
    """All rows of all tables that could hold a trace, as text."""
    tables = ("people", "audit", "posts", "post_terms", "absences", "runs")
    return "".join(str(session.scalar(text(f"SELECT json_agg(t)::text FROM {table} t"))) for table in tables)


def test_masked_for_those_who_only_look_up(session: Session) -> None:
    wei = people.add(session, ADMIN, WEI)
    shown = people.describe(session, VIEWER, wei)
    assert [shown[field] for field in ("code", "name", "phone", "email")] == [
        None, "张**", "138****1234", "w**@city.example",
    ]  # fmt: skip
    assert people.describe(session, OPERATOR, wei)["phone"] == "13812341234"


def test_a_mask_cannot_be_lifted_by_searching(session: Session) -> None:
    people.add(session, ADMIN, WEI)
    for secret in SECRETS:
        assert len(people.page(session, OPERATOR, PersonFilter(text=secret), limit=10)) == 1
        with pytest.raises(Forbidden):
            people.page(session, VIEWER, PersonFilter(text=secret), limit=10)
    assert len(people.page(session, VIEWER, PersonFilter(), limit=10)) == 1


def test_the_trail_never_holds_who_somebody_is(session: Session) -> None:
    wei = people.add(session, ADMIN, WEI)
    people.change(session, ADMIN, wei.id, PersonChange(name="张大伟", phone="13900001111", email=""))
    trail = session.scalar(text("SELECT json_agg(a)::text FROM audit a"))
    assert not [secret for secret in (*SECRETS, "张大伟", "13900001111") if secret in trail]
    assert '"fields": ["name", "phone", "email"]' in trail


def test_erased_means_gone_but_for_the_id(session: Session) -> None:
    wei = people.add(session, ADMIN, WEI)
    people.erase(session, ADMIN, wei.id, NOW)
    assert not [secret for secret in SECRETS if secret in everything(session)]
    shown = people.describe(session, ADMIN, wei)
    assert (shown["id"], shown["name"], shown["erased_at"]) == (wei.id, None, NOW)
    with pytest.raises(Conflict):
        people.change(session, ADMIN, wei.id, PersonChange(name="x"))
    with pytest.raises(Conflict):
        people.erase(session, ADMIN, wei.id, NOW)


def test_an_administrator_adds_people_once(session: Session) -> None:
    people.add(session, ADMIN, WEI)
    with pytest.raises(Conflict):
        people.add(session, ADMIN, WEI)
    for attempt in (
        lambda: people.add(session, OPERATOR, WEI),
        lambda: people.erase(session, OPERATOR, 1, NOW),
        lambda: people.change(session, OPERATOR, 1, PersonChange()),
    ):
        with pytest.raises(Forbidden):
            attempt()
    with pytest.raises(NotFound):
        people.erase(session, ADMIN, 10**9, NOW)


@pytest.mark.parametrize(
    "wrong", [NewPerson(""), NewPerson("x" * 101), NewPerson("x", phone="call me"), NewPerson("x", email="nowhere")]
)
def test_what_cannot_be_is_refused_without_repeating_it(session: Session, wrong: NewPerson) -> None:
    with pytest.raises(InputError) as error:
        people.add(session, ADMIN, wrong)
    assert "call me" not in str(error.value)
    assert "nowhere" not in str(error.value)
