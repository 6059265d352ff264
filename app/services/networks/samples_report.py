"""What a sample town says about itself: its manifest and its README, with what is wrong on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.town.duties import Conflicts
from app.town.networks import CITY_MANAGEMENT, CIVILIZATION, GOVERNANCE, NAMES, Network
from app.town.shapes import block_code
from app.town.town import Town


def manifest_of(town: Town) -> dict[str, Any]:
    """Counts, declared defects and expected answers, ready for JSON."""
    return {
        "synthetic": True,
        "notice": "合成数据 — synthetic data; only the street codes and names of 440115 are real",
        "size": town.size.name,
        "seed": town.seed,
        "year": {"start": town.start.isoformat(), "days": 365},
        "counts": counts(town),
        "networks": {name: _network(network) for name, network in town.drawn.items()},
        "duties": _conflicts(town.conflicts),
        "lists": {
            "lines": {name: len(rows) for name, rows in town.office_lists.lists.items()},
            "before": town.office_lists.before,
            "after": {
                "unowned": [" ".join(key) for key in town.office_lists.after["unowned"]],
                "crossed": {" ".join(key): places for key, places in town.office_lists.after["crossed"].items()},
            },
        },
        "staff": {
            "posts": len(town.staff),
            "vacant": town.staff_problems.vacant,
            "two_posts": town.staff_problems.two_posts,
            "ended": town.staff_problems.ended,
        },
        "events": _events(town),
    }


def counts(town: Town) -> dict[str, int]:
    frames = ("streets", "communities", "blocks", "compounds", "campuses", "buildings", "businesses", "barriers")
    made = {name: len(getattr(town, name)) for name in frames}
    people = int(town.communities["people"].sum())
    return made | {"households": len(town.households), "people": people, "events": len(town.events)}


def _network(network: Network) -> dict[str, Any]:
    wrong = network.defects
    return {
        "name": NAMES[network.network],
        "grids": len(network.codes),
        "crossing_communities": wrong.crossing,
        "uncovered_blocks": [block_code(block) for block in wrong.gaps],
        "claimed_twice": [{"block": block_code(block), "grids": [one, two]} for block, one, two in wrong.overlaps],
        "duplicate_codes": wrong.duplicate_codes,
        "invalid": wrong.invalid,
        "river_left_out": wrong.river,
        "digitising_jitter_m": wrong.jitter_m,
    }


def _conflicts(conflicts: Conflicts) -> dict[str, Any]:
    return {
        "unowned": [{"kind": kind, "code": code} for kind, code in conflicts.unowned],
        "duplicate": [{"kind": kind, "code": code} for kind, code in conflicts.duplicate],
        "crossed": [
            {"kind": kind, "code": code, "communities": places} for (kind, code), places in conflicts.crossed.items()
        ],
    }


def _events(town: Town) -> dict[str, Any]:
    truth = town.truth
    made: dict[str, Any] = {"by_crs": {k: int(v) for k, v in sorted(town.events["crs"].value_counts().items())}}
    for name in (*town.drawn, "lead"):
        owners = np.where(truth[name] == "", 0, truth[name].str.count(r"\|") + 1)
        made[name] = {f"{n}_owners": int((owners == n).sum()) for n in range(3)}
    return made


def readme_of(town: Town, template: str) -> str:
    """The README of a sample town: the template with its size, seed, counts and defects."""
    manifest = manifest_of(town)
    rows = "\n".join(f"| {name} | {number:,} |" for name, number in manifest["counts"].items())
    wrong = "\n".join(f"- {line}" for line in _wrong(manifest))
    return template.format(size=town.size.name, seed=town.seed, counts=rows, wrong=wrong)


def _wrong(manifest: dict[str, Any]) -> list[str]:
    networks, duties, staff = manifest["networks"], manifest["duties"], manifest["staff"]
    civilization, governance, city = (networks[k] for k in (CIVILIZATION, GOVERNANCE, CITY_MANAGEMENT))
    twice = "; ".join(f"{one['block']} by {' and '.join(one['grids'])}" for one in city["claimed_twice"])
    vacant = sum(len(grids) for grids in staff["vacant"].values())
    return [
        f"**civilization**: over a community's border: {_some(civilization['crossing_communities'])}. "
        "Otherwise a clean coverage of the town.",
        f"**governance**: every border point is off by up to {governance['digitising_jitter_m']} m in each direction "
        "(slivers against all others); the river is left out; over a community's border: "
        f"{_some(governance['crossing_communities'])}.",
        f"**city_management**: ignores communities; uncovered blocks: {_some(city['uncovered_blocks'])}; "
        f"claimed twice: {twice or 'none'}; code used twice: {_some(city['duplicate_codes'])}; "
        f"invalid ring (a spike of no width): {_some(city['invalid'])}.",
        f"**duties**: unowned {_matters(duties['unowned'])}; two leads everywhere {_matters(duties['duplicate'])}; "
        f"a second lead in some communities {_matters(duties['crossed'])}.",
        f"**staff**: {vacant} grids without any post, {len(staff['two_posts'])} people with posts in two networks, "
        f"{len(staff['ended'])} posts that ended before the year began.",
    ]


def _matters(rows: list[dict[str, Any]]) -> str:
    return _some([f"{row['kind']} {row['code']}" for row in rows])


def _some(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more (see manifest.json)" if len(names) > most else ""
    return ", ".join(f"`{name}`" for name in names[:most]) + more if names else "none"
