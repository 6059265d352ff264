"""What a city counts by: limits of stages, the deduction sheet, grades, weights. Data with a date, never code.

The limits and deductions of `DEFAULT` are a beginning for a city to replace, no standard's; the weights are those of
金牛 (data/sample_grids/codes/indicators.csv).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from app.errors import InputError
from app.rules.duties.time_limits import Limit, parse_limits

STAGES = ("verify", "file", "dispatch", "check", "close")
BASES = ("due", "dispatched")
UNIT_TYPES = ("city", "area", "grid", "department", "person")
LONGEST_STAGE_DAYS = 30
FULL_MARKS = 100
COMPOSITE, PATROL = "composite", "patrol"  # indicators that the composite cannot be made of
_HOURS = {"minutes": 1 / 60, "hours": 1, "urgent_hours": 1, "working_hours": 3, "working_days": 24, "days": 24}


@dataclass(frozen=True)
class Deduction:
    """Points off for each case of a count (`count`), or once when an indicator falls short of (`below`) or passes
    (`above`) a line. `cap`: points that the line takes at most. `units`: whose sheets have the line."""

    code: str
    name: str
    points: float
    cap: float
    count: str = ""
    indicator: str = ""
    below: float | None = None
    above: float | None = None
    units: tuple[str, ...] = ("area", "grid", "department", "person")


@dataclass(frozen=True)
class Rulebook:
    """`limits`: stage → its time limit as lists write it. `basis`: a case is to be disposed of in the period that its
    deadline lies in (`due`), or in that of its dispatch (`dispatched`). `patrol_bands`: least coverage → points,
    `grades`: least total → name; the best first."""

    name: str = "default"
    basis: str = "due"
    limits: Mapping[str, str] = field(
        default_factory=lambda: {
            "verify": "2 工作时", "file": "0.5 工作时", "dispatch": "0.5 工作时", "check": "4 工作时",
            "close": "1 工作日",
        }
    )  # fmt: skip
    dissatisfied_below: float = 60.0
    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "disposal": 30, "disposal_on_time": 20, "rework": 20, "overdue_open": 20, "delay": 10,
        }
    )  # fmt: skip
    deductions: tuple[Deduction, ...] = (
        Deduction("K1", "超期未处置", 2, 30, count="overdue_open"),
        Deduction("K2", "超期处置", 1, 20, count="disposed_late"),
        Deduction("K3", "返工", 2, 20, count="reworked"),
        Deduction("K4", "延期", 0.5, 10, count="delayed"),
        Deduction("K5", "不满意", 2, 20, count="dissatisfied"),
        Deduction("K6", "结案率低于九成", 5, 5, indicator="closing", below=0.9),
    )
    patrol_bands: tuple[tuple[float, float], ...] = ((0.95, 10), (0.90, 8), (0.85, 6), (0, 0))
    grades: tuple[tuple[float, str], ...] = ((90, "优秀"), (80, "良好"), (60, "合格"), (0, "不合格"))

    def stage_limits(self) -> dict[str, Limit]:
        return {stage: parse_limits(self.limits[stage])[0] for stage in STAGES}

    def to_dict(self) -> dict[str, Any]:
        """As `parse_rulebook` reads it, made of what JSON has."""
        told = asdict(self)
        told["limits"], told["weights"] = dict(self.limits), dict(self.weights)
        told["deductions"] = [{**line, "units": list(line["units"])} for line in told["deductions"]]
        told["grades"] = [list(grade) for grade in self.grades]
        told["patrol_bands"] = [list(band) for band in self.patrol_bands]
        return told

    def digest(self) -> str:
        """SHA-256 of what it says; 30 and 30.0 are one number, since a database gives back either."""
        told = json.dumps(_as_floats(self.to_dict()), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def parse_rulebook(data: Mapping[str, Any], counts: frozenset[str], indicators: frozenset[str]) -> Rulebook:
    """A rulebook from JSON; what is not given is as in the default. Raises InputError, naming the member,
    with its path as `field` (`limits.close`, `deductions.2.points`)."""
    known = {each.name for each in fields(Rulebook)}
    if unknown := sorted(set(data) - known):
        raise InputError(f"a rulebook has no member {unknown[0]!r}: {', '.join(sorted(known))}", field=unknown[0])
    try:
        given: dict[str, Any] = dict(data)
        if "deductions" in given:
            given["deductions"] = tuple(_deduction(line) for line in given["deductions"])
        if "grades" in given:
            given["grades"] = tuple((float(least), str(name)) for least, name in given["grades"])
        if "patrol_bands" in given:
            given["patrol_bands"] = tuple((float(least), float(points)) for least, points in given["patrol_bands"])
        if "limits" in given:
            given["limits"] = {**Rulebook().limits, **given["limits"]}
        made = Rulebook(**given)
        _check(made, counts, indicators)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise InputError(f"not a rulebook: {error}") from None
    return made


def _deduction(line: Mapping[str, Any]) -> Deduction:
    given = dict(line)
    if "units" in given:
        given["units"] = tuple(given["units"])
    return Deduction(**given)


def _check(book: Rulebook, counts: frozenset[str], indicators: frozenset[str]) -> None:
    if book.basis not in BASES:
        raise InputError(f"basis {book.basis!r}: one of {', '.join(BASES)}", field="basis")
    if unknown := sorted(set(book.limits) - set(STAGES)):
        raise InputError(f"limits: no stage {unknown[0]!r}: {', '.join(STAGES)}", field=f"limits.{unknown[0]}")
    for stage, text in book.limits.items():
        found = parse_limits(text)
        if len(found) != 1 or found[0].amount * _HOURS[found[0].unit] > LONGEST_STAGE_DAYS * 24:
            raise InputError(
                f"limits: {stage}: {text!r} is not one limit of at most {LONGEST_STAGE_DAYS} days",
                field=f"limits.{stage}",
            )
    weighable = indicators - {COMPOSITE, PATROL}
    if unknown := sorted(set(book.weights) - weighable):
        told = f"weights: no indicator {unknown[0]!r}: {', '.join(sorted(weighable))}"
        raise InputError(told, field=f"weights.{unknown[0]}")
    if wrong := [code for code, weight in book.weights.items() if not 0 <= float(weight) <= FULL_MARKS]:
        raise InputError("weights: each is from 0 to 100", field=f"weights.{wrong[0]}")
    for name, steps in (("grades", book.grades), ("patrol_bands", book.patrol_bands)):
        least = [step[0] for step in steps]
        if not least or least != sorted(set(least), reverse=True) or least[-1] != 0:
            raise InputError(f"{name}: the best first, the last from 0 on", field=name)
    codes = [line.code for line in book.deductions]
    for at, line in enumerate(book.deductions):
        if line.code in codes[:at]:
            raise InputError("deductions: a code is there twice", field=f"deductions.{at}.code")
        if wrong_there := _wrong_in(line, counts, indicators):
            member, what = wrong_there
            raise InputError(f"deductions: {line.code}: {what}", field=f"deductions.{at}.{member}")


def _wrong_in(line: Deduction, counts: frozenset[str], indicators: frozenset[str]) -> tuple[str, str] | None:
    """The member of a line that is wrong, and what is wrong with it."""
    if bool(line.count) == bool(line.indicator):
        return "count", "name a count or an indicator"
    if line.count and line.count not in counts:
        return "count", f"no count {line.count!r}: {', '.join(sorted(counts))}"
    if line.indicator and line.indicator not in indicators:
        return "indicator", f"no indicator {line.indicator!r}: {', '.join(sorted(indicators))}"
    if line.indicator and (line.below is None) == (line.above is None):
        return "below", "an indicator has a line: below or above"
    if not (0 < line.points <= FULL_MARKS and line.points <= line.cap <= FULL_MARKS):
        return "points", "points are more than 0, the cap at least as much, and both at most 100"
    if unknown := sorted(set(line.units) - set(UNIT_TYPES)):
        return "units", f"no type of unit {unknown[0]!r}: {', '.join(UNIT_TYPES)}"
    return None


def _as_floats(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return [_as_floats(each) for each in value]
    return {name: _as_floats(each) for name, each in value.items()} if isinstance(value, dict) else float(value)


DEFAULT = Rulebook()
