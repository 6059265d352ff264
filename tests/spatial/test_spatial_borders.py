"""Border distances against geodesics (GeographicLib through pyproj) to densely sampled borders."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from adversarial_points import messy
from pyproj import Geod

from app.spatial.location.borders import border_distances, borders_of

GEOD = Geod(ellps="WGS84")


def geodesic_m(polygon: shapely.Geometry, lon: float, lat: float) -> float:
    """Sampled every 2e-7 degrees (2 cm) around the three nearest samples of a coarser round."""
    border = shapely.boundary(polygon)
    coarse = np.arange(0, border.length, border.length / 20_000)
    samples = shapely.get_coordinates(shapely.line_interpolate_point(border, coarse))
    away = GEOD.inv(np.full(len(samples), lon), np.full(len(samples), lat), samples[:, 0], samples[:, 1])[2]
    step = border.length / 20_000
    fine = [np.linspace(coarse[i] - step, coarse[i] + step, 4001) for i in np.argsort(away)[:3]]
    points = shapely.get_coordinates(shapely.line_interpolate_point(border, np.clip(np.concatenate(fine), 0, None)))
    return float(min(GEOD.inv(np.full(len(points), lon), np.full(len(points), lat), points[:, 0], points[:, 1])[2]))


@pytest.mark.parametrize("latitude", [0.0, 22.8, -38.9, 53.5, 69.0])
def test_within_a_millimetre_of_the_geodesic_up_to_five_kilometres(latitude: float) -> None:
    rng = np.random.default_rng(3)
    polygons = np.array(
        [p for p in messy(rng, 9, (113.0, latitude), 0.05) if p.geom_type == "Polygon" and not len(p.interiors)]
    )
    for i, polygon in enumerate(polygons):
        lon, lat = rng.uniform((112.98, latitude - 0.02), (113.07, latitude + 0.07))
        got = border_distances(borders_of(polygons), np.array([lon]), np.array([lat]), np.array([i]))[0]
        want = geodesic_m(polygon, lon, lat)
        if want < 5000:
            assert got == pytest.approx(want, abs=0.001)


def test_holes_and_all_parts_have_borders_and_rings_are_not_joined() -> None:
    ring = shapely.box(0, 0, 9, 9) - shapely.box(4, 4, 5, 5)
    pair = shapely.union(shapely.box(20, 0, 21, 1), shapely.box(24, 0, 25, 1))
    borders = borders_of(np.array([ring, pair], dtype=object))
    assert borders.first.tolist() == [0, 8, 16]
    start = borders.edges >> 2
    lengths = np.hypot(*(borders.corners[start + 1] - borders.corners[start]).T)
    assert lengths[:8].sum() == 40
    assert lengths[8:].sum() == 8
    in_hole = border_distances(borders, np.array([4.4999]), np.array([4.0 + 1e-5]), np.array([0]))[0]
    assert in_hole == pytest.approx(1.1, abs=0.01)


def test_zero_on_a_vertex_and_infinite_without_edges() -> None:
    square, nothing = shapely.box(1, 1, 2, 2), shapely.Polygon()
    borders = borders_of(np.array([square, nothing], dtype=object))
    assert border_distances(borders, np.array([2.0, 2.0]), np.array([1.0, 1.0]), np.array([0, 1])).tolist() == [
        0,
        np.inf,
    ]
