"""Rows' coordinates as places in WGS 84, each row in its own system where the table names one, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from app.errors import InputError
from app.spatial.coordinates import point_checks
from app.spatial.coordinates.crs import Crs, parse_crs, points_to_wgs84, uncertainty_m

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Stamps = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Some = slice | npt.NDArray[np.intp]

NO_MOMENT, NO_SYSTEM = 101, 102
WORDS = MappingProxyType(
    point_checks.WORDS
    | {
        NO_MOMENT: "the moment of this row cannot be read",
        NO_SYSTEM: "the coordinate system of this row is not known",
    }
)


@dataclass(frozen=True)
class RowPoints:
    """Coordinates in the rows' own system, NaN where there is no number; `at` per row with `at_wrong`, or None;
    `matter`: the code of each row's matter, where the table says what its rows are about; `crs`: the name of each
    row's system, '' for that of the table."""

    x: Floats
    y: Floats
    at: Stamps | None = None
    at_wrong: Flags | None = None
    matter: npt.NDArray[np.object_] | None = None
    crs: npt.NDArray[np.object_] | None = None


@dataclass(frozen=True)
class System:
    """Rows that share a coordinate system."""

    rows: Some
    crs: Crs

    @property
    def uncertainty_m(self) -> float:
        return uncertainty_m(self.crs)


@dataclass(frozen=True)
class Places:
    """WGS 84, NaN for rows with a problem (a key of WORDS, FINE without); the rows of each system."""

    lon: Floats
    lat: Floats
    problems: Codes
    systems: tuple[System, ...]


def place_rows(points: RowPoints, crs: str) -> Places:
    """`crs`: the system of rows that name none."""
    n = len(points.x)
    problems = np.full(n, point_checks.FINE, dtype=np.int8)
    systems = _systems(points.crs, crs, problems)
    lon, lat = np.full(n, np.nan), np.full(n, np.nan)
    for system in systems:
        problems[system.rows] = point_checks.point_problems(points.x[system.rows], points.y[system.rows], system.crs)
    if points.at_wrong is not None:
        problems[points.at_wrong & (problems == point_checks.FINE)] = NO_MOMENT
    for system in systems:
        rows = np.arange(n)[system.rows] if (problems != point_checks.FINE).any() else system.rows
        if not isinstance(rows, slice):
            rows = rows[problems[rows] == point_checks.FINE]
        lon[rows], lat[rows] = points_to_wgs84(points.x[rows], points.y[rows], system.crs)
    problems[(problems == point_checks.FINE) & ~(np.isfinite(lon) & np.isfinite(lat))] = point_checks.NO_PLACE
    return Places(lon, lat, problems, systems)


def _systems(named: npt.NDArray[np.object_] | None, crs: str, problems: Codes) -> tuple[System, ...]:
    """Rows by system; those that name an unknown one get their problem and belong to none."""
    if named is None:
        return (System(slice(None), parse_crs(crs)),)
    texts, which = np.unique(named.astype(str), return_inverse=True)
    made = []
    for at, text in enumerate(texts.tolist()):
        rows = np.flatnonzero(which == at)
        try:
            made.append(System(rows, parse_crs(text or crs)))
        except InputError:
            problems[rows] = NO_SYSTEM
    return tuple(made)
