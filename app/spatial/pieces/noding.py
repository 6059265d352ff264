"""Snap rounding: segments on an integer grid are cut until they meet at their ends only.

Every vertex is a hot pixel (the unit square around it). A segment that passes a hot pixel is bent through its
centre, a proper crossing becomes a vertex at the nearest grid point, and both are repeated until nothing changes
(iterated snap rounding, Halperin & Packer 2002). Orientations are exact, so the outcome is a planar arrangement
whatever the input; points and segments are kept sorted, so it does not depend on the order of the input either.

Each segment remembers whose border it is: a *use* is (segment, owner, sign), sign +1 where the owner lies on the left
of the segment taken from its lower to its higher end. The owner `CUT` draws a line and owns no ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError
from app.spatial.pieces.crossings import cell_members, meetings

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CUT = -1
BEND = 4.0 / 6.37e6
"""Curvature per metre, at most, of a straight line in degrees on a metric map and the other way round: about
1.5 · tan(latitude) ÷ the Earth's radius, so this holds up to 69 degrees north."""
_LIMIT = 2**39  # `crossings.orientation` multiplies differences of 40 bits
_ROUNDS = 100


@dataclass(frozen=True)
class Uses:
    """Who draws which segment: three arrays of one length."""

    segment: Ints
    owner: Ints
    sign: Ints


@dataclass(frozen=True)
class Segments:
    """`points` (n, 2): distinct grid points sorted by x, y; `ends` (m, 2): rows of `points`, lower first, sorted."""

    points: Ints
    ends: Ints
    uses: Uses


def to_grid(coordinates: Floats, origin: Floats, grid_size: float) -> Ints:
    """Metric coordinates (n, 2) as steps of the precision grid; InputError where the ground is too wide for it."""
    widest = float(np.abs(coordinates - origin).max(initial=0.0))
    if widest >= widest_ground(grid_size):
        raise InputError(
            f"the ground is {widest / 1000:.0f} km wide, which a precision grid of {grid_size:g} m cannot hold: "
            f"take {10.0 ** np.ceil(np.log10(widest / _LIMIT)):g} m or more"
        )
    return np.rint((coordinates - origin) * (1.0 / grid_size)).astype(np.int64)


def widest_ground(grid_size: float) -> float:
    """How far the ground may reach, in metres, on a precision grid."""
    return grid_size * _LIMIT


def node(start: Ints, end: Ints, owner: Ints) -> Segments:
    """Cut directed segments start[i] → end[i] (grid steps, (n, 2)); owner[i] lies on the left, or is `CUT`.

    Where an owner draws a segment there and back (a spike), nothing of it is left.
    """
    segments, _ = _compact(start, end, owner, np.ones(len(owner), np.int64), np.arange(len(owner)))
    return _cut_until_noded(segments, 0.0)


def pin(segments: Segments, grid_size: float) -> Segments:
    """Cut noded segments opposite every corner that lies closer to them than a line bends between metres and degrees.

    A line that is straight in one is bent in the other, and could jump over such a corner; one of its own holds it.
    """
    return _cut_until_noded(segments, BEND / 2 * grid_size)


def _cut_until_noded(segments: Segments, bulge: float) -> Segments:
    fresh = np.ones(len(segments.ends), np.bool_)
    for _ in range(_ROUNDS):
        x, y = segments.points[:, 0].copy(), segments.points[:, 1].copy()
        lower, upper = segments.ends[:, 0].copy(), segments.ends[:, 1].copy()
        pad = np.ceil(bulge / 4 * (np.hypot(x[upper] - x[lower], y[upper] - y[lower]) ** 2)).astype(np.int64)
        first, members = cell_members(x, y, lower, upper, pad)
        cut, px, py = meetings(x, y, lower, upper, pad, bulge, first, members, fresh)
        if not len(cut):
            return segments
        segments, fresh = _split(segments, cut, np.stack([px, py], axis=1))
    raise InputError("the borders cannot be noded on this precision grid: take a coarser one")


def _compact(start: Ints, end: Ints, owner: Ints, sign: Ints, segment: Ints) -> tuple[Segments, Ints]:
    """Distinct points and segments, and the new number of every segment given (-1 where it has no length or no use)."""
    count = len(start)
    points, at = _distinct(np.concatenate([start, end]))
    lower, upper = np.minimum(at[:count], at[count:]), np.maximum(at[:count], at[count:])
    keys, number = np.unique(lower * len(points) + upper, return_inverse=True)
    forward = np.where(at[:count] < at[count:], 1, -1)
    uses = _sum_uses(number[segment], owner, sign * forward[segment])
    live = np.zeros(len(keys), np.bool_)
    live[uses.segment] = True
    span = max(len(points), 1)
    live &= keys // span != keys % span
    renumber = np.where(live, np.cumsum(live) - 1, -1)
    kept = live[uses.segment]
    uses = Uses(renumber[uses.segment[kept]], uses.owner[kept], uses.sign[kept])
    ends = np.stack([keys[live] // span, keys[live] % span], axis=1)
    return Segments(points, ends, uses), renumber[number]


def _distinct(points: Ints) -> tuple[Ints, Ints]:
    """Distinct rows in the order (x, y), and the row number of every input point."""
    # One complex number sorts like (x, y) and is exact below 2^53, several times faster than a sort on two keys.
    values, at = np.unique(points[:, 0] + 1j * points[:, 1], return_inverse=True)
    return np.stack([values.real, values.imag], axis=1).astype(np.int64), at


def _sum_uses(segment: Ints, owner: Ints, sign: Ints) -> Uses:
    """One row per segment and owner, the signs added; rows that cancel are left out."""
    order = np.lexsort((owner, segment))
    segment, owner, sign = segment[order], owner[order], sign[order]
    new = np.ones(len(segment), np.bool_)
    new[1:] = (segment[1:] != segment[:-1]) | (owner[1:] != owner[:-1])
    first = np.flatnonzero(new)
    total = np.add.reduceat(sign, first) if len(first) else sign
    cut = owner[first] == CUT
    live = cut | (total != 0)
    return Uses(segment[first][live], owner[first][live], np.where(cut, 1, total)[live])


def _split(segments: Segments, cut: Ints, at: Ints) -> tuple[Segments, Flags]:
    """Cut segment cut[i] at the grid point at[i]; the flags mark the segments that are new."""
    points, ends = segments.points, segments.ends
    touched = np.unique(cut)
    number = np.concatenate([touched, cut, touched])
    place = np.concatenate([points[ends[touched, 0]], at, points[ends[touched, 1]]])
    run = (points[ends[number, 1]] - points[ends[number, 0]]).astype(np.float64)
    along = ((place - points[ends[number, 0]]) * run).sum(axis=1)
    along[: len(touched)], along[len(touched) + len(cut) :] = -np.inf, np.inf
    order = np.lexsort((place[:, 1], place[:, 0], along, number))
    number, place = number[order], place[order]
    pair = number[1:] == number[:-1]
    whole = np.ones(len(ends), np.bool_)
    whole[touched] = False
    parent = np.concatenate([np.flatnonzero(whole), number[:-1][pair]])
    start = np.concatenate([points[ends[whole, 0]], place[:-1][pair]])
    end = np.concatenate([points[ends[whole, 1]], place[1:][pair]])
    made, child = _compact(start, end, *_inherited(segments.uses, parent, len(ends)))
    fresh = np.zeros(len(made.ends), np.bool_)
    new = child[np.count_nonzero(whole) :]
    fresh[new[new >= 0]] = True
    return made, fresh


def _inherited(uses: Uses, parent: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Every use of a parent handed to each of its children: owner, sign and child."""
    children = np.argsort(parent, kind="stable")
    first = np.searchsorted(parent[children], np.arange(count))
    repeats = np.bincount(parent, minlength=count)[uses.segment]
    step = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    child = children[np.repeat(first[uses.segment], repeats) + step]
    return np.repeat(uses.owner, repeats), np.repeat(uses.sign, repeats), child
