"""Owners of events in a draft and before it.

Owners are found by the very code that answers look-ups and routes tables (`Router`), in which the draft stands as one
more network that holds at all times: the tie rule and the flags of points on a border are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from app.rules.time.timeline import NONE, Holding, stamps
from app.services.lookup.lookup_index import EditionIndex, Lookup, Snapshot, utc_now
from app.services.lookup.route import Router, RouteRules
from app.services.lookup.route_places import RowPoints
from app.services.plans.plan_judgement import Ground
from app.spatial.coordinates.crs import points_to_wgs84
from app.spatial.judging.matching import common_ground, main_origin, match
from app.spatial.judging.replay import Batch
from app.spatial.location.locate import GridIndex
from app.store.lookup.lookup import EditionRows

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

DRAFT = " draft"  # no network can have this code
DRAFT_EDITION = -2
OWN = "plan"


class DraftLookup(Lookup):
    """The editions of one network (or of none), and a draft that holds at all times."""

    def __init__(self, session: Session, network: str | None, grids: gpd.GeoDataFrame) -> None:
        super().__init__(lambda: nullcontext(session), {network} if network else (), utc_now)
        self._draft = _index(grids)
        self.refresh()

    @property
    def snapshot(self) -> Snapshot:
        held = super().snapshot
        draft = Holding(DRAFT, DRAFT_EDITION, None, None, None, None)
        timeline = replace(
            held.timeline, holdings=(*held.timeline.holdings, draft), networks=(*held.timeline.networks, DRAFT)
        )
        return replace(held, timeline=timeline)

    def edition(self, edition: int) -> EditionIndex:
        return self._draft if edition == DRAFT_EDITION else super().edition(edition)


class Owners:
    """Finds, for batches of events, their grid in a draft and in the old network, and whether one stands for the other.

    `network` is None, and so is `old_codes` (codes of all its grids of all editions, in order), when no network was
    named or it never had an edition.
    """

    def __init__(
        self, session: Session, ground: Ground, grids: gpd.GeoDataFrame, network: str | None, crs: str
    ) -> None:
        self._ground = ground
        self._lookup = DraftLookup(session, network, grids)
        self.codes: list[str] = grids["code"].tolist()
        self.kinds: list[str] = grids["kind"].tolist()
        spans = self._lookup.snapshot.timeline.spans(network) if network else None
        editions = sorted({int(e) for e in spans.editions if e != NONE}) if spans is not None else []
        self.network = network if editions else None
        self._spans = spans
        self.editions = editions
        found = {edition: self._standing(edition) for edition in editions}
        codes = {code for edition in editions for code in self._lookup.edition(edition).rows.codes}
        self.old_codes = sorted(codes) if editions else None
        self._heirs = {
            edition: (_lookup_of({old: new for new, old in matched.items()}, self.old_codes or [], self.codes),
                      _lookup_of(origin, self.codes, self.old_codes or []))
            for edition, (matched, origin) in found.items()
        }  # fmt: skip
        self._crs = crs

    def router(self, at: datetime | None) -> Router:
        networks = (self.network, DRAFT) if self.network else (DRAFT,)
        return Router(self._lookup, RouteRules(self._crs, at or self._lookup.clock(), None, networks))

    def columns(self, router: Router) -> pa.Schema:
        """What is added to each event."""
        fields = [pa.field(f"{OWN}_grid", pa.string()), pa.field(f"{OWN}_kind", pa.string())]
        fields += [pa.field(f"{OWN}_{flag}", pa.bool_()) for flag in self._flags(router)]
        if self.network:
            fields.append(pa.field(f"{self.network}_grid", pa.string()))
            fields += [pa.field(f"{self.network}_{flag}", pa.bool_()) for flag in self._flags(router)]
            fields.append(pa.field("changed", pa.bool_()))
        return pa.schema([*fields, pa.field("error", pa.string())])

    def find(self, router: Router, points: RowPoints) -> tuple[Batch, pa.Table]:
        """The events as they are counted, and their columns. `changed` is null unless both have a grid."""
        routed = router.route(points)
        wrong = ~np.asarray(routed["error"].is_null().to_numpy(), dtype=bool)
        grid = _positions(routed[f"{DRAFT}_grid"], self.codes)
        lon, lat = np.full(len(grid), np.nan), np.full(len(grid), np.nan)
        lon[~wrong], lat[~wrong] = points_to_wgs84(points.x[~wrong], points.y[~wrong], router.rules.system)
        before, changed, moved_on = self._before(router, points, routed, grid)
        batch = Batch(
            grid=grid,
            on_boundary=_flag(routed[f"{DRAFT}_boundary"]),
            wrong=wrong,
            lon=lon,
            lat=lat,
            before=before,
            changed=changed,
            moved_on=moved_on,
        )
        return batch, self._table(router, routed, batch)

    def _flags(self, router: Router) -> Sequence[str]:
        return ("boundary", "ambiguous") if router.rules.is_uncertain else ("boundary",)

    def _before(
        self, router: Router, points: RowPoints, routed: pa.Table, grid: Ints
    ) -> tuple[Ints | None, Flags | None, Flags | None]:
        """Position of the old grid; whether another grid than its heir has the event; whether one of other origin."""
        if self.network is None or self.old_codes is None or self._spans is None:
            return None, None, None
        before = _positions(routed[f"{self.network}_grid"], self.old_codes)
        at = np.full(len(grid), stamps([router.rules.at])[0]) if points.at is None else points.at
        editions = self._spans.at(at)
        changed, moved_on = np.zeros(len(grid), dtype=bool), np.zeros(len(grid), dtype=bool)
        for edition in np.unique(editions[editions != NONE]):
            rows = np.flatnonzero((editions == edition) & (before >= 0) & (grid >= 0))
            heir, origin = self._heirs[int(edition)]
            changed[rows] = heir[before[rows]] != grid[rows]
            moved_on[rows] = origin[grid[rows]] != before[rows]
        return before, changed, moved_on

    def _standing(self, edition: int) -> tuple[dict[str, str], dict[str, str]]:
        """Draft's grid → the old grid that it stands for, and → the one that most of it comes from."""
        rows, ground = self._lookup.edition(edition).rows, self._ground
        old = gpd.GeoDataFrame({"code": rows.codes}, geometry=list(rows.polygons), crs=4326).to_crs(ground.grids.crs)
        common = common_ground(ground.pieces, "grid", old, ground.quantities)
        return match(common, ground.weight), main_origin(common, ground.weight)

    def _table(self, router: Router, routed: pa.Table, batch: Batch) -> pa.Table:
        kinds = np.array([*self.kinds, None], dtype=object)  # position -1, no grid, is the last
        columns = [routed[f"{DRAFT}_grid"], pa.array(kinds[batch.grid], pa.string())]
        columns += [routed[f"{DRAFT}_{flag}"] for flag in self._flags(router)]
        if self.network and batch.before is not None:
            columns.append(routed[f"{self.network}_grid"])
            columns += [routed[f"{self.network}_{flag}"] for flag in self._flags(router)]
            unknown = (batch.grid < 0) | (batch.before < 0)
            columns.append(pa.array(batch.changed, pa.bool_(), mask=unknown))
        return pa.table([*columns, routed["error"]], schema=self.columns(router))


def _index(grids: gpd.GeoDataFrame) -> EditionIndex:
    """The draft's grids (EPSG:4326) as the look-up would hold them once they are published."""
    codes, names, kinds, areas = (grids[name].to_numpy(dtype=object) for name in ("code", "name", "kind", "area"))
    polygons = np.asarray(grids.geometry.to_numpy(), dtype=object)
    rows = EditionRows(codes, names, kinds, areas, polygons)
    return EditionIndex(DRAFT_EDITION, rows, GridIndex(codes.tolist(), polygons))


def _lookup_of(names: dict[str, str], keys: Sequence[str], values: Sequence[str]) -> Ints:
    """For each key the position of its value, -1 where it has none."""
    place = {value: at for at, value in enumerate(values)}
    return np.array([place.get(names.get(key, ""), -1) for key in keys], dtype=np.int64)


def _positions(column: pa.ChunkedArray, codes: Sequence[str]) -> Ints:
    """Position of each code, -1 for null."""
    coded = column.combine_chunks().dictionary_encode()
    place = {code: at for at, code in enumerate(codes)}
    known = np.array([*(place[code] for code in coded.dictionary.to_pylist()), -1], dtype=np.int64)
    return known[coded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)]


def _flag(column: pa.ChunkedArray) -> Flags:
    return np.asarray(pc.fill_null(column, False).to_numpy(), dtype=bool)
