"""Which grids a line meets, and with how many metres of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from app.spatial.coordinates.crs import points_from_wgs84
from app.spatial.location.locate import GridIndex, Stretches

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LineMeasures:
    """Metres of a line, of what of it lies in each of `grids` (by code), and of what lies in none."""

    whole: float
    grids: list[int]
    metres: list[float]
    outside: float


def line_measures(index: GridIndex, line: shapely.Geometry, crs: str, step: float) -> LineMeasures:
    """`line`: a (multi)line in EPSG:4326; lengths in the metric system `crs`, segments bent in steps of `step` degrees.
    What passes a place twice is counted twice."""
    corners, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    follows = np.append(False, part[1:] == part[:-1])
    walked = index.walk(corners[:, 0], corners[:, 1], follows)
    metres = _metres(corners, walked, crs, step)
    ranks, which = np.unique(walked.rank, return_inverse=True)
    sizes = np.bincount(which, weights=metres[walked.stretch], minlength=len(ranks))
    outside = np.ones(len(metres), dtype=bool)
    outside[walked.stretch] = False
    return LineMeasures(float(metres.sum()), index.order[ranks].tolist(), sizes.tolist(), float(metres[outside].sum()))


def _metres(corners: Floats, walked: Stretches, crs: str, step: float) -> Floats:
    """Of each stretch. Those longer than a step are measured in steps."""
    begin = np.where(np.diff(walked.segment, prepend=-1) != 0, 0.0, np.append(0.0, walked.end[:-1]))
    start, along = corners[walked.segment], corners[walked.segment + 1] - corners[walked.segment]
    steps = np.ceil(np.hypot(*along.T) * (walked.end - begin) / step).astype(np.intp).clip(min=1)
    stretch = np.repeat(np.arange(len(steps)), steps)
    number = np.arange(len(stretch)) - np.repeat(np.cumsum(steps) - steps, steps)
    share = begin[stretch] + (walked.end - begin)[stretch] * ((number + 1) / steps[stretch])
    ends = start[stretch] + along[stretch] * share[:, None]
    # Each end is the next one's beginning, but for the first of a line.
    first = np.append(True, np.diff(walked.segment[stretch]) > 0)
    first[1:] &= (ends[:-1] != start[stretch[1:]]).any(axis=1)
    place = np.arange(len(ends)) + np.cumsum(first)
    nodes = np.empty((len(ends) + int(first.sum()), 2))
    nodes[place], nodes[place[first] - 1] = ends, start[stretch[first]]
    east, north = points_from_wgs84(nodes[:, 0], nodes[:, 1], crs)
    lengths = np.hypot(east[place] - east[place - 1], north[place] - north[place - 1])
    return np.add.reduceat(lengths, np.cumsum(steps) - steps) if len(steps) else lengths
