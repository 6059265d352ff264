"""What a repair did to a network: the changes one by one, where the ground went, and the network under repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from app.spatial.coordinates.crs import points_to_wgs84
from app.spatial.quality.surfaces import Bools, Ints, Shapes


class Action(StrEnum):
    """What a repair did; safe does the first five, full all of them."""

    RING_CLOSED = "ring_closed"
    MADE_VALID = "made_valid"
    HEIGHT_DROPPED = "height_dropped"
    CORNERS_DROPPED = "corners_dropped"
    SNAPPED = "snapped"
    LEFT_OUT = "left_out"
    CODE_GIVEN = "code_given"
    MERGED = "merged"
    OVERLAP_GIVEN = "overlap_given"
    GAP_GIVEN = "gap_given"
    PART_GIVEN = "part_given"
    BORDER_MATCHED = "border_matched"


@dataclass(frozen=True)
class Change:
    """One change. `row`, `code`: the grid that changed (for ground that moved: the one that lost it, or for a gap
    gained it); `other_row`, `other_code`: the grid that gained. `area_m2` is the ground moved, `lon`, `lat`
    (EPSG:4326) where."""

    action: Action
    row: int
    code: str
    message: str
    area_m2: float = 0.0
    other_row: int | None = None
    other_code: str = ""
    lon: float | None = None
    lat: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "action": self.action.value,
            "row": self.row,
            "code": self.code,
            "other_row": self.other_row,
            "other_code": self.other_code,
            "area_m2": round(self.area_m2, 4),
            "lon": None if self.lon is None else round(self.lon, 8),
            "lat": None if self.lat is None else round(self.lat, 8),
            "message": self.message,
        }


@dataclass(frozen=True)
class Accounts:
    """Where the square metres went: after = before + snapped + filled − overlaps, up to `residual_m2`.

    `before_m2` is the valid ground of each feature summed, `snapped_m2` what snapping and cutting on the precision
    grid added (signed), `filled_m2` the gaps, `overlaps_m2` ground that was counted more than once, `after_m2` the
    result measured.
    """

    before_m2: float = 0.0
    snapped_m2: float = 0.0
    filled_m2: float = 0.0
    overlaps_m2: float = 0.0
    after_m2: float = 0.0

    @property
    def residual_m2(self) -> float:
        return self.after_m2 - (self.before_m2 + self.snapped_m2 + self.filled_m2 - self.overlaps_m2)

    def to_dict(self) -> dict[str, float]:
        names = ("before_m2", "snapped_m2", "filled_m2", "overlaps_m2", "after_m2", "residual_m2")
        return {name: round(float(getattr(self, name)), 4) for name in names}


@dataclass(frozen=True)
class Work:
    """A network under repair in the metric `crs`; `rows` are 0-based positions in the input frame, changes in metric
    places.
    """

    crs: str
    shapes: Shapes
    rows: Ints
    codes: tuple[str, ...]
    changes: tuple[Change, ...]
    accounts: Accounts

    def then(self, changes: Sequence[Change], **fields: Any) -> Work:
        return replace(self, changes=(*self.changes, *changes), **fields)

    def keep(self, keep: Bools) -> Work:
        codes = tuple(code for code, kept in zip(self.codes, keep, strict=True) if kept)
        return replace(self, shapes=self.shapes[keep], rows=self.rows[keep], codes=codes)

    def name(self, at: int) -> str:
        return self.codes[at] or f"feature {self.rows[at] + 1}"


def change(
    work: Work,
    action: Action,
    at: int,
    message: str,
    area_m2: float,
    place: tuple[float, float] | None,
    *,
    to: int | None = None,
) -> Change:
    """A change to the feature at position `at` of `work`, by which ground went to the feature at position `to`."""
    x, y = place if place is not None else (None, None)
    row, code = int(work.rows[at]) + 1, work.codes[at]
    if to is None:
        return Change(action, row, code, message, area_m2, lon=x, lat=y)
    return Change(action, row, code, message, area_m2, int(work.rows[to]) + 1, work.codes[to], x, y)


def in_degrees(changes: Sequence[Change], crs: str) -> tuple[Change, ...]:
    """The changes with their places moved from the metric `crs` to EPSG:4326."""
    x = np.array([np.nan if one.lon is None else one.lon for one in changes])
    y = np.array([np.nan if one.lat is None else one.lat for one in changes])
    moved = zip(*points_to_wgs84(x, y, crs), strict=True)
    return tuple(
        replace(one, lon=float(lon), lat=float(lat)) if one.lon is not None else one
        for one, (lon, lat) in zip(changes, moved, strict=True)
    )
