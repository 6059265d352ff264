"""Pieces cut along a line: parts with their share of every quantity, neighbours with the new corners."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.spatial.division.adjacency import Adjacency
from app.spatial.editing.cutting import Cut, cut_along
from app.spatial.editing.drafts import Draft
from app.spatial.editing.regraph import regraph
from app.spatial.editing.workspace import Bools, Floats, Ground, Ints, Objects, carried, neighbours
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
    evidence = carried(draft.evidence, origin)
    for at in np.flatnonzero(np.isin(origin, list(cut.parts))):
        evidence[at] = {**evidence[at], "cut_from": int(ground.numbers[origin[at]])}
    return replace(
        draft,
        ground=_ground(ground, cut, origin, made, reshaped),
        origin=draft.origin[origin],
        reshaped=draft.reshaped[origin] | reshaped,
        grid=draft.grid[origin],
        kind=draft.kind[origin],
        evidence=tuple(evidence),
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
    for row in beside[_around(shapes[beside], cut)]:
        shape = with_vertices(shapes[row], cut.inserted)
        if shapely.get_num_coordinates(shape) != shapely.get_num_coordinates(shapes[row]):
            shapes[row], reshaped[row] = shape, True
    return shapes, reshaped


def _around(shapes: Objects, cut: Cut) -> Bools:
    """Shapes whose box has one of the new corners in it."""
    x, y = np.array(sorted(set(cut.inserted.values())) or np.empty((0, 2))).T[:, :, None]
    west, south, east, north = shapely.bounds(shapes).T
    return np.asarray(((west <= x) & (x <= east) & (south <= y) & (y <= north)).any(axis=0), dtype=bool)


def _ground(ground: Ground, cut: Cut, origin: Ints, shapes: Objects, reshaped: Bools) -> Ground:
    before = ground.frame
    columns = {str(name): before[name].array.take(origin) for name in before}
    metric = before.geometry.to_numpy()[origin]
    metric[reshaped] = in_metres(shapes[reshaped], before.crs)
    added = len(origin) - len(ground.shapes)
    columns["piece"] = np.concatenate([ground.numbers, ground.numbers[-1] + 1 + np.arange(added)])
    if "area_m2" in columns:
        stored = before["area_m2"].to_numpy(dtype=np.float64)[origin]
        stored[reshaped] = shapely.area(metric[reshaped])
        columns["area_m2"] = stored
    for name in before.attrs["quantities"]:
        columns[name] = _shared_out(before[name].to_numpy(dtype=np.float64)[origin], cut, origin)
    columns[before.geometry.name] = gpd.array.GeometryArray(metric, crs=before.crs)
    frame = gpd.GeoDataFrame(columns, geometry=before.geometry.name)
    frame.attrs = dict(before.attrs)
    derived = ground.derived[origin] | reshaped
    adjacency = regraph(ground.adjacency, metric, reshaped, origin, ground.barriers)
    return ground_from(ground, origin, frame, shapes, reshaped, derived, adjacency)


def ground_from(
    ground: Ground,
    template: Ints,
    frame: gpd.GeoDataFrame,
    shapes: Objects,
    reshaped: Bools,
    derived: Bools,
    adjacency: Adjacency,
) -> Ground:
    """Another division of the same ground; what did not change is taken over. `template`: a row before per piece."""
    areas = ground.area_m2[template]
    areas[reshaped] = shapely.area(frame.geometry.to_numpy()[reshaped])
    stored = frame["area_m2"].to_numpy(dtype=np.float64)
    olds = {name: old.taken(template, stored) for name, old in ground.olds.items()}
    return Ground(frame, shapes, derived, adjacency, ground.barriers, olds, areas)


def in_metres(shapes: Objects, crs: Any) -> Objects:
    """Polygons of EPSG:4326 in the metric system: a place comes out the same whatever it is part of."""
    return np.asarray(gpd.GeoSeries(shapes, crs=4326).to_crs(crs).to_numpy(), dtype=object)


def _shared_out(values: Floats, cut: Cut, origin: Ints) -> Floats:
    """The amounts with that of every piece that was cut shared out to its parts by ground."""
    last = len(origin) - sum(len(parts) - 1 for parts in cut.parts.values())
    for row, parts in cut.parts.items():
        rows = [row, *range(last, last + len(parts) - 1)]
        last += len(parts) - 1
        values[rows] = apportioned(float(values[row]), np.array([part.area for part in parts]))
    return values
