"""The edits that a planner makes by hand: each a wish and a plain function from plan and wish to draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import shapely

from app.errors import InputError
from app.spatial.division.adjacency import connected_parts
from app.spatial.division.terms import KINDS
from app.spatial.editing.drafts import Draft, Hand, Title, prefix_of, title_of, unchanged, with_new_grids
from app.spatial.editing.graph import subgraph, sure_links
from app.spatial.editing.ground import Ints, Objects
from app.spatial.editing.optimising import Optimise, Rest, optimise
from app.spatial.editing.recutting import cut_pieces
from app.spatial.editing.workspace import Workspace

Place = tuple[float, float]
MOSTLY = 0.5  # a piece is inside a drawn area when more than this share of it is
NAME_LENGTH_MAX = 80


@dataclass(frozen=True)
class Assign:
    """Pieces (by number) to a grid; without one they become a new grid."""

    pieces: tuple[int, ...]
    grid: str | None = None


@dataclass(frozen=True)
class Split:
    """A line (lon, lat) that divides a grid. `cut`: pieces are cut along it, else it snaps to their borders."""

    grid: str
    line: tuple[Place, ...]
    cut: bool = False


@dataclass(frozen=True)
class Draw:
    """The ring of an area (lon, lat) that becomes a grid: the pieces mostly inside, or what is inside (`cut`)."""

    ring: tuple[Place, ...]
    cut: bool = False
    kind: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Merge:
    grids: tuple[str, ...]


@dataclass(frozen=True)
class Lock:
    grid: str
    reason: str


@dataclass(frozen=True)
class Unlock:
    grid: str


@dataclass(frozen=True)
class SetKind:
    grid: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Rename:
    grid: str
    name: str


DO: Mapping[str, type] = {
    "assign": Assign,
    "split": Split,
    "draw": Draw,
    "merge": Merge,
    "optimise": Optimise,
    "lock": Lock,
    "unlock": Unlock,
    "kind": SetKind,
    "rename": Rename,
    "rest": Rest,
}
"""The word for each edit."""
Edit = Assign | Split | Draw | Merge | Optimise | Lock | Unlock | SetKind | Rename


def draft(plan: Workspace, edit: Edit, hand: Hand) -> Draft:
    """The plan after the edit. Raises InputError for a wish that says nothing, NotFound for what the plan lacks,
    Conflict with the lock's reason where a locked grid would change."""
    return WAYS[type(edit)](plan, edit, hand)


def wish_of(edit: Edit | Rest) -> dict[str, Any]:
    """The edit as it is kept in the history: its word and what was asked."""
    word = next(word for word, kind in DO.items() if kind is type(edit))
    return {"do": word, **asdict(edit)}


def assign(plan: Workspace, edit: Assign, hand: Hand) -> Draft:
    if not edit.pieces:
        raise InputError("name at least one piece to assign")
    rows = plan.ground.positions(edit.pieces)
    plan.divided(rows)
    rows = rows[plan.grid[rows] != edit.grid]
    if not len(rows):
        raise InputError(f"grid {edit.grid} has these pieces already")
    plan.unlocked([*plan.grid[rows], *([edit.grid] if edit.grid else [])])
    if edit.grid:
        return unchanged(plan).moved(rows, edit.grid)
    return with_new_grids(plan, unchanged(plan), [rows], [_main_kind(plan, rows)], hand)


def split(plan: Workspace, edit: Split, hand: Hand) -> Draft:
    grid, line = plan.at(edit.grid), _line(edit.line)
    plan.unlocked([edit.grid])
    made = unchanged(plan)
    if edit.cut:
        made = cut_pieces(made, plan.members([edit.grid]), line)
    rows = np.flatnonzero(made.grid == edit.grid)
    sides = _sides(grid.shape, line)
    if len(sides) > 1:
        side = _hang_together(made, rows, _side_of(made.ground.shapes[rows], sides))
    if len(sides) < 2 or len(np.unique(side)) < 2:
        raise InputError(
            f"the line does not divide grid {edit.grid}: draw it right across, or ask for its pieces to be cut"
        )
    groups = _largest_first(made, [rows[side == number] for number in np.unique(side)])
    return with_new_grids(plan, made, groups[1:], [grid.kind] * (len(groups) - 1), hand)


def draw(plan: Workspace, edit: Draw, hand: Hand) -> Draft:
    ring = _line([*edit.ring, edit.ring[0]] if edit.ring and edit.ring[0] != edit.ring[-1] else edit.ring)
    if len(ring) < 4:
        raise InputError("an area needs at least three corners")
    if edit.kind is not None and edit.kind not in KINDS:
        raise InputError(f"no kind {edit.kind!r}; kinds are {', '.join(KINDS)}")
    area, made = shapely.Polygon(ring), unchanged(plan)
    met = plan.ground.meeting(area)
    met = met[plan.grid[met] != ""]
    if edit.cut:
        bound = met[[plan.grids[code].lock is not None for code in plan.grid[met]]]
        plan.unlocked(plan.grid[_inside(plan.ground.shapes, bound, area, 0.0)])
        made = cut_pieces(made, met, ring)
        met = np.flatnonzero(np.isin(made.origin, met))
    rows = _inside(made.ground.shapes, met, area, MOSTLY)
    if not len(rows):
        raise InputError("no piece lies mostly inside the area: draw it larger, or ask for the pieces to be cut")
    plan.unlocked(made.grid[rows])
    kind = edit.kind or _main_kind(plan, made.origin[rows])
    return with_new_grids(plan, made, [rows], [kind], hand, [_name(edit.name)] if edit.name else [])


def merge(plan: Workspace, edit: Merge, hand: Hand) -> Draft:
    codes = list(dict.fromkeys(edit.grids))
    if len(codes) < 2:
        raise InputError("name at least two grids to merge")
    plan.unlocked(codes)
    groups = _largest_first(unchanged(plan), [plan.members([code]) for code in sorted(codes)])
    return unchanged(plan).moved(plan.members(codes), plan.grid[groups[0][0]])


def lock(plan: Workspace, edit: Lock, hand: Hand) -> Draft:
    if not edit.reason.strip():
        raise InputError("a lock needs a reason")
    plan.unlocked([edit.grid])
    title = replace(title_of(plan, edit.grid), lock=hand.because(edit.reason.strip()))
    return unchanged(plan).titled({edit.grid: title})


def unlock(plan: Workspace, edit: Unlock, hand: Hand) -> Draft:
    if plan.at(edit.grid).lock is None:
        raise InputError(f"grid {edit.grid} is not locked")
    return unchanged(plan).titled({edit.grid: replace(title_of(plan, edit.grid), lock=None)})


def set_kind(plan: Workspace, edit: SetKind, hand: Hand) -> Draft:
    """The letter of the code follows the kind: a grid of another kind gets a code of that kind."""
    if edit.kind not in KINDS:
        raise InputError(f"no kind {edit.kind!r}; kinds are {', '.join(KINDS)}")
    if not edit.reason.strip():
        raise InputError("a kind set by hand needs a reason")
    plan.unlocked([edit.grid])
    grid, rows, decision = plan.at(edit.grid), plan.members([edit.grid]), hand.because(edit.reason.strip())
    made = unchanged(plan).of_kind(rows, edit.kind, decision)
    if grid.code.startswith(prefix_of(grid.area, edit.kind)):
        return made.titled({edit.grid: Title(grid.name, edit.kind, None, decision)})
    own = "" if grid.name == plan.terms.name_of(grid.area, grid.kind, grid.code) else grid.name
    made = with_new_grids(plan, made, [rows], [edit.kind], hand, [own])
    return replace(made, titles={code: replace(title, decision=decision) for code, title in made.titles.items()})


def rename(plan: Workspace, edit: Rename, hand: Hand) -> Draft:
    """A locked grid may be renamed: a lock holds its pieces."""
    return unchanged(plan).titled({edit.grid: replace(title_of(plan, edit.grid), name=_name(edit.name))})


WAYS: dict[type, Callable[[Workspace, Any, Hand], Draft]] = {
    Assign: assign,
    Split: split,
    Draw: draw,
    Merge: merge,
    Optimise: optimise,
    Lock: lock,
    Unlock: unlock,
    SetKind: set_kind,
    Rename: rename,
}


def _name(name: str) -> str:
    if not name.strip() or len(name.strip()) > NAME_LENGTH_MAX:
        raise InputError(f"a grid needs a name of 1 to {NAME_LENGTH_MAX} characters")
    return name.strip()


def _line(places: Any) -> np.ndarray:
    line = np.array(places, dtype=np.float64).reshape(-1, 2)
    if len(line) < 2 or not np.isfinite(line).all() or (np.abs(line) > (180.0, 90.0)).any():
        raise InputError("a line needs two places or more, each as longitude and latitude")
    if not shapely.LineString(line).is_simple:
        raise InputError("the line crosses itself")
    return line


def _main_kind(plan: Workspace, rows: Ints) -> str:
    """The kind of the grids that most of these pieces' ground comes from; the first of the kinds on a tie."""
    of = np.array([KINDS.index(plan.grids[code].kind) for code in plan.grid[rows]])
    return KINDS[int(np.argmax(np.bincount(of, plan.ground.area_m2[rows], minlength=len(KINDS))))]


def _largest_first(made: Draft, groups: list[Ints]) -> list[Ints]:
    """By what they hold, then by ground, then in the order given."""
    sums = [(float(made.ground.weight[rows].sum()), float(made.ground.area_m2[rows].sum())) for rows in groups]
    return [groups[at] for at in sorted(range(len(groups)), key=lambda at: (-sums[at][0], -sums[at][1], at))]


def _inside(shapes: Objects, rows: Ints, area: shapely.Polygon, share: float) -> Ints:
    """The rows whose polygon lies in the area by more than this share."""
    shapely.prepare(area)
    met, whole = shapes[rows], shapely.area(shapes[rows])
    common = np.where(shapely.contains(area, met), whole, 0.0)
    across = (common == 0.0) & shapely.intersects(area, met)
    common[across] = shapely.area(shapely.intersection(met[across], area))
    return rows[common > max(share, 1e-9) * whole]


def _sides(shape: shapely.Geometry, line: np.ndarray) -> Objects:
    """The faces that the line leaves of a shape."""
    linework = shapely.union_all([shapely.boundary(shape), shapely.LineString(line)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(linework)))
    return faces[shapely.contains(shape, shapely.point_on_surface(faces))]


def _side_of(shapes: Objects, sides: Objects) -> Ints:
    """The side that most of each shape lies on; the first of equals."""
    common = [shapely.area(shapely.intersection(shapes, side)) for side in sides]
    return np.argmax(common, axis=0).astype(np.int64)


def _hang_together(made: Draft, rows: Ints, side: Ints) -> Ints:
    """Sides in one stretch each: a fragment goes to the side it shares the longest border with."""
    sure = sure_links(subgraph(made.ground.adjacency, rows))
    if connected_parts(sure.where(side[sure.source()] == side[sure.indices]))[0] == len(set(side)):
        return side
    graph, side = subgraph(made.ground.links, rows), side.copy()
    source, weight = graph.source(), made.ground.weight[rows] + 1e-9 * made.ground.area_m2[rows]
    count, part = connected_parts(graph.where(side[source] == side[graph.indices]))
    held = np.bincount(part, weight, minlength=count)
    home = {int(part[at]): int(side[at]) for at in range(len(rows))}
    main = {number: max((p for p in home if home[p] == number), key=lambda p: (held[p], -p)) for number in set(side)}
    for fragment in sorted(set(home) - set(main.values()), key=lambda p: (held[p], p)):
        edges = (part[source] == fragment) & (part[graph.indices] != fragment)
        if edges.any():
            beside = np.bincount(side[graph.indices[edges]], graph.length[edges])
            side[part == fragment] = int(np.argmax(beside))
    return side
