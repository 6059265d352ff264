"""What a file's numbers tell of its coordinate system: guesses with reasons, to be confirmed by a person.

Bounds are (west, south, east, north) or, in a projected system, (min x, min y, max x, max y). `ground` is the
city's ground as a shapely geometry in EPSG:4326.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from app.spatial.coordinates.boxes import Bounds, between, edges_m, gap_deg, gap_m, moved, near_pole, within
from app.spatial.coordinates.china import CHINA_RECTANGLE
from app.spatial.coordinates.crs import WGS84, parse_crs

FAR_M = 20_000.0
"""A file whose bounds end farther than this from the bounds of the city's ground is taken to be somewhere else."""
SAME_EXTENT_M = 150.0
"""Edges nearer than this to the ground's on all four sides count as the same extent when offsets are compared."""
CHINA_NORTHING = (1_800_000.0, 6_000_000.0)
GK_EASTING = (100_000.0, 900_000.0)
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


def guess_crs(bounds: Bounds, ground: shapely.Geometry | None = None) -> list[Guess]:
    """Likely systems of a file, likeliest first; with `ground`, those that put the file on it, best fit first."""
    candidates = _by_magnitude(bounds)
    placed = [g for g in (_place(g, bounds) for g in candidates) if g is not None]
    if ground is None or ground.is_empty:
        return placed
    near = [g for g in placed if g.bounds is None or gap_m(g.bounds, ground.bounds) <= FAR_M]
    kept = [g for g in near if g.name]
    return _ranked_on(kept, ground.bounds) + [g for g in near if not g.name]


def _by_magnitude(bounds: Bounds) -> list[Guess]:
    west, south, east, north = bounds
    if not np.isfinite(bounds).all():
        return []
    if within(bounds, (-180, -90, 180, 90)):
        return _degree_guesses(bounds)
    if within(bounds, (-90, -180, 90, 180)):
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
    if within(bounds, CHINA_RECTANGLE):
        guesses.append(
            Guess("gcj02", "degrees in China drawn on Amap, Tencent or Google maps are GCJ-02, 100–700 m off")
        )
        guesses.append(Guess("bd09", "degrees in China drawn on Baidu maps are BD-09"))
    if near_pole(bounds):
        swapped = Guess("", "the axes look swapped: read as longitude and latitude the file lies near a pole")
        return [swapped, *guesses]
    return guesses


def _zoned(west: float, east: float, south: float, north: float) -> list[Guess]:
    """Gauss–Krüger with the zone number before the easting: 25–45 for 3° zones, 13–23 for 6° zones."""
    zone = int(west // 1_000_000)
    eastings = (west - zone * 1e6, east - zone * 1e6)
    if not (between(eastings, GK_EASTING) and between((south, north), CHINA_NORTHING)):
        return []
    if 25 <= zone <= 45:
        return [Guess(f"EPSG:{4513 + zone - 25}", f"eastings begin with {zone}: CGCS2000 3° zone {zone}; {DATUM_NOTE}")]
    if 13 <= zone <= 23:
        return [Guess(f"EPSG:{4491 + zone - 13}", f"eastings begin with {zone}: CGCS2000 6° zone {zone}; {DATUM_NOTE}")]
    return []


def _unzoned(bounds: Bounds) -> list[Guess]:
    """Eastings around 500 km: 3° Gauss–Krüger, 6° Gauss–Krüger or UTM of any zone; only the ground can choose."""
    west, south, east, north = bounds
    if not (between((west, east), GK_EASTING) and south >= -10_000_000 and north <= 10_000_000):
        return []
    look = f"eastings around 500 km without a zone number ({west:.0f}–{east:.0f})"
    made: list[Guess] = []
    if between((south, north), CHINA_NORTHING):
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
    box = moved(bounds, system)
    if box is None:
        return None
    area = system.proj.area_of_use
    fits = system.is_degrees or area is None or gap_deg(box, (area.west, area.south, area.east, area.north)) < 1.5
    return Guess(guess.name, guess.reason, box) if fits else None


def _ranked_on(guesses: list[Guess], ground: Bounds) -> list[Guess]:
    """By the fit of all four edges to the ground's when the extents are alike, else as they came (the sort is
    stable)."""

    def misfit(guess: Guess) -> tuple[int, float]:
        assert guess.bounds is not None  # only placed guesses come here
        gap, edges = gap_m(guess.bounds, ground), edges_m(guess.bounds, ground)
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
