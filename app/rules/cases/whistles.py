"""吹哨报到 in figures: how often who was called, answered, arrived, how soon, and what the whistler thought of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median

from app.errors import InputError

STARS = 5
BY = ("department", "grid")


@dataclass(frozen=True)
class Call:
    """One department called to one case of a grid."""

    department: str
    grid: str
    called_at: datetime
    answered_at: datetime | None = None
    arrived_at: datetime | None = None
    answer_by: datetime | None = None
    score: float | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether it arrived after its time limit, or has not arrived by then."""
        return self.answer_by is not None and (self.arrived_at or now) > self.answer_by


@dataclass(frozen=True)
class Figures:
    """Of a department, or of the grid that whistled. Shares are of all calls; `median_minutes` from call to arrival;
    None where there is nothing to count."""

    name: str
    calls: int
    answered: int
    arrived: int
    late: int
    share_answered: float
    share_arrived: float
    median_minutes: float | None
    scored: int
    mean_score: float | None


def figures(calls: Iterable[Call], by: str, now: datetime) -> list[Figures]:
    """Figures per department or grid, by name. Raises InputError for another `by`."""
    if by not in BY:
        raise InputError(f"figures of whistles are by {' or '.join(BY)}, not by {by!r}")
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(str(getattr(call, by)), []).append(call)
    return [_figures(name, groups[name], now) for name in sorted(groups)]


def score_of_stars(stars: float) -> float:
    """1 to 5 stars as 20 to 100 points."""
    if not 1 <= stars <= STARS:
        raise InputError(f"stars are 1 to {STARS}, not {stars:g}")
    return stars * 100 / STARS


def _figures(name: str, calls: list[Call], now: datetime) -> Figures:
    minutes = [(each.arrived_at - each.called_at).total_seconds() / 60 for each in calls if each.arrived_at is not None]
    scores = [each.score for each in calls if each.score is not None]
    answered = sum(each.answered_at is not None for each in calls)
    return Figures(
        name, len(calls), answered, len(minutes), sum(each.is_late(now) for each in calls), answered / len(calls),
        len(minutes) / len(calls), median(minutes) if minutes else None, len(scores), fmean(scores) if scores else None,
    )  # fmt: skip
