"""Tables through the look-up: every row as the look-up of one point answers it."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from adversarial_points import border_points, messy, random_points, tiling
from published import close, publish
from sqlalchemy.orm import Session

from app.errors import FileError, InputError, NotFound
from app.services.lookup import route_files
from app.services.lookup.lookup import AnswerRules, PointQuery, lookup_point
from app.services.lookup.lookup_index import Lookup
from app.services.lookup.route_batch import route_points
from app.services.lookup.route_files import RouteOptions, RouteReport, route_body, route_file
from app.services.lookup.route_places import NO_MOMENT, WORDS
from app.services.lookup.row_fields import moments, numbers
from app.spatial.coordinates import china
from app.store.lookup.lookup import locate_sql

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)


def make(session: Session) -> Lookup:
    lookup = Lookup(lambda: nullcontext(session))
    lookup.refresh()
    return lookup


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def route_bytes(lookup: Lookup, body: bytes, kind: str, options: RouteOptions) -> tuple[bytes, RouteReport]:
    target = io.BytesIO()
    report = route_body(lookup, io.BytesIO(body), target, kind, options)
    return target.getvalue(), report


def test_index_batch_csv_arrow_lookup_and_sql_agree_on_every_point(session: Session) -> None:
    rng = np.random.default_rng(5)
    networks = {"tiles": tiling(rng, 20, (113.0, 22.0), 0.02), "messy": messy(rng, 12, (113.0, 22.0), 0.02)}
    for network, polygons in networks.items():
        publish(session, network, [f"{n:03d}" for n in rng.permutation(len(polygons))], polygons)
    both = np.concatenate(list(networks.values()))
    points = np.vstack([border_points(both, rng, 1), random_points(both, rng, 400)])
    points = points[rng.permutation(len(points))[:600]]
    lookup = make(session)
    batch = route_points(lookup, points.tolist(), RouteOptions())["points"]
    text = "lon,lat\n" + "".join(f"{x!r},{y!r}\n" for x, y in points.tolist())
    from_csv = csv_rows(route_bytes(lookup, text.encode(), "csv", RouteOptions())[0])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, pa.schema([("lon", pa.float64()), ("lat", pa.float64())])) as writer:
        writer.write_table(pa.table({"lon": points[:, 0], "lat": points[:, 1]}))
    routed = route_bytes(lookup, sink.getvalue(), "arrow_stream", RouteOptions())[0]
    from_arrow = pa.ipc.open_stream(routed).read_all().to_pylist()
    for i, (x, y) in enumerate(points.tolist()):
        grids = lookup_point(lookup, PointQuery(x, y), AnswerRules())["grids"]
        for network in networks:
            one = next((grid for grid in grids if grid["network"] == network), None)
            sql = locate_sql(session, x, y, network)
            expected = (one["code"], one["on_boundary"]) if one else (None, False)
            assert (sql and sql.code, bool(sql and sql.on_boundary)) == expected
            for row in (batch[i], from_arrow[i]):
                assert (row[f"{network}_grid"], row[f"{network}_boundary"]) == expected
            said = (from_csv[i][f"{network}_grid"] or None, from_csv[i][f"{network}_boundary"] == "true")
            assert said == expected


def test_rows_at_different_moments_use_the_edition_of_their_moment(session: Session, tmp_path: Path) -> None:
    known = datetime(2026, 3, 1, tzinfo=UTC)
    first = publish(session, "a", ["old"], PAIR[:1])
    close(session, first, JUNE, known)
    publish(session, "a", ["new"], PAIR[:1], valid_from=JUNE, known_from=known)
    data = (
        b"when,lon,lat\n2026-05-31T23:59:59Z,113.005,22.005\n2026-06-01T08:00:00+08:00,113.005,22.005\n"
        b"2026-06-01 07:59,113.005,22.005\n2026/06/01 08:00,113.005,22.005\n2019-01-01,113.005,22.005\n"
        b"yesterday,113.005,22.005\n,113.005,22.005\n"
    )
    made, report = route_bytes(make(session), data, "csv", RouteOptions(at_field="when"))
    rows = csv_rows(made)
    assert [row["a_grid"] for row in rows] == ["old", "new", "old", "new", "", "", ""]
    assert [row["error"] for row in rows[4:]] == ["", *[WORDS[NO_MOMENT]] * 2]
    assert report.to_dict()["networks"]["a"] == {
        "owned": 4,
        "on_boundary": 0,
        "editions": sorted(report.router.tally.editions["a"]),
    }
    table = pa.table({name: [row[name] for row in rows] for name in ("when", "lon", "lat")})
    pq.write_table(table, tmp_path / "t.parquet")
    route_file(make(session), tmp_path / "t.parquet", tmp_path / "o.parquet", RouteOptions(at_field="when"))
    coded = pq.read_table(tmp_path / "o.parquet").column("a_grid").to_pylist()
    assert coded == ["old", "new", "old", "new", None, None, None]
    then = RouteOptions(at_field="when", as_known_at=known - timedelta(days=1))
    assert csv_rows(route_bytes(make(session), data, "csv", then)[0])[1]["a_grid"] == "old"


def test_bad_rows_stay_with_an_error_and_are_counted(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    data = (
        b"id,lon,lat\n01,113.005,22.005\n02,,22.005\n03,x,22.005\n04,22.005,113.005\n05,0,0\n06,113.005,95\n"
        b"07,113.5,22.005\n08\n09,+113.005, 22.005 \n10,1130050000e-7,22.005\n11,inf,22\n"
    )
    made, report = route_bytes(make(session), data, "csv", RouteOptions())
    rows = csv_rows(made)
    assert [row["id"] for row in rows] == [f"{n:02d}" for n in range(1, 12)]
    assert [row["a_grid"] for row in rows if not row["error"]] == ["1", "", "1", "1"]
    assert [row["id"] for row in rows if row["error"]] == ["02", "03", "04", "05", "06", "08", "11"]
    assert "swapped" in rows[3]["error"]
    said = report.to_dict()
    assert (said["rows"], said["errors"], said["outside"]) == (11, 7, 1)
    assert said["first_errors"][0] == {"row": 2, "error": rows[1]["error"]}
    assert sum(said["error_kinds"].values()) == 7
    assert all(row["a_boundary"] == "" for row in rows if row["error"])


def test_axes_swapped_onto_the_ground_and_offsets_are_told(session: Session) -> None:
    publish(session, "dc", ["1"], np.array([shapely.box(-77.1, 38.8, -76.9, 39.0)], dtype=object))
    publish(session, "a", ["1", "2"], PAIR)
    x, y = china.wgs84_to_gcj02(np.array([113.018]), np.array([22.005]))
    points = [[38.9, -77.0], [float(x[0]), float(y[0])], [113.3, 22.3]]
    said = route_points(make(session), points, RouteOptions())
    assert "inside it with the axes swapped" in said["points"][0]["error"]
    assert said["outside"] == 2
    assert any(warning.startswith("1 rows") and "gcj02" in warning for warning in said["warnings"])
    right = route_points(make(session), points[1:2], RouteOptions(crs="gcj02"))["points"][0]
    assert (right["a_grid"], right["a_ambiguous"]) == ("2", False)


def test_gcj02_rows_near_a_border_are_ambiguous_as_in_the_look_up_of_one(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    lookup = make(session)
    lon = 113.01 + np.linspace(-4, 4, 33) / 103_000
    x, y = china.wgs84_to_gcj02(lon, np.full(33, 22.005))
    rows = route_points(lookup, np.column_stack([x, y]).tolist(), RouteOptions(crs="gcj02"))["points"]
    one = [
        lookup_point(lookup, PointQuery(a, b, "gcj02"), AnswerRules())["grids"][0] for a, b in zip(x, y, strict=True)
    ]
    assert [row["a_ambiguous"] for row in rows] == [grid["ambiguous"] for grid in one]
    assert 10 < sum(row["a_ambiguous"] for row in rows) < 20


def test_the_unified_network_has_its_five_columns(session: Session) -> None:
    publish(session, "unified", ["J001", "S001"], PAIR, kinds=["resident", "business"])
    publish(session, "a", ["1", "2"], PAIR)
    (row,) = route_points(make(session), [[113.015, 22.005]], RouteOptions())["points"]
    assert row == {
        "unified_grid": "S001", "unified_boundary": False, "a_grid": "2", "a_boundary": False, "grid": "S001",
        "kind": "business", "lead": None, "person": None, "deadline": None, "error": None,
    }  # fmt: skip
    (row,) = route_points(make(session), [[113.015, 22.005]], RouteOptions(networks=("a",)))["points"]
    assert list(row) == ["a_grid", "a_boundary", "error"]
    with pytest.raises(NotFound):
        route_points(make(session), [[113.015, 22.005]], RouteOptions(networks=("b",)))


def test_columns_that_the_table_has_already_are_renamed_and_said(session: Session) -> None:
    publish(session, "unified", ["1", "2"], PAIR)
    data = b"grid,error,lon,lat\nmine,none,113.005,22.005\n"
    made, report = route_bytes(make(session), data, "csv", RouteOptions())
    (row,) = csv_rows(made)
    assert (row["grid"], row["onegrid_grid"], row["error"], row["onegrid_error"]) == ("mine", "1", "none", "")
    assert report.to_dict()["renamed"] == {"grid": "onegrid_grid", "error": "onegrid_error"}


def test_every_kind_of_file_in_and_out(session: Session, tmp_path: Path) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    lookup = make(session)
    table = pa.table({"id": ["007", "008"], "Longitude": [113.005, 113.01], "LATITUDE": [22.005, 22.005]})
    pq.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("id,Longitude,LATITUDE\n007,113.005,22.005\n008,113.01,22.005\n")
    features = [
        {"type": "Feature", "properties": {"id": i}, "geometry": {"type": "Point", "coordinates": [x, 22.005]}}
        for i, x in (("007", 113.005), ("008", 113.01))
    ]
    (tmp_path / "t.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    for source, target in [
        ("t.csv", "o.csv"), ("t.csv", "o.parquet"), ("t.parquet", "o.parquet"), ("t.parquet", "o.arrow"),
        ("o.arrow", "p.arrows"), ("p.arrows", "p.csv"), ("t.geojson", "o.geojson"),
    ]:  # fmt: skip
        report = route_file(lookup, tmp_path / source, tmp_path / target, RouteOptions(networks=("a",))).to_dict()
        assert (report["rows"], report["errors"]) == (2, 0)
        assert report["networks"]["a"]["on_boundary"] == 1
        found = read_back(tmp_path / target)
        assert [(row["id"], row[list(row)[-3]], row[list(row)[-2]]) for row in found] == [
            ("007", "1", False), ("008", "1", True),
        ]  # fmt: skip
    for source, target in (("t.csv", "x.geojson"), ("t.geojson", "x.csv")):
        with pytest.raises(FileError):
            route_file(lookup, tmp_path / source, tmp_path / target, RouteOptions())
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".", "x"))]


def read_back(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        rows = csv_rows(path.read_bytes())
        return [
            {key: value == "true" if value in ("true", "false") else value for key, value in row.items()}
            for row in rows
        ]
    if path.suffix == ".geojson":
        return [feature["properties"] for feature in json.loads(path.read_text())["features"]]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    opened = pa.ipc.open_file(path) if path.suffix == ".arrow" else pa.ipc.open_stream(path)
    return opened.read_all().to_pylist()


def test_an_output_appears_whole_or_not_at_all(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    lookup = make(session)
    (tmp_path / "t.csv").write_text("lon,lat\n113.005,22.005\n")
    (tmp_path / "o.csv").write_text("what was there before")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(route_files.Router, "route_coded", fail)
    with pytest.raises(KeyboardInterrupt):
        route_file(lookup, tmp_path / "t.csv", tmp_path / "o.csv", RouteOptions())
    assert (tmp_path / "o.csv").read_text() == "what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.csv", "t.csv"]


def test_fields_are_guessed_named_or_asked_for(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    lookup = make(session)
    made, report = route_bytes(lookup, "y,X,编号\n22.005,113.005,1\n".encode(), "csv", RouteOptions())
    assert csv_rows(made)[0]["a_grid"] == "1"
    assert report.to_dict()["fields"] == {"lon": "X", "lat": "y", "at": None, "guessed": True}
    named = RouteOptions(lon_field="b", lat_field="a")
    made, report = route_bytes(lookup, b"a,b,lon,lat\n22.005,113.005,0,0\n", "csv", named)
    assert csv_rows(made)[0]["a_grid"] == "1"
    assert not report.to_dict()["fields"]["guessed"]
    with pytest.raises(FileError, match="which fields hold the point"):
        route_bytes(lookup, b"a,b\n1,2\n", "csv", RouteOptions())
    with pytest.raises(FileError, match="no such field"):
        route_bytes(lookup, b"lon,lat\n1,2\n", "csv", RouteOptions(matter_field="matter"))
    with pytest.raises(InputError, match="name both fields"):
        route_bytes(lookup, b"lon,lat\n1,2\n", "csv", RouteOptions(lon_field="lon"))


def test_json_points_that_are_not_pairs_of_numbers_have_an_error(session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    bad: list[Any] = [None, "113,22", [113.005], ["113.005", "22.005"], [True, 22.0], [113.005, None], {}, [10**400, 1]]
    rows = route_points(make(session), [[113.005, 22.005, 4.0], *bad], RouteOptions())["points"]
    assert rows[0]["a_grid"] == "1"
    assert all(row["error"] and row["a_grid"] is None for row in rows[1:])


def test_numbers_are_read_to_the_nearest_double() -> None:
    texts = ["113.00000000000001", " 22.5", "+1.5e1", "-77.0", ".5", "5.", "1,5", "0x10", "1_0", "nan", "", None, "１"]
    found = numbers(pa.array(texts))
    expected = [113.00000000000001, 22.5, 15.0, -77.0, 0.5, 5.0] + [np.nan] * 7
    assert np.array_equal(found, np.array(expected), equal_nan=True)
    assert numbers(pa.array([1, None], pa.int32())).tolist()[0] == 1.0
    assert np.isnan(numbers(pa.array([True, False]))).all()
    rng = np.random.default_rng(0)
    values = rng.uniform(-180, 180, 5000)
    assert (numbers(pa.array([repr(value) for value in values.tolist()])) == values).all()


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["2026-06-01T00:00:00", None, "2026-06-01"]),
        pa.array([datetime(2026, 6, 1), None, datetime(2026, 6, 1)], pa.timestamp("ns")),  # noqa: DTZ001
        pa.array(
            [datetime(2026, 5, 31, 16, tzinfo=UTC), None, datetime(2026, 5, 31, 16, tzinfo=UTC)],
            pa.timestamp("ms", "UTC"),
        ),
        pa.array([datetime(2026, 6, 1).date(), None, datetime(2026, 6, 1).date()]),  # noqa: DTZ001
    ],
)
def test_moments_of_any_type_without_a_zone_are_local(values: pa.Array) -> None:
    found, wrong = moments(values, "Asia/Shanghai")
    local_midnight = int(datetime(2026, 5, 31, 16, tzinfo=UTC).timestamp() * 1_000_000)
    assert found[[0, 2]].tolist() == [local_midnight] * 2
    assert wrong.tolist() == [False, True, False]


class Weighed(io.BytesIO):
    """Weighs, at each write, what Python and Arrow hold beside what was written here."""

    most = 0

    def write(self, data: Any) -> int:
        self.most = max(self.most, tracemalloc.get_traced_memory()[0] - self.tell() + pa.total_allocated_bytes())
        return super().write(data)


def test_an_arrow_stream_is_routed_batch_by_batch_and_never_held_whole(session: Session, tmp_path: Path) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    rng, batches, rows = np.random.default_rng(3), 60, 20_000
    one = pa.record_batch({"lon": rng.uniform(113, 113.02, rows), "lat": rng.uniform(22, 22.01, rows)})
    path, target = tmp_path / "points.arrows", Weighed()
    with pa.ipc.new_stream(path, one.schema) as writer:
        for _ in range(batches):
            writer.write_batch(one)
    lookup = make(session)
    tracemalloc.start()
    with path.open("rb") as body:
        report = route_body(lookup, body, target, "arrow_stream", RouteOptions())
    tracemalloc.stop()
    assert report.to_dict()["rows"] == batches * rows
    assert [batch.num_rows for batch in pa.ipc.open_stream(target.getvalue())] == [rows] * batches
    assert target.most < path.stat().st_size / 3, "a few batches at a time"
