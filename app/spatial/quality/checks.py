"""Everything that can be wrong with a network or a layer, found in one pass and reported per feature with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import MultiPolygon, Polygon

from app.spatial.quality.agreement import near_agreement
from app.spatial.quality.coverage_checks import (
    GapLimits,
    find_gaps,
    find_outside,
    find_overlaps,
    find_unmatched,
    unowned,
)
from app.spatial.quality.feature_checks import (
    check_codes,
    check_dimensions,
    check_features,
    check_missing,
    check_precision,
    check_validity,
    find_multipart,
    find_slivers,
)
from app.spatial.quality.problems import KINDS, Kind, Problem, Severity, count_kinds, to_lonlat
from app.spatial.quality.surfaces import (
    Surfaces,
    as_array,
    codes_of,
    geometries,
    polygonal,
    surfaces,
    to_metric,
    valid_ground,
)

_ORDER = {kind: at for at, kind in enumerate(Kind)}


@dataclass(frozen=True)
class CheckOptions:
    """Limits of the checks, in metres and square metres; `crs` is the metric CRS (None: chosen by place)."""

    crs: str | None = None
    tolerance_m: float = 0.01
    gaps: GapLimits = field(default_factory=GapLimits)
    sliver_area_m2: float = 100.0
    sliver_width_m: float = 2.0
    outside_m2: float = 1.0
    near_m: float = 5.0
    near_share: float = 0.9


@dataclass(frozen=True)
class CheckReport:
    """Problems, gravest kind first, then by row. `area_m2` counts ground as often as grids claim it."""

    features: int
    area_m2: float
    crs: str
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, int]:
        return count_kinds(self.problems)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the frame from being stored as it is."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def is_coverage(self) -> bool:
        """No overlap, and every border matches its neighbour's corner by corner."""
        return not any(problem.kind in (Kind.OVERLAP, Kind.UNMATCHED_BORDER) for problem in self.problems)

    def of(self, *kinds: Kind) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.kind in kinds)

    def summary(self) -> list[dict[str, Any]]:
        """One row per kind: severity, count, area, meaning and remedy."""
        rows = []
        for kind in Kind:
            found = self.of(kind)
            if found:
                area = sum(problem.area_m2 or 0.0 for problem in found)
                facts = KINDS[kind]
                rows.append(
                    {
                        "kind": kind.value,
                        "severity": facts.severity.value,
                        "count": len(found),
                        "area_m2": round(area, 4),
                    }
                    | {"meaning": facts.meaning, "remedy": facts.remedy}
                )
        return rows

    def to_dict(self) -> dict[str, Any]:
        return {
            "features": self.features,
            "area_m2": round(self.area_m2, 4),
            "crs": self.crs,
            "counts": self.counts,
            "errors": len(self.errors),
            "summary": self.summary(),
            "problems": [problem.to_dict() for problem in self.problems],
        }


def check_network(
    frame: gpd.GeoDataFrame,
    *,
    ground: Polygon | MultiPolygon | None = None,
    others: Mapping[str, gpd.GeoDataFrame] | None = None,
    noticed: Sequence[Problem] = (),
    options: CheckOptions = CheckOptions(),
) -> CheckReport:
    """Check a network frame (EPSG:4326). `ground` (EPSG:4326) is what the network should cover, `others` are network
    frames.

    `noticed` are problems seen while the file was read (rings that had to be closed). Overlaps, gaps and widths are
    measured in the metric CRS on the valid ground of each feature, so an invalid feature is checked against its
    neighbours too.
    """
    own = surfaces(frame, options.crs)
    found = [*check_features(frame, tolerance_m=options.tolerance_m), *_without_area(frame, own)]
    problems = _with_noticed(found, noticed)
    if not len(own.shapes):
        problems.append(Problem(Kind.MISSING_GEOMETRY, "there is no grid with any ground in it"))
    else:
        problems += to_lonlat(_check_ground(own, _declared(ground, own.crs), options), own.crs)
    for name, other in (others or {}).items():
        problems += _near_duplicate(own, name, surfaces(other, own.crs), options)
    return CheckReport(len(frame), float(shapely.area(own.shapes).sum()), own.crs, _sorted(problems))


def _check_ground(own: Surfaces, declared: shapely.Geometry | None, options: CheckOptions) -> list[Problem]:
    unmatched = as_array(shapely.coverage_invalid_edges(own.shapes))
    problems = [
        *find_overlaps(own, unmatched),
        *find_gaps(own, unowned(own.shapes, unmatched, options.gaps, declared), options.gaps),
        *find_slivers(own, options.sliver_area_m2, options.sliver_width_m),
        *find_multipart(own),
        *find_unmatched(own, unmatched),
    ]
    return problems + (find_outside(own, declared, options.outside_m2) if declared is not None else [])


def _declared(ground: Polygon | MultiPolygon | None, crs: str) -> shapely.Geometry | None:
    return None if ground is None else valid_ground(to_metric(as_array([ground]), crs))[0]


def _with_noticed(problems: Sequence[Problem], noticed: Sequence[Problem]) -> list[Problem]:
    """What the reader noticed says more than "missing" or "invalid" of the same feature: that is left out."""
    known = {(problem.row, problem.kind) for problem in noticed}
    known |= {(problem.row, Kind.MISSING_GEOMETRY) for problem in noticed if problem.kind is Kind.BROKEN_GEOMETRY}
    return [*noticed, *(problem for problem in problems if (problem.row, problem.kind) not in known)]


def _without_area(frame: gpd.GeoDataFrame, own: Surfaces) -> list[Problem]:
    """Valid in degrees and yet without ground: so thin that nothing is left of it."""
    shapes, codes = geometries(frame), codes_of(frame)
    ground = polygonal(shapes)
    there = np.flatnonzero(~(shapely.is_missing(ground) | shapely.is_empty(ground)) & shapely.is_valid(ground))
    return [
        Problem(Kind.TOO_FEW_POINTS, f"feature {at + 1} encloses no area", at + 1, codes[at])
        for at in np.setdiff1d(there, own.positions).tolist()
    ]


def _near_duplicate(own: Surfaces, name: str, other: Surfaces, options: CheckOptions) -> list[Problem]:
    """One remark when of most grids at least `near_share` of the border lies within `near_m` of the other's border."""
    if not len(own.shapes) or not len(other.shapes):
        return []
    step_m = 4 * options.near_m  # a share of a border needs no finer look
    found = near_agreement(_frame(own), _frame(other), options.near_m, step_m=step_m, with_crossings=False)
    near = found.grids["share"] >= options.near_share
    if near.sum() * 2 <= len(near):
        return []
    words = (
        f"{int(near.sum())} of {len(near)} grids follow the borders of network {name} within {options.near_m:g} m "
        f"along at least {options.near_share:.0%} of their border (on average {found.mean_wander_m:.2f} m away)"
    )
    return [Problem(Kind.NEAR_DUPLICATE, words, other_code=name, width_m=found.mean_wander_m, length_m=found.near_m)]


def _frame(own: Surfaces) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": own.codes}, geometry=own.shapes, crs=own.crs)


def _sorted(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    def place(problem: Problem) -> tuple[int, int, float]:
        return _ORDER[problem.kind], problem.row or 0, -(problem.area_m2 or 0.0)

    return tuple(sorted(problems, key=place))


def check_layer(
    frame: gpd.GeoDataFrame,
    quantities: Sequence[str] = (),
    *,
    ground: Polygon | MultiPolygon | None = None,
    codes_required: bool = False,
    noticed: Sequence[Problem] = (),
    options: CheckOptions = CheckOptions(),
) -> CheckReport:
    """Check a layer frame (points, lines or polygons, EPSG:4326): geometry, codes where they matter, counts that
    cannot be.

    Overlaps and gaps are no problem in a layer. `area_m2` is the polygons' ground, 0 for points and lines.
    """
    shapes, codes = geometries(frame), codes_of(frame)
    problems = [
        *check_missing(shapes, codes),
        *check_validity(shapes, codes),
        *check_dimensions(shapes, codes),
        *check_precision(shapes),
    ]
    if codes_required:
        problems += check_codes(shapes, codes)
    for quantity in quantities:
        problems += _check_quantity(frame, quantity, codes)
    if ground is not None:
        problems += _outside_layer(shapes, codes, ground)
    own = surfaces(frame, options.crs)
    area = float(shapely.area(own.shapes).sum())
    return CheckReport(len(frame), area, own.crs, _sorted(_with_noticed(problems, noticed)))


def _check_quantity(frame: gpd.GeoDataFrame, quantity: str, codes: Sequence[str]) -> list[Problem]:
    values = pd.to_numeric(frame[quantity], errors="coerce").to_numpy(np.float64)
    problems = []
    for at in np.flatnonzero(~(values >= 0) | np.isinf(values)).tolist():
        kind = Kind.MISSING_QUANTITY if np.isnan(values[at]) else Kind.NEGATIVE_QUANTITY
        what = "no number" if np.isnan(values[at]) else f"{values[at]:g}"
        problems.append(Problem(kind, f"feature {at + 1} has {what} in {quantity}", int(at) + 1, codes[at]))
    return problems


def _outside_layer(shapes: np.ndarray[Any, Any], codes: Sequence[str], ground: Polygon | MultiPolygon) -> list[Problem]:
    """Features that do not touch the declared ground at all (for these, being outside in part is normal)."""
    shapely.prepare(ground)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    apart = np.flatnonzero(there & ~shapely.intersects(ground, shapes))
    problems = []
    for at in apart.tolist():
        x, y = shapely.get_coordinates(shapes[at])[0]
        words = f"feature {at + 1} lies wholly outside the declared ground"
        problems.append(Problem(Kind.OUTSIDE_GROUND, words, int(at) + 1, codes[at], float(x), float(y)))
    return problems


def blocking(report: CheckReport, limit: int = 20) -> list[str]:
    """One sentence per error, at most `limit`, then how many more there are: the reasons of a refusal."""
    lines = [f"row {problem.row}: {problem.message}" if problem.row else problem.message for problem in report.errors]
    return lines[:limit] + ([f"and {len(lines) - limit} more"] if len(lines) > limit else [])


def without(report: CheckReport, *kinds: Kind) -> CheckReport:
    """The report without some kinds."""
    return replace(report, problems=tuple(problem for problem in report.problems if problem.kind not in kinds))
