"""Owners against shapely and PostGIS: random points, and those that rounding gets wrong: corners, points of edges,
level and upright ones too, and the eight doubles beside each. Any difference is counted; there must be none."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Engine

from app.spatial.location.locate import GridIndex
from bench.lookup import points_in

RANDOM, RANDOM_OF_OTHERS, ADVERSARIAL = 10_000_000, 1_000_000, 100_000
AT_ONCE = 1_000_000
CORES = 2
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

COVERS = """
    SELECT p.i, min(g.code) AS code FROM check_points p JOIN check_grids g ON ST_Covers(g.geom, p.geom) GROUP BY p.i
"""
RELATES = """
    SELECT DISTINCT ON (p.i) p.i, g.code, r.matrix LIKE 'F%' AS on_boundary
    FROM check_points p JOIN check_grids g ON g.geom && p.geom
    CROSS JOIN LATERAL (SELECT ST_Relate(g.geom, p.geom) AS matrix) r
    WHERE r.matrix NOT LIKE 'FF_FF%' ORDER BY p.i, g.code
"""
DIFFERENT = """
    SELECT count(*) FROM check_points p LEFT JOIN ({truth}) t USING (i)
    WHERE p.owner IS DISTINCT FROM t.code{border}
"""
BORDER = " OR p.on_boundary IS DISTINCT FROM coalesce(t.on_boundary, false)"


@dataclass(frozen=True)
class Held:
    """One network in every form that is asked."""

    codes: Sequence[str]
    polygons: Shapes
    ranks: npt.NDArray[np.intp]
    index: GridIndex
    tree: shapely.STRtree


def checked(networks: dict[str, gpd.GeoDataFrame], engine: Engine) -> str:
    """A Markdown table; networks with `code`, EPSG:4326. Ten million random points of the first, one of each other."""
    lines = ["| | grids | points | on a border | other than shapely | other than PostGIS | processor s |"]
    lines.append("|---" * 7 + "|")
    for name, network in networks.items():
        held = _held(network)
        _load_grids(engine, network)
        random = _random(network, RANDOM if len(lines) == 2 else RANDOM_OF_OTHERS)
        for kind, rounds in (("random", random), ("adversarial", iter([_adversarial(held.polygons)]))):
            count, border, shapely_wrong, postgis_wrong, began = 0, 0, 0, 0, time.process_time()
            for points in rounds:
                located = held.index.locate(points[:, 0], points[:, 1], CORES)
                count, border = count + len(points), border + int(located.on_boundary.sum())
                owner, on_boundary = by_shapely(held, points)
                shapely_wrong += int(((located.owner != owner) | (located.on_boundary != on_boundary)).sum())
                owners = [None if at < 0 else held.codes[at] for at in located.owner.tolist()]
                postgis_wrong += _other_in_postgis(engine, points, owners, located.on_boundary, kind)
            lines.append(
                f"| {name}, {kind} | {len(held.codes):,} | {count:,} | {border:,} | {shapely_wrong} | {postgis_wrong} "
                f"| {time.process_time() - began:.0f} |"
            )
    return "\n".join(lines) + "\n"


def _held(network: gpd.GeoDataFrame) -> Held:
    codes, polygons = network["code"].tolist(), network.geometry.to_numpy()
    ranks = np.argsort(np.argsort(np.array(codes, dtype=object)))
    return Held(codes, polygons, ranks, GridIndex(codes, polygons), shapely.STRtree(polygons))


def _random(network: gpd.GeoDataFrame, n: int) -> Iterator[Floats]:
    return (np.column_stack(points_in(network, AT_ONCE, seed)) for seed in range(n // AT_ONCE))


def _adversarial(polygons: Shapes, seed: int = 1) -> Floats:
    """A corner, the middle and a random point of so many edges, each with the eight doubles beside it."""
    rng = np.random.default_rng(seed)
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(polygons)), return_index=True)
    edges = np.flatnonzero(ring[1:] == ring[:-1])
    starts = rng.choice(edges, ADVERSARIAL // 27 + 1, replace=len(edges) < ADVERSARIAL // 27 + 1)
    a, b = corners[starts], corners[starts + 1]
    on = np.vstack([a, (a + b) / 2, a + rng.random((len(a), 1)) * (b - a)])
    beside = [
        np.column_stack([np.nextafter(on[:, 0], on[:, 0] + dx), np.nextafter(on[:, 1], on[:, 1] + dy)])
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    ]
    return np.vstack(beside)[:ADVERSARIAL]


def by_shapely(held: Held, points: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """The covering polygon with the lowest code, -1 without one, and whether the point is on its border."""
    point, grid = held.tree.query(shapely.points(points))
    covered = shapely.intersects_xy(held.polygons[grid], points[point, 0], points[point, 1])
    point, grid = point[covered], grid[covered]
    order = np.lexsort((held.ranks[grid], point))
    point, first = np.unique(point[order], return_index=True)
    owner, on_boundary = np.full(len(points), -1), np.zeros(len(points), dtype=bool)
    owner[point] = grid[order][first]
    on_boundary[point] = ~shapely.contains_xy(held.polygons[owner[point]], points[point, 0], points[point, 1])
    return owner, on_boundary


def _load_grids(engine: Engine, network: gpd.GeoDataFrame) -> None:
    rows = zip(network["code"], _hex(network.geometry.to_numpy()), strict=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS check_grids")
        connection.exec_driver_sql('CREATE TABLE check_grids (code text COLLATE "C", geom geometry(Geometry, 4326))')
        _copy(connection, "check_grids", rows)
        connection.exec_driver_sql("CREATE INDEX ON check_grids USING gist (geom)")
        connection.exec_driver_sql("ANALYZE check_grids")


def _other_in_postgis(
    engine: Engine, points: Floats, owners: list[str | None], on_boundary: npt.NDArray[np.bool_], kind: str
) -> int:
    """Random points by ST_Covers; adversarial ones by ST_Relate, with their borders: ST_Covers itself rounds there."""
    rows = zip(range(len(points)), owners, on_boundary.tolist(), _hex(shapely.points(points)), strict=True)
    truth = RELATES if kind == "adversarial" else COVERS
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS check_points")
        connection.exec_driver_sql(
            'CREATE UNLOGGED TABLE check_points (i int, owner text COLLATE "C", on_boundary bool, '
            "geom geometry(Point, 4326))"
        )
        _copy(connection, "check_points", rows)
        connection.exec_driver_sql("ANALYZE check_points")
        asked = DIFFERENT.format(truth=truth, border=BORDER if kind == "adversarial" else "")
        return int(connection.exec_driver_sql(asked.replace("%", "%%")).scalar() or 0)


def _copy(connection: object, table: str, rows: object) -> None:
    cursor = connection.connection.cursor()  # type: ignore[attr-defined]
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:  # type: ignore[attr-defined]
            copy.write_row(row)


def _hex(shapes: Shapes) -> npt.NDArray[np.object_]:
    return shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)


def boxes(n: int = 2_000, seed: int = 1) -> gpd.GeoDataFrame:
    """Level and upright edges only, corners of one amid edges of others: the largest box is cut, again and again."""
    rng = np.random.default_rng(seed)
    made = [(113.0, 22.0, 113.3, 22.2)]
    while len(made) < n:
        made.sort(key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
        west, south, east, north = made.pop()
        share = rng.uniform(0.3, 0.7)
        if rng.random() < 0.5:
            cut = west + share * (east - west)
            made += [(west, south, cut, north), (cut, south, east, north)]
        else:
            cut = south + share * (north - south)
            made += [(west, south, east, cut), (west, cut, east, north)]
    codes = [f"B{number:05d}" for number in rng.permutation(n)]
    return gpd.GeoDataFrame({"code": codes}, geometry=shapely.box(*np.array(made).T), crs=4326)
