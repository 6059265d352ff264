"""Before dividing: which ground is divided together (territories), what is too small for a grid.

A territory is one connected stretch of one kind inside one administrative area; a campus is a territory of its own.
What holds less than the band's minimum is folded into a neighbour, so that every grid that comes out can be worked.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.spatial.division.adjacency import Adjacency, connected_parts
from app.spatial.division.terms import KINDS, Band, Rules

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """Per piece: administrative area, kind, and the campus or compound that is to be a grid of its own ('' for none).

    `free`: not in a locked grid (default: all pieces).
    """

    area: NDArray[np.object_]
    kind: NDArray[np.object_]
    campus: NDArray[np.object_]
    free: NDArray[np.bool_] | None = None

    @property
    def placed(self) -> NDArray[np.bool_]:
        """With areas, only pieces inside one; without any area, all pieces."""
        inside = np.asarray(self.area != "", dtype=bool)
        return inside if inside.any() else np.ones(len(inside), dtype=bool)

    @property
    def divided(self) -> NDArray[np.bool_]:
        """Pieces that the search gives a grid: placed, and not in a locked grid."""
        return self.placed if self.free is None else self.placed & self.free


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
    labels: Labels,
    amounts: Mapping[str, Floats],
    adjacency: Adjacency,
    bands: Mapping[str, Band],
    rules: Rules | None = None,
) -> list[Territory]:
    """Territories of the pieces that are divided, folded, ordered by area, kind, campus and first piece.

    `amounts` gives each piece's amount of every kind's quantity. Folding takes the part that is furthest below its
    minimum first, joins it to the neighbour of the same area with the longest shared border (a campus only when there
    is no other; the lowest number on a tie). The neighbour's kind holds for both; where the neighbour too is below
    its minimum, the kind of whichever reaches more of its own target. A compound that the rules make a grid of its
    own never folds.
    """
    parts = _parts(labels, amounts, adjacency)
    sizes = _Sizes(bands, rules or Rules())
    _fold(parts, sizes)
    done = [
        Territory(part.area, part.kind, part.campus, tuple(sorted(part.pieces)), sizes.small(part))
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


@dataclass(frozen=True)
class _Sizes:
    """How large parts are, in their own bands."""

    bands: Mapping[str, Band]
    rules: Rules

    def reach(self, part: _Part) -> float:
        """How much of one target of its own kind the part holds."""
        return part.amount[part.kind] / self.rules.band(self.bands, part.area, part.kind).target

    def small(self, part: _Part) -> bool:
        if part.campus in self.rules.compounds:
            return False
        return part.amount[part.kind] < self.rules.band(self.bands, part.area, part.kind).minimum


def _fold(parts: dict[int, _Part], sizes: _Sizes) -> None:
    def small(number: int) -> list[tuple[float, int]]:
        part = parts[number]
        return [(sizes.reach(part), number)] if part.beside and sizes.small(part) else []

    waiting = [entry for number in parts for entry in small(number)]
    heapq.heapify(waiting)
    while waiting:
        entry = heapq.heappop(waiting)
        if entry[1] not in parts or entry not in small(entry[1]):
            continue  # merged meanwhile, or grown: then a newer entry stands for it
        number = entry[1]
        beside = parts[number].beside
        other = min(beside, key=lambda n: (parts[n].campus != "", -beside[n], n))
        whole = not sizes.small(parts[other])
        heir = other if whole or (sizes.reach(parts[other]), -other) > (entry[0], -number) else number
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
