"""Who gets in where: without a key, with a key of each scope, with a cookie."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.api.callers import COOKIE, REMEMBERED_S
from app.rules.accounts.access import SCOPES, Caller
from app.services.accounts import keys

Headers = dict[str, str]
OPEN = {
    ("GET", "/"),
    ("GET", "/api/v1/page"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/docs/start.js"),
    ("GET", "/docs/problems"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/api/v1/sign-in"),
    ("POST", "/api/v1/sign-in/link"),
}
OPEN_MOUNTS = {"/docs/assets"}
RESIDENTS = "/api/v1/public"
"""Not there but where the deployment has a public page: tests/api/test_api_public.py."""


def routes(client: TestClient) -> list[tuple[str, str]]:
    """Every method and path template that the application answers."""
    found = []
    for route in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        methods = getattr(route.original_route, "methods", None)
        if methods is None:
            assert route.path in OPEN_MOUNTS, f"a mount that this test does not know: {route.path}"
            continue
        found += [(method, route.path or "") for method in sorted(methods - {"HEAD"})]
    return found


def concrete(template: str) -> str:
    return re.sub(r"\{[^}]+\}", "1", template)


def test_without_a_key_nothing_answers_but_health_docs_and_the_door(client: TestClient) -> None:
    guarded = [route for route in routes(client) if route not in OPEN and not route[1].startswith(RESIDENTS)]
    assert len(guarded) >= 12
    for method, template in guarded:
        answer = client.request(method, concrete(template))
        assert answer.status_code == 401, f"{method} {template} answers {answer.status_code} to a stranger"
        assert answer.headers["content-type"] == "application/problem+json"


FOR_EVENTS = {
    ("POST", "/api/v1/duties/claims"), ("POST", "/api/v1/route"), ("GET", "/api/v1/whistles"),
    ("GET", "/api/v1/objects.geojson"), ("PUT", "/api/v1/objects"),
    ("POST", "/api/v1/notices/{notice_id}/objections"),
    ("POST", "/api/v1/objections/{objection_id}/withdraw"),
}  # fmt: skip
"""Paths besides those of events that a key for events may use."""


def test_a_key_without_scopes_that_fit_gets_no_further_than_me(
    client: TestClient, make_key: Callable[..., Headers]
) -> None:
    events = make_key("events")
    for method, template in routes(client):
        if (method, template) in OPEN or template in {"/api/v1/me", "/api/v1/sign-out", "/api/v1/me/password"}:
            continue
        of_cases = template.startswith(("/api/v1/events", "/api/v1/appeals"))
        if template.startswith(RESIDENTS) or of_cases or (method, template) in FOR_EVENTS:
            continue
        answer = client.request(method, concrete(template), headers=events)
        assert answer.status_code == 403, f"{method} {template} answers {answer.status_code} to a key for events"


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    ("method", "path", "needs"),
    [
        ("GET", "/api/v1/networks", "lookup"),
        ("POST", "/api/v1/networks", "plan"),
        ("GET", "/api/v1/users", "admin"),
        ("POST", "/api/v1/users", "admin"),
        ("GET", "/api/v1/keys", "admin"),
        ("POST", "/api/v1/keys", "admin"),
        ("GET", "/api/v1/audit", "admin"),
        ("GET", "/metrics", "admin"),
    ],
)
def test_scopes(
    client: TestClient, make_key: Callable[..., Headers], scope: str, method: str, path: str, needs: str
) -> None:
    answer = client.request(method, path, headers=make_key(scope), json={} if method == "POST" else None)
    if scope == needs:
        assert answer.status_code in (200, 422)
    else:
        assert answer.status_code == 403
        assert needs in answer.json()["detail"]


@pytest.mark.parametrize("header", ["Bearer ", "Bearer og_aaaaaaaa_wrong", "Basic d2FuZzpwdw==", "og_x", ""])
def test_what_is_no_key_is_refused_even_where_none_is_needed(
    make_client: Callable[..., TestClient], header: str
) -> None:
    client = make_client(public_lookup=True)
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]


def test_a_key_says_who_it_is(client: TestClient, make_key: Callable[..., Headers]) -> None:
    answer = client.get("/api/v1/me", headers=make_key("lookup", "plan"))
    assert answer.json() == {"kind": "key", "name": "test-lookup-plan", "scopes": ["lookup", "plan"]}


def test_a_key_revoked_here_stops_at_once(client: TestClient, admin: Headers, make_key: Callable[..., Headers]) -> None:
    headers = make_key("lookup")
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    assert client.delete("/api/v1/keys/test-lookup", headers=admin).status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_key_revoked_elsewhere_stops_within_a_second(
    client: TestClient, session: Session, make_key: Callable[..., Headers]
) -> None:
    headers, callers = make_key("lookup"), client.app.state.callers  # type: ignore[attr-defined]
    at = 1000.0
    callers.clock = lambda: at
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    keys.revoke(session, Caller("cli:other", frozenset(SCOPES)), "test-lookup", now=datetime.now(UTC))
    session.commit()
    at += REMEMBERED_S - 0.01
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    at += 0.01
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_made_up_keys_are_not_remembered(client: TestClient) -> None:
    for number in range(5):
        client.get("/api/v1/me", headers={"Authorization": f"Bearer og_x_{number}"})
    assert client.app.state.callers._known == {}  # type: ignore[attr-defined]


def test_a_cookie_that_means_nothing_is_nobody(client: TestClient) -> None:
    client.cookies.set(COOKIE, "stale")
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/healthz").status_code == 200


STRANGE = ["%00", "-1", "99999999999999999999", "nan", "%F0%9F%98%80" * 40, "%ff'"]


@pytest.mark.parametrize("strange", STRANGE)
def test_strange_values_in_paths_and_queries_are_the_callers_fault_not_ours(
    client: TestClient, admin: Headers, strange: str
) -> None:
    """Every path of the description, every parameter: an answer below 500."""
    for template, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            path = re.sub(r"\{[^}]+\}", strange, template)
            asked = [named["name"] for named in operation.get("parameters", []) if named["in"] == "query"]
            query = "&".join(f"{name}={strange}" for name in asked)
            for address in (f"{path}?{query}", f"{concrete(template)}?{query}"):
                body = None if method in ("get", "delete") else {}
                answer = client.request(method, address, headers=admin, json=body)
                assert answer.status_code < 500, f"{method} {address}: {answer.text}"


@pytest.mark.parametrize(
    "body",
    ["null", "[]", "1", '"x"', "{}", '{"name": "\\u0000", "code": "\\u0000"}', '{"name": "\\ud800"}', "[" * 5000],
)
def test_strange_bodies_are_the_callers_fault_not_ours(client: TestClient, admin: Headers, body: str) -> None:
    headers = admin | {"Content-Type": "application/json"}
    for template, operations in client.get("/openapi.json").json()["paths"].items():
        for method in set(operations) & {"post", "put", "patch"}:
            answer = client.request(method, concrete(template), headers=headers, content=body)
            assert answer.status_code < 500, f"{method} {template}: {answer.text}"
