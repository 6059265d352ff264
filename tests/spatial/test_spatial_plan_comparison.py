"""Judging plans against brute force: every pair, every permutation, points drawn at random, NumPy's histogram."""

from __future__ import annotations

from itertools import permutations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.spatial.judging.loads import gini, load_of, loads_by_kind
from app.spatial.judging.matching import common_ground, differences, kept_whole, match, moves
from app.spatial.judging.sizes import SIZE_EDGES, histogram, kind_sizes, shapes_of
from app.spatial.judging.splits import campus_grids, cuts_of

CRS = "EPSG:32650"
AMOUNTS = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=30)
CELL = 100.0


@given(AMOUNTS)
def test_gini_is_the_mean_difference_of_all_pairs(amounts: list[float]) -> None:
    values = np.array(amounts)
    pairs = np.abs(values[:, None] - values[None, :]).sum()
    expected = pairs / (2 * len(values) ** 2 * values.mean()) if values.sum() > 0 else 0.0
    assert gini(values) == pytest.approx(expected, abs=1e-9)


def test_loads_count_grids_with_nothing() -> None:
    made = loads_by_kind([0, 0, 6, 2], ["resident", "resident", "resident", "business"])
    assert list(made) == ["all", "business", "resident"]
    assert (made["all"].grids, made["all"].total, made["all"].max, made["all"].median) == (4, 8.0, 6.0, 1.0)
    assert made["resident"].deviation == pytest.approx(np.std([0, 0, 6]) / 2)
    assert made["business"].gini == 0.0
    assert load_of([]).grids == 0
    assert load_of([0.0, 0.0]).deviation == 0.0


@given(AMOUNTS)
def test_histograms_hold_every_value(amounts: list[float]) -> None:
    shares = np.array(amounts) / 1e5
    made = histogram(shares, SIZE_EDGES)
    assert sum(made.counts) == len(amounts)
    inner = shares[shares < 1.99]
    expected = np.histogram(inner + 1e-9, bins=np.array(SIZE_EDGES))[0]
    assert made.counts[:-1] == tuple(expected[:-1])


def test_sizes_leave_campuses_out_and_count_both_sides_of_the_band() -> None:
    grids = pd.DataFrame(
        {
            "kind": ["resident"] * 4 + ["institution"],
            "campus": [False] * 4 + [True],
            "amount": [200.0, 300.0, 500.0, 640.0, 9_000.0],
            "target": [400.0] * 4 + [150_000.0],
            "inside_band": [False, True, True, False, True],
        }
    )
    band = {"quantity": "households", "minimum": 300, "target": 400, "maximum": 500}
    hall = {"quantity": "area_m2", "minimum": 20_000, "target": 150_000, "maximum": 400_000}
    made = kind_sizes(grids, {"resident": band, "institution": hall})
    resident, institution = made["resident"], made["institution"]
    assert (resident.below, resident.inside, resident.above) == (1, 2, 1)
    assert (resident.smallest, resident.mean, resident.largest) == (200.0, 410.0, 640.0)
    assert resident.deviation_max == pytest.approx(0.6)
    assert resident.deviation_mean == pytest.approx((0.5 + 0.25 + 0.25 + 0.6) / 4)
    assert (institution.grids, institution.campuses, institution.inside) == (1, 1, 0)


def test_shapes_of_no_grid_and_of_some() -> None:
    assert shapes_of(np.array([])).mean == 0.0
    made = shapes_of(np.array([0.2, 0.4, 0.6]))
    assert (made.mean, made.lowest, made.p10) == (pytest.approx(0.4), 0.2, pytest.approx(0.24))
    assert sum(made.histogram.counts) == 3


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """What at most 4 × 4 grids have in common."""
    size = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    amounts = draw(st.lists(st.integers(0, 50), min_size=size[0] * size[1], max_size=size[0] * size[1]))
    rows = [(f"a{i}", f"b{j}", amounts[i * size[1] + j]) for i in range(size[0]) for j in range(size[1])]
    made = pd.DataFrame([row for row in rows if row[2]], columns=["a", "b", "households"])
    return made.assign(area_m2=1.0, households=made["households"].astype(float))


@given(tables())
def test_no_other_matching_keeps_more_households(common: pd.DataFrame) -> None:
    held = {(a, b): value for a, b, value in common[["a", "b", "households"]].itertuples(index=False)}
    left, right = sorted({a for a, _ in held}), sorted({b for _, b in held})
    padded = right + [""] * len(left)
    orders = permutations(padded, len(left))
    best = max(sum(held.get(pair, 0) for pair in zip(left, order, strict=True)) for order in orders)
    matched = match(common, "households")
    assert len(set(matched.values())) == len(matched)
    assert sum(held[a, b] for a, b in matched.items()) == pytest.approx(best)
    total = sum(held.values())
    if total:
        assert moves(common, matched, "households").stays == pytest.approx(best / total)
        largest = sum(max(held.get((a, b), 0) for b in right) for a in left)
        assert moves(common, matched, "households").together == pytest.approx(largest / total)


def cells(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    return shapely.box(xs * CELL, ys * CELL, (xs + 1) * CELL, (ys + 1) * CELL)


def tiled(seed: int, size: int = 8, grids: int = 5) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Cells with homes and grid of one division; the grids of that division; the grids of another, shifted by half a
    cell, that leaves a strip without a grid."""
    rng = np.random.default_rng(seed)
    xs, ys = (side.ravel() for side in np.meshgrid(np.arange(size), np.arange(size)))
    pieces = gpd.GeoDataFrame(geometry=cells(xs, ys), crs=CRS)
    pieces["grid"] = [f"a{number}" for number in rng.integers(0, grids, len(pieces))]
    pieces["households"] = rng.integers(0, 30, len(pieces)).astype(float)
    pieces["area_m2"] = pieces.geometry.area
    own = pieces.dissolve("grid").reset_index().rename(columns={"grid": "code"})[["code", "geometry"]]
    moved = gpd.GeoDataFrame(geometry=cells(xs + 0.5, ys + 0.25), crs=CRS)
    moved["code"] = [f"b{number}" for number in rng.integers(0, grids, len(pieces))]
    other = moved.dissolve("code").reset_index()[["code", "geometry"]]
    return pieces, own.assign(kind="resident"), other.assign(kind="business")


@pytest.mark.parametrize("seed", range(4))
def test_common_ground_is_what_every_pair_has_in_common(seed: int) -> None:
    pieces, own, other = tiled(seed)
    made = common_ground(pieces, "grid", other, ["households"])
    for name in ("area_m2", "households"):
        assert made[name].sum() == pytest.approx(pieces[name].sum())
    table = made.set_index(["a", "b"])["area_m2"]
    for a, mine in zip(own["code"], own.geometry, strict=True):
        for b, theirs in zip(other["code"], other.geometry, strict=True):
            assert table.get((a, b), 0.0) == pytest.approx(mine.intersection(theirs).area, abs=1e-3)
    homes = made.set_index(["a", "b"])["households"]
    whole = other.union_all()
    nobody = sum(
        row.households * row.geometry.difference(whole).area / row.area_m2 for row in pieces.itertuples() if row.grid
    )
    assert sum(value for (_, b), value in homes.items() if b == "") == pytest.approx(nobody, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_differences_are_where_a_point_would_have_another_grid(seed: int) -> None:
    pieces, own, other = tiled(seed)
    matched = match(common_ground(pieces, "grid", other, ["households"]), "households")
    made = differences(own, other, matched)
    rng = np.random.default_rng(seed + 100)
    points = shapely.points(rng.uniform(-CELL, 10 * CELL, (400, 2)))
    for point in points:
        a = [code for code, shape in zip(own["code"], own.geometry, strict=True) if shape.intersects(point)]
        b = [code for code, shape in zip(other["code"], other.geometry, strict=True) if shape.intersects(point)]
        here = made[made.intersects(point)]
        disagree = bool(a or b) and (not a or not b or matched.get(a[0]) != b[0])
        assert len(here) == int(disagree)
        if disagree:
            assert (here["a"].iloc[0], here["b"].iloc[0]) == (a[0] if a else "", b[0] if b else "")
            assert here["kind_b"].iloc[0] == ("business" if b else "")


def test_the_same_division_stays_as_it_is() -> None:
    pieces, own, _ = tiled(9)
    common = common_ground(pieces, "grid", own, ["households"])
    matched = match(common, "households")
    assert matched == {code: code for code in own["code"]}
    assert len(differences(own, own, matched)) == 0
    assert kept_whole(common) == sorted(own["code"])
    stays = moves(common, matched, "households")
    assert (stays.stays, stays.together, stays.from_one, stays.to_dict()["moved"]) == pytest.approx((1, 1, 1, 0))


def test_where_nobody_lives_the_ground_decides() -> None:
    common = pd.DataFrame({"a": ["x", "x"], "b": ["p", "q"], "area_m2": [1.0, 2.0], "households": [0.0, 0.0]})
    assert match(common, "households") == {"x": "q"}
    assert moves(common, {"x": "q"}, "households").stays == 1.0
    assert moves(common, {"x": "q"}, "area_m2").stays == pytest.approx(2 / 3)
    assert match(common.iloc[:0], "households") == {}


def test_cuts_name_the_compound_and_its_grids() -> None:
    pieces = pd.DataFrame(
        {
            "grid": ["g1", "g2", "g2", "g3", None],
            "area": ["A", "A", "B", "B", "B"],
            "campus": ["school", "school", "yard", "yard", "yard"],
            "campus_share": [1.0, 0.6, 1.0, 0.4, 1.0],
        }
    )
    made = cuts_of(pieces)
    assert made.compounds_cut == {"school": ["g1", "g2"]}
    assert made.compounds == 2
    assert made.over_areas == {"g2": ["A", "B"]}
    assert made.to_dict()["areas"] == 2
    assert made.grids_per_area == {"A": 2, "B": 2}
    assert campus_grids(pieces, {"g1": "institution", "g2": "institution", "g3": "resident"}) == {"g1"}
    assert cuts_of(pieces.drop(columns=["campus", "campus_share"])).compounds == 0
