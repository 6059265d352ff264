"""Many points in one JSON document."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from app.errors import TooLarge
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route import Router, make_router
from app.services.lookup.route_files import RouteOptions, RouteReport
from app.services.lookup.route_places import RowPoints
from app.services.lookup.row_fields import RowFields

MAX_POINTS = 1_000_000


def route_points(lookup: Lookup, points: list[Any], options: RouteOptions) -> dict[str, Any]:
    """`points` are [lon, lat] pairs; the answer has one object for each, in their order. A pair that is not two
    numbers, or no place, gets `error` instead of grids. TooLarge over MAX_POINTS."""
    if len(points) > MAX_POINTS:
        raise TooLarge(f"{len(points):,} points; {MAX_POINTS:,} are the most in one JSON body", limit=MAX_POINTS)
    router = make_router(
        lookup,
        crs=options.crs or "wgs84",
        at=options.at,
        as_known_at=options.as_known_at,
        networks=options.networks,
        zone=options.zone,
        shows_people=options.shows_people,
    )
    pairs = _pairs(points)
    routed = router.route(RowPoints(pairs[:, 0].copy(), pairs[:, 1].copy()))
    return {
        "at": router.rules.at.astimezone(ZoneInfo(options.zone)).isoformat(),
        **_summary(router),
        "points": routed.to_pylist(),
    }


def _pairs(points: list[Any]) -> npt.NDArray[np.float64]:
    """n × 2; NaN for what is not two numbers. A third number (height) is left out."""
    made = np.full((len(points), 2), np.nan)
    for row, point in enumerate(points):
        if isinstance(point, list) and len(point) in (2, 3) and all(_is_number(value) for value in point[:2]):
            made[row] = point[:2]
    return made


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _summary(router: Router) -> dict[str, Any]:
    report = RouteReport(router, RowFields(), {}, 0.0).to_dict()
    return {key: report[key] for key in ("crs", "rows", "errors", "first_errors", "outside", "networks", "warnings")}
