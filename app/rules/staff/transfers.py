"""Where the posts of old grids go when new grids take over their ground: an assignment, solved exactly.

For each role the posts are assigned to new grids along the lineage at the least sum of

    continuity · (1 − share) + distance · kilometres      for each post, and
    balance · (k + ½ − target)                            for the k-th post (from 0) that a grid gets in the role,

where `target` is the grid's part of the posts of the role by its work. The second sum grows like the square of the
deviation from the target, so the whole is a flow of least cost: its linear programme has whole numbers at every corner,
and HiGHS's simplex finds one of them. Chiefs are seated first, one a grid, as many as can be; the others become
members.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from app.errors import Infeasible
from app.rules.sayings import Said, text_of
from app.rules.staff.roles import CHIEF, rank

MEMBER = "grid_member"
UNSEATED = 1_000.0  # dearer than any way: as many chiefs as can be keep their role
CLOSE = 0.2  # two shares nearer to each other than this: a person decides
STEPS = 4  # seats above the target that have a price of their own; further ones cost as the last


@dataclass(frozen=True)
class OldPost:
    post: int
    person: int
    role: str
    network: str
    grid: str


@dataclass(frozen=True)
class Way:
    """`new` takes over `share` of the work of an old grid, `distance_m` from the middle of the one to the other's."""

    network: str
    old: str
    new: str
    share: float
    distance_m: float = 0.0


@dataclass(frozen=True)
class Weights:
    continuity: float = 1.0
    distance: float = 0.3
    balance: float = 0.3


@dataclass(frozen=True)
class Transfer:
    """One proposal: the post goes to grid `new` (None: nowhere) in `role`. `sure` is False where a person should
    decide; `said` tells why it goes there and what is in doubt, and `reason` the same in words."""

    post: OldPost
    new: str | None
    role: str
    share: float
    distance_m: float
    sure: bool
    said: tuple[Said, ...]

    @property
    def reason(self) -> str:
        return text_of(self.said)


def assign(
    posts: Sequence[OldPost], ways: Iterable[Way], work: Mapping[str, float], weights: Weights | None = None
) -> list[Transfer]:
    """A proposal for every post, in the order of `posts`. `work`: new grid → households, or whatever staff is for."""
    by_ground = _by_ground(ways)
    chosen_weights = weights or Weights()
    placed: dict[int, tuple[Way, str]] = {}
    waiting: dict[str, list[OldPost]] = defaultdict(list)
    for post in posts:
        if by_ground.get((post.network, post.grid)):
            waiting[post.role].append(post)
    chiefs = waiting.pop(CHIEF, [])
    for post, way in zip(chiefs, _solve(chiefs, by_ground, work, chosen_weights, seats=1), strict=True):
        if way is None:
            waiting[MEMBER].append(post)
        else:
            placed[post.post] = (way, CHIEF)
    for role, held in sorted(waiting.items(), key=lambda item: rank(item[0])):
        for post, way in zip(held, _solve(held, by_ground, work, chosen_weights), strict=True):
            if way is not None:
                placed[post.post] = (way, role)
    return [_told(post, placed.get(post.post), by_ground.get((post.network, post.grid), [])) for post in posts]


def assign_greedily(posts: Sequence[OldPost], ways: Iterable[Way]) -> list[Transfer]:
    """The baseline: every post goes to the grid that takes over most of its ground, whoever else goes there."""
    by_ground = _by_ground(ways)
    made = []
    for post in posts:
        found = by_ground.get((post.network, post.grid), [])
        made.append(_told(post, (found[0], post.role) if found else None, found))
    return made


def measure(transfers: Sequence[Transfer], work: Mapping[str, float]) -> dict[str, float]:
    """Share placed, mean distance (m) and share of the old ground kept of those placed, share that keeps its role,
    grids with no or several chiefs, and the spread of the load: standard deviation of posts per grid beside their
    target, as a share of the mean target."""
    placed = [transfer for transfer in transfers if transfer.new is not None]
    chiefs = Counter(transfer.new for transfer in placed if transfer.role == CHIEF)
    held = Counter(transfer.new for transfer in placed)
    total = sum(work.values()) or 1.0
    targets = {code: len(placed) * amount / total for code, amount in work.items()}
    deviation = [held[code] - target for code, target in targets.items()]
    mean = len(placed) / max(len(work), 1)
    return {
        "placed": len(placed) / len(transfers) if transfers else 1.0,
        "mean_distance_m": float(np.mean([t.distance_m for t in placed])) if placed else 0.0,
        "mean_share": float(np.mean([t.share for t in placed])) if placed else 0.0,
        "roles_kept": sum(t.role == t.post.role for t in placed) / len(placed) if placed else 1.0,
        "without_chief": sum(chiefs[code] == 0 for code in work),
        "several_chiefs": sum(many > 1 for many in chiefs.values()),
        "spread": float(np.sqrt(np.mean(np.square(deviation)))) / mean if mean else 0.0,
    }


def _by_ground(ways: Iterable[Way]) -> dict[tuple[str, str], list[Way]]:
    """Old grid → its ways, the largest share first; ways without a share are none."""
    found: dict[tuple[str, str], list[Way]] = defaultdict(list)
    for way in ways:
        if way.share > 0:
            found[way.network, way.old].append(way)
    for listed in found.values():
        listed.sort(key=lambda way: (-way.share, way.distance_m, way.new))
    return found


def _solve(
    posts: Sequence[OldPost],
    by_ground: Mapping[tuple[str, str], list[Way]],
    work: Mapping[str, float],
    weights: Weights,
    seats: int | None = None,
) -> list[Way | None]:
    """The way of each post; with `seats`, None for those whom no grid has a seat for."""
    if not posts:
        return []
    edges = [(i, way) for i, post in enumerate(posts) for way in by_ground[post.network, post.grid]]
    grids = sorted({way.new for _, way in edges})
    at = {code: j for j, code in enumerate(grids)}
    steps = _steps(grids, len(posts), work, weights.balance, seats)
    spare = len(posts) if seats is not None else 0
    cost = [
        *(weights.continuity * (1 - way.share) + weights.distance * way.distance_m / 1000 for _, way in edges),
        *(price for _, price, _ in steps),
        *[UNSEATED] * spare,
    ]
    ups = [*[1.0] * len(edges), *(room for _, _, room in steps), *[1.0] * spare]
    first_step, first_spare = len(edges), len(edges) + len(steps)
    rows = [i for i, _ in edges] + list(range(spare))
    columns = list(range(len(edges))) + [first_spare + i for i in range(spare)]
    values = [1.0] * len(rows)
    rows += [len(posts) + at[way.new] for _, way in edges] + [len(posts) + j for j, _, _ in steps]
    columns += [*range(len(edges)), *range(first_step, first_spare)]
    values += [1.0] * len(edges) + [-1.0] * len(steps)
    shape = (len(posts) + len(grids), len(cost))
    solved = linprog(
        cost,
        A_eq=coo_array((values, (rows, columns)), shape=shape).tocsr(),
        b_eq=[1.0] * len(posts) + [0.0] * len(grids),
        bounds=list(zip([0.0] * len(cost), ups, strict=True)),
        method="highs-ds",
    )
    if solved.x is None:
        raise Infeasible("staff cannot be assigned to the new grids", [str(solved.message)])
    chosen: list[Way | None] = [None] * len(posts)
    for (i, way), taken in zip(edges, solved.x, strict=False):
        if taken > 0.5:
            chosen[i] = way
    return chosen


def _steps(
    grids: Sequence[str], posts: int, work: Mapping[str, float], balance: float, seats: int | None
) -> list[tuple[int, float, float]]:
    """(grid, price, room) of the seats of each grid, dearer one by one."""
    if seats is not None:
        return [(j, 0.0, float(seats)) for j in range(len(grids))]
    total = sum(work.get(code, 0.0) for code in grids)
    made = []
    for j, code in enumerate(grids):
        target = posts * work.get(code, 0.0) / total if total else posts / len(grids)
        last = math.ceil(target) + STEPS
        made += [(j, balance * (k + 0.5 - target), 1.0) for k in range(last)]
        made.append((j, balance * (last + 0.5 - target), math.inf))
    return made


def _told(post: OldPost, found: tuple[Way, str] | None, ways: Sequence[Way]) -> Transfer:
    if found is None:
        return Transfer(post, None, post.role, 0.0, 0.0, False, (Said("no_ground_taken"),))
    way, role = found
    best = ways[0]
    said = Said("share_goes_there", {"share": round(way.share, 6)})
    doubts = []
    if way.new != best.new:
        doubts.append(Said("larger_share_elsewhere", {"share": round(best.share, 6), "grid": best.new}))
    elif len(ways) > 1 and best.share - ways[1].share < CLOSE:
        doubts.append(Said("nearly_as_much", {"share": round(ways[1].share, 6), "grid": ways[1].new}))
    if role != post.role:
        doubts.append(Said("becomes_member"))
    return Transfer(post, way.new, role, way.share, way.distance_m, not doubts, (said, *doubts))
