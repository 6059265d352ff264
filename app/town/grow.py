"""Regions grown from parcels: how the generator makes communities and the grids of the three networks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Near = list[dict[int, float]]  # per unit: neighbour → weight of the shared border


@dataclass(frozen=True)
class Rule:
    """Grow until the weight reaches 1 (±`spread`); `noise` decides how ragged the regions are."""

    spread: float = 0.25
    noise: float = 0.15
    least: float = 0.45  # a region lighter than this joins a neighbour


def borders(cells: Ints) -> tuple[Ints, Ints]:
    """Pairs of units that share a border in a raster of unit numbers (-1 = outside), and its length in steps."""
    found = []
    for a, b in ((cells[:-1, :], cells[1:, :]), (cells[:, :-1], cells[:, 1:])):
        apart = (a != b) & (a >= 0) & (b >= 0)
        found.append(np.sort(np.column_stack([a[apart], b[apart]]), axis=1))
    return np.unique(np.concatenate(found), axis=0, return_counts=True)


def neighbours(pairs: Ints, weights: Floats, count: int) -> Near:
    near: Near = [{} for _ in range(count)]
    for (a, b), weight in zip(pairs.tolist(), weights.tolist(), strict=True):
        near[a][b] = near[b][a] = weight
    return near


def grow(weight: Floats, near: Near, within: Ints, order: Ints, rule: Rule, rng: np.random.Generator) -> Ints:
    """Connected regions of about weight 1 inside each container `within` (-1: unit left out, region -1).

    `order` is the sequence in which units are tried as starts; it also numbers the regions, from 0.
    """
    region = np.full(len(weight), -1)
    noise = rng.uniform(0, rule.noise, len(weight))
    total = np.array([sum(found.values()) or 1.0 for found in near])
    number = 0
    for start in order.tolist():
        if region[start] >= 0 or within[start] < 0:
            continue
        _fill(start, number, 1 + rng.uniform(-rule.spread, rule.spread), weight, near, within, total, noise, region)
        number += 1
    _absorb(region, weight, near, within, rule.least)
    return renumbered(region, order)


def _fill(
    start: int,
    number: int,
    goal: float,
    weight: Floats,
    near: Near,
    within: Ints,
    total: Floats,
    noise: Floats,
    region: Ints,
) -> None:
    region[start], have = number, weight[start]
    front: dict[int, float] = defaultdict(float)
    newest = start
    while have < goal:
        for unit, length in near[newest].items():
            if region[unit] < 0 and within[unit] == within[start]:
                front[unit] += length
        if not front:
            return
        newest = max(front, key=lambda unit: (front[unit] / total[unit] + noise[unit], -unit))
        if have + weight[newest] - goal > goal - have and weight[newest] > 0.15:
            return  # taking it would miss the goal by more than leaving it
        del front[newest]
        region[newest] = number
        have += weight[newest]


def _absorb(region: Ints, weight: Floats, near: Near, within: Ints, least: float) -> None:
    """Join light regions, lightest first, to the neighbour in the same container with the strongest shared border."""
    members: dict[int, list[int]] = defaultdict(list)
    for unit, number in enumerate(region.tolist()):
        if number >= 0:
            members[number].append(unit)
    heavy = {number: float(weight[units].sum()) for number, units in members.items()}
    for number in sorted(heavy, key=lambda k: (heavy[k], k)):
        if heavy[number] >= least:
            continue
        shared: dict[int, float] = defaultdict(float)
        for unit in members[number]:
            for other, length in near[unit].items():
                if within[other] == within[unit] and region[other] not in (number, -1):
                    shared[int(region[other])] += length
        if shared:
            into = max(shared, key=lambda k: (shared[k], -k))
            region[members[number]] = into
            members[into] += members.pop(number)
            heavy[into] += heavy[number]


def renumbered(region: Ints, order: Ints) -> Ints:
    """Regions numbered from 0 by their first unit in `order`; -1 stays."""
    new: dict[int, int] = {-1: -1}
    for unit in order.tolist():
        new.setdefault(int(region[unit]), len(new) - 1)
    return np.array([new[int(k)] for k in region])


def pieces(near: Near, units: list[int]) -> list[list[int]]:
    """Connected parts of a set of units, the largest first (equal: by first unit)."""
    left, parts = set(units), []
    for unit in units:
        if unit not in left:
            continue
        left.discard(unit)
        part, stack = [unit], [unit]
        while stack:
            for other in near[stack.pop()]:
                if other in left:
                    left.discard(other)
                    part.append(other)
                    stack.append(other)
        parts.append(part)
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def mended(region: Ints, near: Near) -> Ints:
    """Every region in one part: smaller parts go to the neighbouring region with the strongest shared border."""
    made = region.copy()
    for number in np.unique(made[made >= 0]).tolist():
        for part in pieces(near, np.flatnonzero(made == number).tolist())[1:]:
            shared: dict[int, float] = defaultdict(float)
            for unit in part:
                for other, length in near[unit].items():
                    if made[other] not in (number, -1):
                        shared[int(made[other])] += length
            if shared:
                made[part] = max(shared, key=lambda k: (shared[k], -k))
    return made
