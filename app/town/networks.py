"""The three networks of the town, each drawn by another office, with the disagreements that offices have."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.town.areas import Areas, nearness, sweep
from app.town.grow import Near, Rule, grow, pieces, renumbered
from app.town.parcels import WATER, Parcels
from app.town.sizes import stream

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CIVILIZATION, GOVERNANCE, CITY_MANAGEMENT = "civilization", "governance", "city_management"
NAMES = {CIVILIZATION: "文明创建网格", GOVERNANCE: "综治网格", CITY_MANAGEMENT: "城管网格"}
OFFICES = {CIVILIZATION: "区文明办", GOVERNANCE: "区委政法委", CITY_MANAGEMENT: "区城管局"}
JITTER = 1.0  # metres by which the governance network was digitised off the others


@dataclass(frozen=True)
class Defects:
    """What is wrong on purpose, by grid code; `blocks` entries are block numbers of the town's `blocks` layer."""

    crossing: list[str] = field(default_factory=list)  # grids over two communities
    gaps: list[int] = field(default_factory=list)  # blocks that no grid covers
    overlaps: list[tuple[int, str, str]] = field(default_factory=list)  # block and the two grids that claim it
    duplicate_codes: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)  # rings with a spike of no width
    river: bool = False  # the river belongs to no grid
    jitter_m: float = 0.0


@dataclass(frozen=True)
class Network:
    """`members[k]`: parcels of grid k; `owners[p]`: grids of parcel p (none in a gap, two in an overlap)."""

    network: str
    codes: list[str]
    names: list[str]
    members: list[Ints]
    defects: Defects

    def owners(self, parcels: int) -> list[list[str]]:
        """Codes of the grids over each parcel, sorted."""
        found: list[list[str]] = [[] for _ in range(parcels)]
        for code, members in zip(self.codes, self.members, strict=True):
            for parcel in members.tolist():
                found[parcel].append(code)
        return [sorted(codes) for codes in found]


def lay_networks(parcels: Parcels, areas: Areas, homes: Ints, seed: int) -> dict[str, Network]:
    made = (_civilization, _governance, _city_management)
    return {network.network: network for network in (lay(parcels, areas, homes, seed) for lay in made)}


def _civilization(parcels: Parcels, areas: Areas, homes: Ints, seed: int) -> Network:
    """Clean and complete, about 800 households, inside communities but for a few that follow an older border."""
    rng, near = stream(seed, CIVILIZATION), nearness(parcels, 12.0, 0.5)
    weight = homes / 800 + parcels.steps / 1100
    order = sweep(parcels, areas.community)
    region = grow(weight, near, areas.community, order, Rule(0.3, 0.2, 0.4), rng)
    region, crossed = _crossed(region, areas.community, near, rng)
    seats = _seats(region, areas, parcels)
    codes = [f"WM-{areas.codes[seat][6:9]}-{k + 1:04d}" for k, seat in enumerate(seats)]
    names = [f"{areas.names[seat]}文明{k + 1}号网格" for k, seat in enumerate(seats)]
    return Network(CIVILIZATION, codes, names, _members(region), Defects(crossing=sorted(codes[k] for k in crossed)))


def _governance(parcels: Parcels, areas: Areas, homes: Ints, seed: int) -> Network:
    """About 350 households, compound by compound, without the river; digitised a metre off."""
    rng, near = stream(seed, GOVERNANCE), nearness(parcels, 3.0, 0.25)
    within = np.where(parcels.use == "river", -1, areas.community)
    weight = homes / 350 + parcels.steps / 700
    order = sweep(parcels, areas.community)
    region = grow(weight, near, within, order, Rule(0.2, 0.25, 0.35), rng)
    region, crossed = _crossed(region, within, near, rng)
    codes, names = _by_community(_seats(region, areas, parcels), areas)
    defects = Defects(crossing=sorted(codes[k] for k in crossed), river=True, jitter_m=JITTER)
    return Network(GOVERNANCE, codes, names, _members(region), defects)


def _by_community(seats: list[int], areas: Areas) -> tuple[list[str], list[str]]:
    """15 digits: the community's 12 and a serial from 001."""
    serials: dict[int, int] = {}
    codes, names = [], []
    for community in seats:
        serials[community] = serials.get(community, 0) + 1
        codes.append(f"{areas.codes[community]}{serials[community]:03d}")
        names.append(f"{areas.names[community]}第{serials[community]}网格")
    return codes, names


def _city_management(parcels: Parcels, areas: Areas, homes: Ints, seed: int) -> Network:
    """Large areas between main roads that ignore communities; blocks forgotten or claimed twice, a code used twice."""
    rng, near = stream(seed, CITY_MANAGEMENT), nearness(parcels, 25.0, 0.12)
    target = min(1900.0, homes.sum() / 6)
    weight = homes / target + parcels.steps / (1.15 * target)
    order = sweep(parcels, areas.street)
    region = renumbered(grow(weight, near, areas.street, order, Rule(0.35, 0.1, 0.4), rng), order)
    members = _members(region)
    codes = [f"CG{k + 1:04d}" for k in range(len(members))]
    names = [f"合成城管{k + 1}号责任区" for k in range(len(members))]
    many = max(2, len(members) // 25)
    gaps = _gaps(parcels, members, near, many, rng)
    overlaps = _overlaps(parcels, members, near, many, set(gaps), rng)
    apart = [k for k in range(1, len(codes)) if not {(0, k), (k, 0)} & {pair[1:] for pair in overlaps}]
    codes[apart[-1]] = codes[0]  # the office numbered a late grid as its first
    claimed = sorted((block, min(codes[a], codes[b]), max(codes[a], codes[b])) for block, a, b in overlaps)
    spiked = next(code for code in codes[len(codes) // 2 :] if codes.count(code) == 1)
    defects = Defects(gaps=sorted(gaps), overlaps=claimed, duplicate_codes=[codes[0]], invalid=[spiked])
    return Network(CITY_MANAGEMENT, codes, names, members, defects)


def _seats(region: Ints, areas: Areas, parcels: Parcels) -> list[int]:
    """The community with the largest part of each grid's ground."""
    held = [np.bincount(areas.community[m], weights=parcels.steps[m]) for m in _members(region)]
    return [int(ground.argmax()) for ground in held]


def _members(region: Ints) -> list[Ints]:
    return [np.flatnonzero(region == k) for k in range(int(region.max()) + 1)]


def _crossed(region: Ints, within: Ints, near: Near, rng: np.random.Generator) -> tuple[Ints, set[int]]:
    """Hand one parcel of some grids to a grid of the next community, where the giver stays in one part."""
    made = region.copy()
    takers: set[int] = set()
    given: set[int] = set()
    count = int(region.max()) + 1
    for parcel in rng.permutation(len(region)).tolist():
        if len(takers) >= max(2, round(count * 0.03)):
            break
        giver = int(made[parcel])
        rest = [unit for unit in np.flatnonzero(made == giver).tolist() if unit != parcel]
        across = [u for u, bond in near[parcel].items() if within[u] not in (within[parcel], -1) and bond > 2]
        if giver < 0 or not rest or not across or {giver} & takers or len(pieces(near, rest)) > 1:
            continue
        taker = int(made[across[0]])
        if taker in given or taker in takers:
            continue
        made[parcel] = taker
        takers.add(taker)
        given.add(giver)
    return made, takers


def _gaps(parcels: Parcels, members: list[Ints], near: Near, many: int, rng: np.random.Generator) -> list[int]:
    """Take `many` blocks out of the grids that hold them, one a grid, where the rest stays in one part."""
    gaps: list[int] = []
    for k in rng.permutation(len(members)).tolist():
        for block in rng.permutation(np.unique(parcels.block[members[k]])).tolist():
            inside = parcels.block[members[k]] == block
            rest = members[k][~inside].tolist()
            whole = inside.sum() == (parcels.block == block).sum()
            wet = np.isin(parcels.use[members[k][inside]], WATER).any()
            if len(gaps) < many and whole and not wet and rest and len(pieces(near, rest)) == 1:
                members[k] = members[k][~inside]
                gaps.append(block)
                break
    return gaps


def _overlaps(
    parcels: Parcels, members: list[Ints], near: Near, many: int, without: set[int], rng: np.random.Generator
) -> list[tuple[int, int, int]]:
    """Let `many` grids claim a whole block of a neighbour as well: (block, owner, second claimant)."""
    owner = np.full(len(parcels), -1)
    for k, held in enumerate(members):
        owner[held] = k
    found: list[tuple[int, int, int]] = []
    used: set[int] = set()
    for parcel in rng.permutation(len(parcels)).tolist():
        block, k = int(parcels.block[parcel]), int(owner[parcel])
        held = np.flatnonzero(parcels.block == block)
        claimants = sorted({int(owner[u]) for u, bond in near[parcel].items() if bond > 0.5} - {k, -1})
        if len(found) < many and k >= 0 and claimants and (owner[held] == k).all() and not {k, claimants[0]} & used:
            if parcels.use[parcel] in WATER or block in without:
                continue
            members[claimants[0]] = np.sort(np.concatenate([members[claimants[0]], held]))
            found.append((block, k, claimants[0]))
            used |= {k, claimants[0]}
    return found
