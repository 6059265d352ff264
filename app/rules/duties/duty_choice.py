"""Which duty leads on a matter at one spot and moment, and why the others do not: the trace that routing shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.rules.duties.duties import OWNER, Duty, Place, choice_order, holds, specificity
from app.rules.duties.duty_hours import Instant
from app.rules.duties.matters import Matter
from app.rules.duties.time_limits import write_limits


@dataclass(frozen=True)
class Loser:
    """A duty that speaks of the matter and was not chosen; `rule` is a word for machines, `why` a sentence."""

    duty: Duty
    rule: str
    why: str


@dataclass(frozen=True)
class Choice:
    """`duty`: the one chosen, None when nobody leads. `lead`: its lead, or the owner for a line of any owner.

    `tied`: other leads that are just as specific (重复): the choice among them is fixed, yet wants to be put right.
    `candidates`: who may own an object without a known owner; the first to claim it is recorded.
    """

    matter: Matter
    duty: Duty | None
    lead: str
    tied: tuple[Duty, ...]
    losers: tuple[Loser, ...]
    candidates: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.matter.kind,
            "code": self.matter.code,
            "lead": self.lead or None,
            "duty": None if self.duty is None else told(self.duty),
            "tied": [told(duty) for duty in self.tied],
            "losers": [{**told(loser.duty), "rule": loser.rule, "why": loser.why} for loser in self.losers],
            "candidates": list(self.candidates),
        }


def choose(duties: Iterable[Duty], matter: Matter, place: Place, at: Instant) -> Choice:
    """The duty that leads; `duties` are those in force.

    The order is `duties.choice_order`: total, so the same duties and place give the same choice.
    """
    named = [(duty, close) for duty in duties if (close := duty.closeness(matter))]
    here = [(d, c) for d, c in named if holds(d.scope, place) and d.hours.hold(at)]
    ranked = sorted(here, key=lambda pair: choice_order(*pair))
    winner, closeness = ranked[0] if ranked else (None, 0)
    losers = [Loser(duty, *_absent(duty, place)) for duty, _ in named if all(duty is not d for d, _ in here)]
    if winner is None:
        return Choice(matter, None, "", (), tuple(losers), _candidates(named, place))
    top = specificity(winner, closeness)
    lead = lead_of(winner, place)
    level = [d for d, c in ranked[1:] if specificity(d, c) == top]
    tied = tuple(d for d in level if lead_of(d, place) != lead)
    beaten = [Loser(duty, *_beaten(winner, closeness, duty, close)) for duty, close in ranked[1:]]
    return Choice(matter, winner, lead, tied, (*beaten, *losers), _candidates(named, place))


def lead_of(duty: Duty, place: Place) -> str:
    """Who leads by a duty: its lead; for a line of owners without one, the owner."""
    return duty.lead or place.owner or ""


def told(duty: Duty) -> dict[str, Any]:
    """A duty as answers show it."""
    return {
        "number": duty.number,
        "list": duty.list_name,
        "kind": duty.kind,
        "code": duty.code,
        "scope": str(duty.scope),
        "lead": duty.lead,
        "lead_code": duty.lead_code,
        "role": duty.role,
        "assistants": list(duty.assistants),
        "limits": write_limits(duty.limits),
        "closing": duty.closing,
        "basis": duty.basis,
    }


def _absent(duty: Duty, place: Place) -> tuple[str, str]:
    if holds(duty.scope, place):
        return "hours", "it holds at other times"
    if duty.scope.kind == OWNER:
        return "owner", f"the object's owner is {place.owner or 'not known'}"
    return "place", f"it holds on {duty.scope}, not here"


def _beaten(winner: Duty, closeness: int, loser: Duty, loser_closeness: int) -> tuple[str, str]:
    """The first step of the order at which the two differ."""
    if (winner.scope.kind == OWNER) != (loser.scope.kind == OWNER):
        return "owner_first", "the object's owner goes before the ground (谁的设施谁管理)"
    if closeness != loser_closeness:
        return "wider_matter", f"{winner.code} is closer to the matter than {loser.code}"
    if specificity(winner, closeness) != specificity(loser, loser_closeness):
        if winner.scope.kind == loser.scope.kind and winner.hours.restricted != loser.hours.restricted:
            return "always", "restricted times go before always"
        return "wider_place", f"{winner.scope} is closer than {loser.scope}"
    if winner.lead == loser.lead:
        return "same_lead", "it says the same"
    if winner.valid_from != loser.valid_from:
        return "older", "just as specific, but older (重复)"
    return "tie", "just as specific; the lead's name decides (重复)"


def _candidates(named: list[tuple[Duty, int]], place: Place) -> tuple[str, ...]:
    if place.owner is not None:
        return ()
    return tuple(sorted({duty.lead or duty.scope.value for duty, _ in named if duty.scope.kind == OWNER}))
