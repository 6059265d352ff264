"""What a file's numbers tell of its coordinate system: guesses with reasons, and complaints where system and place
do not fit.

Bounds are (west, south, east, north) or, in a projected system, (min x, min y, max x, max y). `ground` is the
city's ground as a shapely geometry in EPSG:4326. Nothing here decides: a guess must be confirmed by a person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Geod

from app.spatial.china import CHINA_RECTANGLE
from app.spatial.crs import CGCS2000_AREA, WGS84, Crs, parse_crs, points_to_wgs84

Bounds = tuple[float, float, float, float]

FAR_M = 20_000.0
"""A file whose bounds end farther than this from the bounds of the city's ground is taken to be somewhere else."""
SAME_EXTENT_M = 150.0
"""Edges nearer than this to the ground's on all four sides count as the same extent when offsets are compared."""
POLAR_LAT = 73.0
"""No town of any size lies nearer to a pole (Tiksi 71.6° N, Hammerfest 70.7° N); swapped axes often land there."""
CHINA_NORTHING = (1_800_000.0, 6_000_000.0)
GK_EASTING = (100_000.0, 900_000.0)
GEOD = Geod(ellps="WGS84")
LOCAL_M = 1_000_000.0
LOCAL_REASON = (
    "metres near zero are a local system of the city (地方坐标系), or coordinates cut short: ask the department that "
    "drew it for the data in CGCS2000"
)
UNZONED_ADVICE = (
    "eastings around 500 km without a zone number fit every zone: give --crs EPSG:4534 to EPSG:4554 (CGCS2000 3° "
    "Gauss–Krüger, central meridian 75° E to 135° E in steps of 3°), EPSG:4502 to EPSG:4512 (6°, in steps of 6°) or "
    "EPSG:326xx (UTM)"
)
DATUM_NOTE = (
    "older data of the same look may be Beijing 1954 or Xi'an 1980 (up to about 100 m off without local parameters): "
    "ask the department that drew it"
)


@dataclass(frozen=True)
class Guess:
    """A possible system: `name` for --crs ('' where no --crs can help), why, and where it puts the file (lon, lat)."""

    name: str
    reason: str
    bounds: Bounds | None = None


@dataclass(frozen=True)
class Complaint:
    """What looks wrong with a file in a system; a warning unless `fatal`. `guess` is a better --crs, or ''."""

    kind: str
    detail: str
    remedy: str
    guess: str = ""
    fatal: bool = True


def guess_crs(bounds: Bounds, ground: shapely.Geometry | None = None) -> list[Guess]:
    """Likely systems of a file, likeliest first; with `ground`, those that put the file on it, best fit first."""
    candidates = _by_magnitude(bounds)
    placed = [g for g in (_place(g, bounds) for g in candidates) if g is not None]
    if ground is None or ground.is_empty:
        return placed
    near = [g for g in placed if g.bounds is None or _gap_m(g.bounds, ground.bounds) <= FAR_M]
    kept = [g for g in near if g.name]
    return _ranked_on(kept, ground.bounds) + [g for g in near if not g.name]


def complaint(bounds: Bounds, system: Crs, ground: shapely.Geometry | None = None) -> Complaint | None:
    """What looks wrong when coordinates with these bounds (in `system`) are read as `system`; None when all is well."""
    return _range_complaint(bounds, system, ground) or check_against_ground(
        _moved(bounds, system), ground, system, bounds
    )


def check_against_ground(
    frame_bounds: Bounds | None,
    ground: shapely.Geometry | None,
    system: Crs | None = None,
    raw_bounds: Bounds | None = None,
) -> Complaint | None:
    """Whether bounds in EPSG:4326 are plausible on the city's ground: not far from it, axes not swapped, not offset.

    `raw_bounds` are the numbers in the file, in `system`; they let the complaint name a system that would fit.
    """
    if frame_bounds is None:
        return Complaint("off_globe", "some coordinates have no place on the globe in this system", "check --crs")
    if ground is None or ground.is_empty:
        return _polar_complaint(frame_bounds)
    gap = _gap_m(frame_bounds, ground.bounds)
    if gap > FAR_M:
        return _far_complaint(frame_bounds, ground, gap, raw_bounds)
    return _offset_complaint(frame_bounds, ground.bounds, system)


def _by_magnitude(bounds: Bounds) -> list[Guess]:
    west, south, east, north = bounds
    if not np.isfinite(bounds).all():
        return []
    if _within(bounds, (-180, -90, 180, 90)):
        return _degree_guesses(bounds)
    if _within(bounds, (-90, -180, 90, 180)):
        return [Guess("", "the axes are swapped: the first number is the latitude, the second the longitude")]
    guesses = _zoned(west, east, south, north) + _unzoned(bounds)
    if max(map(abs, bounds)) < LOCAL_M and not guesses:
        return [Guess("", LOCAL_REASON)]
    if max(map(abs, (west, east))) <= 20_037_509 and max(map(abs, (south, north))) <= 20_048_967:
        mercator = Guess("EPSG:3857", "metres as large as web mercator's (网络墨卡托)")
        # Eastings of 13 and 14 million are 6° zones in Xinjiang or, more often, web mercator from Shanghai to Harbin.
        first = 1_000_000 < abs(west) < 15_000_000
        guesses = [mercator, *guesses] if first else [*guesses, mercator]
    return guesses


def _degree_guesses(bounds: Bounds) -> list[Guess]:
    guesses = [Guess(WGS84, "the numbers are degrees (WGS 84 or CGCS2000, equal here)")]
    if _within(bounds, CHINA_RECTANGLE):
        guesses.append(
            Guess("gcj02", "degrees in China drawn on Amap, Tencent or Google maps are GCJ-02, 100–700 m off")
        )
        guesses.append(Guess("bd09", "degrees in China drawn on Baidu maps are BD-09"))
    if _polar_complaint(bounds) is not None:
        swapped = Guess("", "the axes look swapped: read as longitude and latitude the file lies near a pole")
        return [swapped, *guesses]
    return guesses


def _zoned(west: float, east: float, south: float, north: float) -> list[Guess]:
    """Gauss–Krüger with the zone number before the easting: 25–45 for 3° zones, 13–23 for 6° zones."""
    zone = int(west // 1_000_000)
    eastings = (west - zone * 1e6, east - zone * 1e6)
    if not (_between(eastings, GK_EASTING) and _between((south, north), CHINA_NORTHING)):
        return []
    if 25 <= zone <= 45:
        return [Guess(f"EPSG:{4513 + zone - 25}", f"eastings begin with {zone}: CGCS2000 3° zone {zone}; {DATUM_NOTE}")]
    if 13 <= zone <= 23:
        return [Guess(f"EPSG:{4491 + zone - 13}", f"eastings begin with {zone}: CGCS2000 6° zone {zone}; {DATUM_NOTE}")]
    return []


def _unzoned(bounds: Bounds) -> list[Guess]:
    """Eastings around 500 km: 3° Gauss–Krüger, 6° Gauss–Krüger or UTM of any zone; only the ground can choose."""
    west, south, east, north = bounds
    if not (_between((west, east), GK_EASTING) and south >= -10_000_000 and north <= 10_000_000):
        return []
    look = f"eastings around 500 km without a zone number ({west:.0f}–{east:.0f})"
    made: list[Guess] = []
    if _between((south, north), CHINA_NORTHING):
        for code in range(4534, 4555):
            meridian = 75 + 3 * (code - 4534)
            made.append(
                Guess(f"EPSG:{code}", f"{look}: CGCS2000 3° Gauss–Krüger, meridian {meridian}° E; {DATUM_NOTE}")
            )
        for code in range(4502, 4513):
            meridian = 75 + 6 * (code - 4502)
            made.append(
                Guess(f"EPSG:{code}", f"{look}: CGCS2000 6° Gauss–Krüger, meridian {meridian}° E; {DATUM_NOTE}")
            )
    for zone in range(1, 61):
        made.append(Guess(f"EPSG:{32600 + zone}", f"{look}: UTM zone {zone} north"))
        if south >= 0:
            made.append(Guess(f"EPSG:{32700 + zone}", f"{look}: UTM zone {zone} south"))
    return made


def _place(guess: Guess, bounds: Bounds) -> Guess | None:
    """The guess with the bounds that it gives, or None where it puts the file off the globe or out of its own area."""
    if not guess.name:
        return guess
    system = parse_crs(guess.name)
    moved = _moved(bounds, system)
    if moved is None:
        return None
    area = system.proj.area_of_use
    fits = system.is_degrees or area is None or _gap_deg(moved, (area.west, area.south, area.east, area.north)) < 1.5
    return Guess(guess.name, guess.reason, moved) if fits else None


def _moved(bounds: Bounds, system: Crs) -> Bounds | None:
    """Bounds in EPSG:4326 of a box in `system`, from points along its edges; None where it has no place on the
    globe."""
    west, south, east, north = bounds
    t = np.linspace(0, 1, 9)
    x = np.concatenate([west + (east - west) * t] * 2 + [np.full(9, west), np.full(9, east)])
    y = np.concatenate([np.full(9, south), np.full(9, north)] + [south + (north - south) * t] * 2)
    lon, lat = points_to_wgs84(x, y, system)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _ranked_on(guesses: list[Guess], ground: Bounds) -> list[Guess]:
    """By the fit of all four edges to the ground's when the extents are alike, else as they came (the sort is
    stable)."""

    def misfit(guess: Guess) -> tuple[int, float]:
        assert guess.bounds is not None  # only placed guesses come here
        gap, edges = _gap_m(guess.bounds, ground), _edges_m(guess.bounds, ground)
        return (0, edges) if edges <= SAME_EXTENT_M else (1, round(gap / 1000))

    return sorted(guesses, key=misfit)


def advice(guesses: list[Guess]) -> tuple[str, str]:
    """What to tell a person of some guesses: a remedy, and the `--crs` to propose ('' where several are as likely)."""
    named = [guess for guess in guesses if guess.name]
    if not named:
        return (
            guesses[0].reason if guesses else "ask who drew it for its EPSG number and give it with --crs EPSG:n"
        ), ""
    if len(named) > 3:
        return f"{UNZONED_ADVICE}; {DATUM_NOTE}", ""
    others = "".join(f", or {guess.name}" for guess in named[1:])
    return f"it looks like {named[0].name}{others} ({named[0].reason}); confirm with --crs {named[0].name}", named[
        0
    ].name


def _range_complaint(bounds: Bounds, system: Crs, ground: shapely.Geometry | None) -> Complaint | None:
    degrees = _within(bounds, (-180, -90, 180, 90))
    if not system.is_degrees:
        detail = f"{system.name} ({system.title}) is in metres, but the numbers are degrees ({_shown(bounds)})"
        return Complaint("degrees_as_metres", detail, "give --crs wgs84 if they are", WGS84) if degrees else None
    if degrees:
        return None
    if _within(bounds, (-90, -180, 90, 180)):
        return _swapped(f"latitudes stand where longitudes belong ({_shown(bounds)})")
    if max(map(abs, bounds)) <= 1_000:
        detail = f"longitudes or latitudes outside ±180°/±90° ({_shown(bounds)})"
        return Complaint("off_globe", detail, "correct the coordinates in the source")
    detail = f"{system.name} ({system.title}) is in degrees, but the numbers are metres ({_shown(bounds)})"
    remedy, guess = advice(guess_crs(bounds, ground))
    return Complaint("metres_as_degrees", detail, remedy, guess)


def _swapped(detail: str) -> Complaint:
    return Complaint(
        "swapped_axes", f"the axes are swapped: {detail}", "write longitude (east) first, then latitude (north)"
    )


def _polar_complaint(bounds: Bounds) -> Complaint | None:
    west, south, east, north = bounds
    polar = south > POLAR_LAT or north < -POLAR_LAT
    if polar and west >= -90 and east <= 90:
        return _swapped(f"as they stand the file lies near a pole ({_shown(bounds)})")
    return None


def _far_complaint(bounds: Bounds, ground: shapely.Geometry, gap: float, raw: Bounds | None) -> Complaint:
    west, south, east, north = bounds
    if _gap_m((south, west, north, east), ground.bounds) <= FAR_M and west >= -90 and east <= 90:
        return _swapped(f"with longitude and latitude exchanged the file lies on the city's ground ({_shown(bounds)})")
    fitting = [g for g in guess_crs(raw, ground) if g.name] if raw else []
    detail = f"it lies {gap / 1000:,.0f} km from the city's ground ({_shown(bounds)}; ground {_shown(ground.bounds)})"
    if fitting:
        return Complaint(
            "far", detail, f"as {fitting[0].name} it would lie on it: give --crs {fitting[0].name}", fitting[0].name
        )
    return Complaint("far", detail, "check that it is the right file, and its coordinate system")


def _offset_complaint(bounds: Bounds, ground: Bounds, system: Crs | None) -> Complaint | None:
    """A file with the ground's extent whose edges fit clearly better when its numbers are taken as GCJ-02 or BD-09."""
    if system is None or system.offset or not system.is_degrees or not _within(bounds, CHINA_RECTANGLE):
        return None
    as_is = _edges_m(bounds, ground)
    best, name = min((_edges_m(m, ground), n) for n in ("gcj02", "bd09") if (m := _moved(bounds, parse_crs(n))))
    if best > SAME_EXTENT_M or as_is < 4 * best:
        return None
    detail = f"its edges are {as_is:.0f} m off the city's ground, and {best:.0f} m if the numbers are {name.upper()}"
    return Complaint("offset", detail, f"if it was drawn on such a map, give --crs {name}", name, fatal=False)


def in_china(bounds: Bounds) -> bool:
    """Whether bounds in degrees lie in CGCS2000's area of use."""
    return _within(bounds, CGCS2000_AREA)


def _within(inner: Bounds, outer: tuple[float, float, float, float]) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _between(values: tuple[float, float], limits: tuple[float, float]) -> bool:
    return limits[0] <= min(values) and max(values) <= limits[1]


def _gap_deg(a: Bounds, b: Bounds) -> float:
    return max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3], 0.0)


def _gap_m(a: Bounds, b: Bounds) -> float:
    """Metres between two boxes in degrees (0 where they meet), measured between their nearest points."""
    if not _within(a, (-180, -90, 180, 90)):
        return float("inf")
    box_a, box_b = shapely.box(*a), shapely.box(*b)
    p, q = shapely.get_coordinates(shapely.shortest_line(box_a, box_b))
    return float(GEOD.inv(p[0], p[1], q[0], q[1])[2])


def _edges_m(a: Bounds, b: Bounds) -> float:
    """The largest distance in metres between corresponding edges of two boxes in degrees."""
    scale = 111_320.0 * float(np.cos(np.radians((b[1] + b[3]) / 2)))
    return max(
        abs(a[0] - b[0]) * scale, abs(a[2] - b[2]) * scale, abs(a[1] - b[1]) * 110_900.0, abs(a[3] - b[3]) * 110_900.0
    )


def _shown(bounds: Bounds) -> str:
    digits = 4 if max(map(abs, bounds)) <= 1000 else 0
    west, south, east, north = (f"{value:.{digits}f}" for value in bounds)
    return f"x {west} to {east}, y {south} to {north}"
