"""Regions grown from random rasters: connected (by scipy's connected components), inside their container, complete."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.town.grow import Near, Rule, borders, grow, mended, neighbours, pieces


def units(seed: int, across: int, down: int) -> tuple[np.ndarray, Near]:
    """A raster of units 3 × 3 cells large, some of them outside (-1)."""
    rng = np.random.default_rng(seed)
    cells = np.repeat(np.repeat(np.arange(across * down).reshape(across, down), 3, axis=0), 3, axis=1)
    cells[rng.random(cells.shape) < 0.05] = -1
    pairs, steps = borders(cells)
    return cells, neighbours(pairs, steps.astype(float), across * down)


def parts(near: Near, chosen: np.ndarray) -> int:
    """Number of connected parts of the chosen units, by scipy."""
    links = [(a, b) for a in chosen for b in near[a] if b in set(chosen.tolist())]
    index = {unit: k for k, unit in enumerate(chosen.tolist())}
    rows, columns = [index[a] for a, _ in links], [index[b] for _, b in links]
    graph = coo_array((np.ones(len(links)), (rows, columns)), shape=(len(chosen), len(chosen)))
    return int(connected_components(graph, directed=False)[0])


@given(st.integers(0, 10_000), st.integers(2, 7), st.integers(2, 7))
def test_regions_are_connected_complete_and_inside_their_container(seed: int, across: int, down: int) -> None:
    _, near = units(seed, across, down)
    rng = np.random.default_rng(seed)
    count = across * down
    within = rng.integers(-1, 2, count)
    region = grow(rng.random(count), near, within, np.arange(count), Rule(), rng)
    assert ((region >= 0) == (within >= 0)).all()
    for number in range(int(region.max(initial=-1)) + 1):
        chosen = np.flatnonzero(region == number)
        assert len(chosen) > 0
        assert len(set(within[chosen].tolist())) == 1
        assert parts(near, chosen) == 1


@given(st.integers(0, 10_000))
def test_mending_leaves_every_region_in_one_part(seed: int) -> None:
    _, near = units(seed, 6, 6)
    before = np.random.default_rng(seed).integers(0, 3, 36)
    after = mended(before, near)
    connected = len(pieces(near, list(range(36)))) == 1
    for number in np.unique(after).tolist():
        chosen = np.flatnonzero(after == number)
        assert len(pieces(near, chosen.tolist())) == parts(near, chosen)
        assert parts(near, chosen) == 1 or not connected


def test_borders_count_lattice_steps() -> None:
    cells = np.array([[0, 0, 1], [0, 2, 1], [-1, 2, 1]])
    pairs, steps = borders(cells)
    assert {tuple(pair): int(n) for pair, n in zip(pairs.tolist(), steps, strict=True)} == {
        (0, 1): 1,
        (0, 2): 2,
        (1, 2): 2,
    }
