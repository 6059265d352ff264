"""Several good plans that truly differ, from one set of pieces: the front between keeping what is and making it even.

The engine runs with a spread of weights. A plan that another one beats on both axes is dropped, and so is one that
differs too little from a better one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from app.errors import InputError
from app.spatial.division.division import Division
from app.spatial.division.terms import CANDIDATES_MAX, Weights
from app.spatial.scoring.plan_scores import PlanScore
from app.spatial.search.tasks import Report

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_DIFFERENCE = 0.05  # two plans in which the average household keeps 95 % of its grid-mates are one
SPREAD = ((1.0, 1.0), (1.0, 0.0), (4.0, 0.0), (1.0, 4.0), (0.5, 8.0), (0.25, 16.0), (4.0, 1.0), (2.0, 8.0))
"""Factors on the weights of balance and of the other axis, the plan as asked first."""
WORDS = {"stable": "stable", "even": "even", "compact": "compact", "followed": "along existing borders"}
PLACES = ("the", "second", "third", "fourth", "fifth")
UNIT = 0.5  # what a factor multiplies where the weight asked is 0

Divide = Callable[[Weights, float | None, Report], Division]
Measure = Callable[[Division], PlanScore]


@dataclass(frozen=True, eq=False)
class Candidate:
    """`name` says what the plan is best at among those it was chosen with. `measures`: 0 to 1, more is better."""

    name: str
    weights: Weights
    division: Division
    score: PlanScore
    measures: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "weights": asdict(self.weights),
            "measures": dict(self.measures),
            "effort": self.division.report.effort,
            "grids": len(self.division.grids),
            "score": self.score.to_dict(),
        }


def find_candidates(
    divide: Divide, measure: Measure, mass: Floats, weights: Weights, *, count: int, known: bool, say: Report
) -> list[Candidate]:
    """At most `count` (1 to 5) plans, the one with the highest total score first, then from stable to even.

    `divide(weights, effort, progress)` runs the engine; the effort of the first run, None for its own choice, holds for
    all others, so that the same request gives the same plans. `mass` per piece (households) weighs the difference of
    plans. `known`: there are old grids; else the axis beside balance is shape, not stability.
    """
    if not 1 <= count <= CANDIDATES_MAX:
        raise InputError(f"from 1 to {CANDIDATES_MAX} candidates can be asked for, not {count}")
    tried: list[Candidate] = []
    effort: float | None = None
    for at, wished in enumerate(variants(weights, known=known)):
        division = divide(wished, effort, _slice(say, at, len(SPREAD)))
        effort = division.report.effort
        score = measure(division)
        tried.append(Candidate("", wished, division, score, measures_of(score)))
    axes = ("stable" if known else "compact", "even")
    return _named(_chosen(tried, axes, mass, count), axes)


def variants(weights: Weights, *, known: bool) -> list[Weights]:
    """The weights asked, and those spread around them on the two axes."""
    other = "stable" if known else "compact"
    unit = getattr(weights, other) or UNIT
    balance = weights.balance or UNIT
    spread = [replace(weights, **{"balance": balance * b, other: unit * o}) for b, o in SPREAD[1:]]
    if not known:  # a plan without any wish for shape is no plan
        spread = [replace(w, compact=max(w.compact, unit / 4.0)) for w in spread]
    return [weights, *spread]


def measures_of(score: PlanScore) -> dict[str, float]:
    """stable: mean of the share of an old grid that stays together and the share of a new one that comes from one old
    grid, over the networks; even: 1 − mean deviation; compact: mean Polsby–Popper; followed: share of the borders on
    existing ones."""
    together = list(score.preserved.values())
    kept = 2.0 * score.interest - 1.0  # in one area each, interest is (1 + kept) / 2
    return {
        "stable": (sum(together) / len(together) + kept) / 2.0 if together else 1.0,
        "even": score.size,
        "compact": score.polsby_popper_mean,
        "followed": score.followed,
    }


def dominated(measures: Sequence[Mapping[str, float]], axes: Sequence[str]) -> list[bool]:
    """Which are beaten: another is at least as good on every axis and better on one; of equals the first stays."""
    table = np.array([[one[axis] for axis in axes] for one in measures])
    found = []
    for at, row in enumerate(table):
        as_good, better = (table >= row).all(axis=1), (table > row).any(axis=1)
        equal_before = (table[:at] == row).all(axis=1).any()
        found.append(bool((as_good & better).any() or equal_before))
    return found


def difference(a: Ints, b: Ints, mass: Floats) -> float:
    """How much two plans differ, 0 to 1: the share of grid-mates that the average household does not have in both.

    One minus the Jaccard index of its two grids, weighted by `mass`; pieces without a grid in either are left out.
    """
    used = (a >= 0) & (b >= 0)
    if not mass[used].sum() > 0:
        return 0.0
    left, right, weight = a[used], b[used], mass[used]
    common = coo_matrix((weight, (left, right))).tocsr().tocoo()
    held_a, held_b = np.bincount(left, weight), np.bincount(right, weight)
    either = held_a[common.row] + held_b[common.col] - common.data
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = np.where(either > 0, common.data / either, 0.0)
    return float(1.0 - (common.data * shared).sum() / weight.sum())


def _slice(say: Report, at: int, count: int) -> Report:
    return lambda share, text: say((at + share) / count, f"plan {at + 1} of {count}: {text}")


def _chosen(tried: Sequence[Candidate], axes: tuple[str, str], mass: Floats, count: int) -> list[Candidate]:
    """From the front: the highest total, both ends, then what differs most; never two that are nearly the same."""
    beaten = dominated([one.measures for one in tried], axes)
    front = [one for one, lost in zip(tried, beaten, strict=True) if not lost]
    best = max(front, key=lambda one: one.score.total)
    ends = [max(front, key=lambda one: one.measures[axis]) for axis in axes]
    chosen: list[Candidate] = []

    def apart(one: Candidate) -> float:
        mine = one.division.assignment
        return min((difference(mine, other.division.assignment, mass) for other in chosen), default=1.0)

    for one in (best, *ends):
        if len(chosen) < count and apart(one) >= LEAST_DIFFERENCE:
            chosen.append(one)
    rest = [one for one in front if one not in chosen]
    while rest and len(chosen) < count:
        far = max(rest, key=apart)
        if apart(far) < LEAST_DIFFERENCE:
            break
        chosen.append(far)
        rest.remove(far)
    first, *others = chosen
    return [first, *sorted(others, key=lambda one: -one.measures[axes[0]])]


def _named(chosen: Sequence[Candidate], axes: tuple[str, str]) -> list[Candidate]:
    """Each by what it is best at among the others, or else by its place on the axis where it comes further ahead."""
    names = [*axes, *(name for name in WORDS if name not in axes)]
    order = {name: sorted({one.measures[name] for one in chosen}, reverse=True) for name in names}
    found = []
    for one in chosen:
        place = {name: order[name].index(one.measures[name]) for name in names}
        good = [f"most {WORDS[name]}" for name in names if place[name] == 0 and len(order[name]) > 1]
        near = min(axes, key=lambda axis: place[axis])
        found.append(replace(one, name=", ".join(good) or f"{PLACES[place[near]]} most {WORDS[near]}"))
    return found
