"""Networks that mean the same lines brought together before they are laid over each other.

In an order of authority each network is drawn onto those before it: a corner within the tolerance of one of their
corners goes there, else to the nearest point of their borders within the tolerance; where a border runs along one of
theirs, it takes over those corners within the tolerance that nobody went to. The first network stays as it is. No
corner moves by more than the tolerance, and none moves twice. Equal corners move alike and borders between grids are
drawn once, so neighbours stay neighbours; what folds over itself on the way is there and back, which the arrangement
drops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from app.spatial.coordinates.crs import parse_crs
from app.spatial.pieces.linework import Lines
from app.spatial.planar.types import Flags, Floats, Ints
from app.spatial.planar.uses import spans

_ALONG = 0.5  # cosine of the steepest angle at which a border is taken to run along another


@dataclass(frozen=True)
class Moves:
    """How one network was moved: (n, 2) corners before and after, those that moved; `inserted`: corners taken over."""

    name: str
    corners: int
    before: Floats
    after: Floats
    inserted: Floats
    inserted_from: Floats


@dataclass(frozen=True)
class MovesReport:
    """Of one network: its corners, how many moved, how many were taken over, and the largest and mean distance (m)."""

    corners: int
    moved: int
    inserted: int
    largest_m: float
    mean_m: float


@dataclass(frozen=True)
class ConflationReport:
    """`authority`: the order in which networks were drawn; each onto those before it."""

    tolerance_m: float
    authority: list[str]
    networks: dict[str, MovesReport]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def conflate(lines: Sequence[Lines], names: Sequence[str], tolerance: float) -> tuple[list[Lines], list[Moves]]:
    """The lines of every network or layer, in the order of authority, drawn onto those before it; metres."""
    made, moves = [], []
    known = _Known.empty()
    for one, name in zip(lines, names, strict=True):
        drawn, moved = (one, _unmoved(one, name)) if not len(known.points) else _onto(one, name, known, tolerance)
        made.append(drawn)
        moves.append(moved)
        known = known.with_lines(drawn)
    return made, moves


def report_of(moves: Sequence[Moves], tolerance: float) -> ConflationReport:
    told = {}
    for one in moves:
        distance = _distances(one)
        told[one.name] = MovesReport(
            one.corners,
            len(one.before),
            len(one.inserted),
            float(distance.max(initial=0.0)),
            float(distance.mean()) if len(distance) else 0.0,
        )
    return ConflationReport(tolerance, [one.name for one in moves], told)


def moves_frame(moves: Sequence[Moves], crs: str) -> gpd.GeoDataFrame:
    """Every corner that moved or was taken over: `network`, `distance_m`, `inserted`, a line from where to where."""
    start = np.concatenate([np.zeros((0, 2)), *(part for one in moves for part in (one.before, one.inserted_from))])
    end = np.concatenate([np.zeros((0, 2)), *(part for one in moves for part in (one.after, one.inserted))])
    columns = {
        "network": [one.name for one in moves for _ in range(len(one.before) + len(one.inserted))],
        "distance_m": np.hypot(*(end - start).T),
        "inserted": [flag for one in moves for flag in [False] * len(one.before) + [True] * len(one.inserted)],
    }
    return gpd.GeoDataFrame(
        columns, geometry=shapely.linestrings(np.stack([start, end], axis=1)), crs=parse_crs(crs).proj
    )


def _distances(one: Moves) -> Floats:
    ends, starts = np.concatenate([one.after, one.inserted]), np.concatenate([one.before, one.inserted_from])
    return np.asarray(np.hypot(*(ends - starts).T))


def _unmoved(lines: Lines, name: str) -> Moves:
    none = np.zeros((0, 2))
    return Moves(name, len(_corners(lines.points)[0]), none, none, none, none)


@dataclass(frozen=True)
class _Known:
    """Corners and borders (pairs of corners) that later networks are drawn onto, each once."""

    points: Floats
    pairs: Ints

    @classmethod
    def empty(cls) -> _Known:
        return cls(np.zeros((0, 2)), np.zeros((0, 2), np.int64))

    def with_lines(self, lines: Lines) -> _Known:
        pairs = np.concatenate([self.pairs, np.stack([lines.start, lines.start + 1], axis=1) + len(self.points)])
        points, at = _corners(np.concatenate([self.points, lines.points]))
        return _Known(points, _once(at[pairs])[0])


def _corners(points: Floats) -> tuple[Floats, Ints]:
    """Distinct points in order, and the number of every point given."""
    values, at = np.unique(points[:, 0] + 1j * points[:, 1], return_inverse=True)
    return np.stack([values.real, values.imag], axis=1), at


def _once(pairs: Ints) -> tuple[Ints, Ints]:
    """Distinct pairs of different numbers, lower one first, and the pair of every one given (−1 for equal ones)."""
    low, high = pairs.min(axis=1, initial=2**62), pairs.max(axis=1, initial=-1)
    real = np.flatnonzero(low != high)
    keys, at = np.unique(low[real] * (1 << 31) + high[real], return_inverse=True)
    number = np.full(len(pairs), -1, np.int64)
    number[real] = at
    return np.stack([keys >> 31, keys & ((1 << 31) - 1)], axis=1), number


def _onto(lines: Lines, name: str, known: _Known, tolerance: float) -> tuple[Lines, Moves]:
    corners, at = _corners(lines.points)
    pairs, pair = _once(np.stack([at[lines.start], at[lines.start + 1]], axis=1))
    moved, taken = _moved(corners, known, tolerance)
    row, point, foot = _passed(corners, pairs, np.flatnonzero(~taken), known, tolerance)
    drawn = _redrawn(lines, at, pairs, pair, moved, row, known.points[point])
    changed = (moved != corners).any(axis=1)
    return drawn, Moves(name, len(corners), corners[changed], moved[changed], known.points[point], foot)


def _moved(corners: Floats, known: _Known, tolerance: float) -> tuple[Floats, Flags]:
    """Where each corner goes: to the nearest known corner, else onto the nearest known border, else nowhere.

    Also returned: to which known corners one went.
    """
    moved, taken = corners.copy(), np.zeros(len(known.points), np.bool_)
    distance, nearest = cKDTree(known.points).query(corners, distance_upper_bound=tolerance)
    found = np.isfinite(distance)
    moved[found] = known.points[nearest[found]]
    taken[nearest[found]] = True
    rest = np.flatnonzero(~found)
    borders = shapely.linestrings(known.points[known.pairs])
    loose = shapely.points(corners[rest])
    which, border = shapely.STRtree(borders).query_nearest(loose, max_distance=tolerance)
    which, first = np.unique(which, return_index=True)  # of several at one distance the first in order
    border = borders[border[first]]
    foot = shapely.line_interpolate_point(border, shapely.line_locate_point(border, loose[which]))
    moved[rest[which]] = shapely.get_coordinates(foot)
    return moved, taken


def _passed(corners: Floats, pairs: Ints, free: Ints, known: _Known, tolerance: float) -> tuple[Ints, Ints, Floats]:
    """(border, known corner, place on the border) that borders take over of the `free` ones, in order along each."""
    start, end = corners[pairs[:, 0]], corners[pairs[:, 1]]
    tree = shapely.STRtree(shapely.linestrings(np.stack([start, end], axis=1)))
    point, row = tree.query(shapely.points(known.points[free]), predicate="dwithin", distance=tolerance)
    point = free[point]
    run, away = end[row] - start[row], known.points[point] - start[row]
    length = np.hypot(*run.T)
    along = (run * away).sum(axis=1) / length**2
    inner = (along > 0) & (along < 1) & _runs_along(known, point, run / length[:, None])
    row, point, along = row[inner], point[inner], along[inner]
    order = np.lexsort((point, along, row))
    row, point, along = row[order], point[order], along[order]
    return row, point, start[row] + along[:, None] * (end[row] - start[row])


def _runs_along(known: _Known, point: Ints, direction: Floats) -> Flags:
    """Whether one of the known borders at a known corner runs about in the direction, or against it."""
    ends = np.concatenate([known.pairs, known.pairs[:, ::-1]])
    order = np.argsort(ends[:, 0], kind="stable")
    first = np.searchsorted(ends[order, 0], np.arange(len(known.points) + 1))
    which, at = spans(first[point], first[point + 1])
    away = known.points[ends[order[at], 1]] - known.points[ends[order[at], 0]]
    cosine = np.abs((away * direction[which]).sum(axis=1)) / np.hypot(*away.T)
    found = np.zeros(len(point), np.bool_)
    found[which[cosine >= _ALONG]] = True
    return found


def _redrawn(lines: Lines, at: Ints, pairs: Ints, pair: Ints, moved: Floats, row: Ints, taken: Floats) -> Lines:
    """The lines with their corners moved and the corners that each border takes over, step by step."""
    real = np.flatnonzero(pair >= 0)
    count = np.bincount(row, minlength=len(pairs))
    first = np.cumsum(count) - count
    which, more = spans(first[pair[real]], first[pair[real]] + count[pair[real]])
    backwards = at[lines.start[real]] != pairs[pair[real], 0]
    low = first[pair[real]]
    mirrored = (2 * low + count[pair[real]] - 1)[which] - more
    inserted = taken[np.where(backwards[which], mirrored, more)]
    size = count[pair[real]] + 2
    begin = np.cumsum(size) - size
    points = np.empty((int(size.sum()), 2))
    points[begin], points[begin + size - 1] = moved[at[lines.start[real]]], moved[at[lines.start[real] + 1]]
    points[begin[which] + 1 + (more - low[which])] = inserted
    step, place = spans(begin, begin + size - 1)
    return Lines(points, place, lines.owner[real][step])
