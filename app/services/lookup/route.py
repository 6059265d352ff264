"""Owners of many points: the same answer as the look-up of one, for a table of any size, a chunk at a time."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.rules.time.timeline import NONE, Spans, Timeline, stamps
from app.services.lookup.lookup_index import UNIFIED, EditionIndex, Lookup
from app.services.lookup.route_duties import DutyRules, RowPlace, teller_of
from app.services.lookup.route_owners import Owners, find_owners
from app.services.lookup.route_places import WORDS, Codes, Flags, Floats, Places, RowPoints, Stamps, place_rows
from app.services.staff.staff_index import View
from app.spatial.coordinates import point_checks
from app.spatial.coordinates.crs import Crs, parse_crs, uncertainty_m

Rows = npt.NDArray[np.intp]

THREADS = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
UNIFIED_COLUMNS = ("grid", "kind", "lead", "person", "deadline")
FIRST_ERRORS = 10
MINUTE = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RouteRules:
    """How rows are routed: the system of their coordinates, the moment of rows without one of their own, networks in
    the order of columns; the zone of shifts, and whether names of staff are shown as they are."""

    crs: str
    at: datetime
    as_known_at: datetime | None
    networks: tuple[str, ...]
    zone: str = "Asia/Shanghai"
    shows_people: bool = False
    own_systems: bool = False
    """Whether rows name systems of their own."""

    @property
    def system(self) -> Crs:
        return parse_crs(self.crs)

    @property
    def is_uncertain(self) -> bool:
        """Whether the coordinate system itself may make points near a border ambiguous."""
        return self.own_systems or uncertainty_m(self.system) > 0


@dataclass
class Tally:
    """What happened to the rows so far."""

    rows: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    first_errors: list[dict[str, Any]] = field(default_factory=list)
    owned: Counter[str] = field(default_factory=Counter)
    on_boundary: Counter[str] = field(default_factory=Counter)
    editions: dict[str, set[int]] = field(default_factory=dict)
    outside: int = 0
    offset: Counter[str] = field(default_factory=Counter)

    def add(self, later: Tally) -> None:
        """What happened to the rows after these, told by a tally that began at their number."""
        self.rows = later.rows
        self.errors.update(later.errors)
        self.first_errors += later.first_errors[: FIRST_ERRORS - len(self.first_errors)]
        self.owned.update(later.owned)
        self.on_boundary.update(later.on_boundary)
        for code, editions in later.editions.items():
            self.editions[code] |= editions
        self.outside += later.outside
        self.offset.update(later.offset)


class Router:
    """Routes chunks of points with one state of the networks: a publish in between changes no row of a table."""

    def __init__(self, lookup: Lookup, rules: RouteRules) -> None:
        self.rules = rules
        self.tally = Tally(editions={code: set() for code in rules.networks})
        self._lookup = lookup
        snapshot = lookup.snapshot
        self._staff = snapshot.staff
        timeline: Timeline = snapshot.timeline
        self._spans: dict[str, Spans] = {code: timeline.spans(code, rules.as_known_at) for code in rules.networks}

    @property
    def columns(self) -> pa.Schema:
        """The columns that are added, by name and type."""
        names: dict[str, pa.DataType] = {}
        for code in self.rules.networks:
            names |= {f"{code}_grid": pa.string(), f"{code}_boundary": pa.bool_()}
            if self.rules.is_uncertain:
                names[f"{code}_ambiguous"] = pa.bool_()
        if UNIFIED in self.rules.networks:
            names |= dict.fromkeys(UNIFIED_COLUMNS, pa.string())
        return pa.schema(list((names | {"error": pa.string()}).items()))

    def route(self, points: RowPoints) -> pa.Table:
        """The added columns for some rows, in their order; a row that cannot be routed has `error` and nothing else."""
        return self.route_coded(points).cast(self.columns)

    def route_coded(self, points: RowPoints) -> pa.Table:
        """As `route`, with texts of grids as dictionaries: what is written as such need not be spelt out before."""
        places = place_rows(points, self.rules.crs)
        at = points.at
        owners = {code: self._owners(code, places, at) for code in self.rules.networks}
        self._look_beside(points, places, owners)
        self._count(owners, places.problems)
        moments = np.full(len(places.lon), stamps([self.rules.at])[0]) if at is None else at
        told = self._told(points.matter, owners, places, moments)
        return self._table(owners, places.problems, told)

    def editions(self, at: Stamps | None) -> list[EditionIndex]:
        """What rows of these moments are answered from; None is the moment of the table."""
        return [held for code in self.rules.networks for held, _ in self._editions(code, at)]

    def _editions(self, network: str, at: Stamps | None) -> list[tuple[EditionIndex, Rows | None]]:
        """Editions with the rows whose moments they hold at, None for all rows."""
        spans = self._spans[network]
        if at is None:
            edition = int(spans.at(stamps([self.rules.at]))[0])
            return [] if edition == NONE else [(self._lookup.edition(edition), None)]
        editions = spans.at(at)
        found = [int(edition) for edition in np.unique(editions) if edition != NONE]
        if len(found) == 1 and (editions == found[0]).all():
            return [(self._lookup.edition(found[0]), None)]
        return [(self._lookup.edition(edition), np.flatnonzero(editions == edition)) for edition in found]

    def _owners(self, network: str, places: Places, at: Stamps | None) -> Owners:
        editions = self._editions(network, at)
        self.tally.editions[network].update(held.edition for held, _ in editions)
        return find_owners(places, editions, THREADS, self.rules.is_uncertain)

    def _look_beside(self, points: RowPoints, places: Places, owners: dict[str, Owners]) -> None:
        """Rows outside every grid: do they lie inside with the axes swapped, or in another Chinese system?"""
        outside = np.isfinite(places.lon)
        for owner in owners.values():
            outside &= ~owner.owned
        if not outside.any():
            return
        for system in places.systems:
            rows = np.arange(len(outside))[system.rows]
            rows = rows[outside[rows]]
            x, y, at = points.x[rows], points.y[rows], None if points.at is None else points.at[rows]
            turned = self._is_inside(*point_checks.swapped(x, y, system.crs), at)
            places.problems[rows[turned]] = point_checks.SWAPPED_ONTO_GROUND
            self.tally.outside += int((~turned).sum())
            for name, (lon, lat) in point_checks.other_readings(x, y, system.crs).items():
                self.tally.offset[name] += int((self._is_inside(lon, lat, at) & ~turned).sum())

    def _is_inside(self, lon: Floats, lat: Floats, at: Stamps | None) -> Flags:
        inside = np.zeros(len(lon), dtype=bool)
        for network in self.rules.networks:
            for held, rows in self._editions(network, at):
                some = slice(None) if rows is None else rows
                inside[some] |= held.index.locate(lon[some], lat[some], THREADS).owner >= 0
        return inside

    def _count(self, owners: dict[str, Owners], problems: Codes) -> None:
        wrong = np.flatnonzero(problems != point_checks.FINE)
        for row in wrong[: FIRST_ERRORS - len(self.tally.first_errors)]:
            named = {"row": self.tally.rows + int(row) + 1, "error": WORDS[int(problems[row])]}
            self.tally.first_errors.append(named)
        kinds, counts = np.unique(problems[wrong], return_counts=True)
        self.tally.errors.update({WORDS[kind]: n for kind, n in zip(kinds.tolist(), counts.tolist(), strict=True)})
        for code, owner in owners.items():
            self.tally.owned[code] += int(owner.owned.sum())
            self.tally.on_boundary[code] += int(owner.on_boundary.sum())
        self.tally.rows += len(problems)

    def _table(self, owners: dict[str, Owners], problems: Codes, told: list[pa.Array]) -> pa.Table:
        wrong = problems != point_checks.FINE
        mask = wrong if wrong.any() else None
        arrays: list[pa.Array] = []
        for owner in owners.values():
            arrays += [owner.code, pa.array(owner.on_boundary, pa.bool_(), mask=mask)]
            if owner.ambiguous is not None:
                arrays.append(pa.array(owner.ambiguous, pa.bool_(), mask=mask))
        if UNIFIED in owners:
            unified = owners[UNIFIED]
            arrays += [unified.code, unified.texts(unified.kinds), *told]
        return pa.table([*arrays, _errors(problems, wrong)], names=self.columns.names)

    def _told(
        self, matter: npt.NDArray[np.object_] | None, owners: dict[str, Owners], places: Places, at: Stamps
    ) -> list[pa.Array]:
        """Lead, person and deadline of each row: by its matter, else by the grid alone."""
        if UNIFIED not in owners:
            return []
        if matter is None:
            return [*self._leads(owners[UNIFIED], at), pa.nulls(len(at), pa.string())]
        unified, rules = owners[UNIFIED], self.rules
        kinds, areas = unified.texts(unified.kinds).to_pylist(), unified.texts(unified.areas).to_pylist()
        told: npt.NDArray[np.object_] = np.full((3, len(at)), None, dtype=object)
        asked = DutyRules(rules.as_known_at, rules.zone, rules.shows_people)
        with teller_of(self._lookup, asked) as teller:
            for row in np.flatnonzero(places.problems == point_checks.FINE):
                grids = {code: owner.grid[row] for code, owner in owners.items() if owner.owned[row]}
                point = float(places.lon[row]), float(places.lat[row])
                place = RowPlace(matter[row], *point, int(at[row]), grids, kinds[row] or "", areas[row] or "")
                made = teller.tell(place)
                told[:, row] = made.lead, made.person, made.due_at
        return [pa.array(column, pa.string()) for column in told]

    def _leads(self, owners: Owners, at: Stamps) -> list[pa.Array]:
        """Department and name of the chief of each row's grid, or of who stands in; asked once a grid and minute."""
        if not self._staff.held:
            return [pa.nulls(len(at), pa.string()), pa.nulls(len(at), pa.string())]
        rows = np.flatnonzero(owners.owned)
        pairs = np.column_stack([owners.position[rows], at[rows] // MINUTE])
        _, first, which = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
        rules, leads = self.rules, []
        for row in rows[first].tolist():
            moment = EPOCH + timedelta(microseconds=int(at[row]))
            view = View(moment, rules.zone, rules.as_known_at, rules.shows_people)
            leads.append(self._staff.lead(UNIFIED, owners.codes[int(owners.position[row])].as_py(), view))
        place = np.full(len(at), -1)
        place[rows] = which.ravel()
        taken = pa.array(place, pa.int64(), mask=place < 0)
        return [pa.array([lead[i] for lead in leads], pa.string()).take(taken) for i in range(2)]


def _errors(problems: Codes, wrong: Flags) -> pa.Array:
    """What is wrong with each row, null with those that are fine."""
    if not wrong.any():
        return pa.nulls(len(problems), pa.string())
    place = np.searchsorted(np.array(list(WORDS)), problems)
    return pa.array(list(WORDS.values()), pa.string()).take(pa.array(place, pa.int64(), mask=~wrong))


def make_router(
    lookup: Lookup,
    *,
    crs: str = "wgs84",
    at: datetime | None = None,
    as_known_at: datetime | None = None,
    networks: Sequence[str] = (),
    zone: str = "Asia/Shanghai",
    shows_people: bool = False,
    own_systems: bool = False,
) -> Router:
    """A router for the networks named (all without a name), at a moment (now without one)."""
    parse_crs(crs)
    asked = lookup.asked(networks)
    rules = RouteRules(crs, at or lookup.clock(), as_known_at, asked, zone, shows_people, own_systems)
    return Router(lookup, rules)
