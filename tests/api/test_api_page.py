"""The page at /: its files, the addresses of its views, how long browsers keep them, and what it asks first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.api import page

MakeClient = Callable[..., TestClient]
HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page that is built: its document and one large file."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>the page</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("let lots;" * 1000)
    monkeypatch.setattr(page, "BUILT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("address", ["/", "/networks", "/plans/7/edit", "/index.html"])
def test_addresses_of_views_lead_to_the_page(built: Path, make_client: MakeClient, address: str) -> None:
    answer = make_client().get(address, headers=HTML)
    assert (answer.status_code, answer.text) == (200, "<title>the page</title>")
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_files_are_kept_for_ever_and_packed(built: Path, make_client: MakeClient) -> None:
    answer = make_client().get("/assets/index-abc.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.text) / 10


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [
        ("gzip, deflate, br", "br", b"packed by brotli"),
        ("br;q=0, gzip;q=0.5", "gzip", b"packed by gzip"),
        ("GZIP", "gzip", b"packed by gzip"),
        ("identity", None, b"plain"),
        ("br; q=0.0, gzip;q=x;y", "gzip", b"packed by gzip"),
    ],
)
def test_files_that_the_build_packed_go_out_as_they_are(
    built: Path, make_client: MakeClient, accepted: str, coding: str | None, content: bytes
) -> None:
    for name, held in (("a.js", b"plain"), ("a.js.br", b"packed by brotli"), ("a.js.gz", b"packed by gzip")):
        (built / "assets" / name).write_bytes(held)
    client = make_client()
    with client.stream("GET", "/assets/a.js", headers={"Accept-Encoding": accepted}) as answer:
        assert b"".join(answer.iter_raw()) == content
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers.get("vary") == ("Accept-Encoding" if coding else None)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = client.get("/assets/a.js", headers={"Accept-Encoding": accepted, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_what_is_not_there_is_no_page(built: Path, make_client: MakeClient) -> None:
    client = make_client()
    for address in ("/assets/index-old.js", "/api/v1/nothing"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert "immutable" not in answer.headers.get("cache-control", "")
    assert client.put("/api/v1/page").status_code == 405


def test_other_doors_stay_where_they_are(built: Path, make_client: MakeClient) -> None:
    client = make_client()
    assert "swagger-ui" in client.get("/docs", headers=HTML).text
    assert "<form" in client.get("/sign-in", headers=HTML).text
    assert client.get("/api/v1/networks", headers=HTML).status_code == 401


def test_without_a_page_the_documentation_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_client: MakeClient
) -> None:
    monkeypatch.setattr(page, "BUILT", tmp_path)
    answer = make_client().get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "docs")


def test_the_page_learns_of_the_deployment_without_a_key(client: TestClient) -> None:
    facts = client.get("/api/v1/page").json()
    assert facts["base_map"] == []
    assert facts["time_zone"] == "Asia/Shanghai"
    assert facts["public_lookup"] is False


def test_only_the_base_map_may_come_from_elsewhere(make_client: MakeClient) -> None:
    plain = make_client().get("/healthz").headers["content-security-policy"]
    assert "http" not in plain
    tiles = ["https://t0.map.example/vec/{z}/{x}/{y}?tk=1"]
    client = make_client(base_map=tiles, base_map_origins=["https://fonts.map.example"])
    policy = client.get("/healthz").headers["content-security-policy"]
    assert "img-src 'self' data: blob: https://fonts.map.example https://t0.map.example;" in policy
    assert "script-src 'self';" in policy
    assert client.get("/api/v1/page").json()["base_map"] == tiles
