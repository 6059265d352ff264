"""The ground of the town: superblocks between main roads, a river with few bridges, blocks between lesser roads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.town.sizes import Size, stream

Ints = NDArray[np.int64]
NONE, BRANCH, SECONDARY, MAIN, BANK = 0, 1, 2, 3, 4  # what runs along a lattice edge
Box = tuple[int, int, int, int]  # i0, j0, i1, j1 in lattice steps


@dataclass(frozen=True)
class Superblock:
    box: Box
    water: bool
    ring: float  # 0 in the middle of the town, 1 at its edge
    cell: tuple[int, int]  # column and row


@dataclass(frozen=True)
class Ground:
    """`across[i, j]`: class of the edge between the cells (i-1, j) and (i, j); `along[i, j]`: of (i, j-1), (i, j)."""

    shape: tuple[int, int]
    superblocks: list[Superblock]
    blocks: list[tuple[Box, int, str]]  # box, superblock, use fixed by nature ("river", "creek" or "")
    block: Ints  # block number of each entry of `blocks`; two entries with one number are one L-shaped block
    across: NDArray[np.int8]
    along: NDArray[np.int8]
    river_row: float


def lay_ground(size: Size, seed: int) -> Ground:
    rng = stream(seed, "ground")
    columns, rows = _lines(size, rng), _lines(size, rng)
    river = len(rows) // 2 if size.name != "small" else 1
    middle = rows[river]
    rows = np.concatenate([rows[: river + 1], [middle + size.river, middle + 2 * size.river], rows[river + 1 :]])
    rows[river + 3 :] += 2 * size.river
    superblocks = _chosen(size, columns, rows, river, rng)
    shape = (int(columns[-1]), int(rows[-1]))
    across = np.zeros((shape[0] + 1, shape[1]), dtype=np.int8)
    along = np.zeros((shape[0], shape[1] + 1), dtype=np.int8)
    for part in superblocks:
        _frame(part, across, along)
    _bank(superblocks, rows, river, across, along)
    _bridge(superblocks, size, across, rng)
    blocks = _blocks(superblocks, across, along, rng)
    return Ground(
        shape, superblocks, blocks, _joined(blocks, across, along, rng), across, along, float(middle + size.river)
    )


def _lines(size: Size, rng: np.random.Generator) -> Ints:
    """Lattice lines of the main roads in one direction: enough for a square a third larger than the ground."""
    need = np.sqrt(size.ground_km2 * 1.3e6) / 20.0
    sides = rng.integers(size.side[0], size.side[1] + 1, 200)
    count = max(2, int(np.searchsorted(np.cumsum(sides), need)) + 1)
    return np.concatenate([[0], np.cumsum(sides[:count])])


def _chosen(size: Size, columns: Ints, rows: Ints, river: int, rng: np.random.Generator) -> list[Superblock]:
    """The superblocks nearest to the middle (by a wobbling radius) till the ground is reached, and their river."""
    centre = np.array([columns[-1] * 0.5, rows[-1] * 0.52])
    angles = rng.uniform(0, 2 * np.pi, 3)
    dry = []
    for c in range(len(columns) - 1):
        for r in range(len(rows) - 1):
            box = (int(columns[c]), int(rows[r]), int(columns[c + 1]), int(rows[r + 1]))
            off = np.array([box[0] + box[2], box[1] + box[3]]) / 2 - centre
            angle = np.arctan2(off[1], off[0])
            wobble = 1 + 0.12 * np.cos(2 * angle + angles[0]) + 0.1 * np.cos(3 * angle + angles[1])
            if r not in (river, river + 1):
                dry.append((float(np.hypot(*off) / wobble), box, (c, r)))
    dry.sort()
    area = np.cumsum([(b[2] - b[0]) * (b[3] - b[1]) * 400e-6 for _, b, _ in dry])
    kept = dry[: int(np.searchsorted(area, size.ground_km2)) + 1]
    edge = kept[-1][0]
    found = [Superblock(box, False, far / edge, cell) for far, box, cell in kept]
    banks = {part.cell for part in found}
    for c in range(len(columns) - 1):
        for r in (river, river + 1):
            if banks & {(c, river - 1), (c, river + 2)}:
                box = (int(columns[c]), int(rows[r]), int(columns[c + 1]), int(rows[r + 1]))
                found.append(Superblock(box, True, 1.0, (c, r)))
    return sorted(found, key=lambda part: part.cell)


def _frame(part: Superblock, across: NDArray[np.int8], along: NDArray[np.int8]) -> None:
    i0, j0, i1, j1 = part.box
    if not part.water:
        across[i0, j0:j1] = across[i1, j0:j1] = MAIN
        along[i0:i1, j0] = along[i0:i1, j1] = MAIN


def _bank(parts: list[Superblock], rows: Ints, river: int, across: NDArray[np.int8], along: NDArray[np.int8]) -> None:
    """Roads along both banks; nothing on the water."""
    j0, middle, j1 = (int(row) for row in rows[river : river + 3])
    along[:, middle] = BANK
    along[:, j0] = np.where(along[:, j0] > 0, SECONDARY, NONE)
    along[:, j1] = np.where(along[:, j1] > 0, SECONDARY, NONE)
    across[:, j0:j1] = BANK


def _bridge(parts: list[Superblock], size: Size, across: NDArray[np.int8], rng: np.random.Generator) -> None:
    """Bridges where a main road meets the river on both banks, as evenly as chance allows."""
    wet = [part.box for part in parts if part.water]
    lines = sorted({box[0] for box in wet} & {box[2] for box in wet})
    cuts = [cut for cut in np.array_split(np.array(lines), size.bridges) if len(cut)]
    low, high = min(box[1] for box in wet), max(box[3] for box in wet)
    for cut in cuts:
        across[int(rng.choice(cut)), low:high] = MAIN


def _blocks(
    parts: list[Superblock], across: NDArray[np.int8], along: NDArray[np.int8], rng: np.random.Generator
) -> list[tuple[Box, int, str]]:
    """Cut each superblock by roads at uneven places; the first cuts carry secondary roads, later ones branches."""
    creeks = set(rng.choice([part.cell[0] for part in parts], max(1, len(parts) // 60)).tolist())
    found: list[tuple[Box, int, str]] = []
    for number, part in enumerate(parts):
        i0, j0, i1, j1 = part.box
        if part.water:
            cuts = np.unique(np.linspace(i0, i1, max(2, (i1 - i0) // 9)).astype(int)).tolist()
            found += [((a, j0, b, j1), number, "river") for a, b in pairwise(cuts)]
            continue
        if part.cell[0] in creeks:
            found.append(((i0, j0, i0 + 1, j1), number, "creek"))
            across[i0 + 1, j0:j1] = BANK
            i0 += 1
        side = 7.5 + 6.5 * part.ring
        found += [(box, number, "") for box in _cut((i0, j0, i1, j1), side, 0, across, along, rng)]
    return found


def _cut(
    box: Box, side: float, depth: int, across: NDArray[np.int8], along: NDArray[np.int8], rng: np.random.Generator
) -> list[Box]:
    i0, j0, i1, j1 = box
    wide, high = i1 - i0, j1 - j0
    if max(wide, high) <= side * rng.uniform(1.0, 1.5) or max(wide, high) < 8:
        return [box]
    road = SECONDARY if depth == 0 else BRANCH
    if wide * rng.uniform(0.85, 1.15) >= high:
        i = i0 + round(wide * rng.uniform(0.34, 0.66))
        across[i, j0:j1] = road
        halves: tuple[Box, Box] = ((i0, j0, i, j1), (i, j0, i1, j1))
    else:
        j = j0 + round(high * rng.uniform(0.34, 0.66))
        along[i0:i1, j] = road
        halves = ((i0, j0, i1, j), (i0, j, i1, j1))
    return [part for half in halves for part in _cut(half, side, depth + 1, across, along, rng)]


def _joined(
    blocks: list[tuple[Box, int, str]], across: NDArray[np.int8], along: NDArray[np.int8], rng: np.random.Generator
) -> Ints:
    """Number the blocks; some neighbours that share part of a branch road become one L-shaped block without it."""
    numbers = np.arange(len(blocks))
    for k in range(1, len(blocks)):
        (a, one, wet), (b, other, _) = blocks[k - 1], blocks[k]
        if one != other or wet or numbers[k - 1] != k - 1 or rng.random() > 0.12:
            continue
        i0, j0, i1, j1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
        edge = across[i0, j0:j1] if i0 == i1 else along[i0:i1, j0] if j0 == j1 else across[:0, 0]
        if len(edge) and (edge == BRANCH).all():
            edge[:] = NONE
            numbers[k] = numbers[k - 1]
    return np.unique(numbers, return_inverse=True)[1]
