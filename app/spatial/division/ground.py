"""Before dividing: which ground is divided together (territories), what is too small for a grid, how many grids.

A territory is one connected stretch of one kind inside one administrative area; a campus is a territory of its own.
What holds less than the band's minimum is folded into a neighbour, so that every grid that comes out can be worked.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.errors import Infeasible
from app.spatial.division.adjacency import Adjacency, connected_parts
from app.spatial.division.terms import KINDS, Band

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """Per piece: administrative area, kind, and the campus where the kind is institution ('' for none)."""

    area: NDArray[np.object_]
    kind: NDArray[np.object_]
    campus: NDArray[np.object_]

    @property
    def divided(self) -> NDArray[np.bool_]:
        """With areas, only pieces inside one; without any area, all pieces."""
        inside = np.asarray(self.area != "", dtype=bool)
        return inside if inside.any() else np.ones(len(inside), dtype=bool)


@dataclass(frozen=True)
class Territory:
    """Pieces divided together. `below_band`: less than the minimum, and no neighbour in its area to fold into."""

    area: str
    kind: str
    campus: str
    pieces: tuple[int, ...]
    below_band: bool

    @property
    def name(self) -> str:
        return "/".join(part for part in (self.area, self.kind, self.campus) if part)


@dataclass
class _Part:
    """A stretch of ground while folding; `amount` per kind, in that kind's quantity."""

    area: str
    kind: str
    campus: str
    pieces: list[int]
    amount: dict[str, float]
    beside: dict[int, float] = field(default_factory=dict)  # neighbour part → shared border, m

    def key(self) -> tuple[str, str, str]:
        return self.area, self.kind, self.campus


def find_territories(
    labels: Labels, amounts: Mapping[str, Floats], adjacency: Adjacency, bands: Mapping[str, Band]
) -> list[Territory]:
    """Territories of the pieces that are divided, folded, ordered by area, kind, campus and first piece.

    `amounts` gives each piece's amount of every kind's quantity. Folding takes the part that is furthest below its
    minimum first, joins it to the neighbour of the same area with the longest shared border (a campus only when there
    is no other; the lowest number on a tie). The neighbour's kind holds for both; where the neighbour too is below
    its minimum, the kind of whichever reaches more of its own target.
    """
    parts = _parts(labels, amounts, adjacency)
    _fold(parts, bands)
    done = [
        Territory(
            part.area, part.kind, part.campus, tuple(sorted(part.pieces)), _reach(part, bands) < _least(part, bands)
        )
        for part in parts.values()
    ]
    return sorted(done, key=lambda t: (t.area, KINDS.index(t.kind), t.campus, t.pieces[0]))


def _parts(labels: Labels, amounts: Mapping[str, Floats], adjacency: Adjacency) -> dict[int, _Part]:
    area, kind, campus, include = labels.area, labels.kind, labels.campus, labels.divided
    _, ground = np.unique(area.astype(str), return_inverse=True)
    _, key = np.unique([f"{a}/{k}/{c}" for a, k, c in zip(area, kind, campus, strict=True)], return_inverse=True)
    source = adjacency.source()
    inside = include[source] & include[adjacency.indices] & (ground[source] == ground[adjacency.indices])
    _, label = connected_parts(adjacency.where(inside & (key[source] == key[adjacency.indices])))
    parts: dict[int, _Part] = {}
    for piece in np.flatnonzero(include):
        i = int(piece)
        part = parts.setdefault(int(label[i]), _Part(area[i], kind[i], campus[i], [], {}))
        part.pieces.append(i)
    for part in parts.values():
        part.amount = {name: float(values[part.pieces].sum()) for name, values in amounts.items()}
    crossing = np.flatnonzero(inside & (label[source] != label[adjacency.indices]))
    for e in crossing:
        beside = parts[int(label[source[e]])].beside
        other = int(label[adjacency.indices[e]])
        beside[other] = beside.get(other, 0.0) + float(adjacency.length[e])
    return parts


def _reach(part: _Part, bands: Mapping[str, Band]) -> float:
    """How much of one target of its own kind the part holds."""
    return part.amount[part.kind] / bands[part.kind].target


def _least(part: _Part, bands: Mapping[str, Band]) -> float:
    return bands[part.kind].minimum / bands[part.kind].target


def _fold(parts: dict[int, _Part], bands: Mapping[str, Band]) -> None:
    def small(number: int) -> list[tuple[float, int]]:
        part = parts[number]
        reach = _reach(part, bands)
        return [(reach, number)] if part.beside and reach < _least(part, bands) else []

    waiting = [entry for number in parts for entry in small(number)]
    heapq.heapify(waiting)
    while waiting:
        entry = heapq.heappop(waiting)
        if entry[1] not in parts or entry not in small(entry[1]):
            continue  # merged meanwhile, or grown: then a newer entry stands for it
        number = entry[1]
        beside = parts[number].beside
        other = min(beside, key=lambda n: (parts[n].campus != "", -beside[n], n))
        whole = _reach(parts[other], bands) >= _least(parts[other], bands)
        heir = other if whole or (_reach(parts[other], bands), -other) > (entry[0], -number) else number
        kind, campus = parts[heir].kind, parts[heir].campus
        merged = _merge(parts, number, other)
        parts[merged].kind, parts[merged].campus = kind, campus
        for same in sorted(n for n in parts[merged].beside if parts[n].key() == parts[merged].key()):
            merged = _merge(parts, merged, same)
        for entry in small(merged):
            heapq.heappush(waiting, entry)


def _merge(parts: dict[int, _Part], a: int, b: int) -> int:
    """Join two parts under the lower number; kind and campus of that number are kept."""
    stay, gone = min(a, b), max(a, b)
    part, other = parts[stay], parts.pop(gone)
    part.pieces += other.pieces
    part.amount = {name: part.amount[name] + other.amount[name] for name in part.amount}
    for number, length in other.beside.items():
        del parts[number].beside[gone]
        if number != stay:
            part.beside[number] = part.beside.get(number, 0.0) + length
            parts[number].beside[stay] = part.beside[number]
    return stay


def count_grids(amounts: Floats, band: Band) -> int:
    """How many grids a territory gives whose pieces hold `amounts`: a piece above the maximum is a grid of its own."""
    large = amounts > band.maximum
    alone = int(large.sum())
    return alone + grids_in(float(amounts[~large].sum()), band, least=0 if alone else 1)


def grids_in(amount: float, band: Band, least: int = 1) -> int:
    """The number of grids (at least `least`) whose mean leaves the band least.

    On a tie the one whose mean is nearest to the target, then the smaller.
    """
    share = amount / band.target
    around = {max(least, int(np.floor(share))), max(least, int(np.ceil(share)))}
    return min(around, key=lambda k: (*_misfit(share, k, band), k))


def _misfit(share: float, grids: int, band: Band) -> tuple[float, float]:
    if grids == 0:  # next to grids of large pieces: what is left over is added to them
        return share, share
    mean = share / grids
    outside = max(0.0, band.minimum / band.target - mean, mean - band.maximum / band.target)
    return outside, abs(mean - 1.0)


def apportion(grids: int, shares: Floats, most: Ints) -> Ints:
    """`grids` spread over territories in proportion to `shares` (Webster), at least 1 and at most `most` pieces each.

    Raises Infeasible when `grids` is less than the number of territories or more than the number of pieces.
    """
    least, limit = len(shares), int(most.sum())
    if not least <= grids <= limit:
        nearest = least if grids < least else limit
        why = f"{least} separate territories need a grid each" if grids < least else f"there are only {limit} pieces"
        raise Infeasible(
            f"{grids} grids cannot be made: {why}; the nearest number that can is {nearest}",
            [why, f"nearest feasible choice: {nearest} grids"],
            nearest=nearest,
        )
    given = np.ones(least, dtype=np.int64)
    claims = [(-share / 3.0, at) for at, share in enumerate(shares) if most[at] > 1]
    heapq.heapify(claims)
    for _ in range(grids - least):
        _, at = heapq.heappop(claims)
        given[at] += 1
        if given[at] < most[at]:
            heapq.heappush(claims, (-shares[at] / (2.0 * given[at] + 1.0), at))
    return given
