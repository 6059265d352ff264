"""Every line of the status table by a real request, and nothing leaked by any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import db, errors
from app.api import problems
from app.api.dependencies import SessionDep
from app.main import create_app
from app.settings import Settings

RAISED = {
    errors.InputError("a"): 422,
    errors.FileError("no ring", file="a.geojson", row=3, field="code", remedy="close it"): 422,
    errors.CrsUnclear("looks like 4547", file="a.shp", remedy="--crs", guess="EPSG:4547"): 422,
    errors.TooLarge("a"): 413,
    errors.NotFound("a"): 404,
    errors.Conflict("a"): 409,
    errors.Refused("a", ["overlap of 3 m²"]): 409,
    errors.Infeasible("a", ["area 440115 has one piece"]): 422,
    errors.Unauthenticated("a"): 401,
    errors.Forbidden("a"): 403,
    errors.TooManyAttempts("a", retry_after=17): 429,
    errors.Cancelled("a"): 409,
    errors.Unavailable("a"): 503,
    errors.OneGridError("secret-detail"): 500,
    RuntimeError("secret-detail"): 500,
    PoolTimeout("secret-detail"): 503,
}


def raising(error: Exception) -> Callable[[FastAPI], None]:
    def prepare(app: FastAPI) -> None:
        @app.get("/raise")
        def route() -> None:
            raise error

    return prepare


def check_document(answer: object, status: int) -> dict[str, object]:
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    document = answer.json()  # type: ignore[attr-defined]
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(document)
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]  # type: ignore[attr-defined]
    return document


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_every_error_class_has_its_status(make_client: Callable[..., TestClient], error: Exception) -> None:
    client = make_client(prepare=raising(error))
    answer = client.get("/raise?token=abc")
    document = check_document(answer, RAISED[error])
    assert document["instance"] == "/raise"
    assert "secret-detail" not in answer.text
    if isinstance(error, errors.OneGridError) and RAISED[error] != 500:
        assert document["detail"] == str(error)
        assert {name: document[name] for name in error.members} == error.members


def test_the_table_names_every_class_of_the_tree() -> None:
    def family(cls: type[errors.OneGridError]) -> set[type[errors.OneGridError]]:
        return {cls}.union(*(family(child) for child in cls.__subclasses__()))

    of_the_tree = {cls for cls in family(errors.OneGridError) if cls.__module__ == errors.__name__}
    assert set(problems.TABLE) == of_the_tree
    assert {type(error) for error in RAISED} >= of_the_tree


def test_headers_that_statuses_call_for(make_client: Callable[..., TestClient]) -> None:
    def header(error: Exception, name: str) -> str:
        return make_client(prepare=raising(error)).get("/raise").headers[name]

    assert header(errors.Unauthenticated("a"), "www-authenticate").startswith("Bearer")
    assert header(errors.TooManyAttempts("a", retry_after=17), "retry-after") == "17"
    assert int(header(errors.Unavailable("a"), "retry-after")) > 0
    assert int(header(PoolTimeout("a"), "retry-after")) > 0


def test_the_type_of_every_problem_leads_to_its_explanation(client: TestClient) -> None:
    page = client.get(problems.PAGE).text
    for kind in problems.KINDS:
        assert f'id="{kind.name}"' in page


def test_no_such_path_and_wrong_method(client: TestClient) -> None:
    assert check_document(client.get("/api/v1/nothing"), 404)["type"].endswith("#not-found")
    refused = client.delete("/healthz")
    assert check_document(refused, 405)["type"].endswith("#wrong-method")
    assert refused.headers["allow"] == "GET"
    check_document(client.post("/api/v1/nothing"), 404)


def test_wrong_input_says_where_and_repeats_no_value(client: TestClient, admin: dict[str, str]) -> None:
    sent = {"name": "li", "role": "emperor", "password": ["hunter2-secret"]}
    answer = client.post("/api/v1/users", json=sent, headers=admin)
    document = check_document(answer, 422)
    assert {fault["where"] for fault in document["errors"]} == {"body.role", "body.password"}
    assert "hunter2" not in answer.text


def test_a_body_that_is_not_json_is_a_bad_request(client: TestClient, admin: dict[str, str]) -> None:
    headers = admin | {"Content-Type": "application/json"}
    document = check_document(client.post("/api/v1/users", content=b'{"name": ', headers=headers), 400)
    assert "not JSON" in document["detail"]


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("INSERT INTO networks (code, name) VALUES ('a', 'A'), ('a', 'A')", 409),
        ("INSERT INTO networks (code, name) VALUES ('a', NULL)", 500),
        ("SELECT 1 FROM no_such_table", 500),
        ("SELECT pg_sleep(5)", 503),
    ],
    ids=["lost race", "our fault: null", "our fault: no table", "too slow"],
)
def test_errors_of_the_database(make_client: Callable[..., TestClient], statement: str, status: int) -> None:
    def prepare(app: FastAPI) -> None:
        @app.get("/query")
        def route(session: SessionDep) -> None:
            session.execute(text("SET LOCAL statement_timeout = 200"))
            session.execute(text(statement))

    answer = make_client(prepare=prepare).get("/query")
    check_document(answer, status)
    for leaked in ("networks", "no_such_table", "psycopg", "SELECT"):
        assert leaked not in answer.text


def test_a_database_that_is_down_is_503_and_its_address_stays_ours(settings: Settings) -> None:
    engine = db.make_engine("postgresql+psycopg://secret-user:secret-word@127.0.0.1:1/secret-base")
    with TestClient(create_app(settings, engine=engine), raise_server_exceptions=False) as client:
        for path in ("/readyz", "/api/v1/me"):
            answer = client.get(path, headers={"Authorization": "Bearer og_x_y"})
            check_document(answer, 503)
            assert "secret" not in answer.text
        assert client.get("/healthz").status_code == 200
        assert client.post("/api/v1/sign-in", json={"name": "a", "password": "b"}).status_code == 503


def test_a_commit_that_fails_answers_with_an_error(settings: Settings, database: str) -> None:
    """With FastAPI's own default the answer would have left before the commit, and said 200."""
    engine = db.make_engine(database)
    app = create_app(settings, engine=engine)

    @app.get("/deferred")
    def route(session: SessionDep) -> str:
        session.execute(text("CREATE TEMP TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"))
        session.execute(text("INSERT INTO t VALUES (1), (1)"))
        return "stored"

    with TestClient(app, raise_server_exceptions=False) as client:
        check_document(client.get("/deferred"), 409)
    engine.dispose()


def test_the_guide_has_the_same_table(project: Path) -> None:
    guide = (project / "docs" / "api.md").read_text(encoding="utf-8")
    for kind in problems.KINDS:
        assert f"| {kind.status} | `{kind.name}` |" in guide
