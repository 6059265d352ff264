"""Administrative areas of the town: streets with their real codes, communities with made-up codes beneath them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.town.grow import Near, Rule, borders, grow, mended, neighbours, renumbered
from app.town.parcels import Parcels
from app.town.sizes import Size, stream

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Areas:
    """`street` and `community` per parcel, numbered from 0; `codes` and `names` of both, by number."""

    street: Ints
    community: Ints
    street_codes: list[str]
    street_names: list[str]
    codes: list[str]
    names: list[str]


def nearness(parcels: Parcels, in_block: float = 4.0, across_main: float = 0.3) -> Near:
    """Neighbouring parcels; those of one block hold together, main roads part them, the river nearly cuts them."""
    pairs, steps = borders(parcels.cells)
    a, b = pairs.T
    wet = parcels.use == "river"
    bond = np.where(parcels.block[a] == parcels.block[b], in_block, 1.0)
    bond = np.where(parcels.superblock[a] == parcels.superblock[b], bond, across_main)
    bond = np.where(wet[a] & wet[b] & (parcels.north[a] == parcels.north[b]), 1.0, bond)
    bond = np.where(wet[a] ^ wet[b], 1.0, bond)
    bond = np.where(parcels.north[a] == parcels.north[b], bond, 0.01)
    return neighbours(pairs, np.asarray(steps * bond, dtype=np.float64), len(parcels))


def sweep(parcels: Parcels, groups: Ints) -> Ints:
    """Parcels by group, and inside it superblock by superblock from west to east, up and down in turn."""
    column = parcels.box[:, 0] // 30
    row = np.where(column % 2 == 0, parcels.box[:, 1], -parcels.box[:, 1])
    return np.lexsort((parcels.box[:, 0], row, column, groups))


def lay_areas(
    size: Size, parcels: Parcels, homes: Ints, streets: list[tuple[str, str]], near: Near, seed: int
) -> Areas:
    """Streets about equal in ground, communities about equal in households; both in one part, tiling the town.

    `homes`: households per parcel. `streets`: code and name, as many as the size asks for are taken from the list.
    """
    rng = stream(seed, "areas")
    street = _streets(size, parcels, near, rng)
    weight = homes / size.community + parcels.steps / (parcels.steps.sum() / homes.sum() * size.community * 4)
    order = sweep(parcels, street)
    community = mended(grow(weight, near, street, order, Rule(0.3, 0.12, 0.5), rng), near)
    community = renumbered(community, order)
    street = street[_first(community)][community]
    codes, names = [], []
    serials = dict.fromkeys(range(size.streets), 0)
    for number, first in enumerate(_first(community).tolist()):
        own = int(street[first])
        serials[own] += 1
        codes.append(f"{streets[own][0]}{serials[own]:03d}")
        names.append(f"合成{community_name(number)}社区")
    used = streets[: size.streets]
    return Areas(street, community, [code for code, _ in used], [f"{name}（合成）" for _, name in used], codes, names)


def _streets(size: Size, parcels: Parcels, near: Near, rng: np.random.Generator) -> Ints:
    """Superblocks to their nearest centre; the centres move to the middle of theirs a few times."""
    middle = (parcels.box[:, :2] + parcels.box[:, 2:]) / 2
    block = np.unique(parcels.superblock)
    heart = np.array([np.average(middle[parcels.superblock == k], axis=0) for k in block])
    mass = np.array([parcels.steps[parcels.superblock == k].sum() for k in block])
    centres = heart[rng.choice(len(block), size.streets, replace=False, p=mass / mass.sum())]
    for _ in range(25):
        owner = np.argmin(((heart[:, None] - centres[None]) ** 2).sum(axis=2), axis=1)
        centres = np.array(
            [np.average(heart[owner == k], axis=0, weights=mass[owner == k]) for k in range(size.streets)]
        )
    centres = centres[np.lexsort((centres[:, 1], centres[:, 0]))]
    owner = np.argmin(((heart[:, None] - centres[None]) ** 2).sum(axis=2), axis=1)
    return mended(owner[np.searchsorted(block, parcels.superblock)], near)


def _first(labels: Ints) -> Ints:
    return np.unique(labels, return_index=True)[1]


FIRST = "兴和永安东西南北金银海沙龙凤福祥新长万广德仁文明华荣康乐平沧榄蕉鹿珠"
SECOND = "湾涌围沙岗塘坑洲角田基滘丰盛宁景泰隆苑园城桥头尾心港"


def community_name(number: int) -> str:
    """A name of the region's kind; different for every number."""
    count = len(FIRST) * len(SECOND)
    k = (number * 577 + 101) % count
    return FIRST[k % len(FIRST)] + SECOND[k // len(FIRST)] + ("" if number < count else str(number // count + 1))
