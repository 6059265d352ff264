"""/api/v1/checks: a file looked at before anything is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from cities import cells, collection
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.editions import Edition

Headers = dict[str, str]
MakeKey = Callable[..., Headers]
OVERLAPPING = collection(
    [({"code": "a", "负责人": "张"}, cells(0, 0, 3, 3)), ({"code": "b", "负责人": "李"}, cells(2.99, 0, 6, 3))]
)


def check(client: TestClient, headers: Headers, content: bytes, name: str = "n.geojson", **form: str) -> Any:
    return client.post("/api/v1/checks", headers=headers, files={"files": (name, content)}, data=form)


def test_a_file_is_shown_with_its_attributes_and_problems(client: TestClient, make_key: MakeKey) -> None:
    told = check(client, make_key("plan"), OVERLAPPING).json()
    assert [feature["properties"]["attributes"]["负责人"] for feature in told["features"]["features"]] == ["张", "李"]
    assert told["preview"]["crs"] == "EPSG:4326"
    assert told["preview"]["code_field"] == "code"
    (overlap,) = [one for one in told["problems"]["features"] if one["properties"]["kind"] == "overlap"]
    both = shapely.intersection(cells(0, 0, 3, 3), cells(2.99, 0, 6, 3))
    assert shapely.hausdorff_distance(shapely.from_geojson(json.dumps(overlap["geometry"])), both) < 1e-7
    assert told["found"]["counts"]["overlap"] == 1
    assert "problems" not in told["found"]


def test_a_repair_is_shown_before_it_is_made(client: TestClient, make_key: MakeKey, session: Session) -> None:
    told = check(client, make_key("plan"), OVERLAPPING, repair="full").json()
    assert "overlap" not in told["left"]["counts"]
    assert told["problems_left"]["features"] == []
    left, right = (shapely.from_geojson(json.dumps(one["geometry"])) for one in told["repaired"]["features"])
    assert shapely.intersection(left, right).area == 0
    assert session.scalar(select(func.count()).select_from(Edition)) == 0


def test_a_system_that_is_not_certain_is_asked_back_with_a_guess(client: TestClient, make_key: MakeKey) -> None:
    metres = json.dumps({
        "type": "FeatureCollection",
        "features": [{
            "type": "Feature", "properties": {"code": "a"},
            "geometry": shapely.box(38_555_000, 2_517_000, 38_556_000, 2_518_000).__geo_interface__,
        }],
    })  # fmt: skip
    planner = make_key("plan")
    refused = check(client, planner, metres.encode())
    assert refused.status_code == 422
    assert refused.json()["type"] == "/docs/problems#crs-not-certain"
    accepted = check(client, planner, metres.encode(), crs=refused.json()["guess"])
    assert accepted.status_code == 200
    assert 113 < accepted.json()["features"]["features"][0]["geometry"]["coordinates"][0][0][0] < 115


@pytest.mark.parametrize(("name", "content"), [("n.geojson", b"{"), ("n.zip", b"no zip"), ("n.txt", b"words")])
def test_what_is_no_boundary_file_is_refused_with_a_remedy(
    client: TestClient, make_key: MakeKey, name: str, content: bytes
) -> None:
    refused = check(client, make_key("plan"), content, name)
    assert refused.status_code == 422
    assert refused.json()["remedy"]
