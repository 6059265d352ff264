"""Posts with two times: what holds, and what was believed when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import db
from app.errors import Conflict, Forbidden, InputError, NotFound
from app.rules.accounts.access import SCOPES, Caller
from app.services.staff import people, posts
from app.services.staff.people import NewPerson, PersonChange
from app.services.staff.posts import NewPost, PostChange
from app.store.networks import networks
from app.store.staff import posts as store
from app.store.staff.people import PersonFilter
from app.store.staff.posts import PostFilter

ADMIN = Caller("cli:root", frozenset(SCOPES))
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def wei(session: Session) -> int:
    networks.add(session, "unified", "统一网格", None)
    return people.add(session, ADMIN, NewPerson("张伟", "A1")).id


def appoint(session: Session, person: int, now: datetime = NOW, **more: object) -> int:
    facts = {"role": "网格长", "network": "unified", "grid": "J1", "valid_from": START, **more}
    return posts.appoint(session, ADMIN, NewPost(person, **facts), now).id  # type: ignore[arg-type]


def known(session: Session, at: datetime, known_at: datetime | None = None) -> list[tuple[int, str, object]]:
    rows = store.rows(session, PostFilter(network="unified", at=at, known_at=known_at))
    return [(row.post.id, row.term.shift, row.term.valid.upper) for row in rows]


def test_a_post_is_given_and_shown_as_the_caller_may_see_it(session: Session, wei: int) -> None:
    post = appoint(session, wei, shift="周一至周五 8:00-18:00")
    (shown,) = posts.describe(ADMIN, store.rows(session, PostFilter(person=wei)))
    assert shown["post"] == post
    assert (shown["role"], shown["name"], shown["shift"]) == ("grid_chief", "张伟", "Mon-Fri 08:00-18:00")
    (masked,) = posts.describe(Caller("user:li", frozenset({"lookup"})), store.rows(session, PostFilter(grid="J1")))
    assert masked["name"] == "张**"


def test_a_correction_is_a_new_row_and_the_old_belief_stays(session: Session, wei: int) -> None:
    post = appoint(session, wei)
    later = NOW + DAY
    posts.correct(session, ADMIN, post, PostChange(shift="Mon 08:00-12:00"), later)
    assert known(session, START + DAY) == [(post, "Mon 08:00-12:00", None)]
    assert known(session, START + DAY, later - timedelta(microseconds=1)) == [(post, "", None)]
    assert known(session, START + DAY, NOW - DAY) == []
    assert len(store.history(session, post)) == 2
    with pytest.raises(InputError, match="nothing would change"):
        posts.correct(session, ADMIN, post, PostChange(shift="Mon 8:00-12:00"), later + DAY)


def test_ended_and_taken_up_again_it_is_the_same_post(session: Session, wei: int) -> None:
    post = appoint(session, wei)
    posts.end(session, ADMIN, post, START + 10 * DAY, NOW + DAY)
    assert known(session, START + 9 * DAY) == [(post, "", START + 10 * DAY)]
    assert known(session, START + 10 * DAY) == []
    assert appoint(session, wei, NOW + 2 * DAY, valid_from=START + 20 * DAY) == post
    assert known(session, START + 20 * DAY) == [(post, "", None)]
    with pytest.raises(Conflict, match="already"):
        appoint(session, wei, NOW + 3 * DAY, valid_from=START + 5 * DAY)
    posts.end(session, ADMIN, post, START + 5 * DAY, NOW + 4 * DAY)
    assert known(session, START + 20 * DAY) == []
    with pytest.raises(Conflict, match="ended"):
        posts.end(session, ADMIN, post, START + 6 * DAY, NOW + 5 * DAY)


def test_two_changes_at_one_moment_keep_their_order(session: Session, wei: int) -> None:
    post = appoint(session, wei)
    posts.correct(session, ADMIN, post, PostChange(load=0.5), NOW)
    posts.correct(session, ADMIN, post, PostChange(load=0.25), NOW)
    (shown,) = posts.describe(ADMIN, store.rows(session, PostFilter(person=wei)))
    assert shown["load"] == 0.25
    assert len(store.history(session, post)) == 3


def test_the_database_itself_refuses_two_terms_at_one_moment(session: Session, wei: int) -> None:
    post = appoint(session, wei)
    insert = "INSERT INTO post_terms (post_id, load, valid, recorded) VALUES (:post, 1, '[2026-02-01,)', '(,)')"
    with pytest.raises(Exception, match="ex_post_terms_one_at_a_time"), session.begin_nested():
        session.execute(text(insert), {"post": post})


def test_leave_is_recorded_and_withdrawn_without_a_reason(session: Session, wei: int) -> None:
    li = people.add(session, ADMIN, NewPerson("李娜", "A2")).id
    made = posts.take_leave(session, ADMIN, wei, (START, START + DAY), NOW, li)
    assert [row.substitute_id for row in store.absences(session, person_id=wei)] == [li]
    posts.withdraw_leave(session, ADMIN, made.id, NOW + DAY)
    assert list(store.absences(session, person_id=wei)) == []
    assert len(store.absences(session, NOW, wei)) == 1
    with pytest.raises(NotFound):
        posts.withdraw_leave(session, ADMIN, made.id, NOW + DAY)
    with pytest.raises(InputError, match="their own"):
        posts.take_leave(session, ADMIN, wei, (START, None), NOW, wei)
    with pytest.raises(InputError, match="before it begins"):
        posts.take_leave(session, ADMIN, wei, (START, START), NOW)


def test_a_word_nobody_knows_becomes_a_role_of_the_place(session: Session, wei: int) -> None:
    appoint(session, wei, role="楼长")
    appoint(session, wei, role="楼长", grid="J2")
    assert [(role.name, role.local) for role in store.roles(session) if role.local] == [("楼长", True)]


@pytest.mark.parametrize(
    "wrong",
    [{"valid_until": START}, {"load": 0.0}, {"load": 6.0}, {"shift": "always and ever"}, {"grid": " "}, {"role": ""},
     {"substitutes": (10**9,)}],
)  # fmt: skip
def test_what_cannot_be_is_refused(session: Session, wei: int, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        appoint(session, wei, **wrong)


def test_only_administrators_give_posts(session: Session, wei: int) -> None:
    operator = Caller("user:zhao", frozenset({"lookup", "events", "plan"}))
    with pytest.raises(Forbidden):
        posts.appoint(session, operator, NewPost(wei, "网格长", "unified", "J1", START), NOW)
    with pytest.raises(Forbidden):
        posts.end(session, operator, 1, NOW, NOW)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("end"), st.integers(1, 20)),
        st.tuples(st.just("load"), st.integers(1, 5)),
        st.tuples(st.just("again"), st.integers(1, 20)),
    ),
    max_size=6,
)


@settings(max_examples=15)
@given(steps)
def test_what_was_believed_stays_whatever_comes_later(session: Session, changes: list[tuple[str, int]]) -> None:
    """After every step the answers for all earlier states of knowledge are what they were."""
    with session.begin_nested() as scratch:
        networks.find(session, "unified") or networks.add(session, "unified", "统一网格", None)
        post = appoint(session, people.add(session, ADMIN, NewPerson("张伟")).id)
        days = [START + n * DAY for n in range(0, 22, 3)]
        believed: dict[datetime, list[object]] = {}
        for number, (step, value) in enumerate(changes):
            moment = NOW + number * DAY
            believed[moment] = [known(session, day, moment) for day in days]
            person = store.get(session, post).person_id
            try:
                if step == "end":
                    posts.end(session, ADMIN, post, START + value * DAY, moment + DAY / 2)
                elif step == "load":
                    posts.correct(session, ADMIN, post, PostChange(load=value / 5), moment + DAY / 2)
                else:
                    appoint(session, person, moment + DAY / 2, valid_from=START + value * DAY)
            except (Conflict, InputError):
                continue
        for moment, answers in believed.items():
            assert [known(session, day, moment) for day in days] == answers
        scratch.rollback()


def test_two_writers_wait_in_turn_and_neither_dies(database: str) -> None:
    """One holds a person and would count the change, the other the other way round: without one order, a deadlock."""
    engine, start = db.make_engine(database), Barrier(2)
    with db.transaction(engine) as session:
        ids = [people.add(session, ADMIN, NewPerson(name)).id for name in ("张伟", "李娜")]

    def change(order: list[int]) -> None:
        start.wait(timeout=30)
        with db.transaction(engine) as session:
            for person in order:
                people.change(session, ADMIN, person, PersonChange(phone=f"1380000{order[0]:04d}"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, [ids, ids[::-1]]))
    with db.transaction(engine) as session:
        phones = {person.phone for person in people.page(session, ADMIN, PersonFilter(), limit=9)}
        assert len(phones) == 1, "one writer came whole after the other"
    engine.dispose()
