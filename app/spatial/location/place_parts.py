"""Ground cut by the places that rules speak of (zones, roads with their width): which places each part lies in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class PlaceParts:
    """`unit`: part → the unit it is of; `area`: m²; `inside`: places × parts."""

    unit: npt.NDArray[np.int64]
    area: npt.NDArray[np.float64]
    inside: npt.NDArray[np.bool_]


def cut_by_places(units: Shapes, places: Shapes, *, least_m2: float) -> PlaceParts:
    """Cut each unit by the places that reach into it; every part lies in each place wholly or not at all.

    Polygons in a metric CRS. Parts smaller than `least_m2` go; a unit that no place reaches is one part.
    """
    tree = shapely.STRtree(units)
    place, unit = tree.query(places, predicate="intersects")
    of_unit: dict[int, list[int]] = {}
    for p, u in sorted(zip(place.tolist(), unit.tolist(), strict=True)):
        of_unit.setdefault(u, []).append(p)
    numbers: list[int] = []
    areas: list[float] = []
    sets: list[frozenset[int]] = []
    for u, shape in enumerate(units):
        for part, within in _cut(shape, of_unit.get(u, []), places, least_m2):
            numbers.append(u)
            areas.append(part)
            sets.append(within)
    inside = np.zeros((len(places), len(numbers)), dtype=bool)
    for at, within in enumerate(sets):
        inside[list(within), at] = True
    return PlaceParts(np.array(numbers, dtype=np.int64), np.array(areas, dtype=np.float64), inside)


def _cut(
    shape: shapely.Geometry, reaching: list[int], places: Shapes, least_m2: float
) -> list[tuple[float, frozenset[int]]]:
    """Areas of the parts of one unit with the places they lie in; never none, so that no unit is lost."""
    parts: list[tuple[shapely.Geometry, frozenset[int]]] = [(shape, frozenset())]
    for place in reaching:
        cut = []
        for part, within in parts:
            inner = part.intersection(places[place])
            if inner.area < least_m2:
                cut.append((part, within))
                continue
            cut.append((inner, within | {place}))
            outer = part.difference(places[place])
            if outer.area >= least_m2:
                cut.append((outer, within))
        parts = cut
    return [(part.area, within) for part, within in parts]
