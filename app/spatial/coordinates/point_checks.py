"""What is wrong with coordinates: not numbers, off the globe, (0, 0), axes swapped, another Chinese system."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.spatial.coordinates import china
from app.spatial.coordinates.crs import Crs, points_to_wgs84

Floats = npt.NDArray[np.float64]

FINE, NO_NUMBER, OFF_GLOBE, SWAPPED, NULL_ISLAND, NO_PLACE, SWAPPED_ONTO_GROUND = range(7)
WORDS = {
    NO_NUMBER: "the coordinates are not two numbers",
    OFF_GLOBE: "outside the globe: longitude is -180 to 180, latitude -90 to 90 (metres need their own CRS)",
    SWAPPED: "the axes look swapped: longitude comes first, then latitude",
    NULL_ISLAND: "(0, 0) is what devices send without a position, not a place",
    NO_PLACE: "no place on the globe has these coordinates in this coordinate system",
    SWAPPED_ONTO_GROUND: "outside the ground, and inside it with the axes swapped: longitude comes first",
}
CHINESE_SYSTEMS = {"EPSG:4326": "wgs84", "EPSG:4490": "cgcs2000", "gcj02": "gcj02", "bd09": "bd09"}
OTHER_READINGS = ("wgs84", "gcj02", "bd09")


def point_problems(x: Floats, y: Floats, crs: Crs) -> npt.NDArray[np.int8]:
    """For each point FINE or the first of NO_NUMBER, NULL_ISLAND, SWAPPED and OFF_GLOBE that is true of it.

    `x`, `y` as sent, in `crs`; NaN where there was no number. Metres have no range here: `NO_PLACE` is found by moving
    them to WGS 84.
    """
    problems = np.full(len(x), FINE, dtype=np.int8)
    if crs.is_degrees:
        problems[(np.abs(x) > 180) | (np.abs(y) > 90)] = OFF_GLOBE
        problems[(np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90)] = SWAPPED
    problems[(x == 0) & (y == 0)] = NULL_ISLAND
    problems[~(np.isfinite(x) & np.isfinite(y))] = NO_NUMBER
    return problems


def is_plain_place(x: float, y: float) -> bool:
    """Whether degrees are FINE; the quick answer for one point."""
    return -180.0 <= x <= 180.0 and -90.0 <= y <= 90.0 and not (x == 0.0 and y == 0.0)


def swapped(x: Floats, y: Floats, crs: Crs) -> tuple[Floats, Floats]:
    """WGS 84 of the points read with the axes the other way round; NaN where that is no place."""
    lon, lat = points_to_wgs84(y, x, crs)
    wrong = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    return np.where(wrong, np.nan, lon), np.where(wrong, np.nan, lat)


def other_readings(x: Floats, y: Floats, crs: Crs) -> dict[str, tuple[Floats, Floats]]:
    """WGS 84 of points read as each of the other systems that Chinese degrees come in; {} elsewhere."""
    said = CHINESE_SYSTEMS.get(crs.name)
    if said is None or not china.inside_china(x, y).any():
        return {}
    same = {"wgs84", "cgcs2000"} if said in ("wgs84", "cgcs2000") else {said}
    return {name: points_to_wgs84(x, y, name) for name in OTHER_READINGS if name not in same}
