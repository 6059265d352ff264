"""Grids drawn from afar: fewer vertices for each range of zooms, borders between neighbours still one line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from app.spatial.drawing.tiling import TILE_PIXELS, WORLD_M

LEVELS = tuple(range(8, 15))
"""The first level serves its zoom and those before it, each other one its own; beyond, grids are drawn as they are."""

Shapes = npt.NDArray[np.object_]


def level_for(zoom: int) -> int | None:
    """The coarsest level that is fine enough for `zoom`; None where grids are drawn as they are."""
    return max(zoom, LEVELS[0]) if zoom <= LEVELS[-1] else None


def generalised(shapes: Shapes) -> Iterator[tuple[int, Shapes]]:
    """`shapes` (polygons in EPSG:3857) for each level, the finest first, simplified to about a pixel of its zoom.

    Borders that neighbours share stay shared, as `shapely.coverage_simplify` promises; where shapes overlap, as in old
    networks they may, each is simplified for itself. A shape too small for a level stays as it is. A level is made of
    the one before it, which has fewer vertices to look at.
    """
    for level in reversed(LEVELS):
        simple = shapely.coverage_simplify(shapes, WORLD_M / 2**level / TILE_PIXELS)
        shapes = np.where(shapely.is_empty(simple), shapes, simple)
        yield level, shapes
