"""Warming: no question asked afterwards compiles anything more."""

from __future__ import annotations

import numpy as np
import shapely
from adversarial_points import border_points, messy
from numba.core.dispatcher import Dispatcher

from app.spatial.location import (
    borders,
    cell_owners,
    cell_probe,
    cell_search,
    cell_table,
    line_walk,
    shape_areas,
    warming,
)
from app.spatial.location.locate import GridIndex
from app.spatial.location.shape_shares import shape_shares

MODULES = (borders, cell_owners, cell_probe, cell_search, cell_table, line_walk, shape_areas)


def signatures() -> dict[str, list[object]]:
    kernels = {f"{m.__name__}.{k}": v for m in MODULES for k, v in vars(m).items() if isinstance(v, Dispatcher)}
    return {name: list(kernel.signatures) for name, kernel in kernels.items()}


def test_after_warming_no_question_compiles_anything() -> None:
    warming.warm()
    before = signatures()
    assert before["app.spatial.location.line_walk.walk"]
    rng = np.random.default_rng(1)
    polygons = messy(rng, 12, (113.0, 22.0), 0.02)
    index = GridIndex([f"{i:02d}" for i in range(12)], polygons)
    points = border_points(polygons, rng, 1)
    located = index.locate(points[:, 0], points[:, 1])
    index.border_within(points[:, 0], points[:, 1], located.owner.clip(min=0), 3.0)
    for x, y in points[:50].tolist():
        index.probe(x, y, 200.0)
        index.nearest(x, y, 200.0)
    for shape in (*polygons, shapely.LineString(points[:40])):
        assert shape_shares(index, shape).shares
    assert signatures() == before
