"""The frame of the town: a lattice of 20 m steps that is bent onto the ground.

Every border of a synthetic town runs along lattice lines, so a polygon is a set of whole cells, neighbours share every
vertex, and the cell of a point tells its owner without any geometry. Bending the lattice makes the roads wind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

STEP = 20.0  # metres
METRIC = "EPSG:4547"  # CGCS2000 / 3-degree Gauss-Kruger CM 114E
CENTRE = (113.53, 22.79)
WAVES = ((2600.0, 95.0), (1100.0, 26.0), (430.0, 7.0), (150.0, 1.4))  # wavelength, amplitude in metres
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lattice:
    """`east`, `north`: metres in EPSG:4547 of the lattice points, shape (columns + 1, rows + 1)."""

    east: Floats
    north: Floats

    @property
    def shape(self) -> tuple[int, int]:
        return self.east.shape[0] - 1, self.east.shape[1] - 1

    def at(self, u: Floats, v: Floats) -> Floats:
        """Ground coordinates of points between lattice points, shape (n, 2); a point of a cell stays in its cell."""
        columns, rows = self.shape
        i, j = np.clip(u.astype(int), 0, columns - 1), np.clip(v.astype(int), 0, rows - 1)
        s, t = u - i, v - j
        weights = ((i, j, (1 - s) * (1 - t)), (i + 1, j, s * (1 - t)), (i, j + 1, (1 - s) * t), (i + 1, j + 1, s * t))
        east = sum(self.east[a, b] * w for a, b, w in weights)
        north = sum(self.north[a, b] * w for a, b, w in weights)
        return np.column_stack([east, north])

    def moved(self, rng: np.random.Generator, metres: float) -> Lattice:
        """The lattice as a second hand digitised it: every point off by at most `metres` in each direction."""
        off = rng.uniform(-metres, metres, (2, *self.east.shape))
        return Lattice(self.east + off[0], self.north + off[1])


def bend(columns: int, rows: int, river_row: float | None, rng: np.random.Generator) -> Lattice:
    """Bend a lattice of columns × rows steps; the slopes of all waves together stay under 1, so nothing folds."""
    u, v = np.meshgrid(np.arange(columns + 1) * STEP, np.arange(rows + 1) * STEP, indexing="ij")
    x, y = u.copy(), v.copy()
    for length, height in WAVES:
        for axis in (x, y):
            heading, phase = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
            along = (u * np.cos(heading) + v * np.sin(heading)) * 2 * np.pi / length
            axis += height * np.sin(along + phase) * 0.7
    if river_row is not None:
        near = np.exp(-(((v - river_row * STEP) / 700.0) ** 2))
        y += near * 110.0 * np.sin(u * 2 * np.pi / rng.uniform(1900, 2600) + rng.uniform(0, 2 * np.pi))
    turn = np.deg2rad(rng.uniform(8, 22))
    x, y = x - x.mean(), y - y.mean()
    east, north = Transformer.from_crs("EPSG:4326", METRIC, always_xy=True).transform(*CENTRE)
    return Lattice(east + x * np.cos(turn) - y * np.sin(turn), north + x * np.sin(turn) + y * np.cos(turn))


def boxes(i0: Ints, j0: Ints, i1: Ints, j1: Ints) -> NDArray[np.object_]:
    return shapely.box(i0, j0, i1, j1)


def merged(shapes: NDArray[np.object_], labels: Ints, count: int) -> list[shapely.Geometry]:
    """Union, per label 0..count-1, of lattice boxes; label -1 is left out."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    return [shapely.union_all(shapes[order[starts[k] : starts[k + 1]]]) for k in range(count)]


def to_ground(shapes: Sequence[shapely.Geometry], lattice: Lattice) -> NDArray[np.object_]:
    """Lattice shapes with whole-numbered corners → EPSG:4547, with a vertex at every lattice point they pass."""

    def lay(points: Floats) -> Floats:
        whole = np.rint(points).astype(int)
        return np.column_stack([lattice.east[whole[:, 0], whole[:, 1]], lattice.north[whole[:, 0], whole[:, 1]]])

    return shapely.transform(shapely.segmentize(np.asarray(shapes, dtype=object), 1.0), lay)


def to_degrees(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """EPSG:4547 → EPSG:4326 in 9 decimals (0.1 mm): the same bytes on every machine."""
    change = Transformer.from_crs(METRIC, "EPSG:4326", always_xy=True)

    def lay(points: Floats) -> Floats:
        return np.round(np.column_stack(change.transform(points[:, 0], points[:, 1])), 9)

    return shapely.transform(shapes, lay)
