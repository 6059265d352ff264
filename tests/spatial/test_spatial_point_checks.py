from __future__ import annotations

import numpy as np
import pytest

from app.spatial.coordinates import china
from app.spatial.coordinates.crs import parse_crs
from app.spatial.coordinates.point_checks import (
    FINE,
    NO_NUMBER,
    NULL_ISLAND,
    OFF_GLOBE,
    SWAPPED,
    WORDS,
    other_readings,
    point_problems,
    swapped,
)

GUANGZHOU = (113.53, 22.79)


def problem(x: float, y: float, crs: str = "wgs84") -> int:
    return int(point_problems(np.array([x]), np.array([y]), parse_crs(crs))[0])


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (113.53, 22.79, FINE), (-77.02, 38.9, FINE), (180.0, -90.0, FINE), (0.0, 51.5, FINE),
        (22.79, 113.53, SWAPPED), (113.53, 122.0, OFF_GLOBE), (181.0, 22.0, OFF_GLOBE),
        (38_401_000.0, 2_521_000.0, OFF_GLOBE),
        (0.0, 0.0, NULL_ISLAND), (-0.0, 0.0, NULL_ISLAND), (np.nan, 22.79, NO_NUMBER), (113.5, np.inf, NO_NUMBER),
    ],
)  # fmt: skip
def test_each_problem_of_degrees_is_named(x: float, y: float, expected: int) -> None:
    assert problem(x, y) == expected
    assert expected == FINE or WORDS[expected]


def test_metres_have_no_range_but_no_zero_either() -> None:
    assert problem(401_000.0, 2_521_000.0, "EPSG:4547") == FINE
    assert problem(0.0, 0.0, "EPSG:4547") == NULL_ISLAND


def test_swapped_reads_the_axes_the_other_way_round() -> None:
    lon, lat = swapped(np.array([38.9, 22.79]), np.array([-77.02, 113.53]), parse_crs("wgs84"))
    assert (lon.tolist(), lat.tolist()) == ([-77.02, 113.53], [38.9, 22.79])
    nowhere = swapped(np.array([113.53]), np.array([22.79]), parse_crs("wgs84"))
    assert np.isnan(nowhere).all()


def test_other_readings_are_those_a_chinese_point_could_have() -> None:
    x, y = np.array([GUANGZHOU[0]]), np.array([GUANGZHOU[1]])
    assert set(other_readings(x, y, parse_crs("wgs84"))) == {"gcj02", "bd09"}
    assert set(other_readings(x, y, parse_crs("cgcs2000"))) == {"gcj02", "bd09"}
    assert set(other_readings(x, y, parse_crs("gcj02"))) == {"wgs84", "bd09"}
    as_gcj = other_readings(x, y, parse_crs("wgs84"))["gcj02"]
    back = china.wgs84_to_gcj02(*as_gcj)
    assert np.allclose([back[0][0], back[1][0]], GUANGZHOU, atol=1e-9)
    assert other_readings(np.array([-77.0]), np.array([38.9]), parse_crs("wgs84")) == {}
    assert other_readings(x, y, parse_crs("EPSG:4547")) == {}
