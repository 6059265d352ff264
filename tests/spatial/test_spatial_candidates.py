"""Several plans: the front by brute force, the difference of plans household by household, the same plans again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tilings import squares

from app.errors import Cancelled, InputError
from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.division import divide
from app.spatial.division.terms import Band, Weights
from app.spatial.proposals.candidates import LEAST_DIFFERENCE, difference, dominated, find_candidates, variants
from app.spatial.scoring.scores import score_grids

BAND = {"resident": Band("households", 300, 400, 500)}
PARTS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.integers(0, 9)), min_size=1, max_size=30)


def mates(part: np.ndarray, mass: np.ndarray, at: int) -> set[tuple[int, int]]:
    """The households, one by one, that share the grid of piece `at`."""
    return {(piece, n) for piece in np.flatnonzero(part == part[at]) for n in range(mass[piece])}


@given(rows=PARTS)
def test_difference_is_the_share_of_grid_mates_that_change(rows):
    a, b, mass = (np.array(column) for column in zip(*rows, strict=True))
    used = (a >= 0) & (b >= 0)
    a, b = np.where(used, a, -1), np.where(used, b, -1)
    mass = np.where(used, mass, 0)
    shares = [
        1.0 - len(mates(a, mass, at) & mates(b, mass, at)) / len(mates(a, mass, at) | mates(b, mass, at))
        for at in np.flatnonzero(used)
        for _ in range(mass[at])
    ]
    expected = float(np.mean(shares)) if shares else 0.0
    assert difference(a, b, mass.astype(float)) == pytest.approx(expected)
    assert difference(b, a, mass.astype(float)) == pytest.approx(expected)
    assert difference(a, a, mass.astype(float)) == pytest.approx(0.0)


@given(points=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_the_front_is_what_nobody_beats(points):
    lost = dominated([{"stable": x, "even": y} for x, y in points], ("stable", "even"))
    for at, (x, y) in enumerate(points):
        beaten = any(u >= x and v >= y and (u, v) != (x, y) for u, v in points)
        assert lost[at] == (beaten or (x, y) in points[:at])
    assert not all(lost)


def candidates(count: int, *, known: bool = True, say=lambda share, text: None, effort: float = 300.0):
    """Old strips of unequal size under uneven homes: keeping them and evening them out pull apart."""
    pieces = squares(12, 12, households=(np.arange(144) * 37) % 60 + 10)
    pieces["old"] = [f"s{(at % 12) // 3}{(at // 12) // 5}" for at in range(144)]
    adjacency = build_adjacency(pieces.geometry.to_numpy())
    networks = ["old"] if known else []

    def run(weights, asked, progress):
        return divide(
            pieces, bands=BAND, weights=weights, networks=networks, adjacency=adjacency,
            effort=asked or effort, progress=progress,
        )  # fmt: skip

    def measure(division):
        return score_grids(pieces, division.assignment, bands=BAND, adjacency=adjacency, networks=networks)[1]

    mass = pieces["households"].to_numpy(dtype=float)
    return find_candidates(run, measure, mass, Weights(), count=count, known=known, say=say), mass


@pytest.mark.parametrize("known", [True, False])
def test_several_plans_that_differ_and_none_that_is_beaten(known):
    found, mass = candidates(4, known=known)
    assert 2 <= len(found) <= 4
    axes = ("stable", "even") if known else ("compact", "even")
    assert not any(dominated([one.measures for one in found], axes))
    assert found[0].score.total == max(one.score.total for one in found)
    assert [one.measures[axes[0]] for one in found[1:]] == sorted(
        (o.measures[axes[0]] for o in found[1:]), reverse=True
    )
    for at, one in enumerate(found):
        for other in found[:at]:
            assert difference(one.division.assignment, other.division.assignment, mass) >= LEAST_DIFFERENCE
    words = " ".join(one.name for one in found)
    assert "most even" in words
    assert ("most stable" in words) == known


def test_the_same_request_gives_the_same_plans():
    first, second = candidates(3)[0], candidates(3)[0]
    assert [one.name for one in first] == [one.name for one in second]
    for one, other in zip(first, second, strict=True):
        assert one.division.assignment.tobytes() == other.division.assignment.tobytes()
        assert one.to_dict() == other.to_dict()


def test_progress_rises_and_may_cancel():
    heard: list[float] = []
    candidates(2, say=lambda share, text: heard.append(share), effort=10.0)
    assert heard == sorted(heard)
    assert 0.0 <= heard[0] < heard[-1] <= 1.0

    def enough(share: float, text: str) -> None:
        if share > 0.5:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        candidates(2, say=enough, effort=10.0)


def test_no_plan_without_any_wish_for_shape():
    assert all(w.compact > 0 for w in variants(Weights(), known=False))
    assert variants(Weights(stable=0.0), known=True)[3].stable > 0
    with pytest.raises(InputError, match="from 1 to 5"):
        candidates(6)
