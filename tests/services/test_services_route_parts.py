"""Tables routed in parts: the same rows as in one file, and an interrupted run goes on."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from adversarial_points import random_points, tiling
from published import publish
from sqlalchemy.orm import Session

from app.errors import InputError
from app.files import rows_arrow
from app.services.lookup import route_parts
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route_files import RouteOptions, Routing, route_file
from app.services.lookup.route_parts import MANIFEST

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def lookup(session: Session) -> Lookup:
    polygons = tiling(np.random.default_rng(2), 20, (113.0, 22.0), 0.02)
    publish(session, "unified", [f"U{i}" for i in range(len(polygons))], polygons)
    made = Lookup(lambda: nullcontext(session))
    made.refresh()
    return made


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """1,000 points in chunks of 100 and parts of two chunks."""
    monkeypatch.setattr(rows_arrow, "BATCH_ROWS", 100)
    monkeypatch.setattr(route_parts, "PART_ROWS", 200)
    rng = np.random.default_rng(3)
    points = random_points(tiling(rng, 9, (113.0, 22.0), 0.02), rng, 1000)
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"id": np.arange(1000), "lon": points[:, 0], "lat": points[:, 1]}), path)
    return path


def whole(lookup: Lookup, table: Path) -> pa.Table:
    out = table.with_name("whole.parquet")
    route_file(lookup, table, out, RouteOptions(at=AT))
    return pq.read_table(out)


def test_parts_hold_the_rows_of_one_file_and_are_read_as_one_table(lookup: Lookup, table: Path) -> None:
    folder = table.with_name("parts")
    report = route_parts.route_parts(lookup, table, folder, RouteOptions(at=AT)).to_dict()
    assert [part.name for part in sorted(folder.glob("*.parquet"))] == [f"part-{i:05d}.parquet" for i in range(5)]
    assert pa.concat_tables(pq.read_table(part) for part in sorted(folder.glob("*.parquet"))) == whole(lookup, table)
    assert report["rows"] == 1000


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")  # of writers left open
def test_an_interrupted_run_goes_on_after_the_last_whole_part(
    lookup: Lookup, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, routed = table.with_name("parts"), []
    route = Routing.route

    def broken(self: Routing, chunk: rows_arrow.ArrowChunk) -> pa.Table:
        routed.append(chunk.rows)
        if len(routed) == 6:
            raise KeyboardInterrupt
        return route(self, chunk)

    monkeypatch.setattr(Routing, "route", broken)
    with pytest.raises(KeyboardInterrupt):
        route_parts.route_parts(lookup, table, folder, RouteOptions(at=AT))
    assert {file.name for file in folder.iterdir()} == {MANIFEST, "part-00000.parquet", "part-00001.parquet"}
    report = route_parts.route_parts(lookup, table, folder, RouteOptions(at=AT)).to_dict()
    assert len(routed) == 6 + 6, "six chunks were left: what was whole is not routed again"
    assert pa.concat_tables(pq.read_table(part) for part in sorted(folder.glob("*.parquet"))) == whole(lookup, table)
    clean = route_parts.route_parts(lookup, table, table.with_name("clean"), RouteOptions(at=AT)).to_dict()
    assert {**report, "seconds": 0} == {**clean, "seconds": 0}


def test_a_finished_run_is_told_again_and_another_question_is_refused(lookup: Lookup, table: Path) -> None:
    folder = table.with_name("parts")
    first = route_parts.route_parts(lookup, table, folder, RouteOptions()).to_dict()
    again = route_parts.route_parts(lookup, table, folder, RouteOptions()).to_dict()
    assert {**again, "seconds": 0} == {**first, "seconds": 0}
    with pytest.raises(InputError, match="crs"):
        route_parts.route_parts(lookup, table, folder, RouteOptions(crs="gcj02"))
    (folder / MANIFEST).write_text(json.dumps({"asked": 1}))
    with pytest.raises(InputError, match="cannot be read"):
        route_parts.route_parts(lookup, table, folder, RouteOptions())


def test_rows_have_systems_of_their_own(lookup: Lookup, table: Path) -> None:
    rng = np.random.default_rng(4)
    points = random_points(tiling(rng, 9, (113.0, 22.0), 0.02), rng, 60)
    names = ["gcj02", "bd09", "wgs84", "", "EPSG:4490", "mars"]
    said = [names[i % 6] for i in range(60)]
    mixed, out = table.with_name("mixed.parquet"), table.with_name("out.parquet")
    pq.write_table(pa.table({"lon": points[:, 0], "lat": points[:, 1], "system": said}), mixed)
    route_file(lookup, mixed, out, RouteOptions(at=AT, crs_field="system", crs="gcj02"))
    got = pq.read_table(out).to_pylist()
    for name in names[:5]:
        rows = [i for i in range(60) if said[i] == name]
        alone, one = table.with_name("alone.parquet"), table.with_name("one.parquet")
        pq.write_table(pa.table({"lon": points[rows, 0], "lat": points[rows, 1]}), alone)
        route_file(lookup, alone, one, RouteOptions(at=AT, crs=name or "gcj02"))
        expected = pq.read_table(one).to_pylist()
        assert [got[i]["grid"] for i in rows] == [row["grid"] for row in expected]
        assert [got[i]["unified_ambiguous"] for i in rows] == [row.get("unified_ambiguous", False) for row in expected]
    unknown = [row for row in got if row["system"] == "mars"]
    assert all(row["grid"] is None and "system" in row["error"] for row in unknown)
