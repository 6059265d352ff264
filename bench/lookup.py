"""Points to their grids by the million: OneGrid and five peers in one run; a peer that cannot be had is named as such.
Whether the owners are right is asked by `lookup_check`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from sqlalchemy import Engine, text

from app.spatial.location.locate import GridIndex
from bench.measure import Measured, measure

POINTS = 1_000_000
LIMIT_S = 25.0
CORES = 2
Floats = npt.NDArray[np.float64]


def points_in(network: gpd.GeoDataFrame, n: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Random points of the network's rectangle."""
    west, south, east, north = network.total_bounds
    rng = np.random.default_rng(seed)
    return rng.uniform(west, east, n), rng.uniform(south, north, n)


def batches(network: gpd.GeoDataFrame, engine: Engine) -> list[Measured]:
    """A million points and one network (`code`, EPSG:4326) by each. Every peer has its index or table ready before."""
    lon, lat = points_in(network, POINTS)
    codes, polygons = network["code"].tolist(), network.geometry.to_numpy()
    index, tree = GridIndex(codes, polygons), shapely.STRtree(polygons)
    peers: dict[str, Callable[[], Any]] = {
        "geopandas.sjoin": lambda: _joined(network, lon, lat),
        "shapely STRtree": lambda: len(np.unique(tree.query(shapely.points(lon, lat), predicate="intersects")[0])),
        "PostGIS join, 2 workers": _postgis(engine, network, lon, lat),
        "DuckDB spatial": lambda: _duckdb(network, lon, lat),
        "SedonaDB": lambda: _sedona(network, lon, lat),
        "OneGrid, one core": lambda: int((index.locate(lon, lat).owner >= 0).sum()),
        "OneGrid, two cores": lambda: int((index.locate(lon, lat, CORES).owner >= 0).sum()),
    }
    rows = []
    for name, call in peers.items():
        try:
            rows.append(measure(name, call, _facts, warm=name.startswith("OneGrid"), limit_s=LIMIT_S))
        except (EOFError, ImportError):
            rows.append(Measured(f"{name} (not to be had here)", np.nan, np.nan, {"with an owner": "–"}))
    return rows


def _facts(owned: int) -> dict[str, Any]:
    return {"with an owner": f"{owned:,}"}


def _joined(network: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> int:
    points = gpd.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4326)
    return len(gpd.sjoin(points, network, predicate="intersects").index.unique())


def _postgis(engine: Engine, network: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> Callable[[], int]:
    """Points and grids in tables of their own, grids with a GiST index."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bench_points, bench_grids"))
        connection.execute(text("CREATE UNLOGGED TABLE bench_points (id int, geom geometry(Point, 4326))"))
        connection.execute(text("CREATE TABLE bench_grids (code text, geom geometry(Geometry, 4326))"))
        cursor = connection.connection.cursor()
        with cursor.copy("COPY bench_grids FROM STDIN") as copy:  # type: ignore[attr-defined]
            for code, shape in zip(network["code"], _hex(network.geometry.to_numpy()), strict=True):
                copy.write_row((code, shape))
        with cursor.copy("COPY bench_points FROM STDIN") as copy:  # type: ignore[attr-defined]
            for i, shape in enumerate(_hex(shapely.points(lon, lat))):
                copy.write_row((i, shape))
        cursor.execute("CREATE INDEX ON bench_grids USING gist (geom)")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE bench_grids, bench_points"))
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")

    def join() -> int:
        psycopg = __import__("psycopg")
        with psycopg.connect(url) as connection:
            connection.execute("SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0")
            found = connection.execute(
                "SELECT count(DISTINCT p.id) FROM bench_points p JOIN bench_grids g ON ST_Intersects(g.geom, p.geom)"
            ).fetchone()
        return int(found[0])

    return join


def _hex(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    return shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)


def _duckdb(network: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> int:
    duckdb = __import__("duckdb")
    connection = duckdb.connect()
    (extension,) = Path(__import__("duckdb_extension_spatial").__file__).parent.rglob("spatial.duckdb_extension")
    connection.execute(f"LOAD '{extension}'")
    shapes = np.array(shapely.to_wkb(network.geometry.to_numpy()), dtype=object)
    grids = __import__("pyarrow").table({"code": network["code"].tolist(), "wkb": list(shapes)})  # noqa: F841
    points = __import__("pyarrow").table({"id": np.arange(len(lon)), "lon": lon, "lat": lat})  # noqa: F841
    return int(connection.execute(
        "SELECT count(DISTINCT p.id) FROM (SELECT id, ST_Point(lon, lat) AS geom FROM points) p "
        "JOIN (SELECT ST_GeomFromWKB(wkb) AS geom FROM grids) g ON ST_Intersects(g.geom, p.geom)"
    ).fetchone()[0])  # fmt: skip


def _sedona(network: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> int:
    sedona = __import__("sedonadb").connect()
    sedona.create_data_frame(network[["code", "geometry"]]).to_view("grids")
    points = gpd.GeoDataFrame({"id": np.arange(len(lon))}, geometry=shapely.points(lon, lat), crs=4326)
    sedona.create_data_frame(points).to_view("points")
    made = sedona.sql(
        "SELECT count(DISTINCT p.id) AS n FROM points p JOIN grids g ON ST_Intersects(g.geometry, p.geometry)"
    ).to_pandas()
    return int(made["n"].iloc[0])


def built(network: gpd.GeoDataFrame) -> str:
    """Seconds of processor time and megabytes of an index."""
    codes, polygons = network["code"].tolist(), network.geometry.to_numpy()
    GridIndex(codes, polygons)
    began = time.process_time()
    index = GridIndex(codes, polygons)
    corners = int(shapely.get_num_coordinates(polygons).sum())
    seconds = time.process_time() - began
    return f"{len(codes):,} grids, {corners:,} corners: built in {seconds:.2f} s, {index.nbytes / 1e6:.1f} MB"


def ten_times(network: gpd.GeoDataFrame, side: float = 20_000.0) -> gpd.GeoDataFrame:
    """A network of metres, five times eastwards and two northwards, beside itself."""
    copies = [
        network.assign(code=f"{at}-" + network["code"], geometry=network.translate(at % 5 * side, at // 5 * side))
        for at in range(10)
    ]
    return gpd.GeoDataFrame(pd.concat(copies, ignore_index=True), crs=network.crs)


def rows_of(frames: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """Networks with one polygon a code, in degrees."""
    return {name: frame.to_crs(4326).dissolve("code").reset_index() for name, frame in frames.items()}
