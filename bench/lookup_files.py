"""`onegrid route` from Parquet to Parquet: each network alone, and all of them with the unified grid at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.rules.time.timeline import Holding, Timeline
from app.services.lookup.lookup_index import UNIFIED, EditionIndex, Lookup, Snapshot
from app.services.lookup.route_files import RouteOptions, route_file
from app.spatial.location.locate import GridIndex
from app.store.lookup.lookup import EditionRows
from bench.lookup import points_in

ROWS, ROUNDS = 1_000_000, 3
Seconds = tuple[float, float]


def routed(networks: Mapping[str, gpd.GeoDataFrame], unified: gpd.GeoDataFrame) -> str:
    """A Markdown table. Frames with `code`, EPSG:4326; rows lie on the ground of `unified`."""
    lookup = held({UNIFIED: unified, **networks})
    asked = {f"{name} ({len(frame):,} grids)": (name,) for name, frame in {UNIFIED: unified, **networks}.items()}
    alone = list(asked)
    everything = f"all {len(asked)} at once"
    asked[everything] = ()
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows.parquet", Path(folder) / "routed.parquet"
        pq.write_table(_rows(lookup, unified), source)
        seconds: dict[str, list[Seconds]] = {name: [] for name in asked}
        for _ in range(ROUNDS + 1):  # the first warms up
            for name, wanted in asked.items():
                seconds[name].append(_timed(lookup, source, target, wanted))
    best = {
        name: (min(wall for wall, _ in each[1:]), min(own for _, own in each[1:])) for name, each in seconds.items()
    }
    one = sum(best[name][1] for name in alone) / len(alone)
    lines = ["| | million rows/s | million rows/s of processor time | × one network (mean) |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {ROWS / wall / 1e6:.2f} | {ROWS / own / 1e6:.2f} | {own / one:.2f} |"
        for name, (wall, own) in best.items()
    ]
    return "\n".join([*lines, f"\n{ROWS:,} rows, best of {ROUNDS} by turns; the last column is of processor time.\n"])


def held(networks: Mapping[str, gpd.GeoDataFrame]) -> Lookup:
    """A look-up with an edition of each, for ever, and no database."""
    editions, holdings = {}, []
    for number, (name, frame) in enumerate(networks.items(), 1):
        codes, polygons = frame["code"].to_numpy(dtype=object), frame.geometry.to_numpy()
        nothing = np.full(len(codes), None, dtype=object)
        rows = EditionRows(codes, codes, nothing, nothing, polygons)
        editions[number] = EditionIndex(number, rows, GridIndex(codes.tolist(), polygons))
        holdings.append(Holding(name, number, None, None, None, None))
    return Lookup.holding(Snapshot((1, 1, 1, 1), Timeline(tuple(holdings), tuple(networks)), editions))


def _rows(lookup: Lookup, ground: gpd.GeoDataFrame) -> pa.Table:
    lon, lat = points_in(ground, 3 * ROWS)
    on = np.flatnonzero(lookup.edition(1).index.locate(lon, lat).owner >= 0)
    on = np.resize(on, ROWS)
    return pa.table({"id": np.arange(ROWS), "lon": lon[on].round(7), "lat": lat[on].round(7)})


def _timed(lookup: Lookup, source: Path, target: Path, networks: tuple[str, ...]) -> Seconds:
    wall, own = time.perf_counter(), time.process_time()
    route_file(lookup, source, target, RouteOptions(networks=networks))
    return time.perf_counter() - wall, time.process_time() - own
