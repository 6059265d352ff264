"""Changes of departments against sums over pieces, one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.rules.cases.notices import LEAST_SHARE, Ground, Leads, changes

NAMES = ("fire", "police", "water")
MATTERS = 3


@st.composite
def cities(draw: st.DrawFn) -> tuple[Leads, Leads, Ground]:
    """Pieces on two or three grids; each side has patterns of its own, some pieces have two parts, and on a matter none
    to three may lead."""
    grids = draw(st.integers(1, 3))
    grid = np.array([*range(grids), *draw(st.lists(st.integers(0, grids - 1), max_size=6))])
    area = np.array(draw(st.lists(st.floats(0.01, 100), min_size=len(grid), max_size=len(grid))))

    def leads() -> Leads:
        patterns = draw(st.integers(1, 4))
        entry = st.tuples(st.integers(0, patterns - 1), st.integers(0, MATTERS - 1), st.integers(0, len(NAMES) - 1))
        entries = np.array(sorted(draw(st.sets(entry))), dtype=np.int64).reshape(-1, 3)
        piece = np.array([*range(len(grid)), *draw(st.lists(st.integers(0, len(grid) - 1), max_size=4))])
        pattern = np.array(draw(st.lists(st.integers(0, patterns - 1), min_size=len(piece), max_size=len(piece))))
        return Leads(NAMES, piece, pattern, *entries.T, MATTERS)

    return leads(), leads(), Ground(grid, area)


def leading(side: Leads, name: int) -> list[set[int]]:
    """Piece → the matters that a department leads on there."""
    found: list[set[int]] = [set() for _ in range(int(side.piece.max()) + 1)]
    entries = list(zip(side.on.tolist(), side.matter.tolist(), side.lead.tolist(), strict=True))
    for piece, pattern in zip(side.piece.tolist(), side.pattern.tolist(), strict=True):
        found[piece] |= {matter for on, matter, lead in entries if (on, lead) == (pattern, name)}
    return found


@given(cities())
def test_who_leads_on_a_piece_is_who_is_counted_there(city: tuple[Leads, Leads, Ground]) -> None:
    side = city[0]
    for piece in range(int(side.piece.max()) + 1):
        for matter in range(MATTERS):
            names = tuple(name for number, name in enumerate(NAMES) if matter in leading(side, number)[piece])
            assert side.at(piece, matter) == names


@given(cities())
def test_changes_are_sums_over_pieces(city: tuple[Leads, Leads, Ground]) -> None:
    before, after, ground = city
    total = {grid: ground.area[ground.grid == grid].sum() for grid in set(ground.grid.tolist())}
    for name, made in enumerate(changes(before, after, ground)):
        was, will = leading(before, name), leading(after, name)
        sums: dict[str, dict[object, float]] = {"gained": {}, "lost": {}, "was": {}, "will": {}}
        for piece, (grid, area) in enumerate(zip(ground.grid.tolist(), ground.area.tolist(), strict=True)):
            share = area / total[grid]
            for what, matters in (("gained", will[piece] - was[piece]), ("lost", was[piece] - will[piece])):
                for matter in matters:
                    sums[what][grid, matter] = sums[what].get((grid, matter), 0) + share
            for what, led in (("was", was[piece]), ("will", will[piece])):
                sums[what][grid] = sums[what].get(grid, 0) + (share if led else 0)
        assert set(made.duties_gained) == {pair for pair, share in sums["gained"].items() if share >= LEAST_SHARE}
        assert set(made.duties_lost) == {pair for pair, share in sums["lost"].items() if share >= LEAST_SHARE}
        new = {g for g in total if sums["will"][g] >= LEAST_SHARE > sums["was"][g]}
        gone = {g for g in total if sums["was"][g] >= LEAST_SHARE > sums["will"][g]}
        assert ({g for g, _ in made.grids_gained}, {g for g, _ in made.grids_lost}) == (new, gone)
        assert all(abs(share - sums["will"][g]) < 1e-5 for g, share in made.grids_gained)
