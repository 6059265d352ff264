"""Adjacency against brute force: every pair of pieces intersected by GEOS."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tilings import CRS, random_pieces, squares

from app.spatial.division.adjacency import build_adjacency, connected_parts, followed_share


def edges_of(adjacency) -> dict[tuple[int, int], float]:
    left, right, position = adjacency.pairs()
    return {(int(i), int(j)): float(adjacency.length[p]) for i, j, p in zip(left, right, position, strict=True)}


def brute(shapes: np.ndarray) -> dict[tuple[int, int], float]:
    found = {}
    for i in range(len(shapes)):
        for j in range(i + 1, len(shapes)):
            length = shapely.length(shapely.intersection(shapely.boundary(shapes[i]), shapely.boundary(shapes[j])))
            if length > 1e-6:
                found[i, j] = length
    return found


@given(seed=st.integers(0, 10_000), count=st.integers(4, 40), holes=st.booleans())
def test_same_edges_as_pairwise_intersection(seed, count, holes):
    shapes = random_pieces(seed, count, holes=holes, island=True, areas=0, kinds=False).geometry.to_numpy()
    adjacency = build_adjacency(shapes)
    expected = brute(shapes)
    found = edges_of(adjacency)
    assert found.keys() == expected.keys()
    assert np.allclose([found[pair] for pair in expected], list(expected.values()))
    shared = np.zeros(len(shapes))
    for (i, j), length in expected.items():
        shared[i] += length
        shared[j] += length
    assert np.allclose(adjacency.exterior, shapely.length(shapes) - shared, atol=1e-6)


def test_corners_are_no_edges():
    assert edges_of(build_adjacency(squares(2, 2).geometry.to_numpy())) == {
        (0, 1): 100.0,
        (0, 2): 100.0,
        (1, 3): 100.0,
        (2, 3): 100.0,
    }


def test_borders_without_shared_vertices_are_found_by_geometry():
    whole = shapely.box(0, 0, 100, 100)
    halves = [shapely.box(100, 0, 200, 40), shapely.box(100, 40, 200, 100)]
    found = edges_of(build_adjacency(np.array([whole, *halves], dtype=object)))
    assert found == pytest.approx({(0, 1): 40.0, (0, 2): 60.0, (1, 2): 100.0}, abs=0.05)


def test_barriers_mark_the_edges_they_lie_on():
    road = shapely.LineString([(100, -50), (100, 150)])
    adjacency = build_adjacency(squares(3, 1).geometry.to_numpy(), barriers=np.array([road], dtype=object))
    left, right, position = adjacency.pairs()
    assert dict(zip(zip(left.tolist(), right.tolist(), strict=True), adjacency.barrier[position], strict=True)) == {
        (0, 1): 100.0,
        (1, 2): 0.0,
    }


def test_short_edges_link_only_what_nothing_else_links():
    # 0 and 1 share 0.4 m; 2 hangs on 1 by 0.4 m only; 0 and 2 share nothing
    corners = [(0, 0, 10, 10), (10, 9.6, 20, 20), (20, 19.6, 30, 30), (0, 10, 10, 20)]
    shapes = np.array([shapely.box(*corner) for corner in corners], dtype=object)
    links = build_adjacency(shapes).links(1.0)
    assert set(edges_of(links)) == {(0, 3), (1, 2), (1, 3)}
    assert connected_parts(links)[0] == 1


def test_pieces_of_several_parts_have_all_their_neighbours():
    two = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    assert edges_of(build_adjacency(np.array([two, shapely.box(10, 0, 20, 10)], dtype=object))) == {(0, 1): 20.0}


def test_followed_share_is_the_share_of_networks_or_the_barrier():
    pieces = squares(3, 1)
    road = shapely.LineString([(200, 0), (200, 100)])
    adjacency = build_adjacency(pieces.geometry.to_numpy(), barriers=np.array([road], dtype=object))
    sources = [np.array(["a", "b", "b"], dtype=object), np.array(["x", "x", "x"], dtype=object)]
    assert followed_share(adjacency, sources).tolist() == [0.5, 0.5, 1.0, 1.0]
    assert followed_share(adjacency, []).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_one_piece_has_no_edges():
    alone = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=CRS)
    adjacency = build_adjacency(alone.to_numpy())
    assert (adjacency.pieces, len(adjacency.indices), adjacency.exterior.tolist()) == (1, 0, [4.0])
