"""Tables routed by Dask workers, processes of their own: the same parts, to the byte, as in this process."""

from __future__ import annotations

import importlib
import json
import pickle
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from adversarial_points import random_points, tiling
from dask_cluster import DaskCluster, dask_cluster
from published import LONG_AGO, publish
from sqlalchemy.orm import Session

from app.errors import InputError, Unavailable
from app.files import rows_arrow, rows_csv, rows_geojson
from app.services.lookup import route_dask, route_parts, route_worker
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route_dask import dask_engine
from app.services.lookup.route_files import RouteOptions
from app.services.progress import Progress

AT = datetime(2026, 5, 1, tzinfo=UTC)
CHANGE = datetime(2025, 1, 1, tzinfo=UTC)
OPTIONS = RouteOptions(at=AT, as_known_at=AT)
ROWS, CHUNK, PART = 1300, 50, 100


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask")) as made:
        yield made


@pytest.fixture
def lookup(session: Session) -> Lookup:
    """Two networks; one has an edition of before."""
    polygons = tiling(np.random.default_rng(2), 20, (113.0, 22.0), 0.02)
    publish(session, "unified", [f"U{i}" for i in range(len(polygons))], polygons)
    old, new = (tiling(np.random.default_rng(seed), 12, (113.0, 22.0), 0.02) for seed in (4, 5))
    publish(session, "policing", [f"旧{i}" for i in range(len(old))], old, valid_from=LONG_AGO, valid_to=CHANGE)
    publish(session, "policing", [f"新{i}" for i in range(len(new))], new, valid_from=CHANGE)
    made = Lookup(lambda: nullcontext(session))
    made.refresh()
    return made


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pa.Table:
    """Rows in small chunks and parts; some outside, without a place, in a system of their own, with no moment."""
    monkeypatch.setattr(rows_arrow, "BATCH_ROWS", CHUNK)
    monkeypatch.setattr(rows_csv, "CHUNK_ROWS", CHUNK)
    monkeypatch.setattr(rows_geojson, "CHUNK_ROWS", CHUNK)
    monkeypatch.setattr(route_parts, "PART_ROWS", PART)
    rng = np.random.default_rng(3)
    points = random_points(tiling(rng, 9, (113.0, 22.0), 0.02), rng, ROWS)
    points[::97] = points[::97, ::-1]
    points[::101] = 0
    moments = [CHANGE + timedelta(days=int(day)) for day in rng.integers(-900, 300, ROWS)]
    return pa.table(
        {
            "id": np.arange(ROWS),
            "lon": points[:, 0],
            "lat": points[:, 1],
            "note": [f"备注,{i}" if i % 7 else None for i in range(ROWS)],
            "when": [None if i % 211 == 5 else moment.isoformat() for i, moment in enumerate(moments)],
            "system": [("", "gcj02", "mars")[0 if i % 5 else i % 3] for i in range(ROWS)],
        }
    )


def written(table: pa.Table, path: Path) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=320)
    elif path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        features = [
            {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": point}}
            for row in table.to_pylist()
            for point in [(row["lon"], row["lat"])]
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "name": "a", "features": features, "last": 1}))
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def routed(lookup: Lookup, path: Path, options: RouteOptions, engine: Any = None, tell: Any = None) -> Any:
    """The report and all files of a folder."""
    folder = path.with_name("by-dask" if engine else "here")
    more = {"engine": engine} if engine else {}
    report = route_parts.route_parts(lookup, path, folder, options, tell, **more).to_dict()
    return {**report, "seconds": 0}, files(folder)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".geojson"])
def test_the_same_parts_and_the_same_report(
    lookup: Lookup, table: pa.Table, tmp_path: Path, cluster: DaskCluster, suffix: str
) -> None:
    path = written(table, tmp_path / f"points{suffix}")
    more = RouteOptions(at=AT, as_known_at=AT, at_field="when", crs_field="system", zone="Asia/Shanghai")
    for options in (OPTIONS, more):
        report, parts = routed(lookup, path, options)
        assert (report["rows"], len(parts)) == (ROWS, ROWS // PART + 1)
        assert routed(lookup, path, options, dask_engine(cluster.address)) == (report, parts)
        for name in ("here", "by-dask"):
            for file in (tmp_path / name).iterdir():
                file.unlink()
    assert len(report["networks"]["policing"]["editions"]) == 2
    assert report["errors"] > 10


def test_a_cluster_of_this_machine(lookup: Lookup, table: pa.Table, tmp_path: Path) -> None:
    path = written(table, tmp_path / "points.parquet")
    assert routed(lookup, path, OPTIONS, dask_engine()) == routed(lookup, path, OPTIONS)


def test_one_engine_goes_on_where_the_other_stopped(
    lookup: Lookup, table: pa.Table, tmp_path: Path, cluster: DaskCluster
) -> None:
    path = written(table, tmp_path / "points.parquet")
    told: list[str] = []

    def stop(fraction: float, message: str) -> None:
        told.append(message)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        routed(lookup, path, OPTIONS, dask_engine(cluster.address), Progress(stop))
    (tmp_path / "by-dask").rename(tmp_path / "here")
    assert len(files(tmp_path / "here")) == 4
    report, parts = routed(lookup, path, OPTIONS)
    assert (report, parts) == routed(lookup, path, OPTIONS, dask_engine(cluster.address))


def test_killed_workers_are_survived(
    lookup: Lookup, table: pa.Table, tmp_path: Path, cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of two is killed after the second part, the other one after the sixth, and a new one joins then."""
    path = written(table, tmp_path / "points.parquet")
    sent: list[int] = []
    send = route_dask._Stream._send

    def noted(self: route_dask._Stream, asked: route_dask._Asked) -> route_dask._Asked:
        sent.append(asked.rows.before)
        return send(self, asked)

    monkeypatch.setattr(route_dask._Stream, "_send", noted)
    told: list[str] = []

    def kill(fraction: float, message: str) -> None:
        told.append(message)
        if len(told) in (2, 6):
            cluster.kill_worker()
        if len(told) == 6:
            cluster.add_worker()

    by_dask = routed(lookup, path, OPTIONS, dask_engine(cluster.address), Progress(kill))
    assert by_dask == routed(lookup, path, OPTIONS)
    assert len(sent) > len(set(sent)) == ROWS // PART, "what was under way at a killed worker was sent again"


def test_workers_that_would_write_other_bytes_are_refused(
    lookup: Lookup, table: pa.Table, tmp_path: Path, cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route_worker, "__version__", "999")
    path = written(table, tmp_path / "points.parquet")
    with pytest.raises(Unavailable, match=r"has OneGrid .*, here 999 — install the same versions"):
        routed(lookup, path, OPTIONS, dask_engine(cluster.address))


def test_what_is_not_there_is_named(
    lookup: Lookup, table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(table, tmp_path / "points.parquet")
    monkeypatch.setattr(route_dask, "CONNECT_S", 0.2)
    with pytest.raises(Unavailable, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: .*dask scheduler"):
        routed(lookup, path, OPTIONS, dask_engine("tcp://127.0.0.1:9"))
    with pytest.raises(InputError, match="--matter-field"):
        routed(lookup, path, RouteOptions(matter_field="note"), dask_engine("tcp://127.0.0.1:9"))
    there = importlib.import_module

    def without(name: str) -> ModuleType:
        if name == "distributed":
            raise ImportError(name)
        return there(name)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(Unavailable, match=r"pip install 'onegrid\[dask\]'"):
        dask_engine()


def test_a_scheduler_without_workers(
    lookup: Lookup, table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(table, tmp_path / "points.parquet")
    monkeypatch.setattr(route_dask, "WORKERS_S", 0.2)
    with dask_cluster(tmp_path, workers=0) as idle, pytest.raises(Unavailable, match=rf"dask worker {idle.address}"):
        routed(lookup, path, OPTIONS, dask_engine(idle.address))


def test_a_slice_is_sent_without_what_it_was_cut_from() -> None:
    batch = pa.RecordBatch.from_pydict({"x": np.arange(100_000), "t": ["text"] * 100_000})
    chunk = rows_arrow.ArrowChunk(batch.slice(500, 100), None)
    sent = pickle.dumps(chunk)
    assert len(sent) < 5_000
    assert pickle.loads(sent).table() == chunk.table()
