"""Answers to plain questions as JSON: a WGS 84 point, now, and nothing else said.

The same answer as `lookup_point` (tests/api/test_api_quick_lookup.py holds them together), put together from pieces
that are made once for each grid. Whatever needs more than that is left to `lookup_point`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import orjson

from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import EditionIndex, Lookup, Snapshot
from app.services.staff.staff_index import Place, StaffIndex, View
from app.spatial.coordinates.point_checks import is_plain_place

REMEMBERED = 256
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NOBODY = b"[]"
HEAD = b'{"point":{"lon":%a,"lat":%a,"input_crs":"wgs84","uncertainty_m":0.0},"at":"%b","grids":['
ENTRY = b'%b%.3f%b%.3f},"staff":%b}'
ALONE = b'%b%.3f,"runner_up":null,"staff":%b}'
END = b'],"outside":false,"nearest":null,"warnings":[]}'


class _Grids:
    """Pieces of answers of one network by the ranks of its grids, each made when it is first asked for: what is said of
    a grid up to the distance of its border (inside it, on its border), and of a runner-up up to its distance."""

    def __init__(self, network: str, edition: EditionIndex) -> None:
        self.network = network
        self.edition = edition
        count = len(edition.index)
        self.probe = edition.index.probe_ranks
        self.inside = [b""] * count
        self.on_border = [b""] * count
        self.runners_up = [b""] * count
        self.staff: dict[int, tuple[StaffIndex, int, bytes]] = {}

    def write(self, rank: int) -> None:
        """The pieces of a grid."""
        rows, grid = self.edition.rows, int(self.edition.index.order[rank])
        facts = {
            "network": self.network,
            "edition": self.edition.edition,
            "code": rows.codes[grid],
            "name": rows.names[grid],
            "kind": rows.kinds[grid],
            "area": rows.areas[grid],
        }
        head = orjson.dumps(facts)[:-1]
        self.inside[rank] = head + b',"on_boundary":false,"ambiguous":false,"border_m":'
        self.on_border[rank] = head + b',"on_boundary":true,"ambiguous":false,"border_m":'
        self.runners_up[rank] = b',"runner_up":{"code":%b,"distance_m":' % orjson.dumps(rows.codes[grid])

    def place(self, rank: int) -> Place:
        return self.network, self.edition.rows.codes[int(self.edition.index.order[rank])]


class _Second:
    """A second of the clock as answers tell it."""

    def __init__(self, at: datetime, zone: str) -> None:
        local = at.astimezone(_zone(zone)).replace(microsecond=0)
        self.since = at.replace(microsecond=0)
        self.until = self.since + timedelta(seconds=1)
        self.minute = int(self.since.timestamp() // 60)
        self._whole = local.isoformat().encode()
        self._head, self._zone = self._whole[:19], self._whole[19:]

    def text(self, at: datetime) -> bytes:
        """A moment within it, as `isoformat` writes it."""
        micro = at.microsecond
        return b"%b.%06d%b" % (self._head, micro, self._zone) if micro else self._whole


@dataclass(frozen=True)
class _Desk:
    """What answers need, from one snapshot, while the same editions hold."""

    snapshot: Snapshot
    since: datetime
    until: datetime
    grids: tuple[_Grids, ...]


class PlainAnswers:
    """Answers from a look-up's memory. For one thread."""

    def __init__(self, rules: AnswerRules) -> None:
        self._rules = rules
        self._desks: dict[tuple[str, ...], _Desk] = {}
        self._second = _Second(LONG_AGO, rules.zone)

    def body(self, lookup: Lookup, lon: float, lat: float, networks: tuple[str, ...]) -> bytes | None:
        """The answer; None where it takes more: outside every grid, in overlapping ones, an edition not in memory."""
        if not is_plain_place(lon, lat):
            return None
        at, snapshot = lookup.clock(), lookup.snapshot
        desk = self._desks.get(networks)
        if desk is None or desk.snapshot is not snapshot or not desk.since <= at < desk.until:
            desk = self._desk(snapshot, networks, at)
        second = self._second
        if not second.since <= at < second.until:
            second = self._second = _Second(at, self._rules.zone)
        limit, staff, entries = self._rules.nearest_limit_m, snapshot.staff, []
        told = NOBODY
        for grids in desk.grids:
            rank, inside, border, runner, distance, more = grids.probe(lon, lat, limit)
            if more:
                return None
            if rank < 0:
                continue
            if staff.held:
                told = self._staff(staff, grids, rank, at)
            entries.append(_entry(grids, rank, inside, border, runner, distance, told))
        if not entries:
            return None
        return HEAD % (lon, lat, second.text(at)) + b",".join(entries) + END

    def _desk(self, snapshot: Snapshot, networks: tuple[str, ...], at: datetime) -> _Desk:
        """Editions in force are always in the snapshot; NotFound for a network that there is not."""
        since, until = snapshot.timeline.steady(at)
        held = snapshot.in_force(at, None, snapshot.asked(networks))
        old = {grids.edition.edition: grids for grids in self._desks[networks].grids} if networks in self._desks else {}
        grids = tuple(
            old.get(edition) or _Grids(code, snapshot.editions[edition])
            for code, edition in held.items()
            if edition in snapshot.editions
        )
        if len(grids) < len(held):  # the clock went back behind the snapshot
            grids = ()
        if len(self._desks) >= REMEMBERED:
            self._desks.clear()
        made = self._desks[networks] = _Desk(snapshot, since, until, grids)
        return made

    def _staff(self, staff: StaffIndex, grids: _Grids, rank: int, at: datetime) -> bytes:
        """The posts of a grid; the same for a minute, but where something begins or ends inside one."""
        known, minute = grids.staff.get(rank), self._second.minute
        if known is not None and known[0] is staff and known[1] == minute:
            return known[2]
        place = grids.place(rank)
        if place not in staff.held:
            return NOBODY
        made = orjson.dumps(staff.shown(*place, View(at, self._rules.zone, None, self._rules.shows_people)))
        if place not in staff.by_seconds:
            grids.staff[rank] = staff, minute, made
        return made


def _entry(grids: _Grids, rank: int, inside: bool, border: float, runner: int, distance: float, staff: bytes) -> bytes:
    head = (grids.inside if inside else grids.on_border)[rank]
    if not head:
        grids.write(rank)
        head = (grids.inside if inside else grids.on_border)[rank]
    if runner < 0:
        return ALONE % (head, border, staff)
    other = grids.runners_up[runner]
    if not other:
        grids.write(runner)
        other = grids.runners_up[runner]
    return ENTRY % (head, border, other, distance, staff)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
