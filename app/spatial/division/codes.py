"""Grid codes: area code + letter of the kind + three-digit serial, given out in reading order, never twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from app.errors import Infeasible

LETTERS: Mapping[str, str] = {"resident": "J", "business": "S", "institution": "D"}  # 居民, 商务, 单位
LAST_SERIAL = 999


@dataclass(frozen=True)
class Codes:
    """`codes` in the order of the grids; `issued`: prefix → last serial, with what was given out now."""

    codes: list[str]
    issued: dict[str, int]


def assign_codes(grids: gpd.GeoDataFrame, issued: Mapping[str, int], taken: Collection[str] = ()) -> Codes:
    """New codes for all grids (columns `area`, `kind`, geometry in a metric CRS), from the serials not yet in `issued`.

    Serials of one prefix follow `reading_order`, and pass over the codes `taken` (of grids that keep theirs). Raises
    Infeasible when a prefix runs past 999, with what would do instead.
    """
    area = grids["area"].to_numpy(dtype=object)
    kind = grids["kind"].to_numpy(dtype=object)
    prefixes = np.array([f"{a}{LETTERS[k]}" for a, k in zip(area, kind, strict=True)], dtype=object)
    codes, pool = [""] * len(grids), dict(issued)
    short: list[str] = []
    for prefix in sorted(set(prefixes)):
        members = np.flatnonzero(prefixes == prefix)
        last = pool.get(prefix, 0)
        free = [at for at in range(last + 1, LAST_SERIAL + 1) if f"{prefix}{at:03d}" not in taken]
        if len(members) > len(free):
            short.append(_proposal(prefix, len(members), last))
            continue
        pool[prefix] = free[len(members) - 1]
        order = reading_order(grids.geometry.iloc[members])
        for serial, member in zip(free, members[order], strict=False):
            codes[member] = f"{prefix}{serial:03d}"
    if short:
        raise Infeasible("the three digits of a grid code do not reach", short)
    return Codes(codes, pool)


def _proposal(prefix: str, wanted: int, last: int) -> str:
    left = max(0, LAST_SERIAL - last)
    larger = f"raise the target {wanted / left:.2f}-fold or more, or " if left else ""
    return (
        f"{prefix}: {wanted} codes are wanted, {left} are left after {last:03d}; "
        f"{larger}divide the area among more administrative codes"
    )


def reading_order(shapes: gpd.GeoSeries) -> NDArray[np.int64]:
    """Positions from north to south in rows, in each row from west to east.

    By the representative point of each shape. The northernmost shape opens a row, and all that lie less than one row
    height south of it belong to it; the next one opens the next row. The row height is the median of √area, a typical
    side. Ties: the more northern first, then the earlier position.
    """
    points = shapes.representative_point()
    x, y = points.x.to_numpy(), points.y.to_numpy()
    height = float(np.median(np.sqrt(shapes.area.to_numpy())))
    down = np.lexsort((np.arange(len(y)), x, -y))
    row, top, rows = 0, np.inf, np.zeros(len(y), dtype=np.int64)
    for at in down:
        if top - y[at] >= height or top == np.inf:
            row, top = row + 1, y[at]
        rows[at] = row
    return np.lexsort((np.arange(len(y)), -y, x, rows)).astype(np.int64)
