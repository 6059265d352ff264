"""The matrix against brute force: the choice of a duty on every part of every grid, one at a time."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.rules.duties.duties import OWNER, Duty, Place, Scope, disagree, holds, parse_scope
from app.rules.duties.duty_choice import Choice, choose
from app.rules.duties.duty_hours import Instant, active, parse_hours
from app.rules.duties.matters import Matter
from app.rules.duties.responsibility import BITS, OWNERS, Parts, leads_by_time, lines_of, matrix

MATTERS = [
    Matter("component", "01001", "供水井盖", table="T", origin="T"),
    Matter("matter", "01001", "供水井盖异常", table="T", origin="T"),
    Matter("matter", "06010", "暴露垃圾", table="T", origin="T"),
    Matter("matter", "06011", "积存垃圾", table="T", origin="T"),
]
PLACES = [  # of two grids; the second has three parts
    (0, Place("440115001001", "resident", {"old": "1"})),
    (1, Place("440115001002", "business", {"old": "1"})),
    (1, Place("440115001002", "business", {"old": "2"}, zones=frozenset({"z/1"}))),
    (1, Place("440115001002", "business", {"old": ""})),
]
SCOPES = ["everywhere", "area:440115001", "area:440115001002", "kind:business", "network:old", "grid:old/1",
          "grid:old/2", "zone:z/1", "owner:水务", "owner:*"]  # fmt: skip
GROUND = SCOPES[:-2]
PARTS = Parts(
    2,
    np.array([grid for grid, _ in PLACES]),
    np.array([[holds(parse_scope(s), p) for _, p in PLACES] for s in GROUND]),
)

duties_drawn = st.lists(
    st.builds(
        lambda number, kind, code, lead, scope, hours, replaces, own: Duty(
            f"{number:03d}",
            kind,
            "T",
            code,
            lead,
            parse_scope(scope),
            parse_hours(hours),
            replaces=replaces,
            list_name=own,
        ),
        st.integers(0, 999),
        st.sampled_from(["matter", "component"]),
        st.sampled_from(["01001", "06010", "06", "01", "*"]),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(SCOPES),
        st.sampled_from(["", "", "", "22:00-06:00", "周六"]),
        st.booleans(),
        st.sampled_from(["城管", "综治"]),
    ),
    max_size=8,
    unique_by=lambda duty: duty.number,
)


def brute(duties: list[Duty], matter: Matter) -> list[int]:
    """The flags of the matter's cells by the words of the definition, through `choose`."""
    flags = [0, 0]
    ground = [duty for duty in duties if duty.scope.kind != OWNER]
    owned = [duty for duty in duties if duty.scope.kind == OWNER and duty.closeness(matter)]
    for at, _ in active([duty.hours for duty in duties]):
        for grid in (0, 1):
            choices = [choose(ground, matter, place, at) for owner, place in PLACES if owner == grid]
            flags[grid] |= _judged(choices, matter)
    for grid in (0, 1):
        if owned:
            flags[grid] &= ~BITS["unowned"] if not _led(ground, matter, grid) else 0xFF
        if any(_twins(a, b, matter) for a, b in combinations(owned, 2)):
            flags[grid] |= BITS["duplicate"]
    return flags


def _judged(choices: list[Choice], matter: Matter) -> int:
    flags, settled = 0, set()
    for choice in choices:
        if choice.duty is None:
            flags |= BITS["unowned"]
            continue
        top = choice.duty
        flags |= BITS["duplicate"] if choice.tied else 0
        beaten = [loser.duty for loser in choice.losers if loser.rule not in ("place", "hours", "owner")]
        wider = [duty for duty in beaten if duty not in choice.tied]
        if any(disagree(top, top.closeness(matter), duty, duty.closeness(matter)) for duty in wider):
            flags |= BITS["crossed"]
        if not top.replaces and not top.hours.restricted:
            settled.add(choice.lead)
    return flags | (BITS["crossed"] if len(settled) > 1 else 0)


def _led(ground: list[Duty], matter: Matter, grid: int) -> bool:
    """Whether anybody leads on any part of the grid at any time."""
    at_all = [at for at, _ in active([duty.hours for duty in ground])]
    return any(choose(ground, matter, p, at).duty for at in at_all for owner, p in PLACES if owner == grid)


def _twins(a: Duty, b: Duty, matter: Matter) -> bool:
    same = (a.scope, a.closeness(matter), a.hours.restricted) == (b.scope, b.closeness(matter), b.hours.restricted)
    return same and a.lead != b.lead


@given(duties_drawn)
def test_matrix_says_what_brute_force_says(duties: list[Duty]) -> None:
    made = matrix(duties, MATTERS, GROUND, PARTS)
    assert made.flags.T.tolist() == [brute(duties, matter) for matter in MATTERS]


@given(duties_drawn)
def test_a_clean_cell_has_one_lead_and_a_lead_is_on_no_unowned_cell(duties: list[Duty]) -> None:
    """Design rule 6, for every part and moment of the cells that the matrix calls clean."""
    made = matrix(duties, MATTERS, GROUND, PARTS)
    ground = [duty for duty in duties if duty.scope.kind != OWNER]
    for at, _ in active([duty.hours for duty in duties]):
        for grid, place in PLACES:
            for number, matter in enumerate(MATTERS):
                if made.flags[grid, number] or made.lead[grid, number] == OWNERS:
                    continue
                choice = choose(ground, matter, place, at)
                assert choice.duty is not None
                assert choice.tied == ()


@given(duties_drawn)
def test_component_and_matter_of_one_code_are_judged_apart(duties: list[Duty]) -> None:
    """Design rule 11: without the duties of one kind the other's cells stay as they are."""
    made = matrix(duties, MATTERS, GROUND, PARTS)
    matters_only = matrix([duty for duty in duties if duty.kind == "matter"], MATTERS, GROUND, PARTS)
    assert (made.flags[:, 1:] == matters_only.flags[:, 1:]).all()


def test_lines_behind_a_cell_come_in_the_order_of_choice() -> None:
    said = ["06 everywhere", "06010 grid:old/1", "06010 everywhere", "06010 zone:z/1", "01001 everywhere"]
    pairs = [line.split() for line in said]
    named = [Duty(str(n), "matter", "T", code, "A", parse_scope(scope)) for n, (code, scope) in enumerate(pairs)]
    behind = lines_of(named, MATTERS[2], GROUND, PARTS.holds[:, 0])
    assert [duty.number for duty in behind] == ["1", "2", "0"]


def test_nothing_said_is_nobody() -> None:
    made = matrix([], MATTERS, GROUND, PARTS)
    assert (made.flags == BITS["unowned"]).all()
    assert Scope() == parse_scope("全域")
    assert Instant((1, 1), 0, 0) == active([])[0][0]


@given(duties_drawn)
def test_everybody_who_leads_at_some_time_is_found_by_the_choice_at_each(duties: list[Duty]) -> None:
    made = leads_by_time(duties, MATTERS, GROUND, PARTS.holds)
    ground = [duty for duty in duties if duty.scope.kind != OWNER]
    expected = set()
    for part, (_, place) in enumerate(PLACES):
        for number, matter in enumerate(MATTERS):
            choices = (choose(ground, matter, place, at) for at, _ in active([duty.hours for duty in duties]))
            leads = {choice.lead for choice in choices if choice.duty is not None}
            leads |= {duty.lead for duty in duties if duty.scope.kind == OWNER and duty.closeness(matter)}
            expected |= {(part, number, lead) for lead in leads}
    found = list(zip(made.part.tolist(), made.matter.tolist(), made.lead.tolist(), strict=True))
    assert len(set(found)) == len(found)
    assert {(part, matter, made.names[lead]) for part, matter, lead in found} == expected


def test_an_owner_without_a_lead_leads_on_its_own_objects() -> None:
    lines = [
        Duty("1", "matter", "T", "01001", "", Scope(OWNER, "供水公司")),
        Duty("2", "matter", "T", "01001", "", Scope(OWNER, "*")),
    ]
    made = leads_by_time(lines, MATTERS, GROUND, PARTS.holds)
    assert [made.names[lead] for lead in made.lead] == ["供水公司"] * len(PLACES)
