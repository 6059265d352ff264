"""Counting events batch by batch: the same as counting them all at once, in memory that has a bound."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.spatial.judging import replay
from app.spatial.judging.replay import Batch, CellCounts, Tally

BOUNDS = (113.50, 22.75, 113.60, 22.80)
KINDS = ["resident", "business", "resident"]


def batch(seed: int, size: int) -> Batch:
    rng = np.random.default_rng(seed)
    grid = rng.integers(-1, 3, size)
    before = rng.integers(-1, 4, size)
    changed = (grid >= 0) & (before >= 0) & (rng.random(size) < 0.5)
    lon, lat = rng.uniform(113.49, 113.61, size), rng.uniform(22.74, 22.81, size)
    return Batch(
        grid=grid,
        on_boundary=rng.random(size) < 0.1,
        wrong=np.zeros(size, dtype=bool),
        lon=lon,
        lat=lat,
        before=before,
        changed=changed,
        moved_on=changed,
        month=rng.integers(-1, 3, size) + 2026 * 12,
        matter=rng.choice(np.array(["01001", "02003", ""], dtype=object), size),
    )


def part(whole: Batch, start: int, stop: int) -> Batch:
    return Batch(**{name: None if values is None else values[start:stop] for name, values in vars(whole).items()})


@given(st.integers(0, 1000), st.lists(st.integers(0, 60), max_size=4))
def test_batches_add_up(seed: int, cuts: list[int]) -> None:
    whole = batch(seed, 60)
    once, often = (Tally(KINDS, CellCounts(BOUNDS, 500.0), 4) for _ in range(2))
    once.add(whole)
    edges = [0, *sorted(cuts), 60]
    for start, stop in pairwise(edges):
        often.add(part(whole, start, stop))
    assert once.summary() == often.summary()
    assert once.cells.to_frame().equals(often.cells.to_frame())


def test_every_event_is_in_its_cell() -> None:
    whole = batch(3, 500)
    cells = CellCounts(BOUNDS, 500.0)
    cells.add(whole.lon, whole.lat, whole.grid >= 0, whole.changed)
    made = cells.to_frame()
    step = 500.0 / (111_320.0 * np.cos(np.radians(22.775))), 500.0 / 111_320.0
    expected: Counter[tuple[int, int]] = Counter()
    wide, high = (int(np.floor((BOUNDS[i + 2] - BOUNDS[i]) / step[i])) for i in (0, 1))
    for lon, lat in zip(whole.lon, whole.lat, strict=True):
        place = int((lon - BOUNDS[0]) // step[0]), int((lat - BOUNDS[1]) // step[1])
        if 0 <= place[0] <= wide and 0 <= place[1] <= high:
            expected[place] += 1
    found = {
        (int((row.lon - BOUNDS[0]) // step[0]), int((row.lat - BOUNDS[1]) // step[1])): row.events
        for row in made.itertuples()
    }
    assert found == expected
    assert CellCounts((0, 0, 90, 45), 10.0).cell_m > 1000


def test_a_field_that_is_no_matter_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MATTERS_MAX", 50)
    tally = Tally(KINDS, CellCounts(BOUNDS, 500.0), None)
    for seed in range(10):
        one = part(batch(seed, 40), 0, 40)
        tally.add(
            Batch(**{**vars(one), "before": None, "matter": np.array([f"{seed}-{i}" for i in range(40)], dtype=object)})
        )
    rows = tally.summary()["by_matter"]
    assert len(rows) <= 50 + 40
    assert sum(row["events"] for row in rows) == 400
    assert tally.summary()["before"] is None
