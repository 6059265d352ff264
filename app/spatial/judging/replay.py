"""Events replayed through a draft, counted batch by batch in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.spatial.judging.loads import load_of, loads_by_kind

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CELL_M = 250.0
METRES_PER_DEGREE = 111_320.0
CELLS_MAX = 1_000_000
MATTERS_MAX = 5_000
OTHER_MATTERS = "…"
COUNTS = ("events", "owned", "changed")


@dataclass(frozen=True)
class Batch:
    """Some events. `grid`: position of the draft's grid, -1 for none; `before`: the same in the old network, None when
    there is nothing to compare with. `changed` (the draft's grid does not stand for the old owner) and `moved_on` (it
    did not come from the old owner for the most part) are False unless both own the event. `month`: months since year
    0, -1 for none. `lon`, `lat` are NaN for events in `wrong`, which count as events with an error and as nothing else.
    """

    grid: Ints
    on_boundary: Flags
    wrong: Flags
    lon: Floats
    lat: Floats
    before: Ints | None = None
    changed: Flags | None = None
    moved_on: Flags | None = None
    month: Ints | None = None
    matter: NDArray[np.object_] | None = None


class CellCounts:
    """Events per square cell of about `cell_m`, over the draft's bounding box (degrees: west, south, east, north).

    Where that makes more than CELLS_MAX cells, they are larger.
    """

    def __init__(self, bounds: Sequence[float], cell_m: float) -> None:
        west, south, east, north = (float(side) for side in bounds)
        self._corner = west, south
        lon_m = METRES_PER_DEGREE * float(np.cos(np.radians((south + north) / 2)))
        wide, high = (east - west) * lon_m, (north - south) * METRES_PER_DEGREE
        self.cell_m = max(cell_m, float(np.sqrt(wide * high / CELLS_MAX)))
        self._step = self.cell_m / lon_m, self.cell_m / METRES_PER_DEGREE
        self._shape = int(high // self.cell_m) + 1, int(wide // self.cell_m) + 1
        self._counts = {name: np.zeros(self._shape, dtype=np.int64) for name in COUNTS}

    def add(self, lon: Floats, lat: Floats, owned: Flags, changed: Flags) -> None:
        known = np.isfinite(lon) & np.isfinite(lat)
        column = np.floor((lon[known] - self._corner[0]) / self._step[0]).astype(np.int64)
        row = np.floor((lat[known] - self._corner[1]) / self._step[1]).astype(np.int64)
        inside = (row >= 0) & (row < self._shape[0]) & (column >= 0) & (column < self._shape[1])
        at = row[inside] * self._shape[1] + column[inside]
        for name, flags in (("events", None), ("owned", owned), ("changed", changed)):
            weights = None if flags is None else flags[known][inside]
            self._counts[name] += (
                np.bincount(at, weights, self._counts[name].size).astype(np.int64).reshape(self._shape)
            )

    def to_frame(self) -> pd.DataFrame:
        """Cells that have events, by row and column: `lon`, `lat` of the middle, `events`, `owned`, `changed`."""
        row, column = np.nonzero(self._counts["events"])
        made = {
            "lon": self._corner[0] + (column + 0.5) * self._step[0],
            "lat": self._corner[1] + (row + 0.5) * self._step[1],
        }
        return pd.DataFrame(made | {name: counts[row, column] for name, counts in self._counts.items()})


class Tally:
    """What became of the events so far. `kinds`: kind of each grid of the draft; `old_grids`: how many the old network
    has, None when there is nothing to compare with."""

    def __init__(self, kinds: Sequence[str], cells: CellCounts, old_grids: int | None) -> None:
        self.kinds = list(kinds)
        self.cells = cells
        self.compares = old_grids is not None
        self.events = self.errors = self.owned = self.on_boundary = 0
        self.both = self.changed = self.moved_on = self.gained = self.lost = 0
        self.per_grid = {name: np.zeros(len(self.kinds), dtype=np.int64) for name in ("events", "changed")}
        self.per_old = np.zeros(old_grids or 0, dtype=np.int64)
        self.months: dict[int, list[int]] = {}
        self.matters: dict[str, list[int]] = {}

    def add(self, batch: Batch) -> None:
        nothing = np.zeros(len(batch.grid), dtype=bool)
        owned = batch.grid >= 0
        changed = nothing if batch.changed is None else batch.changed
        self.events += len(batch.grid)
        self.errors += int(batch.wrong.sum())
        self.owned += int(owned.sum())
        self.on_boundary += int((batch.on_boundary & owned).sum())
        self.per_grid["events"] += np.bincount(batch.grid[owned], minlength=len(self.kinds))
        self.per_grid["changed"] += np.bincount(batch.grid[changed], minlength=len(self.kinds))
        if batch.before is not None:
            self._compare(batch, owned, changed)
        self.cells.add(batch.lon, batch.lat, owned, changed)
        if batch.month is not None:
            self._group(self.months, np.where(batch.month < 0, -1, batch.month), owned, changed)
        if batch.matter is not None:
            self._group(self.matters, self._known(batch.matter), owned, changed)

    def summary(self) -> dict[str, Any]:
        """Counts, loads, and events by month and matter. Shares are of the events that could be placed, those without
        a grid included; `before` is None when nothing was compared."""
        placed = self.events - self.errors
        loads = loads_by_kind(self.per_grid["events"].astype(np.float64), self.kinds)
        return {
            "events": self.events,
            "errors": self.errors,
            "owned": self.owned,
            "unowned": placed - self.owned,
            "share_unowned": (placed - self.owned) / placed if placed else 0.0,
            "on_boundary": self.on_boundary,
            "load": {kind: load.to_dict() for kind, load in loads.items()},
            "before": self._before() if self.compares else None,
            "by_month": [
                {"month": "" if month < 0 else f"{month // 12:04d}-{month % 12 + 1:02d}", **_named(counts)}
                for month, counts in sorted(self.months.items())
            ],
            "by_matter": [
                {"matter": matter, **_named(counts)}
                for matter, counts in sorted(self.matters.items(), key=lambda item: (-item[1][0], item[0]))
            ],
            "cell_m": self.cells.cell_m,
        }

    def _compare(self, batch: Batch, owned: Flags, changed: Flags) -> None:
        assert batch.before is not None
        had = batch.before >= 0
        self.both += int((owned & had).sum())
        self.changed += int(changed.sum())
        self.moved_on += 0 if batch.moved_on is None else int(batch.moved_on.sum())
        self.gained += int((owned & ~had & ~batch.wrong).sum())
        self.lost += int((~owned & had).sum())
        self.per_old += np.bincount(batch.before[had], minlength=len(self.per_old))

    def _before(self) -> dict[str, Any]:
        """`changed`: another grid than the one that stands for the old owner; `other_origin`: a grid most of which did
        not come from the old owner."""
        return {
            "both": self.both,
            "changed": self.changed,
            "share_changed": self.changed / self.both if self.both else 0.0,
            "other_origin": self.moved_on,
            "share_other_origin": self.moved_on / self.both if self.both else 0.0,
            "gained": self.gained,
            "lost": self.lost,
            "load": load_of(self.per_old.astype(np.float64)).to_dict(),
        }

    def _known(self, matters: NDArray[np.object_]) -> NDArray[np.object_]:
        """A field that is no matter at all (a number of its own for each event) must not fill the memory."""
        if len(self.matters) < MATTERS_MAX:
            return matters
        return np.array([name if name in self.matters else OTHER_MATTERS for name in matters], dtype=object)

    def _group(self, into: dict[Any, list[int]], keys: NDArray[Any], owned: Flags, changed: Flags) -> None:
        codes, names = pd.factorize(keys)
        size = len(names)
        counts = [np.bincount(codes, flags, size) for flags in (None, owned, changed)]
        for name, *found in zip(names.tolist(), *counts, strict=True):
            known = into.setdefault(name, [0, 0, 0])
            for place, count in enumerate(found):
                known[place] += int(count)


def _named(counts: Sequence[int]) -> dict[str, int]:
    return dict(zip(COUNTS, counts, strict=True))
