"""Codes: reading order, a pool that never issues twice, the end of the three digits."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import CRS, squares

from app.errors import Infeasible
from app.spatial.division.codes import assign_codes, reading_order

AREA = "440115001001"


def grids(count: int, kind: str = "resident", area: str = AREA) -> gpd.GeoDataFrame:
    return squares(count, 1).assign(area=area, kind=kind)


def test_rows_run_from_north_to_south_and_west_to_east():
    # reading order of a 3 × 2 field whose squares are numbered from the south-west: the northern row first
    assert reading_order(squares(3, 2).geometry).tolist() == [3, 4, 5, 0, 1, 2]


def test_a_shape_a_little_further_south_stays_in_its_row():
    shapes = gpd.GeoSeries([shapely.box(100, 60, 200, 160), shapely.box(0, 0, 100, 100)], crs=CRS)
    assert reading_order(shapes).tolist() == [1, 0]


def test_code_is_area_letter_serial():
    mixed = grids(3).assign(kind=["business", "resident", "institution"])
    assert assign_codes(mixed, {}).codes == [f"{AREA}S001", f"{AREA}J001", f"{AREA}D001"]


def test_issued_serials_are_not_issued_again():
    found = assign_codes(grids(2), {f"{AREA}J": 7, "other": 3})
    assert found.codes == [f"{AREA}J008", f"{AREA}J009"]
    assert found.issued == {f"{AREA}J": 9, "other": 3}


@settings(max_examples=20)
@given(rounds=st.lists(st.integers(1, 20), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_a_pool_never_gives_a_code_twice(rounds, seed):
    pool, given_out = {}, []
    rng = np.random.default_rng(seed)
    for count in rounds:
        frame = grids(count).assign(
            kind=rng.choice(["resident", "business"], count), area=rng.choice(["a", "b"], count)
        )
        found = assign_codes(frame, pool)
        pool = found.issued
        given_out += found.codes
    assert len(set(given_out)) == len(given_out) == sum(rounds)


def test_999_is_the_last_serial():
    assert assign_codes(grids(1), {f"{AREA}J": 998}).codes == [f"{AREA}J999"]
    pool = {f"{AREA}J": 998}
    with pytest.raises(Infeasible) as caught:
        assign_codes(grids(2), pool)
    assert pool == {f"{AREA}J": 998}
    assert caught.value.reasons == [
        f"{AREA}J: 2 codes are wanted, 1 are left after 998; raise the target 2.00-fold or more, or "
        "divide the area among more administrative codes"
    ]
