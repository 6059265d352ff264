"""What numbers tell of their coordinate system, on a ground around Nansha; the numbers are made with pyproj."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.spatial.coordinates.boxes import Bounds
from app.spatial.coordinates.crs import parse_crs, points_from_wgs84
from app.spatial.coordinates.crs_check import check_against_ground, complaint
from app.spatial.coordinates.crs_guess import FAR_M, guess_crs

BOX = (113.40, 22.60, 113.70, 22.90)
GROUND = shapely.box(*BOX)


def bounds_in(name: str, box: Bounds = BOX) -> Bounds:
    x, y = points_from_wgs84(np.array([box[0], box[2]]), np.array([box[1], box[3]]), name)
    return float(x[0]), float(y[0]), float(x[1]), float(y[1])


@pytest.mark.parametrize("name", ["EPSG:4526", "EPSG:4497", "EPSG:3857", "EPSG:4326"])
def test_numbers_that_tell_their_system(name: str) -> None:
    """3° zone 38, 6° zone 19, web mercator, degrees."""
    first = guess_crs(bounds_in(name))[0]
    assert first.name == name
    assert first.reason


@pytest.mark.parametrize("name", ["EPSG:4547", "EPSG:4526", "EPSG:4508", "EPSG:32649", "EPSG:3857", "gcj02", "bd09"])
def test_the_ground_chooses_among_systems_that_look_alike(name: str) -> None:
    assert name in [guess.name for guess in guess_crs(bounds_in(name), GROUND)][:3]


@pytest.mark.parametrize("name", ["EPSG:4547", "gcj02", "bd09", "EPSG:4326"])
def test_the_same_extent_puts_the_right_one_first(name: str) -> None:
    assert guess_crs(bounds_in(name), GROUND)[0].name == name


def test_eastings_without_a_zone_fit_every_zone() -> None:
    names = [guess.name for guess in guess_crs(bounds_in("EPSG:4547"))]
    assert {"EPSG:4546", "EPSG:4547", "EPSG:32649"} <= set(names)


def test_older_datums_are_mentioned() -> None:
    reason = guess_crs(bounds_in("EPSG:2414"))[0].reason  # Beijing 1954, 3° zone 38: the same look as CGCS2000
    assert "Beijing 1954" in reason
    assert "Xi'an 1980" in reason


@pytest.mark.parametrize("ground", [None, GROUND])
def test_degrees_that_are_metres_are_refused(ground: shapely.Geometry | None) -> None:
    for name in ("EPSG:4547", "EPSG:4526", "EPSG:3857"):
        wrong = complaint(bounds_in(name), parse_crs("wgs84"), ground)
        assert wrong is not None
        assert (wrong.kind, wrong.fatal) == ("metres_as_degrees", True)
    assert wrong.guess == "EPSG:3857"


def test_metres_that_are_degrees_are_refused() -> None:
    wrong = complaint(BOX, parse_crs("EPSG:4547"))
    assert wrong is not None
    assert (wrong.kind, wrong.guess) == ("degrees_as_metres", "EPSG:4326")


@pytest.mark.parametrize("ground", [None, GROUND])
def test_swapped_axes_are_seen_where_latitudes_exceed_ninety(ground: shapely.Geometry | None) -> None:
    wrong = complaint((BOX[1], BOX[0], BOX[3], BOX[2]), parse_crs("cgcs2000"), ground)
    assert wrong is not None
    assert wrong.kind == "swapped_axes"


def test_swapped_axes_are_seen_by_the_pole_and_by_the_ground() -> None:
    washington = shapely.box(-77.12, 38.79, -76.91, 39.0)
    swapped = (38.79, -77.12, 39.0, -76.91)
    for ground in (None, washington):
        wrong = complaint(swapped, parse_crs("wgs84"), ground)
        assert wrong is not None
        assert wrong.kind == "swapped_axes"
    paris = shapely.box(2.2, 48.8, 2.5, 48.95)
    wrong = complaint((48.8, 2.2, 48.95, 2.5), parse_crs("wgs84"), paris)
    assert wrong is not None
    assert wrong.kind == "swapped_axes"


def test_a_file_far_from_the_ground_is_refused_with_the_distance() -> None:
    shanghai = (121.3, 31.1, 121.6, 31.4)
    wrong = complaint(shanghai, parse_crs("wgs84"), GROUND)
    assert wrong is not None
    assert wrong.kind == "far"
    assert "km from the city's ground" in wrong.detail


def test_the_wrong_zone_is_far_and_the_right_one_is_proposed() -> None:
    wrong = complaint(bounds_in("EPSG:4547"), parse_crs("EPSG:4546"), GROUND)
    assert wrong is not None
    assert (wrong.kind, wrong.guess) == ("far", "EPSG:4547")


def test_a_file_beside_the_ground_is_not_far() -> None:
    near = FAR_M / 111_000 * 0.9
    assert check_against_ground((113.7 + near, 22.6, 113.9 + near, 22.8), GROUND) is None


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
def test_an_offset_like_a_map_service_s_is_a_warning(name: str) -> None:
    wrong = complaint(bounds_in(name), parse_crs("wgs84"), GROUND)
    assert wrong is not None
    assert (wrong.kind, wrong.guess, wrong.fatal) == ("offset", name, False)


def test_a_smaller_file_on_the_ground_raises_no_suspicion() -> None:
    assert complaint((113.45, 22.65, 113.5, 22.7), parse_crs("wgs84"), GROUND) is None
    assert complaint(BOX, parse_crs("wgs84"), GROUND) is None
    assert complaint(bounds_in("gcj02"), parse_crs("gcj02"), GROUND) is None


def test_metres_near_zero_are_a_local_system() -> None:
    """Shanghai's city system has its origin at People's Square."""
    (only,) = guess_crs((-12_000, -8_000, 15_000, 9_000))
    assert only.name == ""
    assert "地方坐标系" in only.reason


def test_numbers_outside_every_system_are_named() -> None:
    wrong = complaint((-190.6, 51.8, 13.4, 52.3), parse_crs("wgs84"))
    assert wrong is not None
    assert wrong.kind == "off_globe"
    assert guess_crs((float("nan"), 0, 1, 1)) == []
