"""Whether a coordinate system fits a file's numbers and the place: complaints, with what looks wrong and what to do.

Bounds are (west, south, east, north) or, in a projected system, (min x, min y, max x, max y). `ground` is the
city's ground as a shapely geometry in EPSG:4326.
"""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from app.spatial.coordinates.boxes import Bounds, edges_m, gap_m, moved, near_pole, shown, within
from app.spatial.coordinates.china import CHINA_RECTANGLE
from app.spatial.coordinates.crs import WGS84, Crs, parse_crs
from app.spatial.coordinates.crs_guess import FAR_M, SAME_EXTENT_M, advice, guess_crs


@dataclass(frozen=True)
class Complaint:
    """What looks wrong with a file in a system; a warning unless `fatal`. `guess` is a better --crs, or ''."""

    kind: str
    detail: str
    remedy: str
    guess: str = ""
    fatal: bool = True


def complaint(bounds: Bounds, system: Crs, ground: shapely.Geometry | None = None) -> Complaint | None:
    """What looks wrong when coordinates with these bounds (in `system`) are read as `system`; None when all is well."""
    return _range_complaint(bounds, system, ground) or check_against_ground(
        moved(bounds, system), ground, system, bounds
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
    gap = gap_m(frame_bounds, ground.bounds)
    if gap > FAR_M:
        return _far_complaint(frame_bounds, ground, gap, raw_bounds)
    return _offset_complaint(frame_bounds, ground.bounds, system)


def _range_complaint(bounds: Bounds, system: Crs, ground: shapely.Geometry | None) -> Complaint | None:
    degrees = within(bounds, (-180, -90, 180, 90))
    if not system.is_degrees:
        detail = f"{system.name} ({system.title}) is in metres, but the numbers are degrees ({shown(bounds)})"
        return Complaint("degrees_as_metres", detail, "give --crs wgs84 if they are", WGS84) if degrees else None
    if degrees:
        return None
    if within(bounds, (-90, -180, 90, 180)):
        return _swapped(f"latitudes stand where longitudes belong ({shown(bounds)})")
    if max(map(abs, bounds)) <= 1_000:
        detail = f"longitudes or latitudes outside ±180°/±90° ({shown(bounds)})"
        return Complaint("off_globe", detail, "correct the coordinates in the source")
    detail = f"{system.name} ({system.title}) is in degrees, but the numbers are metres ({shown(bounds)})"
    remedy, guess = advice(guess_crs(bounds, ground))
    return Complaint("metres_as_degrees", detail, remedy, guess)


def _swapped(detail: str) -> Complaint:
    return Complaint(
        "swapped_axes", f"the axes are swapped: {detail}", "write longitude (east) first, then latitude (north)"
    )


def _polar_complaint(bounds: Bounds) -> Complaint | None:
    if near_pole(bounds):
        return _swapped(f"as they stand the file lies near a pole ({shown(bounds)})")
    return None


def _far_complaint(bounds: Bounds, ground: shapely.Geometry, gap: float, raw: Bounds | None) -> Complaint:
    west, south, east, north = bounds
    if gap_m((south, west, north, east), ground.bounds) <= FAR_M and west >= -90 and east <= 90:
        return _swapped(f"with longitude and latitude exchanged the file lies on the city's ground ({shown(bounds)})")
    fitting = [g for g in guess_crs(raw, ground) if g.name] if raw else []
    detail = f"it lies {gap / 1000:,.0f} km from the city's ground ({shown(bounds)}; ground {shown(ground.bounds)})"
    if fitting:
        return Complaint(
            "far", detail, f"as {fitting[0].name} it would lie on it: give --crs {fitting[0].name}", fitting[0].name
        )
    return Complaint("far", detail, "check that it is the right file, and its coordinate system")


def _offset_complaint(bounds: Bounds, ground: Bounds, system: Crs | None) -> Complaint | None:
    """A file with the ground's extent whose edges fit clearly better when its numbers are taken as GCJ-02 or BD-09."""
    if system is None or system.offset or not system.is_degrees or not within(bounds, CHINA_RECTANGLE):
        return None
    as_is = edges_m(bounds, ground)
    best, name = min((edges_m(m, ground), n) for n in ("gcj02", "bd09") if (m := moved(bounds, parse_crs(n))))
    if best > SAME_EXTENT_M or as_is < 4 * best:
        return None
    detail = f"its edges are {as_is:.0f} m off the city's ground, and {best:.0f} m if the numbers are {name.upper()}"
    return Complaint("offset", detail, f"if it was drawn on such a map, give --crs {name}", name, fatal=False)
