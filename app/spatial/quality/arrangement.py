"""Grids cut along all of their borders into faces, each with the grids that claim it, and every face given to one grid.

This is what repair full does to overlaps and gaps. The rule is "the longest shared edge", decided on the faces, so
that the result is a valid coverage by construction: neighbours share every corner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.quality.coverage_checks import GapLimits
from app.spatial.quality.surfaces import Bools, Floats, Ints, Shapes, as_array

NOBODY = -1
KEEP_SHARE = 0.5
"""A grid of which more than half is claimed by others keeps what it claims; the longest edge alone would swallow it."""


@dataclass(frozen=True)
class Transfer:
    """Ground that went to one grid. `losers` are the grids that claimed it or had it (none: a gap); `edge_m` the
    shared edge.
    """

    losers: tuple[int, ...]
    winner: int
    area_m2: float
    place: tuple[float, float]
    edge_m: float


@dataclass(frozen=True)
class Settled:
    """New shapes (None: nothing left), and what was moved: `overlaps`, `gaps` and detached `parts`.

    `noded_m2` is how much the ground, counted as often as it is claimed, changed by cutting on the precision grid.
    """

    shapes: Shapes
    overlaps: tuple[Transfer, ...]
    gaps: tuple[Transfer, ...]
    parts: tuple[Transfer, ...]
    noded_m2: float


@dataclass(frozen=True)
class SliverLimits:
    """A detached part with area ≤ `area_m2` AND mean width ≤ `width_m` goes to a neighbour."""

    area_m2: float = 100.0
    width_m: float = 2.0


@dataclass(frozen=True)
class Faces:
    """`shapes` are disjoint Polygons; (`face`, `grid`) are the claims, sorted; `gap` are faces without claim that are
    to be filled.
    """

    shapes: Shapes
    face: Ints
    grid: Ints
    gap: Bools

    @property
    def claims(self) -> Ints:
        return np.bincount(self.face, minlength=len(self.shapes))


def settle(
    shapes: Shapes,
    rank: Ints,
    fill: Shapes,
    limits: GapLimits,
    slivers: SliverLimits,
    grid_size_m: float,
    active: Bools,
    ground: shapely.Geometry | None = None,
) -> Settled:
    """Give each overlap to the claimant, and each gap to the neighbour, with the longest shared edge; ties: the
    lowest `rank`.

    `shapes` are valid polygons on the precision grid, `fill` the gaps to be filled (others that are small or narrow,
    and inside `ground`, are filled as well). Only `active` shapes are cut; the others are known to match their
    neighbours. A detached part that is a sliver goes to its neighbour. Overlaps that touch none of their claimants'
    undisputed ground go to the lowest rank.
    """
    faces = cut(shapes, fill, limits, grid_size_m, active, ground)
    adjacency = build_adjacency(faces.shapes, tolerance=0.0)
    owner, edge, region = _decide(faces, adjacency, shapes, rank)
    overlaps, gaps = _regions_moved(faces, owner, edge, region)
    before = owner.copy()
    owner = _give_slivers(faces, adjacency, owner, rank, slivers)
    noded = float((shapely.area(faces.shapes) * faces.claims).sum() - shapely.area(shapes[active]).sum())
    return Settled(
        _assemble(shapes, active, faces, owner), overlaps, gaps, _parts_moved(faces, adjacency, before, owner), noded
    )


def cut(
    shapes: Shapes, fill: Shapes, limits: GapLimits, grid_size_m: float, active: Bools, ground: shapely.Geometry | None
) -> Faces:
    """Node the borders of the active shapes and of the gaps on the precision grid, and polygonize them."""
    lines = shapely.union_all(shapely.boundary(np.concatenate([shapes[active], fill])), grid_size=grid_size_m)
    found = on_grid(shapely.get_parts(shapely.polygonize([lines])), grid_size_m)
    points = shapely.point_on_surface(found)
    tree = shapely.STRtree(points)
    grid, face = tree.query(shapes, predicate="contains")
    idle = np.unique(face[~active[grid]])
    claimed = np.bincount(face, minlength=len(found)) > 0
    gap = ~claimed & _to_fill(found, tree, fill, limits, ground) & ~_holds(found, shapes[~active])
    keep = claimed | gap
    keep[idle] = False
    order = np.lexsort((grid, face))
    face, grid = face[order], grid[order]
    place = np.cumsum(keep) - 1
    return Faces(found[keep], place[face[keep[face]]], grid[keep[face]], gap[keep])


def on_grid(shapes: Shapes, grid_size_m: float) -> Shapes:
    """Every coordinate rounded to a multiple of the grid size, always to the same double for the same place."""
    return np.asarray(shapely.transform(shapes, lambda xy: np.rint(xy / grid_size_m) * grid_size_m), dtype=object)


def _to_fill(
    faces: Shapes, points: shapely.STRtree, fill: Shapes, limits: GapLimits, ground: shapely.Geometry | None
) -> Bools:
    wanted = limits.small_or_narrow(faces)
    if ground is not None:
        within = np.zeros(len(faces), dtype=bool)
        within[points.query(ground, predicate="contains")] = True
        wanted &= within
    wanted[points.query(fill, predicate="contains")[1]] = True
    return wanted


def _holds(faces: Shapes, idle: Shapes) -> Bools:
    """Faces in which a shape lies that was not cut: not a gap, whatever it looks like."""
    made = np.zeros(len(faces), dtype=bool)
    if len(idle):
        made[shapely.STRtree(shapely.point_on_surface(idle)).query(faces, predicate="contains")[0]] = True
    return made


def _decide(faces: Faces, adjacency: Adjacency, shapes: Shapes, rank: Ints) -> tuple[Ints, Floats, Ints]:
    """(owner per face, shared edge of the winner per region, region per face; faces with one claim have no region)."""
    claims = faces.claims
    owner = np.full(len(faces.shapes), NOBODY)
    alone = claims[faces.face] == 1
    owner[faces.face[alone]] = faces.grid[alone]
    region = _regions(faces, adjacency, claims)
    count = int(region.max(initial=-1)) + 1
    allowed = np.unique(np.column_stack([region[faces.face[~alone]], faces.grid[~alone]]), axis=0)
    winner = np.full(count, NOBODY)
    _keep_majority(winner, allowed, faces, shapes, rank)
    edge = np.zeros(count)
    contested = np.zeros(count, dtype=bool)
    contested[allowed[:, 0]] = True
    while True:
        held = np.where(region >= 0, winner[region] if count else NOBODY, owner)
        taken, by, length = _longest(adjacency, held, region, winner, allowed, contested, len(shapes), rank)
        if not len(taken):
            taken, by, length = _lowest(winner, allowed, rank)
        if not len(taken):
            return held, edge, region
        winner[taken], edge[taken] = by, length


def _regions(faces: Faces, adjacency: Adjacency, claims: Ints) -> Ints:
    """Faces with the same claimants (two or more, or none) that share edges are one region; -1 for undisputed faces."""
    signature: NDArray[np.object_] = np.array([()] * len(claims) + [None], dtype=object)[:-1]
    for face, grids in zip(*_grouped(faces.face, faces.grid), strict=True):
        signature[face] = tuple(grids)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(signature))}
    kind = np.array([numbers[key] for key in signature], dtype=np.int64)
    source, target = adjacency.source(), adjacency.indices
    _, component = _components(len(claims), source, target, kind[source] == kind[target])
    region = np.full(len(claims), -1)
    _, region[claims != 1] = np.unique(component[claims != 1], return_inverse=True)
    return region


def _grouped(keys: Ints, values: Ints) -> tuple[Ints, list[list[int]]]:
    """Values per key, for sorted keys."""
    unique, start = np.unique(keys, return_index=True)
    return unique, [part.tolist() for part in np.split(values, start[1:])] if len(unique) else []


def _components(count: int, source: Ints, target: Ints, keep: Bools) -> tuple[int, Ints]:
    links = coo_array((np.ones(int(keep.sum())), (source[keep], target[keep])), shape=(count, count))
    number, component = connected_components(links, directed=False)
    return number, component.astype(np.int64)


def _keep_majority(winner: Ints, allowed: Ints, faces: Faces, shapes: Shapes, rank: Ints) -> None:
    """Grids of which more than KEEP_SHARE is contested win their regions, the most contested first."""
    contested = faces.claims[faces.face] > 1
    area = shapely.area(faces.shapes)[faces.face]
    share = np.bincount(faces.grid[contested], area[contested], minlength=len(shapes)) / np.maximum(
        shapely.area(shapes), 1e-9
    )
    strong = allowed[share[allowed[:, 1]] > KEEP_SHARE]
    if len(strong):
        order = np.lexsort((rank[strong[:, 1]], -np.round(share[strong[:, 1]], 9), strong[:, 0]))
        region, first = np.unique(strong[order, 0], return_index=True)
        winner[region] = strong[order][first, 1]


def _longest(
    adjacency: Adjacency,
    held: Ints,
    region: Ints,
    winner: Ints,
    allowed: Ints,
    contested: Bools,
    grids: int,
    rank: Ints,
) -> tuple[Ints, Ints, Floats]:
    """For each undecided region with a permitted neighbour: (region, grid, shared edge in metres)."""
    source, target = adjacency.source(), adjacency.indices
    open_ = (region[source] >= 0) & (held[source] == NOBODY) & (held[target] != NOBODY)
    key = region[source[open_]] * grids + held[target[open_]]
    permitted = ~contested[region[source[open_]]] | np.isin(key, allowed[:, 0] * grids + allowed[:, 1])
    keys, group = np.unique(key[permitted], return_inverse=True)
    length = np.bincount(group, adjacency.length[open_][permitted], minlength=len(keys)).astype(np.float64)
    of, grid = keys // grids, keys % grids
    order = np.lexsort((rank[grid], -np.round(length, 6), of))
    taken, first = np.unique(of[order], return_index=True)
    return taken, grid[order][first], length[order][first]


def _lowest(winner: Ints, allowed: Ints, rank: Ints) -> tuple[Ints, Ints, Floats]:
    """Overlaps whose claimants have no ground beside them: the lowest rank takes them."""
    left = allowed[winner[allowed[:, 0]] == NOBODY]
    order = np.lexsort((rank[left[:, 1]], left[:, 0]))
    taken, first = np.unique(left[order, 0], return_index=True)
    return taken, left[order][first, 1], np.zeros(len(taken))


def _regions_moved(
    faces: Faces, owner: Ints, edge: Floats, region: Ints
) -> tuple[tuple[Transfer, ...], tuple[Transfer, ...]]:
    areas = shapely.area(faces.shapes)
    claimants = dict(zip(*_grouped(faces.face, faces.grid), strict=True))
    members = np.flatnonzero(region >= 0)
    members = members[np.argsort(region[members], kind="stable")]
    overlaps: list[Transfer] = []
    gaps: list[Transfer] = []
    for number, group in zip(*_grouped(region[members], members), strict=True):
        winner = int(owner[group[0]])
        if winner == NOBODY:
            continue
        losers = tuple(grid for grid in claimants.get(group[0], []) if grid != winner)
        biggest = max(group, key=lambda face: areas[face])
        moved = Transfer(losers, winner, float(areas[group].sum()), _place(faces.shapes[biggest]), float(edge[number]))
        (overlaps if losers else gaps).append(moved)
    return tuple(overlaps), tuple(gaps)


def _give_slivers(faces: Faces, adjacency: Adjacency, owner: Ints, rank: Ints, slivers: SliverLimits) -> Ints:
    """Detached parts that are slivers go to the neighbouring grid with the longest shared edge; a grid's largest part
    stays.
    """
    source, target = adjacency.source(), adjacency.indices
    held = owner != NOBODY
    same = (owner[source] == owner[target]) & held[source]
    count, part = _components(len(owner), source, target, same)
    area = np.bincount(part, shapely.area(faces.shapes), minlength=count).astype(np.float64)
    border = np.bincount(part, shapely.length(faces.shapes), minlength=count)
    border -= np.bincount(part[source[same]], adjacency.length[same], minlength=count)
    part_owner = np.full(count, NOBODY)
    part_owner[part] = owner
    small = (area <= slivers.area_m2) & (2 * area <= slivers.width_m * border) & (part_owner != NOBODY)
    small[_largest_parts(part_owner, area)] = False
    across = small[part[source]] & held[target] & (owner[target] != owner[source]) & ~small[part[target]]
    grids = int(owner.max(initial=0)) + 1
    keys, group = np.unique(part[source[across]] * grids + owner[target[across]], return_inverse=True)
    length = np.bincount(group, adjacency.length[across], minlength=len(keys))
    order = np.lexsort((rank[keys % grids], -np.round(length, 6), keys // grids))
    moved, first = np.unique(keys[order] // grids, return_index=True)
    part_owner[moved] = (keys[order] % grids)[first]
    return part_owner[part]


def _largest_parts(part_owner: Ints, area: Floats) -> Ints:
    order = np.lexsort((-area, part_owner))
    return order[np.unique(part_owner[order], return_index=True)[1]]


def _parts_moved(faces: Faces, adjacency: Adjacency, before: Ints, after: Ints) -> tuple[Transfer, ...]:
    """One transfer per connected group of faces with the same old and new owner."""
    moved = before != after
    source, target = adjacency.source(), adjacency.indices
    same = moved[source] & moved[target] & (before[source] == before[target]) & (after[source] == after[target])
    _, part = _components(len(before), source, target, same)
    areas = shapely.area(faces.shapes)
    made = []
    faces_moved = np.flatnonzero(moved)
    faces_moved = faces_moved[np.argsort(part[faces_moved], kind="stable")]
    for _, group in zip(*_grouped(part[faces_moved], faces_moved), strict=True):
        biggest = max(group, key=lambda face: areas[face])
        place = _place(faces.shapes[biggest])
        made.append(Transfer((int(before[group[0]]),), int(after[group[0]]), float(areas[group].sum()), place, 0.0))
    return tuple(made)


def _assemble(shapes: Shapes, active: Bools, faces: Faces, owner: Ints) -> Shapes:
    made = shapes.copy()
    made[active] = None
    held = np.flatnonzero(owner != NOBODY)
    held = held[np.argsort(owner[held], kind="stable")]
    for grid, group in zip(*_grouped(owner[held], held), strict=True):
        made[grid] = faces.shapes[group[0]] if len(group) == 1 else shapely.coverage_union_all(faces.shapes[group])
    return as_array(made)


def _place(shape: shapely.Geometry) -> tuple[float, float]:
    point = shapely.point_on_surface(shape)
    return float(shapely.get_x(point)), float(shapely.get_y(point))
