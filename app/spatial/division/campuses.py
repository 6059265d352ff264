"""Which campus or compound a piece lies in, as evidence for its kind."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

TRACE = 1e-3  # what only touches a campus shares the rounding of its border with it: millimetres times its length


@dataclass(frozen=True)
class Membership:
    """Per piece the code of the campus that covers most of it ('' for none), and the share of its area, 0–1."""

    campus: NDArray[np.object_]
    share: NDArray[np.float64]


def campus_membership(pieces: gpd.GeoDataFrame, campuses: gpd.GeoDataFrame) -> Membership:
    """Campuses are polygons with `code`, in the CRS of the pieces; of two that cover the same share the lower code."""
    campus = np.full(len(pieces), "", dtype=object)
    share = np.zeros(len(pieces))
    grounds = campuses[campuses.geometry.geom_type.isin(["Polygon", "MultiPolygon"])].sort_values("code")
    if not len(grounds):
        return Membership(campus, share)
    ground = shapely.make_valid(grounds.geometry.to_numpy())
    shapes = pieces.geometry.to_numpy()
    piece, member = shapely.STRtree(ground).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[piece], ground[member])) / shapely.area(shapes[piece])
    order = np.lexsort((-member, common))  # the largest share comes last and is kept, of equals the lower code
    campus[piece[order]] = grounds["code"].to_numpy()[member[order]]
    share[piece[order]] = common[order]
    beside = share < TRACE
    campus[beside], share[beside] = "", 0.0
    return Membership(campus, np.minimum(share, 1.0))
