"""What can be wrong with a network or a layer: the kinds, what each means, how grave it is and what a planner does
about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import shapely

from app.spatial.coordinates.crs import points_to_wgs84


class Severity(StrEnum):
    """error: cannot be stored as it is; warning: can be stored, a planner should look; info: good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Kind(StrEnum):
    """The kinds of problem, gravest first; `KINDS` tells the meaning and the remedy of each."""

    BROKEN_GEOMETRY = "broken_geometry"
    MISSING_GEOMETRY = "missing_geometry"
    NOT_POLYGONAL = "not_polygonal"
    TOO_FEW_POINTS = "too_few_points"
    INVALID_GEOMETRY = "invalid_geometry"
    MISSING_CODE = "missing_code"
    DUPLICATE_CODE = "duplicate_code"
    NEGATIVE_QUANTITY = "negative_quantity"
    UNCLOSED_RING = "unclosed_ring"
    OVERLAP = "overlap"
    GAP = "gap"
    SLIVER = "sliver"
    MULTIPART = "multipart"
    UNMATCHED_BORDER = "unmatched_border"
    OUTSIDE_GROUND = "outside_ground"
    NEAR_DUPLICATE = "near_duplicate"
    MISSING_QUANTITY = "missing_quantity"
    HOLE = "hole"
    HEIGHT_OR_MEASURE = "height_or_measure"
    DUPLICATE_VERTICES = "duplicate_vertices"
    EXCESS_VERTICES = "excess_vertices"
    EXCESS_PRECISION = "excess_precision"


@dataclass(frozen=True)
class KindFacts:
    severity: Severity
    meaning: str
    remedy: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
KINDS: dict[Kind, KindFacts] = {
    Kind.BROKEN_GEOMETRY: KindFacts(
        _E,
        "what the file holds for the feature cannot be read",
        "export the file again; repair full leaves the feature out",
    ),
    Kind.MISSING_GEOMETRY: KindFacts(
        _E, "the feature has no geometry, or an empty one", "draw it or delete the row; repair full leaves it out"
    ),
    Kind.NOT_POLYGONAL: KindFacts(
        _E,
        "a grid must be a polygon, and this is not one",
        "repair safe keeps polygon parts; repair full leaves out a feature without any",
    ),
    Kind.TOO_FEW_POINTS: KindFacts(
        _E,
        "the polygon has no area: fewer than three different corners, or all on one line",
        "draw it again; repair full leaves it out",
    ),
    Kind.INVALID_GEOMETRY: KindFacts(
        _E, "a border crosses or touches itself, or a hole lies outside its polygon", "repair safe"
    ),
    Kind.MISSING_CODE: KindFacts(
        _E, "the feature has no code", "fill in the code, name another --code-field, or repair full for a placeholder"
    ),
    Kind.DUPLICATE_CODE: KindFacts(
        _E,
        "an earlier feature has the same code",
        "correct the code, name another --code-field, or repair full to merge the features",
    ),
    Kind.NEGATIVE_QUANTITY: KindFacts(_E, "a count is below zero", "correct the figure in the source"),
    Kind.UNCLOSED_RING: KindFacts(
        _W, "the last point of a ring is not its first; it was closed with a straight line", "look at the closing side"
    ),
    Kind.OVERLAP: KindFacts(
        _W,
        "two grids claim the same ground",
        "decide whose it is, or repair full: each overlap goes to the longest shared edge",
    ),
    Kind.GAP: KindFacts(
        _W,
        "narrow or small ground between grids that no grid owns",
        "repair full: each gap goes to the neighbour with the longest shared edge",
    ),
    Kind.SLIVER: KindFacts(
        _W,
        "a grid, or a part of one, that is small and narrow",
        "join it to its neighbour; repair full does so for parts",
    ),
    Kind.MULTIPART: KindFacts(
        _W, "the grid consists of separate parts", "join the parts or give each part its own code"
    ),
    Kind.UNMATCHED_BORDER: KindFacts(_W, "the border does not follow the neighbour's corner by corner", "repair full"),
    Kind.OUTSIDE_GROUND: KindFacts(
        _W, "part of the grid lies outside the declared ground", "check the coordinate system, then the border"
    ),
    Kind.NEAR_DUPLICATE: KindFacts(
        _W, "most grids follow another network's borders within a few metres", "use one of the two networks, not both"
    ),
    Kind.MISSING_QUANTITY: KindFacts(_W, "a count is missing and is taken as 0", "fill in the figure in the source"),
    Kind.HOLE: KindFacts(
        _I,
        "large ground inside the network that no grid owns: water, a park, or a forgotten grid",
        "add a grid, or raise the gap limits to fill it",
    ),
    Kind.HEIGHT_OR_MEASURE: KindFacts(
        _I, "the coordinates carry heights (Z) or measures (M)", "repair safe drops them"
    ),
    Kind.DUPLICATE_VERTICES: KindFacts(_I, "corners are repeated at the same place", "repair safe drops them"),
    Kind.EXCESS_VERTICES: KindFacts(
        _I, "more than half of the corners add nothing to the shape", "simplify the network as a whole at the source"
    ),
    Kind.EXCESS_PRECISION: KindFacts(
        _I, "coordinates are written finer than a tenth of a millimetre", "repair safe snaps them"
    ),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in one place.

    `row` is the 1-based number of the feature in the file (None: the file as a whole); `other_row`/`other_code` name
    the second feature where there are two. `lon`, `lat` and `geometry` are EPSG:4326; `area_m2` (m²), `width_m` and
    `length_m` (m) are given where they apply.
    """

    kind: Kind
    message: str
    row: int | None = None
    code: str = ""
    lon: float | None = None
    lat: float | None = None
    area_m2: float | None = None
    width_m: float | None = None
    length_m: float | None = None
    other_row: int | None = None
    other_code: str = ""
    remedy: str = ""
    geometry: shapely.Geometry | None = None

    @property
    def severity(self) -> Severity:
        return KINDS[self.kind].severity

    def to_dict(self) -> dict[str, Any]:
        """Everything but the geometry; lengths and areas rounded to a millimetre and a square centimetre."""
        return {
            "kind": self.kind.value,
            "severity": self.severity.value,
            "row": self.row,
            "code": self.code,
            "other_row": self.other_row,
            "other_code": self.other_code,
            "lon": _rounded(self.lon, 8),
            "lat": _rounded(self.lat, 8),
            "area_m2": _rounded(self.area_m2, 4),
            "width_m": _rounded(self.width_m, 3),
            "length_m": _rounded(self.length_m, 3),
            "message": self.message,
            "remedy": self.remedy or KINDS[self.kind].remedy,
        }


def problem_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """One row per problem, columns as in `Problem.to_dict`, in the order given."""
    return pd.DataFrame([problem.to_dict() for problem in problems], columns=list(Problem(Kind.GAP, "").to_dict()))


def problems_geojson(problems: Iterable[Problem]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection (EPSG:4326): each problem with its geometry, else its place as a point, else null."""
    features = [
        {"type": "Feature", "geometry": _shape(problem), "properties": problem.to_dict()} for problem in problems
    ]
    return {"type": "FeatureCollection", "features": features}


def count_kinds(problems: Iterable[Problem]) -> dict[str, int]:
    """How many of each kind, gravest kind first, kinds without any left out."""
    counts = Counter(problem.kind for problem in problems)
    return {kind.value: counts[kind] for kind in Kind if counts[kind]}


def to_lonlat(problems: Sequence[Problem], crs: str) -> list[Problem]:
    """The same problems with places and geometries moved from the metric `crs` to EPSG:4326."""
    placed = [at for at, problem in enumerate(problems) if problem.lon is not None]
    x = np.array([problems[at].lon for at in placed], dtype=np.float64)
    y = np.array([problems[at].lat for at in placed], dtype=np.float64)
    moved = dict(zip(placed, zip(*points_to_wgs84(x, y, crs), strict=True), strict=True))
    made = []
    for at, problem in enumerate(problems):
        lon, lat = moved.get(at, (None, None))
        made.append(replace(problem, lon=_number(lon), lat=_number(lat), geometry=_to_degrees(problem.geometry, crs)))
    return made


def _to_degrees(geometry: shapely.Geometry | None, crs: str) -> shapely.Geometry | None:
    return shapely.transform(geometry, lambda xy: np.column_stack(points_to_wgs84(xy[:, 0], xy[:, 1], crs)))


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _shape(problem: Problem) -> dict[str, Any] | None:
    if problem.geometry is not None:
        return shapely.geometry.mapping(problem.geometry)
    if problem.lon is None:
        return None
    return {"type": "Point", "coordinates": [problem.lon, problem.lat]}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
