"""Look-up, batch and shape over HTTP."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from adversarial_points import border_points, random_points, tiling
from fastapi.testclient import TestClient
from published import close, publish
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.store.lookup.lookup import locate_sql

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)
POINT = {"lon": 113.004, "lat": 22.005}
ARROW = "application/vnd.apache.arrow.stream"
Headers = dict[str, str]


@pytest.fixture
def key(make_key: Callable[..., Headers]) -> Headers:
    return make_key("lookup")


@pytest.fixture
def town(session: Session) -> Session:
    """Two networks of two grids."""
    publish(session, "unified", ["J001", "S001"], PAIR, kinds=["resident", "business"])
    publish(session, "civil", ["1", "2"], PAIR)
    return session


def get(client: TestClient, key: Headers, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/lookup", params=parameters, headers=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_point(client: TestClient, key: Headers, town: Session) -> None:
    answer = get(client, key, **POINT, at="2026-11-21T09:00:00+08:00")
    assert answer["at"] == "2026-11-21T09:00:00+08:00"
    assert [(grid["network"], grid["code"], grid["kind"]) for grid in answer["grids"]] == [
        ("unified", "J001", "resident"), ("civil", "1", None),
    ]  # fmt: skip
    assert set(answer) == {"point", "at", "grids", "outside", "nearest", "warnings"}
    assert [grid["network"] for grid in get(client, key, **POINT, network="civil")["grids"]] == ["civil"]
    both = get(client, key, **POINT, network=["civil", "unified"])["grids"]
    assert len(both) == len(get(client, key, **POINT, network="civil,unified")["grids"]) == 2


def test_look_up_asks_the_database_nothing_but_who_calls(client: TestClient, key: Headers, town: Session) -> None:
    get(client, key, **POINT)
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    engine = town.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        get(client, key, **POINT, crs="gcj02", accuracy_m=5)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    tables = ("grids", "validities", "editions", "networks")
    assert not [statement for statement in asked if any(table in statement for table in tables)]


def test_at_before_and_after_a_publish_and_as_known_before(client: TestClient, key: Headers, session: Session) -> None:
    known = datetime(2026, 3, 1, tzinfo=UTC)
    first = publish(session, "a", ["old"], PAIR[:1])
    close(session, first, JUNE, known)
    publish(session, "a", ["new"], PAIR[:1], valid_from=JUNE, known_from=known)
    codes = [
        get(client, key, **POINT, **when)["grids"][0]["code"]
        for when in (
            {"at": "2026-05-31"},
            {"at": "2026-06-02"},
            {"at": "2026-06-02", "as_known_at": "2026-02-01"},
            {"at": "2026-06-01T08:00:00 08:00"},
        )
    ]
    assert codes == ["old", "new", "old", "new"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"lon": 22.005, "lat": 113.004}, "axes look swapped"), ({"lon": 0, "lat": 0}, "without a position"),
        ({"lon": "x", "lat": 22}, "lon"), ({"lat": 22}, "lon"), (POINT | {"crs": "mars"}, "not known"),
        (POINT | {"at": "soon"}, "not a moment"), (POINT | {"accuracy_m": -1}, "accuracy_m"),
        ({"lon": "nan", "lat": 22}, "not two numbers"),
    ],
)  # fmt: skip
def test_wrong_questions_are_problems(
    client: TestClient, key: Headers, town: Session, parameters: dict[str, Any], words: str
) -> None:
    answer = client.get("/api/v1/lookup", params=parameters, headers=key)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert words in answer.json()["detail"]


def test_only_callers_with_the_scope_and_anybody_where_look_up_is_open(
    make_client: Callable[..., TestClient], make_key: Callable[..., Headers], town: Session
) -> None:
    closed = make_client()
    assert closed.get("/api/v1/lookup", params=POINT).status_code == 401
    assert closed.post("/api/v1/lookup/batch", json={"points": []}).status_code == 401
    assert closed.post("/api/v1/lookup/shape", json={}).status_code == 401
    assert closed.get("/api/v1/lookup", params=POINT, headers=make_key("events")).status_code == 403
    assert make_client(public_lookup=True).get("/api/v1/lookup", params=POINT).status_code == 200


def test_an_unknown_network_is_not_found(client: TestClient, key: Headers, town: Session) -> None:
    answer = client.get("/api/v1/lookup", params=POINT | {"network": "police"}, headers=key)
    assert (answer.status_code, answer.json()["detail"]) == (404, "no network 'police'; there are: unified, civil")


def test_api_batch_and_sql_agree_on_every_point(client: TestClient, key: Headers, session: Session) -> None:
    rng = np.random.default_rng(9)
    polygons = tiling(rng, 20, (113.0, 22.0), 0.02)
    publish(session, "a", [f"{n:03d}" for n in rng.permutation(len(polygons))], polygons)
    points = np.vstack([border_points(polygons, rng, 1), random_points(polygons, rng, 100)])
    points = points[rng.permutation(len(points))[:150]].tolist()
    batch = client.post("/api/v1/lookup/batch", json={"points": points}, headers=key).json()["points"]
    for (x, y), row in zip(points, batch, strict=True):
        sql = locate_sql(session, x, y, "a")
        one = get(client, key, lon=repr(x), lat=repr(y))["grids"]
        assert row["a_grid"] == (sql.code if sql else None) == (one[0]["code"] if one else None)
        assert row["a_boundary"] == bool(sql and sql.on_boundary) == bool(one and one[0]["on_boundary"])


def test_batch_json(client: TestClient, key: Headers, town: Session) -> None:
    body = {"points": [[113.01, 22.005], ["x", 1], [113.5, 22]], "networks": ["civil"], "at": "2026-11-21"}
    answer = client.post("/api/v1/lookup/batch", json=body, headers=key)
    said = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert said["points"] == [
        {"civil_grid": "1", "civil_boundary": True, "error": None},
        {"civil_grid": None, "civil_boundary": None, "error": "the coordinates are not two numbers"},
        {"civil_grid": None, "civil_boundary": False, "error": None},
    ]
    assert (said["rows"], said["errors"], said["outside"]) == (3, 1, 1)
    assert said["first_errors"][0]["row"] == 2
    assert said["at"] == "2026-11-21T00:00:00+08:00"


def test_batch_csv(client: TestClient, key: Headers, town: Session) -> None:
    body = "编号;lon;lat\r\n007;113.010;22.005\r\n008;;\r\n".encode("gb18030")
    headers = key | {"Content-Type": "text/csv; charset=gb18030"}
    answer = client.post("/api/v1/lookup/batch?networks=civil", content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.content.decode("gb18030") == (
        "编号;lon;lat;civil_grid;civil_boundary;error\r\n007;113.010;22.005;1;true;\r\n"
        "008;;;;;the coordinates are not two numbers\r\n"
    )
    assert (answer.headers["x-rows"], answer.headers["x-row-errors"]) == ("2", "1")


def test_batch_arrow_with_a_moment_for_each_row(client: TestClient, key: Headers, session: Session) -> None:
    publish(session, "a", ["old"], PAIR[:1], valid_to=JUNE)
    publish(session, "a", ["new"], PAIR[:1], valid_from=JUNE)
    table = pa.table(
        {
            "x": [113.004, 113.004],
            "y": [22.005, 22.005],
            "t": [datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)],
        }
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    answer = client.post(
        "/api/v1/lookup/batch?at_field=t", content=sink.getvalue(), headers=key | {"Content-Type": ARROW}
    )
    assert answer.headers["content-type"] == ARROW
    made = pa.ipc.open_stream(answer.content).read_all()
    assert made.column("a_grid").to_pylist() == ["old", "new"]
    assert made.select(["x", "y", "t"]).equals(table)


def test_batches_of_tables_may_be_as_large_as_uploads(
    make_client: Callable[..., TestClient], make_key: Callable[..., Headers], town: Session
) -> None:
    client, headers = make_client(body_limit_mb=1, upload_limit_mb=6), make_key("lookup")
    rng, rows = np.random.default_rng(1), 40_000
    table = pa.table({"lon": rng.uniform(113, 113.02, 5 * rows), "lat": rng.uniform(22, 22.01, 5 * rows)})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)

    def post(body: bytes, kind: str) -> Any:
        return client.post("/api/v1/lookup/batch", content=body, headers=headers | {"Content-Type": kind})

    answer = post(sink.getvalue(), ARROW)
    assert (answer.status_code, answer.headers["x-rows"]) == (200, str(5 * rows))
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert [batch.num_rows for batch in pa.ipc.open_stream(answer.content)] == [rows] * 5
    assert post(sink.getvalue() * 2, ARROW).status_code == 413
    assert post(b" " * 2**21, "application/json").status_code == 413
    assert post(sink.getvalue()[: 2**20], ARROW).status_code == 422, "cut off: said before anything is answered"


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (b"{", "application/json", 422, "not JSON"), (b"[1]", "application/json", 422, "points"),
        (b'{"points": 3}', "application/json", 422, "points"),
        (b'{"points": [], "networks": "a"}', "application/json", 422, "networks"),
        (b'{"points": [], "crs": 4547}', "application/json", 422, "crs"),
        (b'{"points": [], "at": "soon"}', "application/json", 422, "moment"),
        (b"a,b\n1,2\n", "text/csv", 422, "which fields hold the point"), (b"", "text/csv", 422, "header"),
        (b'lon,lat\n1,2\n1,2,3\n', "text/csv", 422, "row 3"), (b"nonsense", ARROW, 422, "not readable"),
        (b"<xml/>", "application/xml", 415, "text/csv"),
    ],
)  # fmt: skip
def test_batches_that_cannot_be_read_are_problems(
    client: TestClient, key: Headers, town: Session, body: bytes, kind: str, status: int, words: str
) -> None:
    answer = client.post("/api/v1/lookup/batch", content=body, headers=key | {"Content-Type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


def test_shape(client: TestClient, key: Headers, town: Session) -> None:
    patch = {"type": "Feature", "geometry": shapely.geometry.mapping(shapely.box(113.005, 22.002, 113.015, 22.004))}
    said = client.post("/api/v1/lookup/shape?network=civil", json=patch, headers=key).json()
    assert [(grid["code"], pytest.approx(grid["share"], abs=1e-4)) for grid in said["grids"]] == [
        ("1", 0.5),
        ("2", 0.5),
    ]
    assert sum(grid["area_m2"] for grid in said["grids"]) == pytest.approx(said["shape"]["area_m2"], abs=0.01)
    assert said["outside"] == {"civil": 0.0}
    line = {"type": "LineString", "coordinates": [[113.015, 22.005], [113.025, 22.005]]}
    said = client.post("/api/v1/lookup/shape?network=civil", json=line, headers=key).json()
    assert said["outside"]["civil"] == pytest.approx(0.5, abs=1e-4)
    assert said["grids"][0]["length_m"] == pytest.approx(said["shape"]["length_m"] / 2, abs=0.1)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"type": "Point", "coordinates": [113, 22]}, "must be a GeoJSON"), ({"type": "Feature"}, "must be a GeoJSON"),
        ({"type": "LineString", "coordinates": [[113, 22]]}, "cannot be read"),
        ({"type": "LineString", "coordinates": "x"}, "cannot be read"),
        ({"type": "LineString", "coordinates": [[113, 22], [113, 22]]}, "no length"),
        ({"type": "LineString", "coordinates": [[22, 113], [23, 113]]}, "outside the globe"),
        ({"type": "LineString", "coordinates": []}, "empty"), ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 1], [0, 0]]]}, "not valid"),
    ],
)  # fmt: skip
def test_shapes_that_cannot_be_measured_are_problems(
    client: TestClient, key: Headers, town: Session, shape: dict[str, Any], words: str
) -> None:
    answer = client.post("/api/v1/lookup/shape", json=shape, headers=key)
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["detail"]


def test_the_api_s_own_description_knows_all_three(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    batch = paths["/api/v1/lookup/batch"]["post"]
    assert set(batch["requestBody"]["content"]) == {"application/json", "text/csv", ARROW}
    assert {"/api/v1/lookup", "/api/v1/lookup/shape", "/tiles/{network}.json"} <= set(paths)
    json.dumps(batch)
