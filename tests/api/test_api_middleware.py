"""Request ids, logs, security headers, CORS, limits, proxies."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from app import logs
from app.api.limits import MIB, STRANGERS_BYTES
from app.api.middleware import SECURITY_HEADERS

Headers = dict[str, str]
PATHS = [
    "/healthz",
    "/readyz",
    "/docs",
    "/docs/assets/swagger-ui.css",
    "/openapi.json",
    "/sign-in",
    "/",
    "/api/v1/me",
    "/no",
]


def broken(app: FastAPI) -> None:
    @app.get("/broken/{what}")
    def route(what: str) -> None:
        raise RuntimeError("secret-detail")


def swallowing(app: FastAPI) -> None:
    @app.post("/api/v1/swallow")
    async def swallow(request: Request) -> int:
        return len(await request.body())


@pytest.mark.parametrize("path", PATHS)
def test_security_headers_are_on_every_answer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value
    assert "strict-transport-security" not in headers


def test_errors_have_the_headers_and_the_id_too(make_client: Callable[..., TestClient]) -> None:
    answer = make_client(prepare=broken, secure_cookies=True).get("/broken/it")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_the_content_policy_lets_the_map_work_and_no_strangers_in(client: TestClient) -> None:
    policy = dict(part.split(" ", 1) for part in client.get("/").headers["content-security-policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["worker-src"] == "'self' blob:"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(r"https?:|\*|unsafe-eval", " ".join(policy.values()))


def test_answers_with_private_things_are_not_kept(client: TestClient, admin: Headers) -> None:
    for path in ("/api/v1/me", "/api/v1/keys", "/sign-in", "/metrics"):
        assert client.get(path, headers=admin).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("sent", ["trace-12345678", "a" * 64, "0.1_2-3.45"])
def test_a_sane_request_id_is_taken_over(client: TestClient, sent: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": sent}).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "short", "a" * 65, "a b c d e f", "<script>alert</script>", 'x";level="error'])
def test_any_other_is_replaced(client: TestClient, sent: str) -> None:
    made = client.get("/healthz", headers={"X-Request-ID": sent}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """The lines as a deployment would write them, parsed."""
    logs.configure("json")
    formatter = next(
        h.formatter
        for h in logging.getLogger().handlers
        if isinstance(h.formatter, structlog.stdlib.ProcessorFormatter)
    )
    assert formatter is not None
    with caplog.at_level(logging.INFO):
        yield lambda: [
            json.loads(formatter.format(record)) for record in caplog.records if record.name.startswith("onegrid")
        ]


def test_one_line_a_request_with_the_template_and_nothing_private(
    client: TestClient, admin: Headers, log_lines: Callable[[], list[dict[str, object]]]
) -> None:
    logs.configure("json")
    client.patch("/api/v1/users/zhang.san?token=hidden-token", json={"password": "hidden-word"}, headers=admin)
    (line,) = log_lines()
    assert line["event"] == "request"
    assert (line["method"], line["route"], line["status"]) == ("PATCH", "/api/v1/users/{name}", 404)
    assert line["caller"] == "key:test-lookup-events-plan-admin"
    assert line["level"] == "info"
    assert float(str(line["ms"])) > 0
    assert re.fullmatch(r"[0-9a-f]{32}", str(line["request_id"]))
    for private in ("hidden", "zhang", "10.0.0.7", "og_"):
        assert private not in json.dumps(line)


def test_an_unexpected_error_is_logged_with_its_cause_under_the_same_id(
    make_client: Callable[..., TestClient], log_lines: Callable[[], list[dict[str, object]]]
) -> None:
    client = make_client(prepare=broken)
    logs.configure("json")
    answer = client.get("/broken/zhang.san")
    cause, request = log_lines()
    assert "secret-detail" in str(cause["exception"])
    assert {cause["request_id"], request["request_id"]} == {answer.json()["request_id"]}
    assert request["route"] == "/broken/{what}"


def test_origins_are_closed_by_default(client: TestClient) -> None:
    asked = {"Origin": "https://city.example", "Access-Control-Request-Method": "GET"}
    answer = client.options("/api/v1/me", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_origin_that_the_deployment_names_may_call_with_a_key_but_not_with_cookies(
    make_client: Callable[..., TestClient],
) -> None:
    client = make_client(cors_origins=["https://city.example"])
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "Authorization"}
    allowed = client.options("/api/v1/me", headers=asked | {"Origin": "https://city.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://city.example"
    assert "access-control-allow-credentials" not in allowed.headers
    refused = client.options("/api/v1/me", headers=asked | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in refused.headers
    error = client.get("/api/v1/me", headers={"Origin": "https://city.example"})
    assert error.headers["access-control-allow-origin"] == "https://city.example"


def test_the_clients_address_is_the_proxys_word_only_for_proxies_we_trust(
    make_client: Callable[..., TestClient], admin: Headers
) -> None:
    def origin(client: TestClient) -> str:
        sent = admin | {"X-Forwarded-For": "203.0.113.9"}
        client.post("/api/v1/users", json={"name": f"u{id(client)}", "role": "viewer"}, headers=sent)
        return client.get("/api/v1/audit", params={"limit": 1}, headers=admin).json()["entries"][0]["origin"]

    assert origin(make_client()) == "10.0.0.7"
    assert origin(make_client(trusted_proxies=["10.9.9.9"])) == "10.0.0.7"
    assert origin(make_client(trusted_proxies=["10.0.0.0/24"])) == "203.0.113.9"


def chunks(total: int) -> Iterator[bytes]:
    """A body without a Content-Length."""
    for _ in range(total // 65536):
        yield b"x" * 65536
    yield b"x" * (total % 65536)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_over_the_limit_is_refused_however_it_is_sent(
    make_client: Callable[..., TestClient], admin: Headers, streamed: bool
) -> None:
    client = make_client(prepare=swallowing, body_limit_mb=1)

    def send(size: int) -> httpx.Response:
        content = chunks(size) if streamed else b"x" * size
        return client.post("/api/v1/swallow", content=content, headers=admin)

    assert send(MIB).json() == MIB
    refused = send(MIB + 1)
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_body_that_lies_about_its_length_is_counted(make_client: Callable[..., TestClient], admin: Headers) -> None:
    client = make_client(prepare=swallowing, body_limit_mb=1)
    headers = admin | {"Content-Length": "10"}
    assert client.post("/api/v1/swallow", content=chunks(MIB + 1), headers=headers).status_code == 413


@pytest.mark.parametrize("path", ["/api/v1/networks/civilization/imports", "/api/v1/layers/imports"])
def test_uploads_have_a_limit_of_their_own(make_client: Callable[..., TestClient], admin: Headers, path: str) -> None:
    client = make_client(body_limit_mb=1, upload_limit_mb=2)

    def send(size: int, path: str) -> int:
        file = {"files": ("a.geojson", b"x" * size, "application/geo+json")}
        return client.post(path, files=file, headers=admin).status_code

    assert send(MIB + 1, path) in (404, 422), "let in, and then found wanting"
    assert send(2 * MIB + 1, path) == 413
    assert send(MIB + 1, "/api/v1/users") == 413, "a multipart body elsewhere is no upload"


@pytest.mark.parametrize("streamed", [False, True])
def test_strangers_may_not_send_much(make_client: Callable[..., TestClient], streamed: bool) -> None:
    client = make_client(prepare=swallowing)

    def send(size: int, headers: Headers | None = None) -> int:
        content = chunks(size) if streamed else b"x" * size
        return client.post("/api/v1/swallow", content=content, headers=headers).status_code

    assert send(STRANGERS_BYTES) == 200
    assert send(STRANGERS_BYTES + 1) == 401
    assert send(STRANGERS_BYTES + 1, {"Authorization": "Bearer og_x_wrong"}) == 401


def test_where_look_up_is_open_strangers_may_send_batches(make_client: Callable[..., TestClient]) -> None:
    client = make_client(prepare=swallowing, public_lookup=True)
    assert client.post("/api/v1/swallow", content=b"x" * (STRANGERS_BYTES + 1)).status_code == 200
