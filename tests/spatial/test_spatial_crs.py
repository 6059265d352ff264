"""Names of coordinate systems, the metric system of a place, and moving to WGS 84 (against pyproj used directly)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.spatial.coordinates import china, crs


@pytest.mark.parametrize(
    ("text", "name", "degrees"),
    [
        ("wgs84", "EPSG:4326", True),
        ("WGS-84", "EPSG:4326", True),
        ("cgcs2000", "EPSG:4490", True),
        ("GCJ-02", "gcj02", True),
        ("gcj02", "gcj02", True),
        ("bd 09", "bd09", True),
        ("EPSG:4547", "EPSG:4547", False),
        ("epsg:3857", "EPSG:3857", False),
        ("4326", "EPSG:4326", True),
    ],
)
def test_names_are_taken_as_people_write_them(text: str, name: str, degrees: bool) -> None:
    made = crs.parse_crs(text)
    assert (made.name, made.is_degrees) == (name, degrees)


@pytest.mark.parametrize("text", ["", "mars", "EPSG:", "EPSG:999999", "EPSG:4978", "EPSG:5773", "火星"])
def test_what_is_no_system_of_map_coordinates_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="give EPSG:n, wgs84"):
        crs.parse_crs(text)


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [
        (113.53, 22.79, "EPSG:4547"),  # Nansha: 114°
        (121.47, 31.23, "EPSG:4549"),  # Shanghai: 120°
        (75.99, 39.47, "EPSG:4534"),  # Kashgar: 75°
        (134.7, 48.3, "EPSG:4554"),  # Fuyuan: 135°
        (112.5, 23.0, "EPSG:4547"),  # halfway: the eastern one
        (-77.03, 38.9, "EPSG:32618"),  # Washington
        (151.2, -33.87, "EPSG:32756"),  # Sydney
        (180.0, 0.0, "EPSG:32660"),
    ],
)
def test_the_metric_system_of_a_place(lon: float, lat: float, name: str) -> None:
    assert crs.metric_crs(lon, lat) == name


@given(st.floats(74.0, 134.5), st.floats(17.0, 53.0))
def test_in_china_the_central_meridian_is_at_most_a_degree_and_a_half_away(lon: float, lat: float) -> None:
    meridian = pyproj.CRS(crs.metric_crs(lon, lat)).coordinate_operation.params[1].value
    assert abs(meridian - lon) <= 1.5


@pytest.mark.parametrize("place", [(np.nan, 0.0), (0.0, np.inf), (500_000.0, 2_500_000.0)])
def test_a_metric_system_needs_degrees(place: tuple[float, float]) -> None:
    with pytest.raises(InputError):
        crs.metric_crs(*place)


@pytest.mark.parametrize("name", ["EPSG:4547", "EPSG:4526", "EPSG:3857", "EPSG:32649", "EPSG:3395"])
def test_moving_agrees_with_pyproj(name: str) -> None:
    lon, lat = np.array([113.4, 113.6]), np.array([22.6, 22.9])
    target = "EPSG:4490" if name in ("EPSG:4547", "EPSG:4526") else "EPSG:4326"
    expected = pyproj.Transformer.from_crs(target, name, always_xy=True).transform(lon, lat)
    assert np.allclose(crs.points_from_wgs84(lon, lat, name), expected, rtol=0, atol=1e-6)
    assert np.allclose(crs.points_to_wgs84(*expected, name), (lon, lat), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["EPSG:2435", "EPSG:4214", "EPSG:2383", "EPSG:4267"])
def test_one_operation_moves_all_points_of_a_system(name: str) -> None:
    """PROJ's own choice by the point tears Beijing 1954 apart by 50 m between (113.4, 22.6) and (113.6, 22.9)."""
    lon = np.linspace(113.0, 114.5, 200)
    x, y = crs.points_from_wgs84(lon, np.full(200, 22.75), name)
    assert np.abs(np.diff(np.hypot(x, y), n=2)).max() < 1.0 if name in ("EPSG:2435", "EPSG:2383") else 1e-4
    back = crs.points_to_wgs84(x, y, name)
    assert np.allclose(back[0], lon, rtol=0, atol=1e-9)


def test_cgcs2000_degrees_are_taken_as_wgs84() -> None:
    assert crs.points_to_wgs84(113.5, 22.7, "cgcs2000") == (113.5, 22.7)


def test_a_frame_moves_with_heights_holes_and_missing_shapes() -> None:
    hole = shapely.Polygon(
        [(113, 22), (114, 22), (114, 23), (113, 23)], [[(113.2, 22.2), (113.4, 22.2), (113.3, 22.4)]]
    )
    shapes = [hole, shapely.Point(113.5, 22.7, 8.0), None, shapely.Polygon()]
    frame = gpd.GeoDataFrame({"code": list("abcd")}, geometry=shapes)
    moved = crs.to_wgs84(frame, "gcj02")
    assert moved.crs.to_epsg() == 4326
    assert moved.geometry[2] is None
    assert moved.geometry[3].is_empty
    assert moved.geometry[1].z == 8.0
    assert not moved.geometry[0].has_z
    expected = china.gcj02_to_wgs84(*shapely.get_coordinates(hole).T)
    assert np.allclose(shapely.get_coordinates(moved.geometry[0]).T, expected, rtol=0, atol=1e-12)
    assert frame.geometry[0].equals(hole)


def test_coordinates_off_the_globe_are_refused() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(1e12, 1e12)])
    with pytest.raises(InputError, match="no place on the globe"):
        crs.to_wgs84(frame, "EPSG:4547")


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("wgs84", 0, 0), ("cgcs2000", 1, 1), ("EPSG:4547", 1, 1), ("gcj02", 2, 2), ("bd09", 2, 2), ("EPSG:2435", 50, 200)],
)
def test_every_system_states_its_uncertainty(name: str, least: float, most: float) -> None:
    assert least <= crs.uncertainty_m(name) <= most


def test_esri_spellings_are_recognised() -> None:
    esri = pyproj.CRS("EPSG:4547").to_wkt("WKT1_ESRI")
    assert crs.declared_crs(pyproj.CRS(esri)).name == "EPSG:4547"


def test_a_system_of_the_file_s_own_is_used_by_its_definition() -> None:
    own = pyproj.CRS("+proj=tmerc +lat_0=22 +lon_0=113.5 +x_0=50000 +y_0=10000 +ellps=GRS80 +units=m")
    system = crs.declared_crs(own)
    lon, lat = crs.points_to_wgs84(50_000, 10_000, system)
    assert (float(lon), float(lat)) == pytest.approx((113.5, 22.0), abs=1e-9)


def test_an_unknown_projection_is_refused() -> None:
    engineering = pyproj.CRS('ENGCRS["plan",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],UNIT["m",1]]')
    with pytest.raises(InputError, match="cannot be placed"):
        crs.declared_crs(engineering)


def test_the_system_that_geojson_names_is_wgs84() -> None:
    assert crs.declared_crs(pyproj.CRS("OGC:CRS84")).name == "EPSG:4326"
