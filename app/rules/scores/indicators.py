"""Indicators: shares of counts, and the weighed sum of some. Every figure keeps its numerator and denominator.

The list and where each comes from is data/sample_grids/codes/indicators.csv; a test holds the two together. A share of
nothing (0/0) is none, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from app.rules.scores.counts import COUNTS
from app.rules.scores.rulebook import COMPOSITE, PATROL, Rulebook

HIGHER, LOWER = "higher", "lower"
SHARE, POINTS = "share", "points"
DIGITS = 6


@dataclass(frozen=True)
class Indicator:
    """A share: the cases of the `over` counts (which have none in common) of those of `under`. `better`: which way."""

    name: str
    over: tuple[str, ...]
    under: str
    better: str = HIGHER
    unit: str = SHARE

    @property
    def formula(self) -> str:
        """In the words of the counts."""
        told = "+".join(COUNTS[count].name for count in self.over)
        return f"{f'({told})' if len(self.over) > 1 else told}/{COUNTS[self.under].name}"


@dataclass(frozen=True)
class Figure:
    """`value`: rounded for people; ranks compare `exact`. None where there is nothing to tell."""

    numerator: int | None
    denominator: int | None
    exact: Fraction | None
    unit: str = SHARE
    points: float | None = None

    @property
    def value(self) -> float | None:
        return None if self.exact is None else round(float(self.exact), DIGITS)

    def to_dict(self) -> dict[str, Any]:
        told = {"numerator": self.numerator, "denominator": self.denominator, "value": self.value, "unit": self.unit}
        return told if self.points is None else {**told, "points": self.points}


SHARES: Mapping[str, Indicator] = MappingProxyType({
    "disposal": Indicator("处置率", ("disposed",), "disposable"),
    "disposal_on_time": Indicator("按期处置率", ("disposed_on_time",), "disposable"),
    "rework": Indicator("返工率", ("reworked",), "closable", LOWER),
    "overdue_open": Indicator("超期待处置率", ("overdue_open",), "disposable", LOWER),
    "delay": Indicator("延期率", ("delayed",), "disposable", LOWER),
    "closing": Indicator("结案率", ("closed",), "closable"),
    "closing_on_time": Indicator("按期结案率", ("closed_on_time",), "closable"),
    "filing_on_time": Indicator("按期立案率", ("established_on_time",), "established"),
    "dispatch_accuracy": Indicator("准确派遣率", ("dispatched_accurately",), "dispatch_due"),
    "dispatch_on_time": Indicator("按期派遣率", ("dispatched_on_time",), "dispatch_due"),
    "valid_reporting": Indicator("有效上报率", ("valid",), "reported"),
    "verification_on_time": Indicator("按时核实率", ("verified_on_time",), "verify_due"),
    "check_on_time": Indicator("按时核查率", ("checked_on_time",), "check_due"),
    "bulletin_closing": Indicator("结案率(通报)", ("done_on_time", "done_late"), "dispatched"),
    "bulletin_on_time": Indicator("按时结案率(通报)", ("done_on_time",), "dispatched"),
    "dissatisfaction": Indicator("不满意率", ("dissatisfied",), "rated", LOWER),
})  # fmt: skip
NAMES: Mapping[str, str] = MappingProxyType(
    {**{code: each.name for code, each in SHARES.items()}, COMPOSITE: "金牛综合分", PATROL: "巡查覆盖率(网格员)"}
)
BULLETIN = ("dispatched", "done_on_time", "done_late", "undone")
"""Counts of the 12345 bulletin (通报), beside its indicators."""


def figures(counts: Mapping[str, int], book: Rulebook, patrol: tuple[int, int] | None = None) -> dict[str, Figure]:
    """Every indicator of one unit. `patrol`: households visited and all households, which no case tells."""
    found = {code: _share(sum(counts[c] for c in each.over), counts[each.under]) for code, each in SHARES.items()}
    found[COMPOSITE] = Figure(None, None, composite(found, book), POINTS)
    found[PATROL] = _patrol(patrol, book)
    return found


def composite(found: Mapping[str, Figure], book: Rulebook) -> Fraction | None:
    """Σ weight × share, of an indicator that is better lower weight × (1 − share). None where a share is none: what is
    not known is neither full marks nor nought."""
    total = Fraction(0)
    for code, weight in book.weights.items():
        exact = found[code].exact
        if exact is None:
            return None
        total += Fraction(str(weight)) * (exact if better(code) == HIGHER else 1 - exact)
    return total


def better(code: str) -> str:
    """Whether higher or lower is better; totals and points: higher."""
    return SHARES[code].better if code in SHARES else HIGHER


def formula(code: str, book: Rulebook) -> str:
    """How a figure is made, in words that can be published with it."""
    if code == PATROL:
        return "实际巡查户数/网格内总户数"
    if code != COMPOSITE:
        return SHARES[code].formula
    parts = (
        f"{NAMES[each] if better(each) == HIGHER else f'(1-{NAMES[each]})'}x{weight:g}"
        for each, weight in book.weights.items()
    )
    return "+".join(parts)


def describe(book: Rulebook) -> list[dict[str, Any]]:
    """Indicators with formula and the counts behind them, for whoever reads figures."""
    told = []
    for code, name in NAMES.items():
        share = SHARES.get(code)
        told.append(
            {
                "code": code,
                "name": name,
                "formula": formula(code, book),
                "better": better(code),
                "unit": POINTS if code == COMPOSITE else SHARE,
                "numerator": list(share.over) if share else [],
                "denominator": share.under if share else None,
            }
        )
    return told


def _share(numerator: int, denominator: int) -> Figure:
    return Figure(numerator, denominator, Fraction(numerator, denominator) if denominator else None)


def _patrol(patrol: tuple[int, int] | None, book: Rulebook) -> Figure:
    if patrol is None:
        return Figure(None, None, None)
    visited, households = patrol
    if not households:
        return Figure(visited, households, None)
    share = Fraction(visited, households)
    points = next(points for least, points in book.patrol_bands if share >= Fraction(str(least)))
    return Figure(visited, households, share, points=float(points))
