"""Tiles and outlines of maps; expected values by counting boxes one by one, by pyproj, by shapely's coverage checks."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.spatial.drawing.borders import own_borders
from app.spatial.drawing.generalisation import LEVELS, generalised, level_for
from app.spatial.drawing.tiling import HALF_M, Tile, ground, tiles_over

SIDES = st.floats(1, 5_000)
PLACES = st.floats(-20_000, 20_000)


def test_a_tile_lies_where_web_mercator_has_it() -> None:
    to_metres = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform
    west, south, east, north = ground(Tile(1, 1, 0), margin=0)
    assert (west, south) == pytest.approx(to_metres(0, 0), abs=1e-6)
    assert (east, north) == pytest.approx((HALF_M, HALF_M))
    assert ground(Tile(2, 1, 1), margin=0.5)[0] == pytest.approx(-HALF_M / 2 - HALF_M / 4)


@given(st.lists(st.tuples(PLACES, PLACES, SIDES, SIDES), min_size=1, max_size=30), st.integers(0, 5))
def test_tiles_over_boxes_are_those_that_counting_finds(made: list[tuple[float, ...]], most: int) -> None:
    deepest = 11  # tiles of some 20 km
    boxes = np.array([(x, y, x + width, y + height) for x, y, width, height in made])
    found = list(tiles_over(boxes, most, deepest))
    assert len(set(found)) == len(found)
    middle = 2**deepest // 2
    around = [Tile(deepest, x, y) for x in range(middle - 4, middle + 4) for y in range(middle - 4, middle + 4)]
    expected = {tile for tile in around if _reached(ground(tile), boxes) > most}
    assert {tile for tile in found if tile.z == deepest} == expected


def _reached(tile: tuple[float, float, float, float], boxes: np.ndarray) -> int:
    return sum(shapely.box(*tile).intersects(shapely.box(*box)) for box in boxes)


def test_outlines_lose_vertices_and_keep_shared_borders() -> None:
    rng = np.random.default_rng(1)
    centres = shapely.multipoints(rng.uniform(0, 20_000, (60, 2)))
    lines = shapely.segmentize(shapely.union_all(shapely.voronoi_polygons(centres, only_edges=True)), 20)
    cells = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    shapes = shapely.transform(cells, lambda at: at + 15 * np.sin(at[:, ::-1] / 40))
    assert shapely.coverage_is_valid(shapes)
    before = shapely.get_num_coordinates(shapes).sum()
    vertices = []
    for level, outlines in generalised(shapes):
        assert shapely.coverage_is_valid(outlines), level
        assert shapely.is_valid(outlines).all()
        vertices.append(shapely.get_num_coordinates(outlines).sum())
    assert len(vertices) == len(LEVELS)
    assert vertices == sorted(vertices, reverse=True)
    assert vertices[-1] < before / 20


def test_what_is_too_small_to_be_seen_is_drawn_as_it_is() -> None:
    speck = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    assert all(not shapely.is_empty(outlines).any() for _, outlines in generalised(speck))


def test_levels_serve_the_zooms_up_to_their_own() -> None:
    assert [level_for(zoom) for zoom in (0, 8, 9, 14, 15)] == [8, 8, 9, 14, None]


def test_borders_are_those_of_the_union_each_drawn_once() -> None:
    rng = np.random.default_rng(2)
    centres = shapely.multipoints(rng.uniform(0, 1_000, (40, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(centres))
    holed = shapely.difference(cells[0], cells[0].centroid.buffer(1))
    far = shapely.box(5_000, 0, 5_001, 1)
    shapes = np.array([shapely.MultiPolygon([far, cells[0].centroid.buffer(1)]), *cells[1:], holed], dtype=object)
    borders = own_borders(shapes)
    expected = shapely.union_all(shapely.boundary(shapes))
    assert shapely.hausdorff_distance(shapely.union_all(borders), expected) < 0.001
    assert shapely.length(borders).sum() == pytest.approx(expected.length)


def test_a_shape_drawn_twice_has_one_border() -> None:
    square = shapely.box(0, 0, 1, 1)
    first, second = own_borders(np.array([square, shapely.reverse(square)], dtype=object))
    assert shapely.equals(first, square.boundary)
    assert second.is_empty
