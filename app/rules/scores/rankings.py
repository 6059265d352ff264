"""Rankings with ties, and streaks over periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.rules.scores.indicators import HIGHER


@dataclass(frozen=True)
class Standing:
    """`exact`: what is compared; `weight`: how many cases it rests on."""

    unit: str
    exact: Fraction | None
    weight: int = 0


@dataclass(frozen=True)
class Place:
    """`rank` None: not ranked, since there is no figure, or it rests on fewer cases than asked for."""

    rank: int | None
    unit: str
    exact: Fraction | None
    tied: bool = False


def rank(standings: Iterable[Standing], better: str = HIGHER, least_weight: int = 0) -> list[Place]:
    """Places, the best first; equal figures share a place and the next ones are left out (1, 2, 2, 4). Figures are
    compared as fractions, so that 2/3 and 4/6 are equal. Equal ones, and those without a place at the end, stand in
    the order of their codes; the order that they come in does not matter.
    """
    given = sorted(standings, key=lambda standing: standing.unit)
    ranked = [each for each in given if each.exact is not None and each.weight >= least_weight]
    ranked.sort(key=lambda each: each.exact or Fraction(0), reverse=better == HIGHER)  # stable: ties keep their order
    exact = [each.exact for each in ranked]
    places = [Place(exact.index(each.exact) + 1, each.unit, each.exact, exact.count(each.exact) > 1) for each in ranked]
    named = {place.unit for place in places}
    return places + [Place(None, each.unit, each.exact) for each in given if each.unit not in named]


@dataclass(frozen=True)
class Streak:
    """`now`: consecutive periods that end with the last one; `longest`, with the place of its first period."""

    now: int
    longest: int
    longest_from: int | None


def streak(values: Sequence[float | None], line: float, *, above: bool = True) -> Streak:
    """How long figures stayed at or above a line, or at or below it. A period without a figure ends a streak. Of
    streaks equally long the earliest is told."""
    run = longest = 0
    begins: int | None = None
    for place, value in enumerate(values):
        held = value is not None and (value >= line if above else value <= line)
        run = run + 1 if held else 0
        if run > longest:
            longest, begins = run, place - run + 1
    return Streak(run, longest, begins)
