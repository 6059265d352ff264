"""Roads and water of the town as lines and polygons in EPSG:4547."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from app.town.ground import BRANCH, MAIN, SECONDARY, Ground
from app.town.lattice import METRIC, STEP, Lattice, to_ground
from app.town.parcels import Parcels

KINDS = {MAIN: ("main_road", 38.0), SECONDARY: ("secondary_road", 22.0), BRANCH: ("branch_road", 13.0)}
WORDS = "港前环市凤凰进广合南金岭海滨丰泽双山裕兴大涌翠瑜祥珠江文华"
Runs = list[tuple[int, int, int, int]]  # line, from, to, class


def lay_barriers(ground: Ground, lattice: Lattice) -> GeoDataFrame:
    """Roads by class and the middle of the river and creeks: `code, name, kind, width_m, geometry` (lines)."""
    rows = []
    for heading, edges in (("W", ground.across), ("S", ground.along.T)):
        for line, start, end, kind in _runs(edges):
            points = [(line, start), (line, end)] if heading == "W" else [(start, line), (end, line)]
            name = _name(heading, line) if kind == MAIN else ""
            rows.append((*KINDS[kind][:1], name, KINDS[kind][1], shapely.LineString(points)))
    frame = GeoDataFrame(rows, columns=["kind", "name", "width_m", "geometry"], geometry="geometry")
    frame["geometry"] = to_ground(frame["geometry"].to_numpy(), lattice)
    rivers = _streams(ground, lattice)
    kinds = [*frame["kind"], *(kind for kind, _, _ in rivers)]
    codes = [f"{'R' if 'road' in kind else 'W'}{number:05d}" for number, kind in enumerate(kinds, start=1)]
    return GeoDataFrame(
        {
            "code": codes,
            "name": [*frame["name"], *({"river": "蕉门涌", "creek": ""}[kind] for kind, _, _ in rivers)],
            "kind": kinds,
            "width_m": [*frame["width_m"], *(width for _, width, _ in rivers)],
        },
        geometry=[*frame["geometry"], *(line for _, _, line in rivers)],
        crs=METRIC,
    )


def _runs(edges: NDArray[np.int8]) -> Runs:
    """Stretches of one class along each lattice line."""
    found: Runs = []
    for line in range(edges.shape[0]):
        classes = np.concatenate([[-1], edges[line], [-1]])
        turns = np.flatnonzero(np.diff(classes)).tolist()
        found += [(line, a, b, int(classes[a + 1])) for a, b in pairwise(turns) if classes[a + 1] in KINDS]
    return found


def _name(heading: str, line: int) -> str:
    k = line * 7 + (3 if heading == "W" else 0)
    return WORDS[k % len(WORDS)] + WORDS[(k * 5 + 11) % len(WORDS)] + ("大道" if heading == "S" else "路")


def _streams(ground: Ground, lattice: Lattice) -> list[tuple[str, float, shapely.Geometry]]:
    found: list[tuple[str, float, shapely.Geometry]] = []
    for use in ("river", "creek"):
        boxes = [box for box, _, kind in ground.blocks if kind == use]
        middle = [
            shapely.LineString([(i0, ground.river_row), (i1, ground.river_row)])
            if use == "river"
            else shapely.LineString([((i0 + i1) / 2, j0), ((i0 + i1) / 2, j1)])
            for i0, j0, i1, j1 in boxes
        ]
        joined = shapely.line_merge(shapely.union_all(middle))
        width = STEP * (1 if use == "creek" else 2 * (boxes[0][3] - boxes[0][1]))
        for line in shapely.get_parts(joined):
            points = shapely.segmentize(line, 1.0)
            found.append((use, width, shapely.transform(points, lambda p: lattice.at(p[:, 0], p[:, 1]))))
    return found


def lay_water(parcels: Parcels, lattice: Lattice) -> GeoDataFrame:
    """Rivers, creeks and ponds: `code, name, kind, geometry` (polygons)."""
    boxes = shapely.box(*parcels.box.T)
    kinds: list[str] = []
    shapes: list[shapely.Geometry] = []
    for use in ("river", "creek", "pond"):
        parts = shapely.get_parts(shapely.union_all(boxes[parcels.use == use])).tolist()
        kinds += [use] * len(parts)
        shapes += parts
    return GeoDataFrame(
        {
            "code": [f"W{number:05d}" for number in range(1, len(kinds) + 1)],
            "name": ["蕉门涌" if kind == "river" else "" for kind in kinds],
            "kind": kinds,
        },
        geometry=list(to_ground(shapes, lattice)),
        crs=METRIC,
    )
