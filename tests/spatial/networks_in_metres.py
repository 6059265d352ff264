"""Networks drawn in metres around (500 km, 2,500 km) of EPSG:4547 and handed over in EPSG:4326, as files come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from app.spatial.coordinates.crs import points_from_wgs84, points_to_wgs84
from app.spatial.quality.surfaces import as_array

CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 2_500_000.0


def degrees(shapes: Iterable[shapely.Geometry | None]) -> np.ndarray:
    """Metres around the origin to EPSG:4326."""
    return as_array(
        shapely.transform(
            as_array(shapes), lambda p: np.column_stack(points_to_wgs84(p[:, 0] + EAST, p[:, 1] + NORTH, CRS))
        )
    )


def metres(shapes: Iterable[shapely.Geometry | None]) -> np.ndarray:
    """EPSG:4326 to metres around the origin."""

    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(points_from_wgs84(points[:, 0], points[:, 1], CRS)) - (EAST, NORTH)

    return as_array(shapely.transform(as_array(shapes), move))


def network(
    shapes: Mapping[str, shapely.Geometry | None] | Sequence[tuple[str, shapely.Geometry | None]],
) -> gpd.GeoDataFrame:
    """A network frame from codes and shapes in metres."""
    pairs = list(shapes.items()) if isinstance(shapes, Mapping) else list(shapes)
    codes = [code for code, _ in pairs]
    columns = {"code": codes, "name": codes, "properties": [{} for _ in pairs]}
    return gpd.GeoDataFrame(columns, geometry=degrees(shape for _, shape in pairs), crs=4326)


def area_by_code(frame: gpd.GeoDataFrame) -> dict[str, float]:
    return dict(zip(frame["code"], shapely.area(metres(frame.geometry)), strict=True))


@dataclass(frozen=True)
class Tiling:
    """A tiling whose cells share all corners, corners on whole centimetres."""

    shapes: tuple[shapely.Polygon, ...]

    def network(self) -> gpd.GeoDataFrame:
        return network([(f"G{at:03d}", shape) for at, shape in enumerate(self.shapes)])


def tiling(rng: np.random.Generator, columns: int, rows: int, side: float = 100.0, steps: int = 3) -> Tiling:
    """`columns` × `rows` cells with jittered corners and `steps` jittered corners along each side."""
    fine_x, fine_y = columns * steps + 1, rows * steps + 1
    x, y = np.meshgrid(np.arange(fine_x) * side / steps, np.arange(fine_y) * side / steps, indexing="ij")
    jitter = side / steps / 4
    points = np.stack([x, y], axis=-1) + rng.uniform(-jitter, jitter, (fine_x, fine_y, 2))
    points = np.round(points, 2)
    cells = []
    for i in range(0, columns * steps, steps):
        for j in range(0, rows * steps, steps):
            south = points[i : i + steps, j]
            east = points[i + steps, j : j + steps]
            north = points[i + steps : i : -1, j + steps]
            west = points[i, j + steps : j : -1]
            cells.append(shapely.Polygon(np.concatenate([south, east, north, west])))
    return Tiling(tuple(cells))


def damaged(rng: np.random.Generator, source: Tiling, defects: int) -> list[tuple[str, shapely.Polygon]]:
    """The tiling with corners moved (overlaps, gaps), grids dropped (holes) or drawn twice under another code."""
    made = [(f"G{at:03d}", shape) for at, shape in enumerate(source.shapes)]
    for number in range(defects):
        at = int(rng.integers(len(made)))
        code, shape = made[at]
        kind = rng.choice(["corner", "corner", "corner", "shift", "drop", "twice"])
        if kind == "corner":
            ring = np.array(shape.exterior.coords)[:-1]
            ring[rng.integers(len(ring))] += rng.uniform(-8, 8, 2)
            made[at] = (code, shapely.Polygon(ring))
        elif kind == "shift":
            made[at] = (code, shapely.affinity.translate(shape, *rng.uniform(-3, 3, 2)))
        elif kind == "drop" and len(made) > 2:
            del made[at]
        elif kind == "twice":
            made.append((f"X{number:03d}", shape))
    return made
