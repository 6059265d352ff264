"""The quick answers of GET /lookup against the documented route, which a cookie-bearing request takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from adversarial_points import border_points, messy, random_points, tiling
from fastapi.testclient import TestClient
from published import publish
from sqlalchemy.orm import Session

from app.api.lookup import quick_lookup
from app.api.lookup.quick_lookup import QuickLookup

PATH = "/api/v1/lookup"
SLOW = {"Cookie": "theme=dark"}  # with a cookie a request is a browser's, and left to the documented route


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each look-up was answered quickly."""
    said: list[bool] = []
    whole = QuickLookup._body

    def noted(self: QuickLookup, headers: quick_lookup.Headers, query: bytes) -> bytes | None:
        body = whole(self, headers, query)
        said.append(body is not None)
        return body

    monkeypatch.setattr(QuickLookup, "_body", noted)
    return said


@pytest.fixture
def key(session: Session, make_key: Callable[..., dict[str, str]]) -> dict[str, str]:
    rng = np.random.default_rng(5)
    polygons = tiling(rng, 20, (113.0, 22.0), 0.02)
    publish(
        session, "unified", [f"U{i:02d}" for i in range(len(polygons))], polygons, kinds=["resident"] * len(polygons)
    )
    mess = messy(rng, 12, (113.0, 22.0), 0.01)
    publish(session, "governance", [f'格,"{i}' for i in range(len(mess))], mess)
    publish(session, "later", ["L"], polygons[:1], valid_from=datetime.now(UTC) + timedelta(days=9))
    return make_key("lookup")


def without_moment(answer: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in answer.items() if name != "at"}


def test_quick_and_documented_answers_are_the_same(
    client: TestClient, key: dict[str, str], answered: list[bool]
) -> None:
    rng = np.random.default_rng(6)
    polygons = messy(np.random.default_rng(5), 3, (113.0, 22.0), 0.02)
    frame = np.array([shapely.box(113.0, 22.0, 113.02, 22.02)], dtype=object)
    points = np.vstack([border_points(polygons, rng, 1)[::9], random_points(frame, rng, 40)])
    client.get(f"{PATH}?lon=113.01&lat=22.01", headers=key)
    answered.clear()
    for lon, lat in points.tolist():
        for more in (
            "",
            "&network=unified",
            "&network=governance,unified",
            "&network=later",
            "&accuracy_m=20&crs=gcj02",
        ):
            address = f"{PATH}?lon={lon!r}&lat={lat!r}{more}"
            quick, slow = client.get(address, headers=key), client.get(address, headers=key | SLOW)
            assert quick.status_code == slow.status_code
            assert without_moment(quick.json()) == without_moment(slow.json())
            assert quick.headers.keys() == slow.headers.keys()
    assert answered.count(False) < len(points) * 5 * 1.1, "a key is asked about again once a second"


@pytest.mark.parametrize(
    "query", ["lon=113&lat=95", "lon=22.01&lat=113.01", "lon=0&lat=0", "lon=113", "lon=nan&lat=1", "lon=1e999&lat=0",
              "lon=113&lon=113&lat=22", "lon=113.01&lat=22.01&network=none", "lon=113.01&lat=22.01&at=soon",
              "lon=113.01&lat=22.01&accuracy_m=-1", "lon=113.01&lat=22.01&crs=mars"],
)  # fmt: skip
def test_refusals_are_those_of_the_documented_route(
    client: TestClient, key: dict[str, str], answered: list[bool], query: str
) -> None:
    client.get(f"{PATH}?lon=113.01&lat=22.01", headers=key)
    answered.clear()
    quick, slow = (client.get(f"{PATH}?{query}", headers=headers) for headers in (key, key | SLOW))
    told = [
        {name: value for name, value in answer.json().items() if name not in ("request_id", "at")}
        for answer in (quick, slow)
    ]
    assert told[0] == told[1]
    assert quick.status_code == slow.status_code
    assert not answered[0] or quick.status_code == 200


def test_keys_are_checked_and_answers_counted(client: TestClient, key: dict[str, str], admin: dict[str, str]) -> None:
    address = f"{PATH}?lon=113.01&lat=22.01"
    assert client.get(address).status_code == 401
    assert client.get(address, headers={"Authorization": "Bearer og_made_up"}).status_code == 401
    assert client.get(address, headers={"Authorization": "Basic eDp5"}).status_code == 401
    before = figure(client, admin)
    named = [client.get(address, headers=key | {"X-Request-ID": "hotline-0001"}) for _ in range(3)]
    assert {answer.headers["x-request-id"] for answer in named} == {"hotline-0001"}
    assert figure(client, admin) == before + 3


def figure(client: TestClient, admin: dict[str, str]) -> float:
    lines = client.get("/metrics", headers=admin).text.splitlines()
    wanted = 'onegrid_requests_total{method="GET",route="/api/v1/lookup",status="200"}'
    return next((float(line.split()[-1]) for line in lines if line.startswith(wanted)), 0.0)


def test_a_revoked_key_is_forgotten_at_once_where_it_was_revoked(
    client: TestClient, key: dict[str, str], admin: dict[str, str]
) -> None:
    address = f"{PATH}?lon=113.01&lat=22.01"
    assert [client.get(address, headers=key).status_code for _ in range(2)] == [200, 200]
    assert client.delete("/api/v1/keys/test-lookup", headers=admin).status_code in (200, 204)
    assert client.get(address, headers=key).status_code == 401
