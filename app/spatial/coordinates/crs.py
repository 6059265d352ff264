"""Coordinate systems: names, the metric system of a place, moving to WGS 84.

The names that OneGrid takes everywhere are `EPSG:n`, `wgs84`, `cgcs2000`, `gcj02` and `bd09`. Storage is EPSG:4326
(lon, lat). CGCS2000 degrees (EPSG:4490) are taken as equal to WGS 84: the two differ by plate motion only,
decimetres since 2000.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import Transformer, TransformerGroup

from app.errors import InputError
from app.spatial.coordinates import china

WGS84 = "EPSG:4326"
CGCS2000 = "EPSG:4490"
CRS_WORDS = "EPSG:n, wgs84, cgcs2000, gcj02 or bd09"
CGCS2000_AREA = (73.62, 16.7, 134.77, 53.56)
"""West, south, east, north where CGCS2000 is used, from the EPSG register (area of use of EPSG:4490)."""
CGCS2000_UNCERTAINTY_M = 1.0
"""CGCS2000 is fixed at epoch 2000.0 and WGS 84 moves on: China's plate drifts some 3 cm a year."""
BALLPARK_UNCERTAINTY_M = 100.0
"""Beijing 1954 or Xi'an 1980 without the local parameters: tens of metres and up to about 100 m from CGCS2000. PROJ
calls such a transformation a ballpark one and gives it no accuracy."""


@dataclass(frozen=True)
class Crs:
    """One coordinate system: its `name` as given to `--crs`, what it is called, and `offset` 'gcj02', 'bd09' or ''.

    A system that only the file defines (not in the EPSG register) has its WKT as `definition`.
    """

    name: str
    title: str
    offset: str = ""
    definition: str = ""

    @cached_property
    def proj(self) -> CRS:
        """The pyproj system; that of WGS 84 for GCJ-02 and BD-09, which pyproj does not know."""
        return CRS.from_user_input(WGS84 if self.offset else self.definition or self.name)

    @cached_property
    def is_degrees(self) -> bool:
        return bool(self.offset) or bool(self.proj.is_geographic)


NAMED = {
    "wgs84": Crs(WGS84, "WGS 84"),
    "cgcs2000": Crs(CGCS2000, "CGCS2000 degrees"),
    "gcj02": Crs("gcj02", "GCJ-02 (火星坐标)", "gcj02"),
    "bd09": Crs("bd09", "BD-09 (百度坐标)", "bd09"),
}


@lru_cache(maxsize=256)
def parse_crs(text: str) -> Crs:
    """`EPSG:n`, `wgs84`, `cgcs2000`, `gcj02` or `bd09`, in any case, `-` and blanks ignored; anything else is an
    InputError."""
    word = re.sub(r"[\s_-]", "", text).lower()
    if word in NAMED:
        return NAMED[word]
    number = re.fullmatch(r"(?:epsg:+)?(\d{4,6})", word)
    if not number:
        raise InputError(f"coordinate system {text!r} is not known; give {CRS_WORDS}")
    try:
        found = CRS.from_epsg(int(number[1]))
    except CRSError:
        raise InputError(f"EPSG:{number[1]} is not in the EPSG register; give {CRS_WORDS}") from None
    if not (found.is_geographic or found.is_projected):
        raise InputError(f"EPSG:{number[1]} ({found.name}) is not a system of map coordinates; give {CRS_WORDS}")
    return Crs(f"EPSG:{number[1]}", found.name)


def declared_crs(declared: CRS) -> Crs:
    """The system that a file declares: `EPSG:n` where the register knows it (ESRI's spellings too), else by its WKT.

    Raises InputError for what is not a system of map coordinates (engineering, geocentric, an unknown projection).
    """
    number = declared.to_epsg(min_confidence=70)
    if number:
        return parse_crs(f"EPSG:{number}")
    if declared.equals(CRS(WGS84), ignore_axis_order=True):  # OGC:CRS84, which GeoJSON files name
        return parse_crs(WGS84)
    if not (declared.is_geographic or declared.is_projected):
        raise InputError(
            f"the declared coordinate system {declared.name!r} cannot be placed on the globe; give {CRS_WORDS}"
        )
    made = Crs(declared.name, declared.name, definition=declared.to_wkt())
    try:
        _to_wgs84(made)
    except ProjError:
        raise InputError(
            f"the declared coordinate system {declared.name!r} is not understood; give {CRS_WORDS}"
        ) from None
    return made


def metric_crs(lon: float, lat: float) -> str:
    """The system to compute in at a place: CGCS2000 3° Gauss–Krüger (EPSG:4534–4554) in China, else the UTM zone.

    China is CGCS2000's area of use as a rectangle. Halfway between two central meridians the eastern one is taken.
    """
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError(f"({lon}, {lat}) is not a longitude and latitude in degrees")
    west, south, east, north = CGCS2000_AREA
    if west <= lon <= east and south <= lat <= north:
        return gauss_kruger(lon)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def gauss_kruger(lon: float) -> str:
    """CGCS2000 3° Gauss–Krüger without zone prefix whose central meridian (75°, 78°, … 135°) is nearest."""
    meridian = min(max(math.floor((lon + 1.5) / 3) * 3, 75), 135)
    return f"EPSG:{4534 + (meridian - 75) // 3}"


@lru_cache(maxsize=256)
def uncertainty_m(crs: str | Crs) -> float:
    """How far a point moved to WGS 84 may be from the truth, in metres, by the transformation alone."""
    system = parse_crs(crs) if isinstance(crs, str) else crs
    if system.offset:
        return china.GCJ02_UNCERTAINTY_M if system.offset == "gcj02" else china.BD09_UNCERTAINTY_M
    datum = system.proj.geodetic_crs
    if datum is None or datum == CRS(WGS84):
        return 0.0
    if _is_cgcs2000(system.proj):
        return CGCS2000_UNCERTAINTY_M
    accuracy = _to_wgs84(system).accuracy
    return accuracy if accuracy >= 0 else BALLPARK_UNCERTAINTY_M


def points_to_wgs84(x: npt.ArrayLike, y: npt.ArrayLike, crs: str | Crs) -> china.Pair:
    """Coordinates in `crs` (x east or lon, y north or lat) as lon, lat of WGS 84; what cannot be moved becomes NaN."""
    system = parse_crs(crs) if isinstance(crs, str) else crs
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if system.offset == "gcj02":
        return china.gcj02_to_wgs84(xs, ys)
    if system.offset == "bd09":
        return china.bd09_to_wgs84(xs, ys)
    if system.name in (WGS84, CGCS2000):
        return xs.copy(), ys.copy()
    lon, lat = _to_wgs84(system).transformer.transform(xs, ys, errcheck=False)
    return _finite(lon), _finite(lat)


def points_from_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, crs: str | Crs) -> china.Pair:
    """lon, lat of WGS 84 as coordinates in `crs`; the inverse of `points_to_wgs84`."""
    system = parse_crs(crs) if isinstance(crs, str) else crs
    xs, ys = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if system.offset == "gcj02":
        return china.wgs84_to_gcj02(xs, ys)
    if system.offset == "bd09":
        return china.wgs84_to_bd09(xs, ys)
    if system.name in (WGS84, CGCS2000):
        return xs.copy(), ys.copy()
    east, north = _to_wgs84(system).transformer.transform(xs, ys, direction="INVERSE", errcheck=False)
    return _finite(east), _finite(north)


def to_wgs84(frame: gpd.GeoDataFrame, crs: str | Crs) -> gpd.GeoDataFrame:
    """A copy of `frame`, whose coordinates are in `crs`, in EPSG:4326; Z is kept as it is, None and empty stay so.

    Raises InputError where coordinates have no place on the globe in that system.
    """
    system = parse_crs(crs) if isinstance(crs, str) else crs
    shapes = np.asarray(frame.geometry.array, dtype=object)
    moved = shapes if system.name in (WGS84, CGCS2000) else geometries_to_wgs84(shapes, system)
    made = frame.copy()
    made[frame.geometry.name] = gpd.GeoSeries(moved, index=frame.index, crs=WGS84)
    return made.set_geometry(frame.geometry.name)


def geometries_to_wgs84(shapes: npt.NDArray[np.object_], system: Crs) -> npt.NDArray[np.object_]:
    """An array of shapely geometries moved from `system` to WGS 84; None stays None."""

    def move(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lon, lat = points_to_wgs84(coordinates[:, 0], coordinates[:, 1], system)
        if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise InputError(f"some coordinates have no place on the globe in {system.name} ({system.title})")
        return np.column_stack([lon, lat, *coordinates[:, 2:].T])

    moved = shapes.copy()
    for with_z in (False, True):  # one call for both would give the flat ones a Z of NaN
        chosen = shapely.has_z(shapes) == with_z
        moved[chosen] = shapely.transform(shapes[chosen], move, include_z=with_z)
    return moved


def _is_cgcs2000(system: CRS) -> bool:
    datum = system.geodetic_crs
    return datum is not None and datum.to_epsg() == 4490


@dataclass(frozen=True, eq=False)
class _Move:
    """One operation from a system to WGS 84 degrees; `accuracy` in metres, negative where PROJ does not know it."""

    transformer: Transformer
    accuracy: float


@lru_cache(maxsize=64)
def _to_wgs84(system: Crs) -> _Move:
    """The one operation for all points of a system: of those that PROJ offers, the one for the widest area.

    Left to itself PROJ chooses by the point: with Beijing 1954 it has one operation near the coast and another
    inland, which tears neighbours apart by 50 m. CGCS2000 projections go to CGCS2000 degrees, which are taken as
    WGS 84.
    """
    source = system.proj
    target = CGCS2000 if _is_cgcs2000(source) else WGS84
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of finer grids that are not on this machine; the accuracy tells it
        try:
            offered = TransformerGroup(source, target, always_xy=True).transformers
        except IndexError:  # pyproj's word for none at all
            offered = []
    if not offered:
        raise ProjError(f"no way from {system.name} to WGS 84")
    best = max(offered, key=_width)
    return _Move(Transformer.from_pipeline(best.definition), float(best.accuracy))


def _width(operation: Transformer) -> float:
    area = operation.area_of_use
    return 0.0 if area is None else (area.east - area.west) % 360.0 * (area.north - area.south) or 64_800.0


def _finite(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    made = np.asarray(values, np.float64)
    return np.where(np.isfinite(made), made, np.nan)
