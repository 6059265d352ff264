"""The deduction sheet (100 分倒扣): points off, each with its case and its reason, and the grade they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.rules.scores.counts import COUNTS, is_in
from app.rules.scores.indicators import NAMES, Figure
from app.rules.scores.rulebook import FULL_MARKS, Deduction, Rulebook


@dataclass(frozen=True)
class Entry:
    """One line of a sheet. `event`: the case, None where an indicator is the reason. `points` 0: the cap of the rule
    was reached before."""

    rule: str
    event: int | None
    points: float
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "event": self.event, "points": self.points, "reason": self.reason}


@dataclass(frozen=True)
class Sheet:
    """`total`: a hundred less the points, at least 0."""

    entries: tuple[Entry, ...]
    total: float
    grade: str


def sheet(
    unit_type: str, cases: Sequence[int], marks: Sequence[int], figures: Mapping[str, Figure], book: Rulebook
) -> Sheet | None:
    """The sheet of a unit from its cases and what each is in. None where no rule is meant for its type.

    Rules in their order, cases by number; where a cap is nearly reached the last case takes what is left of it.
    """
    lines = [line for line in book.deductions if unit_type in line.units]
    if not lines:
        return None
    entries: list[Entry] = []
    for line in lines:
        entries += _per_case(line, cases, marks) if line.count else _per_figure(line, figures[line.indicator])
    taken = sum((Fraction(str(entry.points)) for entry in entries if entry.points), Fraction(0))
    total = float(max(Fraction(0), FULL_MARKS - taken))
    return Sheet(tuple(entries), total, grade(total, book))


def grade(total: float, book: Rulebook) -> str:
    """The best whose least total is reached."""
    return next(name for least, name in book.grades if total >= least)


def _per_case(line: Deduction, cases: Sequence[int], marks: Sequence[int]) -> list[Entry]:
    cap, each = Fraction(str(line.cap)), Fraction(str(line.points))
    whole = int(cap // each)  # so many cases take all points, the next one what is left
    rest = float(cap - whole * each)
    reason = f"{line.name}: {COUNTS[line.count].meaning}"
    capped = f"{reason} (已达上限 {line.cap:g})"
    events = sorted(event for event, mark in zip(cases, marks, strict=True) if is_in(mark, line.count))
    entries = [Entry(line.code, event, float(line.points), reason) for event in events[:whole]]
    for event in events[whole:]:
        entries.append(Entry(line.code, event, rest, reason if rest else capped))
        rest = 0.0
    return entries


def _per_figure(line: Deduction, figure: Figure) -> list[Entry]:
    if figure.exact is None:
        return []
    short = line.below is not None and figure.exact < Fraction(str(line.below))
    over = line.above is not None and figure.exact > Fraction(str(line.above))
    if not (short or over):
        return []
    limit = f"低于 {line.below:g}" if short else f"高于 {line.above:g}"
    counted = "" if figure.denominator is None else f" ({figure.numerator}/{figure.denominator})"
    reason = f"{line.name}: {NAMES[line.indicator]} {figure.value:g}{counted} {limit}"
    return [Entry(line.code, None, float(min(line.points, line.cap)), reason)]
