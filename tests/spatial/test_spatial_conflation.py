"""Networks that nearly agree, brought together. Oracle: distances and areas by shapely."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from networks_in_metres import tiling
from random_networks import CRS, EAST, EVERY_FACE, NORTH, frame, networks_of
from shapely import box

from app.errors import InputError
from app.spatial.pieces.overlay import OverlayOptions, overlay

TOLERANCE = 1.5


def redrawn(shapes: np.ndarray, rng: np.random.Generator, metres: float) -> np.ndarray:
    """The shapes drawn once more: every corner up to `metres` off, the same way wherever it is shared."""
    points = shapely.get_coordinates(shapes)
    corners, at = np.unique(points, axis=0, return_inverse=True)
    angle, away = rng.uniform(0, 2 * np.pi, len(corners)), metres * rng.uniform(0, 1, len(corners))
    moved = corners + np.stack([np.cos(angle), np.sin(angle)], axis=1) * away[:, None]
    return shapely.set_coordinates(shapes.copy(), moved[at.ravel()])


def twice_drawn(seed: int, metres: float) -> dict[str, gpd.GeoDataFrame]:
    rng = np.random.default_rng(seed)
    shapes = shapely.transform(
        np.array(tiling(rng, 4, 3).shapes, dtype=object), lambda xy: xy + np.array([EAST, NORTH])
    )
    codes = [f"{number:02d}" for number in range(len(shapes))]
    return {"a": frame(shapes, codes), "b": frame(redrawn(shapes, rng, metres), codes)}


def conflating(tolerance: float = TOLERANCE, **more: object) -> OverlayOptions:
    return OverlayOptions(conflate=tolerance, **more)


@given(seed=st.integers(0, 10**9))
def test_a_network_drawn_twice_is_one_again(seed):
    networks = twice_drawn(seed, 1.0)
    apart = overlay(networks, crs=CRS, options=EVERY_FACE)
    laid = overlay(networks, crs=CRS, options=conflating(sliver_area=0))
    assert len(apart.pieces) > 3 * len(networks["a"])
    assert laid.pieces["a"].tolist() == laid.pieces["b"].tolist()
    assert len(laid.pieces) == len(networks["a"])
    assert laid.report.valid
    pieces = laid.pieces.sort_values("a").geometry.to_numpy()
    assert shapely.area(shapely.symmetric_difference(pieces, networks["a"].geometry.to_numpy())).max() < 1e-3
    assert {"|".join(names) for names in laid.borders["drawn_by"]} == {"a|b"}


@given(seed=st.integers(0, 10**9), tolerance=st.floats(0.2, 5.0))
def test_nothing_moves_further_than_the_tolerance_and_the_first_not_at_all(seed, tolerance):
    networks = networks_of(seed)
    laid = overlay(networks, crs=CRS, options=conflating(tolerance, sliver_area=0))
    told, moved = laid.report.conflation, laid.moved
    assert told.authority == ["a", "b", "c"]
    assert told.networks["a"].moved == told.networks["a"].inserted == 0
    assert (moved["distance_m"] <= tolerance + 1e-9).all()
    assert np.allclose(moved.length, moved["distance_m"])
    assert len(moved) == sum(one.moved + one.inserted for one in told.networks.values())
    assert laid.report.valid
    lines = {name: shapely.union_all(shapely.boundary(one.geometry.to_numpy())) for name, one in networks.items()}
    for names, border in zip(laid.borders["drawn_by"], laid.borders.geometry, strict=True):
        for name in names:  # every border lies within the tolerance of what each of its drawers drew
            assert shapely.distance(shapely.points(shapely.get_coordinates(border)), lines[name]).max() <= (
                tolerance + 1e-5
            )


def test_corners_in_other_places_lie_on_one_line_afterwards():
    """The second network has the same borders with a corner every 7 m in place of every 10 m, half a metre off."""
    x, wave = np.arange(0, 101, 10.0), lambda x: np.where(np.asarray(x) % 20 == 10, 1.0, 0.0)
    first = [*zip(x, 50 + wave(x), strict=True)]
    z = np.concatenate([np.arange(0, 100, 7.0), [100.0]])
    second = [*zip(z, 50.5 + np.interp(z, x, wave(x)), strict=True)]
    a = frame([shapely.Polygon([*first, (100, 0), (0, 0)]), shapely.Polygon([*first, (100, 100), (0, 100)])])
    b = frame([shapely.Polygon([*second, (100, 0), (0, 0)]), shapely.Polygon([*second, (100, 100), (0, 100)])])
    laid = overlay({"a": a, "b": b}, crs=CRS, options=conflating(1.0, sliver_area=0))
    assert laid.pieces[["a", "b"]].to_numpy().tolist() == [["000", "000"], ["001", "001"]]
    assert laid.pieces["area_m2"].tolist() == pytest.approx(shapely.area(a.geometry.to_numpy()).tolist(), abs=1e-3)


def test_who_stays_and_who_moves_is_asked_for():
    networks = twice_drawn(7, 1.0)
    laid = overlay(networks, crs=CRS, options=conflating(authority=("b",)))
    assert laid.report.conflation.authority == ["b", "a"]
    assert laid.report.conflation.networks["b"].moved == 0
    assert laid.report.conflation.networks["a"].moved > 0
    areas = overlay({"b": networks["b"]}, areas=networks["a"], crs=CRS, options=conflating())
    assert areas.report.conflation.authority == ["areas", "b"]


def test_without_a_tolerance_nothing_moves():
    laid = overlay(twice_drawn(3, 1.0), crs=CRS)
    assert laid.report.conflation is None
    assert len(laid.moved) == 0


def test_orders_that_make_no_sense_are_refused():
    networks = {"a": frame([box(0, 0, 1, 1)])}
    with pytest.raises(InputError, match="no network or layer 'x'"):
        overlay(networks, crs=CRS, options=conflating(authority=("x",)))
    with pytest.raises(InputError, match="a tolerance of -1 m"):
        overlay(networks, crs=CRS, options=OverlayOptions(conflate=-1))
