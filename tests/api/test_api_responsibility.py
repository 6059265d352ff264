"""The responsibility matrix over HTTP: of the published grids and of a plan, on a map, with exceptions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import planned_city
import pytest
import shapely
from fastapi.testclient import TestClient
from published import publish
from sqlalchemy.orm import Session

AUDIT, EXCEPTIONS = "/api/v1/duties/audit", "/api/v1/duties/exceptions"
AT = {"at": "2026-06-01"}


@pytest.fixture
def coded(client: TestClient, admin: dict[str, str]) -> TestClient:
    """The table of 2026, with one lead for all but a quarrel about 06010."""
    client.headers.update(admin)
    client.post("/api/v1/matters/load")
    line = {"valid_from": "2026-01-01", "lead": "街道办"}
    for kind, code, scope in (
        ("matter", "*", ""), ("component", "*", ""), ("matter", "06010", ""), ("matter", "06010", "grid:unified/U2"),
    ):  # fmt: skip
        lead = "物业办" if scope else "街道办"
        body = line | {"kind": kind, "code": code, "scope": scope or "everywhere", "lead": lead}
        assert client.post("/api/v1/duties", json=body).json()["added"] == 1
    return client


@pytest.fixture
def two_grids(session: Session) -> None:
    squares = np.array([shapely.box(113.5 + x, 22.7, 113.51 + x, 22.71) for x in (0.0, 0.01)])
    publish(session, "unified", ["U1", "U2"], squares, area=["440115001001", "440115001002"])


@pytest.mark.usefixtures("two_grids")
def test_published_grids(coded: TestClient) -> None:
    made = coded.get(AUDIT, params=AT).json()
    assert (made["grids"], made["matters"], made["clean"]) == (2, 403, 805)
    assert [made[problem]["count"] for problem in ("unowned", "duplicate", "crossed")] == [0, 0, 1]
    (cell,) = made["page"]["cells"]
    assert (cell["grid"], cell["lead"], [duty["lead"] for duty in cell["duties"]]) == (
        "U2", "物业办", ["物业办", "街道办", "街道办"],
    )  # fmt: skip
    row = coded.get(AUDIT, params={**AT, "code": "06010", "grid": "U1"}).json()["page"]["cells"][0]
    assert (row["problems"], row["lead"]) == ([], "街道办")
    features = coded.get(f"{AUDIT}.geojson", params=AT).json()["features"]
    assert [feature["properties"]["crossed"] for feature in features] == [0, 1]
    assert coded.get(AUDIT, params={**AT, "network": "none"}).status_code == 404


@pytest.mark.usefixtures("two_grids")
def test_exceptions(coded: TestClient, make_key: Callable[..., dict[str, str]]) -> None:
    body = {"problem": "crossed", "kind": "事件", "code": "06010", "reason": "a trial", "scope": "grid:unified/U2"}
    assert coded.post(EXCEPTIONS, json=body, headers=make_key("lookup")).status_code == 403
    assert coded.post(EXCEPTIONS, json=body | {"reason": ""}).status_code == 422
    made = coded.post(EXCEPTIONS, json=body).json()
    assert coded.get(AUDIT, params=AT).json()["is_clean"]
    assert [row["reason"] for row in coded.get(EXCEPTIONS).json()] == ["a trial"]
    assert coded.delete(f"{EXCEPTIONS}/{made['id']}").status_code == 204
    assert coded.delete(f"{EXCEPTIONS}/{made['id']}").status_code == 404
    assert not coded.get(AUDIT, params=AT).json()["is_clean"]


def test_a_plan(coded: TestClient, session: Session, tmp_path: Path) -> None:
    planned_city.build(session, tmp_path)
    plan = planned_city.divided(session, "spring")
    session.commit()
    made = coded.get(f"/api/v1/plans/{plan.id}/matrix", params={**AT, "limit": 0}).json()
    assert (made["plan"], made["is_clean"], made["page"]["cells"]) == ("spring", True, [])
    shown = coded.get(f"/api/v1/plans/{plan.id}/matrix.geojson", params=AT).json()
    assert len(shown["features"]) == made["grids"]
    assert coded.get("/api/v1/plans/999999/matrix").status_code == 404
