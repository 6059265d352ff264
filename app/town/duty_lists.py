"""The duty lists of the town's three offices as they were before there was one grid, and the one list after.

Every office writes for its own network, grid by grid, and knows nothing of the others: what two of them claim is a
duplicate (重复) or crossed (交叉), what none of them claims, or what lies in a block that city management forgot, is
unowned (无人). What must be found on each grid follows from the parcels it is made of, not from any geometry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.town.duties import CITY, LEADS, POLICE, PROMOTION, UNOWNED, WHOLE, duty_row
from app.town.networks import CITY_MANAGEMENT, CIVILIZATION, GOVERNANCE, Network
from app.town.parcels import Parcels

LINES = {"small": 400, "town": 2_000, "district": 20_000}
CLAIMED_TWICE = (("matter", "06036"), ("matter", "06041"))  # by governance and civilization, each with its own lead
CROSSED = (("matter", "06011"), ("matter", "09010"))  # by governance grid by grid, by city management at large
UNIFIED = "unified"
JUDGED = (CIVILIZATION, GOVERNANCE)  # city management claims ground twice: repair settles whose it is
LEAST_SHARE = 0.005  # of a grid; the matrix takes less for the noise of borders
PROBLEMS = ("unowned", "duplicate", "crossed")
Key = tuple[str, str]


@dataclass(frozen=True)
class OfficeLists:
    """Rows as `duties.duty_list` gives them, by list; `unified` is the list after.

    `before`: network → problem → matters and number of cells. `after`: what the unified list leaves open: matters that
    nobody leads anywhere, and matters that are crossed in some communities.
    """

    lists: dict[str, pd.DataFrame]
    before: dict[str, dict[str, dict[str, Any]]]
    after: dict[str, Any]

    @property
    def lines(self) -> int:
        return sum(len(rows) for name, rows in self.lists.items() if name != UNIFIED)


def office_lists(
    size: str, matters: pd.DataFrame, networks: Mapping[str, Network], parcels: Parcels, communities: Sequence[str]
) -> OfficeLists:
    """The lists of the offices, `LINES[size]` lines in all, and what a matrix of them must show."""
    known = {(row.kind, row.code): row for row in matters.itertuples(index=False)}
    twice, crossed = ([key for key in keys if key in known] for keys in (CLAIMED_TWICE, CROSSED))
    by_office: dict[str, list[dict[str, object]]] = {
        CITY_MANAGEMENT: [
            duty_row(row, f"network:{CITY_MANAGEMENT}", lead_of(key))
            for key, row in known.items()
            if key not in (*UNOWNED, *twice)
        ],
        GOVERNANCE: list(_by_grid(networks[GOVERNANCE], known, [*twice, *crossed], POLICE)),
        CIVILIZATION: list(_by_grid(networks[CIVILIZATION], known, twice, PROMOTION)),
    }
    rest = LINES[size] - sum(len(rows) for rows in by_office.values())
    same = [key for key in known if key not in (*UNOWNED, *twice, *crossed)]
    by_office[GOVERNANCE] += list(_agreeing(networks[GOVERNANCE], known, same))[: max(rest, 0)]
    third = list(communities[:: max(1, len(communities) // 3)][:3])
    lists = {name: pd.DataFrame(rows).assign(replaces="") for name, rows in sorted(by_office.items())}
    lists[UNIFIED] = _unified(known, crossed, third)
    left = [key for key in UNOWNED[:1] if key in known]
    return OfficeLists(
        lists=lists,
        before={name: expected(lists, known, networks, parcels, name) for name in JUDGED},
        after={"unowned": left, "crossed": dict.fromkeys(crossed[:1], third)},
    )


def lead_of(key: Key) -> str:
    return LEADS.get(key[1], LEADS.get(key[1][:2], CITY))


def expected(
    lists: Mapping[str, pd.DataFrame],
    known: Iterable[Key],
    networks: Mapping[str, Network],
    parcels: Parcels,
    judged: str,
) -> dict[str, dict[str, Any]]:
    """Problem → its matters and the number of cells, grid × matter, that have it, on the grids of one network."""
    lines = _by_matter(lists)
    owners = {name: network.owners(len(parcels)) for name, network in networks.items()}
    cells: dict[str, list[Key]] = {problem: [] for problem in PROBLEMS}
    for _, members in sorted(_grids(networks[judged]).items()):
        parts = _parts(members, owners, parcels.steps)
        for key in known:
            for problem in _problems(lines.get(key, {}), parts):
                cells[problem].append(key)
    return {
        problem: {"cells": len(found), "matters": [f"{kind} {code}" for kind, code in sorted(set(found))]}
        for problem, found in cells.items()
    }


def _by_grid(network: Network, known: Mapping[Key, Any], keys: Sequence[Key], lead: str) -> Iterator[dict[str, object]]:
    for code in sorted(set(network.codes)):
        for key in keys:
            yield duty_row(known[key], f"grid:{network.network}/{code}", lead)


def _agreeing(network: Network, known: Mapping[Key, Any], keys: Sequence[Key]) -> Iterator[dict[str, object]]:
    """Lines that say once more what city management says: an office that copies another's list and stops halfway."""
    for key in keys:
        for code in sorted(set(network.codes)):
            yield duty_row(known[key], f"grid:{network.network}/{code}", lead_of(key))


def _unified(known: Mapping[Key, Any], crossed: Sequence[Key], communities: Sequence[str]) -> pd.DataFrame:
    """One lead everywhere; of the crossed ones governance keeps some communities, as a rule or, once, without one."""
    left = UNOWNED[:1]
    rows = [duty_row(row, WHOLE, lead_of(key)) | {"replaces": ""} for key, row in known.items() if key not in left]
    for number, key in enumerate(crossed):
        rule = "是" if number else ""
        rows += [duty_row(known[key], code, POLICE) | {"replaces": rule} for code in communities]
    return pd.DataFrame(rows)


def _by_matter(lists: Mapping[str, pd.DataFrame]) -> dict[Key, dict[str, str]]:
    """Matter → scope → lead, over the lists before; no two lines of a matter have the same scope."""
    found: dict[Key, dict[str, str]] = {}
    for name, rows in lists.items():
        if name != UNIFIED:
            for row in rows.itertuples(index=False):
                found.setdefault((str(row.kind), str(row.code)), {})[str(row.scope)] = str(row.lead)
    return found


def _grids(network: Network) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]]:
    """Code → its parcels; grids under one code come together."""
    found: dict[str, list[Any]] = {}
    for code, members in zip(network.codes, network.members, strict=True):
        found.setdefault(code, []).append(members)
    return {code: np.unique(np.concatenate(members)) for code, members in found.items()}


def _parts(
    members: np.ndarray[Any, np.dtype[np.int64]],
    owners: Mapping[str, list[list[str]]],
    steps: np.ndarray[Any, np.dtype[np.int64]],
) -> list[frozenset[str]]:
    """The sets of scopes that hold on the parts of a grid, but for those too small to count."""
    ground: dict[frozenset[str], int] = {}
    for parcel in members.tolist():
        grids = {f"grid:{name}/{code}" for name in JUDGED for code in owners[name][parcel]}
        whole = {f"network:{CITY_MANAGEMENT}"} if owners[CITY_MANAGEMENT][parcel] else set()
        held = frozenset(grids | whole)
        ground[held] = ground.get(held, 0) + int(steps[parcel])
    total = sum(ground.values())
    return [held for held, area in ground.items() if area >= LEAST_SHARE * total]


def _problems(lines: Mapping[str, str], parts: Sequence[frozenset[str]]) -> set[str]:
    """A grid's line goes before a network's: two of the former are a duplicate, a beaten one with another lead crosses;
    so do different leads on the parts of one grid."""
    found: set[str] = set()
    leading: set[str] = set()
    for held in parts:
        narrow = {lines[scope] for scope in held if scope.startswith("grid:") and scope in lines}
        wide = {lines[scope] for scope in held if scope.startswith("network:") and scope in lines}
        if not narrow | wide:
            found.add("unowned")
            continue
        if len(narrow) > 1:
            found.add("duplicate")
        lead = min(narrow or wide)
        if narrow and wide - {lead}:
            found.add("crossed")
        leading.add(lead)
    return found | ({"crossed"} if len(leading) > 1 else set())
