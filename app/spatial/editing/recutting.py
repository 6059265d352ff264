"""Pieces cut along a line: parts with their share of every quantity, neighbours with the new corners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from app.spatial.editing.cutting import Cut, cut_along
from app.spatial.editing.drafts import Draft
from app.spatial.editing.graph import neighbours
from app.spatial.editing.ground import Bools, Floats, Ground, Ints, Objects, Redrawn, redrawn
from app.spatial.splitting.split_lines import with_vertices
from app.spatial.splitting.splits import apportioned

LEAST_M2 = 1.0  # a part smaller than this is the rounding of a hand, not a wish


def cut_pieces(draft: Draft, rows: Ints, line: Floats) -> Draft:
    """The draft with those of the pieces cut that the line divides; new parts follow at the end, in the same grid.

    Of an amount every part gets its share by ground, whole numbers in whole numbers. `evidence` of the parts gains
    `cut_from`, the number of the piece.
    """
    ground = draft.ground
    crossed = rows[shapely.intersects(ground.shapes[rows], shapely.LineString(line))]
    shapes = {int(row): ground.shapes[row] for row in crossed}
    cut = cut_along(shapes, line, {row: LEAST_M2 / ground.area_m2[row] for row in shapes})
    if not cut.parts:
        return draft
    origin = np.concatenate(
        [np.arange(len(ground.shapes)), *(np.full(len(parts) - 1, row) for row, parts in cut.parts.items())]
    ).astype(np.int64)
    made, reshaped = _shapes(ground, cut, origin)
    evidence = draft.evidence[origin]
    for at in np.flatnonzero(np.isin(origin, list(cut.parts))):
        evidence[at] = {**evidence[at], "cut_from": int(ground.numbers[origin[at]])}
    return replace(
        draft,
        ground=_ground(ground, cut, origin, made, reshaped),
        origin=draft.origin[origin],
        reshaped=draft.reshaped[origin] | reshaped,
        grid=draft.grid[origin],
        kind=draft.kind[origin],
        evidence=evidence,
    )


def _shapes(ground: Ground, cut: Cut, origin: Ints) -> tuple[Objects, Bools]:
    """All polygons after the cut, and which of them are new."""
    shapes, reshaped = ground.shapes[origin], np.zeros(len(origin), dtype=bool)
    last = len(ground.shapes)
    for row, parts in cut.parts.items():
        rows = [row, *range(last, last + len(parts) - 1)]
        last += len(parts) - 1
        shapes[rows], reshaped[rows] = parts, True
    beside = neighbours(ground.adjacency, np.array(sorted(cut.parts), dtype=np.int64))
    for row in beside[_touched(shapes[beside], cut)]:
        shape = with_vertices(shapes[row], cut.inserted)
        if shape is not shapes[row]:
            shapes[row], reshaped[row] = shape, True
    return shapes, reshaped


def _touched(shapes: Objects, cut: Cut) -> Bools:
    """Shapes with a vertex from which a segment goes that got a new corner; few others do."""
    starts = np.array([start for start, _ in cut.inserted]).reshape(-1, 2)
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    known = np.isin(places[:, 0] + 1j * places[:, 1], starts[:, 0] + 1j * starts[:, 1])
    return np.bincount(owner[known], minlength=len(shapes)) > 1


def _ground(ground: Ground, cut: Cut, origin: Ints, shapes: Objects, reshaped: Bools) -> Ground:
    added = len(origin) - len(ground.shapes)
    numbers = np.concatenate([ground.numbers, ground.numbers[-1] + 1 + np.arange(added)])
    derived = ground.derived[origin] | reshaped
    amounts = {name: _shared_out(ground.values[name][origin], cut, origin) for name in ground.attrs["quantities"]}
    pieces = Redrawn(numbers, origin, origin, shapes, reshaped, derived)
    return redrawn(ground, pieces, amounts)


def _shared_out(values: Floats, cut: Cut, origin: Ints) -> Floats:
    """The amounts with that of every piece that was cut shared out to its parts by ground."""
    last = len(origin) - sum(len(parts) - 1 for parts in cut.parts.values())
    for row, parts in cut.parts.items():
        rows = [row, *range(last, last + len(parts) - 1)]
        last += len(parts) - 1
        values[rows] = apportioned(float(values[row]), np.array([part.area for part in parts]))
    return values
