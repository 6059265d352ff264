"""Answers to plain questions as JSON text: a WGS 84 point, now, and nothing else said.

The same answer as `lookup_point` (tests/api/test_api_quick_lookup.py holds them together), put together from text that
is made once for each grid. Whatever needs more than that is left to `lookup_point`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import orjson

from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import EditionIndex, Lookup, Snapshot
from app.services.staff.staff_index import View
from app.spatial.coordinates.point_checks import is_plain_place

REMEMBERED = 256


@dataclass(frozen=True)
class _Grids:
    """Texts of one network's grids by rank: what an answer says of a grid up to its border, and codes."""

    network: str
    edition: EditionIndex
    heads: dict[int, str] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)
    runners_up: dict[int, str] = field(default_factory=dict)

    def head(self, rank: int) -> str:
        found = self.heads.get(rank)
        if found is None:
            rows, grid = self.edition.rows, int(self.edition.index.order[rank])
            facts = {
                "network": self.network,
                "edition": self.edition.edition,
                "code": rows.codes[grid],
                "name": rows.names[grid],
                "kind": rows.kinds[grid],
                "area": rows.areas[grid],
            }
            found = self.heads[rank] = _json(facts)[:-1] + ',"on_boundary":'
        return found

    def runner_up(self, rank: int) -> str:
        found = self.runners_up.get(rank)
        if found is None:
            found = self.runners_up[rank] = f'{{"code":{_json(self.code(rank))},"distance_m":'
        return found

    def code(self, rank: int) -> str:
        found = self.codes.get(rank)
        if found is None:
            found = self.codes[rank] = self.edition.rows.codes[int(self.edition.index.order[rank])]
        return found


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

    def text(self, lookup: Lookup, lon: float, lat: float, networks: tuple[str, ...]) -> str | None:
        """The answer; None where it takes more: outside every grid, in overlapping ones, an edition not in memory."""
        at, snapshot = lookup.clock(), lookup.snapshot
        desk = self._desks.get(networks)
        if desk is None or desk.snapshot is not snapshot or not desk.since <= at < desk.until:
            desk = self._desk(snapshot, networks, at)
        if not is_plain_place(lon, lat):
            return None
        limit, parts = self._rules.nearest_limit_m, []
        for grids in desk.grids:
            rank, inside, border, runner, distance, more = grids.edition.index.probe_ranks(lon, lat, limit)
            if more:
                return None
            if rank >= 0:
                other = f"{grids.runner_up(runner)}{distance:.3f}}}" if runner >= 0 else "null"
                border_text = f'{"false" if inside else "true"},"ambiguous":false,"border_m":{border:.3f}'
                staff = self._staff(snapshot, grids, rank, at)
                parts.append(f'{grids.head(rank)}{border_text},"runner_up":{other},"staff":{staff}}}')
        if not parts:
            return None
        return (
            f'{{"point":{{"lon":{lon!r},"lat":{lat!r},"input_crs":"wgs84","uncertainty_m":0.0}},'
            f'"at":"{at.astimezone(_zone(self._rules.zone)).isoformat()}","grids":[{",".join(parts)}],'
            '"outside":false,"nearest":null,"warnings":[]}'
        )

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

    def _staff(self, snapshot: Snapshot, grids: _Grids, rank: int, at: datetime) -> str:
        held = snapshot.staff.held
        place = (grids.network, grids.code(rank)) if held else None
        if place is None or place not in held:
            return "[]"
        view = View(at, self._rules.zone, None, self._rules.shows_people)
        return _json(snapshot.staff.shown(*place, view))


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
