"""Random tilings for the tests of division: Voronoi cells or squares, with holes, islands, areas, kinds and amounts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

KINDS = ("resident", "business", "institution")
CRS = "EPSG:4547"  # CGCS2000 / 3° Gauss–Krüger, 114° E: metres


def squares(columns: int, rows: int, side: float = 100.0, **values: object) -> gpd.GeoDataFrame:
    """Squares in reading order from the south-west, row by row."""
    shapes = [
        shapely.box(column * side, row * side, (column + 1) * side, (row + 1) * side)
        for row in range(rows)
        for column in range(columns)
    ]
    return gpd.GeoDataFrame({"piece": np.arange(len(shapes)), **values}, geometry=shapes, crs=CRS)


def voronoi(count: int, seed: int, side: float = 2_000.0) -> np.ndarray:
    """`count` cells of random points clipped to a square: a coverage, ordered by their points."""
    rng = np.random.default_rng(seed)
    points = shapely.MultiPoint(rng.uniform(0.0, side, (count, 2)))
    square = shapely.box(0.0, 0.0, side, side)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=square, ordered=True))
    cells = shapely.set_precision(shapely.intersection(cells, square), 1e-3)
    tree = shapely.STRtree(cells)
    return _noded(cells, tree)


def _noded(cells: np.ndarray, tree: shapely.STRtree) -> np.ndarray:
    """Cells again as the faces of their own borders, so that neighbours share every vertex."""
    lines = shapely.union_all(shapely.boundary(cells), grid_size=1e-3)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    return faces[np.argsort(tree.nearest(shapely.point_on_surface(faces)), kind="stable")]


def random_pieces(seed: int, count: int, *, holes: bool, island: bool, areas: int, kinds: bool) -> gpd.GeoDataFrame:
    """Pieces with households, businesses, area and kind; a tenth is missing with `holes`, and an island lies apart."""
    rng = np.random.default_rng(seed)
    shapes = voronoi(count, seed)
    if holes:
        shapes = shapes[rng.random(len(shapes)) > 0.1]
    if island:
        shapes = np.concatenate([shapes, shapely.transform(voronoi(5, seed + 1, 300.0), lambda xy: xy + 5_000.0)])
    number = len(shapes)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    seats = rng.uniform(0.0, 2_000.0, (max(areas, 1), 2))
    area = np.argmin(np.hypot(*(centres[:, None] - seats[None]).transpose(2, 0, 1)), axis=1)
    columns = {
        "piece": np.arange(number),
        "area": [f"44011500{a:04d}" if areas else "" for a in area],
        "kind": rng.choice(["resident", "business", "institution"], number, p=[0.8, 0.15, 0.05])
        if kinds
        else "resident",
        "households": rng.integers(0, 60, number),
        "businesses": rng.integers(0, 30, number),
        "old": ["" if x < 400 else f"A{int(x // 500)}{int(y // 500)}" for x, y in centres],
        "never": "",
    }
    pieces = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    pieces.attrs = {"networks": ["old", "never"], "quantities": ["households", "businesses"]}
    return pieces
