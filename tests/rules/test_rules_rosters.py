"""Who is on duty, with moments checked against a plain list of instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.rules.staff.rosters import Away, Entry, Held, Times, chief, roster
from app.rules.staff.shifts import parse_shift

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 1, 5, 12, tzinfo=ZONE)
OPEN = Times(START, None, START, None)
A, B, C = 1, 2, 3


def one(held: Held, *away: Away, at: datetime = MONDAY_NOON) -> Entry:
    by_person: dict[int, list[Away]] = {}
    for leave in away:
        by_person.setdefault(leave.person, []).append(leave)
    (entry,) = roster([held], by_person, at, ZONE)
    return entry


def test_on_shift_off_shift_and_always() -> None:
    office = parse_shift("Mon-Fri 08:00-18:00")
    assert one(Held(7, A, "grid_member", OPEN, office)) == Entry(7, "grid_member", A, A, True, "on shift")
    off = one(Held(7, A, "grid_member", OPEN, office), at=MONDAY_NOON + timedelta(hours=10))
    assert (off.on_duty, off.reason) == (False, "off shift until 2026-01-06 08:00")
    assert one(Held(7, A, "grid_member", OPEN)).reason == "on duty at all hours"


def test_the_shift_is_read_on_the_clock_of_the_place() -> None:
    early = parse_shift("Mon 00:00-04:00")
    sunday_utc = datetime(2026, 1, 4, 18, tzinfo=UTC)  # Monday, 02:00 in Shanghai
    assert one(Held(7, A, "volunteer", OPEN, early), at=sunday_utc).on_duty


def test_a_substitute_stands_in_the_absence_s_own_first() -> None:
    post = Held(7, A, "grid_chief", OPEN, substitutes=(B, C))
    until = MONDAY_NOON + timedelta(days=2)
    gone = Times(START, until, START, None)
    stood = one(post, Away(A, gone))
    assert (stood.person, stood.holder, stood.on_duty, stood.stands_in) == (B, A, True, True)
    assert stood.reason == "the holder is away until 2026-01-07 12:00; substitute 1 stands in"
    assert one(post, Away(A, gone, C)).person == C
    assert one(post, Away(A, gone), Away(B, OPEN)).reason.endswith("substitute 2 stands in")
    nobody = one(post, Away(A, OPEN), Away(B, gone), Away(C, gone))
    assert (nobody.person, nobody.on_duty) == (A, False)
    assert nobody.reason == "the holder is away until further notice; no substitute is there"


def test_nobody_stands_in_for_oneself() -> None:
    assert not one(Held(7, A, "grid_chief", OPEN, substitutes=(A,)), Away(A, OPEN, A)).on_duty


def test_a_correction_is_seen_from_when_it_was_recorded() -> None:
    corrected = START + timedelta(days=30)
    believed = Held(7, A, "grid_chief", Times(START, None, START, corrected))
    known = Held(7, B, "grid_chief", Times(START, None, corrected, None))
    assert [entry.person for entry in roster([believed, known], {}, MONDAY_NOON, ZONE)] == [B]
    before = corrected - timedelta(microseconds=1)
    assert [entry.person for entry in roster([believed, known], {}, MONDAY_NOON, ZONE, before)] == [A]
    assert [entry.person for entry in roster([believed, known], {}, MONDAY_NOON, ZONE, corrected)] == [B]


def test_the_chief_comes_first_and_local_roles_last() -> None:
    roles = ["文明督导员", "volunteer", "grid_chief", "grid_member"]
    entries = roster([Held(n, n, role, OPEN) for n, role in enumerate(roles)], {}, MONDAY_NOON, ZONE)
    assert [entry.role for entry in entries] == ["grid_chief", "grid_member", "volunteer", "文明督导员"]
    head = chief(entries)
    assert head is not None
    assert head.post == 2
    assert chief(entries[1:]) is None


days = st.integers(0, 20)
ranges = st.tuples(days, st.one_of(st.none(), days)).filter(lambda pair: pair[1] is None or pair[0] < pair[1])


def times(pair: tuple[int, int | None]) -> Times:
    start, end = pair
    return Times(START + timedelta(days=start), None if end is None else START + timedelta(days=end), START, None)


@given(st.lists(st.tuples(st.integers(1, 3), ranges), max_size=6), st.lists(st.tuples(st.integers(1, 3), ranges)), days)
def test_every_post_held_has_one_entry_and_nobody_away_is_on_duty(
    posts: list[tuple[int, tuple[int, int | None]]], leaves: list[tuple[int, tuple[int, int | None]]], day: int
) -> None:
    at = START + timedelta(days=day)
    held = [
        Held(n, person, "grid_member", times(pair), substitutes=(1, 2, 3)) for n, (person, pair) in enumerate(posts)
    ]
    away: dict[int, list[Away]] = {}
    for person, pair in leaves:
        away.setdefault(person, []).append(Away(person, times(pair)))
    inside = {n for n, (_, (start, end)) in enumerate(posts) if start <= day and (end is None or day < end)}
    gone = {person for person, (start, end) in leaves if start <= day and (end is None or day < end)}
    entries = roster(held, away, at, ZONE)
    assert {entry.post for entry in entries} == inside
    assert len(entries) == len(inside)
    assert all(entry.on_duty == (entry.person not in gone) for entry in entries)
    assert all(entry.on_duty for entry in entries) or gone == {1, 2, 3} or not entries
