"""Checks of single features, in EPSG:4326 as they are stored: geometry, rings, codes, parts, coordinates."""

from __future__ import annotations

import re
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from app.spatial.quality.problems import Kind, Problem
from app.spatial.quality.surfaces import (
    COLLECTION,
    MULTIPOLYGON,
    POLYGON,
    Floats,
    Ints,
    Shapes,
    Surfaces,
    codes_of,
    geometries,
    mean_width,
    polygonal,
)

EXCESS_VERTICES_MIN = 100
DEGREES_PER_METRE = 0.9e-5
"""Of latitude."""
PRECISION_DIGITS = 9
"""Decimals of a degree worth keeping: 1e-9° is a tenth of a millimetre."""


def check_features(frame: gpd.GeoDataFrame, *, tolerance_m: float = 0.01) -> list[Problem]:
    """Everything that can be said of each feature of a network frame alone, in EPSG:4326."""
    shapes, codes = geometries(frame), codes_of(frame)
    return [
        *check_missing(shapes, codes),
        *check_polygonal(shapes, codes),
        *check_validity(polygonal(shapes), codes),
        *check_codes(shapes, codes),
        *check_dimensions(shapes, codes),
        *check_vertices(shapes, codes, tolerance_m),
        *check_precision(shapes),
    ]


def check_missing(shapes: Shapes, codes: Sequence[str]) -> list[Problem]:
    missing = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes)).tolist()
    return [Problem(Kind.MISSING_GEOMETRY, f"feature {at + 1} has no geometry", at + 1, codes[at]) for at in missing]


def check_polygonal(shapes: Shapes, codes: Sequence[str]) -> list[Problem]:
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    other = np.flatnonzero(there & ~np.isin(shapely.get_type_id(shapes), (POLYGON, MULTIPOLYGON)))
    return [_not_polygonal(shapes[at], at, codes[at]) for at in other.tolist()]


def _not_polygonal(shape: shapely.Geometry, at: int, code: str) -> Problem:
    kept = shapely.get_type_id(shape) == COLLECTION and polygonal(np.array([shape], dtype=object))[0] is not None
    tail = ", some of its parts are polygons" if kept else ", not a polygon"
    lon, lat = _some_point(shape)
    return Problem(Kind.NOT_POLYGONAL, f"feature {at + 1} is a {shape.geom_type}{tail}", at + 1, code, lon, lat)


def check_validity(shapes: Shapes, codes: Sequence[str]) -> list[Problem]:
    """The first fault of each invalid shape, in GEOS's words, and whether any ground is left in it."""
    there = np.flatnonzero(~shapely.is_missing(shapes))
    bad = there[~shapely.is_valid(shapes[there])]
    return [_invalid(shapes[at], at, codes[at]) for at in bad.tolist()]


def _invalid(shape: shapely.Geometry, at: int, code: str) -> Problem:
    reason = shapely.is_valid_reason(shape)
    found = re.fullmatch(r"(.*?)\s*\[(\S+) (\S+)[^\]]*\]", reason)
    words = found[1] if found else reason
    place = (float(found[2]), float(found[3])) if found else (np.nan, np.nan)
    lon, lat = place if np.isfinite(place).all() else _some_point(shape)
    if shapely.get_type_id(shape) not in (POLYGON, MULTIPOLYGON, COLLECTION):
        words = f"feature {at + 1} is not a valid {shape.geom_type}: {words.lower()}"
        return Problem(Kind.TOO_FEW_POINTS, words, at + 1, code, lon, lat)
    left = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shapely.area(left) == 0:
        return Problem(
            Kind.TOO_FEW_POINTS, f"feature {at + 1} encloses no area ({words.lower()})", at + 1, code, lon, lat
        )
    return Problem(
        Kind.INVALID_GEOMETRY, f"feature {at + 1} is not a valid polygon: {words.lower()}", at + 1, code, lon, lat
    )


def check_codes(shapes: Shapes, codes: Sequence[str]) -> list[Problem]:
    """Missing codes, and every feature whose code an earlier one has."""
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for at, code in enumerate(codes):
        if not code:
            problems.append(
                Problem(Kind.MISSING_CODE, f"feature {at + 1} has no code", at + 1, "", *_some_point(shapes[at]))
            )
        elif code in first:
            words = f"feature {at + 1} has the code {code} of feature {first[code] + 1}"
            place = _some_point(shapes[at])
            problems.append(
                Problem(Kind.DUPLICATE_CODE, words, at + 1, code, *place, other_row=first[code] + 1, other_code=code)
            )
        else:
            first[code] = at
    return problems


def check_dimensions(shapes: Shapes, codes: Sequence[str]) -> list[Problem]:
    has_z, has_m = shapely.has_z(shapes), shapely.has_m(shapes)
    problems = []
    for at in np.flatnonzero(has_z | has_m).tolist():
        what = " and ".join(word for word, there in (("heights (Z)", has_z[at]), ("measures (M)", has_m[at])) if there)
        words = f"the coordinates of feature {at + 1} carry {what}"
        problems.append(Problem(Kind.HEIGHT_OR_MEASURE, words, int(at) + 1, codes[at], *_some_point(shapes[at])))
    return problems


def check_vertices(shapes: Shapes, codes: Sequence[str], tolerance_m: float) -> list[Problem]:
    """Corners repeated at the same place, and features most of whose corners add less than `tolerance_m` to the
    shape.
    """
    problems = []
    repeated, places = _repeated_vertices(shapes)
    for at in np.flatnonzero(repeated).tolist():
        lon, lat = places[at]
        words = f"feature {at + 1} repeats {repeated[at]} corners at the same place"
        problems.append(Problem(Kind.DUPLICATE_VERTICES, words, int(at) + 1, codes[at], float(lon), float(lat)))
    return problems + _excess_vertices(shapes, codes, tolerance_m)


def _repeated_vertices(shapes: Shapes) -> tuple[Ints, Floats]:
    """Per shape the number of repeated consecutive corners, and the place of the first."""
    polygons, owner_of_polygon = shapely.get_parts(polygonal(shapes), return_index=True)
    rings, polygon_of_ring = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = (
        np.flatnonzero((ring[1:] == ring[:-1]) & (points[1:] == points[:-1]).all(axis=1))
        if len(points)
        else np.empty(0, np.int64)
    )
    owner = owner_of_polygon[polygon_of_ring[ring[same]]] if len(same) else same
    places = np.zeros((len(shapes), 2))
    places[owner[::-1]] = points[same[::-1]]
    return np.bincount(owner, minlength=len(shapes)), places


def _excess_vertices(shapes: Shapes, codes: Sequence[str], tolerance_m: float) -> list[Problem]:
    total = shapely.get_num_coordinates(shapes)
    many = np.flatnonzero(
        (total >= EXCESS_VERTICES_MIN) & np.isin(shapely.get_type_id(shapes), (POLYGON, MULTIPOLYGON))
    )
    # a degree is shorter east–west than north–south, so the tolerance is never looser than asked for
    kept = shapely.get_num_coordinates(
        shapely.simplify(shapes[many], tolerance_m * DEGREES_PER_METRE, preserve_topology=False)
    )
    return [
        Problem(
            Kind.EXCESS_VERTICES,
            f"{total[at] - left} of the {total[at]} corners of feature {at + 1} "
            f"change its shape by less than {tolerance_m:g} m",
            at + 1,
            codes[at],
            *_some_point(shapes[at]),
        )
        for at, left in zip(many.tolist(), kept, strict=True)
        if left * 2 < total[at]
    ]


def check_precision(shapes: Shapes) -> list[Problem]:
    """One remark for the whole file: how many features are written finer than 1e-9 degrees (0.1 mm)."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    scaled = points[np.isfinite(points).all(axis=1)] * 10.0**PRECISION_DIGITS
    owner = owner[np.isfinite(points).all(axis=1)]
    # 113° × 1e9 is held to about 1.5e-5, so a true 9-decimal number is never further than that from a whole one
    finer = np.unique(owner[(np.abs(scaled - np.rint(scaled)) > 1e-3).any(axis=1)])
    if not len(finer):
        return []
    finest = f"{PRECISION_DIGITS} decimals of a degree (0.1 mm)"
    words = f"{len(finer)} of {len(shapes)} features have coordinates with more than {finest}"
    return [Problem(Kind.EXCESS_PRECISION, words)]


def find_multipart(ground: Surfaces) -> list[Problem]:
    """Grids in several parts; `area_m2` is the ground outside the largest part. Places are in the metric CRS."""
    problems = []
    for surface in np.flatnonzero(shapely.get_num_geometries(ground.shapes) > 1).tolist():
        parts = shapely.get_parts(ground.shapes[surface])
        areas = shapely.area(parts)
        second = parts[np.argsort(areas)[-2]]
        point = shapely.point_on_surface(second)
        words = f"grid {ground.codes[surface] or ground.row(surface)} consists of {len(parts)} separate parts"
        beside = float(areas.sum() - areas.max())
        place = (float(shapely.get_x(point)), float(shapely.get_y(point)))
        problems.append(
            Problem(Kind.MULTIPART, words, ground.row(surface), ground.codes[surface], *place, area_m2=beside)
        )
    return problems


def find_slivers(ground: Surfaces, area_m2: float, width_m: float) -> list[Problem]:
    """Grids and parts of grids with area ≤ `area_m2` AND mean width ≤ `width_m`. Places are in the metric CRS."""
    parts, surface = shapely.get_parts(ground.shapes, return_index=True)
    areas, widths = shapely.area(parts), mean_width(parts)
    counts = shapely.get_num_geometries(ground.shapes)
    problems = []
    for part in np.flatnonzero((areas <= area_m2) & (widths <= width_m)).tolist():
        of = int(surface[part])
        point = shapely.point_on_surface(parts[part])
        what = "a part of grid" if counts[of] > 1 else "grid"
        name = ground.codes[of] or ground.row(of)
        words = f"{what} {name} is a sliver of {areas[part]:.2f} m², {widths[part]:.2f} m wide"
        place = (float(shapely.get_x(point)), float(shapely.get_y(point)))
        problems.append(
            Problem(
                Kind.SLIVER,
                words,
                ground.row(of),
                ground.codes[of],
                *place,
                area_m2=float(areas[part]),
                width_m=float(widths[part]),
                geometry=parts[part],
            )
        )
    return problems


def _some_point(shape: shapely.Geometry | None) -> tuple[float | None, float | None]:
    """The first finite coordinate of a shape, or (None, None)."""
    points = shapely.get_coordinates(shape)
    points = points[np.isfinite(points).all(axis=1)]
    return (float(points[0, 0]), float(points[0, 1])) if len(points) else (None, None)
