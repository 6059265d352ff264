"""Grids drawn from afar: fewer vertices for each range of zooms, borders between neighbours still one line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from app.spatial.drawing.tiling import TILE_PIXELS, WORLD_M

LEVELS = (8, 10, 12, 14)
"""Each level serves the zooms up to its own; beyond the last one grids are drawn as they are."""

Shapes = npt.NDArray[np.object_]


def level_for(zoom: int) -> int | None:
    """The coarsest level that is fine enough for `zoom`; None where grids are drawn as they are."""
    return next((level for level in LEVELS if zoom <= level), None)


def generalised(shapes: Shapes) -> Iterator[tuple[int, Shapes]]:
    """`shapes` (polygons in EPSG:3857) for each level, simplified to about a pixel of its zoom.

    Borders that neighbours share stay shared, as `shapely.coverage_simplify` promises; where shapes overlap, as in old
    networks they may, each is simplified for itself. A shape too small for a level stays as it is.
    """
    for level in LEVELS:
        simple = shapely.coverage_simplify(shapes, WORLD_M / 2**level / TILE_PIXELS)
        yield level, np.where(shapely.is_empty(simple), shapes, simple)
