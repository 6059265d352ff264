"""What an audit of staff speaks of: grids, posts, rules, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.rules.sayings import Said
from app.rules.staff.roles import rank


@dataclass(frozen=True)
class Ground:
    """A grid in force: where posts can be held."""

    network: str
    code: str
    kind: str | None = None
    area: str | None = None


@dataclass(frozen=True)
class Holding:
    """A post held at the moment that is audited; `since` sorts who came first."""

    post: int
    person: int
    role: str
    network: str
    grid: str
    load: float = 1.0
    since: str = ""


@dataclass(frozen=True)
class Rule:
    """A grid of `kind` in `network` (None: any) has `least` to `most` (None: no limit) of `role`."""

    role: str
    least: int
    most: int | None = None
    network: str | None = None
    kind: str | None = None

    @property
    def precision(self) -> tuple[bool, bool]:
        """The more precise rule beats the other: one for a network before one for a kind before one for all."""
        return self.network is not None, self.kind is not None

    def applies(self, ground: Ground) -> bool:
        return self.network in (None, ground.network) and self.kind in (None, ground.kind)


@dataclass(frozen=True)
class Proposal:
    """What could be done. `action`: promote, move, share, appoint, end or hand_over; `post` the post it concerns,
    `person` who would do the work, `grid` where from; `said` is the reason as a code with values."""

    action: str
    reason: str
    person: int | None = None
    post: int | None = None
    grid: str | None = None
    said: Said | None = None


def proposal(
    action: str, said: Said, person: int | None = None, post: int | None = None, grid: str | None = None
) -> Proposal:
    return Proposal(action, said.text(), person, post, grid, said)


@dataclass(frozen=True)
class Vacancy:
    network: str
    grid: str
    kind: str | None
    role: str
    wanted: int
    found: int
    proposal: Proposal


@dataclass(frozen=True)
class Surplus:
    """More of a role than a grid may have: two chiefs."""

    network: str
    grid: str
    kind: str | None
    role: str
    most: int
    posts: tuple[int, ...]
    proposal: Proposal


@dataclass(frozen=True)
class Double:
    """A person with several posts at once."""

    person: int
    posts: tuple[int, ...]
    networks: tuple[str, ...]
    load: float


@dataclass(frozen=True)
class Overload:
    person: int
    load: float
    limit: float
    posts: tuple[int, ...]
    proposal: Proposal


@dataclass(frozen=True)
class Stray:
    """A post on a grid that is not in force."""

    post: int
    network: str
    grid: str


@dataclass(frozen=True)
class Findings:
    vacancies: list[Vacancy] = field(default_factory=list)
    surpluses: list[Surplus] = field(default_factory=list)
    doubles: list[Double] = field(default_factory=list)
    overloads: list[Overload] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)


def rules_for(ground: Ground, rules: Iterable[Rule]) -> list[Rule]:
    """The one rule for each role on a grid, by precision; in the order of roles."""
    chosen: dict[str, Rule] = {}
    for rule in rules:
        if rule.applies(ground):
            before = chosen.get(rule.role)
            chosen[rule.role] = rule if before is None else _stronger(before, rule)
    return sorted(chosen.values(), key=lambda rule: rank(rule.role))


def _stronger(one: Rule, other: Rule) -> Rule:
    if one.precision != other.precision:
        return max(one, other, key=lambda rule: rule.precision)
    limits = [rule.most for rule in (one, other) if rule.most is not None]
    most = min(limits, default=None)
    least = max(one.least, other.least)
    return Rule(one.role, least if most is None else min(least, most), most, one.network, one.kind)
