"""Where segments on an integer grid meet: compiled kernels of the snap rounding in `noding`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from app.spatial.planar.cells import Buckets
from app.spatial.planar.orientation import comes_before, turn
from app.spatial.planar.threads import THREADS, in_threads
from app.spatial.planar.types import Flags, Ints


@dataclass(frozen=True)
class Lens:
    """The ground beside a segment of length L that is nearer to it than bulge · s · (L − s), s being how far along.

    All in steps; `pad` per segment: the most that this can be, rounded up. `pinning`: cut opposite what lies in it.
    """

    bulge: float
    pad: Ints
    pinning: bool


def meetings(
    x: Ints, y: Ints, a: Ints, b: Ints, lens: Lens, cells: Buckets, fresh: Flags
) -> tuple[Ints, Ints, Ints, Flags]:
    """Segments to cut and the grid points to cut them at; pairs of which neither is fresh are known not to meet.

    Also returned: which segments have a point in their lens. With `lens.pinning` they are cut there as well. The
    buckets are shared out among threads; what is found does not depend on their number, but for its order.
    """
    middle = np.searchsorted(cells.first, np.linspace(0, cells.first[-1], THREADS + 1)[1:-1])
    near = np.zeros(len(a), np.bool_)
    given = (x, y, a, b, lens.pad, lens.bulge, lens.pinning, cells.first, cells.members, fresh, near)
    found = in_threads(
        lambda start, stop: _meetings(*given, start, stop), 0, [0, *(int(one) for one in middle), len(cells.first) - 1]
    )
    cut, px, py = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return cut, px, py, near


@njit(cache=True, nogil=True)
def _meetings(
    x: Ints, y: Ints, a: Ints, b: Ints, pad: Ints, bulge: float, pinning: bool, first: Ints, members: Ints,
    fresh: Flags, near: Flags, start: int, stop: int,
) -> tuple[Ints, Ints, Ints]:  # fmt: skip
    size, capacity, room = 0, 1024, 64
    cut, px, py = np.empty(capacity, np.int64), np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    ends, found = np.empty((room, 5), np.int64), np.empty((5, 3), np.int64)
    for cell in range(start, stop):
        here = members[first[cell] : first[cell + 1]]
        if len(here) > room:
            room = 2 * len(here)
            ends = np.empty((room, 5), np.int64)
        if not _load(x, y, a, b, pad, fresh, here, ends):
            continue
        for i in range(len(here)):
            for j in range(i + 1, len(here)):
                s, t = here[i], here[j]
                # Two cells of one segment may be in one bucket.
                if _apart(ends[i], ends[j]) or s == t or not (fresh[s] or fresh[t]):
                    continue
                hits = _meet(ends[i], ends[j], bulge, pinning, found)
                near[s] |= found[4, 0] == 1
                near[t] |= found[4, 1] == 1
                if size + hits > capacity:
                    capacity *= 2
                    cut, px, py = _grown(cut, capacity), _grown(px, capacity), _grown(py, capacity)
                for k in range(hits):
                    cut[size] = s if found[k, 0] == 0 else t
                    px[size], py[size] = found[k, 1], found[k, 2]
                    size += 1
    return cut[:size], px[:size], py[:size]


@njit(cache=True, nogil=True)
def _load(x: Ints, y: Ints, a: Ints, b: Ints, pad: Ints, fresh: Flags, here: Ints, ends: Ints) -> bool:
    """Copies x, y, x, y and pad of the segments at hand, the lower end first; whether there is a fresh one."""
    any_fresh = False
    for k in range(len(here)):
        p, q = a[here[k]], b[here[k]]
        if not comes_before(x[p], y[p], x[q], y[q]):
            p, q = q, p
        ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3], ends[k, 4] = x[p], y[p], x[q], y[q], pad[here[k]]
        any_fresh |= fresh[here[k]]
    return any_fresh


@njit(cache=True, nogil=True, inline="always")
def _apart(s: Ints, t: Ints) -> bool:
    """Whether the boxes of two segments are further apart than either reaches."""
    reach = max(s[4], t[4])
    if s[2] + reach < t[0] or t[2] + reach < s[0]:
        return True
    return max(s[1], s[3]) + reach < min(t[1], t[3]) or max(t[1], t[3]) + reach < min(s[1], s[3])


@njit(cache=True, nogil=True)
def _grown(values: Ints, capacity: int) -> Ints:
    grown = np.empty(capacity, np.int64)
    grown[: len(values)] = values
    return grown


@njit(cache=True, nogil=True)
def _meet(s: Ints, t: Ints, bulge: float, pinning: bool, found: Ints) -> int:
    """Write (0 for s or 1 for t, x, y) of the cuts that s and t make in each other into `found`; how many (0 to 4).

    found[4] tells (1 or 0) whether s and t have a point in their lens.
    """
    ax, ay, bx, by = s[0], s[1], s[2], s[3]
    cx, cy, dx, dy = t[0], t[1], t[2], t[3]
    found[4, 0] = found[4, 1] = 0
    of_c, of_d = turn(ax, ay, bx, by, cx, cy), turn(ax, ay, bx, by, dx, dy)
    of_a, of_b = turn(cx, cy, dx, dy, ax, ay), turn(cx, cy, dx, dy, bx, by)
    count = 0
    count = _touch(ax, ay, bx, by, cx, cy, of_c, bulge, pinning, 0, found, count)
    count = _touch(ax, ay, bx, by, dx, dy, of_d, bulge, pinning, 0, found, count)
    count = _touch(cx, cy, dx, dy, ax, ay, of_a, bulge, pinning, 1, found, count)
    count = _touch(cx, cy, dx, dy, bx, by, of_b, bulge, pinning, 1, found, count)
    if count == 0 and of_c * of_d < 0.0 and of_a * of_b < 0.0:
        if comes_before(cx, cy, ax, ay) or (ax == cx and ay == cy and comes_before(dx, dy, bx, by)):
            share = of_c / (of_c - of_d)  # computed along the lower one, whichever was met first
            px = cx + np.int64(np.rint(share * (dx - cx)))
            py = cy + np.int64(np.rint(share * (dy - cy)))
        else:
            share = of_a / (of_a - of_b)
            px = ax + np.int64(np.rint(share * (bx - ax)))
            py = ay + np.int64(np.rint(share * (by - ay)))
        for which in range(2):
            found[which, 0], found[which, 1], found[which, 2] = which, px, py
        count = 2
    return count


@njit(cache=True, nogil=True)
def _touch(
    lx: int, ly: int, hx: int, hy: int, px: int, py: int, side: float, bulge: float, pinning: bool, which: int,
    found: Ints, count: int,
) -> int:  # fmt: skip
    """Adds the cut of the segment low → high at the point, if there is one."""
    dx, dy = float(hx - lx), float(hy - ly)
    squared = dx * dx + dy * dy
    width = max(2.0, bulge * squared)  # four times as far as pixel or lens can reach, for any slope
    if side * side > width * width * squared or (px == lx and py == ly) or (px == hx and py == hy):
        return count
    if _in_pixel(lx, ly, hx, hy, px, py, side):
        found[count, 0], found[count, 1], found[count, 2] = which, px, py
        return count + 1
    along = _opposite(lx, ly, hx, hy, px, py, side, bulge)
    if along > 0.0:
        found[4, which] = 1
        if pinning:
            found[count, 0] = which
            found[count, 1] = lx + np.int64(np.rint(along * dx))
            found[count, 2] = ly + np.int64(np.rint(along * dy))
            return count + 1
    return count


@njit(cache=True, nogil=True)
def _in_pixel(lx: int, ly: int, hx: int, hy: int, px: int, py: int, side: float) -> bool:
    """Whether the segment low → high passes the unit square around the point, its lower and left edges included.

    With closed squares two diagonals of one square would take each other's corners in turn, for ever.
    """
    # Two convex shapes meet unless a line parallel to one of their sides parts them: here x, y and the segment itself.
    if px < lx or px > hx:
        return False
    if py < min(ly, hy) or py > max(ly, hy):
        return False
    reach, twice = float((hx - lx) + abs(hy - ly)), 2.0 * side
    if twice == reach:  # it touches one corner only: that of the included edges, or the opposite one
        return bool(hy < ly)
    return bool(-reach < twice < reach)


@njit(cache=True, nogil=True)
def _opposite(lx: int, ly: int, hx: int, hy: int, px: int, py: int, side: float, bulge: float) -> float:
    """How far along the segment (0–1) the point lies, if it is nearer to it than the bulge there; else 0."""
    dx, dy = float(hx - lx), float(hy - ly)
    squared = dx * dx + dy * dy
    along = (float(px - lx) * dx + float(py - ly) * dy) / squared
    if along <= 0.0 or along >= 1.0:
        return 0.0
    length = np.sqrt(squared)
    if abs(side) / length > bulge * squared * along * (1.0 - along):
        return 0.0
    if along * length < 1.0 or (1.0 - along) * length < 1.0:
        return 0.0
    return along
