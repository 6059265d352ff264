"""Scopes, and which duty is chosen of several: the stated order, owner before area, restricted times, ties."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.rules.duties.duties import Duty, Place, Scope, covers, holds, parse_scope
from app.rules.duties.duty_choice import choose
from app.rules.duties.duty_hours import Instant, parse_hours
from app.rules.duties.matters import Matter

LITTER = Matter("matter", "06010", "暴露垃圾", "市容环境类", "T", "T")
LID = Matter("component", "01001", "供水井盖", "市政公用设施", "T", "T")
NOON = Instant((6, 1), 0, 12 * 60)
HERE = Place(
    area="440115001002", kind="business", grids={"governance": "0304", "unified": "U1|U2"},
    roads=frozenset({"roads/G4"}), zones=frozenset({"zones/market"}),
)  # fmt: skip


def duty(lead: str, scope: str = "全域", code: str = "06010", **facts: object) -> Duty:
    kind = "component" if code == "01001" else "matter"
    return Duty(f"{lead}-{scope}-{code}", kind, "T", code, lead, parse_scope(scope), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "written", "held"),
    [
        ("全域", "everywhere", True),
        ("440115", "area:440115", True),
        ("社区:440115001002", "area:440115001002", True),
        ("440115001", "area:440115001", True),
        ("4401", "area:4401", True),
        ("44011", "area:44011", False),
        ("440115002", "area:440115002", False),
        ("类别：商务", "kind:business", True),
        ("kind:resident", "kind:resident", False),
        ("network:governance", "network:governance", True),
        ("网格体系:civilization", "network:civilization", False),
        ("grid:unified/U2", "grid:unified/U2", True),
        ("网格:governance/0305", "grid:governance/0305", False),
        ("road:roads/G4", "road:roads/G4", True),
        ("zone:zones/school", "zone:zones/school", False),
        ("权属:水务集团", "owner:水务集团", False),
    ],
)
def test_scopes_as_lists_write_them(text: str, written: str, held: bool) -> None:
    scope = parse_scope(text)
    assert str(scope) == written
    assert parse_scope(str(scope)) == scope
    assert holds(scope, HERE) is held


@pytest.mark.parametrize("text", ["楼栋:3", "area:", "grid:0304", "zone:market", "类别:工业", "somewhere"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_scope(text)


def test_areas_of_other_codes_are_covered_only_by_themselves() -> None:
    assert covers("1A", "1A")
    assert not covers("1A", "1A01")
    assert not covers("", "")


ORDER = [  # from the most specific down
    duty("zone", "zone:zones/market"),
    duty("road", "road:roads/G4"),
    duty("grid", "grid:governance/0304"),
    duty("community", "440115001002"),
    duty("street", "440115001"),
    duty("district", "440115"),
    duty("kind", "kind:business"),
    duty("network", "network:governance"),
    duty("night", "全域", hours=parse_hours("11:00-13:00")),
    duty("everywhere"),
    duty("class in a zone", "zone:zones/market", "06"),
    duty("class", "全域", "06"),
    duty("every matter", "全域", "*"),
]


def test_the_more_specific_goes_first() -> None:
    for first in range(len(ORDER)):
        left = ORDER[first:]
        Random(first).shuffle(left)
        choice = choose(left, LITTER, HERE, NOON)
        assert choice.lead == ORDER[first].lead
        assert choice.tied == ()
        assert {loser.duty.lead for loser in choice.losers} == {each.lead for each in ORDER[first + 1 :]}


@given(st.permutations(ORDER))
def test_the_order_is_total(left: list[Duty]) -> None:
    choice = choose(left, LITTER, HERE, NOON)
    assert [choice.lead, *(loser.duty.lead for loser in choice.losers)] == [each.lead for each in ORDER]


def test_losers_say_why() -> None:
    duties = [
        ORDER[3],
        ORDER[9],
        ORDER[11],
        duty("elsewhere", "440115002"),
        duty("later", hours=parse_hours("20:00-22:00")),
    ]
    choice = choose([*duties, duty("other matter", code="06011")], LITTER, HERE, NOON)
    assert {loser.duty.lead: loser.rule for loser in choice.losers} == {
        "everywhere": "wider_place", "class": "wider_matter", "elsewhere": "place", "later": "hours",
    }  # fmt: skip
    told = choice.to_dict()
    assert told["lead"] == "community"
    assert "area:440115001002 is closer than everywhere" in [loser["why"] for loser in told["losers"]]


def test_owner_beats_area() -> None:
    duties = [duty("streets office", "440115001002", "01001"), duty("水务集团", "owner:水务集团", "01001")]
    any_owner = Duty("any", "component", "T", "01001", "", Scope("owner", "*"))
    owned = Place(area="440115001002", owner="水务集团")
    other = Place(area="440115001002", owner="电信公司")
    assert choose(duties, LID, owned, NOON).lead == "水务集团"
    assert choose(duties, LID, other, NOON).lead == "streets office"
    assert choose([*duties, any_owner], LID, other, NOON).lead == "电信公司"
    assert choose([*duties, any_owner], LID, owned, NOON).duty == duties[1]
    rules = {loser.rule for loser in choose(duties, LID, owned, NOON).losers}
    assert rules == {"owner_first"}


def test_an_object_without_owner_has_candidates() -> None:
    duties = [duty(name, f"owner:{name}", "01001") for name in ("电信公司", "水务集团")]
    choice = choose(duties, LID, Place(), NOON)
    assert (choice.duty, choice.candidates) == (None, ("水务集团", "电信公司"))
    assert choose(duties, LID, Place(owner="电信公司"), NOON).candidates == ()


def test_equals_are_told_and_chosen_between_for_ever() -> None:
    old = duty("b", valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    new = duty("c", valid_from=datetime(2026, 1, 1, tzinfo=UTC))
    twin = duty("a", valid_from=datetime(2026, 1, 1, tzinfo=UTC))
    for left in ([old, new, twin], [twin, old, new], [new, twin, old]):
        choice = choose(left, LITTER, HERE, NOON)
        assert choice.lead == "a"
        assert [each.lead for each in choice.tied] == ["c", "b"]
        assert [loser.rule for loser in choice.losers] == ["tie", "older"]


def test_component_and_matter_of_one_code_are_apart() -> None:
    abnormal = Matter("matter", "01001", "供水井盖异常", table="T", origin="T")
    assert choose([duty("water", code="01001")], abnormal, HERE, NOON).duty is None
