"""Repair of a network: none, safe or full; reported change by change with the ground moved, and checked again
afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from app.errors import InputError, Refused
from app.spatial.coordinates.crs import points_to_wgs84
from app.spatial.quality.arrangement import on_grid
from app.spatial.quality.changes import Accounts, Action, Change, Work, change, in_degrees
from app.spatial.quality.checks import CheckOptions, CheckReport, blocking, check_network
from app.spatial.quality.coverage_repair import repair_coverage
from app.spatial.quality.problems import Kind, Problem
from app.spatial.quality.surfaces import (
    Floats,
    Shapes,
    as_array,
    codes_of,
    frame_crs,
    geometries,
    inner_point,
    polygonal,
    to_metric,
    valid_ground,
)

MODES = ("none", "safe", "full")
MOVED_M = 1e-4
"""Corners that move by less than a tenth of a millimetre have not moved: degrees are written with nine decimals."""
DEGREE_DIGITS = 9


@dataclass(frozen=True)
class RepairOptions:
    """`grid_size_m` is the precision grid; gap and sliver limits are those of the check, so what is reported as a gap
    is filled.
    """

    grid_size_m: float = 0.01
    check: CheckOptions = field(default_factory=CheckOptions)


@dataclass(frozen=True)
class Repaired:
    """`frame` (EPSG:4326, RangeIndex) with the input's columns; `rows` are the 1-based feature numbers its rows came
    from.
    """

    mode: str
    frame: gpd.GeoDataFrame
    rows: tuple[int, ...]
    changes: tuple[Change, ...]
    accounts: Accounts
    before: CheckReport
    after: CheckReport

    def require_storable(self, what: str = "the network") -> None:
        """Raise Refused, listing the rows, when errors are left after the repair."""
        if self.after.errors:
            count = len({problem.row for problem in self.after.errors})
            raise Refused(
                f"{what} cannot be stored: {count} features have errors after repair '{self.mode}'",
                blocking(self.after),
            )

    def summary(self) -> list[dict[str, Any]]:
        """One row per action: how many changes and how much ground."""
        rows = []
        for action in Action:
            found = [one for one in self.changes if one.action is action]
            if found:
                area = round(sum(one.area_m2 for one in found), 4)
                rows.append({"action": action.value, "count": len(found), "area_m2": area})
        return rows

    def to_dict(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "features": len(self.frame),
            "summary": self.summary(),
            "accounts": self.accounts.to_dict(),
            "changes": [one.to_dict() for one in self.changes],
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


def repair(
    frame: gpd.GeoDataFrame,
    mode: str,
    *,
    ground: Polygon | MultiPolygon | None = None,
    others: Mapping[str, gpd.GeoDataFrame] | None = None,
    noticed: Sequence[Problem] = (),
    options: RepairOptions = RepairOptions(),
) -> Repaired:
    """Repair a network frame (EPSG:4326) and check it before and after; arguments as for `check_network`.

    none: nothing is changed. safe: rings closed, geometry made valid (polygon parts kept), Z and M dropped, corners
    snapped to the precision grid; each feature stays in its place. full: also features without ground left out,
    missing codes given a placeholder (`MISSING-<row>`), features with the same code merged, overlaps and gaps given
    to the longest shared edge (see `arrangement.settle`), detached slivers given to their neighbour. A feature that
    safe cannot keep stays an error of `after`: `require_storable` refuses it. Nothing disappears without a change
    that says so.
    """
    if mode not in MODES:
        raise InputError(f"repair is one of {', '.join(MODES)}, not {mode!r}")
    checking = options.check if options.check.crs else replace(options.check, crs=frame_crs(frame))
    before = check_network(frame, ground=ground, others=others, noticed=noticed, options=checking)
    if mode == "none":
        accounts = Accounts(before_m2=before.area_m2, after_m2=before.area_m2)
        return Repaired(mode, frame.copy(), tuple(range(1, len(frame) + 1)), (), accounts, before, before)
    work = _safe(frame, before.crs, noticed, options)
    if mode == "full":
        work = repair_coverage(work, ground, checking, options.grid_size_m)
    made = _result(frame, work)
    unread = _unread(noticed) if mode == "safe" else []
    after = check_network(made, ground=ground, others=others, noticed=unread, options=checking)
    accounts = replace(work.accounts, after_m2=float(shapely.area(work.shapes).sum()))
    rows = tuple(int(row) + 1 for row in work.rows)
    return Repaired(mode, made, rows, in_degrees(work.changes, work.crs), accounts, before, after)


def _unread(noticed: Sequence[Problem]) -> list[Problem]:
    """What safe cannot mend of the things noticed while the file was read."""
    return [problem for problem in noticed if problem.kind is Kind.BROKEN_GEOMETRY]


def _safe(frame: gpd.GeoDataFrame, crs: str, noticed: Sequence[Problem], options: RepairOptions) -> Work:
    read, codes = geometries(frame), codes_of(frame)
    raw = to_metric(polygonal(read), crs)
    valid = valid_ground(raw)
    distinct = shapely.remove_repeated_points(valid, 0.0)
    snapped = _snap(distinct, crs, options.grid_size_m)
    work = Work(
        crs, snapped, np.arange(len(frame)), tuple(codes), (), Accounts(before_m2=float(np.nansum(shapely.area(valid))))
    )
    closed = [
        Change(Action.RING_CLOSED, problem.row or 0, problem.code, "ring closed with a straight line")
        for problem in noticed
        if problem.kind is Kind.UNCLOSED_RING
    ]
    changes = [
        *closed,
        *_validity_changes(work, read, raw, valid),
        *_corner_changes(work, raw, valid, distinct, snapped, options.grid_size_m),
    ]
    moved = float(np.nansum(shapely.area(snapped)) - np.nansum(shapely.area(valid)))
    return work.then(changes, accounts=replace(work.accounts, snapped_m2=moved))


def _snap(shapes: Shapes, crs: str, grid_size_m: float) -> Shapes:
    """Corner by corner, so that corners shared by neighbours stay shared; what becomes invalid is noded on the grid."""
    made = on_grid(shapes, grid_size_m)
    broken = ~(shapely.is_missing(made) | shapely.is_valid(made))
    made[broken] = _node(made[broken], grid_size_m)
    # only now: of a ring that fell together on one place GEOS cannot drop the repeated corners
    made = shapely.remove_repeated_points(made, 0.0)
    # a corner that lies on another strand of the border without a corner there may cross it once in degrees
    crossed = ~(shapely.is_missing(made) | shapely.is_valid(_degrees(made, crs)))
    made[crossed] = _node(made[crossed], grid_size_m)
    made[shapely.is_empty(made)] = None
    return as_array(made)


def _node(shapes: Shapes, grid_size_m: float) -> Shapes:
    """Noded on the precision grid: where a ring touches itself, both strands get a corner."""
    # set_precision gives the shapes a precision model, which must not be carried on: in degrees it would be disastrous
    noded = shapely.set_precision(shapely.set_precision(valid_ground(shapes), grid_size_m), 0.0)
    return valid_ground(on_grid(polygonal(noded), grid_size_m))


def _degrees(shapes: Shapes, crs: str) -> Shapes:
    def move(points: Floats) -> Floats:
        degrees: Floats = np.column_stack(points_to_wgs84(points[:, 0], points[:, 1], crs))
        return np.round(degrees, DEGREE_DIGITS)

    return as_array(shapely.transform(shapes, move))


def _validity_changes(work: Work, read: Shapes, raw: Shapes, valid: Shapes) -> list[Change]:
    changes = []
    there = ~shapely.is_missing(valid)
    mixed = there & (shapely.get_type_id(read) == 7)
    for at in np.flatnonzero(there & (~shapely.is_valid(raw) | mixed)).tolist():
        gain = float(shapely.area(valid[at]) - shapely.area(raw[at]))
        what = "polygon parts of a collection kept" if mixed[at] else "made valid"
        words = f"{what}; {gain:+.2f} m² against the rings as drawn"
        changes.append(change(work, Action.MADE_VALID, at, words, abs(gain), inner_point(valid[at])))
    for at in np.flatnonzero(there & (shapely.has_z(read) | shapely.has_m(read))).tolist():
        changes.append(change(work, Action.HEIGHT_DROPPED, at, "Z and M dropped", 0.0, inner_point(valid[at])))
    return changes


def _corner_changes(
    work: Work, raw: Shapes, valid: Shapes, distinct: Shapes, snapped: Shapes, grid_size_m: float
) -> list[Change]:
    changes = []
    dropped = shapely.get_num_coordinates(valid) - shapely.get_num_coordinates(distinct)
    for at in np.flatnonzero((dropped > 0) & shapely.is_valid(raw)).tolist():
        words = f"{dropped[at]} repeated corners dropped"
        changes.append(change(work, Action.CORNERS_DROPPED, at, words, 0.0, inner_point(valid[at])))
    points, owner = shapely.get_coordinates(distinct, return_index=True)
    shift = np.abs(points - shapely.get_coordinates(on_grid(distinct, grid_size_m))).max(axis=1)
    furthest = np.zeros(len(distinct))
    np.maximum.at(furthest, owner, shift)
    gone = ~shapely.is_missing(distinct) & shapely.is_missing(snapped)
    for at in np.flatnonzero((furthest > MOVED_M) | gone).tolist():
        after = 0.0 if gone[at] else float(shapely.area(snapped[at]))
        area = abs(after - float(shapely.area(distinct[at])))
        words = f"corners moved by up to {furthest[at] * 1000:.1f} mm onto the grid of {grid_size_m:g} m"
        if gone[at]:
            words = f"nothing of it is left on the grid of {grid_size_m:g} m: safe leaves it as it is"
        changes.append(change(work, Action.SNAPPED, at, words, area, inner_point(distinct[at])))
    return changes


def _result(frame: gpd.GeoDataFrame, work: Work) -> gpd.GeoDataFrame:
    """The frame with the new geometry and codes; features that could not be kept (safe) keep what they had."""
    made = frame.iloc[work.rows].reset_index(drop=True)
    shapes = _degrees(work.shapes, work.crs)
    lost = shapely.is_missing(shapes)
    shapes[lost] = geometries(made)[lost]
    made["code"] = list(work.codes)
    return made.set_geometry(gpd.GeoSeries(shapes, index=made.index, crs=frame.crs))
