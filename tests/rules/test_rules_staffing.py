"""The audit of staff, against counts by hand and, for any staff, by brute force."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.rules.staff.staffing import audit
from app.rules.staff.staffing_terms import Ground, Holding, Rule, rules_for

LOADS = {"grid_chief": 1.0, "grid_member": 1.0, "volunteer": 0.1}
CHIEF = Rule("grid_chief", 1, 1)
HOMES = [CHIEF, Rule("grid_member", 1, kind="resident"), Rule("volunteer", 1, kind="resident")]


def post(number: int, person: int, role: str, grid: str, **more: object) -> Holding:
    return Holding(number, person, role, "unified", grid, **{"load": LOADS.get(role, 1.0), **more})  # type: ignore[arg-type]


def test_a_full_grid_has_no_findings() -> None:
    staff = [post(1, 1, "grid_chief", "J1"), post(2, 2, "grid_member", "J1"), post(3, 3, "volunteer", "J1")]
    found = audit([Ground("unified", "J1", "resident")], staff, HOMES, LOADS)
    assert not any((found.vacancies, found.surpluses, found.doubles, found.overloads, found.strays))


def test_the_mix_is_asked_of_its_kind_only() -> None:
    found = audit([Ground("unified", "J1", "resident"), Ground("unified", "S1", "business")], [], HOMES, LOADS)
    assert [(v.grid, v.role, v.wanted, v.found) for v in found.vacancies] == [
        ("J1", "grid_chief", 1, 0), ("J1", "grid_member", 1, 0), ("J1", "volunteer", 1, 0), ("S1", "grid_chief", 1, 0),
    ]  # fmt: skip
    assert {v.proposal.action for v in found.vacancies} == {"appoint"}


def test_of_two_chiefs_the_later_goes() -> None:
    staff = [post(1, 1, "grid_chief", "J1", since="2021"), post(2, 2, "grid_chief", "J1", since="2020")]
    (surplus,) = audit([Ground("unified", "J1")], staff, [CHIEF], LOADS).surpluses
    assert (surplus.most, surplus.posts) == (1, (1, 2))
    assert (surplus.proposal.action, surplus.proposal.post) == ("end", 1)


def test_a_member_to_spare_becomes_the_chief_who_lacks() -> None:
    members = [post(n, n, "grid_member", "J1", since=f"202{n}") for n in (1, 2)]
    found = audit([Ground("unified", "J1", "resident")], members, HOMES[:2], LOADS)
    assert [(v.role, v.proposal.action, v.proposal.person) for v in found.vacancies] == [("grid_chief", "promote", 1)]
    found = audit([Ground("unified", "J1", "resident")], members[:1], HOMES[:2], LOADS)
    assert [v.proposal.action for v in found.vacancies] == ["appoint"], "the only member is needed where they are"


def test_a_surplus_moves_from_the_same_area_first() -> None:
    grounds = [Ground("unified", code, "resident", area) for code, area in (("A", "x"), ("B", "y"), ("C", "y"))]
    staff = [post(n, n, "grid_member", grid) for n, grid in enumerate(["A", "A", "B", "B"], 1)]
    (vacancy,) = audit(grounds, staff, [Rule("grid_member", 1)], LOADS).vacancies
    assert (vacancy.grid, vacancy.proposal.action, vacancy.proposal.grid) == ("C", "move", "B")
    assert "same area" in vacancy.proposal.reason


def test_who_has_time_takes_a_second_grid() -> None:
    grounds = [Ground("unified", "A"), Ground("unified", "B")]
    rule = Rule("volunteer", 1)
    (vacancy,) = audit(grounds, [post(1, 9, "volunteer", "A")], [rule], LOADS).vacancies
    assert (vacancy.proposal.action, vacancy.proposal.person) == ("share", 9)
    (vacancy,) = audit(grounds, [post(1, 9, "volunteer", "A")], [rule], LOADS, most_load=0.15).vacancies
    assert vacancy.proposal.action == "appoint"


def test_doubles_and_overloads_are_told_apart() -> None:
    staff = [
        post(1, 1, "grid_chief", "A", since="1"), post(2, 1, "grid_chief", "B", since="2"),
        post(3, 2, "volunteer", "A"), post(4, 2, "volunteer", "B"),
    ]  # fmt: skip
    found = audit([Ground("unified", "A"), Ground("unified", "B")], staff, [], LOADS)
    assert [(double.person, double.posts, double.load) for double in found.doubles] == [
        (1, (1, 2), 2.0),
        (2, (3, 4), 0.2),
    ]
    (overload,) = found.overloads
    assert (overload.person, overload.load, overload.limit) == (1, 2.0, 1.0)
    assert (overload.proposal.action, overload.proposal.post) == ("hand_over", 2)


def test_loads_of_tenths_fill_a_day_exactly() -> None:
    staff = [post(n, 1, "volunteer", f"G{n}") for n in range(10)]
    assert audit([], staff, [], LOADS).overloads == []


def test_posts_on_grids_that_are_no_more_are_strays() -> None:
    found = audit([Ground("unified", "A")], [post(1, 1, "grid_chief", "OLD")], [], LOADS)
    assert [(stray.post, stray.grid) for stray in found.strays] == [(1, "OLD")]


def test_the_precise_rule_beats_the_general_and_equals_add_up_to_the_stricter() -> None:
    ground = Ground("unified", "A", "resident")
    general, kind = Rule("volunteer", 1), Rule("volunteer", 3, kind="resident")
    network = Rule("volunteer", 0, network="unified")
    assert rules_for(ground, [general, kind]) == [kind]
    assert rules_for(ground, [network, kind, general]) == [network]
    (both,) = rules_for(ground, [Rule("volunteer", 1, 4), Rule("volunteer", 2, 5)])
    assert (both.least, both.most) == (2, 4)
    assert rules_for(ground, [Rule("volunteer", 1, kind="business")]) == []


codes = st.sampled_from(["A", "B", "C"])
roles = st.sampled_from(["grid_chief", "grid_member"])


@given(st.lists(st.tuples(st.integers(1, 4), roles, codes), max_size=10), st.integers(0, 2), st.integers(2, 3))
def test_every_breach_is_found_and_nothing_else(staff: list[tuple[int, str, str]], least: int, most: int) -> None:
    posts = [post(n, person, role, grid) for n, (person, role, grid) in enumerate(staff)]
    grounds = [Ground("unified", code) for code in "ABC"]
    found = audit(grounds, posts, [Rule("grid_member", least, most)], LOADS)
    count = {code: sum(role == "grid_member" and grid == code for _, role, grid in staff) for code in "ABC"}
    assert {v.grid for v in found.vacancies} == {code for code, held in count.items() if held < least}
    assert {s.grid for s in found.surpluses} == {code for code, held in count.items() if held > most}
    held = {person: sum(one == person for one, _, _ in staff) for person, _, _ in staff}
    assert {d.person for d in found.doubles} == {person for person, n in held.items() if n > 1}
    assert {o.person for o in found.overloads} == {person for person, n in held.items() if n > 1}
    for vacancy in found.vacancies:
        if vacancy.proposal.action == "move":
            assert count[str(vacancy.proposal.grid)] > max(least, 1)
