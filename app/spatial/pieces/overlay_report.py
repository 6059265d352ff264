"""What an overlay says about itself: how exact it is, what it met in the sources, what became of the slivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from app.spatial.pieces.conflation import ConflationReport
from app.spatial.pieces.linework import Source
from app.spatial.pieces.slivers import SliverReport
from app.spatial.planar.types import Floats, Ints


@dataclass(frozen=True)
class Listed:
    """A source without its shapes: codes and own areas (m²) of the grids with ground; the rest as in `Source`."""

    name: str
    codes: NDArray[np.object_]
    own_m2: Floats
    rows: int
    repaired: int
    uncoded: int

    @classmethod
    def of(cls, source: Source) -> Listed:
        return cls(source.name, source.codes, shapely.area(source.shapes), source.rows, source.repaired, source.uncoded)

    @classmethod
    def together(cls, name: str, parts: Sequence[Listed]) -> Listed:
        """The parts of one source, in order."""
        return cls(
            name,
            np.concatenate([np.zeros(0, object), *(part.codes for part in parts)]),
            np.concatenate([np.zeros(0), *(part.own_m2 for part in parts)]),
            sum(part.rows for part in parts),
            sum(part.repaired for part in parts),
            sum(part.uncoded for part in parts),
        )


@dataclass(frozen=True)
class SourceReport:
    """One network, or the areas. `grids` have ground; `repaired`, `groundless`, `uncoded` as in `linework.Source`.

    `area_m2` and `overlap_m2`: ground with one or more grids, with two or more. `error_max`: the largest relative
    difference between the area of a grid and the sum of its faces, that of grid `error_code`.
    """

    grids: int
    repaired: int
    groundless: int
    uncoded: int
    area_m2: float
    overlap_m2: float
    error_max: float
    error_code: str


@dataclass(frozen=True)
class OverlayReport:
    """What the overlay did; everything but `pieces`, `valid` and `slivers` is told of the faces, before absorption.

    `area_error`: (area of the faces − area of the union of the inputs) ÷ the latter, and `valid`: every piece is valid
    and together they are a coverage; both measured by GEOS, None where not asked for. `holes` are enclosed and claimed
    by nobody, `gaps_closed` those of them that were slivers and were absorbed. `contested`: claimed by two areas.
    `conflation`: what was moved before, if that was asked for; errors are told against what was given.
    """

    crs: str
    grid_size: float
    networks: dict[str, SourceReport]
    areas: SourceReport | None
    faces: int
    pieces: int
    ground_m2: float
    area_error: float | None
    valid: bool | None
    holes: int
    hole_m2: float
    gaps_closed: int
    gap_m2: float
    contested: int
    contested_m2: float
    slivers: SliverReport
    conflation: ConflationReport | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def source_report(source: Source, face: Ints, position: Ints, area_m2: Floats) -> SourceReport:
    """`face` and `position` are the claims of the source; `area_m2` is that of every face."""
    times = np.bincount(face, minlength=len(area_m2))
    return told_of(
        Listed.of(source),
        np.bincount(position, weights=area_m2[face], minlength=len(source.shapes)).astype(np.float64),
        float(area_m2[times > 0].sum()),
        float(area_m2[times > 1].sum()),
    )


def told_of(listed: Listed, made_m2: Floats, area_m2: float, overlap_m2: float) -> SourceReport:
    """`made_m2`: ground of each grid in the faces; `area_m2`, `overlap_m2` as in the report."""
    error = np.abs(made_m2 - listed.own_m2) / listed.own_m2
    worst = int(error.argmax()) if len(error) else -1
    return SourceReport(
        grids=len(made_m2),
        repaired=listed.repaired,
        groundless=listed.rows - len(made_m2),
        uncoded=listed.uncoded,
        area_m2=area_m2,
        overlap_m2=overlap_m2,
        error_max=float(error[worst]) if worst >= 0 else 0.0,
        error_code=str(listed.codes[worst]) if worst >= 0 else "",
    )


def union_area(sources: Sequence[Source]) -> float:
    """Area of all ground of all sources in m², by GEOS: independent of the arrangement."""
    merged = [_union(source.shapes) for source in sources if len(source.shapes)]
    return float(shapely.area(shapely.union_all(np.array(merged, dtype=object))))


def _union(shapes: NDArray[np.object_]) -> shapely.Geometry:
    # A clean coverage is dissolved by dropping equal edges, many times faster than by a union.
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


def is_valid_coverage(polygons: NDArray[np.object_]) -> bool:
    """Every polygon is valid and no two overlap or share a border without sharing its corners, by GEOS."""
    return bool(shapely.is_valid(polygons).all()) and bool(shapely.coverage_is_valid(polygons))
