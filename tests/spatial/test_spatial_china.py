"""GCJ-02 and BD-09 against values that others published, and as exact inverses of each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.spatial.coordinates import china

BEIJING = (116.404, 39.915)

# WGS 84, GCJ-02 and BD-09 of places in six provinces as the map services' own converters gave them: hujiulong/gcoord,
# test/fixtures/china-cities.json (驻马店, 邵阳, 那曲, 沈阳, 汕头, 酒泉).
CITIES = np.array(
    [
        (114.0164322, 33.0133556, 114.022306, 33.0115324, 114.0287781, 33.0176697),
        (111.4622119, 27.242124, 111.4677938, 27.2388981, 111.4742271, 27.2451662),
        (92.0499619, 31.4784436, 92.0512438, 31.4762063, 92.0576832, 31.4824421),
        (123.4253306, 41.8032629, 123.4314787, 41.8057023, 123.438095, 41.8114013),
        (116.6775114, 23.3567569, 116.6819735, 23.3540964, 116.6885014, 23.3598884),
        (98.4937175, 39.7319946, 98.4943595, 39.7328234, 98.5008441, 39.7388949),
    ]
)

in_china = st.tuples(st.floats(73.5, 135.0), st.floats(4.0, 53.5))


def metres(lon: np.ndarray, lat: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> np.ndarray:
    """Small distances on a sphere of the equator's radius, from above."""
    return np.hypot((lon - lon2) * 111_320 * np.cos(np.radians(lat)), (lat - lat2) * 111_700)


def test_the_forward_models_give_the_published_examples() -> None:
    """wandergis/coordtransform, test/app.js; the closed inverse there is off by design and is not compared."""
    lon, lat = china.wgs84_to_gcj02(*BEIJING)
    assert (float(lon), float(lat)) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-13)
    lon, lat = china.gcj02_to_bd09(*BEIJING)
    assert (float(lon), float(lat)) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-13)


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_it_agrees_with_another_implementation_to_its_rounding(
    wgs: tuple[float, float], gcj: tuple[float, float]
) -> None:
    """googollee/eviltransform, go/transform_test.go: Shanghai, Shenzhen, Beijing, compared there to five decimals."""
    lon, lat = china.wgs84_to_gcj02(*wgs)
    assert (float(lon), float(lat)) == pytest.approx(gcj, abs=1e-5)


def test_the_stated_uncertainty_covers_what_the_map_services_answer() -> None:
    wgs, gcj, bd = CITIES[:, 0:2].T, CITIES[:, 2:4].T, CITIES[:, 4:6].T
    assert metres(*china.wgs84_to_gcj02(*wgs), *gcj).max() < china.GCJ02_UNCERTAINTY_M / 2
    assert metres(*china.gcj02_to_wgs84(*gcj), *wgs).max() < china.GCJ02_UNCERTAINTY_M / 2
    assert metres(*china.wgs84_to_bd09(*wgs), *bd).max() < china.BD09_UNCERTAINTY_M / 2
    assert metres(*china.bd09_to_wgs84(*bd), *wgs).max() < china.BD09_UNCERTAINTY_M / 2
    assert metres(*china.gcj02_to_bd09(*gcj), *bd).max() < 0.02


@given(in_china)
def test_there_and_back_is_the_same_place_to_a_hundredth_of_a_millimetre(point: tuple[float, float]) -> None:
    lon, lat = point
    assert metres(*china.gcj02_to_wgs84(*china.wgs84_to_gcj02(lon, lat)), lon, lat) < 1e-5
    assert metres(*china.bd09_to_gcj02(*china.gcj02_to_bd09(lon, lat)), lon, lat) < 1e-5
    assert metres(*china.bd09_to_wgs84(*china.wgs84_to_bd09(lon, lat)), lon, lat) < 1e-5


@given(in_china)
def test_the_shift_is_some_hundred_metres(point: tuple[float, float]) -> None:
    lon, lat = point
    assert 10 < metres(*china.wgs84_to_gcj02(lon, lat), lon, lat) < 1_500


def test_bd09_to_wgs84_is_the_two_steps() -> None:
    lon, lat = china.gcj02_to_wgs84(*china.bd09_to_gcj02(*BEIJING))
    assert np.allclose(china.bd09_to_wgs84(*BEIJING), (lon, lat), rtol=0, atol=1e-12)


def test_outside_china_nothing_moves_and_nothing_is_lost() -> None:
    lon = np.array([-77.03, 2.35, np.nan, 113.5])
    lat = np.array([38.9, 48.85, 22.7, np.nan])
    for change in (china.wgs84_to_gcj02, china.gcj02_to_wgs84, china.wgs84_to_bd09, china.bd09_to_wgs84):
        moved = change(lon, lat)
        assert np.array_equal(moved[0], lon, equal_nan=True)
        assert np.array_equal(moved[1], lat, equal_nan=True)


def test_arrays_keep_their_shape_and_the_input_is_not_changed() -> None:
    lon, lat = np.full((2, 3), 113.5), np.full((2, 3), 22.7)
    moved, _ = china.wgs84_to_gcj02(lon, lat)
    assert moved.shape == (2, 3)
    assert (lon == 113.5).all()
    assert china.inside_china([113.5, -77.0], [22.7, 38.9]).tolist() == [True, False]
