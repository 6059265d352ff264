"""A duty: a matter or class × where and when it holds → who leads. And how specific it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.errors import InputError
from app.rules.duties.duty_hours import Hours
from app.rules.duties.matters import Matter, names_matter
from app.rules.duties.time_limits import Limit

EVERYWHERE, NETWORK, KIND, AREA, GRID, ROAD, ZONE, OWNER = (
    "everywhere", "network", "kind", "area", "grid", "road", "zone", "owner",
)  # fmt: skip
PLACE_RANK = {EVERYWHERE: 0, NETWORK: 10, KIND: 20, AREA: 30, GRID: 60, ROAD: 70, ZONE: 80, OWNER: 90}
SCOPE_WORDS = {
    **{kind: kind for kind in PLACE_RANK},
    "网格体系": NETWORK,
    "类别": KIND,
    "行政区域": AREA,
    "社区": AREA,
    "街道": AREA,
    "网格": GRID,
    "道路": ROAD,
    "区域": ZONE,
    "管控区": ZONE,
    "权属": OWNER,
    "权属单位": OWNER,
}
WHOLE = frozenset({"全域", "全区", "全市", "everywhere", "*"})
GRID_KINDS = {"居民": "resident", "商务": "business", "单位": "institution"}
ANY_OWNER = "*"
ROAD_M = 15.0  # how far a road reaches on each side of its line
AREA_DIGITS = (2, 4, 6, 9, 12)  # province, city, district, street, community
_AREA = re.compile(r"[0-9]+")
_DEEPEST = 20


@dataclass(frozen=True)
class Scope:
    """Where a duty holds. `str(scope)` is how it is stored and written: `area:440115001`, `grid:governance/0304`."""

    kind: str = EVERYWHERE
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind

    @property
    def network(self) -> str:
        """The network that a `network` or `grid` scope speaks of."""
        return self.value.partition("/")[0]

    @property
    def code(self) -> str:
        return self.value.partition("/")[2]


@dataclass(frozen=True)
class Place:
    """What is known of one spot: its area, the grid of each network (codes by network), roads and zones by
    `layer/code`, the owner of the object (None: not known)."""

    area: str = ""
    kind: str = ""
    grids: Mapping[str, str] = field(default_factory=dict)
    roads: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    owner: str | None = None


ALWAYS = Hours()
WHOLE_GROUND = Scope()


@dataclass(frozen=True)
class Duty:
    """One version of a duty line; `number` is its identity. `replaces`: it stands in place of wider ones, as meant;
    `lead_code`: the department that the lead is, where departments are kept."""

    number: str
    kind: str
    table: str
    code: str
    lead: str
    scope: Scope = WHOLE_GROUND
    hours: Hours = ALWAYS
    role: str = ""
    assistants: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    closing: str = ""
    basis: str = ""
    replaces: bool = False
    list_name: str = ""
    valid_from: datetime | None = None
    lead_code: str | None = None

    def closeness(self, matter: Matter) -> int:
        """3 the matter itself, 2 its class, 1 every matter of the kind, 0 not of it."""
        return names_matter(self.code, self.table, matter) if self.kind == matter.kind else 0


def parse_scope(text: str) -> Scope:
    """Where a duty holds, as a list writes it: 全域, an area's code, or WORD:VALUE. Raises InputError."""
    bare = text.strip()
    if bare.lower() in WHOLE or not bare:
        return Scope()
    if _AREA.fullmatch(bare):
        return Scope(AREA, bare)
    word, colon, value = (part.strip() for part in bare.replace("：", ":").partition(":"))
    kind = SCOPE_WORDS.get(word.lower())
    if kind is None or not colon or not value:
        raise InputError(
            f"{text!r} is no scope: 全域, an area's code, or one of area:, network:, kind:, grid:, road:, zone:, owner:"
        )
    if kind == KIND:
        value = GRID_KINDS.get(value, value)
        if value not in GRID_KINDS.values():
            raise InputError(f"{value!r} is no kind of grid: {', '.join(GRID_KINDS)}")
    if kind in (GRID, ROAD, ZONE) and not all(value.partition("/")[::2]):
        what = "NETWORK/CODE" if kind == GRID else "LAYER/CODE"
        raise InputError(f"{text!r} names no {kind}: write {kind}:{what}")
    return Scope(kind, value)


def holds(scope: Scope, place: Place) -> bool:
    """Whether a duty of this scope speaks of the place."""
    if scope.kind == EVERYWHERE:
        return True
    if scope.kind == AREA:
        return covers(scope.value, place.area)
    if scope.kind == KIND:
        return scope.value == place.kind
    if scope.kind == NETWORK:
        return bool(place.grids.get(scope.value))
    if scope.kind == GRID:
        return scope.code in place.grids.get(scope.network, "").split("|")
    if scope.kind == OWNER:
        return place.owner is not None and scope.value in (ANY_OWNER, place.owner)
    return scope.value in (place.roads if scope.kind == ROAD else place.zones)


def covers(outer: str, area: str) -> bool:
    """Whether an area lies in another by their codes: the same, or digits of a higher level that it begins with."""
    if outer == area:
        return bool(area)
    higher = outer.isdigit() and area.isdigit() and len(outer) in AREA_DIGITS and len(outer) < len(area)
    return higher and area.startswith(outer)


def specificity(duty: Duty, closeness: int) -> int:
    """How specific a duty is of a matter; the higher goes first. In this order: the object's owner before any place,
    a named owner before any owner; the matter's code, its class, every matter; zone, road, grid, area (the deeper
    first), kind, network, everywhere; restricted times before always."""
    owner = 0 if duty.scope.kind != OWNER else 1 if duty.scope.value == ANY_OWNER else 2
    depth = min(len(duty.scope.value), _DEEPEST) if duty.scope.kind == AREA else 0
    place = PLACE_RANK[duty.scope.kind] + depth
    return ((owner * 4 + closeness) * 100 + place) * 2 + duty.hours.restricted


def choice_order(duty: Duty, closeness: int) -> tuple[int, float, str, str]:
    """What duties are chosen by, the least first: the most specific; then the newest by valid time; then the lead's
    name; then the number."""
    newest = duty.valid_from.timestamp() if duty.valid_from else float("-inf")
    return -specificity(duty, closeness), -newest, duty.lead, duty.number


def disagree(winner: Duty, closeness: int, loser: Duty, loser_closeness: int) -> bool:
    """Whether two duties of one spot, the first the more specific, show a quarrel of lines rather than a rule.

    It is a rule when the leads are the same, the winner says that it stands in place of the wider one or holds at
    restricted times, an owner goes before the ground, or one list says a code and its class.
    """
    if winner.lead == loser.lead or winner.replaces or winner.hours.restricted:
        return False
    if OWNER in (winner.scope.kind, loser.scope.kind):
        return False
    return not (winner.list_name == loser.list_name and closeness > loser_closeness)
