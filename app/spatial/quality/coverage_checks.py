"""Checks of a network as a whole, in a metric CRS: overlaps, gaps, borders that do not match, ground outside the
declared ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from app.spatial.quality.problems import Kind, Problem
from app.spatial.quality.surfaces import (
    TRACE_M2,
    Bools,
    Floats,
    Ints,
    Shapes,
    Surfaces,
    as_array,
    inner_point,
    mean_width,
)

PRECISION_M = 0.01


@dataclass(frozen=True)
class GapLimits:
    """A gap is a drawing mistake when it is small (`area_m2`, m²) or narrow (`width_m`, m, mean width); else it is a
    hole.
    """

    area_m2: float = 100.0
    width_m: float = 2.0

    def small_or_narrow(self, shapes: Shapes) -> Bools:
        return (shapely.area(shapes) <= self.area_m2) | (gap_width(shapes) <= self.width_m)


def gap_width(shapes: Shapes) -> Floats:
    """Mean width in metres, measured on the centimetre.

    Where borders run together without sharing corners, arithmetic leaves gaps of nanometres; a gap that ends in such a
    thread has a long border and would pass for narrow.
    """
    clean = shapely.set_precision(shapes, PRECISION_M)
    return np.where(shapely.is_empty(clean), mean_width(shapes), mean_width(clean))


def are_threads(shapes: Shapes) -> Bools:
    """Shapes of which nothing is left on the centimetre.

    Borders that are straight in degrees are not straight in metres, so neighbours that do not share their corners
    overlap and gape by millimetres whoever drew them. That is an unmatched border, not an overlap or a gap.
    """
    return shapely.is_empty(shapely.set_precision(shapes, PRECISION_M))


@dataclass(frozen=True)
class Overlaps:
    """Pairs of surfaces (`left` < `right`, positions in the array) that share ground, with the ground."""

    left: Ints
    right: Ints
    shapes: Shapes


def find_overlaps(ground: Surfaces, unmatched: Shapes, *, trace_m2: float = TRACE_M2) -> list[Problem]:
    """One problem per pair of grids that share more than `trace_m2`: the shared area, its width, the largest place."""
    found = overlaps(ground.shapes, unmatched, trace_m2=trace_m2)
    return [
        _overlap(ground, int(i), int(j), shape)
        for i, j, shape in zip(found.left, found.right, found.shapes, strict=True)
    ]


def overlaps(shapes: Shapes, unmatched: Shapes, *, trace_m2: float = TRACE_M2) -> Overlaps:
    """All pairs whose intersection has more area than `trace_m2` (m²) and is more than a thread.

    `unmatched` are the invalid edges of the coverage: of two grids that overlap at least one has some, so pairs of
    matched grids need no intersection.
    """
    flagged = ~shapely.is_empty(unmatched)
    left, right = shapely.STRtree(shapes).query(shapes[flagged], predicate="intersects")
    left = np.flatnonzero(flagged)[left]
    pairs = np.unique(np.column_stack([np.minimum(left, right), np.maximum(left, right)]), axis=0)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    common = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    real = shapely.area(common) > trace_m2
    real[real] &= ~are_threads(common[real])
    return Overlaps(pairs[real, 0], pairs[real, 1], as_array(_areal(shape) for shape in common[real]))


def _overlap(ground: Surfaces, left: int, right: int, shape: shapely.Geometry) -> Problem:
    area, places = float(shapely.area(shape)), shapely.get_num_geometries(shape)
    names = [ground.codes[at] or f"feature {ground.row(at)}" for at in (left, right)]
    where = "" if places == 1 else f" in {places} places"
    words = f"grids {names[0]} and {names[1]} both claim {area:.2f} m²{where}"
    return Problem(
        Kind.OVERLAP,
        words,
        ground.row(left),
        ground.codes[left],
        *inner_point(shape),
        area_m2=area,
        width_m=float(mean_width(_largest(shape))[0]),
        other_row=ground.row(right),
        other_code=ground.codes[right],
        geometry=shape,
    )


def dissolve(shapes: Shapes, unmatched: Shapes) -> shapely.Geometry:
    """The union of all shapes; those whose borders match exactly are merged as a coverage, which is ten times as
    fast.
    """
    flagged = ~shapely.is_empty(unmatched)
    clean = shapely.coverage_union_all(shapes[~flagged]) if (~flagged).any() else shapely.MultiPolygon()
    return shapely.union_all(as_array([clean, *shapes[flagged]])) if flagged.any() else clean


def unowned(shapes: Shapes, unmatched: Shapes, limits: GapLimits, ground: shapely.Geometry | None = None) -> Shapes:
    """Ground that no grid owns, as polygons of more than a trace: what the network encloses, and narrow inlets
    between grids.

    With a declared `ground` (same CRS): all of it that no grid owns.
    """
    union = dissolve(shapes, unmatched)
    if union.is_empty:
        return np.empty(0, dtype=object)
    if ground is not None:
        found = _polygons(shapely.difference(ground, union))
        return found[~are_threads(found)]
    found = np.concatenate([enclosed(union), inlets(shapes, union, limits.width_m)])
    return found[~are_threads(found)]


def enclosed(union: shapely.Geometry) -> Shapes:
    """Holes of a union, without the islands in them."""
    frame = shapely.box(*shapely.buffer(shapely.box(*shapely.bounds(union)), 10.0, join_style="mitre").bounds)
    outside = _polygons(shapely.difference(frame, union))
    return outside[~shapely.intersects(outside, frame.exterior)]


def inlets(shapes: Shapes, union: shapely.Geometry, width_m: float) -> Shapes:
    """Open gaps: ground outside the union, narrower than `width_m`, that runs between two or more grids (or two parts).

    A morphological closing with mitred corners; what it adds in the corners of a single grid is not a gap.
    """
    if width_m <= 0:
        return np.empty(0, dtype=object)
    shells = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union))))
    closed = shapely.buffer(shapely.buffer(shells, width_m / 2, join_style="mitre"), -width_m / 2, join_style="mitre")
    # mitred buffers are not always valid
    closed = shapely.make_valid(closed, method="structure", keep_collapsed=False)
    # on the centimetre, without a precision model: buffers leave threads along every border
    found = shapely.set_precision(
        shapely.set_precision(_polygons(shapely.difference(closed, shells)), PRECISION_M), 0.0
    )
    found = _polygons(found)
    found = found[mean_width(found) <= width_m]
    return found[_between(found, shapes, width_m)]


def _between(found: Shapes, shapes: Shapes, width_m: float) -> Bools:
    """Whether at least two grids border each polygon for longer than it is allowed to be wide."""
    gap, _, length = contacts(found, shapes)
    long = length >= width_m
    return np.bincount(gap[long], minlength=len(found)) >= 2


def contacts(gaps: Shapes, shapes: Shapes, reach: float = 0.02) -> tuple[Ints, Ints, Floats]:
    """(gap, grid, metres): how much of each grid's border lies within `reach` metres of each gap."""
    bands = shapely.buffer(gaps, reach, join_style="mitre")
    gap, grid = shapely.STRtree(shapes).query(bands, predicate="intersects")
    borders = shapely.boundary(shapes)
    length = shapely.length(shapely.intersection(borders[grid], bands[gap]))
    return gap, grid, length


def find_gaps(ground: Surfaces, gaps: Shapes, limits: GapLimits) -> list[Problem]:
    """Each unowned polygon as a gap (small or narrow) or a hole (neither), with its neighbours."""
    if not len(gaps):
        return []
    areas, widths, mistake = shapely.area(gaps), gap_width(gaps), limits.small_or_narrow(gaps)
    beside = _neighbours(gaps, ground)
    points = shapely.point_on_surface(gaps)
    problems = []
    for at, gap in enumerate(gaps):
        names = beside[at]
        between = (
            f" at grid{'s' if len(names) > 1 else ''} {', '.join(names[:4])}{' …' if len(names) > 4 else ''}"
            if names
            else ""
        )
        words = f"no grid owns {areas[at]:.2f} m², {widths[at]:.2f} m wide,{between}".rstrip(",")
        kind = Kind.GAP if mistake[at] else Kind.HOLE
        place = (float(shapely.get_x(points[at])), float(shapely.get_y(points[at])))
        problems.append(
            Problem(kind, words, None, "", *place, area_m2=float(areas[at]), width_m=float(widths[at]), geometry=gap)
        )
    return problems


def _neighbours(gaps: Shapes, ground: Surfaces) -> list[list[str]]:
    gap, grid = shapely.STRtree(ground.shapes).query(gaps, predicate="dwithin", distance=0.02)
    made: list[list[str]] = [[] for _ in gaps]
    for at, surface in sorted(zip(gap.tolist(), grid.tolist(), strict=True)):
        made[at].append(ground.codes[surface] or f"feature {ground.row(surface)}")
    return made


def find_unmatched(ground: Surfaces, unmatched: Shapes) -> list[Problem]:
    """Grids with border that their neighbours do not follow corner by corner (in overlaps, along gaps, or at a T
    without corner).
    """
    length = shapely.length(unmatched)
    problems = []
    for at in np.flatnonzero(length > 0).tolist():
        name = ground.codes[at] or f"feature {ground.row(at)}"
        words = f"{length[at]:.1f} m of the border of grid {name} do not match its neighbours corner by corner"
        x, y = shapely.get_coordinates(unmatched[at])[0]
        problems.append(
            Problem(
                Kind.UNMATCHED_BORDER,
                words,
                ground.row(at),
                ground.codes[at],
                float(x),
                float(y),
                length_m=float(length[at]),
            )
        )
    return problems


def find_outside(ground: Surfaces, declared: shapely.Geometry, least_m2: float) -> list[Problem]:
    """Grids of which at least `least_m2` (m²) lie outside the declared ground (same CRS)."""
    shapely.prepare(declared)
    crossing = np.flatnonzero(~shapely.covers(declared, ground.shapes))
    outside = shapely.difference(ground.shapes[crossing], declared)
    problems = []
    for at, shape in zip(crossing.tolist(), outside, strict=True):
        area, whole = float(shapely.area(shape)), float(shapely.area(ground.shapes[at]))
        if area < least_m2:
            continue
        name = ground.codes[at] or f"feature {ground.row(at)}"
        words = f"{area:.1f} m² ({area / whole:.1%}) of grid {name} lie outside the declared ground"
        problems.append(
            Problem(
                Kind.OUTSIDE_GROUND,
                words,
                ground.row(at),
                ground.codes[at],
                *inner_point(shape),
                area_m2=area,
                geometry=shape,
            )
        )
    return problems


def _polygons(shape: shapely.Geometry, trace_m2: float = TRACE_M2) -> Shapes:
    """The polygon parts of a geometry with more area than a trace."""
    parts = shapely.get_parts(shape)
    return parts[shapely.area(parts) > trace_m2]


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """An intersection without the lines and points in which the two grids also touch."""
    parts = shapely.get_parts(shape)
    parts = parts[shapely.area(parts) > 0]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _largest(shape: shapely.Geometry) -> Shapes:
    parts = shapely.get_parts(shape)
    return parts[[int(np.argmax(shapely.area(parts)))]]
