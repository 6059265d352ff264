"""Owners of many points: the same answer as the look-up of one, for a table of any size, a chunk at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.rules.time.timeline import NONE, Spans, Timeline, stamps
from app.services.lookup.lookup_index import UNIFIED, Lookup
from app.services.lookup.route_duties import DutyRules, RowPlace, teller_of
from app.services.staff.staff_index import View
from app.spatial.coordinates import point_checks
from app.spatial.coordinates.crs import Crs, parse_crs, points_to_wgs84, uncertainty_m

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Stamps = npt.NDArray[np.int64]

NO_MOMENT = "the moment of this row cannot be read"
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

    @property
    def system(self) -> Crs:
        return parse_crs(self.crs)

    @property
    def is_uncertain(self) -> bool:
        """Whether the coordinate system itself makes points near a border ambiguous."""
        return uncertainty_m(self.system) > 0


@dataclass(frozen=True)
class RowPoints:
    """Coordinates in the rows' own system, NaN where there is no number; `at` per row with `at_wrong`, or None;
    `matter`: the code of each row's matter, where the table says what its rows are about."""

    x: Floats
    y: Floats
    at: Stamps | None = None
    at_wrong: Flags | None = None
    matter: npt.NDArray[np.object_] | None = None


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


@dataclass(frozen=True)
class _Owners:
    """For each row of one network: the grid's code, kind and area, None where there is none."""

    grid: npt.NDArray[np.object_]
    kind: npt.NDArray[np.object_]
    on_boundary: Flags
    ambiguous: Flags
    owned: Flags
    area: npt.NDArray[np.object_]


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
        problems = self._problems(points)
        lon, lat = self._places(points, problems)
        at = np.full(len(lon), stamps([self.rules.at])[0]) if points.at is None else points.at
        owners = {code: self._owners(code, lon, lat, at) for code in self.rules.networks}
        self._look_beside(points, problems, lon, owners, at)
        errors = self._errors(points, problems)
        self._count(owners, errors)
        told = self._told(points.matter, owners, errors, at, (lon, lat))
        return self._table(owners, errors, told)

    def _problems(self, points: RowPoints) -> npt.NDArray[np.int8]:
        return point_checks.point_problems(points.x, points.y, self.rules.system)

    def _places(self, points: RowPoints, problems: npt.NDArray[np.int8]) -> tuple[Floats, Floats]:
        """WGS 84, NaN for rows with a problem; those without a place get theirs noted."""
        usable = problems == point_checks.FINE
        if points.at_wrong is not None:
            usable &= ~points.at_wrong
        lon, lat = np.full(len(usable), np.nan), np.full(len(usable), np.nan)
        if usable.any():
            lon[usable], lat[usable] = points_to_wgs84(points.x[usable], points.y[usable], self.rules.system)
        problems[usable & ~(np.isfinite(lon) & np.isfinite(lat))] = point_checks.NO_PLACE
        return lon, lat

    def _owners(self, network: str, lon: Floats, lat: Floats, at: Stamps) -> _Owners:
        n = len(lon)
        grid, kind, area = (np.full(n, None, dtype=object) for _ in range(3))
        on_boundary, ambiguous, owned = (np.zeros(n, dtype=bool) for _ in range(3))
        editions = self._spans[network].at(at)
        editions[~np.isfinite(lon)] = NONE
        for edition in np.unique(editions[editions != NONE]):
            held = self._lookup.edition(int(edition))
            self.tally.editions[network].add(int(edition))
            rows = np.flatnonzero(editions == edition)
            located = held.index.locate(lon[rows], lat[rows])
            inside = located.owner >= 0
            rows, owner = rows[inside], located.owner[inside]
            grid[rows], kind[rows], area[rows] = (
                held.rows.codes[owner],
                held.rows.kinds[owner],
                held.rows.areas[owner],
            )
            on_boundary[rows], owned[rows] = located.on_boundary[inside], True
            if self.rules.is_uncertain:
                near = held.index.border_within(lon[rows], lat[rows], owner, uncertainty_m(self.rules.system))
                ambiguous[rows] = on_boundary[rows] | near
        return _Owners(grid, kind, on_boundary, ambiguous, owned, area)

    def _look_beside(
        self,
        points: RowPoints,
        problems: npt.NDArray[np.int8],
        lon: Floats,
        owners: dict[str, _Owners],
        at: Stamps,
    ) -> None:
        """Rows outside every grid: do they lie inside with the axes swapped, or in another Chinese system?"""
        outside = np.isfinite(lon)
        for owner in owners.values():
            outside &= ~owner.owned
        rows = np.flatnonzero(outside)
        if len(rows) == 0:
            return
        x, y = points.x[rows], points.y[rows]
        turned = self._is_inside(*point_checks.swapped(x, y, self.rules.system), at[rows])
        problems[rows[turned]] = point_checks.SWAPPED_ONTO_GROUND
        self.tally.outside += int((~turned).sum())
        for name, (other_lon, other_lat) in point_checks.other_readings(x, y, self.rules.system).items():
            self.tally.offset[name] += int((self._is_inside(other_lon, other_lat, at[rows]) & ~turned).sum())

    def _is_inside(self, lon: Floats, lat: Floats, at: Stamps) -> Flags:
        inside = np.zeros(len(lon), dtype=bool)
        for network in self.rules.networks:
            editions = self._spans[network].at(at)
            for edition in np.unique(editions[editions != NONE]):
                chosen = editions == edition
                index = self._lookup.edition(int(edition)).index
                inside[chosen] |= index.locate(lon[chosen], lat[chosen]).owner >= 0
        return inside

    def _errors(self, points: RowPoints, problems: npt.NDArray[np.int8]) -> npt.NDArray[np.object_]:
        errors = np.full(len(problems), None, dtype=object)
        if points.at_wrong is not None:
            errors[points.at_wrong] = NO_MOMENT
        for problem, words in point_checks.WORDS.items():
            errors[problems == problem] = words
        return errors

    def _count(self, owners: dict[str, _Owners], errors: npt.NDArray[np.object_]) -> None:
        wrong = np.flatnonzero(errors != None)  # noqa: E711  element by element
        for row in wrong[: FIRST_ERRORS - len(self.tally.first_errors)]:
            self.tally.first_errors.append({"row": self.tally.rows + int(row) + 1, "error": errors[row]})
        self.tally.errors.update(errors[wrong].tolist())
        for code, owner in owners.items():
            self.tally.owned[code] += int(owner.owned.sum())
            self.tally.on_boundary[code] += int(owner.on_boundary.sum())
        self.tally.rows += len(errors)

    def _table(self, owners: dict[str, _Owners], errors: npt.NDArray[np.object_], told: list[pa.Array]) -> pa.Table:
        wrong = errors != None  # noqa: E711  element by element
        arrays: list[pa.Array] = []
        for owner in owners.values():
            arrays += [pa.array(owner.grid, pa.string()), pa.array(owner.on_boundary, pa.bool_(), mask=wrong)]
            if self.rules.is_uncertain:
                arrays.append(pa.array(owner.ambiguous, pa.bool_(), mask=wrong))
        if UNIFIED in owners:
            unified = owners[UNIFIED]
            arrays += [pa.array(unified.grid, pa.string()), pa.array(unified.kind, pa.string())]
            arrays += told
        return pa.table([*arrays, pa.array(errors, pa.string())], schema=self.columns)

    def _told(
        self, matter: npt.NDArray[np.object_] | None, owners: dict[str, _Owners], errors: npt.NDArray[np.object_],
        at: Stamps, places: tuple[Floats, Floats],
    ) -> list[pa.Array]:  # fmt: skip
        """Lead, person and deadline of each row: by its matter, else by the grid alone."""
        if UNIFIED not in owners:
            return []
        if matter is None:
            return [*self._leads(owners[UNIFIED], at), pa.nulls(len(at), pa.string())]
        unified, rules = owners[UNIFIED], self.rules
        told: npt.NDArray[np.object_] = np.full((3, len(at)), None, dtype=object)
        asked = DutyRules(rules.as_known_at, rules.zone, rules.shows_people)
        with teller_of(self._lookup, asked) as teller:
            for row in np.flatnonzero(errors == None):  # noqa: E711  element by element
                grids = {code: owner.grid[row] for code, owner in owners.items() if owner.owned[row]}
                kind, area = unified.kind[row] or "", unified.area[row] or ""
                point = float(places[0][row]), float(places[1][row])
                made = teller.tell(RowPlace(matter[row], *point, int(at[row]), grids, kind, area))
                told[:, row] = made.lead, made.person, made.due_at
        return [pa.array(column, pa.string()) for column in told]

    def _leads(self, owners: _Owners, at: Stamps) -> list[pa.Array]:
        """Department and name of the chief of each row's grid, or of who stands in; asked once a grid and minute."""
        rules = self.rules
        led: npt.NDArray[np.object_] = np.full((2, len(at)), None, dtype=object)
        known: dict[tuple[str, int], tuple[str | None, str | None]] = {}
        for row in np.flatnonzero(owners.owned) if self._staff.held else ():
            place = (owners.grid[row], int(at[row]) // MINUTE)
            if place not in known:
                moment = EPOCH + timedelta(microseconds=int(at[row]))
                view = View(moment, rules.zone, rules.as_known_at, rules.shows_people)
                known[place] = self._staff.lead(UNIFIED, place[0], view)
            led[:, row] = known[place]
        return [pa.array(column, pa.string()) for column in led]


def make_router(
    lookup: Lookup,
    *,
    crs: str = "wgs84",
    at: datetime | None = None,
    as_known_at: datetime | None = None,
    networks: Sequence[str] = (),
    zone: str = "Asia/Shanghai",
    shows_people: bool = False,
) -> Router:
    """A router for the networks named (all without a name), at a moment (now without one)."""
    parse_crs(crs)
    asked = lookup.asked(networks)
    return Router(lookup, RouteRules(crs, at or lookup.clock(), as_known_at, asked, zone, shows_people))
