"""Who stands where in a period, compared with the period before, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.scores import Score
from app.rules.accounts.access import Caller
from app.rules.scores.indicators import HIGHER, NAMES, SHARES, better
from app.rules.scores.periods import before, parse_period, up_to
from app.rules.scores.rankings import Standing, rank, streak
from app.rules.scores.rulebook import UNIT_TYPES
from app.rules.scores.scoring import standing
from app.services.scores.scores import check_unit
from app.store.scores import scores as store
from app.store.scores.scores import ScoreFilter

TOTAL = "total"
MEASURES = (TOTAL, *NAMES)
LONGEST = 400


@dataclass(frozen=True)
class RankingOrder:
    """`by`: the total of the deduction sheet, or an indicator. `least`: cases that a figure must rest on to be ranked:
    its denominator, of totals and points the cases that were to be disposed of. `level`: digits of areas' codes."""

    period: str
    unit_type: str
    zone: str
    by: str = TOTAL
    least: int = 0
    level: int | None = None


@dataclass(frozen=True)
class StreakOrder:
    """At or above `line`, or at or below it, over the last `periods` up to one."""

    period: str
    unit_type: str
    zone: str
    line: float
    above: bool = True
    by: str = TOTAL
    unit: str | None = None
    periods: int = 12


@dataclass(frozen=True)
class TrendOrder:
    """One unit over the last `periods` up to one."""

    period: str
    unit_type: str
    unit: str
    zone: str
    periods: int = 12


def ranking(session: Session, caller: Caller, order: RankingOrder) -> list[dict[str, Any]]:
    """Places, the best first; equal figures share one (1, 2, 2, 4), without a figure there is none. `before`: the
    place in the period before."""
    _check(caller, order.unit_type, order.by, None)
    period = parse_period(order.period, order.zone)
    rows = _rows(session, order, period.name)
    earlier = _places(_rows(session, order, before(period, order.zone).name), order)
    told = []
    for unit, (place, tied) in _places(rows, order).items():
        row = rows[unit]
        figure = row.figures.get(order.by, {})
        told.append(
            {
                "rank": place,
                "tied": tied,
                "unit": unit,
                "value": row.total if order.by == TOTAL else figure.get("value"),
                "numerator": figure.get("numerator"),
                "denominator": figure.get("denominator"),
                "total": row.total,
                "grade": row.grade or None,
                "before": earlier.get(unit, (None, False))[0],
                "score": row.number,
            }
        )
    return told


def streaks(session: Session, caller: Caller, order: StreakOrder) -> list[dict[str, Any]]:
    """How long units have stood at or beyond a line, those that stand there longest first; a period without a figure
    ends a streak."""
    _check(caller, order.unit_type, order.by, order.unit)
    if not 1 <= order.periods <= LONGEST:
        raise InputError(f"from 1 to {LONGEST} periods")
    periods = up_to(parse_period(order.period, order.zone), order.periods, order.zone)
    wanted = ScoreFilter(unit_type=order.unit_type, unit=order.unit, kind=periods[0].kind)
    names = [period.name for period in periods]
    values: dict[str, dict[str, float | None]] = {}
    for row in store.page(session, wanted):
        value = row.total if order.by == TOTAL else row.figures.get(order.by, {}).get("value")
        values.setdefault(row.unit, {})[row.period] = value
    told = []
    for unit, by_period in values.items():
        found = streak([by_period.get(name) for name in names], order.line, above=order.above)
        since = None if found.longest_from is None else names[found.longest_from]
        told.append({"unit": unit, "now": found.now, "longest": found.longest, "longest_from": since})
    return sorted(told, key=lambda each: (-each["now"], -each["longest"], each["unit"]))


def trend(session: Session, caller: Caller, order: TrendOrder) -> list[dict[str, Any]]:
    """Figures of one unit over the last `periods` up to one, the earliest first; a period that was not told has none
    (`score` None)."""
    _check(caller, order.unit_type, TOTAL, order.unit)
    if not 1 <= order.periods <= LONGEST:
        raise InputError(f"from 1 to {LONGEST} periods")
    periods = up_to(parse_period(order.period, order.zone), order.periods, order.zone)
    wanted = ScoreFilter(unit_type=order.unit_type, unit=order.unit, kind=periods[0].kind)
    known = {row.period: row for row in store.page(session, wanted)}
    return [_of_period(period.name, known.get(period.name)) for period in periods]


def _of_period(period: str, row: Score | None) -> dict[str, Any]:
    if row is None:
        return {"period": period, "score": None, "total": None, "grade": None, "figures": {}}
    values = {code: figure["value"] for code, figure in row.figures.items()}
    return {"period": period, "score": row.number, "total": row.total, "grade": row.grade or None, "figures": values}


def _check(caller: Caller, unit_type: str, by: str, unit: str | None) -> None:
    if unit_type not in UNIT_TYPES:
        raise InputError(f"no type of unit {unit_type!r}: {', '.join(UNIT_TYPES)}")
    if by not in MEASURES:
        raise InputError(f"nothing to rank by is called {by!r}: {', '.join(MEASURES)}")
    check_unit(caller, unit_type, unit)


def _rows(session: Session, order: RankingOrder, period: str) -> dict[str, Score]:
    rows = store.page(session, ScoreFilter(period=period, unit_type=order.unit_type))
    return {row.unit: row for row in rows if order.level is None or len(row.unit) == order.level}


def _places(rows: dict[str, Score], order: RankingOrder) -> dict[str, tuple[int | None, bool]]:
    standings = [
        Standing(unit, standing(row.counts, row.figures, row.total, order.by), _weight(row, order.by))
        for unit, row in rows.items()
    ]
    which = HIGHER if order.by == TOTAL else better(order.by)
    return {place.unit: (place.rank, place.tied) for place in rank(standings, which, order.least)}


def _weight(row: Score, by: str) -> int:
    return int(row.counts[SHARES[by].under if by in SHARES else "disposable"])
