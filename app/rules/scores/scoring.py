"""The scores of all units of a period from the facts of its cases: pure, so that what is stored can be told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from app.rules.scores.counts import COUNTS, marks
from app.rules.scores.deductions import Sheet, sheet
from app.rules.scores.facts import Facts
from app.rules.scores.indicators import Figure, figures
from app.rules.scores.periods import Period
from app.rules.scores.rulebook import Rulebook

CITY, AREA, GRID, DEPARTMENT, PERSON = "city", "area", "grid", "department", "person"
AREA_DIGITS = (12, 9, 6)
"""Community, street, district; codes that are not of digits stand for themselves."""
PLACES = np.array([each.bit for each in COUNTS.values()])
Unit = tuple[str, str]
Patrols = Mapping[Unit, tuple[int, int]]


@dataclass(frozen=True)
class UnitScore:
    """What one unit did in a period. `cases`, by number, with `marks`: the counts that each is in."""

    unit: Unit
    cases: tuple[int, ...]
    marks: tuple[int, ...]
    counts: Mapping[str, int]
    figures: Mapping[str, Figure]
    sheet: Sheet | None

    def body(self) -> dict[str, Any]:
        """What is stored and told again: plain values of JSON."""
        return {
            "counts": dict(self.counts),
            "figures": {code: figure.to_dict() for code, figure in self.figures.items()},
            "deductions": [entry.to_dict() for entry in self.sheet.entries] if self.sheet else [],
            "total": self.sheet.total if self.sheet else None,
            "grade": self.sheet.grade if self.sheet else "",
            "cases": list(self.cases),
            "marks": list(self.marks),
        }


def score_units(
    facts: Iterable[Facts], period: Period, book: Rulebook, patrols: Patrols | None = None
) -> dict[Unit, UnitScore]:
    """Scores of every unit that has a case in some count, or a patrol; in the order of types and codes."""
    found: dict[Unit, dict[int, int]] = {unit: {} for unit in patrols or {}}
    for each in facts:
        by_part = marks(each, period, book)
        for unit, mark in _shared_out(each, by_part):
            of_unit = found.setdefault(unit, {})
            of_unit[each.event] = of_unit.get(each.event, 0) | mark
    return {unit: score_unit(unit, found[unit], book, (patrols or {}).get(unit)) for unit in sorted(found)}


def score_unit(
    unit: Unit, cases: Mapping[int, int], book: Rulebook, patrol: tuple[int, int] | None = None
) -> UnitScore:
    """The score of one unit from its cases and their marks; without cases every share is none."""
    numbers = sorted(cases)
    bits = [cases[number] for number in numbers]
    counted = count(bits)
    made = figures(counted, book, patrol)
    return UnitScore(unit, tuple(numbers), tuple(bits), counted, made, sheet(unit[0], numbers, bits, made, book))


def count(bits: Sequence[int]) -> dict[str, int]:
    """How many cases are in each count."""
    sums = (np.array(bits, dtype=np.int64)[:, None] >> PLACES & 1).sum(axis=0)
    return dict(zip(COUNTS, sums.tolist(), strict=True))


def units_of(facts: Facts) -> list[Unit]:
    """Every unit that may have a case in its score."""
    return [*_places(facts), *((PERSON, person) for person in sorted(set(facts.people.values())))]


def standing(counts: Mapping[str, int], figures_: Mapping[str, Any], total: float | None, by: str) -> Fraction | None:
    """The exact value that ranks by `by` compare: an indicator of stored figures, or the total."""
    if by == "total":
        return None if total is None else Fraction(str(total))
    told = figures_.get(by) or {}
    if told.get("denominator"):
        return Fraction(told["numerator"], told["denominator"])
    return None if told.get("value") is None else Fraction(str(told["value"]))


def _shared_out(facts: Facts, by_part: Mapping[str, int]) -> Iterator[tuple[Unit, int]]:
    """Places and departments have all marks of a case, a person those of the parts that they took."""
    every = 0
    for part, mark in by_part.items():
        every |= mark
        if part in facts.people:
            yield (PERSON, facts.people[part]), mark
    if every:
        for unit in _places(facts):
            yield unit, every


def _places(facts: Facts) -> Iterator[Unit]:
    yield CITY, ""
    if facts.department:
        yield DEPARTMENT, facts.department
    if facts.grid:
        yield GRID, facts.grid
    if facts.area and not facts.area.isdecimal():
        yield AREA, facts.area
        return
    for digits in AREA_DIGITS:
        if len(facts.area) >= digits:
            yield AREA, facts.area[:digits]
