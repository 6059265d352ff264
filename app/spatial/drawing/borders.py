"""Borders as a map draws them: a border that two neighbours share is one line, not one of each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

STEP_DIGITS = 3
"""Corners that are nearer than a millimetre are the same: whose files came in degrees have them ulps apart."""

Shapes = npt.NDArray[np.object_]


def own_borders(shapes: Shapes) -> Shapes:
    """Of each polygon the part of its border that none before it has, as a MultiLineString: together every border once.

    Borders are shared where both sides have the same vertices, as in a coverage; where shapes overlap each keeps its
    own. `shapes` are in metres. A polygon whose border others had before it gets an empty one.
    """
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    corners, ring_of = shapely.get_coordinates(rings, return_index=True)
    sides = _new_sides(corners, np.flatnonzero(ring_of[:-1] == ring_of[1:]))
    borders = np.full(len(shapes), shapely.MultiLineString(), dtype=object)
    if len(sides):
        begins = np.append(True, np.diff(sides) > 1)  # from ring to ring, too: its last corner begins no side
        along = np.sort(np.append(sides[begins], sides + 1))
        line_of = np.cumsum(np.isin(along, sides[begins])) - 1
        lines = shapely.linestrings(corners[along], indices=line_of)
        shapely.multilinestrings(lines, indices=shape_of[part_of[ring_of[sides[begins]]]], out=borders)
    return borders


def _new_sides(corners: npt.NDArray[np.float64], sides: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Of `sides` (from corner i to corner i + 1) those that none before runs along, in whichever direction."""
    places = np.unique(np.round(corners, STEP_DIGITS) @ np.array([1, 1j]), return_inverse=True)[1]
    ends = np.sort(np.stack([places[sides], places[sides + 1]]), axis=0)
    first = np.unique(ends[0] * len(corners) + ends[1], return_index=True)[1]
    return sides[np.sort(first)]
