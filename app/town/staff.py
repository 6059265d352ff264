"""The synthetic town's staff: people and posts on the grids of each network, with vacancies and double posts.

Every name has 示 (for show) in its middle and every telephone number begins with 000: no list can pass for real.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from app.town.networks import CITY_MANAGEMENT, CIVILIZATION, GOVERNANCE, OFFICES, Network
from app.town.sizes import stream

SURNAMES = "陈黄梁李张林何吴罗刘郭冯周麦曾谢邓卢杨王郑苏叶胡蔡霍潘樊"
GIVEN = "明强华芳丽军英伟敏静洁杰健玲辉婷峰慧琳涛燕斌霞超红志文建国"
ROLES = {  # role, posts per grid
    CIVILIZATION: (("网格长", 1.0), ("文明督导员", 0.6)),
    GOVERNANCE: (("网格长", 1.0), ("网格员", 1.6), ("社区民警", 0.3)),
    CITY_MANAGEMENT: (("网格长", 1.0), ("执法队员", 2.0), ("保洁员", 2.5)),
}


@dataclass(frozen=True)
class StaffProblems:
    """What is wrong on purpose."""

    vacant: dict[str, list[str]]  # network → grids without any post
    two_posts: list[str]  # people who hold posts on two grids of different networks
    ended: list[str]  # people whose only post ended before the year of events began


def staff_list(networks: dict[str, Network], start: date, seed: int) -> tuple[pd.DataFrame, StaffProblems]:
    """One row per post: `person, name, phone, department, network, grid, role, since, until` (until '' = open)."""
    rng = stream(seed, "staff")
    rows: list[dict[str, str]] = []
    vacant: dict[str, list[str]] = {}
    serial = 0
    for network in networks.values():
        codes = sorted(set(network.codes))
        empty = set(rng.choice(codes, max(1, len(codes) // 40), replace=False).tolist())
        vacant[network.network] = sorted(empty)
        for code in codes:
            for role, mean in ROLES[network.network]:
                posts = (1 if role == "网格长" else int(rng.poisson(mean))) if code not in empty else 0
                for _ in range(posts):
                    serial += 1
                    rows.append(_post(serial, network.network, code, role, start, rng))
    frame = pd.DataFrame(rows)
    return _with_problems(frame, vacant, start, rng)


def _post(serial: int, network: str, grid: str, role: str, start: date, rng: np.random.Generator) -> dict[str, str]:
    since = start - timedelta(days=int(rng.integers(30, 1500)))
    return {
        "person": f"SYN{serial:06d}",
        "name": f"{rng.choice(list(SURNAMES))}示{rng.choice(list(GIVEN))}",
        "phone": f"000{serial:08d}",
        "department": OFFICES[network],
        "network": network,
        "grid": grid,
        "role": role,
        "since": since.isoformat(),
        "until": "",
    }


def _with_problems(
    frame: pd.DataFrame, vacant: dict[str, list[str]], start: date, rng: np.random.Generator
) -> tuple[pd.DataFrame, StaffProblems]:
    """Let some 网格长 of the civilization network also hold a governance grid, and some members' posts end early."""
    made = frame.copy()
    heads = np.flatnonzero((made["network"] == CIVILIZATION) & (made["role"] == "网格长"))
    taken = np.flatnonzero((made["network"] == GOVERNANCE) & (made["role"] == "网格长"))
    many = max(1, len(heads) // 25)
    giving, taking = rng.choice(heads, many, replace=False), rng.choice(taken, many, replace=False)
    for head, post in zip(giving.tolist(), taking.tolist(), strict=True):
        for column in ("person", "name", "phone", "department"):
            made.loc[post, column] = made.loc[head, column]
    members = np.flatnonzero(made["role"].isin(["网格员", "执法队员", "文明督导员"]))
    ended = rng.choice(members, max(1, len(members) // 50), replace=False)
    made.loc[ended, "until"] = (start - timedelta(days=15)).isoformat()
    return made, StaffProblems(
        vacant=vacant, two_posts=sorted(made.loc[giving, "person"]), ended=sorted(made.loc[ended, "person"])
    )
