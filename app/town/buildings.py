"""Buildings inside the parcels, and the households and people in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.town.parcels import Parcels
from app.town.sizes import stream

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pattern:
    """How buildings stand in a parcel, lengths in lattice steps; `homes` is households per floor and step of length."""

    kind: str
    depth: float
    pitch: float
    length: tuple[float, float]
    gap: float
    margin: float
    floors: tuple[int, int]
    homes: float = 0.0
    keep: float = 1.0  # share of the places that are built


PATTERNS = {
    "highrise": Pattern("tower", 0.85, 2.7, (1.4, 2.6), 0.9, 0.5, (16, 33), 1.9, 0.92),
    "midrise": Pattern("slab", 0.62, 1.45, (2.0, 3.6), 0.5, 0.3, (5, 8), 2.3, 0.95),
    "village": Pattern("house", 0.52, 0.68, (0.45, 0.75), 0.13, 0.05, (2, 6), 1.3, 0.9),
    "school": Pattern("school", 0.8, 2.4, (2.2, 3.6), 0.8, 0.6, (3, 6), 0.0, 0.55),
    "hospital": Pattern("hospital", 1.1, 2.2, (2.2, 4.0), 0.7, 0.5, (5, 18), 0.0, 0.7),
    "government": Pattern("government", 1.0, 2.3, (2.0, 3.4), 0.8, 0.5, (4, 12), 0.0, 0.7),
    "office": Pattern("office", 1.7, 2.5, (1.6, 2.2), 0.7, 0.3, (12, 36), 0.0, 0.85),
    "mall": Pattern("mall", 3.0, 3.9, (3.0, 5.0), 0.7, 0.3, (3, 7), 0.0, 0.9),
    "market": Pattern("market", 1.8, 2.3, (2.0, 3.5), 0.5, 0.25, (1, 3), 0.0, 0.95),
    "factory": Pattern("workshop", 1.9, 2.6, (2.6, 5.0), 0.7, 0.5, (1, 4), 0.0, 0.8),
    "park": Pattern("pavilion", 0.4, 4.5, (0.4, 0.8), 4.0, 1.0, (1, 1), 0.0, 0.5),
    "field": Pattern("shed", 0.35, 6.0, (0.4, 0.7), 6.0, 1.0, (1, 1), 0.0, 0.3),
}
PEOPLE = np.array([0.0, 0.21, 0.27, 0.28, 0.13, 0.07, 0.025, 0.008, 0.004, 0.0015, 0.0008, 0.0004, 0.0003])


@dataclass(frozen=True)
class Buildings:
    """One entry per building; `place` is u0, v0, u1, v1 in lattice steps. Dormitories hold no households."""

    place: Floats
    parcel: Ints
    kind: NDArray[np.str_]
    floors: Ints
    households: Ints
    dormitory: Ints  # people in collective households
    home_building: Ints  # per household: its building
    home_people: Ints  # per household: its people

    def __len__(self) -> int:
        return len(self.place)

    @property
    def people(self) -> Ints:
        counted = np.bincount(self.home_building, weights=self.home_people, minlength=len(self))
        return counted.astype(np.int64) + self.dormitory


def build(parcels: Parcels, households: int, seed: int) -> Buildings:
    """Buildings on every parcel with exactly `households` households among them."""
    rng = stream(seed, "buildings")
    places, owner, kinds, floors, room = [], [], [], [], []
    for number, use in enumerate(parcels.use.tolist()):
        pattern = PATTERNS.get(use)
        stood = _stand(parcels.box[number], parcels.inset[number], pattern, rng) if pattern else None
        if pattern is None or stood is None or not len(stood):
            continue
        low, high = pattern.floors
        storeys = (
            rng.integers(low, high + 1, len(stood))
            if use == "village"
            else np.full(len(stood), rng.integers(low, high + 1))
        )
        places.append(stood)
        owner.append(np.full(len(stood), number))
        kinds.append(np.full(len(stood), pattern.kind))
        floors.append(storeys)
        let = np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.3, len(stood)))  # compounds sell well or badly
        room.append(storeys * (stood[:, 2] - stood[:, 0]) * pattern.homes * let)
    kind, parcel = np.concatenate(kinds), np.concatenate(owner)
    share = np.concatenate(room)
    homes = _whole(share / share.sum() * households, households)
    home_building = np.repeat(np.arange(len(homes)), homes)
    sizes = rng.choice(len(PEOPLE), households, p=PEOPLE / PEOPLE.sum())
    rented = (kind == "house")[home_building] & (rng.random(households) < 0.35)
    return Buildings(
        place=np.concatenate(places),
        parcel=parcel,
        kind=kind,
        floors=np.concatenate(floors),
        households=homes,
        dormitory=_dormitories(kind, rng),
        home_building=home_building,
        home_people=np.where(rented, 1, np.maximum(sizes, 1)),
    )


def _stand(box: Ints, inset: Floats, pattern: Pattern, rng: np.random.Generator) -> Floats:
    """Rows of buildings, long sides to the south as in China; ragged ends, some places left free."""
    u0, v0 = box[:2] + inset[:2] + pattern.margin
    u1, v1 = box[2:] - inset[2:] - pattern.margin
    rows = []
    count = int((v1 - v0 - pattern.depth) // pattern.pitch) + 1 if v1 - v0 >= pattern.depth else 0
    spread = (v1 - v0 - pattern.depth) / max(count - 1, 1)
    for row in range(count):
        v, u = v0 + row * max(spread, pattern.pitch), u0 + rng.uniform(0, 0.3)
        while u1 - u >= pattern.length[0]:
            long = min(rng.uniform(*pattern.length), u1 - u)
            if rng.random() < pattern.keep:
                rows.append((u, v, u + long, v + pattern.depth))
            u += long + pattern.gap * rng.uniform(0.8, 1.4)
    if not rows and min(u1 - u0, v1 - v0) > 0.3:  # too narrow for the pattern: one building that fits
        rows.append((u0, v0, min(u1, u0 + pattern.length[1]), min(v1, v0 + pattern.depth)))
    return np.array(rows).reshape(-1, 4)


def _whole(shares: Floats, total: int) -> Ints:
    """Whole numbers with this exact total, by largest remainder; equal remainders go to the lower index."""
    whole = np.floor(shares).astype(np.int64)
    left = total - int(whole.sum())
    whole[np.argsort(-(shares - whole), kind="stable")[:left]] += 1
    return whole


def _dormitories(kind: NDArray[np.str_], rng: np.random.Generator) -> Ints:
    """Workers and pupils who live in: few places, with a heavy tail."""
    people = np.zeros(len(kind), dtype=np.int64)
    for name, share, middle in (("workshop", 0.12, 4.6), ("school", 0.10, 5.2), ("hospital", 0.2, 4.0)):
        found = np.flatnonzero((kind == name) & (rng.random(len(kind)) < share))
        people[found] = np.exp(rng.normal(middle, 0.8, len(found))).astype(np.int64)
    return people
