"""What OneGrid's search reaches by wish, seed and number of proposals: figures that a busy machine does not change.

A row is one division of the same pieces; a number of proposals always gives the same plan, and what it takes is told
as processor time. `python -m bench frontier`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from bench.division import WISHES, figures, onegrid
from bench.partitioners import Ground

MILLION = 1_000_000
AFFORDED = 90  # million proposals: what 10 s afford on two idle cores
SMALL = 10  # the same where there are few pieces: more finds nothing
SEEDS = (1, 2, 3, 4, 5)
LONGER = (10, 30, 300)  # million proposals, for the goals' own wishes
GOALS = ("even", "compact")
HEAD = "| wish | million proposals | seed | CPU s | deviation max / p95 / std | broken | PP mean / p10 | cut km |"


def run(title: str, ground: Ground, *, goals: bool) -> str:
    """A Markdown table: every wish once; with `goals` the wishes of the two goals by seed and by length as well."""
    afforded = AFFORDED if ground.grids >= 100 else SMALL
    plans = [(name, afforded, 1) for name in WISHES]
    if goals:
        plans += [(name, afforded, seed) for name in GOALS for seed in SEEDS[1:]]
        plans += [(name, millions, 1) for name in GOALS for millions in LONGER]
    return "\n".join([f"### {title}", "", HEAD, "|---" * HEAD.count("| ") + "|", *_rows(ground, plans)]) + "\n"


def _rows(ground: Ground, plans: Iterable[tuple[str, int, int]]) -> Iterable[str]:
    onegrid(ground, WISHES["default"], effort=1.0)  # compiles
    for name, millions, seed in plans:
        began = time.process_time()
        labels = onegrid(ground, WISHES[name], effort=millions * MILLION / ground.adjacency.pieces, seed=seed)
        spent, told = time.process_time() - began, figures(ground, labels)
        yield (
            f"| {name} | {millions} | {seed} | {spent:.1f} "
            f"| {told['deviation max']:.3f} / {told['p95']:.3f} / {told['std']:.3f} | {told['broken']:.0f} "
            f"| {told['PP mean']:.3f} / {told['PP p10']:.3f} | {told['cut km']:,.0f} |"
        )
