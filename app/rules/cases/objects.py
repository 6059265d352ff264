"""三色预警 of regulated objects: facts and rules that move a level, replayed in the order of time."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import InputError

LEVELS = ("green", "yellow", "red")
NAMES = ("放心", "一般重点", "重点")
TOP = len(LEVELS) - 1
KINDS = ("component", "business", "address", "external")
UP, DOWN = "up", "down"
CASES, OVERDUE, REWORKS, QUIET = "cases", "overdue", "reworks", "quiet"
COUNTED = {UP: (CASES, OVERDUE, REWORKS), DOWN: (QUIET,)}
WORDS = {CASES: "cases", OVERDUE: "overdue cases", REWORKS: "reworks"}
LONGEST_KEY = 200
MOST_DAYS = 3660


@dataclass(frozen=True)
class Fact:
    """Something that counts: a case, one that is overdue, one that is done again; of a matter."""

    at: datetime
    kind: str
    case: int
    matter: str = ""


@dataclass(frozen=True)
class Rule:
    """Up: `number` facts that it counts within `days` lift the level by one. Down: `days` of quiet let it down by one.

    `matter`: leading digits of the matters that it counts. It speaks from `since` until `until`, None is without end.
    """

    code: str
    direction: str
    counts: str
    number: int
    days: int
    matter: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def speaks(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Change:
    """A level moved: when, from what to what, by which rule, and the cases that were counted."""

    at: datetime
    before: int
    level: int
    rule: str
    reason: str
    cases: tuple[int, ...] = ()


def check_key(key: str) -> str:
    """`KIND:NAME` as stored: the kind in lower case, the name without double blanks. Raises InputError."""
    kind, colon, name = unicodedata.normalize("NFKC", key).partition(":")
    kind, name = kind.strip().lower(), " ".join(name.split())
    if kind not in KINDS or not colon or not name or len(name) > LONGEST_KEY or not name.isprintable():
        raise InputError(f"{key!r} names no object: write KIND:NAME, the kind one of {', '.join(KINDS)}")
    return f"{kind}:{name}"


def check_rule(rule: Rule) -> Rule:
    """Raises InputError for a rule that could not be followed."""
    if rule.counts not in COUNTED.get(rule.direction, ()):
        known = "; ".join(f"{direction}: {', '.join(kinds)}" for direction, kinds in COUNTED.items())
        raise InputError(f"a rule does not go {rule.direction!r} by {rule.counts!r}; there are: {known}")
    if not 1 <= rule.days <= MOST_DAYS or (rule.direction == UP and not 1 <= rule.number <= 10_000):
        raise InputError(f"a rule counts 1 to 10,000 facts within 1 to {MOST_DAYS:,} days")
    return rule


def assess(
    level: int, since: datetime | None, facts: Iterable[Fact], rules: Sequence[Rule], now: datetime
) -> list[Change]:
    """The changes of an object's level up to `now`, earliest first, when it was `level` from `since` on.

    Facts up to `since` are used up: none counts twice. At a fact the first rule by code that its count meets lifts the
    level, once; before it, quiet since the last fact or change has let it down, once per stretch. Judging up to a
    moment and on from there gives the same as judging all at once.
    """
    walk = _Walk(level, since, tuple(sorted(rules, key=lambda rule: rule.code)))
    fresh = (fact for fact in facts if fact.at <= now and (since is None or fact.at > since))
    for fact in sorted(fresh, key=lambda fact: (fact.at, fact.case, fact.kind)):
        walk.quiet(fact.at)
        walk.take(fact)
    walk.quiet(now)
    return walk.changes


def next_look(level: int, since: datetime | None, facts: Iterable[Fact], rules: Sequence[Rule]) -> datetime | None:
    """When quiet will let the level down if nothing happens; None for the lowest."""
    if level == 0:
        return None
    last = max((fact.at for fact in facts), default=since)
    ends = [_quiet_ends(rule, max(filter(None, (last, since)))) for rule in rules if rule.direction == DOWN]
    return min((end for end in ends if end is not None), default=None)


class _Walk:
    """One pass over the facts of an object."""

    def __init__(self, level: int, since: datetime | None, rules: tuple[Rule, ...]) -> None:
        self.level, self.last, self.heard = level, since, since
        self.changes: list[Change] = []
        self._rules = rules
        self._seen: list[Fact] = []

    def quiet(self, until: datetime) -> None:
        """Let the level down for every stretch of quiet that ends by `until`."""
        while self.level > 0 and self.heard is not None:
            found = [(end, rule.code, rule) for rule in self._rules if (end := _quiet_ends(rule, self.heard))]
            end, _, rule = min(found, key=lambda each: each[:2], default=(None, "", None))
            if end is None or rule is None or end > until:
                return
            self._move(end, -1, rule, f"nothing for {rule.days} days", ())
            self.heard = end

    def take(self, fact: Fact) -> None:
        self.heard = fact.at if self.heard is None else max(self.heard, fact.at)
        self._seen.append(fact)
        if self.level == TOP:
            return
        for rule in self._rules:
            counted = self._counted(rule, fact.at) if rule.direction == UP and rule.speaks(fact.at) else ()
            if counted and len(counted) >= rule.number:
                words = f"{len(counted)} {WORDS[rule.counts]} within {rule.days} days"
                self._move(fact.at, 1, rule, words, tuple(dict.fromkeys(each.case for each in counted)))
                return

    def _counted(self, rule: Rule, at: datetime) -> tuple[Fact, ...]:
        begins = at - timedelta(days=rule.days)
        return tuple(
            each
            for each in self._seen
            if each.kind == rule.counts and each.at > begins and each.matter.startswith(rule.matter)
            and (self.last is None or each.at > self.last)
        )  # fmt: skip

    def _move(self, at: datetime, by: int, rule: Rule, reason: str, cases: tuple[int, ...]) -> None:
        self.changes.append(Change(at, self.level, self.level + by, rule.code, reason, cases))
        self.level, self.last = self.level + by, at


def _quiet_ends(rule: Rule, heard: datetime) -> datetime | None:
    """When a rule lets down what was last heard of at `heard`; None when it does not, or is gone by then."""
    if rule.direction != DOWN:
        return None
    end = heard + timedelta(days=rule.days)
    end = end if rule.since is None else max(end, rule.since)
    return end if rule.until is None or end < rule.until else None
