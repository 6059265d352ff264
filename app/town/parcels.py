"""Parcels: what stands on each block, from the middle of the town to its fields."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.town.ground import NONE, Box, Ground
from app.town.sizes import stream

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
WATER = ("river", "creek", "pond")
CAMPUSES = ("school", "hospital", "park", "factory", "government", "office", "mall", "market")
HOMES = ("highrise", "midrise", "village")
# share of the ground by use: middle of the town, between, edge
MIX: dict[str, tuple[float, float, float]] = {
    "highrise": (0.20, 0.24, 0.12),
    "midrise": (0.26, 0.22, 0.06),
    "village": (0.10, 0.14, 0.15),
    "mall": (0.09, 0.03, 0.005),
    "office": (0.11, 0.04, 0.01),
    "market": (0.03, 0.02, 0.01),
    "government": (0.04, 0.02, 0.005),
    "school": (0.06, 0.07, 0.03),
    "hospital": (0.025, 0.015, 0.005),
    "park": (0.065, 0.07, 0.05),
    "factory": (0.01, 0.09, 0.21),
    "vacant": (0.01, 0.035, 0.06),
    "field": (0.0, 0.01, 0.20),
    "pond": (0.0, 0.0, 0.08),
}
LARGEST = {"school": 75, "hospital": 70, "park": 140, "government": 40, "office": 45, "mall": 55, "market": 25}
LARGEST |= {"highrise": 120, "midrise": 80, "village": 110, "factory": 150}
NEEDED = ("school", "hospital", "park", "factory", "government", "office", "mall", "market", "village")


@dataclass(frozen=True)
class Parcels:
    """One entry per parcel; `cells` holds the parcel of each lattice cell (-1 outside the town)."""

    box: Ints  # (n, 4): i0, j0, i1, j1
    block: Ints
    superblock: Ints
    use: NDArray[np.str_]
    ring: Floats
    north: NDArray[np.bool_]  # on the north bank
    cells: Ints
    inset: Floats = field(repr=False)  # (n, 4): half of the road on each side in steps (west, south, east, north)

    def __len__(self) -> int:
        return len(self.box)

    @property
    def steps(self) -> Ints:
        return (self.box[:, 2] - self.box[:, 0]) * (self.box[:, 3] - self.box[:, 1])


def lay_parcels(ground: Ground, seed: int) -> Parcels:
    rng = stream(seed, "parcels")
    rows: list[tuple[Box, int, int, str]] = []
    uses = _uses(ground, rng)
    for (box, part, _), number, use in zip(ground.blocks, ground.block.tolist(), uses, strict=True):
        rows += [(piece, number, part, kind) for piece, kind in _split(box, use, rng)]
    boxes = np.array([row[0] for row in rows])
    cells = np.full(ground.shape, -1)
    for number, (i0, j0, i1, j1) in enumerate(boxes.tolist()):
        cells[i0:i1, j0:j1] = number
    return Parcels(
        box=boxes,
        block=np.array([row[1] for row in rows]),
        superblock=np.array([row[2] for row in rows]),
        use=np.array([row[3] for row in rows]),
        ring=np.array([ground.superblocks[row[2]].ring for row in rows]),
        north=boxes[:, 1] >= ground.river_row,
        cells=cells,
        inset=_insets(ground, boxes),
    )


def _uses(ground: Ground, rng: np.random.Generator) -> list[str]:
    names, shares = list(MIX), np.array(list(MIX.values())).T
    uses = []
    for _, part, fixed in ground.blocks:
        ring = ground.superblocks[part].ring + rng.normal(0, 0.1)
        weights = shares[0 if ring < 0.34 else 1 if ring < 0.72 else 2]
        uses.append(fixed or str(rng.choice(names, p=weights / weights.sum())))
    spare = [k for k, use in enumerate(uses) if use in ("highrise", "midrise")]
    for use in NEEDED:  # a small town, too, has one of each
        if use not in uses and len(spare) > 3:
            uses[spare.pop(int(rng.integers(len(spare))))] = use
    return uses


def _split(box: Box, use: str, rng: np.random.Generator) -> list[tuple[Box, str]]:
    """Walls, not roads, part the parcels of a block: compounds beside each other, or a school beside homes."""
    i0, j0, i1, j1 = box
    steps, limit = (i1 - i0) * (j1 - j0), LARGEST.get(use, 10_000)
    if steps <= limit * rng.uniform(1.0, 1.3) or max(i1 - i0, j1 - j0) < 4:
        return [(box, use)]
    cut = min(0.5, limit / steps) if use in CAMPUSES and use != "factory" else rng.uniform(0.38, 0.62)
    if i1 - i0 >= j1 - j0:
        i = min(max(i0 + round((i1 - i0) * cut), i0 + 2), i1 - 2)
        halves: tuple[Box, Box] = ((i0, j0, i, j1), (i, j0, i1, j1))
    else:
        j = min(max(j0 + round((j1 - j0) * cut), j0 + 2), j1 - 2)
        halves = ((i0, j0, i1, j), (i0, j, i1, j1))
    beside = use if use in HOMES or use == "factory" else str(rng.choice(["highrise", "midrise"]))
    return _split(halves[0], use, rng) + _split(halves[1], beside, rng)


HALF_ROAD = np.array([0.08, 0.34, 0.55, 0.95, 0.15])  # steps, by class of the edge


def _insets(ground: Ground, box: Ints) -> Floats:
    inset = np.empty(box.shape)
    for number, (i0, j0, i1, j1) in enumerate(box.tolist()):
        west, east = ground.across[i0, j0:j1].max(initial=NONE), ground.across[i1, j0:j1].max(initial=NONE)
        south, north = ground.along[i0:i1, j0].max(initial=NONE), ground.along[i0:i1, j1].max(initial=NONE)
        inset[number] = HALF_ROAD[[west, south, east, north]]
    return inset
