"""Division: hard rules by brute force (breadth-first search, union of the shapes), determinism, infeasible wishes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import CRS, random_pieces, squares

from app.errors import Cancelled, Infeasible, InputError
from app.spatial.division.counts import apportion, count_grids
from app.spatial.division.division import divide
from app.spatial.division.grids import build_grids
from app.spatial.division.terms import DEFAULT_BANDS, Band, Weights

BANDS = {
    "resident": Band("households", 150, 200, 250),
    "business": Band("businesses", 60, 100, 150),
    "institution": Band("area_m2", 20_000, 150_000, 400_000),
}
RESIDENT = {"resident": BANDS["resident"]}


def reached(shapes: np.ndarray, members: np.ndarray) -> int:
    """How many of `members` a search over touching borders finds from the first: GEOS predicates only."""
    tree, found, waiting = set(members.tolist()), {int(members[0])}, [int(members[0])]
    while waiting:
        here = waiting.pop()
        for other in tree - found:
            if shapely.length(shapely.intersection(shapes[here], shapes[other])) > 0:
                found.add(other)
                waiting.append(other)
    return len(found)


def check_hard_rules(pieces: gpd.GeoDataFrame, division) -> None:
    shapes, assignment = pieces.geometry.to_numpy(), division.assignment
    has_areas = (pieces["area"] != "").any()
    assert ((assignment >= 0) == ((pieces["area"] != "") | (not has_areas)).to_numpy()).all()
    assert sorted(set(assignment[assignment >= 0])) == list(range(len(division.grids)))
    for grid in range(len(division.grids)):
        members = np.flatnonzero(assignment == grid)
        assert reached(shapes, members) == len(members)
        assert shapely.union_all(shapes[members]).geom_type == "Polygon"
        assert pieces["area"].iloc[members].nunique() == 1
    assert (division.report.broken, division.report.over_areas) == (0, 0)


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(8, 70),
    holes=st.booleans(),
    island=st.booleans(),
    areas=st.integers(0, 3),
    kinds=st.booleans(),
)
@settings(max_examples=30)
def test_hard_rules_on_random_ground(seed, count, holes, island, areas, kinds):
    pieces = random_pieces(seed, count, holes=holes, island=island, areas=areas, kinds=kinds)
    division = divide(pieces, bands=BANDS, seed=seed, effort=300)
    check_hard_rules(pieces, division)
    grids = build_grids(pieces, division.assignment)
    for quantity in ("households", "businesses"):
        assert grids[quantity].sum() == pieces[quantity].sum()
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())
    assert grids.geometry.area.sum() == pytest.approx(pieces.geometry.area.sum(), rel=1e-9)
    again = divide(pieces, bands=BANDS, seed=seed, effort=300, threads=1)
    assert again.assignment.tobytes() == division.assignment.tobytes()
    assert again.grids.equals(division.grids)


@given(seed=st.integers(0, 10_000), grids=st.integers(2, 12))
@settings(max_examples=15)
def test_a_number_of_grids_is_met_exactly(seed, grids):
    pieces = random_pieces(seed, 60, holes=False, island=True, areas=0, kinds=False)
    division = divide(pieces, bands=RESIDENT, seed=seed, grids=grids, effort=300)
    assert len(division.grids) == grids
    check_hard_rules(pieces, division)


def test_a_piece_outside_every_area_is_left_out_and_counted():
    pieces = squares(4, 4, households=100, area=["a"] * 15 + [""])
    division = divide(pieces, bands=RESIDENT)
    assert division.assignment[15] == -1
    assert division.report.undivided == 1
    assert division.grids["amount"].sum() == 1500


def test_small_ground_folds_into_the_neighbour_with_the_longest_border():
    # a shop of 10 businesses in the corner: two sides to homes; too few for a business grid
    pieces = squares(4, 4, households=20, businesses=0, area="a", kind="resident")
    pieces.loc[0, ["kind", "businesses"]] = ["business", 10]
    division = divide(pieces, bands=BANDS)
    assert set(division.grids["kind"]) == {"resident"}
    assert division.report.folded == 1


def test_ground_below_the_band_without_a_neighbour_is_flagged():
    pieces = squares(2, 1, households=10, area="a")
    division = divide(pieces, bands=RESIDENT)
    assert division.grids["below_band"].tolist() == [True]
    assert division.report.below_band[0]["amount"] == 20


def test_a_neighbour_area_is_never_folded_into():
    pieces = squares(4, 1, households=[10, 10, 200, 200], area=["a", "a", "b", "b"])
    division = divide(pieces, bands=RESIDENT)
    assert division.assignment.tolist() == [0, 0, 1, 2]
    assert division.grids["below_band"].tolist() == [True, False, False]


def test_one_campus_is_one_grid_whatever_its_size():
    pieces = squares(6, 6, side=200.0, households=20, area="a", kind="resident", campus="")
    inside = [r * 6 + c for r in range(4) for c in range(4)]  # 16 × 4 ha: more than the band allows
    pieces.loc[inside, ["kind", "campus"]] = ["institution", "u1"]
    division = divide(pieces, bands=BANDS)
    assert len(set(division.assignment[inside])) == 1
    assert division.grids.loc[division.assignment[inside[0]], "campus"] == "u1"
    assert set(division.grids["kind"]) == {"resident", "institution"}


def test_equal_squares_become_equal_grids():
    # 36 squares of 100 households at a target of 400: nine grids of four, none off its target
    division = divide(squares(6, 6, households=100), bands={"resident": Band("households", 300, 400, 500)})
    assert len(division.grids) == 9
    assert division.report.deviation_max == 0.0


def test_the_number_of_grids_follows_the_band_where_pieces_are_coarse():
    # 12 pieces of 315: 9.45 targets, but nine or ten grids of whole pieces cannot all lie in 300–500; twelve can
    pieces = squares(4, 3, households=315)
    division = divide(pieces, bands={"resident": Band("households", 300, 400, 500)})
    assert (len(division.grids), division.report.inside_band) == (12, 1.0)


def test_weights_pull_where_they_say():
    pieces = squares(12, 6, households=100)
    pieces["old"] = np.where(np.arange(72) % 12 < 5, "west", "east")  # the old border runs five squares from the west
    bands = {"resident": Band("households", 1800, 3600, 5400)}
    free = divide(pieces, bands=bands, grids=2, networks=[], weights=Weights(1, 1, 0, 0))
    kept = divide(pieces, bands=bands, grids=2, networks=["old"], weights=Weights(0.1, 1, 5, 5))
    border = lambda found: sorted(np.bincount(found.assignment).tolist())  # noqa: E731
    assert border(free) == [36, 36]
    assert border(kept) == [30, 42]


@pytest.mark.parametrize(
    ("amount", "grids"),
    [(100, 1), (400, 1), (500, 1), (560, 2), (600, 2), (1000, 3), (1100, 3), (4000, 10)],
)
def test_number_of_grids_leaves_the_band_least(amount, grids):
    assert count_grids(np.full(100, amount / 100), DEFAULT_BANDS["resident"]) == grids


def test_a_piece_above_the_maximum_is_a_grid_of_its_own():
    assert count_grids(np.array([2000.0, 200.0, 200.0]), DEFAULT_BANDS["resident"]) == 2


def test_grids_are_shared_out_in_proportion():
    assert apportion(10, np.array([1.0, 3.0, 6.0]), np.array([9, 9, 9])).tolist() == [1, 3, 6]
    assert apportion(5, np.array([0.0, 0.1, 9.0]), np.array([9, 9, 2])).tolist() == [1, 2, 2]


@pytest.mark.parametrize(("grids", "nearest"), [(1, 2), (30, 21)])
def test_an_impossible_number_names_the_nearest(grids, nearest):
    pieces = gpd.GeoDataFrame(
        {"households": 10},
        geometry=[*squares(4, 5).geometry, shapely.box(9000, 0, 9100, 100)],
        crs=CRS,
        index=range(21),
    )
    with pytest.raises(Infeasible) as caught:
        divide(pieces, bands=RESIDENT, grids=grids)
    assert caught.value.members["nearest"] == nearest


def test_wrong_inputs_are_refused():
    pieces = squares(2, 2, households=[1, 2, 3, -1])
    with pytest.raises(InputError, match="0 or more"):
        divide(pieces, bands=RESIDENT)
    with pytest.raises(InputError, match="no quantity"):
        divide(pieces.drop(columns="households"), bands=RESIDENT)
    with pytest.raises(InputError, match="metric"):
        divide(pieces.set_crs(4326, allow_override=True), bands=RESIDENT)
    with pytest.raises(InputError, match="no band"):
        divide(pieces.assign(kind="business", households=1), bands=RESIDENT)
    with pytest.raises(InputError, match="minimum"):
        Band("households", 500, 400, 300)


def test_a_watcher_may_cancel():
    def watch(share: float, text: str) -> None:
        if text == "dividing":
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        divide(squares(10, 10, households=100), bands=RESIDENT, effort=1e6, progress=watch)


def test_a_time_gives_an_effort_that_repeats_the_result():
    ticks = iter(np.arange(0.0, 100.0, 0.5))
    pieces = squares(10, 10, households=np.arange(100))
    timed = divide(pieces, bands=RESIDENT, time_s=3.0, clock=lambda: float(next(ticks)))
    again = divide(pieces, bands=RESIDENT, effort=timed.report.effort)
    assert again.assignment.tobytes() == timed.assignment.tobytes()


def test_bench_pieces_stay_within_their_figures(shared):
    """Guards against a worse engine: bounds a little above what was measured (docs/division.md)."""
    pieces = gpd.read_parquet(shared / "data/bench/pieces_1000.parquet")
    report = divide(pieces, bands=RESIDENT, grids=50, seed=1).report
    assert (report.grids, report.broken, report.inside_band) == (50, 0, 1.0)
    assert report.deviation_p95 <= 0.088
    assert report.deviation_max <= 0.15
    assert report.cut_m <= 375_000
