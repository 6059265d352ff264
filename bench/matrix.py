"""The responsibility matrix of 1,000 grids × 500 matters, against choosing the duty of one cell after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.rules.duties.duties import Duty, Place, parse_scope
from app.rules.duties.duty_choice import choose
from app.rules.duties.duty_hours import Instant, parse_hours
from app.rules.duties.matters import Matter
from app.rules.duties.responsibility import Matrix, Parts, matrix
from app.rules.duties.responsibility_problems import Grids, counts, problems
from bench.measure import Measured, measure

GRIDS, MATTERS, PARTS, OLD_GRIDS, AREAS, LEADS = 1_000, 500, 3_000, 500, 200, 30
SAMPLE = 2_000  # cells that the slow way is timed on
NOON = Instant((6, 1), 0, 720)


@dataclass(frozen=True)
class City:
    """Made-up duty lines: a class everywhere, a code in some areas, on old grids that new ones cut, at night."""

    matters: list[Matter]
    duties: list[Duty]
    scopes: list[str]
    parts: Parts
    places: list[Place]


def run(seed: int = 1) -> list[Measured]:
    """Seconds and peak memory (the process with its libraries included); the last row is OneGrid's."""
    city = make_city(seed)
    cells = np.random.default_rng(seed).integers(0, (PARTS, MATTERS), (SAMPLE, 2))
    return [
        measure(f"one cell after another ({SAMPLE:,} of {PARTS * MATTERS:,})", _one_by_one(city, cells)),
        measure("OneGrid matrix", lambda: _judged(city), warm=True),
        measure("OneGrid matrix, problems and proposals", lambda: _told(city), warm=True),
    ]


def make_city(seed: int) -> City:
    rng = np.random.default_rng(seed)
    matters = [
        Matter("matter", f"{1 + n // 50:02d}{n % 50:03d}", f"m{n}", f"c{n // 50}", "T", "T") for n in range(MATTERS)
    ]
    areas = [f"4401150{1 + n // 20:02d}{1 + n % 20:03d}" for n in range(AREAS)]
    old = rng.integers(0, OLD_GRIDS, PARTS)
    grid = np.sort(np.concatenate([np.arange(GRIDS), rng.integers(0, GRIDS, PARTS - GRIDS)]))
    places = [Place(areas[g % AREAS], "resident", {"old": str(o)}) for g, o in zip(grid, old, strict=True)]
    duties = [_duty(f"c{n}", f"{n:02d}", "everywhere", rng) for n in range(1, 11)]
    duties += [_duty(f"e{n}", m.code, "everywhere", rng) for n, m in enumerate(matters) if n % 50]
    duties += [_duty(f"a{n}", rng.choice(matters).code, str(rng.choice(areas)), rng) for n in range(800)]
    duties += [_duty(f"g{n}", rng.choice(matters).code, f"grid:old/{rng.integers(OLD_GRIDS)}", rng) for n in range(800)]
    duties += [_duty(f"n{n}", rng.choice(matters).code, "everywhere", rng, "22:00-06:00") for n in range(50)]
    scopes = sorted({str(duty.scope) for duty in duties})
    holds = np.array([_row(scope, places) for scope in scopes])
    return City(matters, duties, scopes, Parts(GRIDS, grid, holds), places)


def _duty(number: str, code: str, scope: str, rng: np.random.Generator, hours: str = "") -> Duty:
    return Duty(number, "matter", "T", code, f"L{rng.integers(LEADS)}", parse_scope(scope), parse_hours(hours))


def _row(scope: str, places: list[Place]) -> list[bool]:
    kind, _, value = scope.partition(":")
    if kind == "area":
        return [place.area == value for place in places]
    return [kind == "everywhere" or f"old/{place.grids['old']}" == value for place in places]


def _one_by_one(city: City, cells: Any) -> Callable[[], dict[str, Any]]:
    def call() -> dict[str, Any]:
        led = sum(choose(city.duties, city.matters[m], city.places[p], NOON).duty is not None for p, m in cells)
        return {"lines": f"{len(city.duties):,}", "cells": f"{len(cells):,}", "led": f"{led:,}"}

    return call


def _judged(city: City) -> dict[str, Any]:
    return _facts(city, matrix(city.duties, city.matters, city.scopes, city.parts))


def _told(city: City) -> dict[str, Any]:
    made = matrix(city.duties, city.matters, city.scopes, city.parts)
    grids = Grids([str(n) for n in range(GRIDS)], ["" for _ in range(GRIDS)])
    rows = problems(made, city.duties, city.matters, city.scopes, city.parts, grids)
    return _facts(city, made) | {"problems": f"{len(rows):,}"}


def _facts(city: City, made: Matrix) -> dict[str, Any]:
    told = {name: f"{number:,}" for name, number in counts(made).items()}
    return {"lines": f"{len(city.duties):,}", "cells": f"{made.flags.size:,}", **told}
