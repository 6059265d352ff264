"""The index against ray casting in rational numbers (tests/adversarial_points.py)."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from adversarial_points import border_points, exact_owner, exact_side, messy, random_points, tiling
from hypothesis import given
from hypothesis import strategies as st

from app.errors import TooLarge
from app.spatial.location import locate
from app.spatial.location.locate import CHUNK, GridIndex

Tiling = Callable[[np.random.Generator, int, tuple[float, float], float], npt.NDArray[np.object_]]
CITY, COAST = (113.0, 22.0), (-77.1, 38.8)


def labels(n: int, rng: np.random.Generator) -> list[str]:
    return [f"G{number:03d}" for number in rng.permutation(n)]


@pytest.mark.parametrize(
    ("name", "size", "origin"),
    [("tiling", 0.01, CITY), ("tiling", 1.0, CITY), ("messy", 0.02, COAST), ("messy", 2.0, COAST)],
)
def test_owner_and_border_flag_are_exact_beside_edges(name: str, size: float, origin: tuple[float, float]) -> None:
    rng = np.random.default_rng(7)
    polygons = {"tiling": tiling, "messy": messy}[name](rng, 24, origin, size)
    codes = labels(len(polygons), rng)
    points = np.vstack([border_points(polygons, rng, 2), random_points(polygons, rng, 300)])
    located = GridIndex(codes, polygons).locate(points[:, 0], points[:, 1])
    truth = [exact_owner(codes, polygons, x, y) for x, y in points]
    assert located.owner.tolist() == [owner for owner, _ in truth]
    assert located.on_boundary.tolist() == [on_boundary for _, on_boundary in truth]
    assert located.on_boundary.sum() > 50


def test_cover_lists_every_grid_by_code_and_tells_inside_from_border() -> None:
    rng = np.random.default_rng(8)
    polygons = messy(rng, 16, CITY, 0.05)
    codes = labels(len(polygons), rng)
    points = np.vstack([border_points(polygons, rng, 1), random_points(polygons, rng, 200)])
    covered = GridIndex(codes, polygons).cover(points[:, 0], points[:, 1])
    pairs = list(zip(covered.point.tolist(), covered.grid.tolist(), covered.inside.tolist(), strict=True))
    expected = []
    for i, (x, y) in enumerate(points):
        sides = sorted((codes[k], k, exact_side(polygon, x, y)) for k, polygon in enumerate(polygons))
        expected += [(i, k, side == 1) for _, k, side in sides if side >= 0]
    assert pairs == expected
    assert max(np.bincount(covered.point)) > 2


@given(st.permutations(range(9)), st.integers(0, 2**32 - 1))
def test_the_lowest_code_owns_whatever_the_order_of_the_grids(order: list[int], seed: int) -> None:
    squares = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(3)], dtype=object)
    codes = [str(value) for value in np.random.default_rng(seed).permutation(9)]
    corners = np.array([(x / 2, y / 2) for x in range(7) for y in range(7)])
    shuffled = GridIndex([codes[i] for i in order], squares[order]).locate(corners[:, 0], corners[:, 1])
    owners = [codes[order[i]] for i in shuffled.owner]
    expected = [min(codes[i] for i in range(9) if squares[i].intersects(shapely.Point(p))) for p in corners]
    assert owners == expected


def test_codes_compare_by_character_not_by_language() -> None:
    pair = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    assert GridIndex(["a", "B"], pair).locate([1.0], [0.5]).owner.tolist() == [1]
    assert GridIndex(["10", "9"], pair).locate([1.0], [0.5]).owner.tolist() == [0]


def test_points_that_are_no_numbers_and_an_edition_without_grids_have_no_owner() -> None:
    square = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    lon, lat = [np.nan, 0.5, np.inf, 0.5], [0.5, np.nan, 0.5, 0.5]
    assert GridIndex(["a"], square).locate(lon, lat).owner.tolist() == [-1, -1, -1, 0]
    empty = GridIndex([], np.array([], dtype=object))
    assert empty.locate([0.5], [0.5]).owner.tolist() == [-1]
    assert empty.nearest(0.5, 0.5, 1000) is None
    assert len(empty.cover([0.5], [0.5]).point) == 0


def test_more_points_than_a_chunk_are_answered_in_their_order() -> None:
    square = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    lon = np.linspace(-1, 2, CHUNK + 1001)
    located = GridIndex(["a"], square).locate(lon, np.full(len(lon), 0.5))
    assert ((located.owner == 0) == ((lon >= 0) & (lon <= 1))).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 2000), st.sampled_from([tiling, messy]))
def test_blocks_of_points_have_the_owners_that_points_one_by_one_have(seed: int, n: int, make: Tiling) -> None:
    """Blocks go through tables by a kernel of their own; `cover` asks point by point."""
    rng = np.random.default_rng(seed)
    polygons = make(rng, 9, CITY, 0.05)
    index = GridIndex(labels(len(polygons), rng), polygons)
    points = np.vstack([border_points(polygons, rng, 1), random_points(polygons, rng, n), [[np.nan, 22.0], [0.0, 0.0]]])
    points = points[rng.permutation(len(points))]
    located, covered = index.locate(points[:, 0], points[:, 1]), index.cover(points[:, 0], points[:, 1])
    point, first = np.unique(covered.point, return_index=True)
    owner, inside = np.full(len(points), -1), np.ones(len(points), dtype=bool)
    owner[point], inside[point] = covered.grid[first], covered.inside[first]
    assert located.owner.tolist() == owner.tolist()
    assert located.on_boundary.tolist() == (~inside).tolist()


def test_nearest_is_the_closest_other_grid_and_ties_go_to_the_lowest_code() -> None:
    squares = np.array([shapely.box(x, 0, x + 0.01, 0.01) for x in (0, 0.01, 0.05)], dtype=object)
    index = GridIndex(["b", "c", "a"], squares)
    near = index.nearest(0.004, 0.005, 10_000, besides=0)
    assert near is not None
    assert near.grid == 1
    assert near.distance_m == pytest.approx(0.006 * 111_319.49, rel=1e-4)
    between = index.nearest(0.035, 0.005, 10_000)
    assert between is not None
    assert between.grid == 2, "15 milli-degrees from both c and a"
    assert index.nearest(0.035, 0.005, 1_000) is None
    inside = index.nearest(0.01, 0.005, 10, besides=0)
    assert inside is not None
    assert (inside.grid, inside.distance_m) == (1, 0.0)


def test_a_copy_of_another_process_answers_points_and_refuses_shapes() -> None:
    """Sent without its polygons; arrays that arrive in a message cannot be written to, and are copied once."""
    rng = np.random.default_rng(8)
    polygons = messy(rng, 30, (113.0, 22.0), 0.1)
    index = GridIndex([f"{i:03d}" for i in range(30)], polygons)
    buffers: list[pickle.PickleBuffer] = []
    sent = pickle.dumps(index, protocol=5, buffer_callback=buffers.append)
    copy = pickle.loads(sent, buffers=[bytes(buffer.raw()) for buffer in buffers])
    lon, lat = np.vstack([border_points(polygons, rng), random_points(polygons, rng, 2000)]).T
    assert (copy.locate(lon, lat).owner == index.locate(lon, lat).owner).all()
    assert (copy.locate(lon, lat).on_boundary == index.locate(lon, lat).on_boundary).all()
    assert copy.probe(*shapely.point_on_surface(polygons[3]).coords[0], 500) == index.probe(
        *shapely.point_on_surface(polygons[3]).coords[0], 500
    )
    assert copy.nbytes == index.nbytes
    assert all(array.flags.writeable for array in copy._probed)
    with pytest.raises(ValueError, match="polygons"):
        copy.meeting(polygons[0])


def test_more_corners_than_places_of_a_table_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "MOST_CORNERS", 8)
    pair = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    GridIndex(["a"], pair[:1])
    with pytest.raises(TooLarge, match="10 corners; an index holds 8: publish the ground as several networks"):
        GridIndex(["a", "b"], pair)
