"""/healthz, /readyz, /metrics, /docs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session

Headers = dict[str, str]


def test_ready_when_everything_is_there(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert {"database", "postgis", "migrations"} <= set(checks)
    assert set(checks.values()) == {"ok"}


def test_not_ready_on_an_old_schema(client: TestClient, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "onegrid db upgrade" in answer.json()["checks"]["migrations"]
    assert client.get("/healthz").status_code == 200


def test_not_ready_on_an_empty_database(client: TestClient, session: Session) -> None:
    session.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    session.commit()
    assert client.get("/readyz").status_code == 503


def test_not_ready_until_what_must_be_loaded_is(make_client: Callable[..., TestClient]) -> None:
    loaded = False

    def prepare(app: FastAPI) -> None:
        app.state.readiness["lookup"] = lambda: loaded

    client = make_client(prepare=prepare)
    assert client.get("/readyz").json()["checks"]["lookup"] == "not loaded yet"
    loaded = True
    assert client.get("/readyz").status_code == 200


def figures(client: TestClient, admin: Headers) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(client.get("/metrics", headers=admin).text)
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


def test_requests_are_counted_by_template_and_status(client: TestClient, admin: Headers) -> None:
    before = figures(client, admin)
    for name in ("a", "b", "c"):
        client.delete(f"/api/v1/keys/{name}", headers=admin)
    client.request("INVENTED", "/api/v1/anything/at/all")
    after = figures(client, admin)
    refused = ("onegrid_requests_total", "/api/v1/keys/{name}", "404", "DELETE")
    refused = (refused[0], *sorted(refused[1:]))
    assert after[refused] - before.get(refused, 0) == 3
    invented = ("onegrid_requests_total", *sorted(("other", "unmatched", "404")))
    assert after[invented] - before.get(invented, 0) == 1
    assert not [labels for labels in after if "/api/v1/anything/at/all" in labels or "INVENTED" in labels]
    assert after[("onegrid_requests_in_flight",)] == 1, "this very request"


def test_runs_are_counted_by_status(client: TestClient, admin: Headers, session: Session) -> None:
    insert = "INSERT INTO runs (kind, status, requested_by) VALUES ('divide', :status, 'user:wang')"
    for status in ("queued", "failed", "failed"):
        session.execute(text(insert), {"status": status})
    session.commit()
    found = figures(client, admin)
    counted = {labels[1]: value for labels, value in found.items() if labels[0] == "onegrid_runs"}
    assert counted == {"queued": 1, "running": 0, "succeeded": 0, "failed": 2, "cancelled": 0}


def test_the_docs_fetch_nothing_from_outside_and_run_no_inline_script(client: TestClient) -> None:
    page = client.get("/docs").text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) >= 4
    for link in links:
        assert "//" not in link
        assert client.get(f"/{link}").status_code == 200, link
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "SwaggerUIBundle" in client.get("/docs/start.js").text


def test_the_description_says_how_to_get_in_and_how_errors_look(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    assert set(description["components"]["securitySchemes"]) == {"HTTPBearer", "APIKeyCookie"}
    operation = description["paths"]["/api/v1/keys"]["post"]
    assert {"HTTPBearer": []} in operation["security"]
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "HTTPValidationError" not in str(description)


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/keys", "/api/v1/audit", "/api/v1/me", "/api/v1/sign-in"])
def test_every_operation_is_described(client: TestClient, path: str) -> None:
    for operation in client.get("/openapi.json").json()["paths"][path].values():
        assert operation["description"].endswith(".")
